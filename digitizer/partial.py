"""A photo of a part of a board: which cells and cards it shows wholly. What it shows in part, or not at all, it says nothing of."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from calibration.plane import density, inverse
from calibration.rig import Cell, Floats, Layout
from digitizer.frames import outline_mm, transform
from digitizer.model import Card, Digitization, Pose, Segmentation
from digitizer.settings import PartialSettings

FWHM = 2.355
"""Width of a Gaussian at half its height, over its standard deviation."""


def is_within(outline: Floats, points_mm: Floats, margin_mm: float = 0.0) -> bool:
    """Whether all of Nx2 points lie in an outline Nx2 mm, at least ``margin_mm`` from its rim."""
    contour = np.asarray(outline, dtype=np.float32).reshape(-1, 1, 2)
    return all(cv2.pointPolygonTest(contour, (float(x), float(y)), measureDist=True) >= margin_mm for x, y in points_mm)


def cells_within(layout: Layout, outline: Floats) -> frozenset[Cell]:
    """Cells that lie in an outline Nx2 mm with all their corners."""
    return frozenset(cell for cell in layout.cells() if is_within(outline, layout.corners_mm(cell)))


def shown_cells(look: Digitization) -> frozenset[Cell]:
    """Cells that a look shows wholly; a look at the whole board all of them."""
    layout = look.pose.layout
    view = None if look.pose.whole else outline_mm(look.pose, look.photo.image.shape[1::-1])
    if view is None:
        return frozenset(layout.cells())
    return cells_within(layout, view)


def only_whole(found: Segmentation, pose: Pose, size_px: tuple[int, int], settings: PartialSettings | None = None) -> Segmentation:
    """The cards that a photo of (width, height) shows wholly, and of the hidden cells those that it would else show wholly.

    Outside the grid only topic cards are kept: labels are told from cards by the whole row of them.
    """
    settings = settings or PartialSettings()
    view = outline_mm(pose, size_px)
    if pose.whole or view is None:
        return found
    on_grid = [card for card in found.cards if card.cell is not None or card.number is not None]
    cards = tuple(card for card in on_grid if is_within(view, card.corners_mm, settings.rim_mm))
    return replace(found, cards=cards, hidden=found.hidden & cells_within(pose.layout, view))


def with_detail(found: Segmentation, pose: Pose) -> Segmentation:
    """The cards with what of them a look can carry; those that have it already are kept as they are."""
    return replace(found, cards=tuple(card if card.detail_mm else replace(card, detail_mm=detail_mm(card, pose)) for card in found.cards))


def detail_mm(card: Card, pose: Pose) -> float:
    """Over how much of the board a point of a card is smeared: a px in its wider direction, and the photo's blur at half height."""
    centre_mm = card.corners_mm.mean(axis=0, keepdims=True)
    centre_px = transform(inverse(pose.board_from_photo), centre_mm)[0]
    mm_per_px = float(np.abs(density(pose.board_from_photo, centre_px)).max())
    return mm_per_px * float(np.hypot(1.0, FWHM * pose.blur_px))
