"""What real boards have besides: cards as tall as their cells, vote dots, masking tape, torn corners, printed bars, wooden walls, lamps.

Seen on photographs of real boards: notes that hang like shingles, foot over head; sheets turned by a quarter; frames and underlines; paper
across a whole row at lunch; a coloured strip behind the names; a camera held low or a picture sent by a messenger. Each by its own lot,
from a stream of its own, so that boards without are drawn as before. Tests use ``wild_boards``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from wild_papers import NEON, Light, Paper, hang, sheet_mm
from wild_surface import Surface
from wild_wishes import BGR, SIZES_MM, Wish

from calibration.rig import Layout

DOTS: tuple[BGR, ...] = ((40, 40, 200), (60, 140, 40), (190, 110, 30), (60, 200, 240))
MASKING: tuple[BGR, ...] = ((180, 215, 232), (190, 130, 50), (120, 200, 110), (235, 238, 240))
BARS: tuple[BGR, ...] = ((150, 70, 30), (50, 60, 190), (90, 150, 40), (60, 60, 60), (30, 140, 235))
WALLS: tuple[tuple[str, BGR], ...] = (
    ("wood", (95, 145, 190)),
    ("wood", (60, 95, 130)),
    ("paper", (120, 165, 195)),
    ("felt", (110, 60, 25)),
)
"""Planks, brown paper, and the blue of partition walls."""


@dataclass(frozen=True, eq=False)
class Extras:
    """What a board has, by default nothing.

    Shares of the sheets that have ``dots`` of votes, ``masking`` tape over edges, a ``torn`` corner, a printed ``bar`` and a rim, a
    ``framed`` or underlined title, are turned ``sideways``, or have ``any_size``; ``lunch`` row across which one strip of paper hangs, or
    -1; ``banded`` a coloured strip behind the names; ``lamp`` warm light from one side; ``pitch_deg`` how far the camera looks up, or None;
    ``stacks`` share of the sheets that are stacks of several (``wild_stacks``); ``one_colour`` for all sheets of the board.
    ``rng`` is what all of it is drawn from; ``tape_bgr`` and ``bar_bgr`` are one for a board.
    """

    dots: float = 0.0
    masking: float = 0.0
    torn: float = 0.0
    bar: float = 0.0
    framed: float = 0.0
    sideways: float = 0.0
    any_size: float = 0.0
    lunch: int = -1
    banded: bool = False
    lamp: bool = False
    pitch_deg: float | None = None
    stacks: float = 0.0
    one_colour: bool = False
    tape_bgr: BGR = MASKING[0]
    bar_bgr: BGR = BARS[0]
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))


def with_extras(rng: np.random.Generator, wish: Wish) -> tuple[Wish, Extras]:
    """Some of all this on a board."""
    often = lambda chance, share: share if rng.random() < chance else 0.0  # noqa: E731 - a short name for one draw
    extras = Extras(
        dots=often(0.25, 0.5),
        masking=often(0.25, 0.8),
        torn=often(0.2, 0.25),
        bar=often(0.2, 0.9),
        framed=often(0.3, 0.4),
        sideways=often(0.15, 0.25),
        any_size=often(0.25, 0.6),
        lunch=int(rng.integers(1, wish.rows - 1)) if rng.random() < 0.2 else -1,
        banded=bool(rng.random() < 0.2),
        lamp=bool(rng.random() < 0.2),
        pitch_deg=float(rng.uniform(22, 34)) if rng.random() < 0.15 else None,
        tape_bgr=MASKING[int(rng.integers(len(MASKING)))],
        bar_bgr=BARS[int(rng.integers(len(BARS)))],
        rng=rng,
    )
    if rng.random() < 0.3:  # notes foot over head
        wish = replace(wish, roomy=(float(rng.uniform(1.05, 1.3)), float(rng.uniform(0.88, 1.08))), strayed=0.6)
    if rng.random() < 0.25:
        wall, bgr = WALLS[int(rng.integers(len(WALLS)))]
        wish = replace(wish, wall=wall, wall_bgr=bgr)
    if wish.papers == "own" and wish.wall in ("cork", "felt", "wood", "glass"):  # of which no cards are made
        wish = replace(wish, papers="neon and white")
    if rng.random() < 0.25:  # sent by a messenger
        wish = replace(wish, size_px=(1600, 1200), quality=int(rng.integers(35, 60)), noise=min(wish.noise, 2.0))
    return wish, extras


def size_of(wish: Wish, extras: Extras, size: tuple[float, float]) -> tuple[float, float]:
    """The size of the next sheet, mm, where ``size`` is what the board's two sizes say; none is a third of the usual one or less."""
    if extras.rng.random() >= extras.any_size:
        return size
    area = wish.card_mm[0] * wish.card_mm[1]
    near = [s for s in SIZES_MM if 0.4 < s[0] * s[1] / area < 1.6]
    return near[int(extras.rng.integers(len(near)))]


