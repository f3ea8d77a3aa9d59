"""Events that tests of the Upper Layer share, and the bytes of some of them with their meaning beside them."""

from typing import Final

from dicom_net.testing import Pair
from dicom_net.ul import (
    Abort,
    AnsweredContext,
    AssociateAC,
    AssociateRJ,
    AssociateRQ,
    Buffer,
    Connection,
    OperationsWindow,
    PData,
    ProposedContext,
    ReleaseRP,
    ReleaseRQ,
    Role,
    RoleSelection,
    SopClassCommonExtended,
    SopClassExtended,
    UnknownItem,
    UpperLayerLimits,
    UserIdentity,
)

VERIFICATION: Final = "1.2.840.10008.1.1"
CT: Final = "1.2.840.10008.5.1.4.1.1.2"
IMPLICIT: Final = "1.2.840.10008.1.2"
EXPLICIT: Final = "1.2.840.10008.1.2.1"

REQUEST: Final = AssociateRQ(
    called="THEM",
    calling="US",
    contexts=[
        ProposedContext(1, VERIFICATION, [IMPLICIT]),
        ProposedContext(3, CT, [EXPLICIT, IMPLICIT]),
    ],
    max_pdu=16384,
    implementation_class="1.2.3",
)
ANSWER: Final = AssociateAC(
    called="THEM",
    calling="US",
    contexts=[AnsweredContext(1, 0, IMPLICIT), AnsweredContext(3, 0, EXPLICIT)],
    max_pdu=32768,
    implementation_class="1.2.4",
)
FULL_REQUEST: Final = AssociateRQ(
    called="THEM",
    calling="US",
    contexts=[ProposedContext(255, CT, [EXPLICIT, IMPLICIT])],
    max_pdu=0,
    implementation_class="1.2.3",
    implementation_version="V 1",
    window=OperationsWindow(0, 16),
    roles=[RoleSelection(CT, scu=True, scp=True), RoleSelection(VERIFICATION, scu=False, scp=True)],
    extended=[SopClassExtended(CT, b"\1\0\1")],
    common_extended=[SopClassCommonExtended(CT, "1.2.840.10008.4.2", ["1.2", "1.3"])],
    user_identity=UserIdentity(2, b"joe", b"secret", wants_response=True),
    unknown=[UnknownItem(0x77, b"\1\2\3")],
)
FULL_ANSWER: Final = AssociateAC(
    called="THEM",
    calling="US",
    contexts=[AnsweredContext(255, 0, IMPLICIT)],
    max_pdu=0,
    implementation_class="1.2.4",
    implementation_version="V 2",
    window=OperationsWindow(1, 1),
    roles=[RoleSelection(CT, scu=True, scp=False)],
    extended=[SopClassExtended(CT, b"\1\0\0")],
    identity_response=b"ticket",
)

# The bytes of the smaller ones, written from PS3.8 9.3 by hand
REQUEST_BYTES: Final = bytes.fromhex(
    "01 00 000000f5"  # A-ASSOCIATE-RQ, length 245
    "0001 0000"  # version 1, reserved
    "5448454d202020202020202020202020"  # called THEM
    "55532020202020202020202020202020"  # calling US
    + "00"
    * 32  # reserved
    + "10 00 0015 312e322e3834302e31303030382e332e312e312e31"  # application context
    "20 00 002e 01 00 00 00"  # presentation context 1
    "30 00 0011 312e322e3834302e31303030382e312e31"  # Verification
    "40 00 0011 312e322e3834302e31303030382e312e32"  # Implicit VR Little Endian
    "20 00 004d 03 00 00 00"  # presentation context 3
    "30 00 0019 312e322e3834302e31303030382e352e312e342e312e312e32"  # CT Image Storage
    "40 00 0013 312e322e3834302e31303030382e312e322e31"  # Explicit VR Little Endian
    "40 00 0011 312e322e3834302e31303030382e312e32"
)
USER_BYTES: Final = bytes.fromhex(
    "50 00 0011"  # user information
    "51 00 0004 00004000"  # maximum length 16384
    "52 00 0005 312e322e33"  # implementation class
)
FIXED_BYTES: Final = [
    (AssociateRJ(1, 1, 7), bytes.fromhex("03 00 00000004 00 01 01 07")),
    (ReleaseRQ(), bytes.fromhex("05 00 00000004 00000000")),
    (ReleaseRP(), bytes.fromhex("06 00 00000004 00000000")),
    (Abort(2, 6), bytes.fromhex("07 00 00000004 0000 02 06")),
    (Abort(0, 0), bytes.fromhex("07 00 00000004 0000 00 00")),
]


def pair(
    request: AssociateRQ = REQUEST,
    answer: AssociateAC | None = ANSWER,
    limits: UpperLayerLimits = UpperLayerLimits(),  # noqa: B008 - frozen
) -> Pair[Connection]:
    """Two ends with an association between them; without an answer it was asked for only."""
    ends = Pair(Connection(Role.REQUESTOR, limits=limits), Connection(Role.ACCEPTOR, limits=limits))
    ends.requestor.send(request, 0)
    assert ends.connect() == [request]
    if answer is not None:
        assert ends.carry(Role.ACCEPTOR, ends.acceptor.send(answer, 0)) == [answer]
    return ends


def data(payload: bytes, context: int = 1, *, command: bool = False, last: bool = True) -> PData:
    """A whole part of a message."""
    return PData(context, [payload], command=command, last=last)


def wire(buffers: list[Buffer]) -> bytes:
    """What goes to the wire."""
    return b"".join(buffers)


def pdv(payload: bytes, context: int = 1, flags: int = 2) -> bytes:
    """A presentation data value item (PS3.8 9.3.5.1) with its message control header."""
    return (len(payload) + 2).to_bytes(4, "big") + bytes((context, flags)) + payload


def p_data(*values: bytes) -> bytes:
    """A P-DATA-TF PDU."""
    body = b"".join(values)
    return b"\4\0" + len(body).to_bytes(4, "big") + body
