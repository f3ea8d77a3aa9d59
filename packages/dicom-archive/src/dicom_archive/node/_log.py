"""The log of a node on standard error: lines for people, or objects for machines; never with patient data."""

import json
import logging
import sys
import time
from typing import IO, Final

from ._settings import LogForm, LogLevel

__all__ = ["JsonLines", "log_to"]

_ROOTS: Final = ("dicom_net", "dicom_archive")
_OWN: Final = "dicom_"
"""How the facts of a record begin (`dicom_net._logging`)."""
_LEVELS: Final = {
    LogLevel.WARNING: logging.WARNING,
    LogLevel.INFO: logging.INFO,
    LogLevel.DEBUG: logging.DEBUG,
}


class JsonLines(logging.Formatter):
    """One JSON object a record: ``time``, ``level``, ``logger``, ``message``, and the facts of the record."""

    def format(self, record: logging.LogRecord) -> str:
        """See `logging.Formatter.format`."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        facts: dict[str, object] = {
            "time": f"{moment}.{int(record.msecs):03}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        for name, value in record.__dict__.items():
            if name.startswith(_OWN):
                facts[name.removeprefix(_OWN)] = value
        if record.exc_info:
            facts["traceback"] = self.formatException(record.exc_info)
        return json.dumps(facts, default=str)


def log_to(stream: IO[str] | None, form: LogForm, level: LogLevel) -> logging.Handler | None:
    """Write the log of this process to a stream, standard error where it is None; for programs, not for libraries."""
    if form is LogForm.OFF:
        return None
    handler = logging.StreamHandler(sys.stderr if stream is None else stream)
    handler.setFormatter(
        JsonLines()
        if form is LogForm.JSON
        else logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    )
    for root in _ROOTS:
        found = logging.getLogger(root)
        found.addHandler(handler)
        found.setLevel(_LEVELS[level])
    # A line an instance costs as much as a tenth of storing it
    if level is LogLevel.INFO:
        logging.getLogger("dicom_net.storage").setLevel(logging.WARNING)
    # PDUs, byte by byte, are no reading for the log of a server
    logging.getLogger("dicom_net.pdu").setLevel(logging.WARNING)
    return handler


# Tracebacks, reprs and pickles name the place that users import from
JsonLines.__module__ = log_to.__module__ = "dicom_archive.node"
