"""The real files that the peers and we read, and how what they found is compared."""

import json
import warnings
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pydicom
import pydicom.data
from conftest import ROOT
from pydicom.multival import MultiValue

__all__ = ["WHOLE", "as_seen_by_pydicom", "difference", "real_files"]

# A few files in the ordinary run of a laptop would show little; each takes a third of a second.
WHEEL = Path(pydicom.data.__file__).parent / "test_files"

# Cut or damaged on purpose; `tests/hostile` and the package's own tests read these.
DAMAGED = {
    "badVR.dcm", "rtplan_truncated.dcm", "MR_truncated.dcm", "no_meta_group_length.dcm", "nested_priv_SQ.dcm",
    "UN_sequence.dcm", "SC_rgb_jpeg.dcm", "no_ts.dcm", "vlut_04.dcm", "meta_missing_tsyntax.dcm", "rtstruct.dcm",
    "ExplVR_BigEndNoMeta.dcm", "ExplVR_LitEndNoMeta.dcm", "rtdose_rle.dcm", "rtdose_rle_1frame.dcm", "emri_small_RLE.dcm",
    "empty_charset_LEI.dcm", "priv_SQ.dcm", "bad_sequence.dcm", "explicit_VR-UN.dcm", "test-SR.dcm",
}  # fmt: skip
WHOLE = 4 << 20  # larger files say nothing more about the data set


def real_files() -> Iterator[Path]:
    """The wheel's files and, where it is, the shared collection's, without damaged and bare ones."""
    return (path for path in _candidates() if path.read_bytes()[128:132] == b"DICM")


def _candidates() -> Iterator[Path]:
    for path in sorted(WHEEL.glob("*.dcm")):
        if path.name not in DAMAGED and path.stat().st_size < WHOLE:
            yield path
    import os

    corpus = Path(os.environ.get("DICOM_SHARED") or ROOT.parent / "shared") / "corpus"
    manifest = corpus / "manifest.json"
    if manifest.exists():
        for entry in json.loads(manifest.read_text("utf-8")):
            known = "wheel" in str(entry.get("source_note"))
            if (
                entry["read"] == "normal"
                and entry["family"] not in {"odd", "dicomdir"}
                and not known
                and entry["bytes"] < WHOLE
            ):
                yield corpus / entry["path"]


def as_seen_by_pydicom(data: bytes) -> pydicom.Dataset:
    """What pydicom reads, without its remarks, and without its guesses about UN (it takes them in the file's byte order)."""
    before = pydicom.config.replace_un_with_known_vr
    pydicom.config.replace_un_with_known_vr = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ds = pydicom.dcmread(BytesIO(data), force=True)
            ds.walk(lambda _, element: element.value)
    finally:
        pydicom.config.replace_un_with_known_vr = before
    return ds


def difference(
    one: pydicom.Dataset, other: pydicom.Dataset, *, vrs: bool = True, path: str = ""
) -> str:
    """The first difference of two data sets, or an empty text.

    With ``vrs`` false, an element may have another VR, as it has after implicit VR forgot the one it had.
    """
    ours, theirs = {e.tag: e for e in one}, {e.tag: e for e in other}
    for tag in sorted(ours.keys() | theirs.keys()):
        if tag.element == 0:
            continue  # group lengths are retired (PS3.5 7.2), and a writer may drop them
        where = f"{path}{tag}"
        a, b = ours.get(tag), theirs.get(tag)
        if a is None or b is None:
            return f"{where} is only in one"
        if a.VR != b.VR:
            if not vrs or "UN" in {a.VR, b.VR}:  # one may know what another does not (PS3.5 6.2.2)
                continue
            return f"{where} has VR {a.VR} and {b.VR}"
        if a.VR == "SQ":
            if len(a.value) != len(b.value):
                return f"{where} has {len(a.value)} and {len(b.value)} items"
            for number, (x, y) in enumerate(zip(a.value, b.value, strict=True)):
                found = difference(x, y, vrs=vrs, path=f"{where}[{number}].")
                if found:
                    return found
        elif _plain(a.value) != _plain(b.value):
            return f"{where} {a.VR} differs: {str(a.value)[:60]!r} and {str(b.value)[:60]!r}"
    return ""


def _plain(value: Any) -> object:
    """A value without what is not significant: padding, the kinds of empty; NaN equals NaN here."""
    if isinstance(value, MultiValue | list):
        return [_plain(part) for part in value]
    if isinstance(value, float) and value != value:
        return "NaN"
    if isinstance(value, bytes):
        return value.rstrip(b"\0")
    if isinstance(value, str):
        return value.strip()
    return "" if value is None else value
