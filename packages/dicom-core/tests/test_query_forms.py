"""Queries from identifiers and parameters: levels, keys nobody matches, hostile input, answers."""

import pickle

import pytest

import dicom_core as dc
from dicom_core import query
from dicom_core.query import InformationModel, MatchOptions, QueryError, QueryLevel


def data(**values: object) -> dc.Dataset:
    ds = dc.Dataset()
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return ds


# --- levels -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keyword", "level"),
    [
        ("PatientName", "PATIENT"), ("PatientBirthDate", "PATIENT"), ("NumberOfPatientRelatedStudies", "PATIENT"),
        ("StudyDate", "STUDY"), ("AccessionNumber", "STUDY"), ("PatientAge", "STUDY"), ("StudyInstanceUID", "STUDY"),
        ("ModalitiesInStudy", "STUDY"), ("Modality", "SERIES"), ("SeriesInstanceUID", "SERIES"), ("Manufacturer", "SERIES"),
        ("FrameOfReferenceUID", "SERIES"), ("NumberOfSeriesRelatedInstances", "SERIES"), ("RequestAttributesSequence", "SERIES"),
        ("SOPInstanceUID", "IMAGE"), ("InstanceNumber", "IMAGE"), ("Rows", "IMAGE"),
    ],
)  # fmt: skip
def test_who_owns_an_attribute(keyword: str, level: str) -> None:
    assert query.level_of(tag_of(keyword)) == level


def tag_of(keyword: str) -> int:
    from dicom_dict import element

    return element(keyword).tag


@pytest.mark.parametrize("level", list(QueryLevel))
def test_unique_keys_are_of_their_level(level: QueryLevel) -> None:
    assert query.level_of(query.unique_key(level)) is level


HIERARCHY = [
    (InformationModel.STUDY_ROOT, "STUDY", {}, ""),
    (InformationModel.STUDY_ROOT, "STUDY", {"PatientName": "A*"}, ""),
    (InformationModel.STUDY_ROOT, "PATIENT", {}, "level"),
    (InformationModel.STUDY_ROOT, "SERIES", {}, "unique-key"),
    (InformationModel.STUDY_ROOT, "SERIES", {"StudyInstanceUID": "1.2"}, ""),
    (InformationModel.STUDY_ROOT, "SERIES", {"StudyInstanceUID": ["1.2", "1.3"]}, "unique-key"),
    (InformationModel.STUDY_ROOT, "SERIES", {"StudyInstanceUID": ""}, "unique-key"),
    (
        InformationModel.STUDY_ROOT,
        "SERIES",
        {"StudyInstanceUID": "1.2", "StudyDate": "2024-"},
        "above-level",
    ),
    (
        InformationModel.STUDY_ROOT,
        "SERIES",
        {"StudyInstanceUID": "1.2", "PatientID": "7"},
        "above-level",
    ),
    (
        InformationModel.STUDY_ROOT,
        "IMAGE",
        {"StudyInstanceUID": "1.2", "SeriesInstanceUID": "1.3"},
        "",
    ),
    (InformationModel.STUDY_ROOT, "IMAGE", {"SeriesInstanceUID": "1.3"}, "unique-key"),
    (InformationModel.PATIENT_ROOT, "PATIENT", {"PatientName": "A"}, ""),
    (InformationModel.PATIENT_ROOT, "STUDY", {}, "unique-key"),
    (InformationModel.PATIENT_ROOT, "STUDY", {"PatientID": "7"}, ""),
    (InformationModel.PATIENT_ROOT, "STUDY", {"PatientID": "7*"}, "unique-key"),
    (InformationModel.PATIENT_ROOT, "STUDY", {"PatientID": "7", "PatientName": "A"}, "above-level"),
]


@pytest.mark.parametrize(("model", "level", "keys", "rule"), HIERARCHY)
def test_hierarchy(
    model: InformationModel, level: str, keys: dict[str, query.KeyValue], rule: str
) -> None:
    wanted = query.build(level, model=model, where=keys)
    if not rule:
        assert wanted.check_levels() is wanted
        return
    with pytest.raises(QueryError) as caught:
        wanted.check_levels()
    assert caught.value.rule == rule
    if rule != "level":
        relational = query.build(
            level, model=model, where=keys, options=MatchOptions(relational=True)
        )
        assert relational.check_levels() is relational


