"""Structured reports: the document and its content items (PS3.3 C.17, C.18)."""

from typing import TYPE_CHECKING, Final

from .._predicates import (
    UNKNOWN,
    Condition,
    absent,
    all_of,
    any_of,
    empty,
    present,
    value,
)

if TYPE_CHECKING:
    from .._scope import Scope

__all__ = ["REPORTS"]

_NAMED: Final = value(
    "ValueType", "TEXT", "NUM", "CODE", "DATETIME", "DATE", "TIME", "UIDREF", "TABLE", "PNAME"
)


def _concept_name(here: "Scope") -> bool | None:
    """C.17.3: values have names, the root has one; references and inner containers may have one."""
    return True if here.parent is None or _NAMED(here) else None


def _referenced(here: "Scope") -> bool | None:
    """C.17.2: instances that the content tree refers to are listed as evidence."""
    stack = list(here.root.below(0x0040A730))
    while stack:
        item = stack.pop()
        if item.view.has(0x00081199) and item.view.texts(0x0040A040) != ("COMPOSITE",):
            return None if here.view.has(0x0040A385) else True
        stack += item.below(0x0040A730)
    return None


_SAMPLES: Final = ("ReferencedTimeOffsets", "ReferencedDateTime")

REPORTS: Final[dict[tuple[str, str], Condition]] = {
    # C.17.2 SR Document General
    ("C.17-2", "CurrentRequestedProcedureEvidenceSequence"): _referenced,
    # C.17.3 SR Document Content
    ("C.17-5", "ConceptNameCodeSequence"): _concept_name,
    ("C.17-6", "ReferencedContentItemIdentifier"): absent("ValueType"),
    # C.18.1 Numeric Measurement
    ("C.18.1-1", "NumericValueQualifierCodeSequence"): empty("MeasuredValueSequence"),
    # C.18.7 Temporal Coordinates: one of three ways
    ("C.18.7-1", "ReferencedSamplePositions"): any_of(
        all_of(*map(absent, _SAMPLES)), present("ReferencedSamplePositions")
    ),
    # C.18.6 Spatial Coordinates: whether the image is tiled is in the image
    ("C.18.6-1", "PixelOriginInterpretation"): UNKNOWN,
}
