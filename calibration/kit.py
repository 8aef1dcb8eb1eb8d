"""What is true of the printed kit: which marker means what, and where each thing is on its paper, in millimetres.

Three kinds of paper carry markers. *Corner tiles* hang outside the four corners of the grid of cells, each touching it with its own
inner corner; their ids tell the board and the corner, hence the way up. *Header strips* stand at the middle of their column or row,
a foot on the grid's outer line; their ids tell the place. *Topic cards* carry an id of their own, from a second dictionary, so that
no card is ever taken for a corner. Papers have their own frames: mm, origin at the paper's top left, x right, y down.

Corners and strips are AprilTags of the family 36h11 (Olson, ICRA 2011; at least 11 of 36 bits apart); cards are ArUco 5x5 (Garrido-Jurado
et al., Pattern Recognition 47, 2014): 1000 ids, and 7 modules a side where a tag of the other family has 8.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.lens import Target
from calibration.rig import Floats, readonly

Modules: TypeAlias = NDArray[np.bool_]
"""NxN squares of a printed code, True where black."""

BOARD_DICTIONARY = cv2.aruco.DICT_APRILTAG_36h11
BOARD_BITS = 6
CARD_DICTIONARY = cv2.aruco.DICT_5X5_1000
CARD_BITS = 5

MOST_BOARDS = 100
MOST_LABELS = 80
"""Columns and rows together that strips can name, of each: twice what event.toml allows."""

COLUMN_IDS, ROW_IDS = 400, 480
"""First ids of the strips across the top and down the side; corners have those below."""

MOST_CARDS = 1000

TILE_MM = 100.0
TILE_MARKER_MM = 80.0
"""8 modules of 10 mm: 6 px each where a 2.4 m board fills a 1080p picture, and one module of white around."""

STRIP_MARKER_MM = 24.0
COLUMN_STRIP_MM = (100.0, 60.0)
ROW_STRIP_MM = (100.0, 40.0)
STRIP_MARGIN_MM = 5.0


class Corner(IntEnum):
    """Corners of the grid, clockwise."""

    TOP_LEFT = 0
    TOP_RIGHT = 1
    BOTTOM_RIGHT = 2
    BOTTOM_LEFT = 3

    @property
    def words(self) -> str:
        """As people say it: "top left"."""
        return self.name.replace("_", " ").lower()


OUTWARD = readonly(np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]]))
"""4x2: which way each corner's tile lies from the grid's corner."""


@dataclass(frozen=True)
class Box:
    """A rectangle on a paper, mm."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The x of its right side."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The y of its lower side."""
        return self.y + self.height

    def corners(self) -> Floats:
        """4x2, clockwise from the top left."""
        return np.array([[self.x, self.y], [self.right, self.y], [self.right, self.bottom], [self.x, self.bottom]])


def corner_id(board: int, corner: Corner) -> int:
    """The id at a corner of the event's board of that number, counted from 0. Raises ``ValueError`` beyond ``MOST_BOARDS``."""
    if not 0 <= board < MOST_BOARDS:
        raise ValueError(f"The kit has markers for {MOST_BOARDS} boards; this would be board {board + 1}.")
    return 4 * board + corner


def board_and_corner(marker: int) -> tuple[int, Corner] | None:
    """What a marker of the board dictionary means, if it is that of a corner."""
    return (marker // 4, Corner(marker % 4)) if 0 <= marker < 4 * MOST_BOARDS else None


def column_of(marker: int) -> int | None:
    """The column, from 0, whose strip carries a marker of the board dictionary."""
    return marker - COLUMN_IDS if COLUMN_IDS <= marker < COLUMN_IDS + MOST_LABELS else None


def row_of(marker: int) -> int | None:
    """The row, from 0, whose strip carries a marker of the board dictionary."""
    return marker - ROW_IDS if ROW_IDS <= marker < ROW_IDS + MOST_LABELS else None


def tile_marker_mm(corner: Corner) -> Floats:
    """4x2 corners of a corner's marker on the board, mm from the grid's corner that its tile touches; clockwise from its top left."""
    middle = OUTWARD[corner] * TILE_MM / 2
    half = TILE_MARKER_MM / 2
    return np.asarray(middle + half * OUTWARD, dtype=np.float64)


def column_strip_marker() -> Box:
    """The marker on a strip across the top: in the middle, above the foot."""
    width, height = COLUMN_STRIP_MM
    return Box((width - STRIP_MARKER_MM) / 2, height - STRIP_MARGIN_MM - STRIP_MARKER_MM, STRIP_MARKER_MM, STRIP_MARKER_MM)


def row_strip_marker() -> Box:
    """The marker on a strip down the side: at the right end, before the foot."""
    width, height = ROW_STRIP_MM
    return Box(width - STRIP_MARGIN_MM - STRIP_MARKER_MM, (height - STRIP_MARKER_MM) / 2, STRIP_MARKER_MM, STRIP_MARKER_MM)


def strip_marker_mm(across: bool) -> Floats:
    """4x2 corners of a strip's marker on the board, mm from the strip's foot: its column's or row's middle on the grid's outer line."""
    box, (width, height) = (column_strip_marker(), COLUMN_STRIP_MM) if across else (row_strip_marker(), ROW_STRIP_MM)
    foot = np.array([width / 2, height]) if across else np.array([width, height / 2])
    return np.asarray(box.corners() - foot, dtype=np.float64)


@lru_cache(maxsize=2)
def dictionary(which: int) -> cv2.aruco.Dictionary:
    """A predefined dictionary of OpenCV."""
    return cv2.aruco.getPredefinedDictionary(which)


def board_marker(marker: int) -> Modules:
    """8x8 modules of a corner or strip, its black border included."""
    return _modules(BOARD_DICTIONARY, marker, BOARD_BITS + 2)


def card_marker(number: int) -> Modules:
    """7x7 modules of a topic card, its black border included. Raises ``ValueError`` beyond ``MOST_CARDS``."""
    if not 0 <= number < MOST_CARDS:
        raise ValueError(f"The kit has markers for {MOST_CARDS} topic cards, 0 to {MOST_CARDS - 1}; {number} is none of them.")
    return _modules(CARD_DICTIONARY, number, CARD_BITS + 2)


def target_marker(number: int) -> Modules:
    """6x6 modules of a white square of the target for lenses, ``calibration.lens.Target``, its black border included."""
    return _modules(Target().dictionary, number, 6)


def qr_code(text: str) -> Modules:
    """NxN modules of a QR code without its white margin; it stands a seventh of it being covered (level M)."""
    settings = cv2.QRCodeEncoder.Params()
    settings.correction_level = cv2.QRCODE_ENCODER_CORRECT_LEVEL_M
    image = np.asarray(cv2.QRCodeEncoder.create(settings).encode(text)) < 128
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    return np.asarray(image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


def _modules(which: int, marker: int, side: int) -> Modules:
    return np.asarray(np.asarray(cv2.aruco.generateImageMarker(dictionary(which), marker, side)) == 0)
