"""Photos of boards that wear the printed kit, drawn from the kit's own pages, with exact truth.

The flat board is drawn at one and a half times the photo's density; tiles and strips hang as crookedly as hands hang them, topic cards
carry writing; then a camera of ``synth`` looks at it. Everything follows from the seed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from synth import apply, distorted
from synth_flat import Scene

from calibration import kit, topic_card
from calibration.rig import Cell, Layout, readonly
from digitizer.event import Event, parse_event
from digitizer.kit import board_pages, card_pages, shapes
from digitizer.kit.order import Order
from digitizer.kit.raster import to_picture
from digitizer.kit.typeface import load_typeface
from digitizer.model import Photo

EVENT = """
[event]
name = "Unconference"
timezone = "Europe/Berlin"
[[board]]
id = "friday"
date = 2026-11-27
rooms = ["Aula", "Hof", "306", "307", "308"]
slots = ["10:00", "11:00", "12:00", "14:00"]
[[board]]
id = "saturday"
date = 2026-11-28
rooms = ["Aula", "Hof", "306", "307", "308"]
slots = ["10:00", "11:00", "12:00", "14:00"]
"""
OPEN_SANS = Path(card_pages.__file__).parent / "fonts" / "OpenSans-Regular.ttf"
INKS = ((25, 25, 28), (40, 50, 130), (30, 90, 50), (70, 72, 76))
"""RGB: black, ballpoint blue, green, pencil."""

TITLES = ("Board games", "Sourdough for beginners", "Rust and Python", "Map of your city", "Typing duel", "Tea ceremony and small talk")
HANDLES = ("sam_codes", "lea42", "maxops", "DeeData", "j", "long_user_name1", "")


@dataclass(frozen=True)
class KitScene:
    """What to draw. ``crooked_deg`` and ``off_mm``: spread of turn and place of tiles and strips; ``cards``: shares of cells filled.

    ``missing``: corners whose tile does not hang; ``plain``: share of cards that are plain sticky notes; ``fonts`` to write with.
    """

    size_px: tuple[int, int] = (2400, 1800)
    tilt_deg: tuple[float, float] = (0.0, 0.0)
    roll_deg: float = 0.0
    zoom: float = 0.92
    k1: float = 0.0
    blur_px: float = 0.7
    noise: float = 3.0
    light: float = 1.0
    slope: tuple[float, float] = (0.1, -0.06)
    board_id: str = "friday"
    crooked_deg: float = 0.7
    off_mm: float = 3.0
    missing: tuple[kit.Corner, ...] = ()
    strips: bool = True
    lines: bool = True
    cards: float = 0.6
    plain: float = 0.0
    turn_deg: float = 4.0
    surface_rgb: tuple[int, int, int] = (232, 231, 226)
    cell_mm: tuple[float, float] = (170.0, 132.0)
    fonts: tuple[Path, ...] = (OPEN_SANS,)
    ink: tuple[int, int, int] | None = None
    url: str | None = "https://schedule.example.org"


@dataclass(frozen=True, eq=False)
class KitCard:
    """A card that hangs: its number (None for a plain note), what is written on it, its corners in the photo and on the board."""

    number: int | None
    cell: Cell
    title: str
    handle: str
    corners_mm: np.ndarray = field(repr=False)
    corners_px: np.ndarray = field(repr=False)


@dataclass(frozen=True, eq=False)
class KitPhoto:
    """A photo and all that is true of it."""

    photo: Photo
    event: Event
    layout: Layout
    cards: tuple[KitCard, ...]
    grid_corners_px: np.ndarray
    wish: KitScene


def kit_scene(seed: int, texts: tuple[tuple[str, str], ...] = (), **options: object) -> KitPhoto:
    """Draw a board with its kit. ``texts`` are titles and handles to take from; ``options`` fields of :class:`KitScene`."""
    rng = np.random.default_rng(seed)
    wish = KitScene(**options)
    event = parse_event(EVENT)
    flat = _Flat(wish, event, rng)
    flat.draw(texts)
    photo_from_board = _homography(flat, wish)
    matrix = np.array([[wish.size_px[0] * 0.85, 0, wish.size_px[0] / 2], [0, wish.size_px[0] * 0.85, wish.size_px[1] / 2], [0, 0, 1.0]])
    lens = type("Bend", (), {"matrix": matrix, "distortion": np.array([wish.k1, 0, 0, 0, 0])})
    image = _seen(flat, photo_from_board, lens, wish, rng)
    see = lambda mm: distorted(apply(photo_from_board, mm), lens)  # noqa: E731 - a short name for two steps
    cards = tuple(KitCard(n, cell, title, handle, mm, see(mm)) for n, cell, title, handle, mm in flat.cards)
    photo = Photo(readonly(image), datetime(2026, 11, 27, 9, tzinfo=UTC), f"kit-{seed}.png", hashlib.sha256(image.tobytes()).hexdigest())
    return KitPhoto(photo, event, flat.layout, cards, see(flat.layout.grid_corners_mm()), wish)


def kit_comb(handle: str, px_per_mm: float, seed: int = 3) -> np.ndarray:
    """A topic card seen square on, BGR, nothing but its comb filled."""
    order = Order(parse_event(EVENT), typeface(), "a4", None, range(1, 2))
    paper = to_picture(shapes.Page("", topic_card.CARD_MM, tuple(card_pages.topic_card(order, 7))), px_per_mm, typeface())
    pen = _Writer(paper.shape[:2], px_per_mm, OPEN_SANS, np.random.default_rng(seed))
    pen.comb(handle)
    ink = np.asarray(pen.layer, np.float32)[..., None] / 255
    return np.clip(paper * (1 - 0.9 * ink), 0, 255).astype(np.uint8)


@lru_cache(maxsize=1)
def typeface():
    """The kit's typeface."""
    return load_typeface()


