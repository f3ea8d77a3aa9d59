"""`describe`: the attributes of a data set as a `PixelDescriptor`, or a precise refusal (PS3.3 C.7.6.3)."""

from typing import TYPE_CHECKING, Final

from dicom_dict import Tag

from ._descriptor import PhotometricInterpretation, PixelDescriptor, SampleKind
from ._errors import InvalidPixelDescriptor, MissingPixelDescriptor

if TYPE_CHECKING:
    from dicom_core import Dataset

__all__ = ["PIXEL_DATA", "describe", "pixel_element"]

PIXEL_DATA: Final = 0x7FE00010
_FLOAT: Final = 0x7FE00008
_DOUBLE: Final = 0x7FE00009
_SAMPLES: Final = 0x00280002
_PHOTOMETRIC: Final = 0x00280004
_PLANAR: Final = 0x00280006
_FRAMES: Final = 0x00280008
_ROWS: Final = 0x00280010
_COLUMNS: Final = 0x00280011
_ALLOCATED: Final = 0x00280100
_STORED: Final = 0x00280101
_HIGH_BIT: Final = 0x00280102
_REPRESENTATION: Final = 0x00280103

# 1 and multiples of 8 (PS3.5 8.1.1) as far as they are used; 12, packed and unsigned, is of ACR-NEMA 2.0
_ALLOCATIONS: Final = frozenset((1, 8, 12, 16, 32, 64))
_KINDS: Final = {_FLOAT: (SampleKind.FLOAT, 32), _DOUBLE: (SampleKind.DOUBLE, 64)}


def pixel_element(dataset: "Dataset") -> int | None:
    """The tag of the element that holds the pixels, or None (PS3.3 C.7.6.24: there is at most one)."""
    return next((tag for tag in (PIXEL_DATA, _FLOAT, _DOUBLE) if tag in dataset), None)


def describe(dataset: "Dataset") -> PixelDescriptor:
    """What a frame of this data set is made of; pixel data need not be there.

    Raises `MissingPixelDescriptor` and `InvalidPixelDescriptor`, which name the element. What files leave out and
    what has one answer only is filled in: one frame, High Bit below Bits Stored, interleaved samples.
    """
    tag = pixel_element(dataset)
    kind = _KINDS.get(PIXEL_DATA if tag is None else tag)
    if tag is None and _STORED not in dataset and _REPRESENTATION not in dataset:
        # only float pixels have neither; without the element itself, Bits Allocated tells which
        bits = _number(dataset, _ALLOCATED)
        kind = next((one for one in _KINDS.values() if one[1] == bits), None)
    if kind is not None:
        return _float(dataset, *kind)
    allocated, stored, high = _bits(dataset)
    return PixelDescriptor(
        rows=_size(dataset, _ROWS),
        columns=_size(dataset, _COLUMNS),
        samples=_samples(dataset),
        bits_allocated=allocated,
        bits_stored=stored,
        high_bit=high,
        signed=_choice(dataset, _REPRESENTATION, (0, 1)) == 1 and allocated not in {1, 12},
        photometric=_photometric(dataset),
        planar=_planar(dataset),
        frames=_frames(dataset),
    )


def _float(dataset: "Dataset", kind: SampleKind, bits: int) -> PixelDescriptor:
    allocated = _needed(dataset, _ALLOCATED)
    if allocated != bits:
        raise InvalidPixelDescriptor(
            f"{Tag(_ALLOCATED)} BitsAllocated is {allocated}, but {kind} samples have {bits} bits",
            str(Tag(_ALLOCATED)),
            "US",
            BitsAllocated=allocated,
        )
    return PixelDescriptor(
        rows=_size(dataset, _ROWS),
        columns=_size(dataset, _COLUMNS),
        samples=_samples(dataset),
        bits_allocated=bits,
        bits_stored=bits,
        high_bit=bits - 1,
        signed=True,
        photometric=_photometric(dataset),
        planar=_planar(dataset),
        frames=_frames(dataset),
        kind=kind,
    )


