"""Ultrasound: a fan of speckle with a heart that beats in it."""

from typing import TYPE_CHECKING, Final

import numpy as np

from ._canvas import smooth_step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from ._canvas import Plane

__all__ = ["DEPTH", "beating_heart", "coloured"]

DEPTH: Final = 150.0  # mm
_SHAPE: Final = (300, 400)
_HALF_ANGLE: Final = 0.72
_RAYS: Final = (160, 260)  # rays, and samples along each


def _fan() -> "tuple[Plane, Plane, Plane]":
    """For each pixel its place in mm from the probe, across and down, and whether it is in the fan."""
    step = DEPTH / (_SHAPE[0] - 14)
    down = ((np.arange(_SHAPE[0], dtype=np.float32) - 5) * step)[:, None] + np.zeros(
        (1, _SHAPE[1]), np.float32
    )
    across = ((np.arange(_SHAPE[1], dtype=np.float32) - _SHAPE[1] / 2) * step)[None, :] + np.zeros(
        (_SHAPE[0], 1), np.float32
    )
    distance, angle = np.hypot(across, down), np.arctan2(across, down)
    inside = smooth_step(_HALF_ANGLE - np.abs(angle), 0, 0.006) * smooth_step(
        DEPTH - distance, 0, 0.8
    )
    return across, down, (inside * (distance > 4)).astype(np.float32)


def _squeeze(phase: float) -> float:
    """How far the ventricles are emptied at a phase of the beat, 0 to 1."""
    wave = (
        np.clip(np.sin(2 * np.pi * phase), 0, 1)
        if phase < 0.5
        else 0.25 * np.sin(4 * np.pi * phase)
    )
    return float(wave) * 0.8


def _oval(
    across: "Plane",
    down: "Plane",
    at: tuple[float, float],
    radii: tuple[float, float],
    turned: float = 0,
) -> "Plane":
    """1 in an ellipse, 0 outside, with an edge of some 2 mm."""
    c, s = np.cos(turned), np.sin(turned)
    dx, dy = across - at[0], down - at[1]
    ring = np.sqrt(((c * dx + s * dy) / radii[0]) ** 2 + ((c * dy - s * dx) / radii[1]) ** 2)
    found: Plane = np.clip((1 - ring) * min(radii) / 2 + 0.5, 0, 1).astype(np.float32)
    return found


def beating_heart(
    frames: int, random: np.random.RandomState
) -> "Iterator[tuple[NDArray[np.uint8], float]]":
    """Frames of four chambers over one beat, with the phase of each; the last goes over into the first."""
    across, down, fan = _fan()
    distance, angle = np.hypot(across, down), np.arctan2(across, down)
    ray = np.clip((angle / _HALF_ANGLE + 1) / 2 * (_RAYS[0] - 1), 0, _RAYS[0] - 1).astype(int)
    sample = np.clip(distance / DEPTH * (_RAYS[1] - 1), 0, _RAYS[1] - 1).astype(int)
    still, moved = (
        np.hypot(*random.standard_normal((2, *_RAYS))).astype(np.float32) for _ in range(2)
    )
    trace = _trace(frames)
    for number in range(frames):
        phase = number / frames
        squeeze = _squeeze(phase)
        speckle = 0.75 * np.roll(still, round(squeeze * 7), 1) + 0.35 * np.roll(
            moved, number * 3, 1
        )
        speckle = (speckle + np.roll(speckle, 1, 0) + np.roll(speckle, 1, 1)) / 2.4
        echo = _tissue(across, down, squeeze)
        gain = echo * speckle[ray, sample] * (1 - 0.35 * distance / DEPTH)
        frame = np.clip(38 * np.log1p(6 * gain) * 1.35, 0, 235) * fan
        frame += trace[number]
        yield np.clip(frame, 0, 255).astype(np.uint8), phase