class _Flat:
    """The wall seen square on, ``px`` pixels a mm; ``origin_mm`` of its top-left corner."""

    def __init__(self, wish: KitScene, event: Event, rng: np.random.Generator) -> None:
        self.wish, self.event, self.rng = wish, event, rng
        self.board = event.board(wish.board_id)
        rows, columns = self.board.shape
        across, down = (np.arange(n + 1) * side for n, side in zip((columns, rows), wish.cell_mm, strict=True))
        self.layout = Layout(columns, rows, tuple(across.tolist()), tuple(down.tolist()), True)
        self.outline_mm = np.array([[-125.0, -125.0], [self.layout.width_mm + 125, self.layout.height_mm + 125]])
        self.px = 1.5 * max(wish.size_px) * wish.zoom / (self.outline_mm[1, 0] - self.outline_mm[0, 0])
        self.origin_mm = self.outline_mm[0] - 250.0
        size = np.ceil((self.outline_mm[1] + 250.0 - self.origin_mm) * self.px).astype(int)
        self.image = np.full((size[1], size[0], 3), wish.surface_rgb[::-1], np.uint8)
        self.order = Order(event, typeface(), "a4", wish.url, range(1, 2))
        self.cards: list[tuple] = []

    def draw(self, texts: tuple[tuple[str, str], ...]) -> None:
        """Lines, tiles, strips, cards."""
        if self.wish.lines:
            self._lines()
        number = self.event.boards.index(self.board)
        for corner in kit.Corner:
            if corner not in self.wish.missing:
                self._tile(number, corner)
        if self.wish.strips:
            self._strips()
        cells = [Cell(r, c) for r in range(self.layout.rows) for c in range(self.layout.columns) if self.rng.random() < self.wish.cards]
        for count, cell in enumerate(cells):
            pool = texts or tuple((t, h) for t in TITLES for h in HANDLES)
            title, handle = pool[int(self.rng.integers(len(pool)))]
            self._card(17 * count + 3, cell, title, handle)

    def paste(self, picture: np.ndarray, corners_mm: np.ndarray) -> None:
        """Lay a picture (BGR, drawn at ``px``) on the wall, its top left, top right and bottom left at three of its corners."""
        shadow = np.round((corners_mm + 1.2 - self.origin_mm) * self.px * 16).astype(np.int32)
        cv2.fillPoly(self.image, [shadow], tuple(0.8 * level for level in self.wish.surface_rgb[::-1]), cv2.LINE_AA, 4)
        corners_px = (corners_mm - self.origin_mm) * self.px - 0.5
        height, width = picture.shape[:2]
        source = np.array([[0, 0], [width, 0], [0, height]], np.float32) - 0.5
        low = np.floor(corners_px.min(0)).astype(int) - 2
        span = tuple(int(v) for v in np.ceil(corners_px.max(0)).astype(int) + 3 - low)
        way = cv2.getAffineTransform(source, (corners_px[[0, 1, 3]] - low).astype(np.float32))
        alpha = cv2.warpAffine(np.ones((height, width), np.float32), way, span, flags=cv2.INTER_LINEAR)[..., None]
        drawn = cv2.warpAffine(picture, way, span, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        part = self.image[low[1] : low[1] + span[1], low[0] : low[0] + span[0]]
        part[:] = np.clip(part * (1 - alpha) + drawn * alpha, 0, 255).astype(np.uint8)

    def _paper(self, drawn: list, size_mm: tuple[float, float]) -> np.ndarray:
        return to_picture(shapes.Page("", size_mm, tuple(drawn)), self.px, typeface())

    def _hang(self, drawn: list, size_mm: tuple[float, float], pivot_mm: np.ndarray, at_mm: np.ndarray) -> None:
        """Hang a paper with a point of it at a point of the board, crooked."""
        turn = np.radians(self.rng.normal(0, self.wish.crooked_deg))
        self.paste(self._paper(drawn, size_mm), _turned(kit.Box(0, 0, *size_mm).corners() - pivot_mm, turn) + at_mm)

    def _tile(self, number: int, corner: kit.Corner) -> None:
        inner = kit.Box(0, 0, kit.TILE_MM, kit.TILE_MM).corners()[(corner + 2) % 4]
        drawn = board_pages.corner_tile(self.order, self.board, kit.corner_id(number, corner))
        self._hang(drawn, (kit.TILE_MM, kit.TILE_MM), inner, self.layout.grid_corners_mm()[corner])

    def _strips(self) -> None:
        off = lambda: self.rng.normal(0, self.wish.off_mm)  # noqa: E731
        for i, label in enumerate(self.board.column_labels):
            at = np.array([(i + 0.5) * self.wish.cell_mm[0] + off(), off() / 3])
            size = kit.COLUMN_STRIP_MM
            self._hang(board_pages.column_strip(self.order, label, i), size, np.array([size[0] / 2, size[1]]), at)
        for i, label in enumerate(self.board.row_labels):
            at = np.array([off() / 3, (i + 0.5) * self.wish.cell_mm[1] + off()])
            size = kit.ROW_STRIP_MM
            self._hang(board_pages.row_strip(self.order, label, i), size, np.array([size[0], size[1] / 2]), at)

    def _lines(self) -> None:
        for x in self.layout.column_edges_mm:
            self._line((x, 0), (x, self.layout.height_mm))
        for y in self.layout.row_edges_mm:
            self._line((0, y), (self.layout.width_mm, y))

    def _line(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        a, b = (np.round((np.array(p) - self.origin_mm) * self.px).astype(int) for p in (start, end))
        cv2.line(self.image, tuple(map(int, a)), tuple(map(int, b)), (150, 120, 60), max(1, round(3 * self.px)), cv2.LINE_AA)

    def _card(self, number: int, cell: Cell, title: str, handle: str) -> None:
        plain = self.rng.random() < self.wish.plain
        size = (110.0, 80.0) if plain else topic_card.CARD_MM
        room = np.maximum(np.array(self.wish.cell_mm) - size, 0) / 2
        centre = self.layout.corners_mm(cell).mean(axis=0) + room * self.rng.uniform(-0.6, 0.6, 2)
        turn = np.radians(self.rng.normal(0, self.wish.turn_deg))
        corners = _turned(kit.Box(-size[0] / 2, -size[1] / 2, *size).corners(), turn) + centre
        if plain:
            paper = np.full((round(size[1] * self.px), round(size[0] * self.px), 3), (120, 235, 250), np.uint8)
        else:
            paper = self._paper(card_pages.topic_card(self.order, number), size)
        self.paste(self._written(paper, title, handle, plain), corners)
        self.cards.append((None if plain else number, cell, title, handle, corners))

    def _written(self, paper: np.ndarray, title: str, handle: str, plain: bool) -> np.ndarray:
        """Title and handle in ink, with the waver of a hand."""
        pen = _Writer(paper.shape[:2], self.px, self.wish.fonts[int(self.rng.integers(len(self.wish.fonts)))], self.rng)
        if plain:
            pen.lines(title, (7.0, 96.0), (26.0, 44.0), 17.0)
            if handle:
                pen.line(f"@{handle}", 7.0, 70.0, 13.0, 96.0)
        else:
            pen.lines(title, (topic_card.TITLE.x + 3, topic_card.TITLE.width - 6), topic_card.TITLE_LINES_MM, 11.0)
            pen.comb(handle)
        ink = self.wish.ink or INKS[int(self.rng.integers(len(INKS)))]
        cover = np.asarray(pen.layer, np.float32)[..., None] / 255
        return np.clip(paper * (1 - cover * (1 - np.array(ink[::-1]) / 255)), 0, 255).astype(np.uint8)


class _Writer:
    """Writes into a layer of ink the size of a paper."""

    def __init__(self, size_px: tuple[int, int], px: float, font: Path, rng: np.random.Generator) -> None:
        self.layer = Image.new("L", (size_px[1], size_px[0]), 0)
        self._pen, self._px, self._font, self._rng = ImageDraw.Draw(self.layer), px, font, rng

    def lines(self, text: str, span: tuple[float, float], bases: tuple[float, ...], size: float) -> None:
        """A text on the lines, in as many of them as it needs; smaller where that is too many."""
        left, width = span
        while True:
            font = self._sized(size)
            parts = [""]
            for word in text.split():
                longer = f"{parts[-1]} {word}".strip()
                if parts[-1] and font.getlength(longer) > width * self._px:
                    parts.append(word)
                else:
                    parts[-1] = longer
            if len(parts) <= len(bases) and all(font.getlength(p) <= width * self._px for p in parts):
                break
            size *= 0.92
        for part, base in zip(parts, bases, strict=False):
            self.line(part, left + self._rng.uniform(0, 4), base - 1.2 + self._rng.normal(0, 0.4), size, width)

    def line(self, text: str, x: float, base: float, size: float, width: float) -> None:
        """One line, shrunk to its width."""
        font = self._sized(size)
        if font.getlength(text) > width * self._px:
            font = self._sized(size * width * self._px / font.getlength(text))
        self._pen.text((x * self._px, base * self._px), text, fill=255, font=font, anchor="ls")

    def comb(self, handle: str) -> None:
        """A sign a box, not quite in its middle; tall signs stay in their boxes."""
        for i, sign in enumerate(handle):
            box = topic_card.box(i)
            size = self._em_of(5.6 * self._rng.uniform(0.9, 1.1))
            wide = self._sized(size).getlength(sign) / self._px
            font = self._sized(size * min(1.0, (box.width - 0.8) / wide))
            x = box.x + box.width / 2 + self._rng.normal(0, 0.35)
            self._pen.text((x * self._px, (box.bottom - 3.1 + self._rng.normal(0, 0.4)) * self._px), sign, fill=255, font=font, anchor="ms")

    def _em_of(self, capital_mm: float) -> float:
        """The font's size, mm, at which its capitals have that height."""
        _, top, _, bottom = self._sized(10.0).getbbox("H", anchor="ls")
        return 10.0 * capital_mm * self._px / max(bottom - top, 1)

    def _sized(self, size_mm: float) -> ImageFont.FreeTypeFont:
        return ImageFont.truetype(str(self._font), size_mm * self._px)


def _turned(points: np.ndarray, turn: float) -> np.ndarray:
    return points @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])


