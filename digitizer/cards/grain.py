"""The bare board by its grain, in any light: what is as rough all over as cork is, and of its hue, is cork.

Specks of a grain look like writing, and a sunbeam on it like a sheet. But between the strokes of any writing paper is as smooth as the
camera's noise is fine, while the grain of a board goes on everywhere. More or less light scales slopes in CIE Lab as it scales L + 16.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from digitizer.cards.canvas import Canvas, Field, Mask, disc
from digitizer.cards.hue import BURNING, light_on, off_hue
from digitizer.settings import GrainSettings

LEVELS = 20.0
"""8-bit levels for a Lab unit a pixel, in which local medians are taken: slopes up to 12 are told apart."""


def by_its_grain(canvas: Canvas, settings: GrainSettings) -> Canvas:
    """The canvas with ``off_board`` naught where its grain tells the bare board; the same canvas where the board has none."""
    if not is_grained(canvas, settings):
        return canvas
    off_board = np.where(_bare(canvas, settings), np.float32(0), canvas.off_board)
    off_board.flags.writeable = False
    return replace(canvas, off_board=off_board)


def is_grained(canvas: Canvas, settings: GrainSettings) -> bool:
    """Whether what surely is board is rough by a grain of its own, not by noise.

    Noise is everywhere, also on the smoothest thing in view; what is burnt out has none and tells nothing.
    """
    board = canvas.slope[_surely_board(canvas, settings)]
    grain = float(np.median(board)) if board.size else 0.0
    if grain <= settings.least_grain:
        return False
    side = max(1, round(settings.smooth_window * canvas.cell_px))
    size = max(1, canvas.slope.shape[1] // side), max(1, canvas.slope.shape[0] // side)
    told = (canvas.seen & (canvas.lab[..., 0] < settings.burnt_out)).astype(np.float32)
    whole = cv2.resize(told, size, interpolation=cv2.INTER_AREA) > 0.99
    rough = np.asarray(cv2.resize(canvas.slope, size, interpolation=cv2.INTER_AREA))[whole]
    smooth = float(np.percentile(rough, settings.smoothest)) if rough.size else grain
    return grain > settings.grain_over_noise * smooth


def _surely_board(canvas: Canvas, settings: GrainSettings) -> Mask:
    return np.asarray(canvas.grid & (canvas.off_board < settings.surely))


def _bare(canvas: Canvas, settings: GrainSettings) -> Mask:
    """HxW: where the hue is the board's and slopes nearby are as steep as its grain is in that light, over more than a word's height."""
    half = canvas.slope.shape[1] // 2, canvas.slope.shape[0] // 2
    window = 2 * round(settings.texture * canvas.cell_px / 4) + 1
    lab = np.asarray(cv2.blur(cv2.resize(canvas.lab, half, interpolation=cv2.INTER_AREA), (window, window)), np.float32)
    light = light_on(lab, canvas.board_lab)
    slope = np.asarray(cv2.resize(canvas.slope, half, interpolation=cv2.INTER_AREA) / light, np.float32)
    # eroded, paper between strokes is smooth, and grain between grains is grain
    calm = cv2.erode(cv2.convertScaleAbs(slope, alpha=LEVELS), np.ones((3, 3), np.uint8))
    rough, mean = cv2.medianBlur(calm, window), cv2.blur(slope, (window, window))
    board = cv2.resize(_surely_board(canvas, settings).view(np.uint8), half, interpolation=cv2.INTER_NEAREST) > 0
    if not board.any():
        return np.zeros(canvas.slope.shape, bool)
    least = np.where(light < 1, settings.like_grain_shaded, settings.like_grain) * float(np.median(rough[board]))
    bare = (rough > least) & (mean < settings.written * float(np.median(mean[board])))
    bare &= (light > settings.deepest_shade) & _of_its_hue(lab, canvas, settings)
    broad = cv2.morphologyEx(bare.view(np.uint8), cv2.MORPH_OPEN, disc(settings.broad * canvas.cell_px / 2))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(broad, connectivity=4)
    large = stats[:, cv2.CC_STAT_AREA] > settings.large * (canvas.cell_px / 2) ** 2
    large[0] = False
    return np.asarray(cv2.resize(large[labels].view(np.uint8), canvas.slope.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0)


def _of_its_hue(lab: Field, canvas: Canvas, settings: GrainSettings) -> Mask:
    """HxW: whether a colour may be the board's. Where red burns out first it turns yellow before it pales: there roughness alone tells."""
    return np.asarray((off_hue(lab, canvas.board_lab) < settings.hue_lab) | (lab[..., 0] > BURNING))
