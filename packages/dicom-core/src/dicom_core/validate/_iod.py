"""A data set against its IOD: modules, attribute types, nested sequences (PS3.3 5.2 and A, PS3.5 7.4).

A mandatory module always applies. A conditional one applies when its condition is known to hold. Besides, a conditional or
optional module applies when any of its own attributes is there, that is, an attribute that no other module of the IOD
lists: what is there must then be complete.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from dicom_dict import AttributeUse, Tag, element

from ._conditions import EVIDENCE, GROUPS, INCLUDES, MODULES, OVERRIDDEN, ROWS
from ._config import Check
from ._groups import check_groups
from ._issue import Severity
from ._predicates import UNKNOWN, Condition, all_of
from ._report import Report
from ._reports import check_report
from ._scope import PER_FRAME, SHARED, Scope
from ._sentences import Sentence, condition_of
from ._terms import check_terms
from ._uids import REQUIRED_UIDS

if TYPE_CHECKING:
    from dicom_dict import Attribute, Iod, ModuleUse

__all__ = ["IodCheck", "Need"]

_FRAMES: Final = 0x00280008
_ELSEWHERE: Final = frozenset(REQUIRED_UIDS)
# Elements of every level and IOD: padding, private groups' creators, the signature of an item (PS3.3 C.12.1, PS3.5 7).
_ANYWHERE: Final = frozenset({0x00080005, 0xFFFCFFFC, 0xFFFAFFFA, 0x4FFE0001, 0x00080001})


class Need(NamedTuple):
    """What a row asks of an attribute here."""

    required: bool | None
    """None: its condition could not be evaluated."""
    filled: bool
    """Whether it must have a value when it is there (types 1 and 1C)."""
    unwanted: Severity | None = None
    """How much it weighs that it is there although its condition does not hold; None: it may be."""


@lru_cache(maxsize=256)
def include_of(text: str) -> Condition:
    """When the macros are there that bring a row; where one is in another, both have a say."""
    found = []
    for sentence in re.split(r" (?=Include |Required )", text):
        by_hand = next((test for start, test in INCLUDES if sentence.startswith(start)), None)
        found.append(by_hand or condition_of(sentence).needed or UNKNOWN)
    return all_of(*found)


class IodCheck:
    """One data set against one IOD."""

    def __init__(self, iod: "Iod", report: Report) -> None:
        self.iod = iod
        self.report = report
        self._applies: dict[str, bool] = {}

    def run(self, scope: Scope) -> None:
        """Check the root and everything below it."""
        known = self.iod.attributes()
        root = Scope(scope.view, known)
        root.iod = self.iod
        for use in self.iod.modules:
            self._applies[use.name] = self._module(use, root)
        self.level(root)

    # --- modules ------------------------------------------------------------------------------

    def _module(self, use: "ModuleUse", root: Scope) -> bool:
        if use.usage == "M":
            return True
        condition = MODULES.get((self.iod.name, use.name)) or MODULES.get(("", use.name))
        if condition is None and use.usage == "C":
            condition = condition_of(use.condition).needed
        if condition is not None and condition(root):
            return True
        return any(root.view.has(tag) for tag in self._own(use, root))

    def _own(self, use: "ModuleUse", root: Scope) -> Iterator[int]:
        """The attributes that no other module of the IOD lists."""
        if use.name in EVIDENCE:
            yield from (int(element(keyword).tag) for keyword in EVIDENCE[use.name])
            return
        for tag, merged in root.known.items():
            if all(module.name == use.name for module, _ in merged.uses):
                if merged.attribute.pattern:
                    yield from (
                        found for found in root.view.tags() if merged.attribute.matches(found)
                    )
                else:
                    yield tag

    # --- levels -------------------------------------------------------------------------------

    def level(self, scope: Scope, *, groups: bool = False) -> None:
        """Everything that the IOD lists for a level, and what of that level it does not list."""
        for tag, merged in scope.known.items():
            if groups and scope.view.is_empty(tag):
                continue
            if merged.attribute.pattern:
                self._repeating(scope, merged)
            elif scope.parent is not None or tag not in _ELSEWHERE:
                self._attribute(scope, tag, merged)
        if scope.parent is None:
            check_groups(self, scope)
            check_report(self.iod, scope, self.report)
            self._single_frame(scope)
        if self.report.runs(Check.FOREIGN):
            self._foreign(scope)

    def _repeating(self, scope: Scope, merged: AttributeUse) -> None:
        """A row of the groups 50xx or 60xx: for each group of which anything is there."""
        for group, modules in self._groups_of(scope, merged.tag >> 24).items():
            tag = group << 16 | merged.tag & 0xFFFF
            uses = tuple(use for use in merged.uses if use[0].name in modules)
            if uses and merged.attribute.matches(tag):
                self._attribute(scope, tag, AttributeUse(merged.tag, uses))

    def _groups_of(self, scope: Scope, base: int) -> dict[int, set[str]]:
        """The groups 50xx or 60xx that are there, each with the modules that its attributes are of.

        A mandatory module that shares its attributes with none is one of them wherever anything of it is there.
        """
        found: dict[int, set[str]] = {}
        for tag in scope.view.tags():
            merged = scope.known.get(tag & 0xFF00FFFF) if tag >> 24 == base else None
            if merged is not None:
                names = {module.name for module, _ in merged.uses}
                found.setdefault(tag >> 16, set()).update(names)
        return found

    def _attribute(self, scope: Scope, tag: int, merged: AttributeUse) -> None:
        bound = [use for use in merged.uses if self._binds(use, scope)]
        if not bound:
            return
        view = scope.view
        present, empty = view.has(tag), view.is_empty(tag)
        undecided: tuple[ModuleUse, Attribute] | None = None
        for use in bound:
            module, row = use
            need = self._need(row, scope)
            if self._violated(scope, tag, use, need, present=present, empty=empty):
                break
            if need.required is None and not present and undecided is None:
                undecided = use
        else:
            if undecided is not None:
                module, row = undecided
                text = f"type {row.type}; condition not evaluated: {row.condition or row.include_condition}"
                self.report.info(
                    Check.IOD, "condition-not-evaluated", text, scope, tag, module.name
                )
        if empty:
            return
        for _, row in bound:
            check_terms(row, scope, tag, self.report)
        if any(row.nested for _, row in bound):
            self._nested(scope, tag, AttributeUse(merged.tag, tuple(bound)))

    def _nested(self, scope: Scope, tag: int, bound: AttributeUse) -> None:
        known = bound.nested
        groups = tag in {SHARED, PER_FRAME} and scope.parent is None
        for item in scope.below(tag, known):
            self.level(item, groups=groups)

    def _single_frame(self, root: Scope) -> None:
        """An IOD that does not know Number of Frames has one (PS3.3 C.7.6.6)."""
        if self.iod.attribute(_FRAMES) is None and (root.number(_FRAMES) or 0) > 1:
            text = "images of this IOD have one frame"
            self.report.error(Check.IOD, "single-frame", text, root, _FRAMES)

    # --- rows ---------------------------------------------------------------------------------

    def _binds(self, use: "tuple[ModuleUse, Attribute]", scope: Scope) -> bool:
        module, row = use
        if not self._applies[module.name] or self._is_overridden(row):
            return False
        if not row.include_condition:
            return True
        return include_of(row.include_condition)(scope) is not False

    def _is_overridden(self, row: "Attribute") -> bool:
        """Whether another table of the IOD takes the place of this row."""
        other = OVERRIDDEN.get((row.table, row.keyword))
        return other is not None and any(use.table == other for use in self.iod.modules)

    def words(self, row: "Attribute") -> Sentence:
        """The condition of a row: by hand where `_conditions` has it, else as its sentences say."""
        by_hand = ROWS.get((row.table, row.keyword))
        said = condition_of(row.condition)
        return said._replace(needed=by_hand) if by_hand is not None else said

    def _need(self, row: "Attribute", scope: Scope) -> Need:
        kind = row.type
        filled = kind.startswith("1")
        if kind in {"", "3"}:
            return Need(False, False)
        required: bool | None = True
        unwanted = None
        if kind.endswith("C"):
            said = self.words(row)
            required = said.needed(scope) if said.needed is not None else None
            # PS3.5 7.4.2: not there unless it "may be present otherwise"; many a writer forgets
            if not said.may_be_present:
                unwanted = Severity.ERROR if said.forbidden else Severity.WARNING
        if required and row.include_condition:
            required = include_of(row.include_condition)(scope)
        return Need(required, filled, unwanted)

    def _violated(
        self,
        scope: Scope,
        tag: int,
        use: "tuple[ModuleUse, Attribute]",
        need: Need,
        *,
        present: bool,
        empty: bool,
    ) -> bool:
        module, row = use
        kind = row.type.lower()
        if need.required and not present:
            text = f"{Tag(tag)} is absent; it is type {row.type}"
            self.report.error(Check.IOD, f"type-{kind}-missing", text, scope, tag, module.name)
            return True
        if present and empty and need.filled:
            text = f"it has no value; it is type {row.type}"
            self.report.error(Check.IOD, f"type-{kind}-empty", text, scope, tag, module.name)
            return True
        if present and need.required is False and need.unwanted is not None:
            text = "it is there although its condition does not hold, and then it shall not be"
            rule = "condition-not-met"
            self.report.add(Check.IOD, rule, need.unwanted, text, scope, tag, module.name)
        return False

    def group_condition(self, name: str, text: str) -> Condition | None:
        """When a functional group macro of the IOD is required."""
        return (
            GROUPS.get((self.iod.name, name)) or GROUPS.get(("", name)) or condition_of(text).needed
        )

    # --- the rest -----------------------------------------------------------------------------

    def _foreign(self, scope: Scope) -> None:
        """Public attributes that the IOD does not list: a standard extended SOP class (PS3.4 3.11)."""
        if scope.parent is not None and not scope.known:
            return
        for tag in scope.view.tags():
            if tag >> 16 & 1 or not tag & 0xFFFF or tag in scope.known or tag in _ANYWHERE:
                continue
            if tag >> 24 in {0x50, 0x60} and (tag & 0xFF00FFFF) in scope.known:
                continue
            text = "the IOD does not list this attribute here"
            self.report.warning(Check.FOREIGN, "not-in-iod", text, scope, tag)
