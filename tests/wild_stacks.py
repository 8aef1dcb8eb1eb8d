"""Stacks as people hang them: two to four sheets of one colour over one another. Tests use ``wild_boards`` with the wish of here.

A sheet hangs below the one before it, beside it, or below and aside, covers a tenth to six tenths of it or is covered by it, and is
turned by up to 15 degrees. Where a stack reaches over a line its sheets belong to the cells that their middles lie in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from wild_extras import Extras
from wild_papers import Paper, sheet_mm
from wild_wishes import Wish, random_wish

from calibration.rig import Layout

MOST = 4
"""Sheets in a stack: the tallest seen have five."""

COVERED = (0.1, 0.6)
"""Share of a sheet that the next one covers."""


def stacked_wish(seed: int, plain: bool = False) -> tuple[Wish, Extras]:
    """A board of any kind on which half of the cells with cards have stacks; ``plain`` the same board with single sheets."""
    rng = np.random.default_rng([seed, 60])
    wish = random_wish(np.random.default_rng([seed, 42]))
    small = {"rows": min(wish.rows, 6), "columns": min(wish.columns, 7), "stacked": 0.0, "size_px": (2600, 1950)}
    wish = replace(wish, fill=float(rng.uniform(0.4, 0.75)), roomy=(max(wish.roomy[0], 1.3), max(wish.roomy[1], 1.3)), **small)
    if wish.papers == "own" and rng.random() < 0.7:
        wish = replace(wish, papers="neon")
    stacks, one_colour = float(rng.uniform(0.3, 0.7)), bool(rng.random() < 2 / 3)
    return wish, Extras(stacks=0.0 if plain else stacks, one_colour=one_colour, rng=np.random.default_rng([seed, 61]))


def stack_on(first: Paper, layout: Layout, extras: Extras, another: Callable[[], Paper]) -> list[Paper]:
    """The sheets of a stack in the order in which they were hung, ``first`` somewhere among them; ``another`` draws a sheet."""
    rng = extras.rng
    if rng.random() >= extras.stacks:
        return [first]
    stack = [first]
    way = rng.choice(["below", "aside", "both"], p=[0.5, 0.2, 0.3])
    for _ in range(int(rng.choice([1, 2, MOST - 1], p=[0.5, 0.3, 0.2]))):
        stack.append(_next(rng, stack[-1], way, another()))
    middle = np.mean([paper.corners_mm.mean(0) for paper in stack], axis=0)
    back = first.corners_mm.mean(0) - middle  # the stack, not its first sheet, hangs where that was to hang
    placed = [replace(paper, corners_mm=paper.corners_mm + back) for paper in stack]
    cells = [layout.cell_at(*paper.corners_mm.mean(0).tolist()) for paper in placed]
    within = [replace(paper, cell=cell) for paper, cell in zip(placed, cells, strict=True) if cell is not None]
    return within[::-1] if rng.random() < 0.3 else within


def _next(rng: np.random.Generator, before: Paper, way: str, drawn: Paper) -> Paper:
    """A sheet of the same colour and size as the one ``before``, hung so that it covers a share of that."""
    across, down = before.corners_mm[1] - before.corners_mm[0], before.corners_mm[3] - before.corners_mm[0]
    shown = 1 - rng.uniform(*COVERED)
    side = 0.0 if way == "below" else float(rng.choice([-1, 1]))
    aside = {"below": rng.normal(0, 0.06), "aside": side * shown}.get(str(way), side * (1 - np.sqrt(1 - shown)))
    under = {"below": shown, "aside": rng.normal(0, 0.06)}.get(str(way), 1 - np.sqrt(1 - shown))
    centre = before.corners_mm.mean(0) + aside * across + under * down
    turn = float(np.clip(rng.normal(0, 5), -15, 15))
    size = float(np.hypot(*across)), float(np.hypot(*down))
    bgr = tuple(np.clip(np.array(before.bgr) + rng.normal(0, 1.5, 3), 15, 250).tolist())
    return replace(drawn, corners_mm=sheet_mm(centre, size, turn), bgr=bgr, pen=before.pen, gone=None)
