"""C-GET and C-MOVE, user against provider, without sockets."""

from collections.abc import Iterable, Iterator

import pytest
from retrieving import (
    CT,
    EXPLICIT,
    IMPLICIT,
    MR,
    PATIENT_ROOT,
    STUDY_ROOT,
    Asking,
    for_get,
    instance,
    store_of,
    ten,
    uids,
)

import dicom_core as dc
from dicom_core.query import InformationModel, build
from dicom_core.store import InMemoryStore, StoredInstance, StoreFull, StoreSettings
from dicom_net import NetworkError, PartialFailure, StatusError
from dicom_net._negotiation import Offer
from dicom_net._operation import Operation, receive, write
from dicom_net.dimse import Begin, CGetRSP, CStoreRQ, CStoreRSP
from dicom_net.services import (
    COMMON_STORAGE,
    FIND,
    MOVE,
    VERIFICATION,
    AssociationInfo,
    Destination,
    Handlers,
    MemoryReceiver,
    Provider,
    RetrieveCompleted,
    RetrieveKeys,
    RetrieveProgress,
    RetrieveProvider,
    RetrieveSettings,
    Seat,
    Several,
    collect,
    echo,
    find,
    get,
    move,
    query_retrieve,
)
from dicom_net.testing import connect
from dicom_net.ul import Abort, OperationsWindow

WHERE = ("there", 104)


# --- C-GET ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("window", [None, OperationsWindow(1, 4)])
def test_a_study_comes_over_the_same_association(window: OperationsWindow | None) -> None:
    files = ten()
    pair = for_get(RetrieveProvider(store_of(files)), window=window)
    result = pair.run(get(pair.exchange, RetrieveKeys.study("1.2.1"), MemoryReceiver()))
    assert result.is_success
    assert not result.has_partial_failures
    assert (result.completed, result.failed, result.warning, result.remaining) == (10, 0, 0, 0)
    assert [one.sop_instance for one in result.instances] == uids(files)
    assert [file.dataset for file in result.files] == [file.dataset for file in files]
    assert result.files[0].meta["SendingApplicationEntityTitle"] == "ANY-SCP"
    assert pair.items[-1] == RetrieveCompleted(result)
    told = [item for item in pair.items if isinstance(item, RetrieveProgress)]
    assert all(item.total == 10 for item in told)
    if window is None:  # one at a time: counts after each, and none with the last
        assert [item.remaining for item in told] == list(range(9, 0, -1))


@pytest.mark.parametrize(
    ("keys", "model", "expected"),
    [
        (RetrieveKeys.series("1.2.1", ["1.2.1.2"]), STUDY_ROOT, ["1.2.1.2.1", "1.2.1.2.2"]),
        (RetrieveKeys.instance("1.2.1", "1.2.1.1", ["1.2.1.1.2"]), STUDY_ROOT, ["1.2.1.1.2"]),
        (
            RetrieveKeys.instance("1.2.1", "1.2.1.1", ["1.2.1.1.2", "1.2.1.1.1"]),
            STUDY_ROOT,
            ["1.2.1.1.1", "1.2.1.1.2"],
        ),
        (
            RetrieveKeys.study(["1.2.1", "1.2.2"]),
            STUDY_ROOT,
            ["1.2.1.1.1", "1.2.1.1.2", "1.2.1.2.1", "1.2.1.2.2", "1.2.2.1.1"],
        ),
        (RetrieveKeys.patient("P2"), PATIENT_ROOT, ["1.2.2.1.1"]),
        (RetrieveKeys.study("1.2.2", patient="P1"), PATIENT_ROOT, []),
        (RetrieveKeys.study("1.2.9"), STUDY_ROOT, []),
    ],
)
def test_what_a_request_means(
    keys: RetrieveKeys, model: InformationModel, expected: list[str]
) -> None:
    files = [instance(n, series=s) for s in (1, 2) for n in (1, 2)] + [instance(1, study=2)]
    pair = for_get(RetrieveProvider(store_of(files)), models=[model])
    result = pair.run(get(pair.exchange, keys, MemoryReceiver(), model=model))
    assert [one.sop_instance for one in result.instances] == expected
    assert result.is_success


def test_a_cancelled_get_ends_with_its_counts_and_the_association_lives() -> None:
    pair = for_get(RetrieveProvider(store_of(ten())))
    keys = RetrieveKeys.study("1.2.1")
    result = pair.run(get(pair.exchange, keys, MemoryReceiver()), stop_after=5)
    assert result.is_cancelled
    assert result.completed + result.remaining + result.failed == 10
    assert 0 < result.completed < 10
    again = pair.run(get(pair.exchange, keys, MemoryReceiver()))
    assert again.is_success


