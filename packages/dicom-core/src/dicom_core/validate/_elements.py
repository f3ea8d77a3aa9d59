"""Every element by itself: its VR, how many values, and what each VR allows (PS3.5 6, PS3.6)."""

from typing import TYPE_CHECKING, Final

from dicom_dict import find_element

from .._element import ONE_VALUE
from ._config import Check
from ._report import Report
from ._scope import Scope
from ._uids import check_uid_format

if TYPE_CHECKING:
    from dicom_dict import ElementEntry

__all__ = ["check_elements"]

# What an encoder got wrong and every reader copes with: told with the encoding, as warnings.
_ENCODING: Final = frozenset({"padding", "odd-length", "charset"})
# VRs that have the same bytes: a pair of the dictionary and of the file that is told once, not per value.
_BULK: Final = frozenset({"OB", "OW", "OD", "OF", "OL", "OV", "UN", "SQ"})


def check_elements(root: Scope, report: Report) -> None:
    """Look at every element of every level."""
    stack = [root]
    while stack:
        scope = stack.pop()
        below: list[Scope] = []
        for tag in scope.view.tags():
            if tag & 0xFFFF:  # group lengths are retired and say nothing
                _check(scope, tag, report)
                below += scope.below(tag)
        stack += reversed(below)


def _check(scope: Scope, tag: int, report: Report) -> None:
    entry = find_element(tag)
    own = scope.view.vr(tag)
    vr = own or (str(entry.vr) if entry is not None else "")
    if vr == "UI":
        check_uid_format(scope, tag, report)
    if entry is not None and not tag >> 16 & 1:
        _against_dictionary(scope, tag, own, entry, report)
    # Spaces alone are no value (PS3.5 6.2); only an AE title of spaces has a rule against it.
    if vr in _BULK or not vr or (vr != "AE" and scope.view.is_empty(tag)):
        return
    for rule, text in scope.view.problems(tag):
        if rule in _ENCODING:
            report.warning(Check.ENCODING, f"value-{rule}", text, scope, tag)
        elif vr != "UI":
            report.error(Check.VALUES, f"value-{rule}", f"no {vr}: {text}", scope, tag)


def _against_dictionary(
    scope: Scope, tag: int, own: str, entry: "ElementEntry", report: Report
) -> None:
    if entry.retired:
        report.warning(Check.FOREIGN, "retired", "the attribute is retired", scope, tag)
    # UN stands for any VR that a sender did not know (PS3.5 6.2.2).
    if own and own != "UN" and own not in entry.vrs:
        names = " or ".join(entry.vrs)
        report.error(Check.VR, "vr", f"the VR is {own}, the dictionary says {names}", scope, tag)
        return
    count = 0 if own in ONE_VALUE or own in _BULK else len(scope.view.texts(tag))
    if count and not scope.view.is_empty(tag) and not entry.vm.allows(count):
        text = f"{count} values, the dictionary says {entry.vm}"
        report.error(Check.MULTIPLICITY, "multiplicity", text, scope, tag)
