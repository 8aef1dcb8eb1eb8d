"""Do the printed labels around the grid say what event.toml says? Tesseract reads them, all in one picture.

A warning needs positive evidence: labels that cannot be read, because they are handwritten or covered, say nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

import cv2
import numpy as np

from calibration.rig import Image, Layout
from digitizer.errors import ReaderBusy, ReaderUnavailable
from digitizer.event import Board
from digitizer.lines import find_lines
from digitizer.model import Card, CardReading, LabelCheck, Sheet
from digitizer.readers.tesseract import PrintedWord, read_words
from digitizer.settings import LabelSettings

Side = Literal["top", "left", "bottom", "right"]
UPRIGHT: tuple[Side, ...] = ("top", "left")
TURNED: tuple[Side, ...] = ("bottom", "right")


@dataclass(frozen=True)
class ReadLabel:
    """What stands beside one column or row. ``index`` counts as the board's labels would if that side were read upright."""

    side: Side
    index: int
    text: str
    confidence: float


def check(sheet: Sheet, layout: Layout, board: Board, settings: LabelSettings | None = None) -> LabelCheck:
    """Compare the labels on the board with event.toml: one warning for each way in which they disagree.

    Knows a board that hangs upside down, labels in another order, rooms and times changed about, and labels of another board.
    """
    settings = settings or LabelSettings()
    try:
        labels = read_labels(sheet, layout, UPRIGHT, settings)
        if _agreeing(labels, board) < settings.least_labels:
            labels += read_labels(sheet, layout, TURNED, settings)
    except ReaderBusy as error:
        return LabelCheck((f"The labels of the board could not be checked against event.toml in time. {error}",), finished=False)
    except ReaderUnavailable as error:
        return LabelCheck((f"The labels of the board were not checked against event.toml. {error}",))
    return LabelCheck(compare(labels, board, settings))


def read_labels(sheet: Sheet, layout: Layout, sides: Sequence[Side], settings: LabelSettings) -> tuple[ReadLabel, ...]:
    """The labels that Tesseract can read, in one call; those at the bottom and right as they stand when the board is turned by 180 degrees.

    Raises ``ReaderUnavailable`` where there is no Tesseract.
    """
    places = [(side, index) for side in sides for index in range(_count(layout, side))]
    lines = [(side, index, line) for side, index in places for line in _lines(sheet, layout, side, index, settings)]
    if not lines:
        return ()
    page, corners = _page([line for _, _, line in lines], settings)
    words = read_words(page)
    read: dict[tuple[Side, int], list[PrintedWord]] = {}
    for (side, index, line), corner in zip(lines, corners, strict=True):
        read.setdefault((side, index), []).extend(_within(words, corner, line))
    labels = (_label(side, index, found) for (side, index), found in read.items())
    return tuple(label for label in labels if label)


def _count(layout: Layout, side: Side) -> int:
    return layout.columns if side in ("top", "bottom") else layout.rows


def _lines(sheet: Sheet, layout: Layout, side: Side, index: int, settings: LabelSettings) -> list[Image]:
    """HxW gray pictures of what is written in one label's place, upright as the side is read, on white; empty where nothing is."""
    left, top, right, bottom = _place_mm(layout, side, index, settings.reach_cells)
    corners = np.array([[left, top, 1.0], [right, bottom, 1.0]]) @ np.linalg.inv(sheet.board_from_sheet).T
    (x0, y0), (x1, y1) = np.clip(corners[:, :2].round(), 0, (sheet.image.shape[1], sheet.image.shape[0])).astype(int)
    if x1 - x0 < 24 or y1 - y0 < 24:
        return []
    image, seen = sheet.image[y0:y1, x0:x1], sheet.seen[y0:y1, x0:x1].astype(np.uint8) * 255
    if side in ("bottom", "right"):
        image, seen = np.asarray(cv2.rotate(image, cv2.ROTATE_180), np.uint8), np.asarray(cv2.rotate(seen, cv2.ROTATE_180), np.uint8)
    found = find_lines(Card(None, np.zeros((4, 2)), image, seen, b""), settings.lines)
    return [_on_white(line.image, settings.text_px) for line in found if line.box_px[3] < line.box_px[2] * 1.5]


