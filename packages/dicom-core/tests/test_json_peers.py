"""DICOM JSON and Native XML beside pydicom, dcm2json and dcm2xml; what differs is listed with its clause."""

import json
import re
import struct
import subprocess
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pydicom
import pydicom.data
import pytest

import dicom_core as dc

LISTED = json.loads((Path(__file__).parent / "json_differences.json").read_text("utf-8"))
WHEEL = Path(pydicom.data.__file__).parent / "test_files"
NUMBERS = frozenset(("DS", "IS", "FL", "FD", "US", "SS", "UL", "SL", "UV", "SV"))
WORDS = frozenset(("OW", "OF", "OL", "OD", "OV"))
NAMESPACE = "{http://dicom.nema.org/PS3.19/models/NativeDICOM}"
# Files of the wheel that are cut or damaged on purpose; other tests read these.
DAMAGED = {
    "badVR.dcm",
    "MR_truncated.dcm",
    "rtplan_truncated.dcm",
    "no_meta.dcm",
    "UN_sequence.dcm",
}


def wheel_files() -> list[Path]:
    return [path for path in sorted(WHEEL.glob("*.dcm")) if path.name not in DAMAGED]


def corpus_files(corpus: Path) -> list[Path]:
    entries = json.loads((corpus / "manifest.json").read_text("utf-8"))
    return [
        corpus / entry["path"]
        for entry in entries
        if entry["read"] == "normal" and entry["family"] not in {"odd", "dicomdir"}
    ]


# --- one form for all ----------------------------------------------------------------------------


def normal(model: dict[str, Any]) -> dict[str, Any]:
    """Numbers as float, whether they were written as texts or not; empty Values left out."""
    found = {}
    for tag, attribute in model.items():
        vr = str(attribute.get("vr"))
        kept: dict[str, Any] = {"vr": vr}
        values = attribute.get("Value")
        if values:
            if vr == "SQ":
                values = [normal(item or {}) for item in values]
            elif vr in NUMBERS:
                values = [number(value) for value in values]
            kept["Value"] = values
        if attribute.get("InlineBinary"):
            kept["InlineBinary"] = attribute["InlineBinary"]
        found[tag] = kept
    return found


def number(value: Any) -> Any:
    try:
        return None if value is None else float(value)
    except ValueError:
        return value


def differences(ours: Any, theirs: Any) -> Iterator[tuple[str, Any, Any]]:
    for tag in sorted({*ours, *theirs}):
        mine, other = ours.get(tag), theirs.get(tag)
        if mine == other:
            continue
        if mine and other and mine["vr"] == other["vr"] == "SQ":
            inner = mine.get("Value", []), other.get("Value", [])
            if len(inner[0]) == len(inner[1]):
                for one, two in zip(*inner, strict=True):
                    yield from differences(one, two)
                continue
        yield tag, mine, other


def is_private(tag: str) -> bool:
    return bool(int(tag[:4], 16) & 1)


def why(peer: str, tag: str, ours: Any, theirs: Any, *, big: bool = False) -> str | None:
    """The id of the listed difference that this is."""
    if tag == "00080005":
        return "charset" if peer == "pydicom" else "empty-charset"
    if ours is None or theirs is None:
        return "group-length" if tag.endswith("0000") and ours is None else None
    if ours["vr"] != theirs["vr"]:
        if ours["vr"] == "UN" and is_private(tag):
            return "private-dictionary"
        if theirs["vr"] == "UN":
            return "known-un"
        return "choice" if {ours["vr"], theirs["vr"]} <= {"OB", "OW", "OB or OW"} else None
    if ours["vr"] in WORDS and big:
        return "word-order"
    mine, other = ours.get("Value", []), theirs.get("Value", [])
    if ours["vr"] == "PN" and names(mine) == names(other):
        return "name-delimiters"
    if [value or None for value in other] == mine:
        return "null"
    if ours["vr"] in {"FL", "FD"} and [near(ours["vr"], value) for value in mine] == [
        near(ours["vr"], value) for value in other
    ]:
        return "digits"
    if ours["vr"] in {"DS", "IS"}:
        return "invalid-number"
    if ours["vr"] == "CS" and [str(value).strip(" ") for value in other] == mine:
        return "spaces"
    if not mine and not any(other):
        return "only-spaces"
    if "\\x1b" in repr(other):
        return "code-extensions"
    texts = "\\".join(map(str, mine)), "\\".join(map(str, other))
    if texts[0].replace(" ", "") == texts[1].replace(" ", "").rstrip("\0"):
        return "invalid-text"
    return "undeclared" if "\ufffd" in repr(mine) else None


def names(values: list[Any]) -> list[Any]:
    groups = [
        {name: text.rstrip("^") for name, text in (value or {}).items() if text.rstrip("^")}
        for value in values
    ]
    return [group for group in groups if group]


def near(vr: str, value: float) -> object:
    return struct.pack("<f", value) if vr == "FL" else f"{value:.15g}"


