"""C-FIND, both roles, without sockets: what is asked, what is found, how it ends."""

import struct
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import Any

import pytest
from exchange_pair import IMPLICIT, Pair, drain, joined, raw, said
from operation_pair import OperationPair

from dicom_core import Dataset, DicomFile, LimitExceeded
from dicom_core.query import InformationModel, MatchOptions, Query, QueryError, QueryLevel, build
from dicom_core.store import InMemoryStore, drive, put
from dicom_net import NegotiationError, RemoteProtocolError, StatusError
from dicom_net._operation import Operation, Receive, Write
from dicom_net.dimse import Begin, CFindRQ, CFindRSP, Exchange, NGetRQ
from dicom_net.services import (
    FindProvider,
    FindRequest,
    FindSettings,
    InstanceMatch,
    Match,
    PatientMatch,
    QueryKeys,
    SeriesMatch,
    StudyMatch,
    find,
    information,
    options_of,
    usual_fields,
)
from dicom_net.services._find_options import negotiated
from dicom_net.ul import (
    AnsweredContext,
    AssociateAC,
    AssociateRQ,
    ProposedContext,
    SopClassExtended,
)

PATIENT_FIND = "1.2.840.10008.5.1.4.1.2.1.1"
STUDY_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
WORKLIST = "1.2.840.10008.5.1.4.31"
EXPLICIT = "1.2.840.10008.1.2.1"


def association(
    syntax: str = EXPLICIT, wanted: MatchOptions | None = None, granted: MatchOptions | None = None
) -> tuple[AssociateRQ, AssociateAC]:
    classes = (PATIENT_FIND, STUDY_FIND, WORKLIST)
    request = AssociateRQ(
        called="ARCHIVE",
        calling="ME",
        contexts=[ProposedContext(2 * n + 1, one, (syntax,)) for n, one in enumerate(classes)],
        extended=[SopClassExtended(one, information(wanted)) for one in classes] if wanted else [],
    )
    answer = AssociateAC(
        called="ARCHIVE",
        calling="ME",
        contexts=[AnsweredContext(2 * n + 1, 0, syntax) for n, _ in enumerate(classes)],
        extended=[SopClassExtended(one, information(granted)) for one in classes]
        if granted
        else [],
    )
    return request, answer


def instance(number: int, **values: Any) -> DicomFile:
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    dataset.SOPInstanceUID = f"1.2.3.4.{number}"
    dataset.SeriesInstanceUID = f"1.2.3.{number // 2}"
    dataset.StudyInstanceUID = f"1.2.{number // 4}"
    dataset.PatientID = f"P{number // 8}"
    dataset.PatientName = ("Doe^Jane", "山田^太郎", "Smith^Adam", "Smith^Eve")[number // 8 % 4]
    dataset.StudyDate = f"2024{number // 4 % 12 + 1:02d}01"
    dataset.StudyDescription = f"study {number // 4}"
    dataset.Modality = "CT" if number % 8 < 4 else "MR"
    dataset.SeriesNumber = number // 2
    dataset.InstanceNumber = number
    dataset.Rows, dataset.Columns = 512, 256
    for name, value in values.items():
        setattr(dataset, name, value)
    return DicomFile.new(dataset)


def filled(count: int = 32) -> InMemoryStore:
    store = InMemoryStore()
    for number in range(count):
        drive(put(store, instance(number).to_bytes()))
    return store


STORE = filled()


def asked(
    query: Query | Dataset,
    provider: FindProvider | None = None,
    *,
    syntax: str = EXPLICIT,
    stop_after: int | None = None,
    options: MatchOptions | None = None,
    **more: Any,
) -> tuple[list[Any], CFindRSP]:
    pair = OperationPair(*association(syntax, options, options), provider or FindProvider(STORE))
    return pair.run(find(pair.user, query, **more), stop_after=stop_after)


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT, "1.2.840.10008.1.2.2"])
def test_studies(syntax: str) -> None:
    query = QueryKeys.study(
        patient_name="SMITH^*", modality="CT", returning=usual_fields(QueryLevel.STUDY)
    )
    found, end = asked(query, syntax=syntax)
    assert end.status == 0
    assert [type(one) for one in found] == [StudyMatch] * 2
    first = found[0]
    assert (str(first.patient_name), first.patient_id) == ("Smith^Adam", "P2")
    assert (first.study_instance_uid, str(first.study_date)) == ("1.2.4", "20240501")
    assert (first.modalities, first.number_of_series, first.number_of_instances) == (("CT",), 2, 4)
    assert first.retrieve_ae_titles == ("ARCHIVE",)
    assert first.all_keys_supported
    assert (first.accession_number, first.study_id, first.referring_physician_name) == (None,) * 3
    assert first.dataset.QueryRetrieveLevel == "STUDY"
    assert "Smith" not in repr(first)


