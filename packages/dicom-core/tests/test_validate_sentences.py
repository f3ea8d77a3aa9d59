"""Conditions out of sentences: what is read, what is left alone, and how many of PS3.3 are decided."""

from collections.abc import Iterable

import pytest

from dicom_core.validate._conditions import ROWS
from dicom_core.validate._scope import Scope
from dicom_core.validate._sentences import condition_of
from dicom_core.validate._view_others import MappingView
from dicom_dict import Attribute, iod, macros, modules


def place(**values: object) -> Scope:
    return Scope(MappingView(values))


A = "Samples per Pixel (0028,0002)"
B = "Photometric Interpretation (0028,0004)"
IMAGE: dict[str, object] = {"ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"]}

READ: list[tuple[str, dict[str, object], bool | None]] = [
    (f"Required if {A} is present.", {"SamplesPerPixel": 1}, True),
    (f"Required if {A} is present.", {}, False),
    (f"Required if {A} is not present. May be present otherwise.", {}, True),
    (f"Required if {A} is absent.", {"SamplesPerPixel": 1}, False),
    (f"Required if {A} has a value greater than 1.", {"SamplesPerPixel": 3}, True),
    (f"Required if {A} has a value greater than 1.", {"SamplesPerPixel": 1}, False),
    (f"Required if {B} is RGB or YBR_FULL.", {"PhotometricInterpretation": "YBR_FULL"}, True),
    (f"Required if {B} is RGB or YBR_FULL.", {"PhotometricInterpretation": "CMYK"}, False),
    (f"Required if {B} is RGB, CMYK or YBR_FULL.", {"PhotometricInterpretation": "CMYK"}, True),
    (f"Required if {B} has a Value of PALETTE COLOR.", {"PhotometricInterpretation": "PALETTE COLOR"}, True),
    (f"Required if {B} is other than RGB.", {"PhotometricInterpretation": "CMYK"}, True),
    (f"Required if {B} is other than RGB.", {}, None),
    (f"Required if {B} equals RGB and {A} is present.", {"PhotometricInterpretation": "RGB"}, False),
    (f"Required if {B} equals RGB or {A} is present.", {"PhotometricInterpretation": "RGB"}, True),
    ("Required if Image Type (0008,0008) Value 1 is ORIGINAL or MIXED.", IMAGE, True),
    ("Required if Image Type (0008,0008) Value 1 is DERIVED.", IMAGE, False),
    ("Required if Value 3 of Image Type (0008,0008) is AXIAL or LOCALIZER.", IMAGE, True),
    ("Required if Image Type (0008,0008), Value 3 is LOCALIZER.", IMAGE, False),
    ("Required if Frame Increment Pointer (0028,0009) points to Frame Time (0018,1063).",
     {"FrameIncrementPointer": "00181063"}, True),
    ("Required if Number of Wedges (300A,00D0) is non-zero.", {"NumberOfWedges": "2"}, True),
    ("Required if Number of Wedges (300A,00D0) is non-zero.", {"NumberOfWedges": "0"}, False),
    ("Required if Material ID (300A,00E1) is zero-length.", {"MaterialID": ""}, True),
    ("Required if Lossy Image Compression (0028,2110) is \"01\".", {"LossyImageCompression": "01"}, True),
    ("Include if and only if Value Type (0040,A040) is NUM.", {"ValueType": "NUM"}, True),
    # A comma binds less: (A or B) and C
    (f"Required if {A} is present or {B} is RGB, and Rows (0028,0010) is present.", {"SamplesPerPixel": 1}, False),
    # Two sentences: either will do
    (f"Required if {A} is present. Required if {B} is RGB.", {"PhotometricInterpretation": "RGB"}, True),
    # The first item, or a change that is not looked at
    ("Required for first Item of Control Point Sequence (300A,0111), or if Gantry Angle changes during Beam.", {}, True),
    # The name without its tag
    ("Required if Rescale Intercept is present.", {"RescaleIntercept": "0"}, True),
    # Several attributes of one verb
    ("Required if Rows (0028,0010) and Columns (0028,0011) are not present.", {"Rows": 1}, False),
]  # fmt: skip