@pytest.mark.parametrize("value", [None, "FRAME", "study", "PATIENT"])
def test_an_identifier_without_a_level_of_its_model(value: str | None) -> None:
    identifier = dc.Dataset()
    if value is not None:
        identifier.set("QueryRetrieveLevel", "LO" if value == "study" else "CS", value)
    with pytest.raises(QueryError) as caught:
        query.from_identifier(identifier)
    assert caught.value.rule == "level"


def test_flat_models_need_no_level() -> None:
    step = data(ScheduledStationAETitle="CT1", ScheduledProcedureStepStartDate="20240101-20240102")
    wanted = query.from_identifier(
        data(PatientName="", ScheduledProcedureStepSequence=[step]), InformationModel.WORKLIST
    )
    assert wanted.level is None
    row = data(
        PatientName="A",
        ScheduledProcedureStepSequence=[
            data(ScheduledStationAETitle="CT1", ScheduledProcedureStepStartDate="20240102")
        ],
    )
    assert wanted.matches(row)
    assert wanted.project(row) == row
    ups = query.from_parameters(
        [("ProcedureStepState", "SCHEDULED"), ("ScheduledStationNameCodeSequence.CodeValue", "S1")],
        None,
        model=InformationModel.UPS,
    )
    assert ups.matches(
        data(
            ProcedureStepState="SCHEDULED", ScheduledStationNameCodeSequence=[data(CodeValue="S1")]
        )
    )


# --- identifiers --------------------------------------------------------------------------------


def test_control_attributes_are_no_keys() -> None:
    identifier = data(
        SpecificCharacterSet="ISO_IR 192",
        QueryRetrieveLevel="STUDY",
        TimezoneOffsetFromUTC="-0330",
        StudyInstanceUID=None,
        PatientName="王*",
    )
    wanted = query.from_identifier(identifier)
    assert [key.keyword for key in wanted.keys] == ["PatientName", "StudyInstanceUID"]
    assert (wanted.timezone, wanted.charset) == (-210, ("ISO_IR 192",))
    assert query.to_identifier(wanted) == identifier


def test_keys_nobody_matches_are_told() -> None:
    identifier = data(QueryRetrieveLevel="IMAGE", SOPInstanceUID=None)
    identifier.set(0x00231001, "LO", "x")
    identifier.set("RedPaletteColorLookupTableData", "OW", b"\0\0")
    identifier.set("PixelData", "OW", None)
    wanted = query.from_identifier(identifier)
    assert {(one.path[0], one.reason) for one in wanted.ignored} == {
        (0x00231001, "unknown-private"),
        (0x00281201, "not-matchable"),
    }
    assert wanted.key(0x7FE00010) is not None
    assert wanted.matches(data(SOPInstanceUID="1.2"))


def test_restricted_to_what_a_server_supports() -> None:
    wanted = query.build("STUDY", PatientID="7", StudyDescription="x")
    less = wanted.restricted(lambda key: key.keyword != "StudyDescription")
    assert [key.keyword for key in less.keys] == ["PatientID", "StudyInstanceUID"]
    assert [str(one) for one in less.ignored] == ["StudyDescription: unsupported"]
    assert less.matches(data(PatientID="7"))
    assert "StudyDescription" not in less.project(data(PatientID="7", StudyDescription="y"))


@pytest.mark.parametrize(
    ("keyword", "vr", "raw"),
    [("StudyDate", "DA", b"20241301"), ("StudyDate", "DA", b"20240201-20240101"), ("StudyTime", "TM", b"99"),
     ("InstanceNumber", "IS", b"seven "), ("PatientAge", "AS", b"old "), ("SliceThickness", "DS", b"NaN "),
     ("Rows", "US", b"abc ")],
)  # fmt: skip
def test_a_bad_value_is_an_error_that_does_not_repeat_it(keyword: str, vr: str, raw: bytes) -> None:
    tag = tag_of(keyword)
    head = tag.to_bytes(4, "big")
    element = (
        bytes((head[1], head[0], head[3], head[2]))
        + vr.encode()
        + len(raw).to_bytes(2, "little")
        + raw
    )
    level = b"\x08\x00\x52\x00CS\x06\x00IMAGE "
    body = element + level if tag < 0x00080052 else level + element
    if keyword == "Rows":
        body = level + b"\x28\x00\x10\x00US\x03\x00abc"
    with pytest.raises(QueryError) as caught:
        query.from_identifier(dc.read_dataset(body))
    assert caught.value.key == keyword
    assert raw.decode().strip() not in str(caught.value)
    assert pickle.loads(pickle.dumps(caught.value)).key == keyword