def test_all_levels() -> None:
    patients, _ = asked(QueryKeys.patient(patient_id="P1", patient_name=None))
    assert [type(one) for one in patients] == [PatientMatch]
    assert str(patients[0].patient_name) == "山田^太郎"
    series, _ = asked(
        QueryKeys.series(study_instance_uid="1.2.0", modality=None, series_number=None)
    )
    assert [(type(one), one.modality, one.series_number) for one in series] == [
        (SeriesMatch, "CT", 0),
        (SeriesMatch, "CT", 1),
    ]
    images, _ = asked(
        QueryKeys.instance(
            study_instance_uid="1.2.0",
            series_instance_uid="1.2.3.0",
            returning=["Rows", "Columns", "SOPClassUID", "InstanceNumber", "NumberOfFrames"],
        )
    )
    assert [
        (type(one), one.sop_instance_uid, one.rows, one.number_of_frames) for one in images
    ] == [
        (InstanceMatch, "1.2.3.4.0", 512, None),
        (InstanceMatch, "1.2.3.4.1", 512, None),
    ]


def test_the_identifier_has_exactly_the_chosen_keys() -> None:
    """NET-038."""
    pair = Pair(*association())
    operation = find(
        pair.user, QueryKeys.study(patient_name="A*", study_date="20240101-", returning=["StudyID"])
    )
    step = next(operation)
    assert isinstance(step, Write)
    pair.provider.receive_data(joined(step.buffers), 0.0)
    begin, data = drain(pair.provider)
    assert begin == Begin(3, CFindRQ(message_id=1, affected_sop_class=STUDY_FIND))
    from dicom_core import read_dataset

    identifier = read_dataset(b"".join(data.views), EXPLICIT)  # type: ignore[union-attr]
    names = [element.keyword for element in identifier.elements()]
    assert names == [
        "StudyDate",
        "QueryRetrieveLevel",
        "PatientName",
        "StudyInstanceUID",
        "StudyID",
    ]
    assert identifier.element("StudyDate").text == "20240101-"


def test_ranges_lists_and_character_sets() -> None:
    """NET-042, NET-043, NET-045."""
    found, _ = asked(QueryKeys.study(study_date="20240301-20240401"))
    assert {one.study_instance_uid for one in found} == {"1.2.2", "1.2.3"}
    found, _ = asked(QueryKeys.study(study_instance_uid=["1.2.1", "1.2.5", "9.9"]))
    assert {one.study_instance_uid for one in found} == {"1.2.1", "1.2.5"}
    query = QueryKeys.study(patient_name="山田*")
    assert query.charset == ("ISO_IR 192",)
    found, _ = asked(query)
    assert [str(one.patient_name) for one in found] == ["山田^太郎"] * 2
    found, _ = asked(
        QueryKeys.study(patient_name="山田*", charset=["ISO 2022 IR 6", "ISO 2022 IR 87"])
    )
    assert len(found) == 2