LEFT_ALONE = [
    "Required if contrast media was used in this image.",
    "Required if the image has been calibrated. May be present otherwise.",
    f"Required if {A} is present and {B} is RGB or Rows (0028,0010) is present.",  # two readings
    "Required if Rows (0028,0010) or Columns (0028,0011) are not present.",  # neither, or not both?
    "Required if Sample per Pixel (0028,0002) is present.",  # not the name of that tag
    f"Required if {A} is strange.",
    f"Required if {A} is present and",
    "Required if",
    "",
    "See C.7.6.16.",
]


@pytest.mark.parametrize(("words", "values", "wanted"), READ)
def test_a_sentence_that_is_read(
    words: str, values: dict[str, object], wanted: bool | None
) -> None:
    needed = condition_of(words).needed
    assert needed is not None
    assert needed(place(**values)) is wanted


@pytest.mark.parametrize("words", LEFT_ALONE)
def test_a_sentence_that_is_left_alone(words: str) -> None:
    assert condition_of(words).needed is None


def test_what_holds_otherwise() -> None:
    assert condition_of(f"Required if {A} is present. May be present otherwise.").may_be_present
    assert not condition_of(f"Required if {A} is present.").may_be_present
    assert condition_of(f"Required if {A} is present. Shall not be present otherwise.").forbidden


def test_the_innermost_level_that_may_hold_it() -> None:
    outer = Scope(MappingView({"PhotometricInterpretation": "RGB", "IconImageSequence": [{}]}))
    inner = next(outer.below(0x00880200))
    needed = condition_of(f"Required if {B} is RGB.").needed
    assert needed is not None
    assert needed(inner) is True
    icon = iod("CT Image").attributes()[0x00080008]
    knowing = Scope(inner.view, {0x00280004: icon}, outer, 0x00880200)
    assert needed(knowing) is False  # an item that may have it itself


# The IODs whose conditions are decided, as far as a data set can tell.
DECIDED = [
    "CT Image", "MR Image", "Enhanced CT Image", "Enhanced MR Image", "Computed Radiography Image",
    "Digital X-Ray Image", "Digital Mammography X-Ray Image", "Ultrasound Image", "Ultrasound Multi-frame Image",
    "Secondary Capture Image", "Positron Emission Tomography Image", "Nuclear Medicine Image", "Segmentation",
    "RT Dose", "RT Plan", "RT Structure Set", "RT Image", "Basic Text SR", "Enhanced SR", "Comprehensive SR",
]  # fmt: skip


def _rows(rows: Iterable[Attribute]) -> dict[tuple[str, str], Attribute]:
    """Every row that can be reached, once: macros contain themselves."""
    found: dict[tuple[str, str], Attribute] = {}
    stack = list(rows)
    while stack:
        row = stack.pop()
        if row.tag is not None and (row.table, row.path) not in found:
            found[row.table, row.path] = row
            stack += row.nested
    return found


@pytest.mark.parametrize("name", DECIDED)
def test_most_conditions_of_an_iod_are_decided(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    known = iod(name).attributes().values()
    rows = _rows(row for merged in known for _, row in merged.uses).values()
    conditional = [row for row in rows if row.type in {"1C", "2C"}]
    decided = [
        row
        for row in conditional
        if (row.table, row.keyword) in ROWS or condition_of(row.condition).needed is not None
    ]
    with capsys.disabled():
        print(f"\n{name}: {len(decided)} of {len(conditional)} conditions decided", end="")
    assert len(decided) >= 0.6 * len(conditional)


def test_every_row_by_hand_is_a_row_of_the_standard() -> None:
    known = {found.table: found for found in (*modules(), *macros())}
    for table, keyword in ROWS:
        keywords = {row.keyword for row in _rows(known[table].attributes).values()}
        assert keyword in keywords, (table, keyword)
