"""Sheets of paper on a surface: as thick as paper is, lifted where nothing holds them, in the light of a room.

What tells a white sheet from a white board was measured on ``rendered/phone-paper.jpg``, which is path traced. Along the side away from
the light runs a shadow as broad as the sheet is lifted, dark next to it (0.28 of the light, linear) and soft beyond; where the sheet is
stuck down there is none, and paper and board differ by what their whites differ, 5 levels or none; less light comes between paper and
board, which darkens the board by 6 to 12 levels over 4 mm beside a lifted side that faces the light.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from wild_surface import Surface, smooth_noise
from wild_wishes import BGR, Wish

from calibration.rig import Cell

NEON: tuple[BGR, ...] = ((110, 240, 250), (140, 150, 245), (120, 170, 250), (130, 240, 170), (230, 190, 110))
PASTEL: tuple[BGR, ...] = ((190, 240, 250), (235, 225, 205), (215, 205, 245), (210, 240, 215), (205, 235, 245), (225, 240, 246))
WHITE: tuple[BGR, ...] = ((242, 243, 242), (236, 240, 242), (246, 244, 243))
PENS: tuple[BGR, ...] = ((30, 30, 30), (30, 30, 30), (140, 50, 30), (40, 40, 170), (50, 100, 30), (70, 68, 66))


@dataclass(frozen=True, eq=False)
class Paper:
    """One sheet: ``corners_mm`` 4x2 clockwise from its own top left; ``lift_mm`` of these four corners off the surface."""

    cell: Cell | None
    corners_mm: np.ndarray
    bgr: BGR
    pen: BGR
    lift_mm: np.ndarray
    lines: tuple[str, ...]
    held_by: str
    ruled: bool = False
    gone: tuple[int, float, float] | None = None

    def outline_mm(self) -> np.ndarray:
        """Nx2: its corners; where one is ``gone``, (which, share of the side before it, of the side behind it), two in its stead."""
        if self.gone is None:
            return self.corners_mm
        k, before, behind = self.gone
        corner, one, other = (self.corners_mm[(k + step) % 4] for step in (0, -1, 1))
        cut = [corner + before * (one - corner), corner + behind * (other - corner)]
        return np.concatenate([self.corners_mm[:k], cut, self.corners_mm[k + 1 :]])


@dataclass(frozen=True)
class Light:
    """Where light comes from.

    ``away`` mm that a shadow falls aside for each mm of height; ``soft`` mm that it is blurred for each; ``direct`` share of the light
    that comes from there.
    """

    away: tuple[float, float]
    soft: float
    direct: float


def random_light(rng: np.random.Generator, kind: str) -> Light:
    """Halls are lit from the ceiling, by lamps as broad as they are far or, in a sunbeam, from aside and sharp."""
    sharp = kind in ("sunbeam", "hard shadow")
    away = float(rng.uniform(-0.9, 0.9)), float(rng.uniform(0.3, 1.1))
    return Light(away, float(rng.uniform(0.08, 0.25) if sharp else rng.uniform(0.25, 0.6)), float(rng.uniform(0.35, 0.7)))


def paper_bgr(rng: np.random.Generator, wish: Wish) -> BGR:
    """The colour of the next sheet."""
    kind = wish.papers
    if kind == "neon and white":
        kind = "white" if rng.random() < 0.4 else "neon"
    if kind == "own":
        base = np.array(wish.wall_bgr) * rng.uniform(0.97, 1.04)
    else:
        table = {"neon": NEON, "pastel": PASTEL, "white": WHITE}[kind]
        base = np.array(table[rng.integers(len(table))])
    return tuple(np.clip(base + rng.normal(0, 1.5, 3), 15, 250).tolist())


def lifted(rng: np.random.Generator, fixed: str) -> np.ndarray:
    """Mm that the corners (top left, top right, bottom right, bottom left) stand off the board: paper is 0.1 mm thick and never flat."""
    least = rng.uniform(0.12, 0.35, 4)
    if fixed == "sticky":
        curl = rng.gamma(1.6, 2.0)
        return least + curl * np.array([0, 0, rng.uniform(0.7, 1.3), rng.uniform(0.7, 1.3)])
    if fixed == "taped":
        return least + rng.gamma(1.0, 0.5, 4)
    return least + rng.gamma(1.5, 1.2, 4) * [0.6, 0.6, 1.2, 1.2]


def hang(surface: Surface, paper: Paper, light: Light, rng: np.random.Generator) -> None:
    """Shadow, sheet, and what holds it; writing comes after."""
    _shadow(surface, paper, light)
    window = surface.window(paper.outline_mm())
    shape = surface.colour[window[0]].shape[:2]
    grain = 1 + 0.004 * smooth_noise(rng, shape, max(1.5, 1.2 * surface.px))
    colour = np.asarray(paper.bgr, np.float32) * grain[..., None]
    surface.paint(paper.outline_mm(), np.clip(colour, 0, 255), 0.04, _own_light(surface, paper, window, rng))
    if paper.ruled:
        _rule(surface, paper.corners_mm)
    _fix(surface, paper, rng)


def _shadow(surface: Surface, paper: Paper, light: Light) -> None:
    """What the sheet takes of the light beside it, in slices of its height."""
    reach = float(paper.lift_mm.max()) * (np.hypot(*light.away) + 3 * light.soft) + 8
    window = surface.window(paper.corners_mm, reach)
    dark = np.zeros(surface.colour[window[0]].shape[:2], np.float32)
    for low, high in ((0.0, 0.3), (0.25, 0.55), (0.5, 0.8), (0.75, 1.0)):
        slice_mm, lift = _slice(paper.corners_mm, low, high), _slice(paper.lift_mm[:, None], low, high)
        fallen = surface.cover(slice_mm + lift * light.away, window)
        np.maximum(dark, _soft(fallen, (0.1 + light.soft * float(lift.mean())) * surface.px), out=dark)
    beside = float(np.clip(paper.lift_mm.mean(), 0.3, 5))
    near = _soft(surface.cover(paper.outline_mm(), window), 0.9 * beside * surface.px)
    if paper.gone is not None:  # light falls through where a corner is gone
        dark *= _soft(surface.cover(paper.outline_mm() + paper.lift_mm.mean() * np.array(light.away), window), beside * surface.px)
    shade = surface.shade[window[0]]
    shade *= (1 - light.direct * dark) * (1 - (1 - light.direct) * 0.5 * min(1.0, beside / 2) * near)


def _soft(mask: np.ndarray, sigma_px: float) -> np.ndarray:
    return cv2.GaussianBlur(mask, (0, 0), sigma_px) if sigma_px > 0.3 else mask


def _slice(corners: np.ndarray, low: float, high: float) -> np.ndarray:
    """The part of a quad (any values at its corners) between two shares of its height."""
    left, right = corners[3] - corners[0], corners[2] - corners[1]
    return np.array([corners[0] + low * left, corners[1] + low * right, corners[1] + high * right, corners[0] + high * left])


def _own_light(surface: Surface, paper: Paper, window, rng: np.random.Generator) -> np.ndarray:
    """HxW: a sheet that curls turns its lower part towards or away from the light, by up to 8 %."""
    part, origin = window
    shape = surface.colour[part].shape[:2]
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    down = (paper.corners_mm[3] - paper.corners_mm[0]) * surface.px
    start = (paper.corners_mm[0] - origin) * surface.px
    share = ((x - start[0]) * down[0] + (y - start[1]) * down[1]) / float(down @ down)
    bent = min(float(paper.lift_mm.max()) / 8, 1.0) * 0.08 * rng.uniform(-1, 1)
    return (1 + bent * np.clip(share, 0, 1) ** 2).astype(np.float32)


def _rule(surface: Surface, corners: np.ndarray) -> None:
    """The faint lines of an index card."""
    down = corners[3] - corners[0]
    for share in np.arange(0.16, 0.97, 7.0 / max(float(np.hypot(*down)), 50)):
        ends = np.array([corners[0], corners[1]]) + share * down
        window = surface.window(ends, 1)
        across = np.array([ends[0], ends[1], ends[1] + [0, 0.35], ends[0] + [0, 0.35]])
        part = surface.colour[window[0]]
        part[:] = (part * (1 - 0.25 * surface.cover(across, window)[..., None] * [0.5, 0.8, 1.0])).astype(np.uint8)


def _fix(surface: Surface, paper: Paper, rng: np.random.Generator) -> None:
    """A pin or a magnet at the top, or strips of clear tape over two corners."""
    top = paper.corners_mm[:2]
    if paper.held_by == "pinned":
        at = top.mean(0) + 0.06 * (paper.corners_mm[3] - paper.corners_mm[0])
        turn = np.linspace(0, 2 * np.pi, 20)
        ring = np.c_[np.cos(turn), np.sin(turn)] * rng.uniform(4, 7)
        surface.paint(at + ring, tuple(rng.uniform(30, 230, 3)), 0.6)
    elif paper.held_by == "taped":
        for corner in top:
            box = np.array([[-9, -6], [9, -6], [9, 6], [-9, 6]]) @ _turn(rng.uniform(-0.7, 0.7)).T + corner
            window = surface.window(box)
            alpha = surface.cover(box, window) * 0.25
            surface.colour[window[0]] = (surface.colour[window[0]] * (1 - alpha[..., None]) + alpha[..., None] * 225).astype(np.uint8)


def _turn(radians: float) -> np.ndarray:
    return np.array([[np.cos(radians), -np.sin(radians)], [np.sin(radians), np.cos(radians)]])


def sheet_mm(centre_mm: np.ndarray, size_mm: tuple[float, float], turn_deg: float) -> np.ndarray:
    """4x2 corners of a turned rectangle."""
    return np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * np.array(size_mm) / 2 @ _turn(np.radians(turn_deg)).T + centre_mm