def test_n23_rules_of_the_hierarchy_are_checked_before_sending() -> None:
    """NET-036; with relational queries agreed on, a series is found without its study."""
    query = QueryKeys.series(series_instance_uid="1.2.3.5", modality=None)
    pair = Pair(*association())
    with pytest.raises(QueryError) as caught:
        next(find(pair.user, query))
    assert caught.value.rule == "unique-key"
    assert not pair.user.outstanding
    relational = MatchOptions(relational=True)
    query = QueryKeys.series(series_instance_uid="1.2.3.5", modality=None, options=relational)
    with pytest.raises(QueryError):  # wanted, and not granted
        next(find(pair.user, query))
    found, _ = asked(query, options=relational)
    assert [one.series_instance_uid for one in found] == ["1.2.3.5"]


def test_a_provider_refuses_what_breaks_the_hierarchy() -> None:
    query = QueryKeys.series(series_instance_uid="1.2.3.5")
    with pytest.raises(StatusError) as caught:
        asked(query, check=False)
    assert (caught.value.status, caught.value.service) == (0xA900, "C-FIND")
    assert caught.value.comment
    lax = FindProvider(STORE, FindSettings(check_levels=False))
    assert asked(query, lax, check=False)[1].status == 0


def test_the_unique_key_of_the_level_may_be_left_out() -> None:
    identifier = Dataset()
    identifier.QueryRetrieveLevel = "STUDY"
    identifier.PatientName = "DOE*"
    found, _ = asked(identifier)
    assert [one.dataset.StudyInstanceUID for one in found] == ["1.2.0", "1.2.1"]
    assert all(type(one) is StudyMatch for one in found)


def test_no_context_no_query() -> None:
    pair = Pair()
    with pytest.raises(NegotiationError, match="Patient Root"):
        next(find(pair.user, QueryKeys.patient()))


def test_stopping_early_cancels() -> None:
    """NET-046, N20: after five of many the peer is told; the association can be used again."""
    handled = Handled(1000)
    pair = OperationPair(*association(), FindProvider(handled.studies))
    given, end = pair.run(find(pair.user, QueryKeys.study()), stop_after=5)
    assert len(given) == 5
    assert end.status == 0xFE00
    assert handled.closed
    assert pair.cancels == 1
    assert handled.made < 20
    given, end = pair.run(find(pair.user, QueryKeys.study(limit=3)))
    assert (len(given), end.status, pair.cancels) == (3, 0xFE00, 2)


@pytest.mark.parametrize("form", ["studies", "studies_async"])
def test_answers_at_hand_are_written_together(form: str) -> None:
    """And a failure among them loses none of those before it."""
    handled = Handled(1000, RuntimeError())
    provider = FindProvider(getattr(handled, form), FindSettings(blocking=False))
    pair = OperationPair(*association(), provider)
    given: list[Any] = []
    with pytest.raises(StatusError, match="C000H"):
        pair.run(find(pair.user, QueryKeys.study()), given=given)
    assert len(given) == 1000
    assert pair.writes < 50
    assert pair.seat.threaded == 0
    provider = FindProvider(getattr(handled, form), FindSettings(blocking=False))
    pair = OperationPair(*association(), provider)
    given, end = pair.run(find(pair.user, QueryKeys.study()), stop_after=5)
    assert (len(given), end.status) == (5, 0xFE00)
    assert handled.closed


class Handled:
    """Handlers of queries, in all the forms that there are."""

    def __init__(self, count: int = 3, error: Exception | None = None) -> None:
        self.count = count
        self.error = error
        self.made = 0
        self.closed = False
        self.requests: list[FindRequest] = []

    def dataset(self, number: int) -> Dataset:
        self.made += 1
        dataset = Dataset()
        dataset.StudyInstanceUID = f"1.2.{number}"
        dataset.PatientName = "Doe^Jane"
        dataset.PatientComments = "not asked for"
        return dataset

    def studies(self, request: FindRequest) -> Iterator[Dataset]:
        self.requests.append(request)
        try:
            for number in range(self.count):
                yield self.dataset(number)
            if self.error is not None:
                raise self.error
        finally:
            self.closed = True

    async def studies_async(self, request: FindRequest) -> AsyncIterator[Dataset]:
        self.requests.append(request)
        try:
            for number in range(self.count):
                yield self.dataset(number)
            if self.error is not None:
                raise self.error
        finally:
            self.closed = True

    def study_list(self, request: FindRequest) -> Sequence[Dataset]:
        return list(self.studies(request))

    async def study_list_async(self, request: FindRequest) -> Iterable[Dataset]:
        return self.studies(request)


