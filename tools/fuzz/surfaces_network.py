"""The machines of dicom-net: whatever a peer sends, in whatever pieces, is events or its error, the same ones each time."""

from collections.abc import Callable, Sequence
from itertools import cycle

from dicom_net import LocalProtocolError, RemoteProtocolError, ul
from dicom_net.dimse import (
    CCancelRQ,
    CEchoRQ,
    CEchoRSP,
    CFindRQ,
    CFindRSP,
    CGetRQ,
    Command,
    CStoreRQ,
    CStoreRSP,
    DimseLimits,
    Exchange,
    NActionRQ,
    encode,
)
from dicom_net.testing import OwnedData, OwnedPData, Received, Recording, joined, outcome
from dicom_net.ul._pdus import decode_control, encode_control

from .surface import Surface, polite

__all__ = ["SURFACES", "feed_association", "feed_exchange", "feed_upper_layer"]

CT = "1.2.840.10008.5.1.4.1.1.2"
FIND = "1.2.840.10008.5.1.4.1.2.2.1"
IMPLICIT = "1.2.840.10008.1.2"
REQUEST = ul.AssociateRQ(
    called="CALLED",
    calling="CALLING",
    contexts=[ul.ProposedContext(1, CT, [IMPLICIT]), ul.ProposedContext(3, FIND, [IMPLICIT])],
    max_pdu=300,
    window=ul.OperationsWindow(4, 4),
    roles=[ul.RoleSelection(CT, scu=True, scp=True)],
    extended=[ul.SopClassExtended(FIND, b"\1\1")],
    common_extended=[ul.SopClassCommonExtended(CT, "1.2.840.10008.4.2", ["1.2"])],
    user_identity=ul.UserIdentity(2, b"joe", b"pass", wants_response=True),
    implementation_class="1.2.3",
    implementation_version="V1",
    unknown=[ul.UnknownItem(0x77, b"?")],
)
ANSWER = ul.AssociateAC(
    called="CALLED",
    calling="CALLING",
    contexts=[ul.AnsweredContext(1, 0, IMPLICIT), ul.AnsweredContext(3, 0, IMPLICIT)],
    max_pdu=300,
    window=ul.OperationsWindow(4, 4),
    roles=[ul.RoleSelection(CT, scu=True, scp=True)],
    identity_response=b"yes",
)
LIMITS = ul.UpperLayerLimits(associate=2000, p_data=400)
DIMSE_LIMITS = DimseLimits(command=500)
MOST_CUTS = 8

Events = tuple[list[Received], tuple[object, ...]]


def connection(how: int) -> ul.Connection:
    """One end of an association: which end, and how far it has come."""
    ends = {role: ul.Connection(role, limits=LIMITS) for role in ul.Role}
    asking, asked = ends[ul.Role.REQUESTOR], ends[ul.Role.ACCEPTOR]
    end = asked if how & 1 else asking
    stage = how >> 1 & 3
    asking.send(REQUEST, 0)
    asked.connected(0)
    opened = asking.connected(0)
    if not stage:
        return end
    asked.receive_data(b"".join(opened), 0)
    asked.next_event()
    if stage == 1 and end is asked:
        return end
    answered = asked.send(ANSWER, 0)
    asking.receive_data(b"".join(answered), 0)
    asking.next_event()
    if stage == 2:
        end.send(ul.ReleaseRQ(), 0)
    return end