# --- pydicom -------------------------------------------------------------------------------------


def beside_pydicom(path: Path) -> Iterator[tuple[str, str | None]]:
    file = dc.read_header(path, force=True)
    ours = normal(json.loads(dc.json.encode(file)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            theirs = normal(
                pydicom.dcmread(path, force=True, stop_before_pixels=True).to_json_dict()
            )
        except (ValueError, OSError):
            return  # pydicom refuses a value, which is why we are here at all
    big = file.transfer_syntax == "1.2.840.10008.1.2.2"
    ours = {tag: value for tag, value in ours.items() if tag < "7FE00008"}
    theirs = {tag: value for tag, value in theirs.items() if tag < "7FE00008"}
    for tag, mine, other in differences(ours, theirs):
        yield f"{path.name} {tag}", why("pydicom", tag, mine, other, big=big)


def test_json_of_the_wheels_files_is_pydicoms() -> None:
    unexplained = [
        place for path in wheel_files() for place, rule in beside_pydicom(path) if rule is None
    ]
    assert unexplained == []


@pytest.mark.shared
@pytest.mark.slow
def test_json_of_the_collection_is_pydicoms(corpus: Path) -> None:
    used: set[str | None] = set()
    unexplained: list[str] = []
    for path in corpus_files(corpus):
        for place, rule in beside_pydicom(path):
            used.add(rule)
            if rule is None:
                unexplained.append(place)
    assert unexplained == []
    listed = {row["id"] for row in LISTED if "pydicom" in row["peers"]}
    assert used <= listed | {"null", "choice", "digits"}, used - listed


def test_pixels_inline_are_pydicoms() -> None:
    path = WHEEL / "MR_small.dcm"
    ours = json.loads(dc.json.encode(dc.read(path)))
    theirs = pydicom.dcmread(path).to_json_dict()
    assert ours["7FE00010"] == theirs["7FE00010"]
    path = WHEEL / "JPEG2000.dcm"
    ours = json.loads(dc.json.encode(dc.read(path)))
    assert ours["7FE00010"]["InlineBinary"].startswith("/v8A4")  # the first item


def test_pydicom_reads_our_json(tmp_path: Path) -> None:
    file = dc.read(WHEEL / "CT_small.dcm")
    theirs = pydicom.Dataset.from_json(dc.json.encode(file).decode())
    original = pydicom.dcmread(WHEEL / "CT_small.dcm")
    assert theirs.PatientName == original.PatientName
    assert theirs.PixelData == original.PixelData
    assert theirs.ImagePositionPatient == original.ImagePositionPatient


def test_we_read_pydicoms_json() -> None:
    original = pydicom.dcmread(WHEEL / "CT_small.dcm")
    ours = dc.json.decode(original.to_json())
    assert ours.PatientName == str(original.PatientName)
    assert [float(value) for value in ours["ImagePositionPatient"]] == [  # type: ignore[attr-defined]
        float(value) for value in original.ImagePositionPatient
    ]
    assert ours["PixelData"] == original.PixelData


# --- DCMTK ---------------------------------------------------------------------------------------


def without_pixels(path: Path, folder: Path) -> Path:
    """A copy that ends before encapsulated pixel data, which dcm2json refuses."""
    file = dc.read(path)
    if "PixelData" not in file.dataset:
        return path
    offset = file.dataset.element("PixelData").offset
    if offset is None or file.transfer_syntax == "1.2.840.10008.1.2.1.99":
        return path
    copy = folder / "cut.dcm"
    copy.write_bytes(path.read_bytes()[:offset])
    return copy


def beside_dcm2json(path: Path, program: str) -> Iterator[tuple[str, str | None]]:
    done = subprocess.run([program, "-q", "-fc", str(path)], capture_output=True, check=False)
    if done.returncode:
        return  # a character set, a value or a length that DCMTK does not take
    # It leaves a comma where an element is left out at the end.
    text = done.stdout.decode("utf-8", "replace").replace(",}", "}")
    try:
        theirs = normal(json.loads(text))
    except json.JSONDecodeError:
        yield f"{path.name} as a whole", "no-json" if re.search(r"[0-9]\.[],]", text) else None
        return
    ours = normal(json.loads(dc.json.encode(dc.read(path, force=True))))
    for tag, mine, other in differences(ours, theirs):
        yield f"{path.name} {tag}", why("dcm2json", tag, mine, other)


def test_json_of_the_wheels_files_is_dcm2jsons(peer: Callable[[str], str], tmp_path: Path) -> None:
    program = peer("dcm2json")
    compared = list(wheel_files())
    unexplained = [
        place
        for path in compared
        for place, rule in beside_dcm2json(without_pixels_safely(path, tmp_path), program)
        if rule is None
    ]
    assert unexplained == []


def without_pixels_safely(path: Path, folder: Path) -> Path:
    try:
        return without_pixels(path, folder)
    except dc.NotDicom:
        return path  # a bare data set


@pytest.mark.shared
@pytest.mark.slow
def test_json_of_the_collection_is_dcm2jsons(
    peer: Callable[[str], str], corpus: Path, tmp_path: Path
) -> None:
    program = peer("dcm2json")
    used: set[str | None] = set()
    unexplained: list[str] = []
    for path in corpus_files(corpus):
        for place, rule in beside_dcm2json(without_pixels_safely(path, tmp_path), program):
            used.add(rule)
            if rule is None:
                unexplained.append(f"{path.name}: {place}")
    assert unexplained == []
    assert used <= {row["id"] for row in LISTED if "dcm2json" in row["peers"]}


# --- the XML of DCMTK, in the form of JSON -------------------------------------------------------


def as_model(element: ET.Element) -> dict[str, Any]:
    """The model of an XML document after table F.3.1-1; keys are tag, creator."""
    found: dict[str, Any] = {}
    for attribute in element:
        vr = str(attribute.get("vr"))
        kept: dict[str, Any] = {"vr": vr, "keyword": attribute.get("keyword")}
        values: list[Any] = []
        for child in attribute:
            kind = child.tag.removeprefix(NAMESPACE)
            if kind == "Item":
                values.append(as_model(child))
            elif kind == "InlineBinary":
                kept["InlineBinary"] = re.sub(r"\s", "", child.text or "")
            elif kind == "PersonName":
                values.append(
                    {
                        group.tag.removeprefix(NAMESPACE): "^".join(
                            f"{part.tag.removeprefix(NAMESPACE)}:{part.text}"
                            for part in group
                            if part.text
                        )
                        for group in child
                    }
                )
            else:
                values.append(number(child.text or None) if vr in NUMBERS else child.text or None)
        if vr == "SQ" or any(values):
            kept["Value"] = values
        creator = attribute.get("privateCreator")
        key = f"{attribute.get('tag')}"
        found[f"{key} {creator}" if creator else key] = kept
    return found


def why_xml(tag: str, ours: Any, theirs: Any) -> str | None:
    """The id of the listed difference of two documents."""
    if tag.startswith("7FE00010"):
        return "charset"  # pixel data is not converted with +M; not compared
    if ours is None or theirs is None:
        return "empty-charset" if tag == "00080005" else "lost-block" if is_private(tag) else None
    if {**ours, "keyword": None} == {**theirs, "keyword": None} and theirs["keyword"] is None:
        return "retired-keyword"
    if ours["vr"] in WORDS and theirs["vr"] == ours["vr"]:
        return "word-order-xml"
    if ours["vr"] == "PN" and theirs["vr"] == "PN":
        mine, other = ours.get("Value", []), theirs.get("Value", [])
        for value in other:
            if value.get("Phonetic") == value.get("Ideographic"):
                value.pop("Phonetic", None)
        if names(mine) == names(other):
            return "phonetic"
    return why("dcm2xml", tag[:8], ours, theirs)


def beside_dcm2xml(path: Path, program: str) -> Iterator[tuple[str, str | None]]:
    options = ["-q", "-nat", "+Eb", "+M", "+U8", "+Ca", "latin-1"]
    done = subprocess.run([program, *options, str(path)], capture_output=True, check=False)
    if done.returncode:
        return  # a character set, a value or a length that DCMTK does not take
    try:
        theirs = as_model(ET.fromstring(done.stdout))
    except ET.ParseError:
        return  # DCMTK writes control characters, which XML does not have
    ours = as_model(ET.fromstring(dc.xml.encode(dc.read(path, force=True), bulk="inline")))
    for tag, mine, other in differences(ours, theirs):
        yield f"{path.name} {tag}", why_xml(tag, mine, other)


def test_xml_of_the_wheels_files_is_dcm2xmls(peer: Callable[[str], str]) -> None:
    program = peer("dcm2xml")
    unexplained = [
        place
        for path in wheel_files()
        for place, rule in beside_dcm2xml(path, program)
        if rule is None
    ]
    assert unexplained == []


@pytest.mark.shared
@pytest.mark.slow
def test_xml_of_the_collection_is_dcm2xmls(peer: Callable[[str], str], corpus: Path) -> None:
    program = peer("dcm2xml")
    used: set[str | None] = set()
    unexplained: list[str] = []
    for path in corpus_files(corpus):
        if path.stat().st_size > 20 << 20:
            continue
        for place, rule in beside_dcm2xml(path, program):
            used.add(rule)
            if rule is None:
                unexplained.append(f"{path.name}: {place}")
    assert unexplained == []
    assert used <= {row["id"] for row in LISTED if "dcm2xml" in row["peers"]} | {"charset"}


def test_every_listed_difference_names_its_clause() -> None:
    assert len({row["id"] for row in LISTED}) == len(LISTED)
    for row in LISTED:
        assert row["clause"].startswith(("PS3.", "RFC "))
        assert set(row["peers"]) <= {"pydicom", "dcm2json", "dcm2xml"}
        assert row["why"].endswith(".")
