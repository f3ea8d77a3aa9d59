"""Conditions that no sentence tells a program, by hand."""
from typing import Final
from .._predicates import Condition, UNKNOWN, not_, any_of, present, absent

MODULES: Final[dict[tuple[str, str], Condition]] = {}
GROUPS: Final[dict[tuple[str, str], Condition]] = {}
ROWS: Final[dict[tuple[str, str], Condition]] = {
}
INCLUDES = (("Include if the Target Content Item is included by-value", absent("ReferencedContentItemIdentifier")),
("Required if the IOD is not being transferred in a STOW-RS Request", lambda here: True))
SHALL_NOT: Final[frozenset[tuple[str, str]]] = frozenset()
