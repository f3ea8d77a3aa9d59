"""What the two models, JSON and XML, need to know of an element before they write it."""

from .._dataset import Dataset
from .._element import DataElement
from .._errors import LimitExceeded
from .._fragments import Fragments
from .._index import RawElement, path_of
from ._bulk import BINARY_VRS, Bulk, BulkDataHandle, BulkPolicy

__all__ = ["choose_uri", "encapsulated"]


def choose_uri(
    bulk: Bulk, root: Dataset, node: Dataset, tag: int, vr: str, found: RawElement
) -> str | None:
    """The URI of a value that leaves the model, empty for one that is left out, None for one that stays."""
    handle = found.handle
    if isinstance(handle, BulkDataHandle) and not handle.remote.resolvable:
        return "" if bulk == "omit" else handle.uri
    if bulk == "inline" or (not found.undefined and found.length == 0):
        return None
    if isinstance(bulk, BulkPolicy):
        if vr not in bulk.vrs or (not found.undefined and found.length <= bulk.threshold):
            return None
        return bulk.uri(root, DataElement._of(node, tag, found))
    if vr not in BINARY_VRS:
        return None
    return "" if isinstance(bulk, str) else bulk(root, DataElement._of(node, tag, found))


def encapsulated(node: Dataset, tag: int) -> bytes:
    """Encapsulated pixel data: the value field with its items, without the delimiter (PS3.5 A.4)."""
    fragments = node._load(tag)
    assert isinstance(fragments, Fragments)
    length, limit = sum(fragments.sizes), node._frame.reading.options.limits.value
    if length > limit:
        raise LimitExceeded("value", length, f"in {path_of(node, tag)}")
    pieces = [_item(fragments.offset_table)]
    pieces += [_item(fragment) for fragment in fragments]
    return b"".join(pieces)


def _item(data: bytes) -> bytes:
    return b"\xfe\xff\x00\xe0" + len(data).to_bytes(4, "little") + data
