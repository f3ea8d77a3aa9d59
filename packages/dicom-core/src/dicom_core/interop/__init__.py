"""To and from other libraries: pydicom, Arrow, Parquet, pandas, polars, cattrs, and tables without any library.

Nothing foreign is imported before a function that needs it is called.
"""

from ._arrow import schema, to_arrow, to_pandas, to_polars, write_parquet
from ._cattrs import cattrs_hooks
from ._columns import Column, columns, columns_in
from ._missing import MissingExtra
from ._pydicom import file_from_pydicom, from_pydicom, to_pydicom
from ._rows import Row, rows
from ._text_tables import write_csv, write_json_lines

__all__ = [
    "Column",
    "MissingExtra",
    "Row",
    "cattrs_hooks",
    "columns",
    "columns_in",
    "file_from_pydicom",
    "from_pydicom",
    "rows",
    "schema",
    "to_arrow",
    "to_pandas",
    "to_polars",
    "to_pydicom",
    "write_csv",
    "write_json_lines",
    "write_parquet",
]
