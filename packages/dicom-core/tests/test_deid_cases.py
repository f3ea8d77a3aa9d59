"""De-identification against planted identifiers and everything that is no plain attribute: the cases D01 to D06."""

from pathlib import Path

import pytest
from deid_objects import (
    BASIC,
    CT,
    MAPPING,
    NUMBER,
    PDF,
    PIXELS,
    SC,
    SECRET,
    SM,
    SR,
    US,
    blacken,
    ct,
    leaks,
    nested,
    planted,
)

import dicom_core as dc
from dicom_core import deid
from dicom_core._names import safe_name


def run(ds: dc.Dataset | dc.DicomFile, profile: deid.Profile = BASIC) -> bytes:
    return deid.deidentify(ds, profile, MAPPING).file.to_bytes()


# --- D01, D04: at every depth, in every form ------------------------------------------------------


@pytest.mark.parametrize("depth", range(6))
@pytest.mark.parametrize(
    "syntax", ["ImplicitVRLittleEndian", "ExplicitVRLittleEndian", "ExplicitVRBigEndian"]
)
def test_D01_nothing_planted_is_found_at_any_depth(depth: int, syntax: str) -> None:
    ds = nested(planted(), depth)
    ds.SOPClassUID, ds.SOPInstanceUID = CT, "1.2.3.4"
    data = dc.DicomFile.new(ds, syntax).to_bytes()
    assert leaks(data, SECRET, NUMBER) == [SECRET, NUMBER]
    for options in ((), ("clean_descriptors", "retain_safe_private", "retain_uids")):
        out = run(dc.read(data), deid.Profile.basic(*options))
        assert leaks(out, SECRET, NUMBER, "Qwertzstadt") == []


def test_D01_a_sequence_in_UN_is_cleaned_and_written_as_a_sequence() -> None:
    item = dc.write_dataset(planted(), "ImplicitVRLittleEndian")
    value = b"\xfe\xff\x00\xe0" + len(item).to_bytes(4, "little") + item
    for undefined in (False, True):
        ds = ct()
        head = b"\x40\x00\x60\x02UN\0\0"  # (0040,0260) Performed Protocol Code Sequence
        length = b"\xff\xff\xff\xff" if undefined else len(value).to_bytes(4, "little")
        end = b"\xfe\xff\xdd\xe0\0\0\0\0" if undefined else b""
        raw = dc.write_dataset(ds) + head + length + value + end
        source = dc.read_dataset(raw)
        assert leaks(raw, SECRET) == [SECRET]
        out = run(source)
        assert leaks(out, SECRET, NUMBER) == []
        again = dc.read(out).dataset.element("PerformedProtocolCodeSequence")
        assert again.vr == "SQ"
        assert again.value[0].PatientName == again.value[0].PatientID  # type: ignore[index]


def test_D01_safe_private_stays_with_its_creator_and_nothing_else() -> None:
    ds = ct(PatientName=SECRET)
    ds.set(0x00430010, "LO", "GEMS_PARM_01")
    ds.set(0x00431027, "SH", "0.75:1")
    ds.set(0x00431028, "OB", SECRET.encode())
    ds.set(0x00430011, "LO", "UNKNOWN")
    ds.set(0x00431127, "SH", "x")
    ds.set(0x00450010, "LO", "GEMS_HELIOS_01")
    ds.set(0x00451001, "ST", SECRET)  # the place is known to be safe, with a number in it
    done = deid.deidentify(ds, deid.Profile.basic("retain_safe_private"), MAPPING).dataset
    assert [tag for tag in done if tag & 0x10000] == [0x00430010, 0x00431027]
    known = dc.Dataset()
    assert [t for t in deid.deidentify(ds, BASIC, MAPPING).dataset if t & 0x10000] == list(known)


def test_D01_blocks_declared_safe_stay_only_for_who_believes_it() -> None:
    ds = ct()
    ds.set(0x00290010, "LO", "ACME 1.0")
    ds.set(0x00291001, "LO", "one")
    ds.set(0x00291002, "LO", "two")
    block = dc.Dataset()
    block.set(0x00080301, "US", 0x0029)
    block.set(0x00080302, "LO", "ACME 1.0")
    block.set(0x00080303, "CS", "MIXED")
    block.set(0x00080304, "US", [0x02])
    ds.set(0x00080300, "SQ", [block])
    for believe, left in ((False, []), (True, [0x00290010, 0x00291002])):
        profile = deid.Profile.basic("retain_safe_private", declared_safe=believe)
        done = deid.deidentify(ds, profile, MAPPING).dataset
        assert [tag for tag in done if tag & 0x10000] == left


