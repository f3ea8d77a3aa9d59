"""Each kind of matching and each VR, as tables (PS3.4 C.2.2.2)."""

import pickle

import pytest

import dicom_core as dc
from dicom_core import query
from dicom_core.query import MatchOptions, Query


def data(**values: object) -> dc.Dataset:
    ds = dc.Dataset()
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return ds


def ask(options: MatchOptions | None = None, /, **keys: query.KeyValue) -> Query:
    return query.build("IMAGE", options=options or MatchOptions(), where=keys)


YES, NO = True, False

TABLE = [
    # single value: text is case-sensitive, padding does not count
    ("PatientID", "a42", "a42", YES),
    ("PatientID", "A42", "a42", NO),
    ("PatientID", "a42", " a42 ", YES),
    ("PatientID", "a4", "a42", NO),
    ("Modality", "CT", "CT", YES),
    ("Modality", "CT", "MR", NO),
    ("ImageType", "PRIMARY", ["ORIGINAL", "PRIMARY"], YES),
    ("ImageType", "SECONDARY", ["ORIGINAL", "PRIMARY"], NO),
    ("ImageComments", "a\\b", "a\\b", YES),
    ("ImageComments", " x", " x ", YES),
    ("ImageComments", "x", " x", NO),
    ("RetrieveURL", "http://a/b", "http://a/b", YES),
    # wild cards
    ("PatientID", "a*", "a42", YES),
    ("PatientID", "A*", "a42", NO),
    ("PatientID", "?42", "a42", YES),
    ("Modality", "C?", "CT", YES),
    ("StudyDescription", "*chest*", "CT chest abdomen", YES),
    ("StudyDescription", "*chest*", "CT Chest abdomen", NO),
    ("ImageType", "PRI*", ["ORIGINAL", "PRIMARY"], YES),
    # names: case and width do not matter, accents do; groups; delimiters at the end
    ("PatientName", "doe^jane", "Doe^Jane", YES),
    ("PatientName", "Doe^Jane", "Doe^Jane^^^", YES),
    ("PatientName", "Doe", "Doe^Jane", NO),
    ("PatientName", "Doe*", "Doe^Jane", YES),
    ("PatientName", "DOE^*", "Doe", YES),
    ("PatientName", "DOE^*", "Doer^A", NO),
    ("PatientName", "MÜLLER^*", "Müller^Jörg", YES),
    ("PatientName", "MULLER^*", "Müller^Jörg", NO),
    ("PatientName", "Wang^XiaoDong", "Wang^XiaoDong=王^小東", YES),
    ("PatientName", "王^小東", "Wang^XiaoDong=王^小東", YES),
    ("PatientName", "王*", "Wang^XiaoDong=王^小東", YES),
    ("PatientName", "=王^*", "Wang^XiaoDong=王^小東", YES),
    ("PatientName", "Li=王^*", "Wang^XiaoDong=王^小東", NO),
    ("PatientName", "ﾔﾏﾀﾞ^ﾀﾛｳ", "Yamada^Tarou==ヤマダ^タロウ", YES),
    ("OtherPatientNames", "B^*", ["A^X", "B^Y"], YES),
    # UIDs
    ("SOPInstanceUID", "1.2.3", "1.2.3", YES),
    ("SOPInstanceUID", ["1.2.4", "1.2.3"], "1.2.3", YES),
    ("SOPInstanceUID", ["1.2.4", "1.2.5"], "1.2.3", NO),
    ("SOPInstanceUID", "1.2", "1.2.3", NO),
    ("SOPInstanceUID", "*", "1.2.3", YES),
    # dates
    ("StudyDate", "20240505", "20240505", YES),
    ("StudyDate", "20240505", dc.DicomDate("2024.05.05"), YES),
    ("StudyDate", "20240505", "20240506", NO),
    ("StudyDate", "20240501-20240531", "20240505", YES),
    ("StudyDate", "20240501-20240531", "20240501", YES),
    ("StudyDate", "20240501-20240531", "20240531", YES),
    ("StudyDate", "20240501-20240531", "20240601", NO),
    ("StudyDate", "20240501-", "20240601", YES),
    ("StudyDate", "20240501-", "20240430", NO),
    ("StudyDate", "-20240501", "20240430", YES),
    ("StudyDate", "-20240501", "20240502", NO),
    # times, by meaning
    ("StudyTime", "2230", "223000", YES),
    ("StudyTime", "223000", "2230", YES),
    ("StudyTime", "2230", "223015.5", YES),
    ("StudyTime", "2230", "223100", NO),
    ("StudyTime", "223000.5", "223000.500", YES),
    ("StudyTime", "0800-1200", "120059.999999", YES),
    ("StudyTime", "0800-1200", "120100", NO),
    ("StudyTime", "0800-1200", "075959", NO),
    ("StudyTime", "-12", "1259", YES),
    ("StudyTime", "12-", "115959", NO),
    # date-times, offsets count
    ("AcquisitionDateTime", "19980128103000.0000", "19980128103000", YES),
    ("AcquisitionDateTime", "19980128103000+0000", "19980128073000-0300", YES),
    ("AcquisitionDateTime", "19980128103000+0000", "19980128073000-0200", NO),
    ("AcquisitionDateTime", "19980128073000-0300", "19980128103000+0000", YES),
    ("AcquisitionDateTime", "1998-0300", "19980601", YES),
    ("AcquisitionDateTime", "19980128", "19980128235959", YES),
    ("AcquisitionDateTime", "19980128", "19980129", NO),
    ("AcquisitionDateTime", "1998-1999", "19991231235959", YES),
    ("AcquisitionDateTime", "1998-1999", "2000", NO),
    ("AcquisitionDateTime", "19980128-", "20000101", YES),
    ("AcquisitionDateTime", "19980128000000-0500-19980129000000-0500", "19980128040000+0000", NO),
    ("AcquisitionDateTime", "19980128000000-0500-19980129000000-0500", "19980128060000+0000", YES),
    # numbers, as numbers
    ("InstanceNumber", "7", " +007", YES),
    ("InstanceNumber", "7", "8", NO),
    ("SliceThickness", "0.3", "0.30", YES),
    ("SliceThickness", "3e-1", "0.3", YES),
    ("SliceThickness", "0.3", "0.31", NO),
    ("Rows", 512, 512, YES),
    ("Rows", "512", 512, YES),
    ("Rows", "511", 512, NO),
    ("PatientAge", "018M", "018M", YES),
    ("PatientAge", "018M", "019M", NO),
    ("FrameIncrementPointer", "00181063", [0x00181063], YES),
    ("FrameIncrementPointer", "00181065", [0x00181063], NO),
    # universal
    ("PatientID", "", "x", YES),
    ("PatientID", "*", "x", YES),
    ("PatientID", None, "x", YES),
    ("StudyDate", "", "20240505", YES),
    ("PatientName", "^^^^", "x", YES),
]


