"""Drawing with numpy: soft ellipses on a plane measured in millimetres."""

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Plane: TypeAlias = NDArray[np.floating[Any]]

__all__ = ["Canvas", "grain", "smooth_step", "to_grey"]

_SLACK: Final = 9.0  # mm: how far the warp may carry an outline out of its box


class Canvas:
    """A slice: x to the patient's left, y to the back, both in mm from the middle of the picture."""

    __slots__ = ("_columns", "_rows", "_step", "sharp", "value", "x", "y")

    def __init__(
        self,
        shape: tuple[int, int],
        extent: tuple[float, float],
        background: float,
        *,
        warp: float = 0.0,
        phase: float = 0.0,
    ) -> None:
        """``extent`` is height and width in mm. ``warp`` moves outlines by so many mm, so that nothing is too round."""
        rows, columns = shape
        self._step = (extent[0] / rows, extent[1] / columns)
        self._rows = (np.arange(rows, dtype=np.float32) - (rows - 1) / 2) * self._step[0]
        self._columns = (np.arange(columns, dtype=np.float32) - (columns - 1) / 2) * self._step[1]
        x, y = self._columns[None, :], self._rows[:, None]
        bend_x = warp * np.sin(y / 23 + phase) + warp / 2 * np.sin(y / 11 - x / 17 + 2 * phase)
        bend_y = warp * np.sin(x / 27 - phase) + warp / 2 * np.sin(x / 13 + y / 19 + 3 * phase)
        self.x: Plane = (x + bend_x).astype(np.float32)
        self.y: Plane = (y + bend_y).astype(np.float32)
        self.value: Plane = np.full(shape, background, np.float32)
        self.sharp: float = 1.2 * max(self._step)  # mm over which an edge fades

    def ellipse(
        self,
        at: tuple[float, float],
        radii: tuple[float, float],
        value: float,
        *,
        turned: float = 0.0,
        soft: float | None = None,
        share: float = 1.0,
    ) -> None:
        """Paint over what is there; ``turned`` in radians, ``share`` below 1 lets it shine through."""
        reach = max(radii) + _SLACK
        rows = slice(*np.searchsorted(self._rows, (at[1] - reach, at[1] + reach)))
        columns = slice(*np.searchsorted(self._columns, (at[0] - reach, at[0] + reach)))
        dx, dy = self.x[rows, columns] - at[0], self.y[rows, columns] - at[1]
        if turned:
            c, s = float(np.cos(turned)), float(np.sin(turned))
            dx, dy = c * dx + s * dy, c * dy - s * dx
        distance = np.sqrt((dx / radii[0]) ** 2 + (dy / radii[1]) ** 2)
        edge = min(radii) / (self.sharp if soft is None else soft)
        self.blend((rows, columns), np.clip((1 - distance) * edge + 0.5, 0, 1) * share, value)

    def ellipsoid(
        self,
        z: float,
        at: tuple[float, float, float],
        radii: tuple[float, float, float],
        value: float,
        *,
        turned: float = 0.0,
        soft: float | None = None,
        share: float = 1.0,
    ) -> None:
        """What the slice at ``z`` shows of an ellipsoid."""
        inside = 1 - ((z - at[2]) / radii[2]) ** 2
        if inside > 0.002:
            scale = float(np.sqrt(inside))
            self.ellipse(
                at[:2], (radii[0] * scale, radii[1] * scale), value,
                turned=turned, soft=soft, share=share,
            )  # fmt: skip

    def blend(
        self, where: tuple[slice, slice] | None, share: "Plane", value: "float | Plane"
    ) -> None:
        """Mix a value in by a share of each pixel."""
        part = self.value if where is None else self.value[where]
        part += (
            share.astype(np.float32)
            * (np.float32(value) if isinstance(value, float | int) else value)
            - share * part
        )


def smooth_step(values: "Plane", low: float, high: float) -> "Plane":
    """0 below ``low``, 1 above ``high``, and a straight way between."""
    found: Plane = np.clip((values - low) / (high - low), 0, 1)
    return found


def grain(random: np.random.RandomState, shape: tuple[int, int], coarse: int = 1) -> "Plane":
    """Noise of deviation about 1; ``coarse`` above 1 makes its grains larger."""
    # RandomState: its numbers are promised to stay the same, those of Generator are not
    noise: Plane = random.standard_normal(shape).astype(np.float32)
    for _ in range(coarse - 1):
        noise = noise + np.roll(noise, 1, 0)
        noise = (noise + np.roll(noise, 1, 1)) / np.float32(2)
    return noise


def to_grey(plane: "Plane", most: int) -> "NDArray[np.uint16]":
    """Stored values from 0 to ``most``."""
    return np.clip(np.rint(plane), 0, most).astype(np.uint16)
