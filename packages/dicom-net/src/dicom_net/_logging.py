"""Loggers of the standard library, one a category, silent unless a program asks.

=====================  ===========================================================================
``association``        INFO: accepted, rejected, released, aborted; WARNING: lost, protocol errors
``pdu``                DEBUG: one line a PDU: direction, type, length, first bytes
``dimse``              DEBUG: one line a command: direction, name, message ID, status
``query``              INFO: one line a C-FIND; DEBUG: which keys it asks for
``retrieve``           INFO: one line a C-GET or C-MOVE, with its counts
``storage``            INFO: one line an instance; WARNING: refused, failed, disk space
``server``             INFO: started, stopped; WARNING: trouble of its own
=====================  ===========================================================================

All are children of ``dicom_net``. Records carry their facts as fields too (``extra``, names beginning with
``dicom_``), so that structlog and JSON formatters take them as they are.

No record holds patient data: not values of identifiers, not bytes of data sets, not user identities. A program that
may see them says so with ``logging.getLogger("dicom_net.phi").setLevel(logging.DEBUG)``.
"""

import logging
from collections.abc import Iterable
from logging import INFO
from typing import IO, TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ._errors import NetworkError
    from .dimse import Command

__all__ = [
    "CATEGORIES",
    "INFO",
    "ROOT",
    "association_aborted",
    "association_accepted",
    "association_lost",
    "association_rejected",
    "association_released",
    "command_received",
    "command_sent",
    "disk_space",
    "escaped",
    "instance_failed",
    "instance_stored",
    "log_to_console",
    "logger",
    "query_made",
    "retrieval_done",
    "server_started",
    "server_stopped",
    "shows_patients",
]

ROOT: Final = "dicom_net"
CATEGORIES: Final = ("association", "pdu", "dimse", "query", "retrieve", "storage", "server")
_LONGEST: Final = 200

logging.getLogger(ROOT).addHandler(logging.NullHandler())


def logger(category: str) -> logging.Logger:
    """The logger of a category, such as ``association``."""
    return logging.getLogger(f"{ROOT}.{category}")


def shows_patients() -> bool:
    """Whether this program asked for patient data in its log: the level of ``dicom_net.phi`` itself is DEBUG."""
    return 0 < logging.getLogger(f"{ROOT}.phi").level <= logging.DEBUG


def escaped(text: str) -> str:
    """Text of a peer as one line of printable ASCII, so that it can neither forge a line nor steer a terminal."""
    short = text if len(text) <= _LONGEST else text[:_LONGEST] + "..."
    return short.encode("unicode_escape").decode("ascii")


def log_to_console(
    categories: Iterable[str] = ("association", "storage", "query", "retrieve", "server"),
    level: int = logging.INFO,
    stream: IO[str] | None = None,
) -> logging.Handler:
    """Print some categories to a stream, standard error by default. Remove the handler that is returned to end it."""
    wanted = frozenset(f"{ROOT}.{category}" for category in categories)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s"))
    handler.addFilter(lambda record: record.name in wanted)
    logging.getLogger(ROOT).addHandler(handler)
    for name in wanted:
        found = logging.getLogger(name)
        if not found.isEnabledFor(level):
            found.setLevel(level)
    return handler


# --- messages that recur: one function each, so that they read the same wherever they come from --------------


def association_accepted(number: int, calling: str, called: str, host: str, contexts: int) -> None:
    """An association stands."""
    logger("association").info(
        "association %d: %s at %s with %s, %d contexts",
        number,
        escaped(calling),
        escaped(host),
        escaped(called),
        contexts,
        extra={"dicom_association": number, "dicom_calling": escaped(calling), "dicom_host": host},
    )


def association_rejected(number: int, calling: str, called: str, host: str, why: str) -> None:
    """An association was refused, by us or by the peer."""
    logger("association").info(
        "association %d: %s at %s with %s rejected %s",
        number,
        escaped(calling),
        escaped(host),
        escaped(called),
        why,
        extra={"dicom_association": number, "dicom_calling": escaped(calling), "dicom_host": host},
    )