@pytest.mark.parametrize(("keyword", "key", "value", "expected"), TABLE)
def test_table(keyword: str, key: query.KeyValue, value: object, expected: bool) -> None:
    wanted = ask(**{keyword: key})
    assert wanted.matches(data(**{keyword: value})) is expected
    # The same from an identifier, from parameters, and after a pickle
    identifier = query.to_identifier(wanted)
    assert query.from_identifier(identifier) == wanted
    assert pickle.loads(pickle.dumps(wanted)).matches(data(**{keyword: value})) is expected
    again = query.from_parameters(query.to_parameters(wanted), "IMAGE", defaults=False)
    assert again.keys == wanted.keys


@pytest.mark.parametrize(
    "keyword", ["PatientID", "PatientName", "StudyDate", "Rows", "SOPClassUID"]
)
def test_what_is_unknown_matches_no_value(keyword: str) -> None:
    keys: dict[str, query.KeyValue] = {"StudyDate": "20240101", "Rows": 5, "SOPClassUID": "1.2"}
    key = keys.get(keyword, "x")
    assert not ask(**{keyword: key}).matches(dc.Dataset())
    assert not ask(**{keyword: key}).matches(data(**{keyword: None}))
    assert ask(**{keyword: ""}).matches(dc.Dataset())


def test_required_keys_may_match_what_is_unknown() -> None:
    """PS3.4 C.2.2.1.2, when asked for; never for other attributes."""
    options = MatchOptions(unknown_matches=True)
    assert ask(options, PatientName="Doe*").matches(dc.Dataset())
    assert ask(options, StudyDate="20240101-").matches(dc.Dataset())
    assert not ask(options, StudyDescription="x").matches(dc.Dataset())


