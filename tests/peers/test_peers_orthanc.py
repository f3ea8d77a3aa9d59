"""Our DICOM JSON is the metadata that Orthanc gives of the same files over DICOMweb, but for what is listed here."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import dicom_core as dc

from .files import real_files
from .programs import Orthanc

Attribute = dict[str, Any]


class Difference(NamedTuple):
    """An attribute that is not the same; None: it is not there."""

    path: str
    ours: Attribute | None
    theirs: Attribute | None
    charset: str

    @property
    def tag(self) -> str:
        return self.path.rpartition(".")[2]

    @property
    def is_private(self) -> bool:
        return int(self.tag[3], 16) % 2 == 1


def differences(
    ours: Attribute, theirs: Attribute, charset: str, place: str = ""
) -> Iterator[Difference]:
    """Attribute by attribute. Orthanc keeps no empty items, so these are not counted."""
    for tag in sorted(ours.keys() | theirs.keys()):
        one, other = ours.get(tag), theirs.get(tag)
        if one == other:
            continue
        if one is None or other is None or one["vr"] != "SQ" or other["vr"] != "SQ":
            yield Difference(place + tag, one, other, charset)
            continue
        items = [[item for item in side.get("Value", ()) if item] for side in (one, other)]
        if len(items[0]) != len(items[1]):
            yield Difference(place + tag, one, other, charset)
        for mine, yours in zip(*items, strict=False):
            yield from differences(mine, yours, charset, f"{place}{tag}.")


def values(attribute: Attribute | None) -> list[Any]:
    return list((attribute or {}).get("Value", ()))


def stripped(attribute: Attribute | None) -> list[str]:
    return [(text or "").strip() for text in values(attribute)]


def groups(attribute: Attribute | None) -> list[dict[str, str]]:
    return [{key: text for key, text in (name or {}).items() if text} for name in values(attribute)]


def near(one: list[Any], other: list[Any]) -> bool:
    return len(one) == len(other) and all(
        a == b or (None not in {a, b} and abs(float(a) - float(b)) < 1e-9)
        for a, b in zip(one, other, strict=True)
    )


# What differs, with the clause that says who may do so.
KNOWN: Final[dict[str, Callable[[Difference], bool]]] = {
    # PS3.18 F.2: the text is in UTF-8; we say so, Orthanc repeats what the file said
    "charset": lambda d: d.tag == "00080005" and values(d.ours) == ["ISO_IR 192"],
    # PS3.18 F.2.2: a value may be inline or behind a URI
    "bulk data": lambda d: "InlineBinary" in (d.ours or {}) and "BulkDataURI" in (d.theirs or {}),
    # PS3.18 F.2.2 has InlineBinary for OB, OD, OF, OL, OV, OW and UN; Orthanc gives the first number
    "OD and OF": lambda d: d.ours is not None and d.ours["vr"] in {"OD", "OF"} and len(values(d.theirs)) == 1,
    # It leaves compressed pixel data out
    "pixels": lambda d: d.tag == "7FE00010" and d.theirs is None,
    # PS3.5 6.2.2: implicit VR says no VR of private elements; Orthanc guesses some and leaves the others out
    "private UN": lambda d: d.is_private and d.ours is not None and d.ours["vr"] == "UN",
    # PS3.6 has US or SS for the descriptors of palettes, and implicit VR does not say which; Orthanc leaves them out
    "US or SS": lambda d: d.tag in {"00281101", "00281102", "00281103"} and d.theirs is None,
    # PS3.5 7.5: an item may be empty; a sequence of nothing else is left out too
    "empty items": lambda d: d.theirs is None and bool(values(d.ours)) and not any(values(d.ours)),
    # PS3.5 6.2: trailing spaces of a CS are padding, of each value
    "padding": lambda d: d.ours is not None and d.ours["vr"] == "CS" and stripped(d.theirs) == stripped(d.ours),
    # PS3.5 6.1.2.5.3: the backslash separates values in ISO-IR 13 and 14 too, where it looks like a yen sign
    "yen": lambda d: "IR 13" in d.charset and len(values(d.ours)) > 1 and len(values(d.theirs)) < 2,
    # PS3.5 6.1.2.5: code extensions, which Orthanc 1.10 does not know in full
    "code extensions": lambda d: "2022" in d.charset and d.ours is not None and d.ours["vr"] == "PN",
    # PS3.18 F.2.2: a component group that is not there is not there
    "empty group": lambda d: d.ours is not None and d.ours["vr"] == "PN" and groups(d.theirs) == groups(d.ours),
    # PS3.5 6.1.1: without (0008,0005) there is ASCII alone; Orthanc takes Latin 1
    "no charset": lambda d: not d.charset and "\ufffd" in json.dumps(d.ours, ensure_ascii=False),
    # PS3.5 6.2: UT has one value, and a backslash in it is text
    "UT": lambda d: d.ours is not None and d.ours["vr"] == "UT" and len(values(d.theirs)) > 1,
    # PS3.18 F.2.3: a DS may be a string too, and is where it has more than its 16 characters; 1e-16 is 0 to Orthanc
    "DS": lambda d: d.ours is not None and d.ours["vr"] == "DS" and near(values(d.ours), values(d.theirs)),
}  # fmt: skip


def test_metadata_is_that_of_orthanc(peer: Callable[[str], str], tmp_path: Path) -> None:
    peer("Orthanc")
    seen: set[str] = set()
    unexplained: list[tuple[str, Difference]] = []
    compared = 0
    with Orthanc(tmp_path) as orthanc:
        for path in real_files():
            data = path.read_bytes()
            file = dc.read(data)
            uids = [
                file.dataset.element(key).text if key in file.dataset else ""
                for key in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
            ]
            # UIDs with other characters make no URL (PS3.5 9.1)
            if uids[2] in seen or not all(map(is_uid, uids)) or not orthanc.store(data):
                continue
            seen.add(uids[2])
            charset = "\\".join(file.dataset.SpecificCharacterSet or ())
            theirs = orthanc.metadata(*uids)
            for difference in differences(json.loads(dc.json.encode(file)), theirs, charset):
                if not any(explains(difference) for explains in KNOWN.values()):
                    unexplained.append((path.name, difference))
            compared += 1
    assert not unexplained, unexplained[:5]
    assert compared > 25


def is_uid(text: str) -> bool:
    return bool(text) and text.replace(".", "").isdigit()
