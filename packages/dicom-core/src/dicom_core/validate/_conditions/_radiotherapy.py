"""Radiotherapy: doses, plans, treatment records (PS3.3 C.8.8)."""

from typing import TYPE_CHECKING, Final

from .._predicates import (
    Condition,
    all_of,
    first_item,
    lists,
    more_than,
    present,
    value,
)

if TYPE_CHECKING:
    from .._scope import Scope

__all__ = ["RADIOTHERAPY", "RADIOTHERAPY_MODULES"]

_PIXELS: Final = present("PixelData")
_FRACTION_GROUPS: Final = 0x300A0070


def _any_group_has(count: int) -> Condition:
    """A count is above zero in one fraction group or more."""

    def test(here: "Scope") -> bool | None:
        return any((group.number(count) or 0) > 0 for group in here.root.below(_FRACTION_GROUPS))

    return test


def _some_control_point(sequence: int, weight: int) -> Condition:
    """A cumulative weight has a value in one control point or more."""

    def test(here: "Scope") -> bool | None:
        return any(not point.view.is_empty(weight) for point in here.below(sequence))

    return test


def _not_last(here: "Scope") -> bool | None:
    """Every item but the last, which depends on more."""
    if here.parent is None:
        return None
    return True if here.position < len(here.parent.view.items(here.sequence)) - 1 else None


def _several_exposures(here: "Scope") -> bool | None:
    """More than one exposure, of a multi-frame image."""
    root = here.root
    frames = root.number(0x00280008)
    return len(root.view.items(0x30020030)) > 1 and frames is not None and frames > 1


_ENHANCED_DEVICES: Final = value("EnhancedRTBeamLimitingDeviceDefinitionFlag", "YES")


def _first_if(count: str) -> Condition:
    """Needed in the first control point where the beam has such devices, nowhere where it has none."""
    return all_of(first_item, more_than(count, 0))


def _beam_limits(here: "Scope") -> bool | None:
    """C.8.8.14: positions of jaws and leaves in the first control point, unless they are told the enhanced way."""
    return False if _ENHANCED_DEVICES(here) else first_item(here)


RADIOTHERAPY: Final[dict[tuple[str, str], Condition]] = {
    # C.8.8.2 RT Image
    ("C.8-38", "ReferencedFrameNumber"): _several_exposures,
    # C.8.8.3 RT Dose
    ("C.8-39", "BitsAllocated"): _PIXELS,
    ("C.8-39", "PixelRepresentation"): _PIXELS,
    ("C.8-39", "GridFrameOffsetVector"): all_of(
        more_than("NumberOfFrames", 1), lists("FrameIncrementPointer", "GridFrameOffsetVector")
    ),
    # C.8.8.14 RT Beams, C.8.8.25 RT Ion Beams
    ("C.8-50", "FinalCumulativeMetersetWeight"): _some_control_point(0x300A0111, 0x300A0134),
    ("C.8.8.25-1", "FinalCumulativeMetersetWeight"): _some_control_point(0x300A03A8, 0x300A0134),
    ("C.8-50", "WedgePositionSequence"): _first_if("NumberOfWedges"),
    ("C.8-50", "BeamLimitingDevicePositionSequence"): _beam_limits,
    ("C.8-50", "BeamDosePointDepth"): _not_last,
    ("C.8-50", "BeamDosePointEquivalentDepth"): _not_last,
    ("C.8-50", "BeamDosePointSSD"): _not_last,
    ("C.8.8.25-1", "IonWedgePositionSequence"): _first_if("NumberOfWedges"),
    ("C.8.8.25-1", "RangeShifterSettingsSequence"): _first_if("NumberOfRangeShifters"),
    ("C.8.8.25-1", "LateralSpreadingDeviceSettingsSequence"): _first_if(
        "NumberOfLateralSpreadingDevices"
    ),
    ("C.8.8.25-1", "RangeModulatorSettingsSequence"): _first_if("NumberOfRangeModulators"),
    ("C.8.8.25-1", "BlockSlabSequence"): present("NumberOfBlockSlabItems"),
    # C.8.8.15 RT Brachy Application Setups
    ("C.8-51", "FinalCumulativeTimeWeight"): _some_control_point(0x300A02D0, 0x300A02D6),
}

RADIOTHERAPY_MODULES: Final[dict[tuple[str, str], Condition]] = {
    # A.18.3: the grid is there when the pixels are
    ("RT Dose", "General Image"): _PIXELS,
    ("RT Dose", "Image Pixel"): _PIXELS,
    ("RT Dose", "Image Plane"): _PIXELS,
    ("RT Plan", "RT Beams"): _any_group_has(0x300A0080),
    ("RT Plan", "RT Brachy Application Setups"): _any_group_has(0x300A00A0),
    ("RT Ion Plan", "RT Ion Beams"): _any_group_has(0x300A0080),
}