def test_D04_texts_that_stay_lose_the_words_that_identify() -> None:
    ds = ct(PatientName=f"{SECRET}^Ann=山田^太郎", PatientID=NUMBER, Manufacturer="ACME")
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.SegmentLabel = f"Lesion of Mrs. {SECRET.upper()}"
    ds.ProtocolElementName = f"{NUMBER.lower()} 山田 liver"
    ds.BodyPartExamined = SECRET.upper()
    ds.KVP = "120"
    ds.set(0x00180050, "DS", "1.25")
    done = deid.deidentify(ds, BASIC, MAPPING)
    assert leaks(done.file.to_bytes(), SECRET, NUMBER, "山田", "太郎") == []
    assert done.dataset.SegmentLabel == "Lesion of Mrs."
    assert done.dataset.ProtocolElementName == "liver"
    assert done.dataset.Manufacturer == "ACME"
    assert "(0018,0050)" in {entry.path for entry in done.report.entries if entry.action == "kept"}
    kept = deid.deidentify(ds, deid.Profile.basic(scrub=False), MAPPING).dataset
    assert SECRET.upper() in str(kept.SegmentLabel)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("CT chest abdomen pelvis - 55F Dr. Smith", "CT chest abdomen pelvis"),
        ("T2w sag 3 mm / FLAIR", "T2w sag 3 mm / FLAIR"),
        ("1.25mm axial, pat. 4711, 12.03.1960", "1.25mm axial"),
        ("Dr. Hand", ""), ("", ""), ("Müller", ""), ("- / +", ""), ("55 Smith", ""),
    ],
)  # fmt: skip
def test_D04_descriptions_keep_harmless_words_only(text: str, left: str) -> None:
    assert deid.clean_text(text) == left


def test_D04_a_number_with_words_in_it_does_not_stay() -> None:
    data = dc.write_dataset(ct(SliceThickness="1.25"))
    out = deid.deidentify(dc.read_dataset(data.replace(b"1.25", b"Ann ")), BASIC, MAPPING).dataset
    assert "SliceThickness" not in out or out.element("SliceThickness").is_empty


# --- D03: what is around the data set -------------------------------------------------------------


def test_D03_preamble_meta_names_and_padding(tmp_path: Path) -> None:
    file = dc.DicomFile.new(ct(PatientName=SECRET, PatientID=NUMBER, StudyInstanceUID="1.2.9"))
    file.preamble = SECRET.encode().ljust(128, b"x")
    for tag, vr in ((0x00020016, "AE"), (0x00020017, "AE"), (0x00020018, "AE")):
        file.meta.set(tag, vr, f"AE{SECRET}")
    file.meta.set(0x00020100, "UI", "1.2.3")
    file.meta.set(0x00020102, "OB", SECRET.encode() + b"\0")
    padding = (
        b"\xfc\xff\xfc\xffOB\0\0" + (20).to_bytes(4, "little") + SECRET.encode().ljust(20, b"x")
    )
    folder = tmp_path / SECRET
    folder.mkdir()
    source = folder / f"{SECRET}.dcm"
    source.write_bytes(file.to_bytes() + padding)
    out = tmp_path / "out"
    out.mkdir()
    report = deid.deidentify_file(source, out, BASIC, MAPPING)
    (written,) = (path for path in out.rglob("*") if path.is_file())
    assert (
        leaks(written.read_bytes() + str(written.relative_to(out)).encode(), SECRET, NUMBER) == []
    )
    again = dc.read(written)
    assert again.preamble == bytes(128)
    assert {int(tag) for tag in again.meta} == {
        0x00020000, 0x00020001, 0x00020002, 0x00020003, 0x00020010, 0x00020012, 0x00020013
    }  # fmt: skip
    assert written.name == f"{report.sop_instance}.dcm"
    assert written.parts[-3] == MAPPING.uid("1.2.9")
    assert SECRET not in str(report) + repr(report.as_dict())