def test_uncompressed_instances_are_rewritten_where_the_receiver_wants_another_syntax() -> None:
    pair = for_get(RetrieveProvider(store_of([instance(1)])), syntaxes=[IMPLICIT])
    result = pair.run(get(pair.exchange, RetrieveKeys.study("1.2.1"), MemoryReceiver()))
    assert result.is_success
    assert result.instances[0].transfer_syntax == IMPLICIT
    assert result.files[0].dataset == instance(1).dataset


def test_what_the_receiver_did_not_ask_for_is_listed_as_failed() -> None:
    files = [instance(1), instance(2, sop_class="1.2.840.10008.5.1.4.1.1.7"), instance(3)]
    pair = for_get(RetrieveProvider(store_of(files)))
    result = pair.run(get(pair.exchange, RetrieveKeys.study("1.2.1"), MemoryReceiver()))
    assert (result.status, result.completed, result.failed) == (0xB000, 2, 1)
    assert result.failed_instances == ("1.2.1.1.2",)
    assert result.has_partial_failures
    with pytest.raises(PartialFailure) as error:
        result.raise_for_failure()
    assert error.value.failed == ("1.2.1.1.2",)


def test_where_all_fail_the_status_is_a_failure() -> None:
    pair = for_get(RetrieveProvider(store_of([instance(1, sop_class="1.2.840.10008.5.1.4.1.1.7")])))
    result = pair.run(get(pair.exchange, RetrieveKeys.study("1.2.1"), MemoryReceiver()))
    assert (result.status, result.completed, result.failed) == (0xA702, 0, 1)
    with pytest.raises(StatusError):
        result.raise_for_failure()


class Full:
    """A receiver with room for so many."""

    def __init__(self, room: int) -> None:
        self.store = InMemoryStore(StoreSettings(instances=room))
        self.receive = self.store.receive


def test_a_receiver_that_is_full_fails_what_it_cannot_take() -> None:
    receiver = Full(4)
    pair = for_get(RetrieveProvider(store_of(ten())))
    result = pair.run(get(pair.exchange, RetrieveKeys.study("1.2.1"), receiver))
    assert (result.completed, result.failed) == (4, 6)
    assert result.failed_instances == tuple(uids(ten())[4:])
    assert len(receiver.store) == 4


class FullAtOnce:
    def receive(self, expected: object) -> object:
        raise StoreFull("size", 1)


def test_a_receiver_without_room_lets_the_data_go_by() -> None:
    pair = for_get(RetrieveProvider(store_of(ten())))
    result = pair.run(get(pair.exchange, RetrieveKeys.study("1.2.1"), FullAtOnce()))  # type: ignore[arg-type]
    assert (result.completed, result.failed) == (0, 10)


@pytest.mark.parametrize("error", [OSError("the disk is gone"), ValueError("the disk is gone")])
@pytest.mark.parametrize("where", ["select", "read"])
def test_an_archive_that_fails_is_told_as_a_status(where: str, error: Exception) -> None:
    def select(_keys: RetrieveKeys) -> Iterator[StoredInstance]:
        if where == "select":
            raise error
        yield StoredInstance("1.2.1", "1.2.1.1", "1.2.1.1.1", CT, EXPLICIT, 10, "")

    def read(_instance: str) -> dc.ByteSource:
        raise error

    pair = for_get(RetrieveProvider(Handlers(select, read)))
    result = pair.run(get(pair.exchange, RetrieveKeys.study("1.2.1"), MemoryReceiver()))
    assert result.status == (0xC000 if where == "select" else 0xA702)
    assert "disk" not in result.comment


def test_more_instances_than_are_allowed_are_refused() -> None:
    provider = RetrieveProvider(store_of(ten()), settings=RetrieveSettings(instances=9))
    pair = for_get(provider)
    result = pair.run(get(pair.exchange, RetrieveKeys.study("1.2.1"), MemoryReceiver()))
    assert result.status == 0xA701


# --- C-MOVE --------------------------------------------------------------------------------------------


