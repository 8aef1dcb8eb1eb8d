"""Which board to draw: every property of a random board by its own lot, so that any two of them meet. Tests use ``wild_boards``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BGR = tuple[float, float, float]

WALLS: dict[str, tuple[BGR, ...]] = {
    "whiteboard": ((236, 238, 236), (226, 229, 230), (214, 217, 216)),
    "paper": ((232, 236, 238), (222, 228, 232), (205, 222, 232)),
    "coroplast": ((238, 236, 234), (226, 222, 214), (225, 200, 160)),
    "wall": ((205, 218, 225), (190, 205, 212), (215, 205, 190), (225, 228, 228)),
    "cork": ((105, 155, 195), (120, 165, 200), (85, 130, 175)),
    "felt": ((118, 114, 110), (120, 70, 45), (70, 95, 60), (60, 58, 58)),
    "glass": ((190, 195, 190), (120, 125, 120)),
}
"""BGR of surfaces, the pale ones first."""

WALL_SHARES = (0.26, 0.16, 0.1, 0.13, 0.16, 0.1, 0.09)

LINES: dict[str, float] = {"full": 0.3, "tape": 0.18, "narrow tape": 0.1, "columns": 0.12, "dashed": 0.1, "none": 0.2}
"""Kinds of lines and how often they are drawn."""

LABELS: dict[str, float] = {"strips": 0.4, "cards": 0.3, "written": 0.3}

PAPERS: dict[str, float] = {"neon": 0.2, "neon and white": 0.15, "pastel": 0.2, "white": 0.2, "own": 0.25}
"""What the cards of a board are made of. ``own``: the colour of the board itself, as white on white is."""

LIGHTS: dict[str, float] = {"even": 0.42, "dim": 0.14, "sunbeam": 0.14, "hard shadow": 0.18, "glare": 0.12}

SIZES_MM: tuple[tuple[float, float], ...] = ((76, 76), (127, 76), (152, 102), (148, 105), (102, 76), (203, 127), (210, 148), (279, 216))
"""Square sticky, 5 x 3 inch, 6 x 4 inch, A6, 4 x 3 inch, 8 x 5 inch, A5, letter."""

SIZE_SHARES = (0.24, 0.22, 0.16, 0.1, 0.08, 0.08, 0.06, 0.06)


@dataclass(frozen=True)
class Wish:
    """What hangs where, in what light, seen by what camera.

    ``wall``, ``lines``, ``labels``, ``papers`` and ``light`` are keys of the tables above; ``card_mm`` the usual sheet, ``other_mm`` a
    second size that a share ``mixed`` of the cards has; ``written`` how much of a sheet is written on, 0.3 a word, 1 full; ``fixed`` how
    the sheets hang: "sticky", "taped" or "pinned"; ``turn_deg`` spread of their turn; ``stacked`` share of cells with more than one;
    ``strayed`` how far off the middle of its cell, in cells, a sheet may hang; ``remarks`` words written on the board itself; ``cast`` a
    colour of the light; ``heads`` and ``body`` who stands before it; ``beside`` "", "poster" or "board".
    """

    rows: int
    columns: int
    wall: str
    wall_bgr: BGR
    lines: str
    labels: str
    papers: str
    light: str
    card_mm: tuple[float, float]
    other_mm: tuple[float, float]
    mixed: float
    roomy: tuple[float, float]
    fill: float
    written: float
    fixed: str
    turn_deg: float
    stacked: float
    strayed: float
    remarks: int
    cast: bool
    heads: int
    body: bool
    beside: str
    size_px: tuple[int, int]
    blur_px: float
    noise: float
    quality: int


def drawn_by(rng: np.random.Generator, shares: dict[str, float]) -> str:
    """One of some names, by their shares."""
    return str(rng.choice(list(shares), p=np.array(list(shares.values())) / sum(shares.values())))


def random_wish(rng: np.random.Generator) -> Wish:
    """A board by lot. Boards have at most 70 cells: so many are what a photo of this size can still show."""
    wall = str(rng.choice(list(WALLS), p=WALL_SHARES))
    rows, columns = int(rng.integers(3, 9)), int(rng.integers(3, 10))
    lines = "none" if wall == "glass" and rng.random() < 0.4 else drawn_by(rng, LINES)
    sizes = [SIZES_MM[i] for i in rng.choice(len(SIZES_MM), 2, p=SIZE_SHARES)]
    beside = str(rng.choice(["", "poster", "board"], p=[0.72, 0.18, 0.1]))
    return Wish(
        rows=rows,
        columns=columns,
        wall=wall,
        wall_bgr=WALLS[wall][rng.integers(len(WALLS[wall]))],
        lines=lines,
        labels=drawn_by(rng, LABELS),
        papers=drawn_by(rng, PAPERS),
        light=drawn_by(rng, LIGHTS),
        card_mm=sizes[0],
        other_mm=sizes[1] if 0.35 < np.prod(sizes[1]) / np.prod(sizes[0]) < 2 else sizes[0],
        mixed=float(rng.choice([0, 0.15, 0.4])),
        roomy=(float(rng.uniform(1.15, 1.9)), float(rng.uniform(1.15, 1.8))),
        fill=float(rng.uniform(0.35, 0.9)),
        written=float(rng.uniform(0.3, 1.0)),
        fixed=str(rng.choice(["sticky", "taped", "pinned"], p=[0.6, 0.25, 0.15])),
        turn_deg=float(rng.choice([1.0, 3.0, 6.0])),
        stacked=float(rng.choice([0, 0.05, 0.2])),
        strayed=float(rng.choice([0.6, 1.0, 1.6])),
        remarks=int(rng.integers(1, 5)) if rng.random() < 0.2 else 0,
        cast=bool(rng.random() < 0.2),
        heads=int(rng.integers(1, 4)) if rng.random() < 0.2 else 0,
        body=bool(rng.random() < 0.08),
        beside=beside,
        size_px=(2600, 1950) if rng.random() < 0.7 else (1900, 1425),
        blur_px=float(rng.uniform(0.6, 1.3)),
        noise=float(rng.uniform(1.0, 3.5)),
        quality=int(rng.integers(70, 96)),
    )