@pytest.mark.parametrize(
    "text",
    [
        "", ".", "..", "../../x", "/abs", "C:\\x", "\\\\host\\share", "CON", "nul.txt", "a:b", "1.2.", ".1.2", "1..2",
        "1.02", "1.2\0.3", "1.2/3", "١.٢", "1．2", "x" * 300, "1." * 40 + "1", "1.2 .3", "🩻", "\ud800",
    ],
)  # fmt: skip
def test_P02_names_are_canonical_uids_or_hashes(text: str) -> None:
    name = safe_name(text)
    assert name.startswith("h-")
    assert len(name) == 42
    assert set(name[2:]) <= set("0123456789abcdef")
    assert name == safe_name(text)


def test_P03_different_identifiers_have_different_names() -> None:
    texts = ["1.2.3", "1.2.30", "1.2.03", "a", "A", "1.2.3/", "../1.2.3", "h-1", safe_name("a")]
    names = [safe_name(text).lower() for text in texts]
    assert len(set(names)) == len(texts)
    assert safe_name("1.2.3") == safe_name("1.2.3\0") == "1.2.3"
    assert safe_name("1." + "2" * 62) == "1." + "2" * 62


# --- D05: everything that is not a plain attribute ------------------------------------------------


def content(kind: str, concept: tuple[str, str], keyword: str, value: object) -> dc.Dataset:
    name = dc.Dataset(
        {"CodeValue": concept[0], "CodingSchemeDesignator": concept[1], "CodeMeaning": "A name"}
    )
    return dc.Dataset({
        "RelationshipType": "CONTAINS", "ValueType": kind, "ConceptNameCodeSequence": [name], keyword: value,
    })  # fmt: skip


def report_object() -> dc.Dataset:
    code = dc.Dataset(
        {"CodeValue": "108369006", "CodingSchemeDesignator": "SCT", "CodeMeaning": "Neoplasm"}
    )
    image = dc.Dataset({"ReferencedSOPClassUID": CT, "ReferencedSOPInstanceUID": "1.2.3.4"})
    inner = content("CONTAINER", ("121070", "DCM"), "ContinuityOfContent", "SEPARATE")
    inner.ContentSequence = [
        content("TEXT", ("121106", "DCM"), "TextValue", f"CT chest of {SECRET}"),  # Comment: X
        content("TEXT", ("121071", "DCM"), "TextValue", f"CT chest of {SECRET}"),  # Finding: X/D
        content("TEXT", ("0815", "99LOCAL"), "TextValue", f"{SECRET} asks"),
        content("CODE", ("121071", "DCM"), "ConceptCodeSequence", [code]),
    ]
    observer = content("PNAME", ("121008", "DCM"), "PersonName", f"{SECRET}^Bobbington")
    measured = dc.Dataset({"NumericValue": "97"})
    ds = dc.Dataset({"SOPClassUID": SR, "SOPInstanceUID": "1.2.3.9", "ValueType": "CONTAINER"})
    ds.ContentSequence = [
        observer,
        content("UIDREF", ("121018", "DCM"), "UID", "1.2.3.777"),  # X
        content("UIDREF", ("112040", "DCM"), "UID", "1.2.3.778"),  # D
        content("DATETIME", ("111526", "DCM"), "DateTime", "20210315101112"),
        content(
            "NUM", ("121033", "DCM"), "MeasuredValueSequence", [measured]
        ),  # Subject Age: X, kept by option
        content("TEXT", ("T-D1000", "SRT"), "TextValue", SECRET),
        content("IMAGE", ("121112", "DCM"), "ReferencedSOPSequence", [image]),
        inner,
    ]
    return ds


def test_D05_a_report_without_the_option_has_only_a_dummy_item() -> None:
    out = deid.deidentify(report_object(), BASIC, MAPPING)
    assert leaks(out.file.to_bytes(), SECRET, "1.2.3.77", "Neoplasm") == []
    (item,) = out.dataset.ContentSequence or [dc.Dataset()]
    assert item.ValueType == "TEXT"


