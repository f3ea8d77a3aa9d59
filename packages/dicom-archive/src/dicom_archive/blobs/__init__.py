"""Where the files of the archive are kept."""

from typing import TYPE_CHECKING

from dicom_dict.lazy import door

if TYPE_CHECKING:
    from ._folder import FolderBlobs
    from ._keys import blob_key
    from ._memory import MemoryBlobs
    from ._types import Abandoned, BlobStore, Draft

__all__ = ["Abandoned", "BlobStore", "Draft", "FolderBlobs", "MemoryBlobs", "blob_key"]

__getattr__, __dir__ = door(
    globals(),
    {
        "._folder": "FolderBlobs",
        "._keys": "blob_key",
        "._memory": "MemoryBlobs",
        "._types": "Abandoned BlobStore Draft",
    },
)
