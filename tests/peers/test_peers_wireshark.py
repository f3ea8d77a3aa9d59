"""What Wireshark's dissector makes of our PDUs: every item known, none malformed (NET-003)."""

import json
import struct
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import pytest

from dicom_net.dimse import (
    Begin,
    CEchoRQ,
    CEchoRSP,
    CStoreRQ,
    CStoreRSP,
    Exchange,
    ExchangeEvent,
)
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
    ProposedContext,
    ReleaseRP,
    ReleaseRQ,
    Role,
    RoleSelection,
    SopClassCommonExtended,
    SopClassExtended,
    UserIdentity,
    UserIdentityKind,
)

CT: Final = "1.2.840.10008.5.1.4.1.1.2"
FIND: Final = "1.2.840.10008.5.1.4.1.2.2.1"
ECHO: Final = "1.2.840.10008.1.1"
IMPLICIT, EXPLICIT, JPEG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.70"
PORT: Final = 11112
LINK_RAW: Final = 101  # packets begin with their IP header

REQUEST: Final = AssociateRQ(
    called="PEER",
    calling="US",
    contexts=[
        ProposedContext(1, ECHO, [IMPLICIT]),
        ProposedContext(3, CT, [EXPLICIT, IMPLICIT, JPEG]),
        ProposedContext(5, FIND, [EXPLICIT, IMPLICIT]),
    ],
    window=OperationsWindow(8, 1),
    roles=[RoleSelection(CT, scu=True, scp=True)],
    extended=[SopClassExtended(FIND, b"\1\1\1")],
    common_extended=[SopClassCommonExtended(CT, "1.2.840.10008.4.2", ["1.2.3"])],
    user_identity=UserIdentity(UserIdentityKind.USERNAME_AND_PASSCODE, b"me", b"secret", True),
)
ANSWER: Final = AssociateAC(
    called="PEER",
    calling="US",
    contexts=[
        AnsweredContext(1, 0, IMPLICIT),
        AnsweredContext(3, 0, EXPLICIT),
        AnsweredContext(5, 3),
    ],
    window=OperationsWindow(4, 1),
    roles=[RoleSelection(CT, scu=True, scp=False)],
    max_pdu=16384,
    identity_response=b"",
)


class Said(Pair[Exchange]):
    """Both ends, and all that they said, in order."""

    def __init__(self) -> None:
        super().__init__(Exchange(Connection(Role.REQUESTOR)), Exchange(Connection(Role.ACCEPTOR)))
        self.log: list[tuple[Role, bytes]] = []
        self.requestor.send(REQUEST, self.now)
        self.connect()

    def hold(self, role: Role, buffers: Sequence[Buffer]) -> None:
        """Keep what an end sent, here too."""
        self.log.append((role, b"".join(buffers)))
        super().hold(role, buffers)

    def say(self, role: Role, event: ExchangeEvent, data: bytes = b"") -> None:
        """One end sends, the other one receives."""
        end = self.ends[role]
        if isinstance(event, Begin):
            self.carry(role, end.send_message(event, [data] if data else []))
        else:
            self.carry(role, end.send(event, self.now))


def accepted() -> Said:
    """An echo, an instance in many PDUs, a release."""
    said = Said()
    us, peer = Role.REQUESTOR, Role.ACCEPTOR
    said.say(peer, ANSWER)
    said.say(us, Begin(1, CEchoRQ(message_id=1)))
    said.say(peer, Begin(1, CEchoRSP(responded_to=1, status=0)))
    store = CStoreRQ(
        message_id=2, affected_sop_class=CT, affected_sop_instance="1.2.3.4", has_data=True
    )
    # (0010,0010) PN and (7FE0,0010) OW, explicit VR little endian
    patient = b"\x10\0\x10\0PN\x08\0Doe^Jane"
    pixels = b"\xe0\x7f\x10\0OW\0\0" + struct.pack("<I", 100_000) + bytes(100_000)
    said.say(us, Begin(3, store), patient + pixels)
    said.say(
        peer,
        Begin(
            3,
            CStoreRSP(
                responded_to=2, status=0, affected_sop_class=CT, affected_sop_instance="1.2.3.4"
            ),
        ),
    )
    said.say(us, ReleaseRQ())
    said.say(peer, ReleaseRP())
    return said


