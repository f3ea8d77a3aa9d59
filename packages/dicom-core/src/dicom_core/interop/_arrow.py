"""Tables of Arrow and of what stands on it. The columns are typed by VR, sequences stay lists of structs."""

import os
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Final

from .._options import ReadOptions
from ._columns import BYTES, Column
from ._missing import need
from ._rows import PATH, PROBLEMS, Row, Source, Table

if TYPE_CHECKING:
    # Their types are known where their stubs are installed
    import pandas as pd  # type: ignore[import-untyped,import-not-found,unused-ignore]
    import polars as pl  # type: ignore[import-untyped,import-not-found,unused-ignore]
    import pyarrow as pa  # type: ignore[import-untyped,import-not-found,unused-ignore]

__all__ = ["schema", "to_arrow", "to_pandas", "to_polars", "write_parquet"]

_DEFAULT: Final = ReadOptions()
_BATCH: Final = 2000
_EXTRA: Final = "dicom-core[tables]"

# VRs that are no text: the name of Arrow's type and its arguments
_TYPES: Final[dict[str, tuple[str, ...]]] = {
    "DA": ("date32",),
    "TM": ("time64", "us"),
    "DT": ("timestamp", "us"),
    "DS": ("float64",),
    "FD": ("float64",),
    "FL": ("float32",),
    "IS": ("int32",),
    "SL": ("int32",),
    "SS": ("int16",),
    "SV": ("int64",),
    "UL": ("uint32",),
    "US": ("uint16",),
    "UV": ("uint64",),
    **dict.fromkeys(BYTES, ("binary",)),
}


def schema(columns: tuple[Column, ...]) -> "pa.Schema":
    """The Arrow schema of columns, between ``path`` and ``problems``; tag and VR are metadata of each field."""
    need(pyarrow=_EXTRA)
    import pyarrow as pa

    return pa.schema(
        [
            pa.field(PATH, pa.string()),
            *(_field(column) for column in columns if _has_cells(column)),
            pa.field(PROBLEMS, pa.list_(pa.string())),
        ]
    )


def _has_cells(column: Column) -> bool:
    """Arrow and Parquet have no struct without fields: a sequence that nobody has anything in is left out."""
    return column.vr != "SQ" or any(map(_has_cells, column.columns))


def _field(column: Column) -> "pa.Field":
    import pyarrow as pa

    if column.vr == "SQ":
        inner = [_field(one) for one in column.columns if _has_cells(one)]
        kind: pa.DataType = pa.list_(pa.struct(inner))
    else:
        name, *arguments = _TYPES.get(column.vr, ("string",))
        kind = getattr(pa, name)(*arguments)
        if column.many:
            kind = pa.list_(kind)
    return pa.field(
        column.name, kind, metadata={"dicom.tag": f"{int(column.tag):08X}", "dicom.vr": column.vr}
    )


def _batches(table: Table, size: int) -> Iterator[list[Row]]:
    found = (table.row(*one) for one in table.read())
    while batch := list(islice(found, size)):
        yield batch


def to_arrow(
    sources: "Source | Iterable[Source]",
    tags: Iterable[str | int] | None = None,
    *,
    options: ReadOptions = _DEFAULT,
) -> "pa.Table":
    """An Arrow table of headers; sources, tags, ``path`` and ``problems`` as `rows` has them."""
    need(pyarrow=_EXTRA)
    import pyarrow as pa

    table = Table(sources, tags, options)
    kind = schema(table.columns)
    parts = [pa.RecordBatch.from_pylist(batch, kind) for batch in _batches(table, _BATCH)]
    return pa.Table.from_batches(parts, kind)


def write_parquet(
    sources: "Source | Iterable[Source]",
    target: "str | os.PathLike[str]",
    tags: Iterable[str | int] | None = None,
    *,
    options: ReadOptions = _DEFAULT,
    batch: int = _BATCH,
) -> int:
    """The same into a Parquet file, a batch of rows at a time; how many rows that were.

    The file appears whole or not at all.
    """
    need(pyarrow=_EXTRA)
    import pyarrow as pa
    from pyarrow import parquet

    from ._atomic import replaced

    table = Table(sources, tags, options)
    kind = schema(table.columns)
    count = 0
    with replaced(target) as temporary, parquet.ParquetWriter(temporary, kind) as writer:
        for one in _batches(table, batch):
            writer.write_batch(pa.RecordBatch.from_pylist(one, kind))
            count += len(one)
    return count


def to_pandas(
    sources: "Source | Iterable[Source]",
    tags: Iterable[str | int] | None = None,
    *,
    options: ReadOptions = _DEFAULT,
) -> "pd.DataFrame":
    """A pandas frame whose columns keep their Arrow types: missing numbers stay missing, sequences nested."""
    need(pyarrow=_EXTRA, pandas="pandas")
    import pandas as pd

    return to_arrow(sources, tags, options=options).to_pandas(types_mapper=pd.ArrowDtype)


def to_polars(
    sources: "Source | Iterable[Source]",
    tags: Iterable[str | int] | None = None,
    *,
    options: ReadOptions = _DEFAULT,
) -> "pl.DataFrame":
    """A polars frame."""
    need(pyarrow=_EXTRA, polars="polars")
    import polars as pl

    frame = pl.from_arrow(to_arrow(sources, tags, options=options))
    assert isinstance(frame, pl.DataFrame)
    return frame


# Tracebacks, reprs and pickles name the place that users import from
schema.__module__ = to_arrow.__module__ = write_parquet.__module__ = "dicom_core.interop"
to_pandas.__module__ = to_polars.__module__ = "dicom_core.interop"
