"""Validate an object against the standard: its IOD, values, pixel attributes, transfer syntax. Findings are data.

>>> import dicom_core as dc
>>> result = dc.validate.validate({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.2"})
>>> result.errors[0].rule
'required-uid'
"""

from ._config import Check, ValidationConfig, ValidationConfigError, ValidationLevel
from ._issue import Severity, ValidationIssue, ValidationResult
from ._uids import is_valid_uid
from ._validator import Target, Validator, validate
from ._view_others import Accessors

__all__ = [
    "Accessors",
    "Check",
    "Severity",
    "Target",
    "ValidationConfig",
    "ValidationConfigError",
    "ValidationIssue",
    "ValidationLevel",
    "ValidationResult",
    "Validator",
    "is_valid_uid",
    "validate",
]