def _on_white(line: Image, height_px: int) -> Image:
    """A line ``height_px`` high, its paper made white."""
    scale = height_px / line.shape[0]
    size = (max(4, round(line.shape[1] * scale)), height_px)
    small = cv2.resize(line, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC).astype(np.float32)
    dark, light = np.percentile(small, (2, 75))
    return np.asarray(np.clip((small - dark) * 255 / max(float(light - dark), 1.0), 0, 255), np.uint8)


def _place_mm(layout: Layout, side: Side, index: int, reach_cells: float) -> tuple[float, float, float, float]:
    """(left, top, right, bottom) of a label's place; turned sides count their columns and rows from the far end."""
    width, height = layout.width_mm, layout.height_mm
    reach_x, reach_y = reach_cells * width / layout.columns, reach_cells * height / layout.rows
    columns, rows = layout.column_edges_mm, layout.row_edges_mm
    if side == "top":
        return columns[index], -reach_y, columns[index + 1], 0.0
    if side == "left":
        return -reach_x, rows[index], 0.0, rows[index + 1]
    if side == "bottom":
        return columns[-2 - index], height, columns[-1 - index], height + reach_y
    return width, rows[-2 - index], width + reach_x, rows[-1 - index]


def _page(lines: Sequence[Image], settings: LabelSettings) -> tuple[Image, list[tuple[int, int]]]:
    """All lines on one white page, and the (x, y) of each."""
    gap, across = settings.text_px, max(1, round(np.sqrt(len(lines) / 2)))
    widest, step = max(line.shape[1] for line in lines) + 2 * gap, settings.text_px + gap
    page = np.full((step * -(-len(lines) // across) + gap, widest * across + gap), 255, np.uint8)
    corners = [(gap + widest * (k % across), gap + step * (k // across)) for k in range(len(lines))]
    for line, (x, y) in zip(lines, corners, strict=True):
        page[y : y + line.shape[0], x : x + line.shape[1]] = line
    return page, corners


def _within(words: Sequence[PrintedWord], corner: tuple[int, int], line: Image) -> list[PrintedWord]:
    """The words whose centre lies on a line, from left to right."""
    inside = []
    for word in words:
        x, y = word.box_px[0] + word.box_px[2] / 2 - corner[0], word.box_px[1] + word.box_px[3] / 2 - corner[1]
        if 0 <= x < line.shape[1] and 0 <= y < line.shape[0]:
            inside.append(word)
    return sorted(inside, key=lambda word: word.box_px[0])


def _label(side: Side, index: int, words: Sequence[PrintedWord]) -> ReadLabel | None:
    words = [word for word in words if re.search(r"\w", word.text)]
    if not words:
        return None
    return ReadLabel(side, index, " ".join(word.text for word in words), min(word.confidence for word in words))


def compare(labels: Sequence[ReadLabel], board: Board, settings: LabelSettings) -> tuple[str, ...]:
    """What the labels read say against event.toml; empty where they agree or say nothing."""
    upright = [label for label in labels if label.side in UPRIGHT]
    turned = [label for label in labels if label.side in TURNED]
    if sum(bool(_matches(label, _expected(board, label.side))) for label in turned) >= max(
        settings.least_labels, _agreeing(labels, board) + 1
    ):
        return (f'The board "{board.id}" seems to hang upside down in this photo. Turn the photo by 180 degrees.',)
    found = (_compare_side(side, [label for label in upright if label.side == side], board, settings) for side in UPRIGHT)
    return tuple(warning for warning in found if warning)


def _agreeing(labels: Sequence[ReadLabel], board: Board) -> int:
    """How many upright labels stand where event.toml has them."""
    return sum(label.side in UPRIGHT and label.index in _matches(label, _expected(board, label.side)) for label in labels)


def _expected(board: Board, side: Side) -> tuple[str, ...]:
    return board.column_labels if side in ("top", "bottom") else board.row_labels


def _compare_side(side: Side, labels: Sequence[ReadLabel], board: Board, settings: LabelSettings) -> str | None:
    what, expected = ("columns", board.column_labels) if side == "top" else ("rows", board.row_labels)
    other = board.row_labels if side == "top" else board.column_labels
    matches = [(label, _matches(label, expected)) for label in labels]
    right = sum(label.index in found for label, found in matches)
    wrong = [(label, found[0]) for label, found in matches if found and label.index not in found]
    if len(wrong) >= settings.least_labels and len(wrong) > right:
        shown = ", ".join(f'"{expected[j]}" stands over number {label.index + 1}, not {j + 1}' for label, j in wrong[:3])
        return f'The {what} stand in another order than event.toml says for board "{board.id}": {shown}. Correct event.toml.'
    if right or wrong:
        return None
    if sum(bool(_matches(label, other)) for label in labels) >= settings.least_labels:
        return f'event.toml says columns = "{board.columns}" for board "{board.id}", but the labels of the {what} say otherwise. Change it.'
    return _strange(labels, board, what, settings)


def _strange(labels: Sequence[ReadLabel], board: Board, what: str, settings: LabelSettings) -> str | None:
    """Labels read beyond doubt, and none like any that event.toml knows: another board."""
    known = (*board.column_labels, *board.row_labels)
    sure = [label for label in labels if label.confidence >= settings.sure and len(_bare(label.text)) >= 2]
    strange = [label for label in sure if max(_alike(label.text, text) for text in known) < settings.unlike]
    if len(strange) < settings.least_strange or len(strange) < len(sure):
        return None
    shown = ", ".join(f'"{label.text}"' for label in strange[:4])
    return f'The labels of the {what} read {shown}; event.toml knows none of them. Is this board "{board.id}"?'


def without_labels(cards: Sequence[CardReading], layout: Layout, board: Board) -> tuple[CardReading, ...]:
    """The cards without those beside the grid on which the name of their column, or the time of their row, stands and nothing else.

    In a shadow, or where the board is ruled around them, headers look like cards; they are no sessions.
    """
    return tuple(card for card in cards if card.card.cell is not None or not _is_header(card, layout, board))


def _is_header(card: CardReading, layout: Layout, board: Board) -> bool:
    x, y = card.card.corners_mm.mean(axis=0)
    column, row = layout.column_at(x), layout.row_at(y)
    if (column is None) == (row is None):
        return False
    at, expected = (column, board.column_labels) if row is None else (row, board.row_labels)
    return at in named(" ".join(line.text for line in card.lines), expected)


def _matches(label: ReadLabel, expected: Sequence[str]) -> list[int]:
    return named(label.text, expected)


def named(read: str, expected: Sequence[str]) -> list[int]:
    """Indices of the labels that a text can stand for: the same letters, or nearly so where there are enough of them."""
    exact = [j for j, text in enumerate(expected) if _bare(text) == _bare(read)]
    if exact or len(_bare(read)) < 4:
        return exact
    alike = [_alike(read, text) for text in expected]
    near = [j for j, share in enumerate(alike) if share >= 0.8 and share == max(alike)]
    return near if len(near) == 1 else []


def _alike(a: str, b: str) -> float:
    return SequenceMatcher(None, _bare(a), _bare(b)).ratio()


def _bare(text: str) -> str:
    """A label without case, spaces and signs; times without their leading zero, and letters among digits read as digits."""
    bare = re.sub(r"[\W_]", "", text.casefold())
    if re.search(r"\d", bare) and not re.search(r"[a-z]{3}", bare):
        bare = bare.translate(str.maketrans("oilsz", "01152"))
    return bare.lstrip("0") or bare
