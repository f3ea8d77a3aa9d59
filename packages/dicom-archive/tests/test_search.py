"""Searching the index finds what `InMemoryStore` finds, in its order, however the pages are cut."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from search_cases import Both, made
from test_query_matching import TABLE

import dicom_core as dc
from dicom_archive.index import Index
from dicom_core import query
from dicom_core.query import InformationModel, MatchOptions, Query, QueryLevel
from dicom_dict import element


@pytest.fixture
def index() -> Iterator[Index]:
    with Index.open("sqlite://") as opened:
        yield opened


@pytest.fixture
def both(index: Index) -> Both:
    return Both(index)


def ask(level: str, options: MatchOptions | None = None, /, **keys: query.KeyValue) -> Query:
    return query.build(
        level, model=InformationModel.PATIENT_ROOT, options=options or MatchOptions(), where=keys
    )


def test_the_table_of_the_matcher_on_all_levels(both: Both) -> None:
    files = []
    for number, (keyword, _, value, _) in enumerate(TABLE):
        attributes = {} if keyword == "SOPInstanceUID" else {keyword: value}
        files.append(made(f"1.2.3{number}", f"1.3.{number}", f"1.4.{number}", attributes))
    both.put(files)
    found = 0
    keys: list[tuple[str, query.KeyValue]] = [(keyword, key) for keyword, key, _, _ in TABLE]  # type: ignore[misc]
    for keyword, key in keys:
        level = query.level_of(element(keyword).tag)
        found += both.check(ask(level, **{keyword: key}))
        found += both.check(ask("IMAGE", MatchOptions(fuzzy_names=True), **{keyword: key}))
    assert found > 400


NAMES = [
    "Doe^Jane", "Doe^John", "DOE", "Doer^A", "Müller^Jörg", "Muller^J", "Yamada^Tarou=山田^太郎=やまだ^たろう",
    "Smith^Mary", "Smyth^Mary^Ann", "", "d_e^%", "O'Neil^A\"b", "a[b]*c", "^Only", "X=\\=y", "Wang^XiaoDong=王^小東",
]  # fmt: skip
KEYS = [
    "Doe^*", "doe*", "DOE^JANE", "*o*", "D?e^J*", "=山田^*", "Yamada*=山*", "^*", "*^", "*^^*", "Smith", "ann", "Smith Mary",
    "müller^*", "MULLER^*", "d_e^%", "%", "_*", "O'Neil*", "a[b]?c", "[ab]*", "*[*", "Do\0e", "X*", "*=*", "王*", "?*", "*?e*",
    "Doe^J*n*", "Doe^^*", "D*e^J*n*e*^*", "ne", "Sm*^Ma??",
]  # fmt: skip
TEXTS = ["A", "a", "AB", "A%", "A_B", "A[B", "'; --", "Ä", "x" * 300, "A\\B", "", "A B"]
TEXT_KEYS = [
    "A",
    "A*",
    "*B",
    "?",
    "A%",
    "A_*",
    "A[*",
    "'; --",
    "Ä*",
    "x*",
    "x" * 300,
    "*x",
    "A\\B",
    "*A*B*",
    "*\0",
    "A?B",
    "**a**",
]
DATES = [
    "20240101",
    "20240102",
    "20240229",
    "2024.01.01",
    "202401",
    "2024",
    "",
    "notadate",
    "20240101\\20250101",
]
DATE_KEYS = [
    "20240101",
    "20240101-20240131",
    "-20240101",
    "20240102-",
    "20250101-20260101",
    "20240101\\20240102",
    "20240131-20240101",
]
TIMES = ["1030", "103000", "235960", "000000", "10", "103000.5", "", "zz", "10\\11"]
TIME_KEYS = ["1030", "10-11", "-1030", "103000.5-", "2359-", "-0001", "103000.500000", "10\\11"]
NUMBERS = ["1", " +007", "99999999999999", "x", "1\\2", ""]
NUMBER_KEYS = ["1", "7", "99999999999999", "1\\7", "2"]
LEVELS = [str(level) for level in QueryLevel]
OPTIONS = [
    MatchOptions(), MatchOptions(), MatchOptions(fuzzy_names=True), MatchOptions(combined_datetime=True),
    MatchOptions(unknown_matches=True), MatchOptions(empty_value=True), MatchOptions(multiple_values=True),
    MatchOptions(case_sensitive_names=True), MatchOptions(timezone=True, combined_datetime=True),
]  # fmt: skip

FIELDS = (
    "NumberOfStudyRelatedInstances", "ModalitiesInStudy", "SOPClassesInStudy", "NumberOfPatientRelatedSeries",
    "InstanceAvailability", "NumberOfSeriesRelatedInstances", "PatientName", "StudyDescription", "Modality",
)  # fmt: skip


def raw(values: list[str]) -> st.SearchStrategy[bytes]:
    return st.sampled_from([value.encode() for value in values])


@st.composite
def archives(draw: st.DrawFn) -> list[bytes]:
    """Files of a few patients whose attributes are those of their study and series."""
    files = []
    for patient in range(draw(st.integers(1, 4))):
        of_patient = {
            "PatientName": draw(raw(NAMES)),
            "PatientID": draw(raw(TEXTS)),
            "PatientBirthDate": draw(raw(DATES)),
            "PatientSex": draw(raw(["M", "F", "", "M\\F"])),
        }
        for study in range(draw(st.integers(1, 3))):
            of_study = {
                "StudyDate": draw(raw(DATES)),
                "StudyTime": draw(raw(TIMES)),
                "AccessionNumber": draw(raw(TEXTS)),
                "StudyID": draw(raw(TEXTS)),
                "StudyDescription": draw(raw(TEXTS)),
                "ReferringPhysicianName": draw(raw(NAMES)),
                "TimezoneOffsetFromUTC": draw(raw(["", "+0100", "-0800"])),
            }
            for series in range(draw(st.integers(1, 2))):
                of_series = {
                    "Modality": draw(raw(["CT", "MR", "", "CT\\MR"])),
                    "SeriesNumber": draw(raw(NUMBERS)),
                    "SeriesDescription": draw(raw(TEXTS)),
                    "BodyPartExamined": draw(raw(["HEAD", "", "A_D"])),
                }
                for instance in range(draw(st.integers(1, 3))):
                    uid = f"1.{patient}.{study}.{series}.{instance}"
                    of_instance = {
                        "InstanceNumber": draw(raw(NUMBERS)),
                        "ContentDate": draw(raw(DATES)),
                    }
                    everything = {**of_patient, **of_study, **of_series, **of_instance}
                    files.append(
                        made(
                            uid,
                            uid[:7],
                            uid[:5],
                            raw={k: v for k, v in everything.items() if v or draw(st.booleans())},
                        )
                    )
    return draw(st.permutations(files))


def one_of(values: list[str]) -> st.SearchStrategy[str | None]:
    return st.one_of(st.none(), st.sampled_from(values), st.just('""'))


@st.composite
def queries(draw: st.DrawFn) -> Query:
    options = draw(st.sampled_from(OPTIONS))
    strategies: dict[str, st.SearchStrategy[str | None]] = {
        "PatientName": one_of(KEYS),
        "ReferringPhysicianName": one_of(KEYS),
        "PatientID": one_of(TEXT_KEYS),
        "PatientBirthDate": one_of(DATE_KEYS),
        "PatientSex": one_of(["M", "F"]),
        "StudyDate": one_of(DATE_KEYS),
        "StudyTime": one_of(TIME_KEYS),
        "AccessionNumber": one_of(TEXT_KEYS),
        "StudyDescription": one_of(TEXT_KEYS),
        "StudyInstanceUID": one_of(["1.0.0", "1.0.0\\1.1.0\\1.3.1", "1.0", "1.1.*"]),
        "ModalitiesInStudy": one_of(["CT", "CT\\MR", "C*", "XX"]),
        "SOPClassesInStudy": one_of(["1.2.840.10008.5.1.4.1.1.2", "1.2"]),
        "NumberOfStudyRelatedInstances": one_of(["1", "2", "3"]),
        "NumberOfPatientRelatedSeries": one_of(["1", "2"]),
        "Modality": one_of(["CT", "M?", "*"]),
        "SeriesInstanceUID": one_of(["1.0.0.0", "1.1.0.0\\1.0.0.1"]),
        "SeriesNumber": one_of(NUMBER_KEYS),
        "SeriesDescription": one_of(TEXT_KEYS),
        "InstanceNumber": one_of(NUMBER_KEYS),
        "SOPInstanceUID": one_of(["1.0.0.0.0", "1.0.0.0.0\\1.1.0.0.1"]),
        "SOPClassUID": one_of(["1.2.840.10008.5.1.4.1.1.2", "1.2"]),
        "ContentDate": one_of(DATE_KEYS),
        "InstanceAvailability": one_of(["ONLINE", "OFFLINE"]),
    }
    names = draw(st.lists(st.sampled_from(sorted(strategies)), unique=True, min_size=0, max_size=3))
    keys = {}
    for name in names:
        value = draw(strategies[name])
        if value == '""' and not options.empty_value:
            value = None
        keys[name] = value
    try:
        found = query.build(
            draw(st.sampled_from(LEVELS)),
            model=InformationModel.PATIENT_ROOT,
            options=options,
            fields=draw(st.sampled_from([(), FIELDS])),
            where=keys,
        )
    except (query.QueryError, dc.LimitExceeded):
        return ask("STUDY")  # no program can ask it
    if options.timezone:
        import attrs

        found = attrs.evolve(found, timezone=540)
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(archives(), st.lists(queries(), min_size=10, max_size=25), st.integers(1, 5))
def test_any_query_finds_what_the_reference_finds(
    files: list[bytes], asked: list[Query], most: int
) -> None:
    with Index.open("sqlite://") as index:
        both = Both(index)
        both.put(files)
        for one in asked:
            both.check(one, most)
