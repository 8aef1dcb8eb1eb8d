"""The board itself, flat: its lines, labels, remarks and sheets with their writing. Tests use ``wild_boards``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
from PIL import ImageFont
from synth_flat import NAMES
from wild_extras import Extras, before_sheets, on_top, print_form, size_of, torn_corner
from wild_papers import NEON, PASTEL, PENS, WHITE, Light, Paper, hang, lifted, paper_bgr, sheet_mm
from wild_stacks import stack_on
from wild_surface import Surface, blank
from wild_wishes import Wish

from calibration.rig import Cell, Layout
from digitizer.event import Board
from digitizer.training.handwriting import GLYPH_PX, Wildness, draw_line, load_fonts

OPEN_SANS = Path(__file__).parents[1] / "digitizer" / "kit" / "fonts"
WORDS = Path(__file__).with_name("wild_words.txt")
DRAWN_LINES = 20
"""Lines of writing drawn for one board: drawing is dear, so that sheets share them in ever new sizes and inks."""


@dataclass(frozen=True, eq=False)
class Hands:
    """Lines as written, each with its text: ``titles`` and ``handles`` of one board."""

    titles: tuple[tuple[str, np.ndarray], ...]
    handles: tuple[tuple[str, np.ndarray], ...]
    fonts: tuple[ImageFont.FreeTypeFont, ...]


def hands(rng: np.random.Generator, fonts: Path | None) -> Hands:
    """What people write, in hands made of the faces of a folder, or else of Open Sans."""
    faces = load_fonts(fonts or OPEN_SANS)
    own = [faces[int(i)] for i in rng.integers(0, len(faces), 5)]
    cards, titles, handles = written_cards(), [], []
    while len(titles) < DRAWN_LINES:
        for line in cards[int(rng.integers(len(cards)))]:
            text = line.removeprefix("~")
            ink = draw_line(text, own[len(titles) % len(own)], rng, Wildness(slope_deg=0.5, warp=0.015))
            (handles if line[0] in "@~" else titles).append((text, ink))
    handles = handles or titles[:1]
    return Hands(tuple(titles), tuple(handles), tuple(own))


def written_cards() -> list[list[str]]:
    """Lines of cards, from a list that changes with nothing else: a handle begins with ``@``, a host's name with ``~``."""
    return [line.split(" / ") for line in WORDS.read_text("utf-8").splitlines() if not line.startswith("#")]


def random_layout(rng: np.random.Generator, wish: Wish) -> Layout:
    """Cells as large as the sheets need, columns and rows a little unlike."""
    wide, high = wish.card_mm[0] * wish.roomy[0], wish.card_mm[1] * wish.roomy[1]
    x = np.r_[0, (wide * (1 + rng.uniform(-0.06, 0.06, wish.columns))).cumsum()]
    y = np.r_[0, (high * (1 + rng.uniform(-0.08, 0.08, wish.rows))).cumsum()]
    return Layout(wish.columns, wish.rows, tuple(x.tolist()), tuple(y.tolist()))


def board_of(wish: Wish) -> Board:
    """The event file's board: rooms across, times down."""
    rooms = tuple(f"{NAMES[i % len(NAMES)]}{'' if i < len(NAMES) else i}" for i in range(wish.columns))
    return Board("wild", date(2026, 11, 22), "rooms", rooms, tuple(f"{9 + i:02d}:00" for i in range(wish.rows)), ())


def outline_mm(layout: Layout) -> np.ndarray:
    """2x2 top left and bottom right of the board around its grid: a header column and row, a title above, a rim."""
    cell = np.array([layout.width_mm / layout.columns, layout.height_mm / layout.rows])
    return np.array([-0.95 * cell - [25, 25], [layout.width_mm, layout.height_mm] + 0.35 * cell])


def draw_board(
    rng: np.random.Generator, wish: Wish, layout: Layout, light: Light, written: Hands, extras: Extras
) -> tuple[Surface, list[Paper]]:
    """The whole board -> its surface and the sheets of the grid in the order they were hung."""
    outline = outline_mm(layout)
    pad = 0.25 * (outline[1] - outline[0]) if wish.wall == "wall" else 0
    px = 1.45 * 0.8 * wish.size_px[0] / max((outline[1] - outline[0]) * [1, wish.size_px[0] / wish.size_px[1]])
    surface = blank(rng, wish.wall, wish.wall_bgr, outline + np.array([-1, 1])[:, None] * pad, px)
    _lines(rng, surface, wish, layout)
    before_sheets(surface, layout, extras, light)
    _labels(rng, surface, wish, layout, light, written)
    papers = _papers(rng, wish, layout, written, extras)
    for paper in papers:
        hang(surface, paper, light, rng)
        print_form(surface, paper, extras)
        _write(rng, surface, paper, wish.written, written)
        on_top(surface, paper, extras)
    for _ in range(wish.remarks):
        _remark(rng, surface, layout, papers, written)
    return surface, papers


