"""A flat surface with what is painted and pasted on it, seen square on: its colour, the light that reaches it, its gloss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from wild_wishes import BGR


@dataclass(eq=False)
class Surface:
    """A board, or a wall, at ``px`` a mm from ``origin_mm``.

    ``colour`` HxWx3 u8 sRGB of the material in full light; ``shade`` HxW float32 share of the light that comes there (linear), which
    sheets above take away; ``gloss`` HxW float32, 1 where lamps are mirrored as in a whiteboard.
    """

    colour: np.ndarray
    px: float
    origin_mm: np.ndarray
    shade: np.ndarray = field(init=False)
    gloss: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.shade = np.ones(self.colour.shape[:2], np.float32)
        self.gloss = np.zeros(self.colour.shape[:2], np.float32)

    def at(self, points_mm: np.ndarray) -> np.ndarray:
        """Nx2 mm -> Nx2 px."""
        return (np.asarray(points_mm, np.float64) - self.origin_mm) * self.px - 0.5

    def window(self, points_mm: np.ndarray, margin_mm: float = 0.0) -> tuple[tuple[slice, slice], np.ndarray]:
        """The part about some points, cut to the surface, and mm of its top-left pixel's corner."""
        px = self.at(points_mm)
        margin = margin_mm * self.px + 2
        low = np.clip(np.floor(px.min(0) - margin).astype(int), 0, None)
        high = np.clip(np.ceil(px.max(0) + margin).astype(int), low + 1, [self.colour.shape[1], self.colour.shape[0]])
        return np.s_[low[1] : high[1], low[0] : high[0]], low / self.px + self.origin_mm

    def cover(self, corners_mm: np.ndarray, window: tuple[tuple[slice, slice], np.ndarray]) -> np.ndarray:
        """HxW float32 of a window, 0..1: how much of each pixel a polygon covers."""
        part, origin = window
        shape = self.colour[part].shape[:2]
        points = (np.asarray(corners_mm) - origin) * self.px - 0.5
        mask = np.zeros(shape, np.uint8)
        cv2.fillPoly(mask, [np.round(points * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
        return mask.astype(np.float32) / 255

    def paint(self, corners_mm: np.ndarray, colour: np.ndarray | BGR, gloss: float = 0.0, light: np.ndarray | float = 1.0) -> None:
        """Paste a polygon; ``colour`` one BGR or HxWx3 of its window, ``light`` its own share of the light."""
        window = self.window(corners_mm)
        part, alpha = window[0], self.cover(corners_mm, window)
        self.colour[part] = _over(self.colour[part], np.asarray(colour, np.float32), alpha)
        self.gloss[part] += alpha * (gloss - self.gloss[part])
        self.shade[part] += alpha * (light - self.shade[part])

    def stamp(self, alpha: np.ndarray, frame_mm: np.ndarray, bgr: BGR) -> None:
        """Ink HxW (0..1) onto a parallelogram: ``frame_mm`` 3x2 its top left, top right, bottom right."""
        source = np.array([[0, 0], [alpha.shape[1], 0], [alpha.shape[1], alpha.shape[0]]], np.float32) - 0.5
        part, origin = self.window(np.r_[frame_mm, [frame_mm[0] + frame_mm[2] - frame_mm[1]]])
        target = ((frame_mm - origin) * self.px - 0.5).astype(np.float32)
        shape = self.colour[part].shape[:2]
        shrink = np.hypot(*(target[1] - target[0])) / alpha.shape[1]
        if shrink < 0.7:
            alpha = cv2.GaussianBlur(alpha, (0, 0), 0.4 / shrink)
        ink = cv2.warpAffine(alpha, cv2.getAffineTransform(source, target), shape[::-1], flags=cv2.INTER_LINEAR)
        self.colour[part] = _over(self.colour[part], np.asarray(bgr, np.float32), ink)

    def stroke(self, points_mm: np.ndarray, width_mm: float, bgr: BGR) -> None:
        """An open line through Nx2 points."""
        points = np.round(self.at(points_mm) * 16).astype(np.int32)
        cv2.polylines(self.colour, [points], False, bgr, max(1, round(width_mm * self.px)), cv2.LINE_AA, 4)


def _over(below: np.ndarray, colour: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    return np.clip(below + alpha[..., None] * (colour - below) + 0.5, 0, 255).astype(np.uint8)


def smooth_noise(rng: np.random.Generator, shape: Sequence[int], size_px: float) -> np.ndarray:
    """HxW float32 of about unit spread whose spots are ``size_px`` large."""
    height, width = shape
    mesh = max(2, round(width / size_px)), max(2, round(height / size_px))
    small = rng.standard_normal((mesh[1], mesh[0]), np.float32)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC) * 1.3


def blank(rng: np.random.Generator, wall: str, bgr: BGR, box_mm: np.ndarray, px: float) -> Surface:
    """An empty board of a material; ``box_mm`` 2x2 its top left and bottom right."""
    width, height = (int(v) for v in (box_mm[1] - box_mm[0]) * px)
    field = np.empty((height, width, 3), np.float32)
    field[:] = bgr
    for amount, tint in _texture(rng, wall, (height, width), px):
        field *= 1 + amount[..., None] * np.asarray(tint, np.float32)
    surface = Surface(np.clip(field, 0, 255).astype(np.uint8), px, box_mm[0])
    surface.gloss[:] = {"whiteboard": 1.0, "glass": 1.3, "coroplast": 0.5, "wall": 0.1}.get(wall, 0.0)
    if wall == "glass":
        surface.colour[:] = _behind(rng, (height, width), bgr)
    return surface


def _texture(rng: np.random.Generator, wall: str, shape: tuple[int, int], px: float):
    """Pairs of a field HxW and its tint BGR by which the material's colour varies."""
    even = (1.0, 1.0, 1.0)
    yield 0.008 * smooth_noise(rng, shape, 300 * px), even
    if wall == "cork":
        yield 0.07 * smooth_noise(rng, shape, max(2.0, 2.5 * px)), (1.2, 1.0, 0.9)
        yield 0.06 * smooth_noise(rng, shape, max(3.0, 7 * px)), (1.3, 1.0, 0.8)
    elif wall == "wood":
        yield _planks(rng, shape, px), even
    elif wall == "felt":
        yield 0.025 * smooth_noise(rng, shape, max(1.5, 1.5 * px)), even
    elif wall == "coroplast":
        flutes = np.sin(2 * np.pi * np.arange(shape[1], dtype=np.float32) / max(4.0, 4.5 * px))
        yield np.broadcast_to(0.012 * flutes, shape), even
    elif wall == "wall":
        yield 0.008 * smooth_noise(rng, shape, max(2.0, 2 * px)), even
    elif wall == "paper":
        yield 0.006 * smooth_noise(rng, shape, 60 * px), even
    elif wall == "whiteboard":
        wiped = np.abs(smooth_noise(rng, shape, 90 * px)) < 0.12
        yield -0.012 * cv2.GaussianBlur(wiped.astype(np.float32), (0, 0), 8 * px), even


def _behind(rng: np.random.Generator, shape: tuple[int, int], bgr: BGR) -> np.ndarray:
    """What is seen through glass, out of focus."""
    small = np.empty((shape[0] // 16 + 1, shape[1] // 16 + 1, 3), np.float32)
    small[:] = bgr
    for _ in range(10):
        x, y = rng.uniform(0, small.shape[1]), rng.uniform(0, small.shape[0])
        w, h = rng.uniform(0.05, 0.3, 2) * small.shape[1]
        cv2.rectangle(small, (int(x - w), int(y - h)), (int(x + w), int(y + h)), tuple(rng.uniform(0.5, 1.25) * np.array(bgr)), -1)
    return np.clip(cv2.resize(cv2.GaussianBlur(small, (0, 0), 4), shape[::-1]), 0, 255).astype(np.uint8)


def _planks(rng: np.random.Generator, shape: tuple[int, int], px: float) -> np.ndarray:
    """HxW: planks of 100 mm with dark seams and grain along them."""
    height, width = shape
    field = np.zeros(shape, np.float32)
    grain = cv2.resize(rng.standard_normal((max(2, int(height / max(1.5, 1.2 * px))), 24)).astype(np.float32), (width, height))
    for top in np.arange(-rng.uniform(0, 100), height / px, 100.0):
        part = np.s_[max(0, int(top * px)) : max(0, int((top + 100) * px))]
        field[part] += rng.normal(0, 0.05)
        seam = np.s_[max(0, int(top * px)) : max(0, int(top * px) + max(1, int(2 * px)))]
        field[seam] -= 0.4
    return field + 0.05 * grain
