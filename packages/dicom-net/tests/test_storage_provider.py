"""The storage provider over two exchanges without sockets (NET-072 to NET-079; N06, N16, N17, P02)."""

import errno
import logging
from collections.abc import Iterable
from typing import cast

import pytest
from attrs import evolve
from store_pair import NOW, Clock, Hangs, Wire
from storing import CT, EXPLICIT, IMPLICIT, J2K, MR, instance, ready

import dicom_core as dc
from dicom_core.store import (
    Expected,
    InMemoryStore,
    InstanceConflict,
    InstanceRefused,
    StoreError,
    StoreFull,
    StoreSettings,
    drive,
)
from dicom_net import ConnectionLost, LimitExceeded, NetMetrics
from dicom_net._operation import Call, Write
from dicom_net._server_events import InstanceReceived
from dicom_net._server_events import InstanceRefused as RefusedEvent
from dicom_net.dimse import Begin, CFindRQ, CStoreRQ, Request
from dicom_net.services import (
    Announced,
    AssociationInfo,
    RawInstance,
    ReceivedObject,
    StorageHandler,
    StorageProvider,
    StorageSettings,
    StoreResult,
    outgoing,
    storage_syntaxes,
    store_instance,
)

CONTEXTS = [(CT, (EXPLICIT,)), (CT, (IMPLICIT,)), (CT, (J2K,))]
SMALL = StorageSettings(instance_size=10_000, drain=100_000)


def send(wire: Wire, number: int = 1, *, size: int = 100) -> StoreResult:
    return wire.run(store_instance(wire.user, ready(number, size=size), Clock()))


class Log(StorageHandler):
    """Writes down what it is told, in order."""

    def __init__(self) -> None:
        self.calls: list[tuple[object, ...]] = []

    def will_receive(self, info: AssociationInfo, announced: Announced) -> bool:
        self.calls.append(("will", info.calling, announced.sop_instance))
        return True

    def did_receive(self, received: ReceivedObject) -> None:
        self.calls.append(("did", received.sop_instance, received.size))

    def did_fail(
        self, info: AssociationInfo, announced: Announced, status: int, error: str
    ) -> None:
        self.calls.append(("failed", announced.sop_instance, status, error))


class Recorder:
    """A receiver that goes wrong as it is told, and remembers what became of arrivals."""

    def __init__(self, wrong: BaseException | None = None, at: str = "") -> None:
        self.wrong = wrong
        self.at = at
        self.said: list[str] = []
        self.data = b""
        self.expected: Expected | None = None

    def _go(self, at: str) -> None:
        self.said.append(at)
        if self.at == at and self.wrong is not None:
            raise self.wrong

    def receive(self, expected: Expected | None = None) -> "Recorder":
        self.expected = expected
        self._go("receive")
        return self

    def write(self, views: Iterable[bytes | memoryview]) -> None:
        self.data += b"".join(views)
        self._go("write")

    def commit(self) -> None:
        self._go("commit")

    def discard(self) -> None:
        self._go("discard")


def test_what_is_received_says_all_that_is_known() -> None:
    got: list[ReceivedObject] = []
    wire = Wire(StorageProvider(on_received=got.append, now=lambda: NOW), CONTEXTS)
    assert send(wire).status == 0
    received = got[0]
    assert (received.info.calling, received.info.address) == ("PEER", ("192.0.2.1", 4000))
    assert (received.sop_class, received.sop_instance) == (CT, "1.2.3.1.1.1")
    assert received.transfer_syntax == EXPLICIT
    assert received.size == len(received.data)
    assert received.received == NOW
    assert received.path is None
    assert received.data == dc.write_dataset(instance().dataset)
    assert wire.seat.events == [InstanceReceived(evolve(received))]
    assert "Doe" not in repr(received)


