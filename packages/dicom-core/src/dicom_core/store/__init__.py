"""Where instances are kept: one Protocol for network, web and archive, and an implementation in memory.

What stores is written against `Store`; what is a store runs the checks of `dicom_core.store.testing`. Nothing
here knows an event loop: the coroutines of `InMemoryStore` never wait for anything.

A blocking program drives the same coroutines with its own loop, or, for stores that never wait, with `drive`.
"""

from .._names import safe_name
from ._drive import drive
from ._entities import entities
from ._errors import InstanceConflict, InstanceRefused, StoreError, StoreFull, UnknownInstance
from ._memory import InMemoryStore
from ._protocol import Incoming, Store
from ._put import put
from ._types import (
    DuplicatePolicy,
    EventKind,
    Expected,
    Outcome,
    Receipt,
    StoredInstance,
    StoreEvent,
    StoreSettings,
)

__all__ = [
    "DuplicatePolicy",
    "EventKind",
    "Expected",
    "InMemoryStore",
    "Incoming",
    "InstanceConflict",
    "InstanceRefused",
    "Outcome",
    "Receipt",
    "Store",
    "StoreError",
    "StoreEvent",
    "StoreFull",
    "StoreSettings",
    "StoredInstance",
    "UnknownInstance",
    "drive",
    "entities",
    "put",
    "safe_name",
]