def test_a_value_that_cannot_be_decoded_is_unknown() -> None:
    raw = b"\x08\x00\x20\x00DA\x08\x00notadate"
    ds = dc.read_dataset(raw)
    assert not ask(StudyDate="20240101").matches(ds)
    assert ask(StudyDate="").matches(ds)


class TestSequences:
    """C.2.2.2.6: all item keys in one item."""

    def items(self, *pairs: tuple[str, str]) -> dc.Dataset:
        return data(
            ProcedureCodeSequence=[
                data(CodeValue=a, CodingSchemeDesignator=b, CodeMeaning="m") for a, b in pairs
            ]
        )

    def ask(self, **keys: str) -> Query:
        return query.build(
            "STUDY", where={f"ProcedureCodeSequence.{k}": v for k, v in keys.items()}
        )

    def test_one_item_has_all(self) -> None:
        wanted = self.ask(CodeValue="A", CodingSchemeDesignator="S")
        assert wanted.matches(self.items(("B", "S"), ("A", "S")))
        assert not wanted.matches(self.items(("A", "T"), ("B", "S")))
        assert not wanted.matches(dc.Dataset())
        assert not wanted.matches(data(ProcedureCodeSequence=[]))

    def test_only_items_that_match_come_back_with_what_was_asked(self) -> None:
        wanted = self.ask(CodeValue="A", CodingSchemeDesignator="")
        answer = wanted.project(self.items(("B", "S"), ("A", "S"), ("A", "T")))
        items = answer["ProcedureCodeSequence"]
        assert isinstance(items, dc.Sequence)
        assert [item["CodingSchemeDesignator"] for item in items] == ["S", "T"]
        assert all("CodeMeaning" not in item for item in items)

    def test_an_empty_item_asks_for_all_of_it(self) -> None:
        identifier = data(
            QueryRetrieveLevel="STUDY", StudyInstanceUID=None, ProcedureCodeSequence=[dc.Dataset()]
        )
        wanted = query.from_identifier(identifier)
        assert wanted.matches(dc.Dataset())
        answer = wanted.project(self.items(("B", "S")))
        items = answer["ProcedureCodeSequence"]
        assert isinstance(items, dc.Sequence)
        assert items[0]["CodeMeaning"] == "m"

    def test_sequences_in_sequences(self) -> None:
        wanted = query.build(
            "IMAGE",
            where={"RequestAttributesSequence.RequestedProcedureCodeSequence.CodeValue": "X*"},
        )
        inner = data(RequestedProcedureCodeSequence=[data(CodeValue="X1")])
        assert wanted.matches(data(RequestAttributesSequence=[dc.Dataset(), inner]))
        assert not wanted.matches(data(RequestAttributesSequence=[dc.Dataset()]))


