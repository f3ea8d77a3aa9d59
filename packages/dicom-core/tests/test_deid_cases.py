"""De-identification against planted identifiers, odd objects and failures: the cases D01 to D15."""

import base64
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import dicom_core as dc
from dicom_core import deid
from dicom_core._names import safe_name

CT = "1.2.840.10008.5.1.4.1.1.2"
US = "1.2.840.10008.5.1.4.1.1.6.1"
SC = "1.2.840.10008.5.1.4.1.1.7"
SM = "1.2.840.10008.5.1.4.1.1.77.1.6"
SR = "1.2.840.10008.5.1.4.1.1.88.33"
PDF = "1.2.840.10008.5.1.4.1.1.104.1"
KEY = bytes(range(32))
MAPPING = deid.KeyedMapping(KEY)
BASIC = deid.Profile.basic()
SECRET = "Zyxwvut"  # a family name that stands nowhere else
NUMBER = "MRN-778899"


def ct(**values: object) -> dc.Dataset:
    return dc.Dataset({"SOPClassUID": CT, "SOPInstanceUID": "1.2.3.4", **values})


def nested(ds: dc.Dataset, depth: int) -> dc.Dataset:
    """The data set inside items of a sequence that nobody removes."""
    for _ in range(depth):
        outer = dc.Dataset()
        outer.PerformedProtocolCodeSequence = [ds]
        ds = outer
    return ds


def leaks(data: bytes, *secrets: str) -> list[str]:
    """Which secrets are in the bytes in any encoding that somebody might find them in."""
    found = []
    lowered = data.lower()
    for secret in secrets:
        text = secret.lower()
        forms = [text.encode(), text.encode("utf-16-le"), text.encode("utf-16-be")]
        forms += [base64.b64encode(secret.encode())[:-4].lower(), text.encode().hex().encode()]
        if any(form in lowered for form in forms):
            found.append(secret)
    return found


def run(ds: dc.Dataset | dc.DicomFile, profile: deid.Profile = BASIC) -> bytes:
    return deid.deidentify(ds, profile, MAPPING).file.to_bytes()


# --- D01, D04: at every depth, in every form ------------------------------------------------------


def planted() -> dc.Dataset:
    ds = dc.Dataset()
    ds.PatientName = f"{SECRET}^Ann^^Dr"
    ds.PatientID = NUMBER
    ds.PatientComments = f"{SECRET} lives in Qwertzstadt"
    ds.StudyDescription = f"CT chest, {SECRET}, {NUMBER}"
    ds.set(0x00290010, "LO", "ACME 1.0")
    ds.set(0x00291001, "LO", SECRET)
    ds.set(0x00291002, "OB", SECRET.encode("utf-16-le"))
    ds.set(0x00291003, "UT", base64.b64encode(SECRET.encode()).decode())
    private = dc.Dataset({"PatientName": SECRET})
    private.set(0x00290010, "LO", "ACME 1.0")
    ds.set(0x00291004, "SQ", [private])
    return ds


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


# --- D02, D12: mappings ---------------------------------------------------------------------------


def test_D02_uids_are_the_same_across_files_and_in_the_file_meta_information() -> None:
    first = ct(StudyInstanceUID="1.2.9", FrameOfReferenceUID="1.2.8", PatientID=NUMBER)
    second = ct(StudyInstanceUID="1.2.9", PatientID=NUMBER)
    second.SOPInstanceUID = "1.2.3.5"
    reference = dc.Dataset({"ReferencedSOPClassUID": CT, "ReferencedSOPInstanceUID": "1.2.3.4"})
    contour = dc.Dataset({"ContourImageSequence": [reference]})
    second.ROIContourSequence = [dc.Dataset({"ContourSequence": [contour]})]
    one, two = (deid.deidentify(ds, BASIC, MAPPING) for ds in (first, second))
    assert one.dataset.StudyInstanceUID == two.dataset.StudyInstanceUID != "1.2.9"
    assert one.file.meta[0x00020003] == one.dataset.SOPInstanceUID == MAPPING.uid("1.2.3.4")
    walked = {str(e.tag): e.text for e in two.dataset.walk()}
    assert walked["(0008,1155)"] == one.dataset.SOPInstanceUID
    assert walked["(0008,1150)"] == CT
    assert one.dataset.PatientID == two.dataset.PatientID != NUMBER


