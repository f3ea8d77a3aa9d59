"""A head, slice by slice, in any contrast: z in mm from the middle of the brain upwards."""

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from ._canvas import Canvas, grain, smooth_step

if TYPE_CHECKING:
    from ._canvas import Plane

__all__ = ["CT", "FLAIR", "T1", "T2", "Contrast", "Head"]

_TAU: Final = 2 * np.pi


class Contrast(NamedTuple):
    """What each tissue looks like."""

    air: float
    skin: float
    fat: float
    muscle: float
    bone: float
    marrow: float
    fluid: float
    grey: float
    white: float
    vessel: float
    eye: float
    spot: float
    noise: float
    magnetic: bool = True


T1: Final = Contrast(14, 420, 900, 400, 60, 700, 170, 480, 640, 260, 190, 420, 14)
T2: Final = Contrast(14, 420, 640, 240, 50, 420, 980, 520, 370, 60, 960, 820, 16)
FLAIR: Final = Contrast(14, 400, 560, 300, 50, 380, 120, 560, 450, 80, 160, 960, 16)
CT: Final = Contrast(-1000, 30, -90, 50, 1350, 500, 6, 39, 29, 52, 12, 18, 3.2, magnetic=False)


class Head:
    """A head of its own for each seed; ``spots`` is how many bright lesions its white matter has."""

    def __init__(self, seed: int, *, spots: int = 0) -> None:
        random = np.random.RandomState(seed)
        self._phases = [float(phase) for phase in random.uniform(0, _TAU, 12)]
        self._wide = float(random.uniform(0.96, 1.04))
        self._spots = []
        for _ in range(spots):
            side, angle = random.choice((-1, 1)), random.uniform(-1.2, 1.3)
            at = (side * (24 + random.uniform(0, 16)), 34 * np.sin(angle), random.uniform(-4, 38))
            self._spots.append((at, float(random.uniform(2.2, 4.8))))

    def draw(
        self, z: float, shape: tuple[int, int], extent: tuple[float, float], look: Contrast
    ) -> "Plane":
        """The slice at ``z``: from -75 (below the eyes) to 85 (the crown)."""
        canvas = Canvas(shape, extent, look.air, warp=0.8, phase=self._phases[0] + z / 90)
        canvas.x /= self._wide
        canvas.ellipsoid(z, (0, -8, -6), (80, 101, 104), look.skin)
        canvas.ellipsoid(z, (0, -8, -6), (77, 98, 101), look.fat)
        if z < -25:
            self._face(canvas, z, look)
        canvas.ellipsoid(z, (0, -6, -6), (73, 93.5, 97), look.bone)
        canvas.ellipsoid(z, (0, -6, -6), (70.5, 91, 94.5), look.marrow)
        canvas.ellipsoid(z, (0, -6, -6), (68.5, 89, 92.5), look.bone)
        canvas.ellipsoid(z, (0, -6, -6), (66, 86, 90), look.fluid)
        self._brain(canvas, z, look)
        if z < -28:
            self._below(canvas, z, look)
        return canvas.value

    def _folds(self, canvas: Canvas, z: float) -> "Plane":
        """A field whose zeros are the furrows of the brain: alike on both sides, but not the same."""
        p = self._phases
        x, y = np.abs(canvas.x + 1.5 * np.sin(canvas.y / 19 + p[1])), canvas.y
        a = np.sin(x / 3.4 + 1.5 * np.sin(y / 7.5 + p[2]) + z / 9 + p[3])
        b = np.sin(y / 3.7 + 1.6 * np.sin(x / 6.4 + p[4]) - z / 11 + p[5])
        c = np.sin((x + y) / 5.1 + p[6] + canvas.x / 60) * 0.7
        found: Plane = a + b + c
        return found

    def _brain(self, canvas: Canvas, z: float, look: Contrast) -> None:
        inside = 1 - ((z + 6) / 88) ** 2
        if inside <= 0.01:
            return
        scale = float(np.sqrt(inside))
        radius = np.sqrt((canvas.x / (64.5 * scale)) ** 2 + ((canvas.y + 6) / (84 * scale)) ** 2)
        folds = self._folds(canvas, z)
        edge = 70 / canvas.sharp
        outer = np.clip((0.985 + 0.012 * folds - radius) * edge + 0.5, 0, 1)
        canvas.blend(None, outer, look.grey)
        core = np.clip((0.79 + 0.085 * folds - radius) * 22, 0, 1)
        canvas.blend(None, core * 0.97, look.white)
        # grey matter follows the furrows inwards, fluid fills them
        depth = smooth_step(radius, 0.5, 0.8) * outer
        canvas.blend(None, np.clip(1.2 - np.abs(folds) * 2.0, 0, 1) * depth, look.grey)
        canvas.blend(
            None,
            np.clip(0.9 - np.abs(folds) * 4.6, 0, 1) * smooth_step(radius, 0.6, 0.93) * outer,
            look.fluid,
        )
        middle = np.clip((1.7 - np.abs(canvas.x)) / 1.3, 0, 1) * outer
        if z < 42:
            middle = middle * np.clip((np.abs(canvas.y + 4) - 34 * scale) / 4, 0, 1)
        canvas.blend(None, middle, look.fluid)
        self._depth(canvas, z, look)
        for at, size in self._spots:
            canvas.ellipsoid(z, at, (size, size * 1.4, size * 1.3), look.spot, soft=2.0)

    def _depth(self, canvas: Canvas, z: float, look: Contrast) -> None:
        for side in (-1, 1):
            canvas.ellipsoid(
                z, (side * 12, 4, 2), (9.5, 16, 13), look.grey, turned=side * -0.35, soft=2.5
            )
            canvas.ellipsoid(
                z, (side * 27, -8, 2), (6.5, 17, 14), look.grey, turned=side * 0.25, soft=2.5
            )
            canvas.ellipsoid(z, (side * 13, -26, 8), (6, 9, 16), look.grey, soft=2.5)
            canvas.ellipsoid(z, (side * 9, -22, 15), (5.5, 17, 14), look.fluid, turned=side * 0.25)
            canvas.ellipsoid(z, (side * 12, 2, 24), (5.5, 36, 11), look.fluid, turned=side * -0.1)
            canvas.ellipsoid(z, (side * 21, 32, 12), (5.5, 17, 15), look.fluid, turned=side * 0.3)
            canvas.ellipsoid(
                z, (side * 43, -8, -2), (3.5, 22, 22), look.fluid, turned=side * 0.15, share=0.7
            )
        canvas.ellipsoid(z, (0, 0, -2), (1.9, 11, 12), look.fluid)
        canvas.ellipsoid(z, (0, 77, 8), (4.5, 6, 46), look.vessel)
        canvas.ellipsoid(z, (0, -82, 16), (2.5, 4, 34), look.vessel)

    def _below(self, canvas: Canvas, z: float, look: Contrast) -> None:
        """The cerebellum and the brain stem."""
        folia = np.sin((canvas.y + 0.12 * np.abs(canvas.x)) / 1.5 + z / 3) * 0.5 + 0.5
        for side in (-1, 1):
            canvas.ellipsoid(z, (side * 24, 40, -52), (29, 31, 27), look.grey)
            canvas.ellipsoid(z, (side * 34, -24, -44), (18, 32, 20), look.grey)
            canvas.ellipsoid(z, (side * 34, -24, -44), (11, 24, 14), look.white, soft=4.0)
        flat = 1 - ((z + 52) / 26) ** 2
        if flat > 0.05:
            s = float(np.sqrt(flat))
            ring = np.sqrt(
                ((np.abs(canvas.x) - 22 * s) / (25 * s)) ** 2 + ((canvas.y - 41) / (27 * s)) ** 2
            )
            canvas.blend(None, np.clip((0.9 - ring) * 9, 0, 1) * (0.35 + 0.4 * folia), look.white)
        canvas.ellipsoid(z, (0, 50, -52), (4, 22, 24), look.grey)
        canvas.ellipsoid(z, (0, 22, -52), (8, 5, 14), look.fluid)
        canvas.ellipse((0, 8), (15, 13), look.white, soft=3.0)
        canvas.ellipse((0, -5), (4, 2.5), look.vessel)
        if z < -55:
            for side in (-1, 1):
                canvas.ellipse((side * 42, 16), (20, 10), look.bone, turned=side * -0.5)
                canvas.ellipse((side * 46, 18), (9, 4), look.air, turned=side * -0.5)

    def _face(self, canvas: Canvas, z: float, look: Contrast) -> None:
        canvas.ellipsoid(z, (0, -108, -68), (12, 16, 26), look.skin)
        canvas.ellipsoid(z, (0, -70, -66), (67, 44, 38), look.skin)
        canvas.ellipsoid(z, (0, -70, -66), (64, 41, 36), look.fat)
        for side in (-1, 1):
            canvas.ellipsoid(z, (side * 57, -46, -62), (15, 34, 42), look.muscle, turned=side * 0.3)
            canvas.ellipsoid(z, (side * 76, 8, -52), (6, 17, 26), look.skin, turned=side * -0.3)
        for side in (-1, 1):
            canvas.ellipsoid(z, (side * 31, -90, -48), (17, 17, 17), look.muscle)
            canvas.ellipsoid(z, (side * 31, -90, -48), (13.5, 13.5, 13.5), look.eye)
            canvas.ellipsoid(z, (side * 31, -101, -48), (5, 3, 5), look.muscle)
            canvas.ellipse((side * 7, -84), (5.5, 17), look.air)

    def scan(
        self, z: float, size: int, width: float, look: Contrast, random: np.random.RandomState
    ) -> "Plane":
        """A slice as a scanner shows it: with grain, and for a magnet the shine of its coil."""
        plane = self.draw(z, (size, size), (width, width), look)
        noise = grain(random, (size, size)) * np.float32(look.noise)
        if not look.magnetic:
            return plane + noise * np.where(plane > -900, np.float32(1), np.float32(3))
        way = np.linspace(-1, 1, size, dtype=np.float32)
        shine = 1.08 - 0.16 * way[:, None] * np.float32(0.6) - 0.1 * (way[None, :] ** 2)
        other = grain(random, (size, size)) * np.float32(look.noise)
        found: Plane = np.hypot(plane * shine + noise, other)
        return found
