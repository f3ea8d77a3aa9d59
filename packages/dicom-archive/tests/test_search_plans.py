"""How the databases find it: by indexes, whatever is asked, but for what says so."""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from search_cases import Both, made
from sqlalchemy import event

from dicom_archive.index import Index
from dicom_core import query
from dicom_core.query import MatchOptions

TABLES: Final = {"patient", "study", "series", "instance", "header", "person", "word", *"pseihn"}
RELATIONAL: Final = MatchOptions(relational=True)
FUZZY: Final = MatchOptions(relational=True, fuzzy_names=True)
STUDY: Final[dict[str, query.KeyValue]] = {"StudyInstanceUID": "1.3"}
SERIES: Final[dict[str, query.KeyValue]] = {**STUDY, "SeriesInstanceUID": "1.3.1"}


@pytest.fixture(scope="module")
def filled() -> Iterator[Both]:
    with Index.open("sqlite://") as index:
        both = Both(index)
        both.put(
            made(
                f"1.{study}.{series}.{number}",
                f"1.{study}.{series}",
                f"1.{study}",
                {
                    "PatientName": f"Doe{study}^Jane",
                    "PatientID": f"P{study}",
                    "AccessionNumber": f"A{study}",
                    "StudyID": f"S{study}",
                    "StudyDate": f"202401{1 + study % 28:02d}",
                    "PatientBirthDate": "19600101",
                    "Modality": "CT",
                },
            )
            for study in range(30)
            for series in range(2)
            for number in range(2)
        )
        yield both


def plans_of(index: Index, asked: query.Query, most: int) -> list[str]:
    """The steps by which SQLite finds the first two pages of a query and its count."""
    statements: list[tuple[str, Any]] = []

    def note(_c: object, _cursor: object, text: str, values: object, *_: object) -> None:
        statements.append((text, values))

    event.listen(index.engine, "before_cursor_execute", note)
    try:
        page = index.search(asked, most=most)
        if page.next is not None:
            index.search(asked, after=page.next, most=most)
    finally:
        event.remove(index.engine, "before_cursor_execute", note)
    with index.engine.connect() as connection:
        return [
            str(row[3])
            for text, values in statements
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)
        ]


def scans(plan: list[str]) -> list[str]:
    """The steps that go over a whole table or index, but for that of the few odd rows, and for rows that were limited."""
    limited = {step.split()[1] for step in plan if step.startswith(("CO-ROUTINE", "MATERIALIZE"))}
    return [
        step
        for step in plan
        if step.startswith("SCAN")
        and step.split()[1] in TABLES - limited
        and not step.endswith("_odd")
    ]


INDEXED: Final[list[tuple[str, MatchOptions, dict[str, query.KeyValue]]]] = [
    ("PATIENT", RELATIONAL, {"PatientID": "P3"}),
    ("PATIENT", RELATIONAL, {"PatientName": "Doe1*"}),
    ("PATIENT", RELATIONAL, {"PatientBirthDate": "19600101-19601231"}),
    ("STUDY", RELATIONAL, STUDY),
    ("STUDY", RELATIONAL, {"StudyInstanceUID": ["1.3", "1.4", "1.5"]}),
    ("STUDY", RELATIONAL, {"PatientID": "P3"}),
    ("STUDY", RELATIONAL, {"PatientID": "P3*"}),
    ("STUDY", RELATIONAL, {"PatientName": "Doe1*"}),
    ("STUDY", RELATIONAL, {"PatientName": "Doe1^Jane"}),
    ("STUDY", RELATIONAL, {"PatientName": "Doe1^*", "StudyDate": "20240101-20240120"}),
    ("STUDY", FUZZY, {"PatientName": "Jane Doe3"}),
    ("STUDY", RELATIONAL, {"StudyDate": "20240103"}),
    ("STUDY", RELATIONAL, {"StudyDate": "20240103-"}),
    ("STUDY", RELATIONAL, {"AccessionNumber": "A4"}),
    ("STUDY", RELATIONAL, {"StudyID": "S4"}),
    ("STUDY", RELATIONAL, {"StudyDate": "20240103-", "ModalitiesInStudy": "CT"}),
    ("SERIES", RELATIONAL, STUDY),
    ("SERIES", RELATIONAL, {**STUDY, "Modality": "CT"}),
    ("SERIES", RELATIONAL, {"SeriesInstanceUID": "1.3.1"}),
    ("SERIES", RELATIONAL, {"PatientID": "P3"}),
    ("IMAGE", RELATIONAL, SERIES),
    ("IMAGE", RELATIONAL, STUDY),
    ("IMAGE", RELATIONAL, {**SERIES, "InstanceNumber": "1"}),
    ("IMAGE", RELATIONAL, {"SOPInstanceUID": "1.3.1.0"}),
    ("IMAGE", RELATIONAL, {"PatientName": "Doe1*"}),
    ("IMAGE", RELATIONAL, {"StudyDate": "20240103"}),
    ("PATIENT", RELATIONAL, {}),
    ("STUDY", RELATIONAL, {}),
    ("SERIES", RELATIONAL, {}),
    ("IMAGE", RELATIONAL, {}),
]


@pytest.mark.parametrize("few", [True, False], ids=["few", "many"])
@pytest.mark.parametrize(
    ("level", "options", "keys"),
    INDEXED,
    ids=[f"{level} {'+'.join(keys)}" for level, _, keys in INDEXED],
)
def test_no_table_is_gone_over(
    filled: Both,
    level: str,
    options: MatchOptions,
    keys: dict[str, query.KeyValue],
    few: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not few:
        monkeypatch.setattr("dicom_archive.index._candidates.GATHERED", 3)
        monkeypatch.setattr("dicom_archive.index._search._WALKED", 8)
    asked = query.build(
        level, options=options, where=keys, fields=("NumberOfPatientRelatedStudies",)
    )
    plan = plans_of(filled.index, asked, most=2)
    assert plan
    assert scans(plan) == []


def test_what_goes_over_an_index_is_known(filled: Both) -> None:
    """Asterisks at the beginning of a name: its index is gone over, and no table."""
    asked = query.build("STUDY", PatientName="*ane9*")
    for most in (1, 10):
        steps = scans(plans_of(filled.index, asked, most))
        assert all("USING COVERING INDEX" in step for step in steps), steps


def test_pages_are_as_long_as_they_were_asked_for(filled: Both) -> None:
    """Rows that are read for a page far in are those of the page."""
    asked = query.build("IMAGE", options=RELATIONAL)
    after = filled.index.search(asked, most=50).next
    assert after is not None
    page = filled.index.search(asked, after=after, most=50)
    assert len(page.entities) == 50
    assert page.next is not None
    assert page.next.after > after.after