class Storage:
    """Keeps what comes; ``statuses`` answer the first ones, and the one after ``most`` is answered by an abort."""

    def __init__(
        self,
        statuses: Iterable[int] = (),
        classes: Iterable[str] = COMMON_STORAGE,
        most: int = 1000,
    ) -> None:
        self.statuses = list(statuses)
        self.classes = tuple(classes)
        self.most = most
        self.visits: list[AssociationInfo] = []
        self.ends: list[object] = []
        self.requests: list[CStoreRQ] = []
        self.data: list[bytes] = []

    def offers(self) -> Iterable[Offer]:
        return [Offer(one, (EXPLICIT, IMPLICIT)) for one in self.classes]

    def admit(self, seat: Seat) -> Operation[None]:
        self.visits.append(seat.info)
        yield from ()

    def ended(self, info: AssociationInfo, error: NetworkError | None) -> None:
        self.ends.append(error)

    def respond(self, seat: Seat, begin: Begin) -> Operation[None]:
        request = begin.command
        assert isinstance(request, CStoreRQ)
        self.requests.append(request)
        self.data.append((yield from collect(request.message_id)))
        if len(self.requests) > self.most:
            yield from write(seat.exchange.send(Abort()))
            return
        status = self.statuses.pop(0) if self.statuses else 0
        answer = CStoreRSP(responded_to=request.message_id, status=status)
        yield from write(seat.exchange.send(Begin(begin.context, answer)))


def for_move(files: Iterable[dc.DicomFile], storage: Storage | None, **settings: object) -> Asking:
    provider = RetrieveProvider(
        store_of(files),
        {"STORE": Destination(host=WHERE[0], port=WHERE[1])},
        settings=RetrieveSettings(**settings),  # type: ignore[arg-type]
    )
    network = {} if storage is None else {WHERE: storage}
    return Asking(connect(provider, [(MOVE[STUDY_ROOT], [IMPLICIT])], network=network))


def test_a_study_is_moved_to_a_destination_that_is_known() -> None:
    storage = Storage()
    pair = for_move(ten(), storage)
    result = pair.run(move(pair.exchange, RetrieveKeys.study("1.2.1"), "STORE"))
    assert result.is_success
    assert result.completed == 10
    assert [one.affected_sop_instance for one in storage.requests] == uids(ten())
    assert {(one.move_originator, one.move_originator_id) for one in storage.requests} == {
        ("DICOMPY", 1)
    }
    assert [dc.read_dataset(data) for data in storage.data] == [file.dataset for file in ten()]
    assert [item.remaining for item in pair.items if isinstance(item, RetrieveProgress)] == list(
        range(9, 0, -1)
    )
    (visit,) = storage.visits
    assert (visit.called, visit.calling) == ("STORE", "ANY-SCP")
    # nothing is proposed that no instance needs
    assert {context.abstract_syntax for context in visit.proposed} == {CT}
    assert storage.ends == [None]


def test_n21_a_destination_that_is_not_configured_is_unknown() -> None:
    storage = Storage()
    pair = for_move(ten(), storage)
    for title in ("ELSEWHERE", "there", "127.0.0.1", "PEER", "store", ""):
        keys = RetrieveKeys.study("1.2.1")
        result = pair.run(move(pair.exchange, keys, title or " "))
        assert result.status == 0xA801
        with pytest.raises(StatusError):
            result.raise_for_failure()
    assert storage.requests == []


def test_n22_a_destination_that_cannot_be_reached() -> None:
    pair = for_move(ten(), None)
    result = pair.run(move(pair.exchange, RetrieveKeys.study("1.2.1"), "STORE"))
    # PS3.4 C.4.2.3.1: a failure where all sub-operations were unsuccessful
    assert (result.status, result.completed, result.failed) == (0xA702, 0, 10)
    assert result.failed_instances == tuple(uids(ten()))


def test_n22_failures_and_warnings_of_the_destination_are_counted() -> None:
    storage = Storage([0, 0xA700, 0xB000, 0xC123])
    pair = for_move(ten(), storage)
    result = pair.run(move(pair.exchange, RetrieveKeys.study("1.2.1"), "STORE"))
    assert result.status == 0xB000
    assert (result.completed, result.failed, result.warning) == (7, 2, 1)
    assert result.failed_instances == ("1.2.1.1.2", "1.2.1.1.4")


def test_n22_a_destination_that_takes_only_some_classes() -> None:
    files = [instance(1), instance(2, sop_class=MR), instance(3)]
    pair = for_move(files, Storage(classes=[CT]))
    result = pair.run(move(pair.exchange, RetrieveKeys.study("1.2.1"), "STORE"))
    assert (result.status, result.completed, result.failed) == (0xB000, 2, 1)
    assert result.failed_instances == ("1.2.1.1.2",)


def test_n22_a_destination_that_goes_away_in_the_middle() -> None:
    pair = for_move(ten(), Storage(most=3))
    result = pair.run(move(pair.exchange, RetrieveKeys.study("1.2.1"), "STORE"))
    assert result.status == 0xB000
    assert (result.completed, result.failed, result.total) == (3, 7, 10)
    assert result.failed_instances == tuple(uids(ten())[3:])