def test_D05_a_report_with_clean_structured_content() -> None:
    options = (
        "clean_structured_content",
        "clean_descriptors",
        "retain_longitudinal_modified_dates",
    )
    done = deid.deidentify(report_object(), deid.Profile.basic(*options), MAPPING)
    assert leaks(done.file.to_bytes(), SECRET, "1.2.3.77", "20210315", "Bobbington") == []
    items = list(done.dataset.ContentSequence or ())
    kinds = [item.ValueType for item in items]
    # The UID of the study component and the age are gone, the rest stands in its order
    assert kinds == ["PNAME", "UIDREF", "DATETIME", "TEXT", "IMAGE", "CONTAINER"]
    assert MAPPING.uid("1.2.3.778") == items[1].UID
    assert str(items[2].DateTime)[8:] == "101112"
    assert items[3].TextValue == "ANONYMIZED"
    texts = [
        item.element("TextValue").text
        for item in items[-1].ContentSequence or ()
        if "TextValue" in item
    ]
    assert texts == ["CT chest", "CT chest", "ANONYMIZED"]
    walked = [element.text for element in done.dataset.walk() if element.tag == 0x00081155]
    assert walked == [MAPPING.uid("1.2.3.4")]
    assert "108369006" in [e.text for e in done.dataset.walk()]


def test_D05_items_that_are_referred_to_by_position_stay_as_dummies() -> None:
    ds = report_object()
    reference = dc.Dataset(
        {"RelationshipType": "INFERRED FROM", "ReferencedContentItemIdentifier": [1, 8, 3]}
    )
    ds.ContentSequence[0].ContentSequence = [reference]  # type: ignore[index]
    before = [item.ValueType for item in ds.ContentSequence or ()]
    done = deid.deidentify(ds, deid.Profile.basic("clean_structured_content"), MAPPING)
    assert [item.ValueType for item in done.dataset.ContentSequence or ()] == before
    assert leaks(done.file.to_bytes(), SECRET, "1.2.3.77") == []


def test_D05_ages_above_89_are_capped_where_ages_stay() -> None:
    options = ("retain_patient_characteristics", "clean_structured_content")
    ds = report_object()
    for age, kept in (
        ("097Y", "090Y"),
        ("089Y", "089Y"),
        ("090Y", "090Y"),
        ("999M", "999M"),
        ("012M", "012M"),
    ):
        ds.PatientAge = age
        done = deid.deidentify(ds, deid.Profile.basic(*options), MAPPING).dataset
        assert done.element("PatientAge").text == kept
        numbers = [e.text for e in done.walk() if e.tag == 0x0040A30A]
        assert numbers == ["90"]
    done = deid.deidentify(ds, deid.Profile.basic(*options, oldest=None), MAPPING).dataset
    assert [e.text for e in done.walk() if e.tag == 0x0040A30A] == ["97"]


@pytest.mark.parametrize(
    ("mime", "begins"),
    [
        ("application/pdf", b"%PDF-1.4"),
        ("text/XML", b"<?xml"),
        ("model/stl", bytes(84)),
        ("x/y", b"\0\0"),
    ],
)
def test_D05_encapsulated_documents_are_replaced(mime: str, begins: bytes) -> None:
    ds = dc.Dataset({"SOPClassUID": PDF, "SOPInstanceUID": "1.2", "DocumentTitle": SECRET})
    ds.MIMETypeOfEncapsulatedDocument = mime
    ds.EncapsulatedDocument = SECRET.encode() + b"\0"
    ds.EncapsulatedDocumentLength = 7
    done = deid.deidentify(ds, deid.Profile.basic("clean_descriptors"), MAPPING)
    assert leaks(done.file.to_bytes(), SECRET) == []
    document = done.dataset.EncapsulatedDocument
    assert isinstance(document, bytes)
    assert document.startswith(begins)
    assert done.dataset.EncapsulatedDocumentLength == len(document)


