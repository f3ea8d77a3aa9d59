"""N19: queries that want an archive to think for ever, on SQLite; what they find is what the matcher finds."""

import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

import dicom_core as dc
from dicom_archive import Archive, ArchiveSettings, QueryTooBroad
from dicom_core import query
from dicom_core.query import MatchOptions, Query
from dicom_core.store import drive, put
from dicom_core.store.testing import sample

STUDIES: Final = 300
NAMES: Final = [
    "Doe^Jane",
    "O'Hara^S",
    "a%b_c",
    "a[b]*",
    'Quo"te^--',
    "Bäcker^Ä",
    "Yamada^Tarou=山田^太郎",
    "a" * 60,
]
SECONDS: Final = 10.0
"""Of processor time: what has no end takes more, whatever the machine."""


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    folder = tmp_path_factory.mktemp("archive")
    with Archive.open(
        folder / "data", ArchiveSettings(durable=False, scan=1000, watch=None)
    ) as opened:
        for number in range(STUDIES):
            data = sample(
                f"1.{number}.1.1",
                series=f"1.{number}.1",
                study=f"1.{number}",
                PatientName=NAMES[number % len(NAMES)],
                PatientID=f"P{number}",
                StudyDescription="a" * 60,
            )
            drive(put(opened, data))
        yield opened


def asked(archive: Archive, wanted: Query) -> list[dc.Dataset]:
    """The answers, in bounded time."""

    async def all_of() -> list[dc.Dataset]:
        return [answer async for answer in archive.search(wanted)]

    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    answers = drive(all_of())
    assert drive(archive.count(wanted)) == len(answers)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_utime - before < SECONDS
    return answers


def ask(
    options: MatchOptions | None = None, /, level: str = "STUDY", **keys: query.KeyValue
) -> Query:
    return query.build(level, options=options or MatchOptions(relational=True), where=keys)


@pytest.mark.parametrize(
    "keyword", ["PatientName", "StudyDescription", "PatientID", "ReferringPhysicianName"]
)
@pytest.mark.parametrize(
    "pattern",
    [
        "*a" * 500_000 + "*",
        "*a*a*a*",
        "*a" * 100 + "*b",
        "?" * 1000 + "*",
        "a*" + "?a" * 400 + "*",
        "*" * 500_000 + "z",
    ],
    ids=["a megabyte", "three", "a hundred and no end", "marks", "both", "asterisks"],
)
def test_n19_wildcards_without_end(archive: Archive, keyword: str, pattern: str) -> None:
    found = asked(archive, ask(**{keyword: pattern}))
    few = pattern == "*a*a*a*" and keyword in {"PatientName", "StudyDescription"}
    assert bool(found) is few


def test_n19_a_list_of_a_hundred_thousand_uids(archive: Archive) -> None:
    uids = [f"1.{number}" for number in range(100_000)]
    assert len(asked(archive, ask(StudyInstanceUID=uids))) == STUDIES
    assert len(asked(archive, ask(level="IMAGE", StudyInstanceUID=uids))) == STUDIES
    assert asked(archive, ask(SeriesInstanceUID=uids[STUDIES:], level="SERIES")) == []
    longer = [*uids[:50_000], "1." + "2" * 10_000, "", "1.5\0", "'; DROP TABLE study --"]
    assert len(asked(archive, ask(StudyInstanceUID=longer))) == STUDIES


def test_n19_nine_thousand_keys_are_answered_and_more_than_ten_refused(archive: Archive) -> None:
    identifier = dc.Dataset({"QueryRetrieveLevel": "STUDY", "StudyInstanceUID": None})
    for number in range(9_000):
        identifier.set(0x00090000 + (number // 200 << 17) + 0x1000 + number % 200, "LO", "x")
    identifier.PatientID = "P7"
    assert len(asked(archive, query.from_identifier(identifier))) == 1
    for number in range(9_000, 12_000):
        identifier.set(0x00410000 + number, "UN", None)
    with pytest.raises(dc.LimitExceeded):
        query.from_identifier(identifier)


def test_n19_hundreds_of_keys_that_match(archive: Archive) -> None:
    """More conditions than a database takes in one expression."""
    wanted = ask(PatientID="P7", PatientName="*")
    names = [
        entry
        for entry in (dc.Tag(0x00100000 + offset) for offset in range(0x1000, 0x2000))
        if entry.keyword
    ]
    keys = tuple(query.Key(tag, "PN", query.SingleValue("x")) for tag in names)
    many = Query(wanted.model, wanted.level, wanted.keys + keys, wanted.options)
    assert asked(archive, many) == []


@pytest.mark.parametrize(
    ("keyword", "value", "count"),
    [
        ("PatientName", "a%b_c", 38),
        ("PatientName", "a%*", 38),
        ("PatientName", "a_b*", 0),
        ("PatientName", "%", 0),
        ("PatientName", "_*", 0),
        ("PatientName", "a[b]?", 38),
        ("PatientName", "[a]*", 0),
        ("PatientName", "*[*", 38),
        ("PatientName", "O'Hara^*", 38),
        ("PatientName", "'*", 0),
        ("PatientName", 'Quo"te^--', 37),
        ("PatientName", "\\", 300),
        ("PatientID", "' OR 1=1 --", 0),
        ("PatientID", "P1' UNION SELECT 1; DROP TABLE study; --*", 0),
        ("PatientID", "P%", 0),
        ("PatientID", "P_", 0),
        ("PatientID", "P?", 10),
        ("PatientID", "P1\\P2", 2),
        ("PatientID", ":k1", 0),
        ("PatientID", "?", 0),
        ("PatientID", "P\0", 0),
        ("PatientID", "*\0*", 0),
        ("PatientID", "\U0010ffff*", 0),
        ("PatientID", "\ud7ff*", 0),
        ("StudyDate", "19000101-20991231", 300),
        ("StudyDate", "99991231-", 0),
        ("StudyDate", "-00010101", 0),
    ],
    ids=ascii,
)
def test_n19_every_character_is_data(
    archive: Archive, keyword: str, value: str, count: int
) -> None:
    assert len(asked(archive, ask(**{keyword: value}))) == count


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("StudyDate", "-"),
        ("StudyDate", "99999999-"),
        ("StudyDate", "20991231-19000101"),
        ("StudyTime", "-"),
    ],
)
def test_n19_ranges_of_nothing_are_refused(keyword: str, value: str) -> None:
    with pytest.raises(query.QueryError):
        ask(**{keyword: value})


@pytest.mark.parametrize(
    "value",
    ["doe jane", "*a*", "a " * 60, "%", "' --", "[", "Yamada 太郎", "?" * 60, "a" * 60_000, "^=^="],
)
def test_n19_fuzzy_names(archive: Archive, value: str) -> None:
    asked(archive, ask(MatchOptions(relational=True, fuzzy_names=True), PatientName=value))


def test_n19_what_has_no_index_is_looked_at_so_often_and_no_more(archive: Archive) -> None:
    index = archive.index
    with pytest.raises(QueryTooBroad):
        index.count(ask(PatientComments="x*"), scan=STUDIES - 1)
    assert index.count(ask(PatientComments="x*"), scan=STUDIES) == 0


def test_n19_nothing_was_harmed(archive: Archive, tmp_path: Path) -> None:
    assert archive.index.totals()[0] == STUDIES
