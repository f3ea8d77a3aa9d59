"""Content items: what table E.3.4-1 says of their concept, else what their value type calls for (PS3.15 E.3.4)."""

from typing import TYPE_CHECKING, Final, NamedTuple

from dicom_dict import (
    DeidentificationAction as Action,
)
from dicom_dict import (
    DeidentificationOption as Option,
)
from dicom_dict import (
    find_deidentification_concept,
    srt_to_sct,
)

from .._sequence import Sequence
from ._pixels import text_of

if TYPE_CHECKING:
    from dicom_dict import DeidentificationConcept

    from .._dataset import Dataset
    from ._profile import Profile

__all__ = ["Content", "content_of"]


_VALUE_TYPE: Final = 0x0040A040
_CONCEPT: Final = 0x0040A043
# The attribute that holds the value of each value type (PS3.3 C.17.3)
_VALUES: Final = {
    "CODE": 0x0040A168,
    "DATE": 0x0040A121,
    "DATETIME": 0x0040A120,
    "NUM": 0x0040A300,
    "NUMERIC": 0x0040A300,
    "PNAME": 0x0040A123,
    "TEXT": 0x0040A160,
    "TIME": 0x0040A122,
    "UIDREF": 0x0040A124,
}
_OLD_SCHEMES: Final = frozenset(("SRT", "SNM3", "99SDM"))
SUBJECT_AGE: Final = "121033"


class Content(NamedTuple):
    """What happens to a content item."""

    drop: bool
    """The whole item goes, with everything below it."""
    value: int
    """The attribute with its value; 0 where it has none of its own."""
    action: Action | None
    """What its value gets instead of what the table says of the attribute; None: nothing else."""
    why: str
    is_age: bool


def content_of(item: "Dataset", profile: "Profile", refers: bool) -> Content | None:
    """What to do with an item of a sequence; None where it is no content item.

    Where items are referred to by their position (``refers``), none may go: they become dummies.
    """
    if _VALUE_TYPE not in item or _CONCEPT not in item:
        return None
    kind = text_of(item, _VALUE_TYPE).upper()
    row = _row(item, kind)
    value = _VALUES.get(kind, 0)
    is_age = row is not None and row.code == SUBJECT_AGE and row.scheme == "DCM"
    if row is None:
        return Content(False, value, _by_type(kind, profile), "E.3.4", is_age)
    chosen = {row.options[option] for option in profile.options if option in row.options}
    action = Action.CLEAN if Action.CLEAN in chosen else Action.KEEP if chosen else row.basic
    if action is Action.REMOVE and not refers:
        return Content(True, value, None, "E.3.4-1", is_age)
    if action in {Action.REMOVE, Action.REMOVE_OR_DUMMY, Action.DUMMY}:
        # Action dummy is right for every template; that of a UID or a reference is the UID that stands for it
        action = Action.REPLACE_UID if kind == "UIDREF" else Action.DUMMY
    return Content(False, value, action if value else None, "E.3.4-1", is_age)


def _by_type(kind: str, profile: "Profile") -> Action | None:
    """For concepts that the table does not know, by what the value is."""
    if kind == "TEXT":
        cleans = profile.has(Option.CLEAN_STRUCTURED_CONTENT) or profile.has(
            Option.CLEAN_DESCRIPTORS
        )
        return Action.CLEAN if cleans else Action.DUMMY
    if kind == "PNAME":
        return Action.DUMMY
    if kind == "UIDREF":
        return Action.KEEP if profile.has(Option.RETAIN_UIDS) else Action.REPLACE_UID
    return None


def _row(item: "Dataset", kind: str) -> "DeidentificationConcept | None":
    names = item.get(_CONCEPT)
    if not isinstance(names, Sequence) or not names:
        return None
    name = names[0]
    value, scheme = text_of(name, 0x00080100), text_of(name, 0x00080102)
    if scheme in _OLD_SCHEMES:
        # Retired codes are still sent and have to be known (PS3.15 E.3.4)
        current = srt_to_sct(value)
        value, scheme = (current, "SCT") if current else (value, scheme)
    return find_deidentification_concept(value, scheme, kind)