def test_the_file_is_made_from_the_command() -> None:
    recorder = Recorder()
    wire = Wire(StorageProvider(recorder, now=lambda: NOW), CONTEXTS)
    send(wire)
    assert recorder.said == ["receive", "write", "commit"]
    assert recorder.expected == Expected(CT, "1.2.3.1.1.1", EXPLICIT, sender="PEER")
    file = dc.read(recorder.data)
    assert not file.findings
    assert file.dataset == instance().dataset
    assert (file.meta.get(0x00020017), file.meta.get(0x00020018)) == ("PEER", "ME")


@pytest.mark.parametrize("cut", [1, 100, 1000])
def test_pieces_of_any_size_give_the_same_file(cut: int) -> None:
    recorder = Recorder()
    wire = Wire(StorageProvider(recorder, now=lambda: NOW), CONTEXTS, cut=cut)
    send(wire, size=40_000)
    assert dc.read(recorder.data).dataset == instance(size=40_000).dataset


# --- NET-077: a status for each situation --------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        (StoreFull("size", 1), 0xA700),
        (OSError(errno.ENOSPC, "x"), 0xA700),
        (OSError(errno.EDQUOT, "x"), 0xA700),
        (OSError(errno.EACCES, "x"), 0x0110),
        (NotADirectoryError("x"), 0x0110),
        (InstanceRefused("mismatch", "other"), 0xA900),
        (InstanceRefused("missing-uid", "none"), 0xA900),
        (InstanceRefused("not-dicom", "garbage"), 0xC000),
        (InstanceRefused("incomplete", "short"), 0xC000),
        (InstanceConflict("1.2"), 0x0111),
        (StoreError("x"), 0x0110),
        (ZeroDivisionError("a mistake"), 0x0110),
    ],
    ids=lambda value: value if isinstance(value, int) else repr(value),
)
@pytest.mark.parametrize("at", ["receive", "write", "commit"])
def test_what_goes_wrong_has_its_status_and_the_next_instance_is_stored(
    wrong: Exception, status: int, at: str
) -> None:
    recorder = Recorder(wrong, at)
    wire = Wire(StorageProvider(recorder, now=lambda: NOW), CONTEXTS)
    assert send(wire, size=50_000).status == status
    if at != "receive":
        assert recorder.said[-1] == "discard"
    event = wire.seat.events[-1]
    assert isinstance(event, RefusedEvent)
    assert (event.status, event.sop_instance) == (status, "1.2.3.1.1.1")
    recorder.wrong = None
    assert send(wire).status == 0


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"affected_sop_class": MR}, 0x0122),  # NET-078
        ({"affected_sop_instance": "../../etc/x"}, 0x0117),  # P02
        ({"affected_sop_instance": ""}, 0x0117),
        ({"affected_sop_instance": "1" * 65}, 0x0117),
        ({"affected_sop_instance": "1.2\0.3"}, 0x0117),
        ({"affected_sop_instance": "\u0661.2"}, 0x0117),
        ({"affected_sop_instance": "1.02..3"}, 0),  # met in real instances
    ],
)
def test_what_a_command_may_not_say(changes: dict[str, str], status: int) -> None:
    def mangle(request: Request) -> Request:
        return evolve(request, **changes)  # type: ignore[arg-type]

    recorder = Recorder()
    wire = Wire(StorageProvider(recorder, now=lambda: NOW), CONTEXTS, mangle=mangle)
    assert send(wire).status == status
    assert ("receive" in recorder.said) == (status == 0)


def test_a_request_without_data_is_refused() -> None:
    wire = Wire(StorageProvider(Recorder(), now=lambda: NOW), CONTEXTS)
    request = CStoreRQ(
        message_id=1, affected_sop_class=CT, affected_sop_instance="1.2", has_data=False
    )
    wire._to_provider(b"".join(map(bytes, wire.user.send(Begin(1, request)))))
    answer = wire.inbox[1].popleft()
    assert isinstance(answer, Begin)
    assert answer.command.status == 0x0110  # type: ignore[union-attr]


# --- N06, N17: too long, and never an end --------------------------------------------------------


