"""One board drawn finely, photographed whole and in close pieces by the same camera, with exact truth.

The flat board is drawn at 6 px a mm, cards written with a typeface; a phone looks at all of it from afar, where letters are a few px
tall, and at parts of it from near, from aside, with blur, noise and a light of its own each. Everything follows from the seed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
from looks import TITLES
from PIL import Image, ImageDraw, ImageFont
from synth import apply
from synth_flat import INKS, NEON, STYLES, Flat, Scene, Spot

from calibration.rig import Cell, Layout, readonly
from digitizer.event import Board
from digitizer.kit import card_pages
from digitizer.model import Photo

OPEN_SANS = Path(card_pages.__file__).parent / "fonts" / "OpenSans-Regular.ttf"
HANDLES = ("@sam_codes", "@lea42", "@maxops", "@dee_data", "@torvald", "@kim_writes", "@nia_r", "@juggler77", "")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CARD_MM = (127.0, 76.0)
FOCAL = 0.85
"""Of a phone's main camera, over the long side of its photos."""


@dataclass(frozen=True)
class Shot:
    """Where a phone is held: ``centre`` in shares of the grid, ``width`` in view as a share of the grid's, angles, blur of the lens."""

    centre: tuple[float, float] = (0.5, 0.5)
    width: float = 1.45
    tilt_deg: tuple[float, float] = (0.0, 0.0)
    roll_deg: float = 0.0
    blur_px: float = 0.7
    light: float = 0.95


@dataclass(frozen=True)
class Wish:
    """What to draw and with what camera."""

    rows: int = 4
    columns: int = 5
    style: str = "whiteboard"
    px_per_mm: float = 6.0
    size_px: tuple[int, int] = (1800, 1350)
    fill: float = 0.75
    letter_mm: float = 11.0
    fonts: tuple[Path, ...] = (OPEN_SANS,)
    noise: float = 3.0


@dataclass(frozen=True)
class Written:
    """One card: where it hangs, and what it says."""

    cell: Cell
    title: str
    handle: str
    corners_mm: np.ndarray


