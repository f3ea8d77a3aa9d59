"""What of the archive is searched: tables in SQLite or PostgreSQL."""

from typing import TYPE_CHECKING

from dicom_dict.lazy import door

if TYPE_CHECKING:
    from ._index import Index
    from ._page import Cursor, Page

__all__ = ["Cursor", "Index", "Page"]

__getattr__, __dir__ = door(globals(), {"._index": "Index", "._page": "Cursor Page"})
