"""What of a reference may be relied on: the parts where nothing hangs that changes, and squares of them to look for."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import cv2
import numpy as np

from calibration.patches import Patches, choose
from calibration.plane import apply, inverse, resizing
from calibration.rig import Floats, Image, Layout, Reference

MARGIN_CELLS = 1.25
"""Belt around the grid that is known of a board, in cells (the longer side of a mean one): labels and title hang there."""

LINE_SHARE = 0.06
"""Half the width, in cells, of the strip around a grid line that counts as unchanging."""


@lru_cache(maxsize=24)
def squares(reference: Reference, scale: float) -> Patches:
    """The squares of a reference at a scale; kept for the next photo."""
    height, width = reference.image.shape
    size = (round(width * scale), round(height * scale))
    image = np.asarray(cv2.resize(reference.image, size, interpolation=cv2.INTER_AREA), np.uint8)
    mask = np.asarray(cv2.resize(steady_part(reference), size, interpolation=cv2.INTER_NEAREST), np.uint8)
    layout, px_per_mm = reference.layout, scale / reference.board_from_image[0, 0]
    return choose(image, mask, (layout.cell_mm[0] * px_per_mm, layout.cell_mm[1] * px_per_mm))


@lru_cache(maxsize=8)
def labelled_places(reference: Reference) -> int:
    """Cell-sized places around a reference's grid in which something hangs that no neighbouring cell shows."""
    grid_px = apply(inverse(reference.board_from_image), reference.layout.grid_corners_mm())
    low, high = grid_px[0], grid_px[2]
    known = squares(reference, 1.0)
    telling = known.centres_px[known.telling]
    around = telling[((telling < low) | (telling > high)).any(axis=1)]
    cells = np.floor((around - low) * (reference.layout.columns, reference.layout.rows) / (high - low)).astype(int)
    return len(np.unique(cells, axis=0))


def level_from_reference(reference: Reference, scale: float) -> Floats:
    """The 3x3 that takes px of a reference to px of it at a scale."""
    height, width = reference.image.shape
    return resizing((width, height), (round(width * scale), round(height * scale)))


def steady_part(reference: Reference) -> Image:
    """HxW mask of a reference, 255 where its photo reached and nothing hangs that changes."""
    height, width = reference.image.shape
    image_from_photo = inverse(reference.board_from_image) @ reference.board_from_photo
    seen = cv2.warpPerspective(
        np.full(reference.photo_size_px[::-1], 255, np.uint8), image_from_photo, (width, height), flags=cv2.INTER_NEAREST
    )
    mask = steady(reference.layout, reference.board_from_image, (height, width))
    mask[seen == 0] = 0
    return mask


def steady(layout: Layout, board_from_image: Floats, shape: tuple[int, int]) -> Image:
    """HxW mask, 255 where nothing hangs that changes: around the grid and along its lines."""
    mask = np.full(shape, 255, dtype=np.uint8)
    mm_per_px, left, top = board_from_image[0, 0], board_from_image[0, 2], board_from_image[1, 2]
    across, down = np.array(layout.column_edges_mm), np.array(layout.row_edges_mm)
    for y0, y1 in pairwise(down):
        for x0, x1 in pairwise(across):
            dx, dy = LINE_SHARE * (x1 - x0), LINE_SHARE * (y1 - y0)
            c0, c1, r0, r1 = ((v / mm_per_px) for v in (x0 + dx - left, x1 - dx - left, y0 + dy - top, y1 - dy - top))
            mask[round(r0) : round(r1), round(c0) : round(c1)] = 0
    return mask
