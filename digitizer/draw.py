"""A Digitization as a picture for people. Stands outside of the stages and only looks at what they kept."""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image as Pictures
from PIL import ImageDraw, ImageFont

from calibration.rig import Cell, Floats, Image
from digitizer.compose import Picture
from digitizer.event import Board
from digitizer.frames import photo_from_board
from digitizer.model import CardReading, Digitization, Pose
from digitizer.settings import ComposeSettings
from digitizer.shipped import FONTS

GRID, SURE, DOUBTFUL, HIDDEN = (200, 90, 20), (40, 150, 30), (20, 110, 235), (90, 90, 90)
"""BGR. Blue lines, green cards that are sure, orange ones that want review, gray what could not be seen."""
STEPS = 24
"""Points along a drawn line: a lens bends it."""


def overlay(digitization: Digitization) -> Image:
    """Draw grid, cards, readings and hidden cells into the photo; reserved sheets and headers are no cards.

    Returns HxWx3 u8 BGR at the photo's size.
    """
    image = digitization.photo.image.copy()
    stroke = max(2, round(max(image.shape[:2]) / 900))
    for cell in digitization.segmentation.hidden:
        _hatch(image, digitization.pose, cell)
    _grid(image, digitization.pose, stroke)
    for reading in digitization.reading.cards:
        colour = DOUBTFUL if reading.needs_review else SURE
        corners_px = photo_from_board(digitization.pose, reading.card.corners_mm)
        cv2.polylines(image, [_points(corners_px)], True, colour, stroke, cv2.LINE_AA)
    return _write(image, digitization)


def _points(points_px: Floats) -> np.ndarray:
    return np.rint(points_px).astype(np.int32)


def _grid(image: Image, pose: Pose, stroke: int) -> None:
    layout = pose.layout
    for x in layout.column_edges_mm:
        line = np.column_stack([np.full(STEPS, x), np.linspace(0, layout.height_mm, STEPS)])
        cv2.polylines(image, [_points(photo_from_board(pose, line))], False, GRID, stroke, cv2.LINE_AA)
    for y in layout.row_edges_mm:
        line = np.column_stack([np.linspace(0, layout.width_mm, STEPS), np.full(STEPS, y)])
        cv2.polylines(image, [_points(photo_from_board(pose, line))], False, GRID, stroke, cv2.LINE_AA)


def _hatch(image: Image, pose: Pose, cell: Cell) -> None:
    corners = pose.layout.corners_mm(cell)
    mask = np.zeros(image.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, _points(photo_from_board(pose, corners)), 1)
    rows, columns = np.nonzero(mask)
    stripes = (rows + columns) // 16 % 3 == 0
    image[rows[stripes], columns[stripes]] = HIDDEN


def _write(image: Image, digitization: Digitization) -> Image:
    """Put each card's reading under its lower edge."""
    picture = Pictures.fromarray(image[..., ::-1])
    pen = ImageDraw.Draw(picture)
    font = _font(max(14, round(max(image.shape[:2]) / 130)))
    for reading in digitization.reading.cards:
        corners_px = photo_from_board(digitization.pose, reading.card.corners_mm)
        left, bottom = corners_px[:, 0].min(), corners_px[:, 1].max()
        box = pen.multiline_textbbox((left, bottom), _label(reading), font=font)
        pen.rectangle((box[0] - 4, box[1] - 2, box[2] + 4, box[3] + 4), fill=(255, 255, 255))
        pen.multiline_text((left, bottom), _label(reading), font=font, fill=(20, 20, 20))
    return np.ascontiguousarray(np.asarray(picture)[..., ::-1])


def _label(reading: CardReading) -> str:
    who = reading.handle or reading.host
    return reading.title.text + (f"\n{who.text}" if who else "") + ("  ?" if reading.needs_review else "")


def _font(size_px: int) -> ImageFont.FreeTypeFont:
    """The kit's: OpenCV's and Pillow's own have no accents."""
    return ImageFont.truetype(str(FONTS / "OpenSans-Regular.ttf"), size_px)


def _border(board: Board, width: int) -> tuple[int, int, ImageFont.FreeTypeFont]:
    """Room for the labels beside and above a picture of that width, px, and their font."""
    font = _font(max(16, width // 60))
    return round(max(font.getlength(label) for label in board.row_labels)) + 32, width // 60 * 3, font


def cells_of(image: Image, board: Board, settings: ComposeSettings | None = None) -> Image | None:
    """The composed board within a picture that ``board_picture`` made; None where it was made for other labels."""
    width = (settings or ComposeSettings()).width_px
    side, top, _ = _border(board, width)
    return image[top:, side:] if image.shape[1] == width + side and image.shape[0] > top else None


def board_picture(picture: Picture, board: Board) -> Image:
    """Set a composed board's rooms and slots around it. Returns HxWx3 u8 BGR."""
    height, width = picture.image.shape[:2]
    side, top, font = _border(board, width)
    sheet = Pictures.new("RGB", (width + side, height + top), (255, 255, 255))
    sheet.paste(Pictures.fromarray(picture.image[..., ::-1]), (side, top))
    pen = ImageDraw.Draw(sheet)
    layout = picture.layout
    for label, low, high in zip(board.column_labels, layout.column_edges_mm, layout.column_edges_mm[1:], strict=False):
        pen.text((side + (low + high) / 2 / layout.width_mm * width, top / 2), label, font=font, fill=(20, 20, 20), anchor="mm")
    for label, low, high in zip(board.row_labels, layout.row_edges_mm, layout.row_edges_mm[1:], strict=False):
        pen.text((side / 2, top + (low + high) / 2 / layout.height_mm * height), label, font=font, fill=(20, 20, 20), anchor="mm")
    return np.ascontiguousarray(np.asarray(sheet)[..., ::-1])