def test_n17_a_data_set_that_is_too_long_is_refused_and_the_association_goes_on() -> None:
    recorder = Recorder()
    wire = Wire(StorageProvider(recorder, settings=SMALL, now=lambda: NOW), CONTEXTS, cut=4096)
    assert send(wire, size=50_000).status == 0xA700
    assert recorder.said[-1] == "discard"
    assert len(recorder.data) < 20_000
    assert send(wire, 2).status == 0


def test_n06_a_data_set_without_end_ends_the_association() -> None:
    recorder = Recorder()
    wire = Wire(StorageProvider(recorder, settings=SMALL, now=lambda: NOW), CONTEXTS, cut=4096)
    with pytest.raises(LimitExceeded) as caught:
        send(wire, size=1 << 20)
    assert caught.value.limit == "drain"
    assert recorder.said[-1] == "discard"
    assert recorder.said.count("discard") == 1


def test_memory_is_bounded_for_one_and_for_all() -> None:
    from dicom_net.services import MemoryReceiver

    receiver = MemoryReceiver(instance_size=1000, size=1500)
    one, other = receiver.receive(), receiver.receive()
    one.write([bytes(1000)])
    with pytest.raises(StoreFull, match="instance_size"):
        one.write([b"x"])
    with pytest.raises(StoreFull, match="'size'"):
        other.write([bytes(501)])
    one.discard()
    one.discard()
    other.write([bytes(501)])
    assert other.commit() == bytes(501)
    receiver.receive(Expected(size=1000))
    with pytest.raises(StoreFull):
        receiver.receive(Expected(size=1001))


def test_a_store_says_when_it_is_full() -> None:
    store = InMemoryStore(StoreSettings(size=2000))
    wire = Wire(StorageProvider(store, now=lambda: NOW), CONTEXTS)
    assert send(wire).status == 0
    assert send(wire, 2, size=5000).status == 0xA700
    assert drive(store.find("1.2.3.1.1.1")).size < 2000
    assert store._arriving == 0


@pytest.mark.parametrize("error", [ConnectionLost(), GeneratorExit()])
def test_an_association_that_ends_in_the_middle_leaves_nothing(error: BaseException) -> None:
    handler, recorder = Log(), Recorder()
    wire = Wire(StorageProvider(recorder, handler=handler, now=lambda: NOW), CONTEXTS, cut=50)
    operation = store_instance(wire.user, ready(size=10_000), Clock())
    step = next(operation)
    while isinstance(step, Call):
        step = operation.send(step.function())
    assert isinstance(step, Write)
    data = b"".join(map(bytes, step.buffers))
    wire._to_provider(data[:5000])
    assert wire.responding is not None
    if isinstance(error, GeneratorExit):
        wire.responding.close()
    else:
        wire.lose(error)
    assert recorder.said[-1] == "discard"
    assert isinstance(wire.seat.events[-1], RefusedEvent)
    told = [call[0] for call in handler.calls]
    assert told == (["will"] if isinstance(error, GeneratorExit) else ["will", "failed"])


# --- NET-074, NET-075: handlers -------------------------------------------------------------------


def test_a_handler_is_called_in_order() -> None:
    handler = Log()
    wire = Wire(StorageProvider(handler=handler, now=lambda: NOW), CONTEXTS)
    result = send(wire)
    assert handler.calls == [
        ("will", "PEER", "1.2.3.1.1.1"),
        ("did", "1.2.3.1.1.1", result.size),
    ]
    assert wire.seat.in_threads == 2  # plain functions do not hold up an event loop


@pytest.mark.parametrize(
    ("answer", "status"), [(False, 0xA700), (0xA7FF, 0xA7FF), (True, 0), (0, 0)]
)
def test_an_instance_may_not_be_wanted(answer: int, status: int) -> None:
    class Picky(Log):
        def will_receive(self, info: AssociationInfo, announced: Announced) -> bool:
            return cast("bool", answer)

    handler, recorder = Picky(), Recorder()
    wire = Wire(StorageProvider(recorder, handler=handler, now=lambda: NOW), CONTEXTS)
    assert send(wire).status == status
    if status:
        assert handler.calls[-1][:3] == ("failed", "1.2.3.1.1.1", status)
        assert not recorder.said