def refused() -> Said:
    """No association."""
    said = Said()
    said.say(Role.ACCEPTOR, AssociateRJ(1, 1, 7))
    return said


def aborted() -> Said:
    """An association that ends badly."""
    said = Said()
    said.say(Role.ACCEPTOR, ANSWER)
    said.say(Role.REQUESTOR, Abort())
    return said


def packets(log: list[tuple[Role, bytes]]) -> bytes:
    """A capture in the format of libpcap: the bytes in TCP segments over IPv4, none of them lost."""
    made = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 0xFFFF, LINK_RAW)]
    at = {Role.REQUESTOR: 1, Role.ACCEPTOR: 1}
    ports = {Role.REQUESTOR: (50_000, PORT), Role.ACCEPTOR: (PORT, 50_000)}
    hosts = {
        Role.REQUESTOR: b"\x7f\0\0\x01\x7f\0\0\x02",
        Role.ACCEPTOR: b"\x7f\0\0\x02\x7f\0\0\x01",
    }
    number = 0
    for role, data in log:
        for start in range(0, len(data), 1400):
            piece = data[start : start + 1400]
            tcp = struct.pack(
                ">HHIIBBHHH", *ports[role], at[role], at[role.other], 5 << 4, 0x18, 65535, 0, 0
            )
            size = 20 + len(tcp) + len(piece)
            ip = struct.pack(">BBHHHBBH", 0x45, 0, size, number & 0xFFFF, 0, 64, 6, 0) + hosts[role]
            made.append(struct.pack("<IIII", 0, number, size, size) + ip + tcp + piece)
            at[role] += len(piece)
            number += 1
    return b"".join(made)


def dissected(program: str, capture: Path) -> list[dict[str, object]]:
    """The layers of DICOM that Wireshark sees, a packet each."""
    shown = subprocess.run(
        [program, "-r", str(capture), "-d", f"tcp.port=={PORT},dicom", "-Y", "dicom", "-T", "json", "--no-duplicate-keys"],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    return [packet["_source"]["layers"] for packet in json.loads(shown.stdout)]


def names(value: object) -> set[str]:
    """The names of all fields, at whatever depth."""
    if isinstance(value, list):
        return set().union(*map(names, value))
    if not isinstance(value, dict):
        return set()
    return set(value).union(*map(names, value.values()))


CONVERSATIONS: Final = {
    "accepted": (accepted, {"0x01", "0x02", "0x04", "0x05", "0x06"}),
    "refused": (refused, {"0x01", "0x03"}),
    "aborted": (aborted, {"0x01", "0x02", "0x07"}),
}


@pytest.mark.peer("tshark")
@pytest.mark.parametrize("name", CONVERSATIONS)
def test_net_003_wireshark_finds_no_malformed_item(
    name: str, peer: Callable[[str], str], tmp_path: Path
) -> None:
    make, kinds = CONVERSATIONS[name]
    capture = tmp_path / "said.pcap"
    capture.write_bytes(packets(make().log))
    layers = dissected(peer("tshark"), capture)
    found = names(layers)
    assert not [name for name in found if "malformed" in name.lower()]
    if name == "accepted":  # of a rejection and an abort the dissector warns as such
        assert not [name for name in found if "expert" in name]
    seen = json.dumps(layers)
    for kind in kinds:
        assert f'"dicom.pdu.type": "{kind}"' in seen


@pytest.mark.peer("tshark")
def test_net_003_wireshark_reads_what_we_say(peer: Callable[[str], str], tmp_path: Path) -> None:
    capture = tmp_path / "said.pcap"
    capture.write_bytes(packets(accepted().log))
    layers = dissected(peer("tshark"), capture)
    found = names(layers)
    items = {"userinfo.asyncneg", "userinfo.rolesel", "userinfo.extneg", "userinfo.user_identify"}
    assert {f"dicom.{item}" for item in items} <= found
    text = json.dumps(layers)
    assert '"dicom.max_pdu_len": "16384"' in text
    assert '"dicom.assoc.ae.calling": "US              "' in text
    assert "[PN] Doe^Jane" in text
    assert "100000 Pixel Data" in text
    assert "C-ECHO-RQ" in text
    assert "C-STORE-RSP" in text
