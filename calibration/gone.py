"""Drawn lines of a board that are not there: rows end where the board ends, and another board of the make has fewer.

People hide lines, too, but show something instead, and nobody is half a board wide. A line that crosses nothing but bare wall or board,
while its neighbours are seen, was never drawn there.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.patches import HALF, Flags, Patches
from calibration.plane import apply, inverse
from calibration.rig import Floats, Image, Reference

BARE = 0.35
"""Contrast of a square over what it had at the calibration, in the light of the photo, below which nothing of it is left: a person's
clothes have folds, a card has edges."""

BARE_SHARE = 0.8
"""Share of a line's squares in view that must be bare, and none of them agree, for it to be gone."""

MOST_UNEVEN, SURFACE_SHARE = 0.1, 0.6
"""Deviation of the light of these squares from a plane, over their mean: a shadow's edge makes as much, shirts beside each other more. And
the share of the line's squares that must lie on one such surface: a person before it takes a third."""

SEEN_SHARE = 0.5
"""Share of a line's squares in view that agree on one that is seen: cards hang on a third of them. One must be, else the photo is too
noisy for such lines."""

LEAST_SQUARES, LEAST_WIDTH = 6, 0.4
"""Squares of a line in view, and their extent over the grid's width: a person before the board takes a third of it."""


def rows_gone(reference: Reference, level_from_reference: Floats, patches: Patches, view: Image, flags: tuple[Flags, Flags]) -> int:
    """How many lines across the grid are not in a view.

    ``patches`` of the reference at a level and the ``view`` warped to it, HxW gray; ``flags`` N each: squares inside the photo, and those
    that agree.
    """
    inside, agrees = flags
    centres_mm = apply(reference.board_from_image @ inverse(level_from_reference), patches.centres_px.astype(np.float64))
    layout = reference.layout
    near_mm = HALF * reference.board_from_image[0, 0] / level_from_reference[0, 0]
    across = inside & (centres_mm[:, 0] >= 0) & (centres_mm[:, 0] <= layout.width_mm)
    lines = [np.flatnonzero(across & (np.abs(centres_mm[:, 1] - edge) < near_mm)) for edge in layout.row_edges_mm]
    lines = [line for line in lines if len(line) >= LEAST_SQUARES and np.ptp(centres_mm[line, 0]) >= LEAST_WIDTH * layout.width_mm]
    lost = [line for line in lines if not agrees[line].any()]
    if not lost or not any(agrees[line].mean() >= SEEN_SHARE for line in lines):
        return 0
    left = _contrast_left(patches, view, np.flatnonzero(agrees))
    least = BARE * float(np.median(left))
    bare = [(line[_contrast_left(patches, view, line) < least], len(line)) for line in lost]
    return sum(
        len(index) >= BARE_SHARE * count and _on_one_surface(view, patches.centres_px[index]) >= SURFACE_SHARE * count
        for index, count in bare
    )


def _on_one_surface(view: Image, centres_px: NDArray[np.int32]) -> int:
    """How many of some squares have a light that falls off evenly, as on a wall: clothes side by side are of different colours."""
    light = np.array([cv2.mean(_square(view, centre))[0] for centre in centres_px])
    even = np.column_stack([centres_px, np.ones(len(centres_px))])
    while len(light) > 3:
        off = np.abs(light - even @ np.linalg.lstsq(even, light, rcond=None)[0])
        if off.max() < MOST_UNEVEN * light.mean():
            return len(light)
        kept = np.arange(len(light)) != off.argmax()
        light, even = light[kept], even[kept]
    return 0


def _contrast_left(patches: Patches, view: Image, index: NDArray[np.intp]) -> Floats:
    """Contrast of some squares in a view over that in their own picture."""
    return np.array([_deviation(view, patches.centres_px[i]) / max(_deviation(patches.image, patches.centres_px[i]), 1e-6) for i in index])


def _deviation(image: Image, centre_px: NDArray[np.int32]) -> float:
    return float(cv2.meanStdDev(_square(image, centre_px))[1][0, 0])


def _square(image: Image, centre_px: NDArray[np.int32]) -> Image:
    x, y = centre_px
    return image[y - HALF : y + HALF + 1, x - HALF : x + HALF + 1]