def test_D02_uids_that_the_standard_defines_stay() -> None:
    talairach = "1.2.840.10008.1.4.1.1"
    done = deid.deidentify(ct(FrameOfReferenceUID=talairach), BASIC, MAPPING).dataset
    assert done.FrameOfReferenceUID == talairach
    fake = ct(FrameOfReferenceUID="1.2.840.10008.778899")
    assert (
        deid.deidentify(fake, BASIC, MAPPING).dataset.FrameOfReferenceUID != "1.2.840.10008.778899"
    )


def test_D02_a_key_gives_the_same_in_another_process_and_no_other_key_does() -> None:
    code = (
        "import sys; sys.path[:] = eval(sys.argv[1]); from dicom_core import deid;"
        f"m = deid.KeyedMapping({KEY!r}); print(m.uid('1.2'), m.shift('p'), m.token('patient', 'p'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, repr(sys.path)], capture_output=True, text=True, check=True
    )
    mine = MAPPING.uid("1.2"), str(MAPPING.shift("p")), MAPPING.token("patient", "p")
    assert tuple(done.stdout.split()) == mine
    other = deid.KeyedMapping(KEY[::-1])
    assert (other.uid("1.2"), str(other.shift("p")), other.token("patient", "p")) != mine
    assert repr(MAPPING) == "<KeyedMapping>"
    again = pickle.loads(pickle.dumps(MAPPING))
    assert again.uid("1.2") == MAPPING.uid("1.2")


