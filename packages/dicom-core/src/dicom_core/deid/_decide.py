"""What one element gets: the table's row, the options that change it, and the IOD where the row leaves a choice."""

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from dicom_dict import (
    DeidentificationAction as Action,
)
from dicom_dict import (
    DeidentificationOption as Option,
)
from dicom_dict import (
    deidentification_row,
    find_element,
)

from ._beyond import beyond_row

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dicom_dict import AttributeUse

    from ._profile import Profile

__all__ = ["Decision", "Place", "decide", "resolve"]


class Decision(NamedTuple):
    """An action of the table or of a policy, before the IOD is asked."""

    action: Action
    basic: Action
    """What the profile does without options: the way out for what cannot be cleaned."""
    why: str
    """``E.1-1``, ``beyond``, ``unknown`` or ``not listed``."""


class Place:
    """Where a data set stands in its IOD; nothing is looked up before somebody asks."""

    __slots__ = ("_above", "_below", "_known", "_tag", "_uses")

    def __init__(self, above: "Place | None", tag: int = 0) -> None:
        self._above = above
        self._tag = tag
        self._known = False
        self._below: dict[int, Place] = {}
        self._uses: Mapping[int, AttributeUse] | None = None

    @classmethod
    def root(cls, sop_class: str) -> "Place":
        """The top of an object of this SOP class; of an unknown class nothing is known anywhere."""
        from dicom_dict import UnknownEntry, iod_of

        place = cls(None)
        place._known = True
        try:
            place._uses = iod_of(sop_class).attributes()
        except UnknownEntry:
            place._uses = None
        return place

    def below(self, tag: int) -> "Place":
        """The items of a sequence here; the same one for all of them, since looking up takes time."""
        place = self._below.get(tag)
        if place is None:
            place = self._below[tag] = Place(self, tag)
        return place

    @property
    def uses(self) -> "Mapping[int, AttributeUse] | None":
        """What the IOD says of the attributes here; None where it says nothing of this place."""
        if not self._known:
            self._known = True
            above = self._above.uses if self._above is not None else None
            found = above.get(self._tag) if above is not None else None
            self._uses = found.nested if found is not None else None
        return self._uses

    def use(self, tag: int) -> "AttributeUse | None":
        """What the IOD says of one attribute here."""
        uses = self.uses
        if uses is None:
            return None
        found = uses.get(tag)
        if found is None and tag >> 24 in {0x50, 0x60}:
            found = uses.get(tag & 0xFF00FFFF)
        return found


@lru_cache(maxsize=4096)
def _option_action(tag: int, options: frozenset[Option], beyond: bool) -> Decision:
    row, why = deidentification_row(tag), "E.1-1"
    if row is None and beyond:
        row, why = beyond_row(tag), "beyond"
    if row is None:
        known = find_element(tag) is not None
        return Decision(Action.KEEP, Action.REMOVE, "not listed" if known else "unknown")
    chosen = {row.options[option] for option in options if option in row.options}
    # Where one option cleans and another keeps, cleaning wins: a kept calibration date beside shifted
    # dates would give the shift away.
    action = Action.CLEAN if Action.CLEAN in chosen else Action.KEEP if chosen else row.basic
    return Decision(action, row.basic, why)


def decide(tag: int, profile: "Profile") -> Decision:
    """What the profile says of a tag, wherever it stands."""
    decision = _option_action(tag, profile.options, profile.beyond_table)
    if decision.why == "unknown":
        action = Action.KEEP if profile.unknown_elements == "keep" else Action.REMOVE
        return decision._replace(action=action)
    return decision


_SETTLED: Final = frozenset((Action.KEEP, Action.CLEAN, Action.REPLACE_UID, Action.DUMMY))


def resolve(action: Action, tag: int, place: Place) -> Action:
    """The simple action that keeps the object a valid one of its IOD (PS3.15 table E.1-1a).

    Where nothing is known of the place (an unknown SOP class, a sequence that the IOD does not have),
    the choice is the one that is valid everywhere and tells as little: the last one of the code.
    """
    if action in _SETTLED:
        return action
    choices = action.choices
    use = place.use(tag)
    kind = use.type[:1] if use is not None else ""
    if action is Action.REMOVE and use is not None and use.is_mandatory:
        # The table has X for a few attributes that some IODs cannot do without. Integrity of the IOD
        # comes first, with a dummy that identifies nobody (PS3.15 E.1.1).
        return Action.DUMMY if kind == "1" else Action.ZERO
    if len(choices) == 1:
        # Z may be a dummy, and has to be one where the IOD wants a value (PS3.5 7.4.1).
        return Action.DUMMY if action is Action.ZERO and kind == "1" else action
    if place.uses is None:
        return choices[-1]
    if kind == "1":
        return Action.DUMMY if choices[-1] is Action.ZERO else choices[-1]
    if kind == "2":
        return Action.ZERO if Action.ZERO in choices else Action.DUMMY
    return choices[0]
