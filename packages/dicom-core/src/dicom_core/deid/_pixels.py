"""Whether pixels or sounds may show who the patient is (PS3.15 E.3.1; PS3.3 C.7.6.1 Burned In Annotation)."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .._dataset import Dataset

__all__ = ["pixel_risk"]

_PIXELS: Final = (0x7FE00010, 0x7FE00008, 0x7FE00009, 0x7FE00001)
# Where devices or people write names into the image: ultrasound, secondary capture and other screens,
# photographs and video, scanned films and documents, slide labels
_RISKY_MODALITIES: Final = frozenset(
    (
        "AS", "CF", "CP", "DD", "DF", "DG", "DM", "DMS", "DOC", "EC", "ECG", "ES", "FS", "GM", "HC", "IVUS", "LP",
        "LS", "OP", "OPV", "OT", "PX", "SC", "SCV", "SM", "US", "VF", "XC",
    )
)  # fmt: skip
_RISKY_CLASSES: Final = (
    "1.2.840.10008.5.1.4.1.1.3",  # ultrasound multi-frame, the retired one too
    "1.2.840.10008.5.1.4.1.1.6",  # ultrasound
    "1.2.840.10008.5.1.4.1.1.7",  # secondary capture
    "1.2.840.10008.5.1.4.1.1.77.1.1",  # endoscopy
    "1.2.840.10008.5.1.4.1.1.77.1.2",  # microscopy
    "1.2.840.10008.5.1.4.1.1.77.1.4",  # photography
)
_WHOLE_SLIDE: Final = "1.2.840.10008.5.1.4.1.1.77.1.6"
_AUDIO: Final = ("1.2.840.10008.5.1.4.1.1.9.4.1", "1.2.840.10008.5.1.4.1.1.9.4.2")


def pixel_risk(dataset: "Dataset", sop_class: str) -> tuple[str, str] | None:
    """A code and a sentence of why somebody must look at the object first, or None."""
    if sop_class in _AUDIO:
        return "audio", "a recorded voice may be known and may say names"
    if not any(tag in dataset for tag in _PIXELS):
        return None
    flag = text_of(dataset, 0x00280301).upper()
    if flag == "YES":
        return "burned-in", "the object says that its pixels identify the patient"
    if text_of(dataset, 0x00280302).upper() == "YES":
        return "visual-features", "the object says that its pixels show recognizable features"
    image_type = text_of(dataset, 0x00080008).upper().split("\\")
    if sop_class == _WHOLE_SLIDE and {"LABEL", "OVERVIEW", "LOCALIZER"} & set(image_type[2:3]):
        return "slide-label", "the image shows the label of the slide, or may show it"
    if _embedded_overlay(dataset):
        return "embedded-overlay", "graphics stand in unused bits of the pixels"
    if flag == "NO":
        return None
    if "SCREEN SAVE" in text_of(dataset, 0x00080008).upper():
        return "screen", "the image is of a screen, which mostly shows names"
    modality = text_of(dataset, 0x00080060).upper()
    conversion = text_of(dataset, 0x00080064)
    risky = (
        modality in _RISKY_MODALITIES
        or conversion not in {"", "DI", "SYN"}
        or any(sop_class == one or sop_class.startswith(one + ".") for one in _RISKY_CLASSES)
    )
    if risky and not (sop_class == _WHOLE_SLIDE and "VOLUME" in image_type[2:3]):
        return (
            "burned-in-unknown",
            "images of this kind often have names burned in, and the object does not say that this one has none",
        )
    return None


def text_of(dataset: "Dataset", tag: int) -> str:
    """The text of an element, empty when absent; never raises for its value."""
    return dataset.element(tag).text.strip(" \0") if tag in dataset else ""


def _embedded_overlay(dataset: "Dataset") -> bool:
    """An overlay without data of its own is in the bits of the pixels (PS3.5 8.1.2, retired)."""
    groups = {tag >> 16 for tag in dataset if 0x60000000 <= tag <= 0x60FFFFFF and not tag & 0x10000}
    return any(
        group << 16 | 0x3000 not in dataset and group << 16 | 0x0100 in dataset for group in groups
    )