class TestCombinedDateAndTime:
    """C.2.2.2.5.4, with the standard's own example."""

    KEYS = {"StudyDate": "20060705-20060707", "StudyTime": "1000-1800"}  # noqa: RUF012
    INSIDE = [("20060705", "1000"), ("20060706", "0300"), ("20060707", "1800")]  # noqa: RUF012
    OUTSIDE = [("20060705", "0959"), ("20060707", "1801"), ("20060708", "1200")]  # noqa: RUF012

    def test_as_one_range(self) -> None:
        wanted = ask(MatchOptions(combined_datetime=True), **self.KEYS)
        for day, time in self.INSIDE:
            assert wanted.matches(data(StudyDate=day, StudyTime=time))
        for day, time in self.OUTSIDE:
            assert not wanted.matches(data(StudyDate=day, StudyTime=time))
        assert wanted.matches(data(StudyDate="20060706"))

    def test_as_two_ranges(self) -> None:
        wanted = ask(**self.KEYS)
        assert not wanted.matches(data(StudyDate="20060706", StudyTime="0300"))
        assert wanted.matches(data(StudyDate="20060706", StudyTime="1100"))

    def test_over_midnight_only_together(self) -> None:
        keys = {"StudyDate": "20060705-20060706", "StudyTime": "2200-0600"}
        wanted = ask(MatchOptions(combined_datetime=True), **keys)
        assert wanted.matches(data(StudyDate="20060706", StudyTime="0100"))
        assert not wanted.matches(data(StudyDate="20060706", StudyTime="0700"))
        for options, bad in (
            (MatchOptions(), keys),
            (MatchOptions(combined_datetime=True), {"StudyTime": "2200-0600"}),
        ):
            with pytest.raises(query.QueryError) as caught:
                ask(options, **bad)
            assert caught.value.key == "StudyTime"

    def test_different_forms_stay_two(self) -> None:
        wanted = ask(MatchOptions(combined_datetime=True), StudyDate="20060705-", StudyTime="-1200")
        assert wanted.matches(data(StudyDate="20060801", StudyTime="0900"))
        assert not wanted.matches(data(StudyDate="20060801", StudyTime="1300"))

    def test_goes_out_as_it_came(self) -> None:
        wanted = ask(MatchOptions(combined_datetime=True), **self.KEYS)
        identifier = query.to_identifier(wanted)
        assert identifier.element("StudyDate").text == "20060705-20060707"
        assert identifier.element("StudyTime").text == "1000-1800"


def test_zone_of_query_and_data() -> None:
    """C.2.2.2.1.3: the zone may change the day."""
    identifier = data(
        QueryRetrieveLevel="IMAGE",
        SOPInstanceUID=None,
        TimezoneOffsetFromUTC="+0900",
        StudyDate="20240102",
        StudyTime="0300",
    )
    ds = data(TimezoneOffsetFromUTC="+0000", StudyDate="20240101", StudyTime="180000")
    assert query.from_identifier(identifier, options=MatchOptions(timezone=True)).matches(ds)
    assert not query.from_identifier(identifier).matches(ds)
    later = data(TimezoneOffsetFromUTC="+0900", StudyDate="20240102", StudyTime="030000")
    assert query.from_identifier(identifier, options=MatchOptions(timezone=True)).matches(later)


def test_a_zone_that_one_side_does_not_say_is_that_of_the_other() -> None:
    ds = data(TimezoneOffsetFromUTC="-0500", AcquisitionDateTime="20061219092900")
    assert ask(AcquisitionDateTime="20061219092900").matches(ds)
    assert ask(AcquisitionDateTime="20061219142900+0000").matches(ds)
    assert not ask(AcquisitionDateTime="20061219092900+0000").matches(ds)
    identifier = data(
        QueryRetrieveLevel="IMAGE",
        TimezoneOffsetFromUTC="+0000",
        AcquisitionDateTime="20061219142900",
    )
    assert query.from_identifier(identifier).matches(ds)
    assert query.from_identifier(identifier).matches(data(AcquisitionDateTime="20061219142900"))


def test_empty_value_matching() -> None:
    """C.2.2.2.7, only when agreed on."""
    for keyword in ("AccessionNumber", "StudyDate", "Modality", "PatientName", "StudyTime"):
        wanted = ask(MatchOptions(empty_value=True), **{keyword: '""'})
        assert wanted.matches(dc.Dataset())
        assert wanted.matches(data(**{keyword: None}))
        filled = {"StudyDate": "20240101", "StudyTime": "10"}.get(keyword, "X")
        assert not wanted.matches(data(**{keyword: filled}))
        again = query.from_identifier(query.to_identifier(wanted), options=wanted.options)
        assert again == wanted
    assert not ask(AccessionNumber='""').matches(dc.Dataset())
    with pytest.raises(query.QueryError):
        ask(StudyDate='""')


def test_multiple_values() -> None:
    """C.2.2.2.8: all of them when agreed on, else one is enough."""
    both, one = data(ModalitiesInStudy=["CT", "PT", "SR"]), data(ModalitiesInStudy=["CT"])
    every = ask(MatchOptions(multiple_values=True), ModalitiesInStudy="CT\\PT")
    assert every.matches(both)
    assert not every.matches(one)
    some = ask(ModalitiesInStudy="CT\\PT")
    assert some.matches(both)
    assert some.matches(one)
    assert not some.matches(data(ModalitiesInStudy=["MR"]))
    # An attribute of one value cannot have all of them
    assert ask(MatchOptions(multiple_values=True), Modality="CT\\PT").matches(data(Modality="PT"))


