"""Where the tables come from: a folder of NEMA's DocBook parts and of tables in JSON.

A source is opened once, and its digest is remembered for the header of what is made from it.
"""

import functools
import hashlib
import json
import lzma
import os
import re
from pathlib import Path
from typing import Any, NamedTuple

from .docbook import Part
from .errors import CodegenError

__all__ = ["Source", "Sources", "standard_folder"]

_PART_FILE = re.compile(r"part(\d\d)(?:_(\w+?))?\.xml(?:\.xz)?$")


class Source(NamedTuple):
    """A file that a table was made from."""

    part: str
    edition: str
    file: str
    sha256: str


def standard_folder(root: Path) -> Path | None:
    """The folder of the standard's tables: under DICOM_SHARED, or beside the checkout; None without one."""
    named = os.environ.get("DICOM_SHARED")
    folder = (Path(named) if named else root.parent / "shared") / "standard"
    return folder if folder.is_dir() else None


class Sources:
    """The source files in a folder, opened on demand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self) -> list[str]:
        """Every file below the folder, as relative paths."""
        return sorted(
            path.relative_to(self.folder).as_posix()
            for path in self.folder.rglob("*")
            if path.is_file()
        )

    @functools.cache  # noqa: B019 - lives as long as one run of the generator
    def read(self, name: str) -> bytes:
        """The bytes of a file, unpacked."""
        path = self.folder / name
        try:
            data = path.read_bytes()
            return lzma.decompress(data) if path.suffix == ".xz" else data
        except FileNotFoundError:
            raise CodegenError("the file is missing", file=name) from None
        except lzma.LZMAError as error:
            raise CodegenError(f"the file cannot be unpacked: {error}", file=name) from error

    @functools.cache  # noqa: B019
    def json(self, name: str) -> Any:
        """The content of a JSON file."""
        try:
            return json.loads(self.read(name))
        except ValueError as error:
            raise CodegenError(f"not JSON: {error}", file=name) from error

    @functools.cache  # noqa: B019
    def part(self, number: int) -> Part | None:
        """A part of the standard in DocBook, the newest edition that is there, or None.

        A file is known by the layout of NEMA's publication: ``partNN.xml``, optionally with an
        edition in the name and packed; the edition inside the file decides.
        """
        found = [
            name
            for name in self.names()
            if (match := _PART_FILE.search(name)) and int(match[1]) == number
        ]
        parts = [Part.parse(self.read(name), name) for name in found]
        return max(parts, key=lambda part: part.edition, default=None)

    def source(self, name: str, part: str, edition: str) -> Source:
        """How a generated module names this file."""
        return Source(part, edition, Path(name).name, hashlib.sha256(self.read(name)).hexdigest())

    def docbook_source(self, part: Part) -> Source:
        """How a generated module names a part in DocBook."""
        return self.source(part.file, part.name, part.edition)
