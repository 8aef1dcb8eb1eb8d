"""Where somebody stood before the board when it was calibrated: what hung there nobody can ask for when it is found again.

The squares that lie there are kept: where it was the board itself after all, they agree and count. They are only never missed.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import cv2
import numpy as np

from calibration.patches import Flags
from calibration.plane import apply, inverse
from calibration.rig import Floats, Image, Reference, readonly
from calibration.steady import squares

MOST_FORGIVEN = 0.5
"""Share of a reference's telling squares that may be covered: beyond it too little is left that could speak against a wrong board."""

COLUMN_SHARE = 1 / 3
"""Share of a column, with the labels above it, from which on it is named as covered: a head and shoulders before one take more."""


@lru_cache(maxsize=8)
def covered_part(reference: Reference) -> Image:
    """HxW mask of a reference, 255 where somebody seems to have stood before the board when its photo was taken.

    People stand on the floor, so that all below what was seen of them counts; and what reaches the rim of the grid goes on beyond it,
    where labels hang and nothing tells them from people.
    """
    mask = np.zeros(reference.image.shape, np.uint8)
    image_from_board = inverse(reference.board_from_image)
    for outline in reference.covered_mm:
        cv2.fillPoly(mask, [np.rint(apply(image_from_board, outline)).astype(np.int32)], 255)
    mask = np.asarray(np.maximum.accumulate(mask, axis=0))
    corners = np.rint(apply(image_from_board, reference.layout.grid_corners_mm())).astype(int)
    (left, top), (right, _) = np.clip(corners[[0, 2]], 0, np.array(mask.shape[::-1]) - 1)
    mask[:top, mask[top] > 0] = 255
    mask[mask[:, left] > 0, :left] = 255
    mask[mask[:, right] > 0, right:] = 255
    return readonly(mask)


@lru_cache(maxsize=8)
def forgiven_part(reference: Reference) -> Image | None:
    """The covered part, HxW mask, if what is left of the reference can still tell boards apart; else None, and all of it is asked for."""
    if not reference.covered_mm:
        return None
    known = squares(reference, 1.0)
    hidden = lying_in(covered_part(reference), known.centres_px.astype(np.float64)) & known.telling
    return covered_part(reference) if hidden.sum() <= MOST_FORGIVEN * known.telling.sum() else None


def lying_in(mask: Image | None, points_px: Floats) -> Flags:
    """Which of Nx2 points lie in a mask HxW; none where there is no mask."""
    if mask is None:
        return np.zeros(len(points_px), np.bool_)
    height, width = mask.shape
    x, y = np.clip(points_px.astype(int), 0, (width - 1, height - 1)).T
    return np.asarray(mask[y, x] > 0)


def covered_columns(reference: Reference) -> tuple[int, ...]:
    """Columns before which somebody seems to have stood."""
    if not reference.covered_mm:
        return ()
    mask, layout = covered_part(reference), reference.layout
    left, top = reference.board_from_image[:2, 2]
    edges_px = np.rint((np.array(layout.column_edges_mm) - left) / reference.board_from_image[0, 0]).astype(int)
    bottom = round((layout.height_mm - top) / float(reference.board_from_image[0, 0]))
    shares = [(mask[:bottom, a:b] > 0).mean() for a, b in pairwise(edges_px)]
    return tuple(column for column, share in enumerate(shares) if share >= COLUMN_SHARE)
