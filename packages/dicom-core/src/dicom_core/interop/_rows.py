"""Headers of many files as rows of plain Python values."""

import os
from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

from dicom_dict import Tag

from .._dataset import Dataset
from .._errors import DicomError, ValueDecodeError
from .._file import DicomFile
from .._index_top import PIXELS
from .._options import ReadOptions
from .._reader import read_header
from .._sequence import Sequence
from ..values import (
    Age,
    DateRange,
    DateTimeRange,
    DicomDate,
    DicomDateTime,
    DicomTime,
    InvalidValue,
    TimeRange,
)
from ._columns import BYTES, Column, columns, columns_in

__all__ = ["PATH", "PROBLEMS", "Row", "Source", "Table", "rows"]

Row: TypeAlias = dict[str, object]
Source: TypeAlias = "str | os.PathLike[str] | Dataset | DicomFile"

PATH: Final = "path"
PROBLEMS: Final = "problems"
_DEFAULT: Final = ReadOptions()


def rows(
    sources: "Source | Iterable[Source]",
    tags: Iterable[str | int] | None = None,
    *,
    options: ReadOptions = _DEFAULT,
) -> Iterator[Row]:
    """A row for each file or data set: what ``tags`` name, or everything but bytes.

    ``sources`` are paths of files or folders, `Dataset` or `DicomFile`; files are read up to the last tag. ``tags``
    are keywords, tags, or paths with dots into sequences. A row has ``path``, the columns, and ``problems``: what
    could not be read, or has no value of its column's type and is None; nothing is left out in silence.

    Values are str, int, float, bytes, date, time, datetime (as written, without its zone), lists of them, and
    for a sequence a list of dicts.
    """
    table = Table(sources, tags, options)
    return (table.row(*found) for found in table.read())


class Table:
    """Sources and the columns that are wanted of them."""

    def __init__(
        self,
        sources: "Source | Iterable[Source]",
        tags: Iterable[str | int] | None,
        options: ReadOptions,
    ) -> None:
        if isinstance(tags, str):
            raise TypeError(f"tags are given as a list: [{tags!r}]")
        single = isinstance(sources, str | os.PathLike | Dataset | DicomFile)
        self.sources: list[Source] = list(_expanded([sources] if single else sources))  # type: ignore[list-item, arg-type]
        self.options = options
        wanted = () if tags is None else columns(*tags)
        self.stop = _stop(wanted) if tags is not None else PIXELS
        if tags is None or _is_open(wanted):
            known = (dataset for _, _, dataset, _ in self.read() if dataset is not None)
            meta = tuple(column for column in wanted if column.tag >> 16 == 2)
            rest = tuple(column for column in wanted if column.tag >> 16 != 2)
            self.columns = meta + columns_in(known, rest)
        else:
            self.columns = wanted

    def read(self) -> "Iterator[tuple[str | None, Dataset | None, Dataset | None, str]]":
        """Path, file meta information, data set and error of each source."""
        for source in self.sources:
            if isinstance(source, Dataset):
                yield None, None, source, ""
            elif isinstance(source, DicomFile):
                yield getattr(source.source, "path", None), source.meta, source.dataset, ""
            else:
                path = os.fspath(source)
                try:
                    file = read_header(path, self.options, stop=self.stop)
                except (DicomError, OSError) as error:
                    text = error.strerror if isinstance(error, OSError) else str(error)
                    yield path, None, None, text or type(error).__name__
                else:
                    yield path, file.meta, file.dataset, ""

    def row(
        self, path: str | None, meta: Dataset | None, dataset: Dataset | None, error: str
    ) -> Row:
        """One row."""
        problems = [error] if error else []
        # a name of a file that is not in UTF-8 is shown with escapes: no table could hold it else
        row: Row = {PATH: path and path.encode("utf-8", "backslashreplace").decode()}
        for column in self.columns:
            owner = meta if column.tag >> 16 == 2 else dataset
            row[column.name] = None if owner is None else _cell(owner, column, problems, "")
        row[PROBLEMS] = problems
        return row


def _expanded(sources: "Iterable[Source]") -> "Iterator[Source]":
    from .._scan import _files

    for source in sources:
        if isinstance(source, Dataset | DicomFile):
            yield source
        else:
            yield from _files([source])


def _stop(wanted: tuple[Column, ...]) -> int:
    """Reading ends after the last column; pixel data are read only where they are named."""
    last = max((int(column.tag) for column in wanted), default=0)
    return last + 1


def _is_open(wanted: tuple[Column, ...]) -> bool:
    """Whether a sequence, or an attribute of no known VR, is to be looked at first."""
    return any(
        (column.vr == "SQ" and (not column.columns or _is_open(column.columns)))
        or (Tag(column.tag).keyword == "" and column.vr == "UT")
        for column in wanted
    )


def _cell(owner: Dataset, column: Column, problems: list[str], place: str) -> object:
    name = f"{place}{column.name}"
    try:
        if column.tag not in owner:
            return None
        element = owner.element(column.tag)
        value = element.value
        if value is None:
            return None
        if column.vr == "SQ":
            if not isinstance(value, Sequence):
                problems.append(f"{name}: no sequence")
                return None
            return [
                {one.name: _cell(item, one, problems, f"{name}.") for one in column.columns}
                for item in value
            ]
        if column.vr in BYTES:
            return element.raw
        if column.vr == "UT" and element.vr != "UT":
            return element.text
    except ValueDecodeError as error:
        problems.append(f"{name}: {error.rule}")
        return None
    except DicomError as error:
        problems.append(f"{name}: {error}")
        return None
    several = value if isinstance(value, tuple) else (value,)
    if column.many:
        return [_plain(one, column.vr, name, problems) for one in several]
    if len(several) > 1:
        problems.append(f"{name}: {len(several)} values, the first one is taken")
    return _plain(several[0], column.vr, name, problems)


def _plain(value: object, vr: str, name: str, problems: list[str]) -> object:
    """A value of the standard library that a column of the VR can hold."""
    try:
        plain = _converted(value, vr)
    except InvalidValue as error:
        problems.append(f"{name}: {error.rule}")
        return None
    if plain is None and value is not None:
        problems.append(f"{name}: no value of a {vr} column")
    return plain


def _converted(value: object, vr: str) -> object:
    if isinstance(value, DicomDate) and vr == "DA":
        return value.to_date()
    if isinstance(value, DicomTime) and vr == "TM":
        return value.to_time()
    if isinstance(value, DicomDateTime) and vr == "DT":
        return value.to_datetime().replace(tzinfo=None)
    if isinstance(value, _WRITTEN):
        return value.text.strip(" \0") if vr not in _NUMBERS else None
    if isinstance(value, str):
        return str.__str__(value) if vr not in _NUMBERS else None
    if isinstance(value, Tag):
        return f"{int(value):08X}"
    if isinstance(value, int):
        return float(value) if vr in _REALS else int(value)
    if isinstance(value, float):
        return float(value) if vr in _REALS else None
    return value if isinstance(value, bytes) and vr in BYTES else None


_WRITTEN: Final = (Age, DicomDate, DicomTime, DicomDateTime, DateRange, TimeRange, DateTimeRange)
_REALS: Final = frozenset(("DS", "FD", "FL"))
_NUMBERS: Final = _REALS | {"IS", "SL", "SS", "SV", "UL", "US", "UV", "DA", "TM", "DT"}


# Tracebacks, reprs and pickles name the place that users import from
rows.__module__ = "dicom_core.interop"
