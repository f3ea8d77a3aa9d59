"""OpenJPH fills tables at its first use, and a second thread may meet them half filled: the first use is ours, alone."""

from functools import cache
from threading import Lock

import imagecodecs
import numpy as np

__all__ = ["ready_openjph"]

_FIRST = Lock()


def ready_openjph() -> None:
    """Return when OpenJPH can be used from several threads at once."""
    with _FIRST:
        _first_use()


@cache
def _first_use() -> None:
    for dtype in ("u2", "u4"):  # coders of 32 and of 64 bits
        pixels = np.arange(1024, dtype=dtype).reshape(32, 32)
        for reversible in (True, False):
            imagecodecs.htj2k_decode(imagecodecs.htj2k_encode(pixels, reversible=reversible))