@pytest.mark.parametrize(
    ("form", "threads"),
    [("studies", 4), ("studies_async", 0), ("study_list", 1), ("study_list_async", 4)],
)
def test_handlers(form: str, threads: int) -> None:
    """What they give is reduced to what was asked for; what may wait is taken in a thread."""
    handled = Handled()
    pair = OperationPair(*association(), FindProvider(getattr(handled, form)))
    found, end = pair.run(find(pair.user, QueryKeys.study(patient_name=None)))
    assert [one.study_instance_uid for one in found] == ["1.2.0", "1.2.1", "1.2.2"]
    assert {element.keyword for element in found[0].dataset.elements()} == {
        "QueryRetrieveLevel",
        "RetrieveAETitle",
        "PatientName",
        "StudyInstanceUID",
    }
    assert end.status == 0
    assert handled.closed
    assert pair.seat.threaded == threads
    (request,) = handled.requests
    assert (request.sop_class, request.info.calling) == (STUDY_FIND, "ME")
    assert request.query.level is QueryLevel.STUDY


@pytest.mark.parametrize("form", ["studies", "studies_async"])
@pytest.mark.parametrize(
    ("error", "status", "comment"),
    [
        (RuntimeError("Doe^Jane is not there"), 0xC000, None),
        (StatusError(0xA700, "C-FIND", "disk full"), 0xA700, "disk full"),
    ],
)
def test_handlers_that_fail(form: str, error: Exception, status: int, comment: str | None) -> None:
    handled = Handled(2, error)
    pair = OperationPair(*association(), FindProvider(getattr(handled, form)))
    with pytest.raises(StatusError) as caught:
        pair.run(find(pair.user, QueryKeys.study()))
    assert (caught.value.status, caught.value.comment) == (status, comment)
    assert handled.closed
    assert not pair.user.outstanding


@pytest.mark.parametrize("answer", [None, 5, [object()]])
def test_handlers_that_give_nonsense(answer: Any) -> None:
    with pytest.raises(StatusError, match="C000H"):
        asked(QueryKeys.study(), FindProvider(lambda _: answer))


def test_n19_a_limit_of_answers() -> None:
    provider = FindProvider(STORE, FindSettings(limit=3))
    with pytest.raises(StatusError) as caught:
        asked(QueryKeys.study(), provider)
    assert (caught.value.status, caught.value.comment) == (0xA700, "more than 3 matches")
    assert asked(QueryKeys.study(patient_name="DOE*"), provider)[1].status == 0


def keys_of(count: int) -> Dataset:
    identifier = Dataset()
    identifier.QueryRetrieveLevel = "STUDY"
    for number in range(count):
        identifier.set(0x00110000 + (number << 17 & 0x0FFE0000) + 0x1000 + (number >> 8), "LO", "x")
    return identifier


@pytest.mark.parametrize(
    "values",
    [
        {"patient_name": "*" + "a*" * 30_000},
        {"patient_id": "'; DROP TABLE--%_\\"},
        {"study_instance_uid": [f"1.2.{number}" for number in range(3, 60_000)]},
        {"study_description": "%_'\""},
    ],
)
def test_n19_strange_keys_are_answered(values: Any) -> None:
    try:
        _, end = asked(QueryKeys.study(**values))
    except StatusError as refused:
        assert refused.status in {0xA900, 0xC000, 0xA700}  # noqa: PT017
    else:
        assert end.status == 0


def test_n19_a_limit_of_keys_and_bytes() -> None:
    with pytest.raises(StatusError, match="A700H"):
        asked(keys_of(11_000))
    provider = FindProvider(STORE, FindSettings(identifier=1000))
    with pytest.raises(LimitExceeded, match="identifier"):  # out of the provider: the door aborts
        asked(keys_of(200), provider)