def test_a_sequence_key_has_one_item() -> None:
    identifier = data(
        QueryRetrieveLevel="STUDY", ProcedureCodeSequence=[data(CodeValue="A"), data(CodeValue="B")]
    )
    with pytest.raises(QueryError) as caught:
        query.from_identifier(identifier)
    assert caught.value.rule == "sequence"


def test_n19_many_uids_and_many_keys() -> None:
    uids = [f"1.2.{number}" for number in range(100_000)]
    wanted = query.build("STUDY", StudyInstanceUID=uids)
    again = query.from_identifier(query.to_identifier(wanted))
    assert again == wanted
    assert again.matches(data(StudyInstanceUID="1.2.99999"))
    assert not again.matches(data(StudyInstanceUID="1.2.100000"))
    many = b"".join(
        (0x0009).to_bytes(2, "little") + number.to_bytes(2, "little") + b"LO\x00\x00"
        for number in range(0x1000, 0x1000 + 20_000)
    )
    with pytest.raises(dc.LimitExceeded):
        query.from_identifier(dc.read_dataset(b"\x08\x00\x52\x00CS\x06\x00STUDY " + many))


def test_n19_depth() -> None:
    inner = data(CodeValue="A")
    for _ in range(40):
        inner = data(ContentSequence=[inner])
    inner.QueryRetrieveLevel = "STUDY"
    with pytest.raises(dc.LimitExceeded):
        query.from_identifier(inner)
    with pytest.raises(dc.LimitExceeded):
        query.from_parameters([("ContentSequence." * 40 + "CodeValue", "A")])


@pytest.mark.parametrize(
    "text", ["%", "_", "\\", "'", '"', "'; DROP TABLE x; --", "-", "*?*?*", "\0", "[a-z]", "(a+)+$"]
)
def test_n19_odd_texts_are_only_texts(text: str) -> None:
    for keyword in ("PatientID", "PatientName", "StudyDescription"):
        wanted = query.build("STUDY", where={keyword: text})
        wanted.matches(data(PatientID="x", PatientName="x"))
        query.to_parameters(wanted)


# --- parameters -----------------------------------------------------------------------------------


def test_the_examples_of_the_standard() -> None:
    """PS3.18 10.6.1.2.1."""
    ds = data(
        PatientName="SMITH^A", PatientID="11235813", StudyDate="20130509", StudyInstanceUID="1.2"
    )
    ds.OtherPatientIDsSequence = [data(PatientID="11235813")]
    for text in (
        "PatientID=11235813",
        "PatientID=11235813&StudyDate=20130509",
        "00100010=SMITH*&00101002.00100020=11235813&limit=25",
        "00100010=SMITH*&OtherPatientIDsSequence.00100020=11235813",
        "PatientID=11235813&includefield=00081048,00081049,00081060",
        "PatientID=11235813&includefield=00081048&includefield=00081049&includefield=00081060",
        "PatientID=11235813&StudyDate=20130509-20130510",
        "StudyInstanceUID=1.3,1.2",
    ):
        pairs = [
            (name, value) for name, _, value in (part.partition("=") for part in text.split("&"))
        ]
        wanted = query.from_parameters(pairs)
        assert wanted.matches(ds), text
    assert query.from_parameters([("PatientID", "1"), ("limit", "25")]).limit == 25


