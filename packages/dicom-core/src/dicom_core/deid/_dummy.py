"""Values that stand where the object needs one and none of the patient's may stand."""

from typing import TYPE_CHECKING, Final

from dicom_dict import find_element

if TYPE_CHECKING:
    from dicom_dict import AttributeUse

    from .._dataset import Dataset
    from ._decide import Place
    from ._mapping import IdentityMapping

__all__ = ["CODE_MEANING", "TEXT", "dummy_code", "dummy_document", "dummy_item", "dummy_value"]

TEXT: Final = "ANONYMIZED"
CODE_MEANING: Final = "Anonymized"
_SCHEME: Final = "99ANONYM"

_VALUES: Final[dict[str, object]] = {
    "AE": TEXT, "AS": "000Y", "AT": 0, "CS": TEXT, "DA": "19000101", "DS": "0", "DT": "19000101000000",
    "FD": 0.0, "FL": 0.0, "IS": "0", "LO": TEXT, "LT": TEXT, "OB": b"\0\0", "OD": bytes(8), "OF": bytes(4),
    "OL": bytes(4), "OV": bytes(8), "OW": b"\0\0", "PN": TEXT, "SH": TEXT, "SL": 0, "SS": 0, "ST": TEXT,
    "SV": 0, "TM": "000000", "UC": TEXT, "UL": 0, "UN": b"\0\0", "UR": "urn:x-anonymized:0", "US": 0,
    "UT": TEXT, "UV": 0,
}  # fmt: skip

# The smallest document of each kind: one blank page, one empty document, no geometry at all
_PDF: Final = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\n"
    b"xref\n0 4\n0000000000 65535 f \n0000000009 00000 n \n0000000052 00000 n \n0000000101 00000 n \n"
    b"trailer<</Size 4/Root 1 0 R>>\nstartxref\n164\n%%EOF\n"
)
_DOCUMENTS: Final = {
    "application/pdf": _PDF,
    "text/xml": b'<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"/>\n',
    "model/stl": bytes(84),
    "model/obj": b"# removed\n",
    "model/mtl": b"# removed\n",
}


def dummy_value(tag: int, vr: str, use: "AttributeUse | None" = None) -> object:
    """A value of a VR that says nothing; of a code string one that the attribute knows."""
    if vr == "CS" and use is not None:
        terms = use.attribute.enumerated_values or use.attribute.defined_terms
        if terms:
            return terms[0]
    if tag == 0x00080201:
        return "+0000"  # Timezone Offset From UTC
    value = _VALUES[vr]
    entry = find_element(tag)
    if entry is not None and vr not in {"SH", "LO", "PN"} and not entry.vm.allows(1):
        return [value] * entry.vm.least
    return value


def dummy_document(mime_type: str) -> bytes:
    """A document of the type that holds nothing."""
    data = _DOCUMENTS.get(mime_type.strip().lower(), b"\0\0")
    return data + b"\0" * (len(data) & 1)


def dummy_code() -> "Dataset":
    """An item of a code sequence that codes nothing."""
    from .._dataset import Dataset

    item = Dataset()
    item.set(0x00080100, "SH", "ANONYM")
    item.set(0x00080102, "SH", _SCHEME)
    item.set(0x00080104, "LO", CODE_MEANING)
    return item


def dummy_item(tag: int, place: "Place", mapping: "IdentityMapping", depth: int = 0) -> "Dataset":
    """An item for a sequence that must have one: what PS3.3 wants in it, filled with dummies."""
    from .._dataset import Dataset

    if tag == 0x0040A730:
        return _dummy_content()
    if tag == 0x00700001:
        return _dummy_annotation()
    use = place.use(tag)
    nested = use.nested if use is not None else {}
    if 0x00080104 in nested:
        return dummy_code()
    item, inner = Dataset(), place.below(tag)
    for number, inside in nested.items():
        if inside.attribute.include_condition or inside.type not in {"1", "2"}:
            continue
        entry = find_element(number)
        if entry is None or entry.vr is None:
            continue
        vr = str(entry.vr)
        if inside.type == "2":
            item.set(number, vr, None)
        elif vr == "SQ":
            if depth < 4:
                item.set(number, vr, [dummy_item(number, inner, mapping, depth + 1)])
        elif vr == "UI":
            item.set(number, vr, mapping.uid("dummy"))
        else:
            item.set(number, vr, dummy_value(number, vr, inside))
    if tag == 0x0040B020:
        # A text or a concept has to be there (PS3.3 C.10.10)
        item.set(0x00700006, "ST", TEXT)
    if not len(item):
        # Nothing is known of the items; an item with something in it is a value (PS3.5 7.5)
        item.set(0x00080104, "LO", CODE_MEANING)
    return item


def _dummy_annotation() -> "Dataset":
    """A graphic annotation that says that there was one, in a corner (PS3.3 C.10.5)."""
    from .._dataset import Dataset

    text = Dataset()
    text.set(0x00700004, "CS", "DISPLAY")  # Anchor Point Annotation Units
    text.set(0x00700006, "ST", TEXT)
    text.set(0x00700014, "FL", [0.0, 0.0])  # Anchor Point
    text.set(0x00700015, "CS", "N")  # Anchor Point Visibility
    item = Dataset()
    item.set(0x00700002, "CS", TEXT)  # Graphic Layer
    item.set(0x00700008, "SQ", [text])
    return item


def _dummy_content() -> "Dataset":
    """A content item that says that the content was removed (PS3.3 C.17.3; 121106 DCM is "Comment")."""
    from .._dataset import Dataset

    name = Dataset()
    name.set(0x00080100, "SH", "121106")
    name.set(0x00080102, "SH", "DCM")
    name.set(0x00080104, "LO", "Comment")
    item = Dataset()
    item.set(0x0040A010, "CS", "CONTAINS")
    item.set(0x0040A040, "CS", "TEXT")
    item.set(0x0040A043, "SQ", [name])
    item.set(0x0040A160, "UT", TEXT)
    return item
