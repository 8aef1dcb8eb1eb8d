"""Drawn boards of many rows and columns, with a row of other things above the headers, or all sheets hung askew the same way.

Somebody spelled WELCOME in notes above the names of the rooms, the list of times begins up there, and a card in the corner says what is
what: rows of the board and rows of sheets are not the same. Sheets of one pair of hands lean alike. Everything follows from the seed.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import synth
from synth_flat import NEON, STYLES, Flat, Scene, Spot, random_board, random_layout, random_spots

ABOVE = {
    "a row above the headers, 9 x 11": {"rows": 11, "columns": 9, "above": True},
    "hung askew alike, 9 x 11": {"rows": 11, "columns": 9, "askew_deg": 2.0},
    "a row above, and askew alike, 6 x 7": {"rows": 7, "columns": 6, "above": True, "askew_deg": 2.0},
    "large and dense, 9 x 11": {"rows": 11, "columns": 9},
}
"""Kinds of boards: ``above`` there is a row above the headers; ``askew_deg`` standard deviation of the turn that all sheets share."""

WELCOME = "WELCOME"
PLAIN = replace(STYLES["lineless"], surface_bgr=(236, 238, 236), grain=1.5)
"""A whiteboard without lines, labels on cards."""


def above_scene(kind: str, seed: int) -> synth.Synth:
    """A board of one of the kinds ``ABOVE``."""
    wish, rng = ABOVE[kind], np.random.default_rng([seed, 77])
    rows, columns = wish["rows"], wish["columns"]
    scene = Scene(
        style=PLAIN,
        rows=rows,
        columns=columns,
        size_px=(2000, 1500),
        fill=float(rng.uniform(0.35, 0.7)),
        unequal=float(rng.uniform(0.03, 0.25)),
        turn_deg=3.0,
        labels_at=[None, 0.0, 0.5][int(rng.integers(3))],
        zoom=float(rng.uniform(0.75, 0.98)),
    )
    layout, head = random_layout(rng, rows, columns, scene.unequal)
    flat = Askew(layout, head, PLAIN, scene, float(rng.normal(0, wish.get("askew_deg", 0.0))), wish.get("above", False), rng)
    board = random_board(rng, layout, 0)
    spots = [replace(spot, corners_mm=turned(spot.corners_mm, flat.askew_deg)) for spot in random_spots(rng, layout, scene)]
    flat.draw(rng, board, spots)
    return synth._photograph(rng, flat, synth.camera(rng, flat.outline_mm, scene), board, spots)


def turned(corners_mm: np.ndarray, degrees: float) -> np.ndarray:
    """4x2 corners turned about their middle."""
    turn, middle = np.radians(degrees), corners_mm.mean(axis=0)
    return (corners_mm - middle) @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) + middle


class Askew(Flat):
    """A board whose labels lean by ``askew_deg``, with or without a row above them."""

    def __init__(self, layout, head, style, wish, askew_deg: float, above: bool, rng: np.random.Generator) -> None:
        super().__init__(layout, head, style, wish)
        self.askew_deg, self.above, self.hands = askew_deg, above, rng
        self.strips_lean = rng.normal(0, 0.01, 2)
        self.wish, self.beyond_mm = replace(wish, title=False), float(rng.choice([0.0, 0.4])) * float(np.ptp(self.outline_mm[:, 0]))

    def _paper_mm(self) -> np.ndarray:
        """The board ends in view, or goes on beyond the photo."""
        return super()._paper_mm() + np.array([[-self.beyond_mm], [self.beyond_mm]])

    def _labels(self, board) -> None:
        super()._labels(board)
        if not self.above:
            return
        (width, height), paper = self.head, (150, 240, 185)
        top = -height - 115
        self._label(self._rectangle(-width, top, 0, top + 110), "07:00", paper)
        self._label(self._rectangle(-width, -height, 0, 0), "Rooms", (110, 170, 250))
        side = float(self.hands.uniform(55, 80))
        for i, letter in enumerate(WELCOME):
            at = np.array([20 + i * (side + 8), top + 20]) + self.hands.normal(0, 3, 2)
            corners = turned(self._rectangle(at[0], at[1], at[0] + side, at[1] + side), self.askew_deg + float(self.hands.normal(0, 3)))
            self._card(Spot(None, letter, "", NEON[1], (30, 30, 30), corners))

    def _rectangle(self, left: float, top: float, right: float, bottom: float) -> np.ndarray:
        return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])

    def _label(self, box_mm, text, paper) -> None:
        centre, size = box_mm.mean(0), (box_mm[2] - box_mm[0]) * [0.7, 0.62]
        centre = centre + self.strips_lean * centre[::-1] + self.hands.normal(0, 6, 2)
        size[0] = min(size[0], size[1] * (1.6 if len(text) < 8 else 6))
        corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * size / 2 + centre
        corners = turned(corners, self.askew_deg + float(self.hands.normal(0, 1.0)))
        if paper:
            self._quad(corners, paper)
        self._write(corners, [text], (30, 30, 30))
