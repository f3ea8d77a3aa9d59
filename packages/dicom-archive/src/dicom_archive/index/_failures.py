"""What goes wrong in a database, as errors of the archive."""

import sqlite3
from typing import Final

from dicom_core.store import StoreError, StoreFull

from .._errors import ArchiveBusy, ArchiveDamaged

__all__ = ["cause_of", "is_busy", "is_lost", "is_passing", "translated"]

_REBUILD: Final = "put a copy of it back, or make a new one with `dicom archive rebuild`"
_PAGE: Final = 4096
_CODES: Final = 0xFF  # the rest says more of the same


def translated(error: Exception, where: str) -> StoreError:
    """The error of the archive for an error of a driver; ``where`` names the index."""
    if isinstance(error, sqlite3.Error):
        return _of_sqlite(error, where)
    return _of_server(error, where)


def cause_of(error: Exception) -> Exception | None:
    """What a traceback may show: a server's words about a value or a constraint tell the value, which is a patient's."""
    return None if _state(error).startswith(("22", "23")) else error


def _of_sqlite(error: sqlite3.Error, where: str) -> StoreError:
    code = getattr(error, "sqlite_errorcode", 0) & _CODES
    match code:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return ArchiveBusy(f"the index {where} is locked by another program")
        case sqlite3.SQLITE_FULL:
            return StoreFull("disk", _PAGE)
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return ArchiveDamaged(
                f"the index {where} cannot be written",
                "give this program the right to write the file and its folder",
            )
        case sqlite3.SQLITE_CANTOPEN:
            return ArchiveDamaged(
                f"the index {where} cannot be opened",
                "look whether its folder is there and may be written",
            )
        case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
            return ArchiveDamaged(f"{where} is no intact index ({error})", _REBUILD)
    return ArchiveDamaged(
        f"the index {where} failed ({error})", "look at the disk and the rights, and try again"
    )


def _of_server(error: Exception, where: str) -> StoreError:
    state = _state(error)
    if state.startswith("53"):
        if state == "53100":
            return StoreFull("disk", _PAGE)
        return ArchiveBusy(
            f"the server of the index {where} has no room for more (SQLSTATE {state})"
        )
    if is_lost(error):
        return ArchiveBusy(f"the server of the index {where} cannot be reached")
    if state in {"55P03", "57014"} or is_passing(error):
        return ArchiveBusy(f"the index {where} is locked by another program")
    if state in {"25006", "42501"}:
        return ArchiveDamaged(
            f"the index {where} cannot be written",
            "give the user in its URL the rights of the owner, on the primary server",
        )
    return ArchiveDamaged(
        f"the index {where} failed (SQLSTATE {state or 'unknown'}, {type(error).__name__})",
        "look at the log of the server",
    )


def _state(error: Exception) -> str:
    """The SQLSTATE; empty where there is none."""
    state = getattr(error, "sqlstate", None)
    return state if isinstance(state, str) else ""


def is_lost(error: Exception) -> bool:
    """Whether the connection to a server is gone: the same may work on another one."""
    if isinstance(error, sqlite3.Error):
        return False
    state = _state(error)
    # 57P01 to 57P05: the server shuts down, crashed, starts, or threw us out
    if state:
        return state.startswith(("08", "57P"))
    return type(error).__name__ == "OperationalError"


def is_busy(error: Exception) -> bool:
    """Whether another program holds the file."""
    code = getattr(error, "sqlite_errorcode", 0)
    return isinstance(code, int) and code & _CODES == sqlite3.SQLITE_BUSY


def is_passing(error: Exception) -> bool:
    """Whether a server asks for the same transaction again: it could not be serialized, or it was a deadlock."""
    return _state(error) in {"40001", "40P01"}
