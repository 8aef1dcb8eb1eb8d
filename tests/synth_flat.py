"""The flat side of synthetic boards: what is drawn, before any camera looks at it. Tests use ``synth``."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import cv2
import numpy as np

from calibration.rig import Cell, Layout
from digitizer.event import Blocked, Board

NEON = ((110, 240, 250), (140, 150, 245), (120, 170, 250), (130, 240, 170), (230, 190, 110), (245, 245, 245), (205, 235, 245))
"""BGR of papers: yellow, pink, orange, green, blue, white, cream."""
INKS = ((30, 30, 30), (140, 50, 30), (40, 40, 170), (50, 100, 30))
TITLES = ("Board games", "Fine tuning", "Sourdough", "Map of your city", "Rust and Python", "Knitting", "Typing duel", "Tea ceremony")
HANDLES = ("@sam_codes", "@lea42", "@max_ops", "@dee_data", "")
NAMES = ("101", "102", "103", "104", "Hall", "Barn", "Loft", "Oak", "Elm", "B1", "B2", "Red")


@dataclass(frozen=True)
class Style:
    """How a board is made. ``lines``: "grid", "columns" or "none"; sizes in mm; ``labels``: "ink", white "slips", "cards"."""

    surface_bgr: tuple[int, int, int]
    grain: float
    line_bgr: tuple[int, int, int]
    line_mm: float
    wave_mm: float = 0.0
    lines: str = "grid"
    labels: str = "ink"
    frame_bgr: tuple[int, int, int] | None = None
    frame_mm: float = 25.0
    dash_mm: float = 0.0


STYLES = {
    "whiteboard": Style((238, 240, 238), 1, (30, 30, 30), 6, 1.0, labels="slips", frame_bgr=(130, 128, 125)),
    "marker": Style((240, 240, 240), 1, (150, 60, 30), 5, 3.0, frame_bgr=(130, 128, 125)),
    "cork-tape": Style((105, 155, 195), 16, (60, 60, 205), 22, 0.5, frame_bgr=(80, 115, 150)),
    "painters-tape": Style((235, 235, 235), 1, (185, 125, 40), 25, 1.0, labels="slips"),
    "felt-strips": Style((118, 114, 110), 3, (240, 240, 240), 28, 1.0, labels="slips", frame_bgr=(140, 135, 132)),
    "hairline": Style((190, 205, 220), 1, (70, 65, 60), 2.5, 0.5),
    "column-lines": Style((240, 240, 240), 1, (150, 60, 30), 5, 1.5, lines="columns"),
    "dashed-columns": Style((240, 240, 240), 1, (60, 60, 190), 6, 1.5, lines="columns", labels="cards", dash_mm=35),
    "table": Style((70, 105, 140), 6, (0, 0, 0), 1, 0, lines="none", labels="slips"),
    "lineless": Style((105, 155, 195), 16, (0, 0, 0), 1, 0, lines="none", labels="cards"),
}
GRID_STYLES = tuple(name for name, style in STYLES.items() if style.lines == "grid")


@dataclass(frozen=True)
class Scene:
    """What to draw; ``None`` is drawn by lot. ``tilt_deg`` turns about x and y; ``k1`` radial, on normalised coordinates.

    ``unequal``: how much cells differ on purpose; ``wobble``: how far the ends of lines stray from their place, both as shares of a cell.
    ``header_lines``: whether the headers are boxed in; ``headers_out``: whether they hang outside the paper;
    ``headers_right``: whether those of the rows stand to the right. ``rooms`` and ``slots``: labels as they hang, where these are not
    the board's own; ``head_mm``: (width, height) of the headers. ``labels_at``: labels of one size, this share of what they leave free
    of their cells before them; else each as large as its cell allows, in its middle.
    """

    style: str | Style = "whiteboard"
    rows: int | None = None
    columns: int | None = None
    size_px: tuple[int, int] = (1200, 900)
    tilt_deg: tuple[float, float] | None = None
    roll_deg: float | None = None
    k1: float = 0.0
    fill: float = 0.6
    unequal: float = 0.06
    turn_deg: float = 6.0
    paper_bgr: tuple[int, int, int] | None = None
    per_cell: int = 1
    stray: int = 0
    header_row: bool = True
    header_column: bool = True
    header_lines: bool = True
    headers_out: bool = False
    headers_right: bool = False
    wobble: float = 0.0
    title: bool = True
    poster: bool = False
    person: bool = False
    reserved: int = 0
    light: float = 1.0
    noise: float = 2.0
    blur_px: float = 0.6
    zoom: float = 0.8
    rooms: tuple[str, ...] | None = None
    slots: tuple[str, ...] | None = None
    head_mm: tuple[float, float] | None = None
    labels_at: float | None = None


@dataclass(frozen=True, eq=False)
class Spot:
    """A card to be pasted on the flat board."""

    cell: Cell | None
    title: str
    handle: str
    bgr: tuple[int, int, int]
    ink: tuple[int, int, int]
    corners_mm: np.ndarray = field(repr=False)


def random_layout(rng: np.random.Generator, rows: int, columns: int, unequal: float) -> tuple[Layout, tuple[float, float]]:
    """Random cell sizes; also the (width, height) in mm of the header column and row."""
    widths = 200 * (1 + unequal * rng.uniform(-1, 1, columns))
    heights = rng.uniform(110, 190) * (1 + unequal * rng.uniform(-1, 1, rows))
    x, y = np.r_[0, widths.cumsum()], np.r_[0, heights.cumsum()]
    x *= 200 * columns / x[-1]
    layout = Layout(columns, rows, tuple(x.tolist()), tuple(y.tolist()))
    return layout, (float(rng.uniform(130, 210)), float(rng.uniform(80, 130)))


def random_board(rng: np.random.Generator, layout: Layout, reserved: int) -> Board:
    rooms = tuple(f"{NAMES[i % len(NAMES)]}{'' if i < len(NAMES) else i}" for i in range(layout.columns))
    slots = tuple(f"{8 + i:02d}:00" for i in range(layout.rows))
    cells = [
        Cell(int(r), int(c)) for r, c in zip(rng.integers(0, layout.rows, reserved), rng.integers(0, layout.columns, reserved), strict=True)
    ]
    blocked = tuple(Blocked(cell, "Reserved") for cell in dict.fromkeys(cells))
    return Board("main", date(2026, 11, 22), "rooms", rooms, slots, blocked)


def random_spots(rng: np.random.Generator, layout: Layout, wish: Scene) -> list[Spot]:
    """Cards in about ``fill`` of the cells, ``per_cell`` each, and strays to the right of the grid."""
    spots = [
        _spot(rng, layout, wish, Cell(r, c))
        for r in range(layout.rows)
        for c in range(layout.columns)
        if rng.random() < wish.fill
        for _ in range(wish.per_cell)
    ]
    return spots + [_spot(rng, layout, wish, None) for _ in range(wish.stray)]


def _spot(rng: np.random.Generator, layout: Layout, wish: Scene, cell: Cell | None) -> Spot:
    height = min(np.diff(layout.row_edges_mm)) * rng.uniform(0.62, 0.85)
    width = min(height * (1.0 if rng.random() < 0.5 else 1.6), 150)
    if cell is None:
        centre = np.array([layout.width_mm + 30 + width / 2, rng.uniform(0.1, 0.9) * layout.height_mm])
    else:
        (left, top), (right, bottom) = layout.corners_mm(cell)[[0, 2]]
        room = np.maximum([(right - left - width) / 2, (bottom - top - height) / 2], 0)
        centre = np.array([(left + right) / 2, (top + bottom) / 2]) + room * rng.uniform(-1, 1, 2)
    turn = np.radians(rng.uniform(-1, 1) * wish.turn_deg)
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * [width / 2, height / 2] @ spin.T + centre
    bgr = wish.paper_bgr or NEON[rng.integers(len(NEON))]
    title, handle = TITLES[rng.integers(len(TITLES))], HANDLES[rng.integers(len(HANDLES))]
    return Spot(cell, title, handle, bgr, INKS[rng.integers(len(INKS))], corners)


class Flat:
    """The wall with the board on it, seen square on; ``px`` pixels a mm, ``origin_mm`` of its top-left pixel."""

    def __init__(self, layout: Layout, head: tuple[float, float], style: Style, wish: Scene) -> None:
        self.layout, self.head, self.style, self.wish = layout, head, style, wish
        top, margin = head[1] + (170 if wish.title else 60), 60.0 + (130 if wish.stray else 0) + head[0] * wish.headers_right
        box = [-head[0] - 60, -top, layout.width_mm + margin, layout.height_mm + 60]
        self.outline_mm = np.array(box).reshape(2, 2)
        self.px = 1.3 * max(wish.size_px) / (box[2] - box[0] + 200)
        pad = 0.5 * (box[2] - box[0])
        self.origin_mm = self.outline_mm[0] - pad
        self.size_px = tuple(int(v) for v in (self.outline_mm[1] - self.outline_mm[0] + 2 * pad) * self.px)

    def at(self, points_mm: object) -> np.ndarray:
        """Board mm -> pixels of the flat picture, shape kept."""
        return (np.asarray(points_mm, dtype=float) - self.origin_mm) * self.px

    def draw(self, rng: np.random.Generator, board: Board, spots: list[Spot]) -> None:
        """Wall, board, lines, labels, cards, in this order."""
        self.image = np.full((self.size_px[1], self.size_px[0], 3), (185, 195, 203), np.uint8)
        if self.wish.poster:
            self._poster(rng)
        self._surface(rng)
        if self.style.lines != "none":
            self._lines(rng)
        self._labels(board)
        for blocked in board.blocked:
            self._label(self.layout.corners_mm(blocked.cell), "RESERVED", (240, 240, 240))
        for spot in spots:
            self._card(spot)

    def _quad(self, corners_mm: np.ndarray, bgr: tuple[int, int, int]) -> None:
        cv2.fillPoly(self.image, [np.round(self.at(corners_mm) * 16).astype(np.int32)], bgr, cv2.LINE_AA, 4)

    def _box(self, left: float, top: float, right: float, bottom: float, bgr: tuple[int, int, int]) -> None:
        self._quad(np.array([[left, top], [right, top], [right, bottom], [left, bottom]]), bgr)

    def _surface(self, rng: np.random.Generator) -> None:
        (left, top), (right, bottom) = self._paper_mm()
        if self.style.frame_bgr:
            f = self.style.frame_mm
            self._box(left - f, top - f, right + f, bottom + f, self.style.frame_bgr)
        self._box(left, top, right, bottom, self.style.surface_bgr)
        (x0, y0), (x1, y1) = np.round(self.at(self._paper_mm())).astype(int)
        grain = rng.normal(0, 1, ((y1 - y0) // 3 + 1, (x1 - x0) // 3 + 1)).astype(np.float32)
        grain = cv2.resize(grain, (x1 - x0, y1 - y0), interpolation=cv2.INTER_CUBIC) * self.style.grain
        self.image[y0:y1, x0:x1] = np.clip(self.image[y0:y1, x0:x1] + grain[..., None], 0, 255).astype(np.uint8)

    def _paper_mm(self) -> np.ndarray:
        """2x2 (low, high) of the board's surface: all that is drawn, or the cells alone."""
        return (
            np.array([[-15.0, -15.0], [self.layout.width_mm + 15, self.layout.height_mm + 15]])
            if self.wish.headers_out
            else self.outline_mm
        )

    def _poster(self, rng: np.random.Generator) -> None:
        x, y = self.outline_mm[1][0] + 90, self.outline_mm[0][1] + 100
        self._box(x, y, x + 350, y + 500, tuple(int(v) for v in rng.integers(40, 220, 3)))
        for i in range(6):
            self._box(x + 40, y + 60 + 65 * i, x + 310, y + 90 + 65 * i, (235, 235, 235))

    def _lines(self, rng: np.random.Generator) -> None:
        """Every line of the grid, header lines included, with the waves of a hand."""
        boxed = self.wish.header_lines
        head_x, head_y = -self.head[0] * (boxed and self.wish.header_column), -self.head[1] * (boxed and self.wish.header_row)
        xs = [*([head_x] if head_x else []), *self.layout.column_edges_mm]
        ys = [*([head_y] if head_y else []), *self.layout.row_edges_mm]
        stray_x, stray_y = self.wish.wobble * 200, self.wish.wobble * self.layout.row_edges_mm[1]
        for x in xs:
            off = rng.normal(0, stray_x, 2) if stray_x else (0, 0)
            self._line(rng, np.array([x + off[0], head_y]), np.array([x + off[1], ys[-1]]))
        for y in ys if self.style.lines == "grid" else ():
            off = rng.normal(0, stray_y, 2) if stray_y else (0, 0)
            self._line(rng, np.array([head_x, y + off[0]]), np.array([xs[-1], y + off[1]]))

    def _line(self, rng: np.random.Generator, start: np.ndarray, end: np.ndarray) -> None:
        way = (end - start) / np.hypot(*(end - start))
        half, steps = self.style.line_mm / 2, np.linspace(0, 1, 40)[:, None]
        start, end = start - way * half, end + way * half
        phase, waves = rng.uniform(0, 7), rng.uniform(1, 3)
        aside = np.array([-way[1], way[0]]) * self.style.wave_mm * np.sin(phase + 6.28 * waves * steps)
        middle = start + (end - start) * steps + aside
        normal = np.array([-way[1], way[0]]) * half
        for piece in self._dashes(middle):
            self._quad(np.r_[piece + normal, (piece - normal)[::-1]], self.style.line_bgr)

    def _dashes(self, middle: np.ndarray) -> list[np.ndarray]:
        """A line's middle in pieces, or whole."""
        if not self.style.dash_mm:
            return [middle]
        along = np.r_[0, np.hypot(*np.diff(middle, axis=0).T).cumsum()]
        starts = np.arange(0, along[-1], 2 * self.style.dash_mm)
        ends = np.minimum(starts + self.style.dash_mm, along[-1])
        return [np.column_stack([np.interp((a, b), along, axis) for axis in middle.T]) for a, b in zip(starts, ends, strict=True)]

    def _labels(self, board: Board) -> None:
        paper = {"ink": None, "slips": (243, 243, 243), "cards": (150, 240, 185)}[self.style.labels]
        for i, text in enumerate(board.column_labels if self.wish.header_row else ()):
            left, right = self._label_span(self.layout.column_edges_mm, i)
            self._label(np.array([[left, -self.head[1]], [right, -self.head[1]], [right, 0], [left, 0]]), text, paper)
        for i, text in enumerate(board.row_labels if self.wish.header_column else ()):
            top, bottom = self._label_span(self.layout.row_edges_mm, i)
            x = self.layout.width_mm if self.wish.headers_right else -self.head[0]
            self._label(np.array([[x, top], [x + self.head[0], top], [x + self.head[0], bottom], [x, bottom]]), text, paper)
        if self.wish.title:
            y = -self.head[1]
            across = self.layout.width_mm
            self._label(np.array([[0, y - 100], [across, y - 100], [across, y - 20], [0, y - 20]]), "OPEN SPACES", paper)

    def _label_span(self, edges_mm: tuple[float, ...], i: int) -> tuple[float, float]:
        """Between which places the i-th label stands: its cell, or a part of it as large as the smallest cell."""
        low, high = edges_mm[i : i + 2]
        if self.wish.labels_at is None:
            return low, high
        size = float(np.diff(edges_mm).min())
        low += (high - low - size) * self.wish.labels_at
        return low, low + size

    def _label(self, box_mm: np.ndarray, text: str, paper: tuple[int, int, int] | None) -> None:
        """A label in the middle of a box, on paper or straight on the board."""
        centre, size = box_mm.mean(0), (box_mm[2] - box_mm[0]) * [0.7, 0.62]
        size[0] = min(size[0], size[1] * (1.6 if len(text) < 8 else 6))
        corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * size / 2 + centre
        if paper:
            self._quad(corners, paper)
        self._write(corners, [text], (30, 30, 30))

    def _write(self, corners_mm: np.ndarray, lines: list[str], bgr: tuple[int, int, int]) -> None:
        """Lines of text that fill the inner 80 % of a turned box."""
        width, height = np.hypot(*(corners_mm[1] - corners_mm[0])), np.hypot(*(corners_mm[3] - corners_mm[0]))
        unit = max(1.0, 4.0 * self.px)
        patch = np.zeros((int(height * unit), int(width * unit)), np.uint8)
        tall = patch.shape[0] * 0.8 / len(lines)
        for i, text in enumerate(lines):
            wide = max(cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 1, 2)[0][0], 1)
            scale = min(tall * 0.6 / 22, patch.shape[1] * 0.86 / wide)
            at = (int(patch.shape[1] * 0.07), int(patch.shape[0] * 0.1 + tall * (i + 0.75)))
            cv2.putText(patch, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, 255, max(1, int(scale * 2.4)), cv2.LINE_AA)
        source = np.array([[0, 0], [patch.shape[1], 0], [patch.shape[1], patch.shape[0]]], np.float32)
        corners_px = self.at(corners_mm)
        low = np.maximum(np.floor(corners_px.min(0)).astype(int), 0)
        span = np.ceil(corners_px.max(0)).astype(int) - low + 1
        way = cv2.getAffineTransform(source, (corners_px[:3] - low).astype(np.float32))
        small = cv2.GaussianBlur(patch, (0, 0), max(0.3, 0.4 * unit / self.px))
        alpha = cv2.warpAffine(small, way, tuple(int(v) for v in span), flags=cv2.INTER_LINEAR)[..., None] / 255.0
        part = self.image[low[1] : low[1] + span[1], low[0] : low[0] + span[0]]
        alpha = alpha[: part.shape[0], : part.shape[1]]
        part[:] = (part * (1 - alpha) + np.array(bgr) * alpha).astype(np.uint8)

    def _card(self, spot: Spot) -> None:
        """Shadow, paper, writing."""
        shadow = np.zeros(self.image.shape[:2], np.uint8)
        at = np.round(self.at(spot.corners_mm + 2.5) * 16).astype(np.int32)
        cv2.fillPoly(shadow, [at], 110, cv2.LINE_AA, 4)
        x, y, w, h = cv2.boundingRect(np.round(at / 16).astype(np.int32))
        area = np.s_[max(y - 12, 0) : y + h + 12, max(x - 12, 0) : x + w + 12]
        dark = 1 - cv2.GaussianBlur(shadow[area], (0, 0), 2.5 * self.px)[..., None] / 255.0
        self.image[area] = (self.image[area] * dark).astype(np.uint8)
        self._quad(spot.corners_mm, spot.bgr)
        words = spot.title.split()
        half = (len(words) + 1) // 2
        lines = [" ".join(words[:half]), " ".join(words[half:]), spot.handle]
        self._write(spot.corners_mm, [line for line in lines if line], spot.ink)
