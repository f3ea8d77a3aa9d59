"""C-GET and C-MOVE for the one who asks, against peers that do not behave as ours do."""

from collections.abc import Iterable

import pytest
from retrieving import CT, EXPLICIT, IMPLICIT, MR, STUDY_ROOT, Asking, for_get

from dicom_core.store import Incoming, InMemoryStore, drive
from dicom_net import StatusError
from dicom_net._negotiation import Offer
from dicom_net._operation import Call, Operation, Receive, receive, write
from dicom_net.dimse import Begin, CGetRSP, CMoveRQ, CMoveRSP, CStoreRQ, CStoreRSP, Data
from dicom_net.services import (
    MOVE,
    MemoryReceiver,
    RetrieveKeys,
    Seat,
    drain,
    get,
    get_contexts,
    move,
)
from dicom_net.testing import connect


class Odd:
    """A C-GET provider that does what a test wants."""

    def __init__(self, *steps: object) -> None:
        self.steps = steps

    def offers(self) -> Iterable[Offer]:
        wanted = get_contexts([CT, MR])
        yield Offer(wanted.contexts[0][0], (EXPLICIT, IMPLICIT))
        yield Offer(MOVE[STUDY_ROOT], (EXPLICIT, IMPLICIT))
        for one in (CT, MR):
            yield Offer(one, (EXPLICIT, IMPLICIT), scp=False, scu=True)

    def respond(self, seat: Seat, begin: Begin) -> Operation[None]:
        exchange = seat.exchange
        request = begin.command
        assert hasattr(request, "message_id")
        yield from drain(request.message_id)
        self.answers: list[int] = []
        for step in self.steps:
            if isinstance(step, tuple):
                sop_class, uid, syntax_class = step
                context = exchange.context_for(syntax_class)
                number = exchange.next_message_id()
                store = CStoreRQ(
                    message_id=number, affected_sop_class=sop_class, affected_sop_instance=uid
                )
                yield from write(exchange.send_message(Begin(context.id, store), [b"\x08\x00"]))
                event = yield from receive(number)
                assert isinstance(event, Begin)
                assert isinstance(event.command, CStoreRSP)
                self.answers.append(event.command.status)
            elif isinstance(step, dict):
                kind = CMoveRSP if isinstance(request, CMoveRQ) else CGetRSP
                data = step.pop("data", None)
                response = kind(responded_to=request.message_id, has_data=data is not None, **step)
                yield from write(
                    exchange.send_message(Begin(begin.context, response), [data] if data else [])
                )


@pytest.mark.parametrize(
    ("step", "status"),
    [
        ((CT, "../../etc/passwd", CT), 0x0117),
        ((CT, "1.2.3/4", CT), 0x0117),
        ((CT, "x" * 64, CT), 0x0117),
        ((MR, "1.2.3", CT), 0x0122),
    ],
)
def test_n23_hostile_instances_are_refused(step: tuple[str, str, str], status: int) -> None:
    odd = Odd(step, {"status": 0xB000, "completed": 0, "failed": 1})
    pair = for_get(odd)
    result = pair.run(get(pair.exchange, RetrieveKeys.study("1.2.1"), MemoryReceiver()))
    assert odd.answers == [status]
    assert result.instances == ()
    assert result.failed_instances == (step[1],)


def test_counts_that_are_missing_are_counted_here() -> None:
    pair = for_get(Odd((CT, "1.2.3", CT), {"status": 0}))
    result = pair.run(get(pair.exchange, RetrieveKeys.study("1.2.1"), MemoryReceiver()))
    assert (result.completed, result.failed, result.remaining) == (1, 0, 0)


def test_a_list_of_failures_that_cannot_be_read_costs_nothing_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    data = b"\x08\x00\x58\x00UI\xff"  # cut off
    pair = for_get(Odd({"status": 0xB000, "completed": 3, "failed": 1, "data": data}))
    result = pair.run(get(pair.exchange, RetrieveKeys.study("1.2.1"), MemoryReceiver()))
    assert (result.completed, result.failed, result.failed_instances) == (3, 1, ())


def test_a_peer_that_gives_up_without_counts_loses_nothing_that_came() -> None:
    """As Orthanc does when the file of an instance is gone."""
    pair = for_get(Odd((CT, "1.2.3", CT), {"status": 0xC000}))
    result = pair.run(get(pair.exchange, RetrieveKeys.study("1.2.1"), MemoryReceiver()))
    assert (result.completed, len(result.instances)) == (1, 1)
    assert not result.is_success
    assert result.has_partial_failures
    result.raise_for_refusal()
    with pytest.raises(StatusError, match="C000"):
        result.raise_for_failure()


def test_a_refusal_is_a_status_and_its_comment_stays_out_of_the_sentence() -> None:
    odd = Odd({"status": 0xA900, "comment": "PATIENT DOE"})
    pair = Asking(connect(odd, [(MOVE[STUDY_ROOT], [IMPLICIT])]))
    result = pair.run(move(pair.exchange, RetrieveKeys.study("1.2.1"), "STORE"))
    assert result.comment == "PATIENT DOE"
    with pytest.raises(StatusError) as error:
        result.raise_for_failure()
    assert "DOE" not in str(error.value)
    assert "DOE" not in repr(result)


def test_a_get_that_is_cut_off_leaves_nothing_in_the_store() -> None:
    store = InMemoryStore()
    pair = for_get(Odd())
    exchange = pair.exchange
    operation = get(exchange, RetrieveKeys.study("1.2.1"), store)
    next(operation)  # the request is written
    assert isinstance(operation.send(None), Receive)
    context = exchange.context_for(CT, as_scp=True).id
    begin = Begin(
        context, CStoreRQ(message_id=7, affected_sop_class=CT, affected_sop_instance="1.2")
    )
    call = operation.send(begin)
    assert isinstance(call, Call)
    sink: Incoming = drive(call.function())  # type: ignore[arg-type]
    assert isinstance(operation.send(sink), Receive)
    operation.send(Data(context, 7, [b"12345678"], last=False))
    assert store._arriving > 8
    operation.close()  # as a door does when its task is cancelled
    assert store._arriving == 0
    assert len(store) == 0