LEVEL = b"\x08\0\x52\0CS\x06\0STUDY "


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x10\x00\x10\x00PN\xff",
        b"\xff" * 40,
        b"\0" * 3,
        b"\x08\0\x20\0DA\x02\0- " + LEVEL,
    ],
)
def test_garbage_is_no_query(data: bytes) -> None:
    pair = OperationPair(*association(), FindProvider(STORE))
    request = CFindRQ(message_id=1, affected_sop_class=STUDY_FIND)
    end = answered(pair, pair.user.send_message(Begin(3, request), [data]))
    assert end.status in {0xC000, 0xA900}


def answered(pair: OperationPair, buffers: Any) -> CFindRSP:
    def operation() -> Operation[CFindRSP]:
        yield Write(buffers)
        event = yield Receive(1)
        assert isinstance(event, Begin)
        assert isinstance(event.command, CFindRSP)
        return event.command

    return pair.run(operation())[1]


def test_other_requests_are_refused() -> None:
    pair = OperationPair(*association(), FindProvider(STORE))
    request = NGetRQ(message_id=1, requested_sop_class=STUDY_FIND, requested_sop_instance="1.2")

    def operation() -> Operation[int]:
        yield Write(pair.user.send(Begin(3, request)))
        event = yield Receive(1)
        assert isinstance(event, Begin)
        return int(event.command.status)  # type: ignore[union-attr]

    assert pair.run(operation())[1] == 0x0211
    wrong = CFindRQ(message_id=1, affected_sop_class=PATIENT_FIND)
    assert answered(pair, pair.user.send_message(Begin(3, wrong), [b""])).status == 0x0122
    # No worklist here
    wrong = CFindRQ(message_id=1, affected_sop_class=WORKLIST)
    assert answered(pair, pair.user.send_message(Begin(5, wrong), [b""])).status == 0x0122


def test_worklists_are_flat() -> None:
    def scheduled(request: FindRequest) -> list[Dataset]:
        dataset = Dataset()
        dataset.PatientName = "Doe^Jane"
        step = Dataset()
        step.ScheduledStationAETitle = "MODALITY"
        dataset.ScheduledProcedureStepSequence = [step]
        return [dataset] if request.query.matches(dataset) else []

    provider = FindProvider(scheduled, FindSettings(models=(InformationModel.WORKLIST,)))
    query = build(
        None,
        model=InformationModel.WORKLIST,
        where={
            "PatientName": None,
            "ScheduledProcedureStepSequence.ScheduledStationAETitle": "MODALITY",
        },
    )
    (found,), _ = asked(query, provider)
    assert type(found) is Match
    steps = found.dataset.ScheduledProcedureStepSequence
    assert steps is not None
    assert steps[0].ScheduledStationAETitle == ("MODALITY",)
    assert "RetrieveAETitle" not in found.dataset


def test_keys_that_nobody_knows_are_told() -> None:
    """FF01H, shown on the match."""
    identifier = Dataset()
    identifier.QueryRetrieveLevel = "STUDY"
    identifier.StudyInstanceUID = "1.2.0"
    identifier.set(0x00111010, "LO", "secret")  # a private key without its creator
    (found,), _ = asked(identifier)
    assert not found.all_keys_supported


def scripted(*answers: tuple[CFindRSP, bytes | None]) -> tuple[Exchange, Operation[CFindRSP]]:
    """A user whose peer says this, whatever it is asked."""
    pair = Pair(*association(IMPLICIT))
    operation = find(pair.user, QueryKeys.study())
    next(operation)
    wire = b""
    for response, data in answers:
        wire += said(3, response)
        if data is not None:
            wire += raw(3, data, command=False)
    pair.user.receive_data(wire, 0.0)
    return pair.user, operation


def played(exchange: Exchange, operation: Operation[CFindRSP]) -> tuple[list[Any], CFindRSP]:
    given: list[Any] = []
    answer: object = None
    try:
        while True:
            step = operation.send(answer)
            answer = None
            if isinstance(step, Receive):
                answer = exchange.next_event()
                assert not isinstance(answer, Exchange)
            elif not isinstance(step, Write):
                given.append(step.item)  # type: ignore[union-attr]
    except StopIteration as done:
        result: CFindRSP = done.value
        return given, result