def _bits(dataset: "Dataset") -> tuple[int, int, int]:
    """Bits Allocated, Bits Stored and High Bit, which must fit into each other (PS3.5 8.1.1)."""
    allocated, stored = _needed(dataset, _ALLOCATED), _needed(dataset, _STORED)
    high = _number(dataset, _HIGH_BIT)
    high = stored - 1 if high is None else high
    if allocated in _ALLOCATIONS and 0 < stored <= allocated and stored - 1 <= high < allocated:
        return allocated, stored, high
    raise InvalidPixelDescriptor(
        f"BitsAllocated {allocated}, BitsStored {stored} and HighBit {high} do not fit together",
        str(Tag(_ALLOCATED)),
        "US",
        BitsAllocated=allocated,
        BitsStored=stored,
        HighBit=high,
    )


def _size(dataset: "Dataset", tag: int) -> int:
    value = _needed(dataset, tag)
    if value < 1:
        raise _wrong(dataset, tag, "is 0; an image has at least one", value)
    return value


def _samples(dataset: "Dataset") -> int:
    return _choice(dataset, _SAMPLES, (1, 2, 3, 4))


def _planar(dataset: "Dataset") -> int:
    """Planar Configuration; many files of several samples leave it out, and mean 0."""
    value = _number(dataset, _PLANAR)
    if value not in {None, 0, 1}:
        raise _wrong(dataset, _PLANAR, f"is {value}; it is 0 or 1", value)
    return value or 0


def _choice(dataset: "Dataset", tag: int, choices: tuple[int, ...]) -> int:
    value = _needed(dataset, tag)
    if value not in choices:
        allowed = " or ".join(map(str, choices))
        raise _wrong(dataset, tag, f"is {value}; it is {allowed}", value)
    return value


def _frames(dataset: "Dataset") -> int:
    """Number of Frames: 1 where it is absent or empty (PS3.3 C.7.6.6)."""
    if _FRAMES not in dataset:
        return 1
    element = dataset.element(_FRAMES)
    text = element.text.strip(" \0")
    if not text:
        return 1
    if not (text.isascii() and text.isdigit() and 0 < len(text) <= 12 and int(text) > 0):
        raise _wrong(dataset, _FRAMES, "is not one number above 0", text[:32])
    return int(text)


def _photometric(dataset: "Dataset") -> PhotometricInterpretation:
    text = dataset.element(_PHOTOMETRIC).text.strip(" \0") if _PHOTOMETRIC in dataset else ""
    if not text:
        raise _missing(_PHOTOMETRIC)
    try:
        return PhotometricInterpretation(text)
    except ValueError:
        raise _wrong(
            dataset, _PHOTOMETRIC, "is no photometric interpretation of the standard", text[:16]
        ) from None


def _needed(dataset: "Dataset", tag: int) -> int:
    value = _number(dataset, tag)
    if value is None:
        raise _missing(tag)
    return value


def _number(dataset: "Dataset", tag: int) -> int | None:
    """The value of a US element; None where it is absent or empty."""
    if tag not in dataset:
        return None
    element = dataset.element(tag)
    if element.vr != "US":
        raise _wrong(dataset, tag, f"is {element.vr}; it is one US", None)
    if element.length not in {0, 2}:
        raise _wrong(dataset, tag, f"has {element.length} bytes; it is one US", None)
    value = element.value
    return value if isinstance(value, int) else None


def _missing(tag: int) -> MissingPixelDescriptor:
    return MissingPixelDescriptor(str(Tag(tag)), Tag(tag).keyword or "")


def _wrong(dataset: "Dataset", tag: int, text: str, value: object) -> InvalidPixelDescriptor:
    name = Tag(tag).keyword or ""
    vr = dataset.element(tag).vr
    return InvalidPixelDescriptor(f"{Tag(tag)} {name} {text}", str(Tag(tag)), vr, **{name: value})


# Tracebacks, reprs and pickles name the place that users import from
describe.__module__ = "dicom_imaging"