def test_switches_and_fields() -> None:
    wanted = query.from_parameters(
        [
            ("fuzzymatching", "true"),
            ("emptyvaluematching", "true"),
            ("multiplevaluematching", "false"),
            ("includefield", "PatientSex,RequestAttributesSequence.ScheduledProcedureStepID"),
            ("includefield", "00081030"),
            ("offset", "10"),
            ("TimezoneOffsetFromUTC", "+0100"),
        ],
        "SERIES",
        study="1.2",
        defaults=False,
    )
    assert (wanted.options.fuzzy_names, wanted.options.empty_value) == (True, True)
    assert not wanted.options.multiple_values
    assert (wanted.offset, wanted.timezone, wanted.options.timezone) == (10, 60, True)
    assert [key.keyword for key in wanted.keys] == [
        "StudyDescription",
        "PatientSex",
        "StudyInstanceUID",
    ]
    assert wanted.fields == ((0x00400275, 0x00400009),)
    ds = data(
        StudyInstanceUID="1.2",
        SeriesInstanceUID="1.3",
        RequestAttributesSequence=[data(ScheduledProcedureStepID="S", RequestedProcedureID="R")],
    )
    answer = wanted.project(ds)
    assert answer.RequestAttributesSequence == [data(ScheduledProcedureStepID="S")]
    assert "PatientSex" in answer
    assert answer.PatientSex is None
    assert (answer.QueryRetrieveLevel, answer.SeriesInstanceUID) == ("SERIES", "1.3")


def test_everything_but_bulk_data() -> None:
    wanted = query.from_parameters([("includefield", "all")], "IMAGE")
    ds = data(SOPInstanceUID="1.2", Rows=2, PatientComments="x")
    ds.set("PixelData", "OW", b"\0" * 8)
    answer = wanted.project(ds)
    assert answer.PatientComments == "x"
    assert "PixelData" not in answer


def test_a_search_across_studies_also_gives_the_studies() -> None:
    ds = data(StudyInstanceUID="1.2", SeriesInstanceUID="1.3", PatientName="A", Modality="CT")
    wide = query.from_parameters([], "SERIES").project(ds)
    narrow = query.from_parameters([], "SERIES", study="1.2").project(ds)
    assert (wide.PatientName, wide.Modality) == ("A", "CT")
    assert "PatientName" not in narrow


BAD = [
    ([("PatientNam", "x")], "unknown-attribute"),
    ([("", "x")], "unknown-attribute"),
    ([("PatientID.", "x")], "unknown-attribute"),
    ([("00100020.00100010", "x")], "sequence"),
    ([("PatientID", "1"), ("00100020", "2")], "repeated"),
    ([("limit", "1"), ("limit", "2")], "repeated"),
    ([("limit", "-1")], "paging"),
    ([("offset", str(2**63))], "paging"),
    ([("limit", "١")], "paging"),
    ([("limit", "")], "paging"),
    ([("fuzzymatching", "yes")], "switch"),
    ([("StudyDate", "yesterday")], "value"),
    ([("StudyDate", "-")], "value"),
    ([("TimezoneOffsetFromUTC", "CET")], "value"),
    ([("includefield", "Nope")], "unknown-attribute"),
    ([("ProcedureCodeSequence", "x")], "sequence"),
    ([("InstanceNumber", "9" * 5000)], "value"),
]


@pytest.mark.parametrize(("pairs", "rule"), BAD)
def test_w07_bad_parameters(pairs: list[tuple[str, str]], rule: str) -> None:
    with pytest.raises(QueryError) as caught:
        query.from_parameters(pairs)
    assert caught.value.rule == rule


def test_an_error_names_the_nearest_keyword() -> None:
    with pytest.raises(QueryError, match="did you mean PatientName"):
        query.from_parameters([("PatientNam", "x")])


def test_w07_a_thousand_times_all() -> None:
    wanted = query.from_parameters([("includefield", "all")] * 1000)
    assert wanted.all_fields
    with pytest.raises(dc.LimitExceeded):
        query.from_parameters([("includefield", "all")] * 20_000)