@pytest.mark.parametrize("method", ["will_receive", "did_receive"])
@pytest.mark.parametrize("kind", ["raises", "hangs"])
def test_n17_a_handler_that_fails_is_a_status_and_not_the_end(
    method: str, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_words: object) -> bool:
        raise RuntimeError("Doe^Jane is in no exception text of ours")

    class Bad(Log):
        pass

    setattr(Bad, method, broken if kind == "raises" else staticmethod(Hangs()))
    wire = Wire(StorageProvider(handler=Bad(), now=lambda: NOW), CONTEXTS)
    with caplog.at_level(logging.WARNING, "dicom_net"):
        result = send(wire)
    assert result.status == 0x0110
    assert "Doe" not in result.comment
    delattr(Bad, method)
    assert send(Wire(StorageProvider(handler=Bad(), now=lambda: NOW), CONTEXTS)).status == 0


def test_coroutines_are_handlers_too_and_run_in_no_thread() -> None:
    class Waits(Log):
        async def will_receive(self, info: AssociationInfo, announced: Announced) -> bool:  # type: ignore[override]
            return False

    wire = Wire(StorageProvider(handler=Waits(), now=lambda: NOW), CONTEXTS)
    assert send(wire).status == 0xA700
    assert wire.seat.in_threads == 1  # did_fail, which is a plain function

    async def received(_: ReceivedObject) -> None:
        raise RuntimeError

    wire = Wire(StorageProvider(on_received=received, now=lambda: NOW), CONTEXTS)
    assert send(wire).status == 0x0110


def test_a_handler_may_choose_the_status() -> None:
    class Warns(StorageHandler):
        def did_receive(self, received: ReceivedObject) -> int:
            return 0xB000

    wire = Wire(StorageProvider(handler=Warns(), now=lambda: NOW), CONTEXTS)
    result = send(wire)
    assert result.status == 0xB000
    assert result.success


@pytest.mark.parametrize("welcome", [True, False])
def test_a_handler_may_turn_a_peer_away(welcome: bool) -> None:
    class Door(StorageHandler):
        def should_accept_association(self, info: AssociationInfo) -> bool:
            return welcome and info.calling == "PEER"

    provider = StorageProvider(handler=Door(), now=lambda: NOW)
    wire = Wire(provider, CONTEXTS)
    answer = wire.run(provider.admit(wire.seat))
    assert (answer is None) is welcome
    assert StorageProvider(now=lambda: NOW).admit(wire.seat) is not None


# --- N16, NET-079: looking at what comes ----------------------------------------------------------


def other_uid(file: dc.DicomFile) -> None:
    file.dataset.SOPInstanceUID = "1.2.99"


def other_class(file: dc.DicomFile) -> None:
    file.dataset.SOPClassUID = MR


def no_uids(file: dc.DicomFile) -> None:
    del file.dataset["SOPInstanceUID"], file.dataset["SOPClassUID"]


def no_instance(file: dc.DicomFile) -> None:
    del file.dataset["SOPInstanceUID"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (other_uid, 0xA900),
        (other_class, 0xA900),
        (no_instance, 0xA900),
        (no_uids, 0xC000),
        (None, 0xC000),
    ],
)
def test_n16_a_data_set_that_is_not_what_the_command_said(change: object, status: int) -> None:
    file = instance(size=100_000)
    data = b"\xff\x13" * 50_000
    if callable(change):
        change(file)
        data = dc.write_dataset(file.dataset)
    raw = RawInstance(sop_class=CT, sop_instance="1.2.3.1.1.1", transfer_syntax=EXPLICIT, data=data)
    kept, aside = Recorder(), Recorder()
    settings = StorageSettings(head="refuse")
    provider = StorageProvider(kept, quarantine=aside, settings=settings, now=lambda: NOW)
    wire = Wire(provider, CONTEXTS, cut=4096)
    result = wire.run(store_instance(wire.user, outgoing(raw), Clock()))
    assert result.status == status
    assert not kept.said  # nothing of it was ever there
    assert aside.said[-1] == "commit"
    assert aside.data.endswith(data)
    assert send(wire, size=100_000).status == 0
    assert dc.read(kept.data).dataset == instance(size=100_000).dataset