@pytest.mark.parametrize(
    ("key", "name", "expected"),
    [
        ("Smyth", "Smith^John", YES),
        ("Swain", "Swayne^A", YES),
        ("Smith^Mary", "Mary^Smith", YES),
        ("Smith, Mary", "SMITH^MARY^ANN", YES),
        ("Mary Smith", "Smith^Mary", YES),
        ("Smi", "Smith^John", YES),
        ("Smith^J", "Smith^John", YES),
        ("Muller", "Müller^Jörg", YES),
        ("MÜLLER^jorg", "Muller^Jorg", YES),
        ("Smith^Mary", "Smith^John", NO),
        ("Jones", "Smith^John", NO),
        ("王", "Wang^XiaoDong=王^小東", YES),
        ("李", "Wang^XiaoDong=王^小東", NO),
        ("Sm*^Jo??", "Smith^John", YES),
        ("ヤマタ", "ヤマダ^タロウ", NO),
        ("O'Neil", "ONEIL^A", NO),
        ("Garcia-Lopez", "García López^Ana", YES),
    ],
)
def test_fuzzy_names(key: str, name: str, expected: bool) -> None:
    wanted = ask(MatchOptions(fuzzy_names=True), PatientName=key)
    assert wanted.matches(data(PatientName=name)) is expected


@pytest.mark.parametrize(
    ("word", "code"),
    [("Robert", "R163"), ("Rupert", "R163"), ("Rubin", "R150"), ("Ashcraft", "A261"), ("Tymczak", "T522"),
     ("Pfister", "P236"), ("Honeyman", "H555"), ("A", "A000"), ("王", ""), ("", "")],
)  # fmt: skip
def test_soundex_of_the_census(word: str, code: str) -> None:
    assert query.soundex(word) == code


def test_names_in_the_very_characters() -> None:
    options = MatchOptions(case_sensitive_names=True)
    assert ask(options, PatientName="Doe^*").matches(data(PatientName="Doe^Jane"))
    assert not ask(options, PatientName="DOE^*").matches(data(PatientName="Doe^Jane"))


def test_private_attributes_follow_their_creator() -> None:
    """PS3.5 7.8: the block of the query need not be that of the data."""
    identifier = data(QueryRetrieveLevel="IMAGE", SOPInstanceUID=None)
    identifier.set(0x00230010, "LO", "ACME")
    identifier.set(0x00231001, "LO", "x*")
    wanted = query.from_identifier(identifier)
    ds = dc.Dataset()
    ds.set(0x00230010, "LO", "OTHER")
    ds.set(0x00231001, "LO", "y")
    ds.set(0x00230042, "LO", "ACME")
    ds.set(0x00234201, "LO", "x1")
    assert wanted.matches(ds)
    answer = wanted.project(ds)
    assert answer.element(0x00230010).text == "ACME"
    assert answer.element(0x00231001).text == "x1"
    typed = query.from_parameters([("00230010", "ACME"), ("00231001", "x*")], "IMAGE")
    assert typed.matches(ds)
    assert not query.from_parameters([("00230010", "NONE"), ("00231001", "x*")], "IMAGE").matches(
        ds
    )


def test_values_of_another_vr_match_nothing() -> None:
    for keyword, key in (
        ("PatientID", "x"),
        ("SOPClassUID", "1.2"),
        ("PatientName", "x*"),
        ("StudyDate", "20240101"),
        ("Rows", 5),
    ):
        (wanted,) = (
            query.build("IMAGE", where={keyword: key}).restricted(lambda one: one.is_matching).keys
        )
        asked = ask(**{keyword: key})
        for vr, value in (
            ("UN", b"x\0"),
            ("OB", b"1."),
            ("SQ", [dc.Dataset()]),
            ("FD", 2.5),
            ("AT", 0x00100010),
        ):
            ds = dc.Dataset()
            ds.set(wanted.tag, vr, value)
            assert not asked.matches(ds), (keyword, vr)