def test_D05_graphics_curves_overlays_icons() -> None:
    ds = dc.Dataset({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.11.1", "SOPInstanceUID": "1.2"})
    text = dc.Dataset({"UnformattedTextValue": SECRET, "AnchorPoint": [1.0, 2.0]})
    line = dc.Dataset({"GraphicData": [1.0, 2.0, 3.0, 4.0], "GraphicType": "POLYLINE"})
    ds.GraphicAnnotationSequence = [
        dc.Dataset(
            {"GraphicLayer": "ONE", "TextObjectSequence": [text], "GraphicObjectSequence": [line]}
        )
    ]
    ds.IconImageSequence = [dc.Dataset({"PixelData": SECRET.encode() + b"\0"})]
    ds.set(0x50003000, "OW", SECRET.encode() + b"\0")
    ds.set(0x60003000, "OW", SECRET.encode() + b"\0")
    ds.set(0x60000022, "LO", SECRET)
    for options, lines in (
        ((), 0),
        (("clean_graphics",), 1),
        (("clean_graphics", "clean_descriptors"), 1),
    ):
        done = deid.deidentify(ds, deid.Profile.basic(*options), MAPPING)
        assert leaks(done.file.to_bytes(), SECRET) == []
        assert sum(e.keyword == "GraphicData" for e in done.dataset.walk()) == lines
        assert done.dataset.GraphicAnnotationSequence
        assert "IconImageSequence" not in done.dataset


def test_D05_codes_of_private_schemes_go_and_public_meanings_are_the_standards() -> None:
    good = dc.Dataset(
        {"CodeValue": "77343006", "CodingSchemeDesignator": "SCT", "CodeMeaning": SECRET}
    )
    bad = dc.Dataset({"CodeValue": SECRET, "CodingSchemeDesignator": "99US", "CodeMeaning": SECRET})
    ds = ct(ReasonForVisitCodeSequence=[good, bad], PrincipalDiagnosisCodeSequence=[bad.copy()])
    done = deid.deidentify(ds, deid.Profile.basic("clean_descriptors"), MAPPING)
    assert leaks(done.file.to_bytes(), SECRET) == []
    (left,) = done.dataset.ReasonForVisitCodeSequence or [dc.Dataset()]
    assert (left.CodeValue, left.CodeMeaning) == ("77343006", "Angiography")
    assert "PrincipalDiagnosisCodeSequence" not in done.dataset


# --- D06: pixels ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"SOPClassUID": CT, "Modality": "CT"}, None),
        ({"SOPClassUID": CT, "Modality": "CT", "BurnedInAnnotation": "YES"}, "burned-in"),
        ({"SOPClassUID": CT, "Modality": "CT", "RecognizableVisualFeatures": "YES"}, "visual-features"),
        ({"SOPClassUID": CT, "Modality": "CT", "ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"]}, "screen"),
        ({"SOPClassUID": US, "Modality": "US"}, "burned-in-unknown"),
        ({"SOPClassUID": US, "Modality": "US", "BurnedInAnnotation": "NO"}, None),
        ({"SOPClassUID": SC, "Modality": "CT"}, "burned-in-unknown"),
        ({"SOPClassUID": CT, "Modality": "CT", "ConversionType": "DF"}, "burned-in-unknown"),
        ({"SOPClassUID": SM, "Modality": "SM", "ImageType": ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]}, None),
        (
            {"SOPClassUID": SM, "ImageType": ["ORIGINAL", "PRIMARY", "LABEL", "NONE"], "BurnedInAnnotation": "NO"},
            "slide-label",
        ),
    ],
)  # fmt: skip
def test_D06_pixels_that_may_identify_are_quarantined(
    values: dict[str, object], code: str | None
) -> None:
    ds = dc.Dataset({**values, **PIXELS, "SOPInstanceUID": "1.2"})
    if code is None:
        deid.deidentify(ds, BASIC, MAPPING)
        return
    with pytest.raises(deid.Quarantined) as caught:
        deid.deidentify(ds, BASIC, MAPPING)
    assert caught.value.rule == code
    accepted = deid.deidentify(ds, deid.Profile.basic(burned_in="accept"), MAPPING)
    assert code in {remark.code for remark in accepted.report.remarks}
    cleaner = BASIC.with_cleaners(pixels=blacken, visual=None)
    if code == "visual-features":
        with pytest.raises(deid.Quarantined):
            deid.deidentify(ds, cleaner, MAPPING)
        cleaner = BASIC.with_cleaners(pixels=blacken, visual=blacken)
    cleaned = deid.deidentify(ds, cleaner, MAPPING)
    assert cleaned.dataset.PixelData == b"\1\1"
    assert cleaned.dataset.BurnedInAnnotation == "NO"


def test_D06_voices_and_embedded_overlays_are_quarantined() -> None:
    voice = dc.Dataset({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.9.4.1", "SOPInstanceUID": "1.2"})
    with pytest.raises(deid.Quarantined, match="voice"):
        deid.deidentify(voice, BASIC.with_cleaners(pixels=blacken), MAPPING)
    overlay = ct(**PIXELS)
    overlay.set(0x60000100, "US", 16)
    overlay.set(0x60000102, "US", 12)
    with pytest.raises(deid.Quarantined, match="unused bits"):
        deid.deidentify(overlay, BASIC, MAPPING)
