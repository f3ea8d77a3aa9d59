"""The content tree of a report against its IOD: value types and relationships (PS3.3 A.35, C.17.3.2.4)."""

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from dicom_dict import UnknownEntry, sr_constraints

from ._config import Check
from ._report import Report
from ._scope import Scope

if TYPE_CHECKING:
    from dicom_dict import Iod

__all__ = ["check_report"]

_CONTENT: Final = 0x0040A730
_VALUE_TYPE: Final = 0x0040A040
_RELATIONSHIP: Final = 0x0040A010
_CLASS: Final = 0x00080016


def check_report(iod: "Iod", root: Scope, report: Report) -> None:
    """Every content item: may its parent have a child of this kind in this way?"""
    if not root.view.has(_CONTENT) or iod.attribute(_CONTENT) is None:
        return
    allowed = _allowed((*root.view.texts(_CLASS), "")[0])
    if not allowed:
        return
    types = {child for _, _, child in allowed} | {parent for parent, _, _ in allowed}
    stack = [root]
    while stack:
        parent = stack.pop()
        for item in parent.below(_CONTENT):
            stack.append(item)
            kind = _first(item, _VALUE_TYPE)
            if not kind:
                continue  # by reference, or without a type, which its own rule tells
            if kind not in types:
                text = "the IOD has no content items of this value type (PS3.3 A.35)"
                report.error(Check.IOD, "sr-value-type", text, item, _VALUE_TYPE)
                continue
            relation = (_first(parent, _VALUE_TYPE), _first(item, _RELATIONSHIP), kind)
            if all(relation) and relation not in allowed:
                text = "the IOD does not allow this relationship between the two (PS3.3 A.35)"
                report.error(Check.IOD, "sr-relationship", text, item, _RELATIONSHIP)


def _first(scope: Scope, tag: int) -> str:
    return (*scope.view.texts(tag), "")[0]


@lru_cache(maxsize=64)
def _allowed(sop_class: str) -> frozenset[tuple[str, str, str]]:
    try:
        rules = sr_constraints(sop_class)
    except UnknownEntry:
        return frozenset()
    return frozenset((rule.parent, rule.relationship, rule.child) for rule in rules.relationships)
