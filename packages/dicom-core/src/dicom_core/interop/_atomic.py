"""A file that appears whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["replaced"]


@contextmanager
def replaced(target: "str | os.PathLike[str]") -> Iterator[str]:
    """The path of a temporary file beside the target, which takes its place where nothing went wrong."""
    path = os.path.realpath(os.fspath(target))
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, f".{name[:100]}.{os.urandom(6).hex()}.tmp")
    try:
        yield temporary
        os.replace(temporary, path)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise
