"""From arguments to an exit code: one line of error at most, and never a traceback."""

import os
import sys
from typing import Final

from dicom_dict import DicomError

from .._errors import NotDicom

__all__ = ["complain", "reason", "run"]

INTERRUPTED: Final = 130  # 128 + SIGINT, as shells say it
PIPE_CLOSED: Final = 141  # 128 + SIGPIPE


def run(arguments: list[str], program: str = "dicom") -> int:
    """Run a sub-command; ``program`` is what was typed before it, for usage and hints."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character gets its number, not an exception
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _dispatch(arguments, program)
        sys.stdout.flush()
    except BrokenPipeError:
        # Who reads us has had enough. Python would flush once more at its end, into nothing then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except KeyboardInterrupt:
        return INTERRUPTED
    except (DicomError, OSError) as error:
        name = getattr(error, "filename", None)
        complain(name if isinstance(name, str) else "", error)
        return 1
    except Exception as error:  # the promise is one line; python -X dev shows the rest
        if sys.flags.dev_mode:
            raise
        complain("", _unexpected(error))
        return 1
    return code


def _dispatch(arguments: list[str], program: str) -> int:
    # Parsing with click costs more than dumping a small file: names alone need no parser
    if arguments[:1] == ["dump"] and len(arguments) > 1:
        names = arguments[1:]
        if not any(name.startswith("-") for name in names):
            from ._dump import dump

            return dump(names)
    from ._group import invoke

    return invoke(arguments, program)


def complain(path: str, error: object) -> None:
    """One line on standard error; it holds no value of a data set and no control character."""
    from .._display import clean

    place = f"{clean(path)}: " if path else ""
    sys.stdout.flush()
    sys.stderr.write(f"dicom: {place}{clean(reason(error))}\n")


def reason(error: object) -> str:
    """What went wrong, in one line."""
    if isinstance(error, NotDicom):
        return error.text.partition(";")[0]
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error).split())


def _unexpected(error: Exception) -> str:
    """A fault of ours, by its type and place; its text might hold a value."""
    import re

    places = []
    where = error.__traceback__
    while where is not None:
        code = where.tb_frame.f_code
        places.append((code.co_filename, str(where.tb_lineno), code.co_name))
        where = where.tb_next
    # One that happened in another process brings its traceback as text
    places += re.findall(r'File "([^"]+)", line (\d+), in (\S+)', str(error.__cause__ or ""))
    file, line, name = places[-1] if places else ("?", "?", "?")
    place = f" in {os.path.basename(file)}:{line} ({name})"
    return (
        f"this is a fault of the program: {type(error).__name__}{place}; "
        "python -X dev -m dicom_core ... shows more"
    )
