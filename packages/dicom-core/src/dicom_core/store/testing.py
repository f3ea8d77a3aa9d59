"""What every store must do, as checks that know no test framework.

A check is an async function of a ``make`` function that gives an empty store with the settings it is called
with. `CONTRACT` holds all of them by name. With pytest, subclass `StoreContract`::

    class TestMyStore(StoreContract):
        async def make_store(self, settings):
            return MyStore(self.folder(), settings)

and each check is a test. ``run`` drives the coroutines; stores that wait override it with anyio.run or
asyncio.run.
"""

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from ..query import MatchOptions, build, from_parameters
from ._drive import drive
from ._errors import InstanceConflict, InstanceRefused, StoreError, StoreFull, UnknownInstance
from ._protocol import Store
from ._put import put
from ._types import DuplicatePolicy, EventKind, Expected, Outcome, StoreSettings

if TYPE_CHECKING:
    from .._dataset import Dataset
    from ..query import Query

__all__ = ["CONTRACT", "Check", "Make", "StoreContract", "sample"]

Make: TypeAlias = Callable[[StoreSettings], Awaitable[Store]]
Check: TypeAlias = Callable[[Make], Coroutine[object, object, None]]
T = TypeVar("T")

_CT: Final = "1.2.840.10008.5.1.4.1.1.2"
_MR: Final = "1.2.840.10008.5.1.4.1.1.4"
_EXPLICIT: Final = "1.2.840.10008.1.2.1"


def sample(
    instance: str = "1.2.3.4",
    *,
    series: str = "1.2.3",
    study: str = "1.2",
    pixels: int = 64,
    **attributes: object,
) -> bytes:
    """A small file for tests: a CT unless ``Modality`` and ``SOPClassUID`` say otherwise."""
    from .._dataset import Dataset
    from .._file import DicomFile

    dataset = Dataset(
        {
            "SpecificCharacterSet": "ISO_IR 192",
            "SOPClassUID": _CT,
            "SOPInstanceUID": instance,
            "StudyDate": "20240102",
            "StudyTime": "103000",
            "Modality": "CT",
            "PatientName": "Doe^Jane",
            "PatientID": "P1",
            "StudyInstanceUID": study,
            "SeriesInstanceUID": series,
            "InstanceNumber": 1,
            **attributes,
        }
    )
    dataset.set("PixelData", "OW", bytes(pixels))
    return DicomFile.new(dataset).to_bytes()


def _expect(condition: bool, text: str) -> None:
    if not condition:
        raise AssertionError(text)


def _same(have: object, want: object, text: str) -> None:
    if have != want:
        raise AssertionError(f"{text}: {have!r}, not {want!r}")


async def _all(found: AsyncIterable[T]) -> list[T]:
    return [one async for one in found]


async def _uids(store: Store, query: "Query", keyword: str = "SOPInstanceUID") -> list[object]:
    return [answer.get(keyword) async for answer in store.search(query)]


async def _refused(
    store: Store, data: bytes, kind: type[StoreError], expected: Expected | None = None
) -> StoreError:
    try:
        await put(store, data, expected)
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} is expected")


# --- putting and reading ------------------------------------------------------------------------


async def what_is_put_can_be_read(make: Make) -> None:
    """Every byte comes back, whole and by range; the record tells the truth."""
    store = await make(StoreSettings())
    data = sample(pixels=5000)
    receipt = await put(
        store, data, Expected(sop_instance="1.2.3.4", sop_class=_CT, size=len(data))
    )
    _same(receipt.outcome, Outcome.STORED, "the outcome")
    kept = receipt.instance
    _same((kept.study, kept.series, kept.instance), ("1.2", "1.2.3", "1.2.3.4"), "the UIDs")
    _same(
        (kept.sop_class, kept.transfer_syntax, kept.size), (_CT, _EXPLICIT, len(data)), "the record"
    )
    _same(kept.patient, "P1", "the patient")
    source = await store.read("1.2.3.4")
    _same(source.size, len(data), "the size")
    _same(source.read_range(0, source.size), data, "the bytes")
    _same(source.read_range(100, 50), data[100:150], "a range")
    _same(source.read_range(len(data) - 3, 50), data[-3:], "a range over the end")
    _same(await store.find("1.2.3.4"), kept, "the record that is found")