@dataclass(frozen=True, eq=False)
class CloseScene:
    """A drawn board: ``flat`` HxWx3 at ``px`` a mm from ``origin_mm``; ``cards`` as they hang."""

    flat: np.ndarray
    px: float
    origin_mm: np.ndarray
    layout: Layout
    board: Board
    cards: tuple[Written, ...]
    wish: Wish
    seed: int

    def photo(self, shot: Shot, name: str = "whole", seconds: float = 0.0) -> Photo:
        """What the phone sees from there."""
        rng = np.random.default_rng([self.seed, int(seconds), len(name)])
        image = _expose(self._seen(self.photo_from_board(shot)), shot, self.wish, rng)
        at = NOON + timedelta(seconds=seconds)
        return Photo(readonly(image), at, f"{name}.png", hashlib.sha256(image.tobytes()).hexdigest())

    def photo_from_board(self, shot: Shot) -> np.ndarray:
        """3x3 of a pinhole camera that looks at a point of the board."""
        width, height = self.wish.size_px
        focal = FOCAL * width
        centre = np.array(shot.centre) * [self.layout.width_mm, self.layout.height_mm]
        turn = _turned(*np.radians([*shot.tilt_deg, shot.roll_deg]))
        away = focal * shot.width * self.layout.width_mm / width
        lens = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1.0]])
        board_to_camera = np.column_stack([turn[:, 0], turn[:, 1], np.array([0, 0, away]) - turn[:, :2] @ centre])
        return lens @ board_to_camera

    def truth(self) -> dict:
        """As ``boardcast score`` reads it."""
        rows = self.board.slots
        cards = [
            {"room": self.board.rooms[c.cell.column], "slot": rows[c.cell.row], "title": c.title, "handle": c.handle or None}
            for c in self.cards
        ]
        return {"board": self.board.id, "cards": cards}

    def _seen(self, photo_from_board: np.ndarray) -> np.ndarray:
        """Each pixel the mean of four looks at the board, which is shrunk first to about their density."""
        width, height = self.wish.size_px
        middle = apply(np.linalg.inv(photo_from_board), np.array([[width / 2, height / 2], [width / 2 + 1, height / 2]]))
        scale = min(1.0, 2.2 / float(np.hypot(*(middle[1] - middle[0]))) / self.px)
        flat = cv2.resize(self.flat, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else self.flat
        px = self.px * flat.shape[1] / self.flat.shape[1]
        board_from_flat = np.array([[1 / px, 0, self.origin_mm[0]], [0, 1 / px, self.origin_mm[1]], [0, 0, 1]])
        fine = np.diag([2.0, 2.0, 1.0]) @ photo_from_board @ board_from_flat
        seen = cv2.warpPerspective(flat, fine, (2 * width, 2 * height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return cv2.resize(seen, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)


def close_scene(seed: int, wish: Wish = Wish()) -> CloseScene:
    """A board with cards in most of its cells."""
    rng = np.random.default_rng(seed)
    across, down = 200.0 * np.arange(wish.columns + 1), 140.0 * np.arange(wish.rows + 1)
    layout = Layout(wish.columns, wish.rows, tuple(across.tolist()), tuple(down.tolist()))
    rooms, slots = tuple(f"Room {chr(65 + i)}" for i in range(wish.columns)), tuple(f"{9 + i:02d}:00" for i in range(wish.rows))
    board = Board("main", date(2026, 11, 22), "rooms", rooms, slots)
    cells = [Cell(r, c) for r in range(wish.rows) for c in range(wish.columns) if rng.random() < wish.fill]
    titles = rng.permutation(len(TITLES))[: len(cells)]
    cards = tuple(_hung(rng, layout, cell, TITLES[k]) for cell, k in zip(cells, titles, strict=True))
    wall = Wall(layout, wish, rng)
    wall.draw(rng, board, [])
    for card in cards:
        wall.write(card)
    return CloseScene(wall.image, wall.px, wall.origin_mm, layout, board, cards, wish, seed)


def six_shots(rng: np.random.Generator, width: float = 0.55) -> list[Shot]:
    """Three above and three below, overlapping, from a little aside each."""
    centres = [(x, y) for y in (0.24, 0.76) for x in (0.17, 0.5, 0.83)]
    return [
        Shot(
            (x + rng.normal(0, 0.015), y + rng.normal(0, 0.015)),
            width * rng.uniform(0.95, 1.08),
            (rng.uniform(-12, 12), rng.uniform(-18, 18)),
            rng.uniform(-3, 3),
            rng.uniform(0.6, 1.0),
            rng.uniform(0.75, 1.0),
        )
        for x, y in centres
    ]


class Wall(Flat):
    """The flat board at a density of its own, with cards in a typeface."""

    def __init__(self, layout: Layout, wish: Wish, rng: np.random.Generator) -> None:
        super().__init__(layout, (170.0, 100.0), STYLES[wish.style], Scene(size_px=wish.size_px))
        self.px, pad, self._wish, self._rng = wish.px_per_mm, 120.0, wish, rng
        self.origin_mm = self.outline_mm[0] - pad
        self.size_px = tuple(int(v) for v in (self.outline_mm[1] - self.outline_mm[0] + 2 * pad) * self.px)

    def write(self, card: Written) -> None:
        """Hang a card with its writing: the title from the top, the handle at the lower right."""
        rng = np.random.default_rng([len(card.title), card.cell.row, card.cell.column])
        self._card(Spot(card.cell, "", "", NEON[rng.integers(len(NEON))], INKS[0], card.corners_mm))
        font = self._wish.fonts[int(rng.integers(len(self._wish.fonts)))]
        layer = _writing(card, font, self._wish.letter_mm, self.px)
        source = np.array([[0, 0], [layer.shape[1], 0], [layer.shape[1], layer.shape[0]]], np.float32)
        corners_px = self.at(card.corners_mm)
        low = np.floor(corners_px.min(0)).astype(int)
        span = np.ceil(corners_px.max(0)).astype(int) - low + 1
        way = cv2.getAffineTransform(source, (corners_px[:3] - low).astype(np.float32))
        alpha = cv2.warpAffine(layer, way, tuple(int(v) for v in span), flags=cv2.INTER_LINEAR)[..., None] / 255.0
        part = self.image[low[1] : low[1] + span[1], low[0] : low[0] + span[0]]
        part[:] = (part * (1 - alpha) + np.array(INKS[int(rng.integers(len(INKS)))]) * alpha).astype(np.uint8)

    def _write(self, corners_mm: np.ndarray, lines: list[str], bgr: tuple[int, int, int]) -> None:
        """Labels; cards are written by ``write``."""
        if any(lines):
            super()._write(corners_mm, lines, bgr)


def _hung(rng: np.random.Generator, layout: Layout, cell: Cell, title: str) -> Written:
    room = (np.array([200.0, 140.0]) - CARD_MM) / 2 - 6
    centre = layout.corners_mm(cell).mean(axis=0) + room * rng.uniform(-1, 1, 2)
    turn = np.radians(rng.uniform(-4, 4))
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * np.array(CARD_MM) / 2 @ spin.T + centre
    return Written(cell, title, HANDLES[int(rng.integers(len(HANDLES)))], corners)


def _writing(card: Written, font: Path, letter_mm: float, px: float) -> np.ndarray:
    """HxW u8 of the ink on a card."""
    size = tuple(round(side * px) for side in CARD_MM)
    layer = Image.new("L", size, 0)
    pen = ImageDraw.Draw(layer)
    lines, big = _wrapped(card.title, ImageFont.truetype(str(font), letter_mm * px), 0.86 * size[0])
    for k, line in enumerate(lines):
        pen.text((0.07 * size[0], (15.0 + 1.25 * letter_mm * k) * px), line, fill=255, font=big, anchor="ls", stroke_width=1)
    if card.handle:
        small = ImageFont.truetype(str(font), 0.8 * letter_mm * px)
        pen.text((0.93 * size[0], (CARD_MM[1] - 6.0) * px), card.handle, fill=255, font=small, anchor="rs", stroke_width=1)
    return np.asarray(layer)


def _wrapped(title: str, font: ImageFont.FreeTypeFont, width_px: float) -> tuple[list[str], ImageFont.FreeTypeFont]:
    lines: list[str] = []
    for word in title.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= width_px:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines, font


def _turned(x: float, y: float, z: float) -> np.ndarray:
    """Rotation by Euler angles, radians."""
    return cv2.Rodrigues(np.array([x, 0, 0]))[0] @ cv2.Rodrigues(np.array([0, y, 0]))[0] @ cv2.Rodrigues(np.array([0, 0, z]))[0]


def _expose(image: np.ndarray, shot: Shot, wish: Wish, rng: np.random.Generator) -> np.ndarray:
    height, width = image.shape[:2]
    slope = rng.uniform(-0.12, 0.12, 2)
    light = 1 + slope[0] * np.linspace(-1, 1, width)[None, :] + slope[1] * np.linspace(-1, 1, height)[:, None]
    seen = image * (light * 0.95 * shot.light)[..., None].astype(np.float32)
    seen = cv2.GaussianBlur(seen, (0, 0), shot.blur_px)
    return np.clip(seen + rng.normal(0, wish.noise, image.shape), 0, 255).astype(np.uint8)