@pytest.fixture(params=["keyed", "memory", "stored"])
def mapping(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[deid.IdentityMapping]:
    if request.param == "keyed":
        yield deid.KeyedMapping(KEY, root="1.2.826.0.1.3680043.99")
    elif request.param == "memory":
        yield deid.MemoryMapping(root="1.2.826.0.1.3680043.99")
    else:
        with deid.StoredMapping(tmp_path / "map.db", KEY, root="1.2.826.0.1.3680043.99") as stored:
            yield stored


def test_D02_every_mapping_keeps_the_contract(mapping: deid.IdentityMapping) -> None:
    assert isinstance(mapping, deid.IdentityMapping)
    uids = [mapping.uid(f"1.2.{number}") for number in range(200)]
    assert len(set(uids)) == 200
    assert [mapping.uid(f"1.2.{number}") for number in range(200)] == uids
    assert all(dc.UID(uid).is_valid and uid.startswith("1.2.826.0.1.3680043.99.") for uid in uids)
    shifts = {mapping.shift(f"patient {number}") for number in range(50)}
    assert all(-3650 <= shift < 0 for shift in shifts)
    assert len(shifts) > 25
    assert mapping.token("AE", "x") == mapping.token("AE", "x") != mapping.token("patient", "x")
    assert mapping.token("AE", "x").isalnum()
    assert len(mapping.token("AE", "x")) == 12


def test_uuid_uids_are_proper_uuids() -> None:
    from uuid import UUID

    made = UUID(int=int(MAPPING.uid("1.2").removeprefix("2.25.")))
    assert (made.version, made.variant) == (8, "specified in RFC 4122")


def test_weak_keys_and_long_roots_are_refused() -> None:
    for bad in (b"", b"short"):
        with pytest.raises(ValueError, match="at least 16"):
            deid.KeyedMapping(bad)
    with pytest.raises(ValueError, match="43 characters"):
        deid.MemoryMapping(root="1." * 25 + "1")
    with pytest.raises(TypeError, match="of one process"):
        pickle.dumps(deid.MemoryMapping())


def test_D12_the_store_knows_no_originals_and_only_its_own_key(tmp_path: Path) -> None:
    path = tmp_path / "map.db"
    with deid.StoredMapping(path, KEY) as stored:
        new = stored.uid("1.2.3.4711")
        stored.token("patient", NUMBER)
        stored.shift(SECRET)
    data = b"".join(part.read_bytes() for part in tmp_path.iterdir())
    assert leaks(data, NUMBER, SECRET, "1.2.3.4711") == []
    with deid.StoredMapping(path, KEY) as again:
        assert again.uid("1.2.3.4711") == new
    with pytest.raises(deid.DeidentificationError, match="another key"):
        deid.StoredMapping(path, KEY[::-1])


def _ask(work: tuple[deid.StoredMapping, int]) -> list[str]:
    stored, seed = work
    order = sorted(range(40), key=lambda number: (number * 7 + seed * 13) % 41)
    return [uid for _, uid in sorted((number, stored.uid(f"1.2.{number}")) for number in order)]


def test_D12_workers_that_ask_at_once_get_the_same_answers(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    # Each thread with a connection of its own is what separate processes are to the store
    path = tmp_path / "map.db"
    work = [(deid.StoredMapping(path, KEY), seed) for seed in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(_ask, work))
    for stored, _ in work:
        stored.close()
    assert all(answer == answers[0] for answer in answers)
    assert len(set(answers[0])) == 40


def test_D12_reruns_and_processes_give_the_same_files_once(tmp_path: Path) -> None:
    sources = []
    for number in range(6):
        path = tmp_path / f"{SECRET}-{number}.dcm"
        ds = ct(StudyInstanceUID="1.2.9", SeriesInstanceUID="1.2.10", PatientName=SECRET)
        ds.SOPInstanceUID = f"1.2.3.{number}"
        dc.write(ds, path)
        sources.append(path)
    out = tmp_path / "out"
    with deid.StoredMapping(tmp_path / "map.db", KEY) as stored:
        first = list(deid.deidentify_files(sources, out, BASIC, stored, workers=2))
        assert [outcome.status for outcome in first] == ["done"] * 6
        assert [outcome.number for outcome in first] == list(range(6))
        files = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
        second = list(deid.deidentify_files(sources, out, BASIC, stored))
    assert [outcome.report for outcome in second] == [outcome.report for outcome in first]
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == files
    assert len(files) == 6


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

PIXELS = {"PixelData": b"\0\0", "Rows": 1, "Columns": 1, "BitsAllocated": 8}


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


def blacken(ds: dc.Dataset) -> None:
    ds.PixelData = b"\1\1"


def test_D06_voices_and_embedded_overlays_are_quarantined() -> None:
    voice = dc.Dataset({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.9.4.1", "SOPInstanceUID": "1.2"})
    with pytest.raises(deid.Quarantined, match="voice"):
        deid.deidentify(voice, BASIC.with_cleaners(pixels=blacken), MAPPING)
    overlay = ct(**PIXELS)
    overlay.set(0x60000100, "US", 16)
    overlay.set(0x60000102, "US", 12)
    with pytest.raises(deid.Quarantined, match="unused bits"):
        deid.deidentify(overlay, BASIC, MAPPING)


# --- D08: dates -----------------------------------------------------------------------------------


def test_D08_one_patient_has_one_shift_and_order_stays() -> None:
    profile = deid.Profile.basic("retain_longitudinal_modified_dates")
    days = ["20191231", "20200101", "20200229", "20200301", "20201231"]
    moved = []
    for day in days:
        ds = ct(PatientID=NUMBER, StudyDate=day, StudyTime="235959.5", PatientBirthDate="19300101")
        ds.AcquisitionDateTime = f"{day}101112.123456-0530"
        ds.set(0x00400260, "SQ", [dc.Dataset({"ContentDate": day})])
        done = deid.deidentify(ds, profile, MAPPING).dataset
        moved.append(dc.DicomDate(done.element("StudyDate").text).to_date())
        assert done.element("AcquisitionDateTime").text[:8] == done.element("StudyDate").text
        assert done.element("AcquisitionDateTime").text[8:] == "101112.123456-0530"
        assert done.element("StudyTime").text == "235959.5"
        assert {e.text for e in done.walk() if e.keyword == "ContentDate"} == {
            done.element("StudyDate").text
        }
        assert done.element("PatientBirthDate").is_empty
    original = [dc.DicomDate(day).to_date() for day in days]
    assert {a - b for a, b in zip(moved, original, strict=True)} == {moved[0] - original[0]}
    assert moved == sorted(moved)
    other = deid.deidentify(ct(PatientID="other", StudyDate=days[0]), profile, MAPPING).dataset
    assert other.element("StudyDate").text != moved[0].strftime("%Y%m%d")


def test_D08_one_patient_of_two_domains_is_two_patients() -> None:
    ds = ct(PatientID=NUMBER)
    one, two, three = (
        deid.deidentify(ds, deid.Profile.basic(domain=domain), MAPPING).dataset.PatientID
        for domain in ("A", "B", "A")
    )
    assert one == three != two


@pytest.mark.parametrize(
    ("vr", "text", "days", "moved"),
    [
        ("DA", "20200301", -1, "20200229"), ("DA", "2020.03.01", -1, "20200229"), ("DA", "202003", -1, "202002"),
        ("DA", "20200301\\\\20210301", -366, "20190301\\\\20200229"), ("DT", "2020", -1, "2019"),
        ("DT", "202003", -1, "202002"), ("DT", "2020030110", -1, "2020022910"),
        ("DT", "20200301101112.5+0100", -1, "20200229101112.5+0100"), ("TM", "101112.5", -9, "101112.5"),
    ],
)  # fmt: skip
def test_D08_dates_move_and_precision_stays(vr: str, text: str, days: int, moved: str) -> None:
    from dicom_core.deid._dates import shifted

    assert shifted(vr, text, days) == moved


@pytest.mark.parametrize("text", ["Ann     ", "00000000", "20201332", "00010101"])
def test_D08_what_is_no_date_does_not_stay(text: str) -> None:
    data = dc.write_dataset(ct(StudyDate="20200101", SeriesDate="20200101")).replace(
        b"20200101", text.encode()
    )
    profile = deid.Profile.basic("retain_longitudinal_modified_dates")
    done = deid.deidentify(dc.read_dataset(data), profile, MAPPING).dataset
    assert done.element("StudyDate").is_empty
    assert "SeriesDate" not in done


def test_D08_full_dates_keep_dates_and_nothing_else() -> None:
    profile = deid.Profile.basic("retain_longitudinal_full_dates")
    ds = ct(StudyDate="20200101", StudyTime="101112", ContentTime="121314")
    data = dc.write_dataset(ds).replace(b"121314", b"Smith ")
    done = deid.deidentify(dc.read_dataset(data), profile, MAPPING).dataset
    assert (done.element("StudyDate").text, done.element("StudyTime").text) == (
        "20200101",
        "101112",
    )
    assert b"Smith" not in dc.write_dataset(done)


@pytest.mark.parametrize(
    ("tag", "vr", "stays"),
    [
        (0x00280010, "OB", False), (0x00280010, "LO", False), (0x00280010, "UL", True), (0x00080070, "OB", False),
        (0x00080070, "UT", True), (0x00281201, "OB", True), (0x00200013, "SH", True), (0x00180050, "FD", True),
    ],
)  # fmt: skip
def test_D01_a_value_of_another_kind_than_the_dictionary_says_does_not_stay(
    tag: int, vr: str, stays: bool
) -> None:
    ds = ct()
    ds.set(tag, vr, {"OB": b"12", "UL": 2, "FD": 2.0}.get(vr, "12"))
    done = deid.deidentify(ds, BASIC, MAPPING).dataset
    assert (tag in done) is stays


# --- D09, D10: traces of others, and our own ------------------------------------------------------


def test_D09_originals_signatures_and_equipment() -> None:
    before = dc.Dataset({"ModifiedAttributesSequence": [dc.Dataset({"PatientName": SECRET})]})
    equipment = dc.Dataset({
        "Manufacturer": "ACME", "InstitutionName": SECRET, "StationName": SECRET,
        "ContributionDateTime": "20200101", "DeviceSerialNumber": "SN4711",
    })  # fmt: skip
    ds = ct(OriginalAttributesSequence=[before], ContributingEquipmentSequence=[equipment])
    ds.InstanceCreatorUID = "1.2.3.55"
    ds.set(0x4FFE0001, "SQ", [dc.Dataset({"MACIDNumber": 1})])
    ds.set(0xFFFAFFFA, "SQ", [dc.Dataset({"CertificateOfSigner": SECRET.encode() + b"\0"})])
    ds.EncryptedAttributesSequence = [dc.Dataset({"EncryptedContent": b"1234"})]
    done = deid.deidentify(ds, BASIC, MAPPING)
    assert leaks(done.file.to_bytes(), SECRET, "SN4711") == []
    for keyword in (
        "OriginalAttributesSequence",
        "DigitalSignaturesSequence",
        "EncryptedAttributesSequence",
    ):
        assert keyword not in done.dataset
    assert 0x4FFE0001 not in done.dataset
    assert [item.Manufacturer for item in done.dataset.ContributingEquipmentSequence or ()] == [
        "ACME"
    ]
    assert done.dataset.InstanceCreatorUID == MAPPING.uid("1.2.3.55")


def test_D10_the_method_is_recorded() -> None:
    for options, codes, temporal in (
        ((), ["113100"], "REMOVED"),
        (("retain_longitudinal_full_dates",), ["113100", "113106"], "UNMODIFIED"),
        (
            ("retain_longitudinal_modified_dates", "retain_uids"),
            ["113100", "113107", "113110"],
            "MODIFIED",
        ),
        (
            (
                "clean_graphics",
                "clean_structured_content",
                "clean_descriptors",
                "retain_safe_private",
            ),
            ["113100", "113103", "113104", "113105", "113111"],
            "REMOVED",
        ),
    ):
        ds = ct(DeidentificationMethod=[SECRET], BurnedInAnnotation="NO")
        done = deid.deidentify(ds, deid.Profile.basic(*options), MAPPING).dataset
        assert done.PatientIdentityRemoved == "YES"
        assert SECRET not in str(done.DeidentificationMethod)
        items = list(done.DeidentificationMethodCodeSequence or ())
        assert [item.CodeValue for item in items] == codes
        assert all(item.CodingSchemeDesignator == "DCM" and item.CodeMeaning for item in items)
        assert done.LongitudinalTemporalInformationModified == temporal
        assert done.BurnedInAnnotation == "NO"


def test_D10_clean_pixels_of_an_earlier_deidentification_are_remembered() -> None:
    first = deid.deidentify(ct(**PIXELS), BASIC.with_cleaners(pixels=blacken), MAPPING)
    second = deid.deidentify(first.dataset, BASIC, MAPPING)
    codes = [item.CodeValue for item in second.dataset.DeidentificationMethodCodeSequence or ()]
    assert codes == ["113100", "113101"]


# --- D11, D14, D15: failures ----------------------------------------------------------------------


def damaged() -> list[tuple[str, bytes]]:
    whole = dc.DicomFile.new(nested_ct()).to_bytes()
    return [
        ("not-dicom", b"nothing of the kind" * 20),
        ("empty", b""),
        ("cut", whole[:-40]),
        ("cut header", whole[:-3]),
        ("trailing", whole + SECRET.encode()),
        ("vr", whole.replace(b"\x10\0\x10\0PN", b"\x10\0\x10\0??")),
        (
            "no class",
            dc.DicomFile.new(ct()).to_bytes().replace(b"\x08\0\x16\0UI", b"\x08\0\x17\0UI"),
        ),
    ]


def nested_ct() -> dc.Dataset:
    ds = nested(planted(), 2)
    ds.SOPClassUID, ds.SOPInstanceUID = CT, "1.2.3.4"
    return ds


@pytest.mark.parametrize("name", [name for name, _ in damaged()])
def test_D11_what_is_not_understood_leaves_no_file(name: str, tmp_path: Path) -> None:
    source = tmp_path / f"{SECRET}.dcm"
    source.write_bytes(dict(damaged())[name])
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(deid.DeidentificationError) as caught:
        deid.deidentify_file(source, out / "x.dcm", BASIC, MAPPING)
    assert list(out.iterdir()) == []
    assert SECRET not in str(caught.value) + repr(caught.value)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), type(again)) == (str(caught.value), type(caught.value))


@pytest.mark.parametrize(
    ("ds", "code"),
    [
        (dc.Dataset({"SOPInstanceUID": "1.2"}), "no-sop-class"),
        (dc.Dataset({"SOPClassUID": CT}), "no-instance-uid"),
        (dc.Dataset({"SOPClassUID": "1.2.3.4", "SOPInstanceUID": "1.2"}), "private-sop-class"),
        (dc.Dataset({"SOPClassUID": "1.2.840.10008.1.3.10", "SOPInstanceUID": "1.2"}), "directory"),
    ],
)
def test_D11_unsupported_objects(ds: dc.Dataset, code: str) -> None:
    with pytest.raises(deid.UnsupportedObject) as caught:
        deid.deidentify(ds, BASIC, MAPPING)
    assert caught.value.rule == code


def test_D11_a_rule_that_fails_lets_nothing_pass() -> None:
    rules: dict[int | str, deid.Rule] = {"Rows": deid.Replace("many")}
    with pytest.raises(deid.NotUnderstood) as caught:
        deid.deidentify(ct(Rows=1), deid.Profile.basic(rules=rules), MAPPING)
    assert caught.value.path == "(0028,0010)"


def test_D11_a_header_alone_is_refused(tmp_path: Path) -> None:
    dc.write(ct(**PIXELS), tmp_path / "a.dcm")
    with pytest.raises(deid.DeidentificationError, match="only the header"):
        deid.deidentify(dc.read_header(tmp_path / "a.dcm"), BASIC, MAPPING)


def test_D11_bytes_where_a_sequence_should_be() -> None:
    raw = dc.write_dataset(ct()) + b"\x40\x00\x60\x02UN\0\0\x08\0\0\0" + b"ANNWHOAN"
    with pytest.raises(deid.NotUnderstood, match="doubt"):
        deid.deidentify(dc.read_dataset(raw), BASIC, MAPPING)


def test_D11_one_bad_file_stops_nothing(tmp_path: Path) -> None:
    good, bad, risky = (tmp_path / name for name in ("good", "bad", "risky"))
    dc.write(ct(), good)
    bad.write_bytes(b"bad")
    dc.write(ct(**PIXELS, BurnedInAnnotation="YES"), risky)
    sources = [bad, good, tmp_path / "missing", risky]
    outcomes = list(deid.deidentify_files(sources, tmp_path / "out", BASIC, MAPPING))
    assert [outcome.status for outcome in outcomes] == ["failed", "done", "failed", "quarantined"]
    assert len([path for path in (tmp_path / "out").rglob("*") if path.is_file()]) == 1
    assert "missing" not in str(outcomes[2].error)


def test_D11_the_source_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    dc.write(ct(PatientName=SECRET), path)
    before = path.read_bytes()
    with pytest.raises(deid.DeidentificationError, match="same file"):
        deid.deidentify_file(path, path, BASIC, MAPPING)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["a.dcm"]


def test_the_source_in_memory_stays_as_it_is() -> None:
    data = dc.DicomFile.new(nested_ct()).to_bytes()
    file = dc.read(data)
    deid.deidentify(file, BASIC, MAPPING)
    assert file.to_bytes() == data
    assert not file.is_edited


@pytest.mark.parametrize(
    "evil", ["a\r\nERROR: fake", "\x1b[31mred", "${jndi:ldap://x}", "%s%n{0}", "\u202egnp"]
)
def test_D14_D15_no_value_reaches_reports_or_errors(evil: str) -> None:
    text = f"{SECRET}{evil}"
    ds = ct(PatientID=NUMBER)
    ds.SpecificCharacterSet = "ISO_IR 192"
    data = dc.write_dataset(ds) + element(0x00100010, "PN", text) + element(0x00402017, "LO", text)
    source = dc.read_dataset(data)
    done = deid.deidentify(source, deid.Profile.basic("clean_descriptors"), MAPPING)
    shown = str(done.report) + repr(done.report) + repr(done.report.as_dict())
    assert leaks(shown.encode() + done.file.to_bytes(), SECRET, NUMBER) == []
    assert shown.isprintable() or set(shown) - set("\n") <= set(map(chr, range(32, 127)))


def element(tag: int, vr: str, text: str) -> bytes:
    raw = text.encode()
    raw += b" " * (len(raw) & 1)
    head = (tag >> 16).to_bytes(2, "little") + (tag & 0xFFFF).to_bytes(2, "little") + vr.encode()
    return head + len(raw).to_bytes(2, "little") + raw


def test_the_report_counts_and_says_what_is_left() -> None:
    profile = deid.Profile.basic("retain_uids", "clean_descriptors", rules={"StationName": "keep"})
    ds = ct(
        **PIXELS,
        StudyDescription="CT chest",
        StationName="CT1",
        PatientName=SECRET,
        SegmentLabel="left lung",
    )
    done = deid.deidentify(ds, profile, MAPPING)
    report = done.report
    assert report.sop_instance == "1.2.3.4"
    assert report.options == ("clean_descriptors", "retain_uids")
    assert list(report.actions("(0008,1030)")) == ["cleaned"]
    assert list(report.actions("(0010,0010)")) == ["replaced"]
    assert {remark.code for remark in report.remarks} == {"pixels", "free-text", "uids", "rules"}
    left = next(remark.text for remark in report.remarks if remark.code == "free-text")
    assert left == "text stayed in (0008,1030), (0062,0005)"
    assert pickle.loads(pickle.dumps(report)) == report
    assert pickle.loads(pickle.dumps(profile)) == profile
