"""What the data set says afterwards about having been de-identified (PS3.15 E.1.1, E.2, E.3; PS3.3 C.7.1.1)."""

from typing import TYPE_CHECKING, Final

from dicom_dict import Code, context_group
from dicom_dict import DeidentificationOption as Option

from .._sequence import Sequence
from ._pixels import text_of

if TYPE_CHECKING:
    from .._dataset import Dataset
    from ._profile import Profile

__all__ = ["codes_before", "record"]

_BASIC: Final = "113100"
_METHODS: Final = "7050"
METHOD: Final = "PS3.15 E Basic Application Level Confidentiality Profile"


def record(dataset: "Dataset", profile: "Profile", before: frozenset[str]) -> None:
    """Set the attributes that name the method. ``before``: the codes of an earlier de-identification."""
    dataset.set(0x00120062, "CS", "YES")
    # What stood there was free text of somebody else
    dataset.set(0x00120063, "LO", METHOD)
    dataset.set(0x00120064, "SQ", [_item(code) for code in _codes(profile, before)])
    if Option.RETAIN_LONGITUDINAL_FULL_DATES in profile.options:
        temporal = "UNMODIFIED"
    elif Option.RETAIN_LONGITUDINAL_MODIFIED_DATES in profile.options:
        temporal = "MODIFIED"
    else:
        temporal = "REMOVED"
    dataset.set(0x00280303, "CS", temporal)
    if Option.CLEAN_PIXEL_DATA in profile.options:
        dataset.set(0x00280301, "CS", "NO")
    if Option.CLEAN_RECOGNIZABLE_VISUAL_FEATURES in profile.options:
        dataset.set(0x00280302, "CS", "NO")


def codes_before(dataset: "Dataset") -> frozenset[str]:
    """The codes of CID 7050 that an earlier de-identification left: what was cleaned then is clean still."""
    known = {code.value for code in context_group(_METHODS).codes()}
    items = dataset.get(0x00120064)
    if not isinstance(items, Sequence):
        return frozenset()
    found = {text_of(item, 0x00080100) for item in items}
    return frozenset(found & known)


def _codes(profile: "Profile", before: frozenset[str]) -> list[Code]:
    # Of what was done before, only the options that took something away are still true; what was
    # retained then is now up to this profile.
    still = {
        option.code
        for option in (Option.CLEAN_PIXEL_DATA, Option.CLEAN_RECOGNIZABLE_VISUAL_FEATURES)
        if option.code in before
    }
    wanted = {_BASIC, *still, *(option.code for option in profile.options)}
    return [code for code in context_group(_METHODS).codes() if code.value in wanted]


def _item(code: Code) -> "Dataset":
    from .._dataset import Dataset

    item = Dataset()
    item.set(0x00080100, "SH", code.value)
    item.set(0x00080102, "SH", code.scheme)
    item.set(0x00080104, "LO", code.meaning)
    return item