def association_released(number: int) -> None:
    """An association ended in good order."""
    logger("association").info(
        "association %d: released", number, extra={"dicom_association": number}
    )


def association_aborted(number: int, error: "NetworkError") -> None:
    """An association ended by an abort of either side; the error says whose and why."""
    logger("association").warning(
        "association %d: %s", number, escaped(str(error)), extra={"dicom_association": number}
    )


association_lost = association_aborted


def command_sent(number: int, command: "Command") -> None:
    """A command set goes out."""
    _command(number, "sent", command)


def command_received(number: int, command: "Command") -> None:
    """A command set came."""
    _command(number, "received", command)


def _command(number: int, direction: str, command: "Command") -> None:
    found = logger("dimse")
    if not found.isEnabledFor(logging.DEBUG):
        return
    code = command.command_field
    name = getattr(code, "name", f"{code:04X}H").replace("_", "-")  # an invalid one has a number
    message_id: int | None = getattr(command, "message_id", None)
    if message_id is None:
        message_id = getattr(command, "responded_to", 0)
    status: int | None = getattr(command, "status", None)
    found.debug(
        "association %d: %s %s %d%s",
        number,
        direction,
        name,
        message_id,
        "" if status is None else f" status {status:04X}H",
        extra={
            "dicom_association": number,
            "dicom_command": name,
            "dicom_message_id": message_id,
            "dicom_status": status,
        },
    )


def instance_stored(number: int, sop_instance: str, size: int) -> None:
    """An instance was received and kept, or sent and acknowledged."""
    logger("storage").info(
        "association %d: stored %s, %d bytes",
        number,
        escaped(sop_instance),
        size,
        extra={"dicom_association": number, "dicom_instance": escaped(sop_instance)},
    )


def instance_failed(number: int, sop_instance: str, status: int, why: str) -> None:
    """An instance was refused or got lost."""
    logger("storage").warning(
        "association %d: %s not stored, status %04XH: %s",
        number,
        escaped(sop_instance),
        status,
        escaped(why),
        extra={
            "dicom_association": number,
            "dicom_instance": escaped(sop_instance),
            "dicom_status": status,
        },
    )


def disk_space(free: int, threshold: int, *, refusing: bool) -> None:
    """The disk that is stored to fills up."""
    logger("storage").warning(
        "%d bytes are free on the disk, less than %d: %s",
        free,
        threshold,
        "instances are refused" if refusing else "make room before they must be refused",
        extra={"dicom_free": free},
    )


def query_made(number: int, level: str, keys: Iterable[str], matches: int) -> None:
    """A query was answered. The keys are named, their values are not."""
    found = logger("query")
    if found.isEnabledFor(logging.INFO):
        found.info(
            "association %d: query at level %s by %s, %d matches",
            number,
            escaped(level),
            escaped(", ".join(keys)),
            matches,
            extra={"dicom_association": number, "dicom_matches": matches},
        )


def retrieval_done(number: int, what: str, completed: int, failed: int, warning: int) -> None:
    """A C-GET or C-MOVE came to its end."""
    logger("retrieve").info(
        "association %d: %s, %d done, %d failed, %d with warnings",
        number,
        escaped(what),
        completed,
        failed,
        warning,
        extra={"dicom_association": number},
    )


def server_started(host: str, port: int) -> None:
    """A server listens."""
    logger("server").info("listening on %s port %d", host, port, extra={"dicom_port": port})


def server_stopped(host: str, port: int) -> None:
    """A server listens no longer."""
    logger("server").info("stopped, %s port %d", host, port, extra={"dicom_port": port})


# Tracebacks, reprs and pickles name the place that users import from
log_to_console.__module__ = "dicom_net"