def pending(status: int = 0xFF00, *, has_data: bool = True) -> CFindRSP:
    return CFindRSP(responded_to=1, status=status, affected_sop_class=STUDY_FIND, has_data=has_data)


NAMED = struct.pack("<HHI", 0x10, 0x10, 4) + b"Doe "


def test_flags_and_failures_of_a_peer() -> None:
    """NET-034: matches are kept, flag and error are right."""
    exchange, operation = scripted(
        (pending(), NAMED),
        (pending(0xFF01), NAMED),
        (CFindRSP(responded_to=1, status=0), None),
    )
    given, end = played(exchange, operation)
    assert [one.all_keys_supported for one in given] == [True, False]
    assert [str(one.patient_name) for one in given] == ["Doe", "Doe"]
    assert given[0] != given[1]
    assert end.status == 0
    failure = CFindRSP(responded_to=1, status=0xC123, comment="no index")
    with pytest.raises(StatusError) as caught:
        played(*scripted((pending(), NAMED), (failure, None)))
    assert (caught.value.status, caught.value.comment) == (0xC123, "no index")
    with pytest.raises(StatusError, match="FE00H"):  # nobody cancelled it
        played(*scripted((CFindRSP(responded_to=1, status=0xFE00), None)))
    odd = CFindRSP(responded_to=1, status=0, has_data=True)
    exchange, operation = scripted((odd, NAMED))
    assert played(exchange, operation) == ([], odd)


def test_n23_pending_without_an_identifier() -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        played(*scripted((pending(has_data=False), None)))
    assert caught.value.rule == "find-identifier"


def test_n23_an_answer_without_end_of_data_is_limited() -> None:
    pair = Pair(*association(IMPLICIT))
    operation = find(pair.user, QueryKeys.study(), limit=1000)
    next(operation)
    wire = said(3, pending()) + raw(3, b"x" * 2000, command=False, last=False)
    pair.user.receive_data(wire, 0.0)
    with pytest.raises(LimitExceeded):
        played(pair.user, operation)


def test_options_are_negotiated_byte_by_byte() -> None:
    everything = MatchOptions(
        relational=True, combined_datetime=True, fuzzy_names=True, timezone=True
    )
    assert information(MatchOptions()) == b""
    assert information(everything) == b"\1\1\1\1"
    assert information(MatchOptions(fuzzy_names=True)) == b"\0\0\1"
    assert options_of(b"\1\1\1\1") == everything
    assert options_of(b"\1") == MatchOptions(relational=True)
    answer = negotiated(MatchOptions(relational=True, timezone=True))
    assert answer(b"\1") == b"\1"
    assert answer(b"\1\1\1\1\1") == b"\1\0\0\1\0"
    assert answer(b"\0\2") == b"\0\0"
    assert answer(b"") is None
    (offer, _) = FindProvider(STORE).offers()
    assert offer.extended is not None
    assert offer.extended(b"\1\1\1\1\1") == b"\1\1\1\1\0"
    (offer, _) = FindProvider(lambda _: []).offers()
    assert offer.extended is not None
    assert offer.extended(b"\1\1") == b"\0\0"


def test_fuzzy_names_when_agreed_on() -> None:
    query = QueryKeys.study(patient_name="Eve Smith", options=MatchOptions(fuzzy_names=True))
    assert asked(query)[0] == []
    found, _ = asked(query, options=MatchOptions(fuzzy_names=True))
    assert len(found) == 2


def test_names_of_keys_are_checked() -> None:
    with pytest.raises(TypeError, match="'colour' is no key of the STUDY level"):
        QueryKeys.study(colour="red")  # type: ignore[call-arg]
    query = QueryKeys.study(where={"ProcedureCodeSequence.CodeValue": "P5"})
    assert [str(key) for key in query.keys if key.is_matching] == [
        "ProcedureCodeSequence: sequence"
    ]