async def pieces_do_not_matter(make: Make) -> None:
    """However the bytes are cut, the instance is the same; memory of pieces may be used again."""
    store = await make(StoreSettings())
    data = sample()
    async with await store.receive() as incoming:
        buffer = bytearray(7)
        for at in range(0, len(data), 7):
            piece = data[at : at + 7]
            buffer[: len(piece)] = piece
            incoming.write([memoryview(buffer)[: len(piece)], b""])
            buffer[:] = b"\xee" * 7  # the network has used its buffer again
        receipt = await incoming.commit()
    source = await store.read(receipt.instance.instance)
    _same(source.read_range(0, source.size), data, "the bytes")

    async def pieces() -> AsyncIterator[bytes]:
        yield data[:100]
        yield data[100:]

    _same((await put(store, pieces())).outcome, Outcome.DUPLICATE, "the same from an async source")
    _same((await put(store, source)).outcome, Outcome.DUPLICATE, "the same from a ByteSource")


async def what_is_not_committed_does_not_exist(make: Make) -> None:
    """Nothing is seen of an instance before commit, after discard, or after an error of the sender."""
    store = await make(StoreSettings())
    data = sample()
    incoming = await store.receive()
    incoming.write([data])
    _same(await store.count(build("IMAGE")), 0, "instances before commit")
    await incoming.discard()
    await incoming.discard()

    async def broken() -> AsyncIterator[bytes]:
        yield data[:200]
        raise ConnectionResetError

    try:
        await put(store, broken())
    except ConnectionResetError:
        pass
    else:
        raise AssertionError("the error of the source is the caller's")
    async with await store.receive() as left:
        left.write([data])
    _same(await store.count(build("IMAGE")), 0, "instances after all that")
    _same(await _all(store.events()), [], "events after all that")
    await put(store, data)


