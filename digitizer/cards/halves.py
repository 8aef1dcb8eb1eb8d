"""Cards that the edge of a shadow or of a sunbeam crosses: what was found may be the lit half, or the one in the shade.

The board around a card tells: beside some of it lies board in one light, beside the rest board in another.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from calibration.rig import Floats
from digitizer.cards.canvas import Canvas, Field, Mask, painted
from digitizer.cards.choose import Candidate
from digitizer.cards.hue import light_on
from digitizer.settings import SegmentSettings

SPARSE = 4
"""Rows and columns of which one is looked at first: most boards are lit evenly."""


def in_two_lights(canvas: Canvas, cards: Sequence[Candidate], settings: SegmentSettings) -> frozenset[int]:
    """Ids of the cards around which the board is lit twice as much here as there. ``canvas`` must know board in any light."""
    some = np.s_[::SPARSE, ::SPARSE]
    of_board = canvas.off_board[some] < settings.off_board
    if _spread(np.log(light_on(canvas.lab[some], canvas.board_lab))[of_board], settings) < settings.light.twice:
        return frozenset()
    board, light = _light(canvas, settings)
    around = {id(card): _around(board, light, card, canvas.cell_px, settings) for card in cards}
    return frozenset(key for key, told in around.items() if _spread(told, settings) > settings.light.twice)


def _light(canvas: Canvas, settings: SegmentSettings) -> tuple[Mask, Field]:
    """HxW where board surely is, and natural log of the factor of L + 16 there, its texture averaged."""
    board = ((canvas.off_board < settings.off_board) & canvas.seen).astype(np.float32)
    side = 2 * round(settings.light.average * canvas.cell_px / 2) + 1
    share = cv2.blur(board, (side, side))
    light = cv2.blur(np.log(light_on(canvas.lab, canvas.board_lab)) * board, (side, side)) / np.maximum(share, 1e-6)
    return np.asarray((board > 0) & (share > 0.5)), np.asarray(light, np.float32)


def _around(board: Mask, light: Field, card: Candidate, cell_px: float, settings: SegmentSettings) -> Floats:
    """The light on the board around a card, from where its own shadow ends."""
    near, far = (_wider(card.quad_px, reach * cell_px) for reach in (settings.shadow, settings.light.around))
    low = np.maximum(np.floor(far.min(axis=0)).astype(int), 0)
    high = np.minimum(np.ceil(far.max(axis=0)).astype(int) + 1, board.shape[::-1])
    if (high <= low).any():
        return np.zeros(0)
    shape, window = (high[1] - low[1], high[0] - low[0]), np.s_[low[1] : high[1], low[0] : high[0]]
    ring = painted(shape, [far - low]) & ~painted(shape, [near - low]) & board[window]
    return np.asarray(light[window][ring], np.float64)


def _wider(quad_px: Floats, by_px: float) -> Floats:
    """A 4x2 quad whose sides stand further out."""
    middle = quad_px.mean(axis=0)
    half = np.abs(quad_px - middle).mean()
    return np.asarray(middle + (1 + by_px / max(half, 1.0)) * (quad_px - middle))


def _spread(light: Floats | Field, settings: SegmentSettings) -> float:
    """From the tenth to the ninetieth percentile; naught where too little is seen."""
    return float(np.ptp(np.percentile(light, (10, 90)))) if light.size >= settings.light.least else 0.0
