"""The buffers of associations, overwritten before each read: whoever kept a view past its time finds poison in it."""

import contextlib
from collections.abc import Callable, Iterator

from .._wire import PlainWire, TlsWire
from ._feed import POISON

__all__ = ["poisoned_buffers"]

_CHUNK = bytes([POISON]) * (256 << 10)


def _poisoning(receive: Callable[..., int]) -> Callable[..., int]:
    def poisoned(wire: object, buffer: memoryview) -> int:
        for start in range(0, len(buffer), len(_CHUNK)):
            size = min(len(buffer) - start, len(_CHUNK))
            buffer[start : start + size] = _CHUNK[:size]
        return receive(wire, buffer)

    return poisoned


@contextlib.contextmanager
def poisoned_buffers() -> Iterator[None]:
    """While it lasts, every association of this process, of either door, reads into a buffer of poison.

    The views of a `Data` are borrowed until the next read; a provider or a receiver that keeps them longer is shown
    by what it kept.
    """
    kept = {kind: kind.receive for kind in (PlainWire, TlsWire)}
    for kind, receive in kept.items():
        kind.receive = _poisoning(receive)  # type: ignore[method-assign]
    try:
        yield
    finally:
        for kind, receive in kept.items():
            kind.receive = receive  # type: ignore[method-assign]


# Tracebacks, reprs and pickles name the place that users import from
poisoned_buffers.__module__ = "dicom_net.testing"
