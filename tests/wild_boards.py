"""Random boards of many kinds as photographs with exact truth: any material, lines, labels, papers, light, people, camera.

``wild_board(seed)`` draws one; everything follows from the seed (and the faces to write with). Sheets of the board's own colour are a
quarter of all: they are told by the shadow of their thickness, by how they lift and curl and by slightly another white, as real ones.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
from synth import Scene
from synth import camera as synth_camera
from wild_extras import Extras, warm_side, with_extras
from wild_layouts import board_of, draw_board, hands, outline_mm, random_layout
from wild_lights import Picture, covered, expose, illuminate, people, seen_from
from wild_papers import WHITE, Paper, random_light, sheet_mm
from wild_surface import Surface, blank
from wild_wishes import Wish, random_wish

from calibration.rig import Cell, Layout, readonly
from digitizer.event import Board
from digitizer.model import Photo, Pose


@dataclass(frozen=True, eq=False)
class WildCard:
    """One sheet of the truth.

    ``corners_mm`` 4x2; ``lines`` of writing; ``visible`` share that nothing hides; ``off_board`` distance of its paper from the board's
    colour, CIE Lab.
    """

    cell: Cell
    corners_mm: np.ndarray
    lines: tuple[str, ...]
    visible: float
    off_board: float


@dataclass(frozen=True, eq=False)
class Wild:
    """A photo and all that is true of it. ``board_from_photo`` 3x3 px to mm."""

    photo: Photo
    board: Board
    layout: Layout
    board_from_photo: np.ndarray
    cards: tuple[WildCard, ...]
    wish: Wish
    extras: Extras

    def pose(self) -> Pose:
        """The pose as truth has it."""
        return Pose(readonly(self.board_from_photo), self.layout, "given", {}, 0.0)


def wild_board(seed: int, fonts: Path | None = None, wish: Wish | None = None, extras: Extras | None = None, more: bool = False) -> Wild:
    """Draw the board of a seed, written on in the faces of a folder; ``wish`` and ``extras`` pin what it is, ``more`` draws extras."""
    rng = np.random.default_rng([seed, 42])
    drawn = random_wish(rng)
    wish = wish or drawn
    if more:
        wish, extras = with_extras(np.random.default_rng([seed, 44]), wish)
    extras = extras or Extras()
    layout, light = random_layout(rng, wish), random_light(rng, wish.light)
    surface, papers = draw_board(rng, wish, layout, light, hands(rng, fonts), extras)
    photo_from_board = _camera(rng, layout, wish, extras)
    room = np.array(wish.wall_bgr) if wish.wall == "wall" else np.clip(rng.uniform(50, 215) + rng.normal(0, 14, 3), 20, 235)
    picture = Picture(rng, wish.size_px, room, 0.0 if wish.wall == "wall" else 0.25)
    _beside(rng, picture, photo_from_board, layout, wish)
    picture.lay(surface, photo_from_board, feathered=wish.wall == "wall")
    grid_px = seen_from(photo_from_board, layout.grid_corners_mm())
    illuminate(rng, picture, grid_px, wish)
    warm_side(picture.light, extras)
    hidden = people(rng, picture, grid_px, wish)
    image = expose(rng, picture, wish)
    cards = tuple(_truth(paper, papers[k + 1 :], photo_from_board, hidden, wish) for k, paper in enumerate(papers))
    name = hashlib.sha256(image.tobytes()).hexdigest()
    photo = Photo(readonly(image), datetime(2026, 11, 22, 12, tzinfo=UTC), f"wild-{seed}.jpg", name)
    return Wild(photo, board_of(wish), layout, readonly(np.linalg.inv(photo_from_board)), cards, wish, extras)


def _camera(rng: np.random.Generator, layout: Layout, wish: Wish, extras: Extras) -> np.ndarray:
    """Photo-from-board 3x3: from before the board, up to 25 degrees aside; a board with something beside it fills less of the photo."""
    tilt = tuple(np.clip(rng.normal(0, 9, 2), -25, 25))
    tilt = tilt if extras.pitch_deg is None else (extras.pitch_deg, tilt[1])
    zoom = rng.uniform(0.6, 0.72) if wish.beside else rng.uniform(0.72, 0.92)
    return synth_camera(rng, outline_mm(layout), Scene(size_px=wish.size_px, tilt_deg=tilt, zoom=float(zoom)))[0]


def _beside(rng: np.random.Generator, picture: Picture, photo_from_board: np.ndarray, layout: Layout, wish: Wish) -> None:
    """A poster, or another board with its own grid, on the same wall."""
    if not wish.beside:
        return
    outline = outline_mm(layout)
    width, height = (outline[1] - outline[0]) * rng.uniform(0.4, 0.9, 2)
    side = rng.choice([-1, 1])
    left = outline[1][0] + 60 if side > 0 else outline[0][0] - 60 - width
    box = np.array([[left, outline[0][1]], [left + width, outline[0][1] + height]])
    surface = blank(rng, "paper", WHITE[0] if wish.beside == "board" else tuple(rng.uniform(60, 240, 3)), box, 1.0)
    _grid_of_notes(rng, surface, box) if wish.beside == "board" else _poster(rng, surface, box)
    picture.lay(surface, photo_from_board)


def _poster(rng: np.random.Generator, surface: Surface, box: np.ndarray) -> None:
    for k, share in enumerate(np.linspace(0.15, 0.85, 7)):
        start = box[0] + (box[1] - box[0]) * [0.12, share]
        surface.stroke(start + np.array([[0, 0], [(box[1] - box[0])[0] * rng.uniform(0.3, 0.75), 0]]), 22 if k == 0 else 8, (40, 40, 40))


def _grid_of_notes(rng: np.random.Generator, surface: Surface, box: np.ndarray) -> None:
    size = (box[1] - box[0]) / [4, 5]
    for k in range(5):
        for axis in (0, 1):
            ends = np.array([box[0], box[0]]) + np.array([[k, 0], [k, 5]] if axis == 0 else [[0, k], [4, k]]) * size
            surface.stroke(ends, 4, (40, 40, 40))
    for row in range(5):
        for column in range(4):
            if rng.random() < 0.6:
                corners = sheet_mm(box[0] + (np.array([column, row]) + 0.5) * size, tuple(0.7 * size), float(rng.normal(0, 3)))
                surface.paint(corners, tuple(rng.uniform(100, 250, 3)))


def _truth(paper: Paper, above: list[Paper], photo_from_board: np.ndarray, hidden: np.ndarray, wish: Wish) -> WildCard:
    own = seen_from(photo_from_board, paper.corners_mm)
    hide = hidden.copy() if above else hidden
    for other in above:
        if np.abs(other.corners_mm.mean(0) - paper.corners_mm.mean(0)).max() < 600:
            front = np.zeros(hide.shape, np.uint8)
            cv2.fillPoly(front, [np.round(seen_from(photo_from_board, other.corners_mm)).astype(np.int32)], 1)
            hide |= front > 0
    pair = np.array([[paper.bgr, wish.wall_bgr]], np.float32) / 255
    lab = cv2.cvtColor(pair, cv2.COLOR_BGR2LAB)[0]
    return WildCard(paper.cell, paper.corners_mm, paper.lines, 1 - covered(own, hide), float(np.linalg.norm(lab[0] - lab[1])))
