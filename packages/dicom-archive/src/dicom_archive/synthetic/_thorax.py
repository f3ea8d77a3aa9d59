"""A chest and what is below it, in Hounsfield units, slice by slice: z in mm from the diaphragm to the head."""

from typing import TYPE_CHECKING, Final

import numpy as np

from ._canvas import Canvas, grain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._canvas import Plane

__all__ = ["Thorax"]

_BRANCHES: Final = (16, 7)  # from the hilum, and from the end of each
_NODULE: Final = (-84.0, 26.0, 128.0)
_RIB_STEP: Final = 29.0  # mm from rib to rib
_TAU: Final = 2 * np.pi


class Thorax:
    """A body of its own for each seed; ``nodule`` is the radius in mm of what grows in the right lung, 0 for none."""

    def __init__(self, seed: int, *, nodule: float = 0.0) -> None:
        random = np.random.RandomState(seed)
        self._nodule = nodule
        self._wide = float(random.uniform(0.93, 1.04))
        self._phase = float(random.uniform(0, _TAU))
        self._heart = float(random.uniform(0.92, 1.1))
        self._vessels = [tube for side in (-1, 1) for tube in _vessels(random, side)]
        self._bowel = [
            (*random.uniform((-95, -70, -190), (95, 25, -80)), float(random.uniform(9, 20)))
            for _ in range(26)
        ]

    @property
    def nodule(self) -> tuple[float, float, float]:
        """Where it is, in mm."""
        x, y, z = _NODULE
        return x * self._wide, y, z

    def draw(self, z: float, shape: tuple[int, int], extent: tuple[float, float]) -> "Plane":
        """The slice at ``z``: from -200 (kidneys) to 300 (shoulders)."""
        canvas = Canvas(shape, extent, -1000, warp=1.6, phase=self._phase + z / 60)
        canvas.x /= self._wide
        shoulder = float(np.clip((z - 195) / 70, 0, 1))
        outer = (168 + 26 * shoulder, 118 - 16 * shoulder)
        canvas.ellipse((0, 8), outer, -105)
        canvas.ellipse((0, 9), (outer[0] - 15, outer[1] - 13), 55)
        if z > 205:
            self._shoulders(canvas, z)
        self._lungs(canvas, z)
        if z < 75:
            self._abdomen(canvas, z)
        self._middle(canvas, z)
        self._bones(canvas, z)
        return canvas.value

    def _shoulders(self, canvas: Canvas, z: float) -> None:
        for side in (-1, 1):
            canvas.ellipsoid(z, (side * 150, 12, 262), (25, 24, 42), 380)
            canvas.ellipsoid(z, (side * 150, 12, 262), (20, 19, 38), 190)
            turned = side * 0.45
            canvas.ellipsoid(z, (side * 70, -52, 262), (62, 6, 16), 420, turned=turned)

    def _lungs(self, canvas: Canvas, z: float) -> None:
        top = float(np.clip((z - 185) / 60, 0, 1))
        for side in (-1, 1):
            canvas.ellipsoid(z, (side * 74, 6, 112), (60, 88, 168), -868, turned=side * 0.08)
        canvas.ellipse((0, -42 + 30 * top), (30, 62 - 34 * top), 40)  # what is between them
        canvas.ellipse((0, 40), (27, 50), 45)
        for start, end, wide in self._vessels:
            rise = end[2] - start[2]
            along = (z - start[2]) / rise if abs(rise) > 2 else -1.0
            if 0 <= along <= 1:
                at = start + (end - start) * along
                run = float(np.hypot(*(end - start)[:2])) / abs(rise)
                thick = wide * (1 - 0.55 * float(along))
                radii = (thick * min(1 + run, 5.0), thick)
                turned = float(np.arctan2(end[1] - start[1], end[0] - start[0]))
                canvas.ellipse((float(at[0]), float(at[1])), radii, 40, turned=turned, share=0.85)
        if self._nodule:
            r = self._nodule
            canvas.ellipsoid(z, _NODULE, (r, r * 0.9, r), 35)

    def _abdomen(self, canvas: Canvas, z: float) -> None:
        canvas.ellipsoid(z, (75, 2, -52), (72, 84, 92), 46)  # the left dome, over the spleen
        if z < 20:
            inner = float(np.clip((20 - z) / 55, 0, 1))
            canvas.ellipse((0, -4), (142, 98), -95, share=inner)
            for x, y, level, radius in self._bowel:
                canvas.ellipsoid(z, (x, y, level), (radius * 1.3, radius, radius * 1.6), 38)
                canvas.ellipsoid(
                    z, (x, y - radius / 3, level), (radius * 0.7, radius / 2, radius), -700
                )
            for side in (-1, 1):
                canvas.ellipsoid(z, (side * 66, 56, -128), (27, 33, 58), 165, turned=side * 0.5)
                canvas.ellipsoid(z, (side * 55, 52, -128), (12, 14, 30), 15, turned=side * 0.5)
                canvas.ellipse((side * 38, 62), (22, 26), 55)
            canvas.ellipsoid(z, (48, -38, -35), (46, 34, 44), 25)
            canvas.ellipsoid(z, (52, -62, -35), (24, 12, 24), -900)
            canvas.ellipsoid(z, (98, 36, -40), (32, 46, 62), 125, turned=0.4)
        canvas.ellipsoid(z, (-56, -2, -42), (90, 88, 100), 108)  # the liver and the right dome
        if z < 45:
            for number in range(9):
                angle = number * 0.7
                at = (-62 + 34 * np.cos(angle), -8 + 36 * np.sin(angle), -40 + 9 * (number - 4))
                canvas.ellipsoid(z, at, (12, 3.2, 16), 160, turned=angle)
        canvas.ellipsoid(z, (-32, -58, -68), (15, 21, 28), 8, turned=0.5)

    def _middle(self, canvas: Canvas, z: float) -> None:
        h = self._heart
        canvas.ellipsoid(z, (22, -30, 76), (66 * h, 50 * h, 62 * h), 42, turned=0.5)
        for at, radii in (
            ((48, -22, 66), (26, 21, 38)), ((6, -56, 66), (27, 17, 34)),
            ((12, 2, 96), (27, 17, 22)), ((-28, -30, 84), (17, 24, 30)),
        ):  # fmt: skip
            canvas.ellipsoid(
                z,
                (at[0] * h, at[1] * h, at[2]),
                (radii[0] * h, radii[1] * h, radii[2]),
                175,
                turned=0.5,
            )
        if 96 < z < 178:
            canvas.ellipse((-6, -30), (16, 16), 185)
            canvas.ellipse((-30, -26), (10, 11), 165)
        canvas.ellipsoid(z, (8, -10, 136), (34, 11, 13), 180, turned=0.35)
        canvas.ellipsoid(z, (8, 2, 180), (15, 44, 13), 185, turned=-0.5)
        if z < 182:
            canvas.ellipse((22, 38 if z > 30 else 42), (12, 12), 185)
        if z > 176:
            for x in (-26, -9, 13):
                canvas.ellipse((x, -14), (6, 6), 180)
            canvas.ellipse((0, 8), (8.5, 9.5), -990)
        elif z > 128:
            apart = 5 + (176 - z) * 0.75
            for side in (-1, 1):
                canvas.ellipse((side * apart, 10), (7, 6.5), -980)
        canvas.ellipse((3, 27), (7, 5), 30)

    def _bones(self, canvas: Canvas, z: float) -> None:
        disc = abs((z / 30) % 1 - 0.5) > 0.36
        canvas.ellipse((0, 66), (21, 17), 90 if disc else 420)
        if not disc:
            canvas.ellipse((0, 65), (18, 14), 190)
            for side in (-1, 1):
                canvas.ellipse((side * 22, 88), (20, 4.5), 460, turned=side * 0.35)
                canvas.ellipse((side * 12, 80), (5, 9), 430)
            canvas.ellipse((0, 107), (4, 13), 330)
        canvas.ellipse((0, 86), (9, 8), 30)
        if z > 45:
            canvas.ellipse((0, -98 + max(z - 185, 0) * 0.35), (17, 6.5), 330)
        if -75 < z < 258:
            self._ribs(canvas, z)

    def _ribs(self, canvas: Canvas, z: float) -> None:
        """A cage around the lungs: each rib falls from the spine to the front."""
        shrink = float(np.sqrt(max(1 - (max(z - 120, -60) / 175) ** 2, 0.04)))
        ring = np.sqrt(
            (canvas.x / (146 * shrink)) ** 2
            + ((canvas.y - 6) / (106 * (0.25 + 0.75 * shrink))) ** 2
        )
        front = (1 - np.sin(np.arctan2(canvas.y - 6, np.abs(canvas.x) + 1))) / 2  # 0 at the back
        height = (z + 62 * front + 5 * np.sin(3 * front)) / _RIB_STEP
        off = np.abs(height - np.floor(height) - 0.5) * _RIB_STEP
        there = np.clip((5.8 - off) / 1.5 + 0.5, 0, 1) * np.clip(
            (0.036 - np.abs(ring - 1)) * 60 + 0.5, 0, 1
        )
        there *= np.abs(canvas.x) > 16
        if z < 40:  # the lowest ribs do not reach the front
            there *= front < 0.25 + (z + 75) / 150
        core = (
            there * np.clip((3.2 - off) / 2, 0, 1) * np.clip((0.018 - np.abs(ring - 1)) * 60, 0, 1)
        )
        canvas.blend(None, there.astype(np.float32), 520.0)
        canvas.blend(None, core.astype(np.float32), 230.0)

    def scan(self, z: float, size: int, width: float, random: np.random.RandomState) -> "Plane":
        """A slice as a scanner shows it: with the table and grain."""
        plane = self.draw(z, (size, size), (width, width))
        step = width / size
        table = np.arange(size, dtype=np.float32) - size / 2
        top = 131 + (table * step / 42) ** 2
        rows = ((np.arange(size, dtype=np.float32) - size / 2) * step)[:, None]
        shell = (
            np.clip(1.6 - np.abs(rows - top[None, :]), 0, 1) * (np.abs(table * step) < 190)[None, :]
        )
        plane = np.maximum(plane, -1000 + 820 * shell.astype(np.float32))
        noise = grain(random, (size, size), 2)
        found: Plane = plane + noise * np.where(plane > -950, np.float32(13), np.float32(6))
        return found


def _vessels(random: np.random.RandomState, side: int) -> "Iterator[tuple[Plane, Plane, float]]":
    """The tree of a lung: tubes from the hilum, and thinner ones from where those end."""
    hilum = np.array([side * 32, 8, 125], np.float32)
    middle = np.array([side * 76, 6, 120], np.float32)
    reach = np.array([46, 74, 130], np.float32)
    for _ in range(_BRANCHES[0]):
        way = _direction(random)
        knot = middle + way * reach * random.uniform(0.2, 0.55)
        yield hilum + random.uniform(-7, 7, 3).astype(np.float32), knot.astype(np.float32), 4.2
        for _ in range(_BRANCHES[1]):
            leaf = middle + _direction(random, way) * reach * random.uniform(0.7, 0.98)
            yield knot.astype(np.float32), leaf.astype(np.float32), 2.1


def _direction(random: np.random.RandomState, near: "Plane | None" = None) -> "Plane":
    """Of length 1, into the half of the other where one is given."""
    found = random.standard_normal(3) if near is None else random.standard_normal(3) * 0.75 + near
    return (found / np.linalg.norm(found)).astype(np.float32)
