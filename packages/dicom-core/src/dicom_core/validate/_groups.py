"""Functional groups of multi-frame images: shared by all frames, or with each frame (PS3.3 C.7.6.16)."""

from typing import TYPE_CHECKING, Final

from ._config import Check
from ._scope import PER_FRAME, SHARED, Scope

if TYPE_CHECKING:
    from dicom_dict import Attribute, MacroUse

    from ._iod import IodCheck

__all__ = ["check_groups"]

_FRAMES: Final = 0x00280008
# Groups that say something of one frame and are never shared (PS3.3 C.7.6.16.2).
_NEVER_SHARED: Final = frozenset({"Frame Content"})


def check_groups(check: "IodCheck", root: Scope) -> None:
    """Each functional group macro of the IOD: there where it must be, and in one place only."""
    if not check.iod.functional_groups:
        return
    shared = next(iter(root.view.items(SHARED)), None)
    frames = root.view.items(PER_FRAME)
    if shared is None and not frames:
        return  # what is said of the two sequences themselves is said by their types
    _count(check, root, len(frames))
    for use in check.iod.functional_groups:
        condition = check.group_condition(use.name, use.condition)
        needed = use.usage == "M" or (
            use.usage == "C" and condition is not None and condition(root)
        )
        for row in use.macro.attributes:
            if row.tag is not None and row.type in {"1", "2"}:
                _one(check, root, use, row, bool(needed))


def _count(check: "IodCheck", root: Scope, items: int) -> None:
    """One item for each frame (PS3.3 C.7.6.16.1.2)."""
    frames = root.integer(_FRAMES)
    if items and frames is not None and items != frames:
        text = f"{items} items where Number of Frames is {frames} (PS3.3 C.7.6.16)"
        check.report.error(Check.IOD, "frame-items", text, root, PER_FRAME)


def _one(check: "IodCheck", root: Scope, use: "MacroUse", row: "Attribute", needed: bool) -> None:
    tag = int(row.tag or 0)
    shared = [item for item in root.below(SHARED) if item.view.has(tag)]
    frames = list(root.below(PER_FRAME))
    with_it = [item for item in frames if item.view.has(tag)]
    if shared and with_it:
        text = "the functional group is shared and also in frames; it may be in one place only"
        check.report.error(Check.IOD, "group-twice", text, with_it[0], tag, use.name)
    elif shared and use.name in _NEVER_SHARED:
        text = "this functional group is never shared (PS3.3 C.7.6.16.2)"
        check.report.error(Check.IOD, "group-shared", text, shared[0], tag, use.name)
    elif needed and not shared and len(with_it) < max(len(frames), 1):
        without = next((item for item in frames if not item.view.has(tag)), None)
        here = bool(with_it) or use.name in _NEVER_SHARED
        place = without if here and without is not None else next(root.below(SHARED), root)
        text = (
            f"the functional group {use.name} is required, shared or in every frame; it is absent"
        )
        check.report.error(Check.IOD, "group-missing", text, place, tag, use.name)
    empty = [item for item in (*shared, *with_it) if item.view.is_empty(tag)]
    if empty and row.type == "1":
        text = "the functional group has no item; it is type 1"
        check.report.error(Check.IOD, "type-1-empty", text, empty[0], tag, use.name)
