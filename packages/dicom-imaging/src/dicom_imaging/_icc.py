"""ICC profiles (PS3.3 C.11.15): not applied yet, and said so. No more than a header is read."""

from typing import TYPE_CHECKING, Final

import dicom_core as dc

if TYPE_CHECKING:
    from ._frame_source import FrameSource

__all__ = ["icc_findings"]

_HEADER: Final = 128
_SIGNATURE: Final = b"acsp"


def icc_findings(source: "FrameSource") -> tuple[dc.Finding, ...]:
    """One finding for each ICC profile of the image: colours are drawn as if they were sRGB."""
    ds = source.dataset
    paths = ds.get("OpticalPathSequence")
    places = [ds, *(paths if isinstance(paths, dc.Sequence) else ())]
    found = (_finding(place, source.limits.icc_profile) for place in places)
    return tuple(one for one in found if one is not None)


def _finding(place: dc.Dataset, limit: int) -> dc.Finding | None:
    if "ICCProfile" not in place:
        return None
    element = place.element("ICCProfile")
    size = element.length
    if not size:
        return None
    if size > limit:
        text = f"{size} bytes are more than the limit icc_profile of {limit}; the profile is not looked at"
        return dc.Finding("icc-profile-size", text, element.path, element.offset, element.vr)
    head = element.handle.read_range(0, min(size, _HEADER))
    announced = int.from_bytes(head[:4], "big")
    if len(head) < _HEADER or head[36:40] != _SIGNATURE or not _HEADER <= announced <= size:
        text = "these bytes are no ICC profile; they are ignored"
        return dc.Finding("icc-profile-malformed", text, element.path, element.offset, element.vr)
    text = "the profile is not applied: colours are drawn as they are stored"
    return dc.Finding("icc-profile-ignored", text, element.path, element.offset, element.vr)