def pieces(sizes: bytes, length: int) -> list[int]:
    """How a stream is cut: these sizes, over and over."""
    found: list[int] = []
    for size in cycle(sizes or b"\0"):
        if sum(found) >= length:
            return found
        found.append(size + max(length // 500, 1))
    return found


def told(machine: ul.Connection | Exchange, stream: bytes, sizes: list[int]) -> Events:
    """The events, and the error that ended them if one did."""
    events, error = outcome(machine, stream, sizes=sizes)
    if error is None:
        return joined(events), ()
    polite(error)
    assert error.abort is not None
    again = None
    try:
        machine.next_event()
    except RemoteProtocolError as same:
        again = same
    assert again is error
    return joined(events), (error.rule, error.text, error.offset, error.abort)


def complete(events: list[Received]) -> list[Received]:
    """Without the last piece of data where its message has no end: how much of it is told is a matter of cuts."""
    return [one for one in events if not isinstance(one, OwnedPData | OwnedData) or one.last]


def feed_machine(make: Callable[[int], ul.Connection | Exchange], data: bytes) -> None:
    """Where the machine stands and how the stream is cut stand before the stream, see `arranged`."""
    if len(data) < 2:
        return
    count = data[1] % MOST_CUTS
    sizes, stream = data[2 : 2 + count], data[2 + count :]
    whole = told(make(data[0]), stream, [])
    cut = told(make(data[0]), stream, pieces(sizes, len(stream)))
    if (complete(whole[0]), whole[1]) != (complete(cut[0]), cut[1]):
        raise AssertionError(f"in one piece: {whole!r:.900}\nin many pieces: {cut!r:.900}")


def feed_upper_layer(data: bytes) -> None:
    """`dicom_net.ul.Connection`."""
    feed_machine(connection, data)


def feed_exchange(data: bytes) -> None:
    """`dicom_net.dimse.Exchange`, mostly with an association that stands."""

    def make(how: int) -> Exchange:
        end = Exchange(ul.Connection(ul.Role.ACCEPTOR, limits=LIMITS), limits=DIMSE_LIMITS)
        asking = Exchange(ul.Connection(ul.Role.REQUESTOR, limits=LIMITS), limits=DIMSE_LIMITS)
        asking.send(REQUEST, 0)
        end.connected(0)
        end.receive_data(b"".join(asking.connected(0)), 0)
        end.next_event()
        answered = end.send(ANSWER, 0)
        if how & 1:
            return end
        asking.receive_data(b"".join(answered), 0)
        asking.next_event()
        return asking

    feed_machine(make, data)


def feed_association(data: bytes) -> None:
    """An A-ASSOCIATE PDU that can be read says the same when it is written, and is answered."""
    if not data:
        return
    kind = 1 + (data[0] & 1)
    try:
        event = decode_control(kind, data[1:], 0)
    except RemoteProtocolError as error:
        polite(error)
        return
    try:
        raw = encode_control(event)
    except LocalProtocolError:  # a peer may say names that nobody may send
        return
    again = decode_control(kind, raw[6:], 0)
    if again != event:
        raise AssertionError(f"read: {event!r:.900}\nwritten and read: {again!r:.900}")


def feed_recording(data: bytes) -> None:
    """Text of a recording: a recording, or ValueError."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return
    try:
        recording = Recording.from_json_lines(text)
    except ValueError as error:
        polite(error)
        return
    str(recording)
    assert Recording.from_json_lines(recording.to_json_lines()) == recording


def p_data(payload: bytes, context: int, flags: int) -> bytes:
    """A P-DATA-TF with one fragment."""
    value = (len(payload) + 2).to_bytes(4, "big") + bytes((context, flags)) + payload
    return b"\4\0" + len(value).to_bytes(4, "big") + value


def arranged(stream: bytes, how: int, sizes: bytes = b"\0\5") -> bytes:
    """An input of `feed_machine`."""
    return bytes([how, len(sizes)]) + sizes + stream


def pdu_seeds() -> Sequence[bytes]:
    """Each PDU to each end at each stage."""
    streams = [
        encode_control(REQUEST),
        encode_control(ANSWER),
        encode_control(ul.AssociateRJ(1, 1, 7)),
        encode_control(ul.ReleaseRQ()) + encode_control(ul.ReleaseRP()),
        encode_control(ul.Abort(2, 1)),
        p_data(b"ab", 1, 3) + p_data(b"cdef", 1, 0) + p_data(b"", 1, 2),
        p_data(bytes(280), 3, 2) * 3 + encode_control(ul.ReleaseRQ()),
    ]
    return [arranged(stream, how) for stream in streams for how in range(8)]


def message_seeds() -> Sequence[bytes]:
    """Messages, alone and one after the other."""
    commands: list[tuple[Command, bytes]] = [
        (CEchoRQ(message_id=1), b""),
        (CEchoRSP(responded_to=1, status=0), b""),
        (CStoreRQ(message_id=2, affected_sop_class=CT, affected_sop_instance="1.2"), b"x" * 40),
        (CStoreRSP(responded_to=2, status=0xA700, comment="full"), b""),
        (CFindRQ(message_id=3, affected_sop_class=FIND), b"key"),
        (CFindRSP(responded_to=3, status=0xFF00, has_data=True), b"match"),
        (CGetRQ(message_id=4, affected_sop_class=FIND), b"key"),
        (CCancelRQ(responded_to=3), b""),
        (
            NActionRQ(
                message_id=5,
                requested_sop_class=CT,
                requested_sop_instance="1.2",
                action_type=1,
                has_data=True,
            ),
            b"info",
        ),
    ]
    streams = []
    for command, payload in commands:
        stream = p_data(encode(command), 1, 3)
        if payload:
            stream += p_data(payload[:2], 1, 0) + p_data(payload[2:], 1, 2)
        streams.append(stream)
    streams.append(b"".join(streams))
    return [arranged(stream, how) for stream in streams for how in (0, 1)]


def association_seeds() -> Sequence[bytes]:
    """The body of a request and of an answer."""
    return [b"\0" + encode_control(REQUEST)[6:], b"\1" + encode_control(ANSWER)[6:]]


def recording_seeds() -> Sequence[bytes]:
    """One recording with each kind of line."""
    head = '{"format": "dicom-net recording", "version": 1, "ended": "acceptor"}\n'
    lines = (
        '{"who": "requestor", "at": 0, "pdu": "A-RELEASE-RQ", "type": 5, "bytes": "00000000"}\n'
        '{"who": "acceptor", "at": 0.5, "type": 4, "values": [{"context": 1, "flags": 3, "bytes": "00"}, '
        '{"context": 1, "flags": 2, "length": 9}]}\n'
    )
    return [(head + lines).encode()]


SURFACES = (
    Surface("upper-layer", pdu_seeds, feed_upper_layer, ("dicom_net",), 1500),
    Surface("exchange", message_seeds, feed_exchange, ("dicom_net",), 1000),
    Surface("association-pdu", association_seeds, feed_association, ("dicom_net",), 5000),
    Surface("recording", recording_seeds, feed_recording, ("dicom_net",), 5000),
)
