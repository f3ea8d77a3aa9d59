"""Setting values: what is refused, what stays possible on purpose, and what copying an element keeps."""

import io
import operator
import pickle
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Literal

import pydicom
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import dicom_core as dc
from dicom_core._charset import Charset, UnencodableText
from dicom_core._index import edit_element
from dicom_core._setters import SETTERS, whole
from dicom_core.values import RULES, check_value, coerce

UTF8 = Charset.parse("ISO_IR 192")
TAG = 0x00091001
IMPLICIT, EXPLICIT, BIG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"
SC = "1.2.840.10008.5.1.4.1.1.7"

TEXTS = st.one_of(
    st.text(max_size=70),
    st.text(alphabet="0123456789.+-eE ^=:/DWMYAZ_", max_size=30),
    st.sampled_from(
        ["", " ", "x" * 64, "x" * 65, "a\\b", "A B", " A", "A ", "lower", "\x1b(B", "a\0", "a\tb",
         "1.2.840.10008.1.2", "1.2.826.0.1.3", "1.02", "0.1", "1..2", ".1", "1.", "1." + "2" * 63,
         "20260131", "20260230", "2026.01.31", "202601", "20260131-", "20260101-20260131", "000102", "0001026",
         "07", "0709", "070907", "070960", "070907.1", "070907.1234567", "240000", "07:09:07",
         "20260131120000", "20260131120000.5", "20260131120000+0100", "2026", "20260131250000",
         "018M", "18M", "1.5", " 1.5 ", "1e5", "1e999", "+.5", ".", "1_0", "1.2.3", "nan", "٤", "-5", "2147483648",
         "http://x/y?z=%20", "a b", "Doe^Jane", "Doe^Jane=山田=やまだ", "a=b=c=d", "a^b^c^d^e^f", "x" * 64 + "=y"]
    ),
)  # fmt: skip
NUMBERS = st.one_of(
    st.integers(-(2**70), 2**70),
    st.integers(-70_000, 70_000),
    st.floats(),
    st.sampled_from([0.1, 1 / 3, -1e-300, 1e300, 5, True, Decimal("0.5")]),
)
ONE = st.one_of(TEXTS, NUMBERS, st.none(), st.binary(max_size=9))
VALUES = st.one_of(ONE, st.lists(ONE, max_size=3), st.lists(TEXTS, max_size=3).map(tuple))


@example(vr="AE", value=[None, None])
@example(vr="AT", value="0010,0010")
@given(vr=st.sampled_from(sorted(RULES)), value=VALUES)
def test_what_set_takes_has_no_finding(vr: str, value: object) -> None:
    ds = dc.Dataset({"SpecificCharacterSet": "ISO_IR 192"})
    try:
        ds.set(TAG, vr, value)
    except dc.ValueEncodeError as refused:
        assert (refused.vr, refused.path) == (vr, "(0009,1001)")  # noqa: PT017
        assert TAG not in ds
        if value or not isinstance(
            value, str | bytes
        ):  # coerce takes them for nothing, whatever the VR
            with pytest.raises(dc.ValueEncodeError):
                coerce(vr, value)
        return
    element = ds.element(TAG)
    assert check_value(vr, element.raw, UTF8, query=True) == []
    assert dc.check(ds) == []
    back = dc.read_dataset(dc.write_dataset(ds))
    assert dc.check(back) == []
    assert back.element(TAG).raw == element.raw


