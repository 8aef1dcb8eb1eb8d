"""Somebody stands before the board in the photo that it is calibrated on: seen, and told in plain words.

What the finder of cards takes for people is generous, and on dark or dense boards bare board is among it. So an organizer is asked and
shown where, and never refused.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from calibration.covered import covered_columns, covered_part
from calibration.plane import apply
from calibration.rig import Floats, Layout, Lens, Reference, Rig, readonly
from digitizer.event import Board
from digitizer.frames import photo_from_board
from digitizer.model import NOTHING, Photo, Pose
from digitizer.rectify import rectify
from digitizer.segment import segment

COARSE_MM = 8.0
"""Detail of an outline that is kept: a tenth of a card, as a mean column counts."""

LEAST_CELLS = 1.0
"""Longer side of an outline, in mean cells, from which on it may be of somebody: the finder draws outlines 0.15 wider all around, and head
and shoulders hide more than the rest. Bare board between two cards is seldom as large."""


def standing_before(photo: Photo, board_from_photo: Floats, layout: Layout, lens: Lens | None) -> tuple[Floats, ...]:
    """Outlines Nx2 mm of what seems to stand before a board that lies there in a photo."""
    pose = Pose(board_from_photo, layout, "reference", NOTHING, 0.0, lens)
    least_mm = LEAST_CELLS * math.sqrt(layout.width_mm * layout.height_mm / (layout.columns * layout.rows))
    found = [outline for outline in segment(rectify(photo, pose), layout).people_mm if np.ptp(outline, axis=0).max() > least_mm]
    coarse = (cv2.approxPolyDP(outline.astype(np.float32), COARSE_MM, closed=True).reshape(-1, 2) for outline in found)
    return tuple(readonly(outline.astype(np.float64)) for outline in coarse if len(outline) > 2)


def question(rig: Rig, board: Board) -> str:
    """What to ask the organizer of the photo that a board was calibrated on; empty where nobody stands before it."""
    columns = covered_columns(rig.reference) if rig.reference else ()
    if not columns:
        return ""
    names = [board.column_labels[column] for column in columns]
    where = "all columns" if len(names) == board.shape[1] > 1 else " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    return (
        f"Something seems to stand before {where}. If somebody does, ask them to step aside and take another photo: what they hide "
        "cannot help to find the board again. If that is the board itself, all is well."
    )


def covered_px(reference: Reference, lens: Lens | None) -> list[list[list[float]]]:
    """Outlines of what is told to be covered, in pixels of the photo as taken."""
    contours, _ = cv2.findContours(covered_part(reference), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    pose = Pose(reference.board_from_photo, reference.layout, "reference", NOTHING, 0.0, lens)
    outlines = (
        photo_from_board(pose, apply(reference.board_from_image, contour.reshape(-1, 2).astype(np.float64))) for contour in contours
    )
    return [outline.round(1).tolist() for outline in outlines if np.isfinite(outline).all()]
