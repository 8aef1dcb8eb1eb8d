"""How much of what stands on a card can be read, by the height of its letters and the blur of the picture.

The relation was measured, not assumed: made-up cards in many hands were photographed from further and further away, and blurred, and read
by the reader that comes with Boardcast (``docs/benchmarks/bench_legibility.py``; docs/decisions/0024-the-set-up-assistant.md).
"""

from __future__ import annotations

import numpy as np

LETTER_MM = 9.0
"""Height of a capital on a card of 5 inches (127 mm): nineteen in twenty made-up cards have larger ones. Nominal mm do as well: a mean
column holds one such card."""

HEIGHTS_PX = (5.0, 7.0, 9.0, 11.0, 14.0, 17.0, 21.0, 28.0)
"""Heights of letters that were measured."""

BLURS = (0.0, 0.03, 0.06, 0.09, 0.13, 0.2)
"""Blurs that were measured: standard deviation as a share of a letter's height, beyond the blur of a sharp photo."""

READABLE = (
    (0.38, 0.61, 0.79, 0.86, 0.92, 0.95, 0.94, 0.95),
    (0.40, 0.63, 0.78, 0.86, 0.91, 0.94, 0.94, 0.95),
    (0.38, 0.61, 0.71, 0.80, 0.81, 0.82, 0.87, 0.89),
    (0.35, 0.53, 0.61, 0.68, 0.71, 0.70, 0.67, 0.71),
    (0.27, 0.39, 0.42, 0.45, 0.51, 0.48, 0.50, 0.51),
    (0.12, 0.19, 0.17, 0.21, 0.20, 0.18, 0.20, 0.23),
)
"""Share of the titles' characters that came out right: a row for each of ``BLURS``, a value for each of ``HEIGHTS_PX``."""

SHARP_PX = 0.7
"""Standard deviation of the edges of a sharp photo, as measured on samples/: a pixel's own width, and the sensor's filter."""

NEEDED_PX = 14.0
"""Height from which larger letters are read hardly better. At 9 mm that is 0.64 mm a pixel, and 200 px for a card of 5 inches."""


def letter_px(mm_per_px: float) -> float:
    """Height of a letter of usual size in the photo."""
    return LETTER_MM / mm_per_px


def readable(mm_per_px: float, blur_px: float | None = None) -> float:
    """Share of a title's characters (0..1) that is read right; ``blur_px`` standard deviation of the photo's edges, None: as sharp as any.

    Straight lines between what was measured; beyond it the nearest value, and nothing of letters of no height.
    """
    height = letter_px(mm_per_px)
    if height <= 0:
        return 0.0
    beyond = np.sqrt(max(0.0, (blur_px or 0.0) ** 2 - SHARP_PX**2)) / height
    heights, table = (0.0, *HEIGHTS_PX), np.column_stack([np.zeros(len(BLURS)), np.array(READABLE)])
    return float(np.interp(beyond, BLURS, [np.interp(height, heights, row) for row in table]))
