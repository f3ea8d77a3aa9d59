"""Associations over plain sockets, and threads where several go on at once."""

from typing import TYPE_CHECKING

from dicom_dict.lazy import door

if TYPE_CHECKING:
    from ._associate import (
        associate,
        open_association,
    )
    from ._association import (
        Association,
    )
    from ._client import (
        DicomClient,
    )
    from ._doctor import (
        doctor,
    )
    from ._iteration import (
        Iteration,
    )
    from ._pool import (
        AssociationPool,
    )
    from ._query import (
        find,
        find_instances,
        find_patients,
        find_series,
        find_studies,
        iter_find,
        iter_instances,
        iter_patients,
        iter_series,
        iter_studies,
    )
    from ._retrieve import (
        get,
        get_instance,
        get_series,
        get_study,
        iter_get,
        iter_move,
        move,
        move_instance,
        move_series,
        move_study,
    )
    from ._server import (
        Server,
    )
    from ._storage_server import (
        StorageServer,
    )
    from ._store import (
        send,
        store,
        store_batch,
        store_datasets,
        store_directory,
    )
    from ._verify import (
        verify,
    )

# The door: which private module holds which public name. A name is loaded when it is first used.
_DOOR = {
    "._associate": "associate open_association",
    "._association": "Association",
    "._client": "DicomClient",
    "._iteration": "Iteration",
    "._pool": "AssociationPool",
    "._query": (
        "find find_instances find_patients find_series find_studies iter_find iter_instances iter_patients "
        "iter_series iter_studies"
    ),
    "._retrieve": (
        "get get_instance get_series get_study iter_get iter_move move move_instance move_series move_study"
    ),
    "._server": "Server",
    "._storage_server": "StorageServer",
    "._store": "send store store_batch store_datasets store_directory",
    "._verify": "verify",
    "._doctor": "doctor",
}

__all__ = [
    "Association",
    "AssociationPool",
    "DicomClient",
    "Iteration",
    "Server",
    "StorageServer",
    "associate",
    "doctor",
    "find",
    "find_instances",
    "find_patients",
    "find_series",
    "find_studies",
    "get",
    "get_instance",
    "get_series",
    "get_study",
    "iter_find",
    "iter_get",
    "iter_instances",
    "iter_move",
    "iter_patients",
    "iter_series",
    "iter_studies",
    "move",
    "move_instance",
    "move_series",
    "move_study",
    "open_association",
    "send",
    "store",
    "store_batch",
    "store_datasets",
    "store_directory",
    "verify",
]

if not TYPE_CHECKING:  # a checker reads the imports above, and then knows a misspelt name
    __getattr__, __dir__ = door(globals(), _DOOR)