async def halves_are_refused(make: Make) -> None:
    """A file that is cut off anywhere is never acknowledged."""
    store = await make(StoreSettings())
    data = sample()
    for size in (0, 1, 131, 200, len(data) // 2, len(data) - 1):
        await _refused(store, data[:size], InstanceRefused)
        await _refused(store, data[:size], InstanceRefused, Expected(size=len(data)))
    await _refused(store, b"GET / HTTP/1.1\r\n\r\n" * 20, InstanceRefused)
    _same(await store.count(build("IMAGE")), 0, "instances")


async def only_what_was_announced(make: Make) -> None:
    """An instance of other UIDs than its command said is refused (case N16)."""
    store = await make(StoreSettings())
    data = sample()
    for expected in (
        Expected(sop_instance="1.2.3.5"),
        Expected(sop_class=_MR),
        Expected(study="1.9"),
        Expected(transfer_syntax="1.2.840.10008.1.2"),
        Expected(size=len(data) + 1),
    ):
        error = await _refused(store, data, InstanceRefused, expected)
        _expect(
            isinstance(error, InstanceRefused) and error.reason in {"mismatch", "incomplete"},
            "the reason is told",
        )
    _same(await store.count(build("IMAGE")), 0, "instances")


async def no_uid_leaves_its_place(make: Make) -> None:
    """UIDs that are paths or worse are refused, absent ones too (case P02)."""
    store = await make(StoreSettings())
    plain = sample(instance="1.2.3.4444")
    for text in (b"../../../x", b"1.2\x00.3.444", b"/abs/12345", b"C:\\x\\12345", b"1.2.3.44*4"):
        await _refused(
            store, plain.replace(b"1.2.3.4444", text[:10].ljust(10, b"x")), InstanceRefused
        )
    _same(await store.count(build("IMAGE")), 0, "instances")
    for uid in ("../../etc/passwd", "", "\0", "1" * 300):
        try:
            await store.read(uid)
        except UnknownInstance:
            continue
        raise AssertionError("UnknownInstance is expected")


# --- the same again -----------------------------------------------------------------------------


async def the_same_bytes_again(make: Make) -> None:
    """Putting the same again is no event and no error, whatever the policy (case N18)."""
    for policy in DuplicatePolicy:
        store = await make(StoreSettings(duplicates=policy))
        first = await put(store, sample())
        again = await put(store, sample())
        _same(again.outcome, Outcome.DUPLICATE, "the outcome")
        _same(again.instance, first.instance, "the record")
        _same(len(await _all(store.events())), 1, "events")


async def other_bytes_under_the_same_uid(make: Make) -> None:
    """The policy decides which of two instances with one UID stays."""
    old, new = sample(), sample(PatientID="P2")
    for policy, outcome, patient in (
        (DuplicatePolicy.KEEP, Outcome.KEPT, "P1"),
        (DuplicatePolicy.REPLACE, Outcome.REPLACED, "P2"),
    ):
        store = await make(StoreSettings(duplicates=policy))
        await put(store, old)
        receipt = await put(store, new)
        _same(receipt.outcome, outcome, "the outcome")
        _same(receipt.instance.patient, patient, "what is kept")
        source = await store.read("1.2.3.4")
        _same(source.read_range(0, source.size), old if patient == "P1" else new, "the bytes")
        _same((await store.metadata("1.2.3.4")).get("PatientID"), patient, "the metadata")
        _same(await store.count(build("STUDY", PatientID=patient)), 1, "what is found")
        _same(await store.count(build("IMAGE")), 1, "instances")
    store = await make(StoreSettings(duplicates=DuplicatePolicy.REJECT))
    await put(store, old)
    await _refused(store, new, InstanceConflict)
    _same((await store.find("1.2.3.4")).patient, "P1", "what is kept")


async def one_of_many_wins(make: Make) -> None:
    """Twenty senders of one instance at once: one is stored, the others are duplicates (case N18)."""
    store = await make(StoreSettings())
    data = sample()
    incoming = [await store.receive() for _ in range(20)]
    for at in range(0, len(data), 100):
        for one in incoming:
            one.write([data[at : at + 100]])
    outcomes = [(await one.commit()).outcome for one in incoming]
    _same(outcomes.count(Outcome.STORED), 1, "stored")
    _same(outcomes.count(Outcome.DUPLICATE), 19, "duplicates")
    _same(await store.count(build("IMAGE")), 1, "instances")


async def many_at_once(make: Make) -> None:
    """Fifty senders of different instances with their pieces mixed, and readers between them."""
    store = await make(StoreSettings())
    files = [sample(f"1.2.3.{number}", InstanceNumber=number) for number in range(1, 51)]
    incoming = [await store.receive() for _ in files]
    for one, data in zip(incoming, files, strict=True):
        one.write([data[:300]])
    for one, data in zip(incoming, files, strict=True):
        one.write([data[300:]])
        kept = (await one.commit()).instance
        source = await store.read(kept.instance)
        _same(source.read_range(0, source.size), data, "the bytes")
    answers = await _uids(store, build("IMAGE"))
    _same(answers, [f"1.2.3.{number}" for number in range(1, 51)], "the order")


# --- limits -------------------------------------------------------------------------------------


async def limits_hold(make: Make) -> None:
    """Each limit refuses, keeps what was there, and gives room again (case N17)."""
    data = sample(pixels=4000)
    size = len(data)
    store = await make(StoreSettings(instance_size=size - 1))
    error = await _refused(store, data, StoreFull)
    _expect(error.retryable and isinstance(error, StoreFull), "the error is retryable")
    await _refused(store, b"\0" * (size * 3), StoreFull)
    store = await make(StoreSettings(instances=2))
    for number in (1, 2):
        await put(store, sample(f"1.2.3.{number}"))
    await _refused(store, sample("1.2.3.3"), StoreFull)
    _same(
        (await put(store, sample("1.2.3.2"))).outcome,
        Outcome.DUPLICATE,
        "what is there, at the limit",
    )
    _same(await store.delete("1.2", "1.2.3", "1.2.3.1"), 1, "deleted")
    await put(store, sample("1.2.3.3"))
    store = await make(StoreSettings(size=size * 2 + 100))
    for number in (1, 2):
        await put(store, sample(f"1.2.3.{number}", pixels=4000))
    await _refused(store, sample("1.2.3.3", pixels=4000), StoreFull)
    await _refused(store, sample("1.2.3.3", pixels=4000), StoreFull, Expected(size=size))
    await store.delete("1.2")
    waiting = await store.receive()
    waiting.write([data])
    await put(store, sample("1.2.3.7", pixels=4000))
    await _refused(store, sample("1.2.3.8", pixels=4000), StoreFull)
    await waiting.discard()
    await put(store, sample("1.2.3.8", pixels=4000))


# --- searching ----------------------------------------------------------------------------------


async def _three_studies(make: Make) -> Store:
    store = await make(StoreSettings())
    for study, name, patient, day in (
        ("1.1", "Doe^Jane", "P1", "20240102"),
        ("1.2", "Doe^Jane", "P1", "20240301"),
        ("1.3", "Yamada^Tarou=山田^太郎", "P2", "20240401"),
    ):
        for series, modality, sop_class in ((f"{study}.1", "CT", _CT), (f"{study}.2", "MR", _MR)):
            for number in (1, 2):
                await put(
                    store,
                    sample(
                        f"{series}.{number}",
                        series=series,
                        study=study,
                        PatientName=name,
                        PatientID=patient,
                        StudyDate=day,
                        Modality=modality,
                        SOPClassUID=sop_class,
                        InstanceNumber=number,
                    ),
                )
    return store


async def each_level_is_found(make: Make) -> None:
    """Patients, studies, series and instances, each once, with their counts."""
    store = await _three_studies(make)
    patients = await _all(store.search(_everyone("PATIENT")))
    _same([one.get("PatientID") for one in patients], ["P1", "P2"], "patients")
    _same(patients[0].get("NumberOfPatientRelatedStudies"), 2, "studies of a patient")
    query = build(
        "STUDY",
        ModalitiesInStudy="",
        NumberOfStudyRelatedInstances="",
        NumberOfStudyRelatedSeries="",
    )
    studies = await _all(store.search(query))
    _same([one.get("StudyInstanceUID") for one in studies], ["1.1", "1.2", "1.3"], "studies")
    _same(studies[0].get("ModalitiesInStudy"), ("CT", "MR"), "modalities")
    _same(studies[0].get("NumberOfStudyRelatedSeries"), 2, "series of a study")
    _same(studies[0].get("NumberOfStudyRelatedInstances"), 4, "instances of a study")
    series = await _all(store.search(build("SERIES", StudyInstanceUID="1.2", Modality="MR")))
    _same([one.get("SeriesInstanceUID") for one in series], ["1.2.2"], "series")
    instances = await _uids(store, build("IMAGE", SeriesInstanceUID="1.2.2"))
    _same(instances, ["1.2.2.1", "1.2.2.2"], "instances")


def _everyone(level: str) -> "Query":
    """All patients, with what is counted of them."""
    from ..query import InformationModel

    return build(level, model=InformationModel.PATIENT_ROOT, NumberOfPatientRelatedStudies="")


async def every_kind_of_key(make: Make) -> None:
    """Names, wild cards, ranges, lists, modalities of a study, fuzzy names: as `Query` says."""
    store = await _three_studies(make)
    for keys, found in (
        ({"PatientName": "doe^*"}, ["1.1", "1.2"]),
        ({"PatientName": "山田^*"}, ["1.3"]),
        ({"PatientID": "P?"}, ["1.1", "1.2", "1.3"]),
        ({"PatientID": "p1"}, []),
        ({"StudyDate": "20240102-20240301"}, ["1.1", "1.2"]),
        ({"StudyDate": "20240302-"}, ["1.3"]),
        ({"StudyInstanceUID": "1.3\\1.1"}, ["1.1", "1.3"]),
        ({"ModalitiesInStudy": "MR"}, ["1.1", "1.2", "1.3"]),
        ({"ModalitiesInStudy": "US"}, []),
        ({"PatientName": "%"}, []),
        ({"PatientName": "_oe^Jane"}, []),
        ({"PatientID": "' OR 1=1 --"}, []),
    ):
        have = await _uids(store, build("STUDY", where=keys), "StudyInstanceUID")
        _same(have, found, f"studies for {keys}")
    fuzzy = build("STUDY", options=MatchOptions(fuzzy_names=True), PatientName="Jane Dow")
    _same(await store.count(fuzzy), 2, "studies that sound alike")
    answers = await _all(store.search(build("STUDY", PatientName="山田^*")))
    _same(answers[0].get("PatientName"), "Yamada^Tarou=山田^太郎", "the name that comes back")


async def pages_do_not_overlap(make: Make) -> None:
    """limit and offset give every entity once, in an order that stays."""
    store = await _three_studies(make)
    whole = await _uids(store, build("IMAGE"))
    _same(len(whole), 12, "instances")
    paged: list[object] = []
    for offset in range(0, 15, 5):
        pairs = [("limit", "5"), ("offset", str(offset))]
        query = from_parameters(pairs, "IMAGE", defaults=False)
        paged += await _uids(store, query)
        _same(await store.count(query), 12, "the count, whatever the page")
    _same(paged, whole, "the pages together")
    none = from_parameters([("limit", "0")], "IMAGE", defaults=False)
    _same(await _uids(store, none), [], "a page of nothing")


async def answers_are_the_callers_own(make: Make) -> None:
    """Changing an answer or metadata changes nothing in the store."""
    store = await make(StoreSettings())
    data = sample()
    await put(store, data)
    answer: Dataset
    for answer in (
        await store.metadata("1.2.3.4"),
        (await _all(store.search(build("IMAGE", PatientName=""))))[0],
    ):
        answer["PatientName"] = "Changed"
        del answer["SOPInstanceUID"]
    metadata = await store.metadata("1.2.3.4")
    _same(metadata.get("PatientName"), "Doe^Jane", "the name")
    _expect("PixelData" not in metadata, "there are no pixels in metadata")
    _same(await store.count(build("IMAGE", PatientName="Doe^Jane")), 1, "what is found")
    source = await store.read("1.2.3.4")
    _same(source.read_range(0, source.size), data, "the bytes")


# --- deleting and events --------------------------------------------------------------------------


async def what_is_deleted_is_gone(make: Make) -> None:
    """Instances, series and studies; nothing else goes, and what was open stays right."""
    store = await _three_studies(make)
    source = await store.read("1.1.1.1")
    whole = source.read_range(0, source.size)
    _same(await store.delete("1.1", "1.1.1", "1.1.1.1"), 1, "an instance")
    _same(await store.delete("1.1", "1.1.1", "1.1.1.1"), 0, "the same again")
    _same(await store.delete("1.1", "1.1.2"), 2, "a series")
    _same(await store.delete("1.2"), 4, "a study")
    _same(await store.delete("9.9"), 0, "what never was")
    _same(await store.delete("1.3", "1.1.1"), 0, "a series of another study")
    _same(await _uids(store, build("STUDY"), "StudyInstanceUID"), ["1.1", "1.3"], "studies")
    for ask in (store.find, store.read, store.metadata):
        try:
            await ask("1.1.1.1")
        except UnknownInstance:
            continue
        raise AssertionError("UnknownInstance is expected")
    from .._errors import SourceChanged

    with suppress(SourceChanged):
        _same(source.read_range(0, source.size), whole, "a source that was open")
    _same((await put(store, whole)).outcome, Outcome.STORED, "what was deleted can come again")


async def instances_are_selected(make: Make) -> None:
    """By study, series, instance, or all."""
    store = await _three_studies(make)
    for uids, count in (
        ((), 12),
        (("1.1",), 4),
        (("1.1", "1.1.2"), 2),
        (("1.1", "1.1.2", "1.1.2.1"), 1),
        ((None, None, "1.1.2.1"), 1),
        (("1.2", "1.1.2"), 0),
        (("1",), 0),
        (("1.%",), 0),
    ):
        found = await _all(store.instances(*uids))
        _same(len(found), count, f"instances of {uids}")


async def events_tell_everything_once(make: Make) -> None:
    """In order, from a number on; who subscribes is woken."""
    store = await make(StoreSettings(duplicates=DuplicatePolicy.REPLACE))
    woken: list[int] = []
    cancel = store.subscribe(lambda: woken.append(1))
    await put(store, sample(), Expected(sender="CT1"))
    await put(store, sample())
    await put(store, sample(PatientID="P2"))
    await store.delete("1.2")
    cancel()
    cancel()
    await put(store, sample())
    events = await _all(store.events())
    _same(
        [event.kind for event in events],
        [EventKind.STORED, EventKind.REPLACED, EventKind.DELETED, EventKind.STORED],
        "the events",
    )
    numbers = [event.number for event in events]
    _expect(numbers == sorted(set(numbers)), "numbers grow")
    _same(events[0].sender, "CT1", "the sender")
    _same(events[0].instance.instance, "1.2.3.4", "the instance")
    _same(await _all(store.events(numbers[1])), events[2:], "events after a number")
    _same(await _all(store.events(numbers[-1])), [], "events after the last")
    _same(len(woken), 3, "how often the subscriber was woken")


CONTRACT: Final[Mapping[str, Check]] = {
    check.__name__: check
    for check in (
        what_is_put_can_be_read,
        pieces_do_not_matter,
        what_is_not_committed_does_not_exist,
        halves_are_refused,
        only_what_was_announced,
        no_uid_leaves_its_place,
        the_same_bytes_again,
        other_bytes_under_the_same_uid,
        one_of_many_wins,
        many_at_once,
        limits_hold,
        each_level_is_found,
        every_kind_of_key,
        pages_do_not_overlap,
        answers_are_the_callers_own,
        what_is_deleted_is_gone,
        instances_are_selected,
        events_tell_everything_once,
    )
}


class StoreContract:
    """The checks as test methods: subclass it, name the subclass ``Test...``, and give it `make_store`."""

    async def make_store(self, settings: StoreSettings) -> Store:
        """An empty store with these settings; called several times by one check."""
        raise NotImplementedError

    def run(self, coroutine: Coroutine[object, object, None]) -> None:
        """Run a check to its end; override it where the store waits for an event loop."""
        drive(coroutine)

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for name, check in CONTRACT.items():
            setattr(cls, f"test_{name}", _method(check))


def _method(check: Check) -> Callable[[StoreContract], None]:
    def test(self: StoreContract) -> None:
        self.run(check(self.make_store))

    test.__doc__ = check.__doc__
    return test