def test_both_forms_say_the_same() -> None:
    wanted = query.build(
        "IMAGE",
        where={
            "PatientName": "A*",
            "StudyDate": "20240101-",
            "SOPInstanceUID": ["1.2", "1.3"],
            "RequestAttributesSequence.RequestedProcedureID": "P",
            "ConceptNameCodeSequence.EquivalentCodeSequence.CodeValue": "Q?",
            "Rows": 512,
        },
        fields=["PatientSex"],
    )
    from_pairs = query.from_parameters(query.to_parameters(wanted), "IMAGE", defaults=False)
    from_data = query.from_identifier(query.to_identifier(wanted))
    assert from_pairs.keys == from_data.keys


def test_ranges_from_python_values() -> None:
    from datetime import UTC, date, datetime, time

    wanted = query.build(
        "STUDY", StudyDate=(date(2024, 1, 1), date(2024, 2, 1)), StudyTime=(time(8), None)
    )
    assert wanted == query.build("STUDY", StudyDate="20240101-20240201", StudyTime="080000-")
    moment = datetime(2024, 1, 1, 12, tzinfo=UTC)
    assert query.build("IMAGE", AcquisitionDateTime=moment) == query.build(
        "IMAGE", AcquisitionDateTime="20240101120000+0000"
    )


def test_an_answer_keeps_what_cannot_be_decoded() -> None:
    ds = dc.read_dataset(b"\x08\x00\x20\x00DA\x08\x00notadate\x20\x00\x0d\x00UI\x04\x001.2\x00")
    answer = query.build("STUDY", StudyDate="").project(ds)
    assert answer.element("StudyDate").text == "notadate"


def test_no_value_is_told_by_str() -> None:
    wanted = query.build("STUDY", PatientName="SECRET*", PatientID="SECRET")
    assert "SECRET" not in str(wanted)


def test_n19_many_wild_cards_in_one_key() -> None:
    texts = [f"A{number}*" for number in range(1000)]
    with pytest.raises(dc.LimitExceeded):
        query.build("IMAGE", ImageType=texts)
    plain = [f"A{number}" for number in range(1000)]
    assert query.build("IMAGE", ImageType=plain).matches(data(ImageType=["X", "A999"]))


@pytest.mark.parametrize("level", list(QueryLevel))
@pytest.mark.parametrize("syntax", ["", "1.2.840.10008.1.2", "1.2.840.10008.1.2.2"])
def test_answers_are_the_same_by_copy_and_put_together(level: QueryLevel, syntax: str) -> None:
    from dicom_core.query._project import _put_together

    wanted = query.build(
        level,
        model=InformationModel.PATIENT_ROOT,
        PatientName=None,
        PatientSex=None,
        StudyDate="2024-",
        ReferencedStudySequence=None,
        fields=["PatientComments", "StudyTime", "Rows"],
    )
    ds = data(
        SpecificCharacterSet="ISO_IR 100",
        TimezoneOffsetFromUTC="+0100",
        PatientName="Müller",
        PatientID="7",
        StudyInstanceUID="1.2",
        SeriesInstanceUID="1.3",
        SOPInstanceUID="1.4",
        PatientComments="ü",
        Modality="CT",
        ReferencedStudySequence=[data(ReferencedSOPInstanceUID="1.5")],
    )
    ds.set(0x00111010, "LO", "private")
    if syntax:
        ds = dc.read_dataset(ds.to_bytes(syntax), syntax)
    before = ds.to_bytes()
    plain = wanted._plain
    assert plain is not None
    answer = plain.project(ds)
    assert answer is not None
    expected = _put_together(wanted, ds)
    assert answer == expected
    assert answer.to_bytes() == expected.to_bytes()
    assert wanted.project(ds) == expected
    assert ds.to_bytes() == before
    answer.PatientName = "x"
    assert ds.PatientName == "Müller"


def test_an_answer_of_little_is_no_copy_of_much() -> None:
    ds = data(StudyInstanceUID="1.2")
    for number in range(100):
        ds.set(0x00111000 + number, "LO", "x")
    wanted = query.build("STUDY", PatientID=None)
    assert wanted._plain is not None
    assert wanted._plain.project(ds) is None
    assert [element.keyword for element in wanted.project(ds).elements()] == [
        "QueryRetrieveLevel",
        "PatientID",
        "StudyInstanceUID",
    ]
    assert pickle.loads(pickle.dumps(wanted)) == wanted