def _tissue(across: "Plane", down: "Plane", squeeze: float) -> "Plane":
    """How much comes back from each place: muscle, blood, valves and the sac around."""
    drop = 9 * squeeze  # the base of the heart moves to its tip
    echo = np.full(across.shape, 0.32, np.float32)
    echo += 1.3 * (_oval(across, down, (2, 78), (58, 68)) - _oval(across, down, (2, 78), (55, 65)))
    body = _oval(across, down, (2, 78), (53, 63))
    echo = echo * (1 - body) + 0.72 * body
    chambers = (
        ((21 - 3 * squeeze, 60 + drop / 3), (19 - 8 * squeeze, 32 - 6 * squeeze), 0.12),
        ((-24 + 4 * squeeze, 64 + drop / 3), (14 - 6 * squeeze, 26 - 5 * squeeze), -0.14),
        ((20, 112 + drop / 2), (19 + 3 * squeeze, 18 + 2 * squeeze), 0.0),
        ((-22, 110 + drop / 2), (17 + 3 * squeeze, 17 + 2 * squeeze), 0.0),
    )
    for at, radii, turned in chambers:
        blood = _oval(across, down, at, radii, turned)
        echo = echo * (1 - blood) + 0.035 * blood
    opening = max(0.0, 1 - 2.2 * squeeze)
    for middle in (21, -23):
        for leaf in (-1, 1):
            tip = (middle + leaf * 8.5, 91 + drop - 5 * opening)
            echo += 1.6 * _oval(across, down, tip, (9.5, 1.5), leaf * opening * 0.9)
    echo += 0.8 * _oval(across, down, (0, 14), (44, 2.2)) + 0.5 * _oval(
        across, down, (0, 20), (50, 1.5)
    )
    return echo.astype(np.float32)


def _trace(frames: int) -> "list[Plane]":
    """The electrocardiogram along the lower edge, with a bright mark at the present."""
    columns = np.arange(_SHAPE[1], dtype=np.float32)
    beat = (columns / 200) % 1
    height = 26 * np.exp(-(((beat - 0.06) / 0.012) ** 2)) - 7 * np.exp(
        -(((beat - 0.09) / 0.012) ** 2)
    )
    height += 6 * np.exp(-(((beat - 0.36) / 0.05) ** 2)) + 3 * np.exp(
        -(((beat - 0.93) / 0.03) ** 2)
    )
    rows = np.arange(_SHAPE[0], dtype=np.float32)[:, None]
    slope = np.abs(np.gradient(height)) / 2 + 0.8
    line = 150 * np.clip(slope + 0.5 - np.abs(rows - (288 - height)), 0, 1)
    shown = []
    for number in range(frames):
        now = 200 * number / frames + 100
        shown.append((line * np.where(np.abs(columns - now) < 3, 1.7, 0.6)).astype(np.float32))
    return shown


def coloured(frame: "NDArray[np.uint8]", phase: float) -> "NDArray[np.uint8]":
    """With the flow of blood in colour: to the probe red, away from it blue."""
    across, down, fan = _fan()
    squeeze = _squeeze(phase)
    filling = max(0.0, 0.9 - 2.4 * squeeze)
    image = np.repeat(frame[:, :, None], 3, 2).astype(np.float32)
    for strength, colours, at, radii in (
        (filling, ((255, 40, 0), (255, 220, 60)), (20, 82), (10, 27)),
        (filling * 0.8, ((230, 30, 0), (255, 190, 40)), (-23, 84), (8, 22)),
        (squeeze, ((0, 50, 255), (90, 235, 255)), (10, 66), (9, 30)),
    ):
        share = _oval(across, down, at, radii, 0.12) * fan * min(strength * 1.4, 0.92)
        core = _oval(across, down, at, (radii[0] * 0.55, radii[1] * 0.7), 0.12)[:, :, None]
        paint = (
            np.array(colours[0], np.float32) * (1 - core) + np.array(colours[1], np.float32) * core
        )
        image += (paint - image) * (share * (frame < 120))[:, :, None]
    bar = np.linspace(1, -1, 80, dtype=np.float32)[:, None]
    warm, cold = np.clip(bar, 0, 1), np.clip(-bar, 0, 1)
    image[20:100, 376:386] = np.stack([255 * warm, 170 * warm**2 + 170 * cold**2, 255 * cold], 2)
    return np.clip(image, 0, 255).astype(np.uint8)