@example(vr="FD", value=[None])
@given(vr=st.sampled_from(sorted(SETTERS)), value=VALUES)
def test_a_glance_and_the_rules_agree(vr: str, value: object) -> None:
    """What is plainly right is a subset of what the rules allow, and becomes the same bytes."""
    found: list[bytes | str] = []
    for make in (SETTERS[vr], lambda tag, given: whole(vr, tag, given)):
        try:
            made = make(TAG, value)
        except dc.ValueEncodeError as error:
            found.append(error.rule)
        else:
            element = edit_element(made) if isinstance(made, bytes) else made
            assert element.vr == vr
            found.append(element.raw(1 << 20))
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("PatientID", "x" * 65, "65 characters where at most 64"),
        ("AccessionNumber", "x" * 17, "at most 16"),
        ("PatientName", "a^b^c^d^e^f", "more than 5 components"),
        ("PatientName", "x" * 65, "more than 64 characters"),
        ("PatientComments", "a\x07b", "control characters"),
        ("StudyDescription", "a\nb", "control characters"),
        ("Modality", "ct", "A-Z"),
        ("StudyDate", "2026.01.31", "at most 8"),
        ("PatientAge", "18Y", "at least 4"),
        ("SliceThickness", "0.12345678901234567", "at most 16"),
        ("SeriesNumber", "1.0", "digits"),
        ("SOPInstanceUID", "1.02", "leading zeros"),
        ("Rows", 70_000, "65535"),
        ("Rows", "5", "str was given"),
        ("PatientID", 5, "int was given"),
    ],
)
def test_values_that_break_their_rule(name: str, value: object, rule: str) -> None:
    ds, tag = dc.Dataset(), dc.Tag(name)
    for change in (
        partial(setattr, ds, name, value),
        partial(operator.setitem, ds, tag, value),
        partial(ds.update, {name: value}),
    ):
        with pytest.raises(dc.ValueEncodeError, match=rule) as caught:
            change()
        assert f"in {tag} {name} cannot be" in str(caught.value)
        assert caught.value.path == str(tag)
    assert len(ds) == 0


def test_the_place_of_an_item_is_named() -> None:
    item = dc.Dataset()
    ds = dc.read_dataset(dc.write_dataset(dc.Dataset({"RequestAttributesSequence": [item]})))
    inner = (ds.RequestAttributesSequence or [])[0]
    with pytest.raises(dc.ValueEncodeError) as caught:
        inner.ScheduledProcedureStepID = "x" * 17
    place = "(0040,0275)[0].(0040,0009)"
    assert caught.value.path == place
    assert f"in {place} ScheduledProcedureStepID cannot be SH" in str(caught.value)


def test_keys_of_queries_are_taken() -> None:
    ds = dc.Dataset({"StudyDate": "20260101-20260131", "StudyTime": "07-", "PatientName": "D*"})
    assert isinstance(ds["StudyDate"], dc.DateRange)
    assert dc.check(ds) == []


@pytest.mark.parametrize("name", ["", " ", "_x", "patientname", "Rows2"])
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(AttributeError):
        setattr(dc.Dataset(), name, 1)


# --- doors for what is wrong -----------------------------------------------------------------

ODD = [
    (0x00081030, "LO", b"x" * 100),
    (0x00080020, "DA", b"2026.01.31"),
    (0x00080060, "CS", b"mr"),
    (0x00080018, "UI", b"1.02"),
    (0x00180050, "DS", b"0.123456789012345678"),
    (0x00200013, "IS", b"1.0 "),
    (0x00100010, "PN", b"a^b^c^d^e^f "),
    (0x00100020, "LO", b"M\xfcller"),
    (0x00204000, "LT", b"a\x07b "),
    (0x00280010, "US", b"\1\2\3\4"),
]


def odd() -> dc.Dataset:
    ds = dc.Dataset({"SpecificCharacterSet": "ISO_IR 100"})
    for tag, vr, raw in ODD:
        ds.set_raw(tag, vr, raw)
    return ds


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT, BIG])
def test_elements_are_copied_as_they_are(syntax: str) -> None:
    read = dc.read_dataset(dc.write_dataset(odd(), syntax), syntax)
    target = dc.Dataset({"SpecificCharacterSet": "ISO_IR 100"})
    for element in read.elements():
        target[element.tag] = element
    other = dc.Dataset()
    other.update(read)
    other.rename("PatientID", "PatientAddress")
    for made in (target, pickle.loads(pickle.dumps(target)), target.copy()):
        assert dc.write_dataset(made) == dc.write_dataset(odd())
    assert other.PatientAddress == "Müller"
    other.SpecificCharacterSet = "ISO_IR 192"
    assert "Müller".encode() in dc.write_dataset(other)


