"""The attributes that change with the pixels (PS3.3 C.7.6.1.1.5, C.7.6.3)."""

from typing import TYPE_CHECKING, Final

from dicom_core import Dataset, generate_uid

from .._descriptor import PhotometricInterpretation, PixelDescriptor
from ._table import method_of

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["describe_pixels", "note_earlier_loss", "note_loss"]

_FULL: Final = {
    # Decoding repeats chrominance to full width; what is written then is not subsampled
    PhotometricInterpretation.YBR_FULL_422: PhotometricInterpretation.YBR_FULL,
}
_TABLES: Final = ("ExtendedOffsetTable", "ExtendedOffsetTableLengths")


def full_width(photometric: PhotometricInterpretation) -> PhotometricInterpretation:
    """What samples that are not subsampled are called."""
    return _FULL.get(photometric, photometric)


def describe_pixels(ds: Dataset, pixels: PixelDescriptor) -> None:
    """Make the Image Pixel attributes say what the pixels are now."""
    for keyword in (*_TABLES, "EncapsulatedPixelDataValueTotalLength"):
        if keyword in ds:
            del ds[keyword]
    wanted: dict[str, object] = {"PhotometricInterpretation": str(pixels.photometric)}
    if pixels.samples > 1:
        wanted["PlanarConfiguration"] = pixels.planar
    if "HighBit" in ds:
        wanted["HighBit"] = pixels.high_bit
    if pixels.bits_allocated != ds.BitsAllocated:
        wanted["BitsAllocated"] = pixels.bits_allocated
    for keyword, value in wanted.items():
        if getattr(ds, keyword) != value:
            ds[keyword] = value


def note_earlier_loss(ds: Dataset, syntax: str) -> None:
    """Decompressed pixels keep the mark of the loss that they suffered, also where it was forgotten."""
    if ds.LossyImageCompression != "01":
        ds.LossyImageCompression = "01"
        method = method_of(syntax)
        if not ds.LossyImageCompressionMethod and method:
            ds.LossyImageCompressionMethod = (method,)


def note_loss(ds: Dataset, method: str, ratio: float, what: str) -> None:
    """The image is a derived one now, with an identity of its own and a mark of what it lost."""
    old_class, old_instance = ds.SOPClassUID, ds.SOPInstanceUID
    ds.LossyImageCompression = "01"
    ratios: Iterable[object] = ds.LossyImageCompressionRatio or ()
    methods: Iterable[object] = ds.LossyImageCompressionMethod or ()
    ds["LossyImageCompressionRatio"] = (*ratios, round(ratio, 2))
    ds["LossyImageCompressionMethod"] = (*methods, method)
    _derived(ds)
    ds.SOPInstanceUID = generate_uid()
    text = f"Lossy compression with {what}, ratio {ratio:.2f}"
    earlier = ds.DerivationDescription
    ds.DerivationDescription = f"{earlier}; {text}"[:1024] if earlier else text
    ds["DerivationCodeSequence"] = [
        *(ds.DerivationCodeSequence or ()),
        _code("113040", "Lossy Compression"),
    ]
    if old_class and old_instance:
        source = Dataset()
        source.ReferencedSOPClassUID = str(old_class)
        source.ReferencedSOPInstanceUID = str(old_instance)
        source["PurposeOfReferenceCodeSequence"] = [_code("121320", "Uncompressed predecessor")]
        ds["SourceImageSequence"] = [*(ds.SourceImageSequence or ()), source]


def _derived(ds: Dataset) -> None:
    """Image Type, and Frame Type of every functional group, begin with DERIVED (PS3.3 C.7.6.1.1.2)."""
    kind = ds.ImageType or ()
    if kind[:1] != ("DERIVED",):
        ds["ImageType"] = ("DERIVED", *(kind[1:] or ("PRIMARY",)))
    groups = [
        *(ds.SharedFunctionalGroupsSequence or ()),
        *(ds.PerFrameFunctionalGroupsSequence or ()),
    ]
    for group in groups:
        for element in list(group.elements()):
            if element.vr != "SQ" or "FrameTypeSequence" not in element.keyword:
                continue
            for item in group[element.tag]:
                frame = item.FrameType or ()
                if frame[:1] == ("ORIGINAL",):
                    item["FrameType"] = ("DERIVED", *frame[1:])


def _code(value: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue = value
    item.CodingSchemeDesignator = "DCM"
    item.CodeMeaning = meaning
    return item