def _lines(rng: np.random.Generator, surface: Surface, wish: Wish, layout: Layout) -> None:
    if wish.lines == "none":
        return
    cell = min(layout.width_mm / layout.columns, layout.height_mm / layout.rows)
    width = {"tape": rng.uniform(18, 30), "narrow tape": rng.uniform(5, 10)}.get(wish.lines, rng.uniform(2.5, 6))
    tapes = ((185, 125, 40), (60, 60, 205), (240, 240, 240), (35, 35, 35), (90, 170, 60))
    pens = ((30, 30, 30), (150, 60, 30), (50, 50, 180), (60, 120, 40))
    bgr = tapes[rng.integers(len(tapes))] if "tape" in wish.lines else pens[rng.integers(len(pens))]
    wave = 0.4 if "tape" in wish.lines else rng.uniform(0.5, 2.5)
    width = min(width, 0.12 * cell)
    left, top = -0.9 * layout.width_mm / layout.columns, -0.9 * layout.height_mm / layout.rows
    for x in (left, *layout.column_edges_mm):
        _line(rng, surface, np.array([[x, top], [x, layout.height_mm]]), (width, wave, 5 * width if wish.lines == "dashed" else 0), bgr)
    for y in () if wish.lines == "columns" else (top, *layout.row_edges_mm):
        _line(rng, surface, np.array([[left, y], [layout.width_mm, y]]), (width, wave, 5 * width if wish.lines == "dashed" else 0), bgr)


def _line(rng: np.random.Generator, surface: Surface, ends: np.ndarray, pen: tuple[float, float, float], bgr) -> None:
    """``pen``: width, wave and dash in mm."""
    width, wave, dash = pen
    long = float(np.hypot(*(ends[1] - ends[0])))
    share = np.linspace(0, 1, max(2, int(long / 20)))
    across = np.array([ends[1] - ends[0]])[:, ::-1] / long * [1, -1]
    bend = np.cumsum(rng.normal(0, wave / 4, len(share)))
    points = ends[0] + share[:, None] * (ends[1] - ends[0]) + np.clip(bend - bend.mean(), -2 * wave, 2 * wave)[:, None] * across
    if not dash:
        surface.stroke(points, width, bgr)
        return
    place = 0.0
    while place < long:
        at = np.clip([place, place + dash * rng.uniform(0.8, 1.2)], 0, long) / long
        surface.stroke(np.array([[np.interp(a, share, points[:, k]) for k in (0, 1)] for a in at]), width, bgr)
        place += dash * rng.uniform(1.5, 2.1)


def _labels(rng: np.random.Generator, surface: Surface, wish: Wish, layout: Layout, light: Light, written: Hands) -> None:
    """A name above each column and a time beside each row; printed strips, cards, or written on the board."""
    board = board_of(wish)
    face = load_fonts(OPEN_SANS)[0] if wish.labels == "strips" else written.fonts[int(rng.integers(len(written.fonts)))]
    cell = np.array([layout.width_mm / layout.columns, layout.height_mm / layout.rows])
    columns, rows = (np.add(edges[:-1], edges[1:]) / 2 for edges in (layout.column_edges_mm, layout.row_edges_mm))
    places = [*((np.array([x, -0.45 * cell[1]]), name) for x, name in zip(columns, board.rooms, strict=True))]
    places += [(np.array([-0.45 * cell[0], y]), name) for y, name in zip(rows, board.slots, strict=True)]
    sheet = {"strips": np.minimum(cell * [0.8, 0.55], [250, 90]), "cards": np.minimum(cell * 0.78, wish.card_mm)}.get(
        wish.labels, cell * 0.75
    )
    table = WHITE if wish.labels == "strips" else (*NEON, *PASTEL, *WHITE)
    bgr, dark = table[rng.integers(len(table))], float(np.mean(wish.wall_bgr)) < 130
    pen = (235, 235, 235) if dark and wish.labels == "written" else (30, 30, 30)
    for centre, name in places:
        corners = sheet_mm(centre + rng.uniform(-0.04, 0.04, 2) * cell, tuple(sheet), rng.normal(0, 1.0))
        if wish.labels != "written":
            hang(surface, Paper(None, corners, bgr, pen, np.full(4, 0.3), (), "glued"), light, rng)
        ink = draw_line(name, face, rng, Wildness(0.5, 0.02, 0.01, 0.02, 0.3, 0.005, 0.0))
        _stamp_line(surface, corners, ink, (0.12, 0.5, 0.76, 0.6), pen)


def _papers(rng: np.random.Generator, wish: Wish, layout: Layout, written: Hands, extras: Extras) -> list[Paper]:
    """The sheets of the grid: some cells empty, some with several."""
    out = []
    for row in range(layout.rows):
        for column in range(layout.columns):
            if rng.random() > wish.fill or row == extras.lunch:
                continue
            count = 1 + (int(rng.integers(1, 3)) if rng.random() < wish.stacked else 0)
            out += [_paper(rng, wish, layout, Cell(row, column), written, extras) for _ in range(count)]
    if extras.one_colour:
        out = [replace(paper, bgr=out[0].bgr, pen=out[0].pen) for paper in out]
    if extras.stacks:
        stacks = (stack_on(p, layout, extras, lambda p=p: _paper(rng, wish, layout, p.cell, written, extras)) for p in out)
        out = [paper for stack in stacks for paper in stack]
    return out


