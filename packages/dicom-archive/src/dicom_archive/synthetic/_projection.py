"""A radiograph of the chest: the same body, seen through from the front."""

from typing import TYPE_CHECKING, Final

import numpy as np

from ._canvas import grain, to_grey
from ._thorax import Thorax

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ._canvas import Plane

__all__ = ["radiograph"]

_STEP: Final = 1.35  # mm: between the slices, and between the rays
_HEIGHT, _WIDTH, _DEPTH = 356.0, 420.0, 270.0
_TOP: Final = 296.0


def radiograph(
    body: Thorax, random: np.random.RandomState, size: int = 880
) -> "NDArray[np.uint16]":
    """12 bits, bones bright; the patient's left is on the right. ``size`` pixels wide."""
    step = _STEP * max(1.0, 440 / size)
    levels = np.arange(_TOP, _TOP - _HEIGHT, -step)
    shape = (int(_DEPTH / 3), int(_WIDTH / step))
    weight = np.empty((len(levels), shape[1]), np.float32)
    for row, z in enumerate(levels):
        units = body.draw(float(z), shape, (_DEPTH, _WIDTH))
        # bone weakens the rays more than its density says
        dense = np.clip(units / 1000 + 1, 0, None) + np.clip(units - 210, 0, None) / 330
        weight[row] = dense.sum(0) * 3
    image = _stretched(weight, (round(size * _HEIGHT / _WIDTH), size))
    ground = _softened(image, size // 24)
    image = 0.6 * ground + 1.3 * (
        image - ground
    )  # what a station's processing does: even, and with contrast
    image += grain(random, image.shape, 2) * 1.6
    low, high = np.percentile(image, (4, 99.4))
    return to_grey(240 + (image - low) / (high - low) * 3300, 4095)


def _stretched(plane: "Plane", shape: tuple[int, int]) -> "Plane":
    """Bilinear, then softened so that the steps of the slices cannot be seen."""
    rows = np.linspace(0, plane.shape[0] - 1.001, shape[0], dtype=np.float32)
    columns = np.linspace(0, plane.shape[1] - 1.001, shape[1], dtype=np.float32)
    top, left = rows.astype(int), columns.astype(int)
    down, right = (rows - top)[:, None], (columns - left)[None, :]
    lines = plane[top] * (1 - down) + plane[top + 1] * down
    return _softened(
        (lines[:, left] * (1 - right) + lines[:, left + 1] * right).astype(np.float32), 1
    )


def _softened(plane: "Plane", reach: int) -> "Plane":
    """A running mean, twice, in both directions."""
    for axis in (0, 1, 0, 1):
        padded = np.pad(
            plane, [(reach + 1, reach) if a == axis else (0, 0) for a in (0, 1)], mode="edge"
        )
        total = np.cumsum(padded, axis, dtype=np.float64)
        width = 2 * reach + 1
        length = plane.shape[axis]
        high = np.take(total, np.arange(width, width + length), axis)
        plane = ((high - np.take(total, np.arange(length), axis)) / width).astype(np.float32)
    return plane