def before_sheets(surface: Surface, layout: Layout, extras: Extras, light: Light) -> None:
    """What hangs across the board under all cards: a strip behind the names, paper across the row of lunch."""
    cell = np.array([layout.width_mm / layout.columns, layout.height_mm / layout.rows])
    if extras.banded:
        strip = np.array([[0, -0.85], [layout.columns, -0.85], [layout.columns, -0.08], [0, -0.08]]) * cell
        surface.paint(strip, NEON[int(extras.rng.integers(len(NEON)))])
    if extras.lunch >= 0:
        low, high = layout.row_edges_mm[extras.lunch : extras.lunch + 2]
        size = (0.97 * layout.width_mm, extras.rng.uniform(0.35, 0.7) * (high - low))
        corners = sheet_mm(np.array([layout.width_mm / 2, (low + high) / 2]), size, extras.rng.normal(0, 0.3))
        hang(
            surface,
            Paper(None, corners, NEON[int(extras.rng.integers(len(NEON)))], (30, 30, 30), np.full(4, 0.3), (), "glued"),
            light,
            extras.rng,
        )


def print_form(surface: Surface, paper: Paper, extras: Extras) -> None:
    """A bar and a rim as a printed form has."""
    if extras.rng.random() >= extras.bar:
        return
    surface.paint(_part(paper.corners_mm, (0.04, 0.05, 0.96, 0.2)), extras.bar_bgr)
    rim = _part(paper.corners_mm, (0.04, 0.05, 0.96, 0.95))
    surface.stroke(np.r_[rim, rim[:1]], 1.2, extras.bar_bgr)


def on_top(surface: Surface, paper: Paper, extras: Extras) -> None:
    """Frames, lines under words, tape over edges, dots of votes: what comes after the writing."""
    if extras.rng.random() < extras.framed:
        box = (0.06, 0.07, 0.94, 0.93) if extras.rng.random() < 0.5 else (0.08, 0.45, 0.7, 0.45)
        lines = _part(paper.corners_mm, box) + extras.rng.normal(0, 1.0, (4, 2))
        surface.stroke(np.r_[lines, lines[:1]] if box[3] > box[1] else lines[:2], 1.8, paper.pen)
    if extras.rng.random() < extras.masking:
        for share in (0.5,) if extras.rng.random() < 0.5 else (0.0, 1.0):
            middle = paper.corners_mm[0] + share * (paper.corners_mm[1] - paper.corners_mm[0])
            surface.paint(
                sheet_mm(middle, (extras.rng.uniform(30, 55), extras.rng.uniform(15, 24)), extras.rng.uniform(-40, 40)),
                extras.tape_bgr,
                0.05,
            )
    if extras.rng.random() < extras.dots:
        bgr = DOTS[int(extras.rng.integers(len(DOTS)))]
        for _ in range(int(extras.rng.integers(1, 9))):
            at = _part(paper.corners_mm, (*extras.rng.uniform([0.08, 0.55], [0.92, 0.93]), 1, 1))[0]
            turn = np.linspace(0, 2 * np.pi, 16)
            surface.paint(at + np.c_[np.cos(turn), np.sin(turn)] * 4, bgr, 0.1)


def torn_corner(paper: Paper, extras: Extras) -> Paper:
    """The sheet with a corner gone, or as it is."""
    if extras.rng.random() >= extras.torn:
        return paper
    k = int(extras.rng.integers(4))
    return replace(paper, gone=(k, float(extras.rng.uniform(0.12, 0.35)), float(extras.rng.uniform(0.12, 0.35))))


def warm_side(light: np.ndarray, extras: Extras) -> None:
    """A lamp's yellow on one half of HxWx3 linear light, and day on the other."""
    if not extras.lamp:
        return
    width = light.shape[1]
    x = np.linspace(-1, 1, width, dtype=np.float32) * extras.rng.choice([-1, 1])
    share = 1 / (1 + np.exp(-(x - extras.rng.uniform(-0.3, 0.3)) / extras.rng.uniform(0.1, 0.4)))
    tint = np.array([extras.rng.uniform(0.45, 0.7), 0.85, 1.1], np.float32)
    light *= 1 + share[None, :, None].astype(np.float32) * (tint - 1)


def _part(corners: np.ndarray, box: tuple[float, float, float, float]) -> np.ndarray:
    """4x2: a part (left, top, right, bottom in shares) of a sheet."""
    across, down = corners[1] - corners[0], corners[3] - corners[0]
    left, top, right, bottom = box
    return np.array([corners[0] + x * across + y * down for x, y in ((left, top), (right, top), (right, bottom), (left, bottom))])
