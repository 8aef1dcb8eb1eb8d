"""A colour in any amount of light, the board's above all.

More or less light scales L + 16, a and b of CIE Lab alike, as they are made of cube roots. Where a camera's highest level cuts it off,
colour fades until all is white.
"""

from __future__ import annotations

import numpy as np

from calibration.rig import Floats
from digitizer.cards.canvas import Field

BURNING = 85.0
"""Lightness from which the first of three channels may have come to a camera's highest level."""

BURNT = 96.0
"""Lightness from which all of them have: white paper in the light that most of a photo has stays below."""


def light_on(lab: Field, usual_lab: Floats) -> Field:
    """HxW factor of L + 16 of HxWx3 Lab over that of board or paper as it usually is: its cube is the share of the light."""
    return np.asarray((lab[..., 0] + 16) / np.float32(usual_lab[0] + 16), np.float32)


def off_hue(lab: Field, board_lab: Floats) -> Field:
    """HxW Lab distance of HxWx3 from the board's colour in as much light; from any paler one where that burns out."""
    light = light_on(lab, board_lab)
    a, b = (light * np.float32(value) for value in board_lab[1:])
    along = (lab[..., 1] * a + lab[..., 2] * b) / np.maximum(a * a + b * b, np.float32(1e-6))
    faded = np.where(lab[..., 0] > BURNT, np.clip(along, 0, 1), np.float32(1))
    return np.asarray(np.hypot(lab[..., 1] - faded * a, lab[..., 2] - faded * b), np.float32)
