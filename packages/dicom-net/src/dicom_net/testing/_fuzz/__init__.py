"""Bounded conformance and hostile cases against somebody's SCP: what `dicom fuzz` runs."""

from ._cases import CASES
from ._engine import FuzzReport, fuzz, is_loopback, named
from ._model import Case, CaseResult, FuzzTarget, Kind, Verdict

__all__ = [
    "CASES",
    "Case",
    "CaseResult",
    "FuzzReport",
    "FuzzTarget",
    "Kind",
    "Verdict",
    "fuzz",
    "is_loopback",
    "named",
]