def test_values_whose_type_says_that_they_were_read_are_taken() -> None:
    read = odd()
    ds = dc.Dataset()
    for name in ("StudyDate", "Modality", "SOPInstanceUID", "SliceThickness", "PatientName"):
        setattr(ds, name, read[name])
        assert ds.element(name).raw == read.element(name).raw
    with pytest.raises(dc.ValueEncodeError, match="at most 64"):
        ds.StudyDescription = read.StudyDescription
    ds["StudyDescription"] = read.element("StudyDescription")
    assert ds.StudyDescription == "x" * 100


def test_bytes_are_written_as_they_are_given() -> None:
    ds = dc.Dataset({"SpecificCharacterSet": "ISO_IR 192"})
    ds.set_raw("PatientID", "LO", b"\xff\xfe")
    ds.set_raw("PatientName", "PN", b"\x1b$Bx")
    ds.set_raw(0x00091001, "ZZ", b"abc")
    assert ds.element("PatientID").raw == b"\xff\xfe"
    for one in (ds, ds.copy(), pickle.loads(pickle.dumps(ds))):
        data = dc.write_dataset(one)
        assert b"LO\2\0\xff\xfe" in data
        assert b"PN\4\0\x1b$Bx" in data
        assert data.count(b"ZZ\4\0abc") == 1
    assert [found.rule for found in dc.check(ds)] == ["charset-bytes"]
    with pytest.raises(TypeError, match="bytes, not str"):
        ds.set_raw("PatientID", "LO", "x")  # type: ignore[arg-type]
    with pytest.raises(dc.ValueEncodeError, match="two letters"):
        ds.set_raw("PatientID", "US SS", b"")
    with pytest.raises(dc.ValueEncodeError, match="list of Dataset"):
        ds.set_raw("RequestAttributesSequence", "SQ", b"")


def test_an_element_that_was_made_is_taken_as_it_is() -> None:
    ds = dc.Dataset()
    ds["PatientID"] = dc.DataElement("PatientID", "LO", "x" * 100)
    assert ds.PatientID == "x" * 100
    with pytest.raises(dc.ValueEncodeError):
        dc.DataElement("PatientID", "LO", 5)


def test_large_values_are_copied_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    ds = dc.Dataset({"SOPClassUID": SC, "SOPInstanceUID": "1.2.3", "PixelData": bytes(5_000_000)})
    dc.write(ds, path)
    target = dc.Dataset({"SOPClassUID": SC, "SOPInstanceUID": "1.2.4"})
    target["PixelData"] = dc.read(path).dataset.element("PixelData")
    for one in (target, pickle.loads(pickle.dumps(target))):
        assert one.element("PixelData").handle.source.size == path.stat().st_size
        assert one.PixelData == ds.PixelData
    assert dc.read(dc.to_bytes(target)).dataset.PixelData == ds.PixelData


# --- text that nobody declared ---------------------------------------------------------------


def test_text_without_a_character_set_says_how_to_declare_one(tmp_path: Path) -> None:
    ds = dc.Dataset({"SOPClassUID": SC, "SOPInstanceUID": "1.2.3", "PatientName": "Müller"})
    assert ds.PatientName == "Müller"
    with pytest.raises(UnencodableText) as caught:
        dc.write(ds, tmp_path / "a.dcm")
    assert str(caught.value) == (
        "the value in (0010,0010) PatientName cannot be PN: the character at index 1 is not in the default "
        'repertoire; declare a set that has it, such as ds.SpecificCharacterSet = "ISO_IR 192" (UTF-8)'
    )
    assert not list(tmp_path.iterdir())