def _homography(flat: _Flat, wish: KitScene) -> np.ndarray:
    """Photo-from-board of a camera that has the outline in view."""
    from synth import camera

    pinned = Scene(size_px=wish.size_px, tilt_deg=wish.tilt_deg, roll_deg=wish.roll_deg, zoom=wish.zoom)
    return camera(np.random.default_rng(0), flat.outline_mm, pinned)[0]


def _seen(flat: _Flat, photo_from_board: np.ndarray, lens: object, wish: KitScene, rng: np.random.Generator) -> np.ndarray:
    """The wall through the camera, each pixel the mean of four looks; then light, blur and noise."""
    width, height = wish.size_px
    fine_from_photo = np.array([[2, 0, 0.5], [0, 2, 0.5], [0, 0, 1.0]])
    flat_from_board = np.array(
        [[flat.px, 0, -flat.origin_mm[0] * flat.px - 0.5], [0, flat.px, -flat.origin_mm[1] * flat.px - 0.5], [0, 0, 1]]
    )
    flat_from_fine = flat_from_board @ np.linalg.inv(photo_from_board) @ np.linalg.inv(fine_from_photo)
    if wish.k1:
        grid = np.stack(np.meshgrid(np.arange(2 * width), np.arange(2 * height)), -1).reshape(-1, 1, 2).astype(np.float32)
        bent = fine_from_photo @ lens.matrix
        straight = cv2.undistortPoints(grid, bent, lens.distortion, P=bent)
        source = cv2.perspectiveTransform(straight, flat_from_fine).astype(np.float32).reshape(2 * height, 2 * width, 2)
        fine = cv2.remap(flat.image, source, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    else:
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        fine = cv2.warpPerspective(flat.image, flat_from_fine, (2 * width, 2 * height), flags=how, borderMode=cv2.BORDER_REPLICATE)
    image = cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    light = 1 + wish.slope[0] * np.linspace(-1, 1, width)[None, :] + wish.slope[1] * np.linspace(-1, 1, height)[:, None]
    image *= (light * 0.9 * wish.light)[..., None].astype(np.float32)
    if wish.blur_px:
        image = cv2.GaussianBlur(image, (0, 0), wish.blur_px)
    return np.clip(image + rng.normal(0, wish.noise, image.shape), 0, 255).astype(np.uint8)