def test_a_cancelled_move_ends_with_its_counts() -> None:
    storage = Storage()
    pair = for_move(ten(), storage)
    keys = RetrieveKeys.study("1.2.1")
    result = pair.run(move(pair.exchange, keys, "STORE"), stop_after=3)
    assert result.is_cancelled
    assert result.completed == len(storage.requests)
    assert result.completed + result.remaining == 10
    assert result.remaining > 0
    assert pair.run(move(pair.exchange, keys, "STORE")).is_success


def test_many_classes_go_over_several_associations() -> None:
    classes = COMMON_STORAGE[:70]
    files = [instance(n, sop_class=one) for n, one in enumerate(classes)]
    storage = Storage()
    pair = for_move(files, storage)
    result = pair.run(move(pair.exchange, RetrieveKeys.study("1.2.1"), "STORE"))
    assert result.is_success
    assert result.completed == 70
    assert len(storage.visits) == 2  # explicit and implicit VR for each are 140 contexts


def test_destinations_may_be_looked_up() -> None:
    async def look(title: str) -> Destination | None:
        return (
            Destination(host=WHERE[0], port=WHERE[1], called_ae="OTHER") if title == "A" else None
        )

    storage = Storage()
    provider = RetrieveProvider(store_of(ten()), look)
    contexts = [(MOVE[STUDY_ROOT], [IMPLICIT])]
    pair = Asking(connect(provider, contexts, network={WHERE: storage}))
    keys = RetrieveKeys.study("1.2.1")
    assert pair.run(move(pair.exchange, keys, "A")).is_success
    assert storage.visits[0].called == "OTHER"
    assert pair.run(move(pair.exchange, keys, "B")).status == 0xA801


def test_a_query_retrieve_server_is_one_provider() -> None:
    kit = query_retrieve(
        store_of(ten()), destinations={"STORE": Destination(host=WHERE[0], port=WHERE[1])}
    )
    storage = Storage()
    with connect(
        kit,
        network={WHERE: storage},
        contexts=[
            (FIND[STUDY_ROOT], [IMPLICIT]),
            (MOVE[STUDY_ROOT], [IMPLICIT]),
            (VERIFICATION, [IMPLICIT]),
        ],
    ) as association:
        exchange = association.exchange
        assert association.run(echo(exchange)).status == 0
        query = build("SERIES", StudyInstanceUID="1.2.1")
        found = [match.series_instance_uid for match in association.iterate(find(exchange, query))]  # type: ignore[attr-defined]
        assert found == ["1.2.1.1", "1.2.1.2"]
        result = association.run(move(exchange, RetrieveKeys.series("1.2.1", found), "STORE"))
        assert result.completed == 10
    for one in (FIND[STUDY_ROOT], MOVE[STUDY_ROOT]):
        assert one not in {offer.abstract_syntax for offer in query_retrieve().offers()}


def test_storage_and_retrieve_share_their_sop_classes() -> None:
    store = store_of(ten())
    storage = Storage()
    ours: Provider = RetrieveProvider(store)
    for both in (Several([ours, storage]), Several([storage, ours])):
        offers = {offer.abstract_syntax: offer for offer in both.offers()}
        assert (offers[CT].scp, offers[CT].scu) == (True, True)
        assert (offers[MOVE[STUDY_ROOT]].scp, offers[MOVE[STUDY_ROOT]].scu) == (True, False)
        pair = for_get(both)
        assert pair.run(
            get(pair.exchange, RetrieveKeys.study("1.2.1"), MemoryReceiver())
        ).is_success


def test_identifiers_that_break_the_rules_are_answered_with_a900() -> None:
    for bad in (b"", b"\x08\x00\x52\x00\x06\x00\x00\x00SERIES", b"\xff" * 40):
        pair = for_get(RetrieveProvider(store_of(ten())))

        def ask(exchange: object = pair.exchange, data: bytes = bad) -> Operation[int]:
            from dicom_net.dimse import CGetRQ, Exchange

            assert isinstance(exchange, Exchange)
            context = next(iter(exchange.contexts.values()))
            request = CGetRQ(message_id=9, affected_sop_class=context.abstract_syntax)
            yield from write(exchange.send_message(Begin(context.id, request), [data]))
            event = yield from receive(9)
            assert isinstance(event, Begin)
            assert isinstance(event.command, CGetRSP)
            return event.command.status

        assert pair.run(ask()) == 0xA900