def test_all_is_written_in_utf8_where_that_is_wanted() -> None:
    options = dc.WriteOptions(charset="utf-8")
    plain = dc.Dataset({"PatientName": "Doe"})
    assert dc.write_dataset(plain, options=options) == dc.write_dataset(plain)
    item = dc.Dataset({"SpecificCharacterSet": "ISO_IR 100", "CodeMeaning": "größer"})
    ds = dc.Dataset({"SpecificCharacterSet": "ISO_IR 100", "ConceptNameCodeSequence": [item]})
    stored = dc.read_dataset(dc.write_dataset(ds))
    stored.PatientName = "山田"
    back = dc.read_dataset(dc.write_dataset(stored, options=options))
    assert back.SpecificCharacterSet == ("ISO_IR 192",)
    assert back.PatientName == "山田"
    inner = (back.ConceptNameCodeSequence or [])[0]
    assert inner.element("CodeMeaning").raw == "größer".encode() + b" " * (
        len("größer".encode()) % 2
    )
    assert dc.check(back) == []
    assert stored.SpecificCharacterSet == ("ISO_IR 100",)  # the data set itself stays as it is


def test_wrong_types_say_what_is_expected(tmp_path: Path) -> None:
    ds = dc.Dataset({"SOPClassUID": SC})
    with pytest.raises(TypeError, match="a DicomFile or a Dataset is written, not NoneType"):
        dc.write(None, tmp_path / "a.dcm")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a path or a binary stream, not int"):
        dc.write(ds, 5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a DicomFile or a Dataset"):
        dc.to_bytes(b"")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="takes a Dataset, not DicomFile"):
        dc.write_dataset(dc.DicomFile.new(ds))  # type: ignore[arg-type]


# --- forms of sequences ----------------------------------------------------------------------


def explicit(tag: int, vr: bytes, value: bytes, *, undefined: bool = False) -> bytes:
    head = (tag >> 16).to_bytes(2, "little") + (tag & 0xFFFF).to_bytes(2, "little") + vr
    if vr != b"SQ":
        return head + len(value).to_bytes(2, "little") + value
    if undefined:
        return head + b"\0\0\xff\xff\xff\xff" + value + b"\xfe\xff\xdd\xe0\0\0\0\0"
    return head + b"\0\0" + len(value).to_bytes(4, "little") + value


def item_of(value: bytes, *, undefined: bool) -> bytes:
    if undefined:
        return b"\xfe\xff\x00\xe0\xff\xff\xff\xff" + value + b"\xfe\xff\x0d\xe0\0\0\0\0"
    return b"\xfe\xff\x00\xe0" + len(value).to_bytes(4, "little") + value


def mixed(first: bytes = b"A1") -> bytes:
    """A sequence of undefined length with an item of each form, and one of defined length with both too."""
    items = item_of(explicit(0x00080100, b"SH", first), undefined=True) + item_of(
        explicit(0x00080100, b"SH", b"B2"), undefined=False
    )
    return (
        explicit(0x00081032, b"SQ", items, undefined=True)
        + explicit(0x00081140, b"SQ", items)
        + explicit(0x00100020, b"LO", b"ID")
    )


def test_an_edit_keeps_the_form_of_sequence_and_items() -> None:
    ds = dc.read_dataset(mixed())
    for copied in (False, True):
        for sequence in (ds.ProcedureCodeSequence, ds.ReferencedImageSequence):
            (sequence or [])[0].CodeValue = "X9"
        if copied:
            ds = ds.copy()
        assert dc.write_dataset(ds) == mixed(b"X9")
    twin = ds.ProcedureCodeSequence
    assert twin is not None
    assert twin.copy().undefined_length is True


