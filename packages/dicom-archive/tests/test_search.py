"""Searching the index finds what `InMemoryStore` finds, in its order, however the pages are cut."""

import random
from collections.abc import Iterator

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from search_cases import Both, made
from test_query_matching import TABLE

import dicom_core as dc
from dicom_archive import QueryTooBroad
from dicom_archive.index import Index
from dicom_core import query
from dicom_core.query import InformationModel, MatchOptions, Query, QueryLevel
from dicom_dict import element


@pytest.fixture
def both() -> Iterator[Both]:
    with Index.open("sqlite://") as index:
        yield Both(index)


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


def archive(chance: random.Random, patients: int) -> list[bytes]:
    """Files of a few patients, whose attributes are those of their study and series; many break a rule."""

    def some(values: list[str]) -> bytes:
        return chance.choice(values).encode()

    files = []
    for patient in range(patients):
        of_patient = {
            "PatientName": some(NAMES),
            "OtherPatientNames": some(NAMES),
            "PatientID": some(TEXTS),
            "PatientBirthDate": some(DATES),
            "PatientSex": some(["M", "F", "", "M\\F"]),
        }
        for study in range(chance.randrange(1, 4)):
            of_study = {
                "StudyDate": some(DATES),
                "StudyTime": some(TIMES),
                "AccessionNumber": some(TEXTS),
                "StudyID": some(TEXTS),
                "StudyDescription": some(TEXTS),
                "ReferringPhysicianName": some(NAMES),
                "TimezoneOffsetFromUTC": some(["", "+0100", "-0800"]),
            }
            for series in range(chance.randrange(1, 3)):
                of_series = {
                    "Modality": some(["CT", "MR", "", "CT\\MR"]),
                    "SeriesNumber": some(NUMBERS),
                    "SeriesDescription": some(TEXTS),
                    "BodyPartExamined": some(["HEAD", "", "A_D"]),
                    "OperatorsName": some(NAMES),
                }
                for instance in range(chance.randrange(1, 4)):
                    uid = f"1.{patient}.{study}.{series}.{instance}"
                    own = {
                        "InstanceNumber": some(NUMBERS),
                        "ContentDate": some(DATES),
                        "ContentCreatorName": some(NAMES),
                    }
                    everything = {**of_patient, **of_study, **of_series, **own}
                    given = {
                        key: value
                        for key, value in everything.items()
                        if value or chance.random() < 0.5
                    }
                    above = uid.rsplit(".", 1)[0]
                    files.append(made(uid, above, above.rsplit(".", 1)[0], raw=given))
    chance.shuffle(files)
    return files


def one_of(values: list[str]) -> st.SearchStrategy[str | None]:
    return st.one_of(st.none(), st.sampled_from(values), st.just('""'))


@st.composite
def queries(draw: st.DrawFn) -> Query:
    options = draw(st.sampled_from(OPTIONS))
    strategies: dict[str, st.SearchStrategy[str | None]] = {
        "PatientName": one_of(KEYS),
        "OtherPatientNames": one_of(KEYS),
        "OperatorsName": one_of(KEYS),
        "ContentCreatorName": one_of(KEYS),
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
        found = evolve(found, timezone=540)
    return evolve(
        found,
        all_fields=draw(st.sampled_from([False, False, True])),
        offset=draw(st.sampled_from([0, 0, 1, 3])),
        limit=draw(st.sampled_from([None, None, 2])),
    )


ALL = settings(deadline=None, suppress_health_check=list(HealthCheck))
SMALL = {
    "_candidates.GATHERED": 4, "_candidates._FEW": 2, "_search._LOOKS": 3, "_search._WALKED": 6, "_search._BEFORE_SCAN": 3,
    "_search._SKIPPED": 2, "_translate._ASTERISKS": 1, "_translate_names._WORDS": 1,
}  # fmt: skip


@pytest.fixture(params=["as they are", "small"])
def limits(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small ones make a few rows many, so that every way of searching is taken."""
    if request.param == "small":
        for name, value in SMALL.items():
            monkeypatch.setattr(f"dicom_archive.index.{name}", value)


@settings(ALL, max_examples=25)
@given(
    st.integers(0, 1 << 32).map(random.Random),
    st.lists(queries(), min_size=10, max_size=25),
    st.integers(1, 5),
)
def test_any_query_finds_what_the_reference_finds(
    limits: None, chance: random.Random, asked: list[Query], most: int
) -> None:
    with Index.open("sqlite://") as index:
        both = Both(index)
        both.put(archive(chance, chance.randrange(1, 6)))
        if chance.random() < 0.5:
            both.change(chance)
        for one in asked:
            both.check(one, most)


def test_any_query_on_every_database(limits: None, shared_place: str) -> None:
    """One larger archive, for databases that take long to be made."""
    with Index.open(shared_place) as index:
        both = Both(index)
        both.put(archive(random.Random(5), 8))
        both.change(random.Random(5))

        @settings(ALL, max_examples=100)
        @given(queries(), st.integers(1, 20))
        def compare(asked: Query, most: int) -> None:
            both.check(asked, most)

        compare()


def test_an_entity_that_goes_between_two_pages_is_left_out(index: Index) -> None:
    both = Both(index)
    both.put(made(f"1.{n}.1.1", f"1.{n}.1", f"1.{n}", {"PatientID": f"P{n}"}) for n in range(9))
    asked = ask("STUDY", PatientID="P*")
    first = index.search(asked, most=3)
    assert [answer.StudyInstanceUID for answer in first.entities] == ["1.0", "1.1", "1.2"]
    index.delete("1.4")
    second = index.search(asked, after=first.next, most=3)
    assert [answer.StudyInstanceUID for answer in second.entities] == ["1.3", "1.5", "1.6"]


def test_a_flat_model_has_no_entities(index: Index) -> None:
    worklist = query.build(None, model=InformationModel.WORKLIST, PatientID="P1")
    assert index.search(worklist).entities == []
    assert index.search(worklist).next is None
    assert index.count(worklist) == 0


def test_looking_at_entities_one_by_one_has_a_limit(both: Both) -> None:
    both.put(made(f"1.{n}.1.1", f"1.{n}.1", f"1.{n}", {"PatientComments": "x"}) for n in range(12))
    asked = ask("STUDY", PatientComments="y*")
    assert both.found(asked, scan=12) == []
    with pytest.raises(QueryTooBroad) as caught:
        both.found(asked, scan=11)
    assert caught.value.limit == 11
    with pytest.raises(QueryTooBroad):
        both.index.count(asked, scan=11)
    # Another key with an index leaves few to be looked at
    both.found(ask("STUDY", PatientComments="y*", StudyInstanceUID="1.3\\1.4"), scan=2)
