"""Loggers of the standard library, one a component, silent unless a program asks.

``dicom_core.read`` tells every structural finding at DEBUG, when it is noticed, with ``dicom_rule``,
``dicom_path``, ``dicom_offset`` and ``dicom_vr`` as fields of the record (``extra``), so that structlog and
JSON formatters take them as they are. No record holds a value of a data set.

The package never imports ``logging`` on its own: a program that did not import it cannot be listening.
"""

import logging
from typing import TYPE_CHECKING, Final

from ._display import clean

if TYPE_CHECKING:
    from ._findings import Finding

__all__ = ["ROOT", "log_finding", "logger"]

ROOT: Final = "dicom_core"

logging.getLogger(ROOT).addHandler(logging.NullHandler())


def logger(component: str) -> logging.Logger:
    """The logger of a component, such as ``read``."""
    return logging.getLogger(f"{ROOT}.{component}")


def log_finding(component: str, finding: "Finding") -> None:
    """Tell a finding, if anybody listens at DEBUG."""
    found = logger(component)
    if not found.isEnabledFor(logging.DEBUG):
        return
    found.debug(
        "%s",
        clean(str(finding)),
        extra={
            "dicom_rule": finding.rule,
            "dicom_path": finding.path,
            "dicom_offset": finding.offset,
            "dicom_vr": finding.vr,
        },
    )