@pytest.mark.parametrize("undefined", [False, True])
def test_large_sequences_stay_in_the_file(tmp_path: Path, undefined: bool) -> None:
    """What was not touched is written back byte for byte, also what was never brought into memory."""
    one = explicit(0x00080100, b"SH", b"ab") + explicit(0x00080104, b"LO", b"x" * 60)
    items = b"".join(item_of(one, undefined=n % 3 == 0) for n in range(60_000))
    body = (
        explicit(0x00100020, b"LO", b"ID")
        + explicit(0x0040A730, b"SQ", items, undefined=undefined)
        + explicit(0x0040DB00, b"CS", b"1600")
    )
    meta = dc.DicomFile.new(dc.Dataset({"SOPClassUID": SC, "SOPInstanceUID": "1.2.3"})).to_bytes()
    head = meta[: meta.index(b"\x08\0\x16\0UI")]
    path = tmp_path / "a.dcm"
    path.write_bytes(head + body)
    file = dc.read(path)
    file.dataset.PatientID = "XY"
    for made in (file, dc.convert(file, EXPLICIT)):
        assert made.to_bytes()[-len(body) :] == body.replace(b"LO\2\0ID", b"LO\2\0XY")
    assert file.dataset.element("ContentSequence").handle.source.size == len(head + body)
    dc.write(file, path)  # over its own source
    again = dc.read(path)
    assert again.dataset.PatientID == "XY"
    assert len(again.dataset.ContentSequence or ()) == 60_000
    assert len(file.dataset.ContentSequence or ()) == 60_000
    (file.dataset.ContentSequence or [])[1].CodeValue = "Q1"
    changed = file.to_bytes()
    assert changed.count(b"SH\2\0ab") == 59_999
    assert len(changed) == len(head + body)


def test_items_made_in_memory_in_every_form() -> None:
    """The fast way over what was made gives what the general one gives, and what a peer reads."""
    inner = dc.Dataset({"CodeValue": "1", "CodeMeaning": "größer"})
    deep = dc.Dataset({"ConceptCodeSequence": [inner], "TextValue": "x" * 5000})
    ds = dc.Dataset({"SpecificCharacterSet": "ISO_IR 100", "ContentSequence": [deep, dc.Dataset()]})
    ds.set(0x00400000, "UL", 5)
    ds.PixelData = bytes(10)
    for syntax in (IMPLICIT, EXPLICIT, BIG):
        for sequences in ("defined", "undefined"):
            options = dc.WriteOptions(sequences=sequences)
            data = dc.write_dataset(ds, syntax, options=options)
            back = dc.read_dataset(data, syntax)
            sizes = back[0x00400000]
            assert isinstance(sizes, int)
            back.set(0x00400000, "UL", 5)
            assert back == ds
            assert data.index(b"\x7f\xe0\0\x10" if syntax == BIG else b"\xe0\x7f\x10\0") > sizes
            theirs = pydicom.dcmread(io.BytesIO(data), force=True) if syntax == IMPLICIT else None
            if theirs is not None:
                assert theirs.ContentSequence[0].ConceptCodeSequence[0].CodeMeaning == "größer"


@pytest.mark.parametrize("value", ["0010,0010", "PatientName", 0x00100010, [0x00100010]])
def test_tags_are_set_by_number_and_by_text(value: object) -> None:
    ds = dc.Dataset()
    ds["FrameIncrementPointer"] = value
    assert ds.FrameIncrementPointer == (0x00100010,)
    assert check_value("AT", "0010,0010") == []


def looked(ds: dc.Dataset) -> dc.Sequence:
    value = ds.ConceptNameCodeSequence
    assert isinstance(value, dc.Sequence)
    return value