def _paper(rng: np.random.Generator, wish: Wish, layout: Layout, cell: Cell, written: Hands, extras: Extras) -> Paper:
    size = size_of(wish, extras, wish.other_mm if rng.random() < wish.mixed else wish.card_mm)
    box = layout.corners_mm(cell)
    room = np.maximum((box[2] - box[0] - size) / 2, 4) * wish.strayed
    turn = rng.normal(0, wish.turn_deg) if rng.random() < 0.97 else rng.uniform(-15, 15)
    turn += 90 * (extras.rng.random() < extras.sideways)
    centre = np.clip(box.mean(0) + room * rng.uniform(-1, 1, 2), box[0] + 6, box[2] - 6)
    bgr = paper_bgr(rng, wish)
    dark = float(np.mean(bgr)) < 130
    pen = (235, 235, 235) if dark else PENS[rng.integers(len(PENS))]
    count = max(1, round(wish.written * rng.uniform(0.6, 1.2) * 4))
    lines = tuple(written.titles[int(i)][0] for i in rng.integers(0, len(written.titles), count))
    if rng.random() < 0.5:
        lines += (written.handles[int(rng.integers(len(written.handles)))][0],)
    if rng.random() < 0.02:
        lines = ()
    held = wish.fixed if rng.random() < 0.9 else "sticky"
    lift = lifted(rng, held)
    ruled = wish.papers == "white" and rng.random() < 0.2
    return torn_corner(Paper(cell, sheet_mm(centre, size, turn), bgr, pen, lift, lines, held, ruled), extras)


def _write(rng: np.random.Generator, surface: Surface, paper: Paper, share: float, written: Hands) -> None:
    """The lines of a sheet from its top down, the last small at its foot if it is a handle."""
    inks = {**dict(written.titles), **dict(written.handles)}
    down = float(np.hypot(*(paper.corners_mm[3] - paper.corners_mm[0])))
    title = [line for line in paper.lines if not line.startswith("@")]
    tall = min(0.26, (0.66 if len(title) < len(paper.lines) else 0.85) / max(len(title), 1)) * rng.uniform(0.7, 1.0)
    top, left = rng.uniform(0.05, 0.12), rng.uniform(0.04, 0.14)
    if len(title) * tall < 0.5 and rng.random() < 0.4:
        top = rng.uniform(0.05, 0.9 - len(title) * tall - 0.15)
    for k, line in enumerate(title):
        wide = (0.96 - left) * (rng.uniform(0.75, 1.0) if share > 0.6 else rng.uniform(0.4, 0.95))
        _stamp_line(surface, paper.corners_mm, inks[line], (left, top + (k + 0.5) * tall, wide, 0.72 * tall), paper.pen)
    for line in paper.lines[len(title) :]:
        high = float(np.clip(14 / down, 0.09, 0.16))
        _stamp_line(surface, paper.corners_mm, inks[line], (rng.uniform(0.2, 0.4), 0.96 - high / 2 - 0.02, 0.55, high), paper.pen)


def _stamp_line(surface: Surface, corners: np.ndarray, ink: np.ndarray, box: tuple[float, float, float, float], pen) -> None:
    """A line into a box of a sheet: left, middle, width and height in shares of its sides; as large as both allow."""
    left, middle, wide, high = box
    across, down = corners[1] - corners[0], corners[3] - corners[0]
    widths, heights = float(np.hypot(*across)), float(np.hypot(*down))
    scale = min(wide * widths / ink.shape[1], high * heights / min(ink.shape[0], GLYPH_PX))
    size = np.array([ink.shape[1] * scale / widths, ink.shape[0] * scale / heights])
    start = corners[0] + left * across + (middle - size[1] / 2) * down
    surface.stamp(ink, np.array([start, start + size[0] * across, start + size[0] * across + size[1] * down]), pen)


def _remark(rng: np.random.Generator, surface: Surface, layout: Layout, papers: Sequence[Paper], written: Hands) -> None:
    """A word written on the board itself, in a cell where nothing hangs."""
    taken = {paper.cell for paper in papers}
    free = [Cell(r, c) for r in range(layout.rows) for c in range(layout.columns) if Cell(r, c) not in taken]
    if free:
        box = layout.corners_mm(free[int(rng.integers(len(free)))])
        text, ink = written.titles[int(rng.integers(len(written.titles)))]
        high = 0.25 if len(text) < 12 else 0.15
        _stamp_line(surface, box, ink, (rng.uniform(0.1, 0.3), rng.uniform(0.3, 0.7), 0.6, high), PENS[rng.integers(3)])