@pytest.mark.parametrize(("policy", "status"), [("reject", 0xA900), ("warn", 0xB007), ("off", 0)])
def test_validation_may_reject_or_warn(policy: str, status: int) -> None:
    file = instance()
    del file.dataset["StudyInstanceUID"]
    got: list[ReceivedObject] = []
    settings = StorageSettings(validation=policy)
    wire = Wire(
        StorageProvider(on_received=got.append, settings=settings, now=lambda: NOW), CONTEXTS
    )
    result = wire.run(store_instance(wire.user, outgoing(file), Clock()))
    assert result.status == status
    assert len(got) == (policy != "reject")
    if policy == "warn":
        assert got[0].validation is not None
        assert any(issue.rule for issue in got[0].validation.errors)
        assert got[0].file().dataset == file.dataset


def test_what_is_too_long_to_be_validated_is_stored_without() -> None:
    recorder = Recorder()
    settings = StorageSettings(validation="reject", validation_size=1000)
    wire = Wire(StorageProvider(recorder, settings=settings, now=lambda: NOW), CONTEXTS, cut=500)
    assert send(wire, size=50_000).status == 0
    assert dc.read(recorder.data).dataset == instance(size=50_000).dataset


# --- what is offered ------------------------------------------------------------------------------


def test_every_storage_class_and_every_syntax_of_files_is_offered() -> None:
    offers = {offer.abstract_syntax: offer for offer in StorageProvider(now=lambda: NOW).offers()}
    assert {CT, MR, "1.2.840.10008.5.1.4.1.1.6.1", "1.2.840.10008.5.1.4.1.1.481.3"} <= set(offers)
    assert len(offers) > 190
    syntaxes = offers[CT].transfer_syntaxes
    assert syntaxes == storage_syntaxes()
    assert syntaxes[0] == EXPLICIT
    assert {IMPLICIT, J2K, "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.1.99"} <= set(syntaxes)
    assert "1.2.840.10008.1.2.4.94" not in syntaxes  # JPIP: the pixels are elsewhere


def test_what_is_offered_can_be_chosen() -> None:
    provider = StorageProvider(classes=["1.2.3.4"], transfer_syntaxes=[IMPLICIT], now=lambda: NOW)
    assert [(offer.abstract_syntax, offer.transfer_syntaxes) for offer in provider.offers()] == [
        ("1.2.3.4", (IMPLICIT,))
    ]


def test_other_requests_are_refused() -> None:
    wire = Wire(StorageProvider(now=lambda: NOW), CONTEXTS)
    request = CFindRQ(message_id=1, affected_sop_class=CT)
    sent = wire.user.send_message(Begin(1, request), [b"identifier"])
    wire._to_provider(b"".join(map(bytes, sent)))
    answer = wire.inbox[1].popleft()
    assert isinstance(answer, Begin)
    assert answer.command.status == 0x0211  # type: ignore[union-attr]


def test_metrics_count_what_came() -> None:
    metrics = NetMetrics()
    wire = Wire(
        StorageProvider(metrics=metrics, clock=Clock().clock, now=lambda: NOW, settings=SMALL),
        CONTEXTS,
    )
    size = send(wire).size
    send(wire, size=20_000)
    found = metrics.snapshot().operations["C-STORE"]
    assert (found.success, found.failure) == (1, 1)
    assert found.bytes >= size
    assert found.seconds == 2