def of_one() -> tuple[dc.Dataset, dc.Dataset]:
    """A data set with a sequence of one item, which nobody has looked at, and the item."""
    item = dc.Dataset({"CodeValue": "A", "CodeMeaning": "Alpha"})
    ds = dc.Dataset()
    ds.ConceptNameCodeSequence = [item]
    ds.PatientID = "1"
    return ds, item


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT, BIG])
@pytest.mark.parametrize("sequences", ["keep", "defined", "undefined"])
def test_a_sequence_of_one_item_is_written_whether_or_not_somebody_looked(
    syntax: str, sequences: Literal["keep", "defined", "undefined"]
) -> None:
    def written(ds: dc.Dataset) -> bytes:
        ds.SOPClassUID, ds.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "1.2.3"
        file = dc.DicomFile.new(ds, syntax)
        return dc.to_bytes(file, options=dc.WriteOptions(sequences=sequences))

    ds, _ = of_one()
    outer = dc.Dataset()
    outer.ContentSequence = [ds]
    unseen = written(outer)
    assert written(outer) == unseen
    assert len(looked(ds)) == 1
    assert written(outer) == unseen
    read = dc.read(unseen).dataset
    assert read == outer
    assert [element.tag for element in read.walk()] == [element.tag for element in outer.walk()]


@pytest.mark.parametrize("look", [False, True])
def test_a_sequence_of_one_item_is_what_was_set(look: bool) -> None:
    ds, item = of_one()
    if look:
        assert looked(ds) is looked(ds)
    item.CodeValue = "B"
    for twin in (ds.copy(), pickle.loads(pickle.dumps(ds)), dc.json.decode(dc.json.encode(ds))):
        assert twin == ds
        assert looked(twin)[0].CodeValue == "B"
        looked(twin)[0].CodeValue = "C"
    assert ds.is_edited
    assert "ConceptNameCodeSequence" in ds
    assert [element.vr for element in ds.elements()] == ["LO", "SQ"]
    assert ds.element("ConceptNameCodeSequence").value is ds["ConceptNameCodeSequence"]
    assert looked(ds)[0] is item
    assert item.CodeValue == "B"
    looked(ds).append(dc.Dataset({"CodeValue": "D"}))
    assert len(looked(dc.read_dataset(ds.to_bytes()))) == 2


@pytest.mark.parametrize("look", [False, True])
def test_a_sequence_of_one_item_is_replaced_and_deleted(look: bool) -> None:
    ds, _ = of_one()
    for items in ([dc.Dataset({"CodeValue": "X"})], [], [dc.Dataset(), dc.Dataset()]):
        if look:
            assert len(looked(ds)) >= 1
        ds.set("ConceptNameCodeSequence", "SQ", items)
        value = ds["ConceptNameCodeSequence"]
        assert isinstance(value, dc.Sequence)
        assert [*value] == items
        ds.ConceptNameCodeSequence = [dc.Dataset({"CodeValue": "Y"})]
    if look:
        assert looked(ds)[0].CodeValue == "Y"
    ds.set("ConceptNameCodeSequence", "LO", "no sequence")
    assert ds["ConceptNameCodeSequence"] == "no sequence"
    del ds["ConceptNameCodeSequence"]
    assert ds == dc.Dataset({"PatientID": "1"})


def test_an_item_that_is_none_is_refused_and_leaves_what_was_there() -> None:
    ds, item = of_one()
    wrong: object
    for wrong in ([1], [None], [{}], 5):
        with pytest.raises(dc.ValueEncodeError):
            ds.ConceptNameCodeSequence = wrong  # type: ignore[assignment]
    assert looked(ds)[0] is item


def test_threads_that_look_at_once_get_one_sequence() -> None:
    with ThreadPoolExecutor(8) as pool:
        for _ in range(50):
            ds, item = of_one()
            found = list(pool.map(lambda _, ds=ds: looked(ds), range(8)))
            assert all(one is found[0] for one in found)
            assert found[0][0] is item


def test_data_sets_without_values_of_their_own_share_nothing() -> None:
    first, second = dc.Dataset({"Rows": 1}), dc.Dataset({"Rows": 2})
    assert (first.Rows, second.Rows) == (1, 2)
    third = dc.Dataset()
    assert third.Rows is None
    assert (first["Rows"], second["Rows"]) == (1, 2)
