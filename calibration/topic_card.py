"""A topic card of the kit: where its marker, its writing lines and its comb are, in mm of the card's own frame.

The frame's origin is the card's top left, x right, y down. The card is the same on A4 and on Letter: four fit on either.
"""

from __future__ import annotations

import numpy as np

from calibration.kit import Box
from calibration.rig import Floats, readonly

CARD_MM = (132.0, 98.0)
MARGIN_MM = 6.0
"""White that every printer and every pair of scissors leaves; also the quiet zone of the marker, two of its modules."""

MARKER = Box(MARGIN_MM, MARGIN_MM, 21.0, 21.0)
"""7 modules of 3 mm: 5 px each at 0.6 mm a pixel."""

QR = Box(CARD_MM[0] - MARGIN_MM - 21.0, MARGIN_MM, 21.0, 21.0)

TITLE = Box(MARGIN_MM, 30.0, CARD_MM[0] - 2 * MARGIN_MM, 43.0)
"""Where a title is written."""

TITLE_LINES_MM = (44.0, 57.5, 71.0)
"""Heights of the lines to write on."""

BOXES = 15
"""A handle has 1 to 15 signs."""

BOX_MM = (7.4, 11.5)
COMB = Box(15.0, 77.0, BOXES * BOX_MM[0], BOX_MM[1])
AT = Box(MARGIN_MM, 77.0, 9.0, BOX_MM[1])
"""The printed @ before the comb."""

ANCHOR_RADIUS_MM = 1.75
ANCHORS_MM = readonly(np.array([[7.75, 93.2], [124.25, 93.2]]))
"""2x2: centres of the two black discs at the lower corners, which tell exactly where the end far from the marker lies."""

DROP_OUT = (255, 176, 164)
"""Colour of lines and boxes, RGB: in the red channel it is as light as the paper, and in print no other plate than magenta and yellow."""

DROP_OUT_LEVEL = 0.60
"""Share of the paper's green that the lines keep, at the least, as printed and photographed; ink of any colour keeps less, or loses red."""


def corners_mm() -> Floats:
    """4x2 corners of the card, clockwise from its top left."""
    return Box(0.0, 0.0, *CARD_MM).corners()


def box(number: int) -> Box:
    """The comb's box of that number, from 0."""
    return Box(COMB.x + number * BOX_MM[0], COMB.y, *BOX_MM)
