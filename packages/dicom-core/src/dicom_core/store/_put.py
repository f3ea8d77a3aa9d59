"""Putting a whole instance at once."""

from collections.abc import AsyncIterable, Iterable
from typing import TYPE_CHECKING, Final, TypeAlias

from .._source import ByteSource

if TYPE_CHECKING:
    from ._protocol import Store
    from ._types import Expected, Receipt

__all__ = ["put"]

_CHUNK: Final = 1 << 20
Source: TypeAlias = "bytes | ByteSource | Iterable[bytes | memoryview] | AsyncIterable[bytes]"


async def put(store: "Store", source: Source, expected: "Expected | None" = None) -> "Receipt":
    """Put a Part 10 file into a store: bytes, a `ByteSource`, or its pieces as they come.

    Where the source ends with an error, nothing is kept.
    """
    async with await store.receive(expected) as incoming:
        if isinstance(source, bytes):
            incoming.write([source])
        elif isinstance(source, ByteSource):
            for at in range(0, source.size, _CHUNK):
                incoming.write([source.read_range(at, min(_CHUNK, source.size - at))])
        elif isinstance(source, AsyncIterable):
            async for piece in source:
                incoming.write([piece])
        else:
            for part in source:
                incoming.write([part])
        return await incoming.commit()


# Tracebacks, reprs and pickles name the place that users import from
put.__module__ = "dicom_core.store"
