"""Lines drawn on a board that is seen square on: whole, dashed, or half covered; as places and how much of each is in view."""

from __future__ import annotations

import cv2
import numpy as np

from calibration.rig import Floats, Image
from digitizer.grid.arrays import Lab
from digitizer.grid.ridges import Lines, find_lines
from digitizer.proposal.guess import Drawn
from digitizer.settings import LocateSettings

PLANE_PX = 1200
"""Long side at which lines are sought: a marker's stroke on a board of 3 m is then 2 px wide."""

FULL_VIEW = 0.6
"""Share of a line along the board's things that is seen of one drawn with gaps and under cards; more is no better."""

SPARE_LINES = 4
"""Lines beyond one a cell that a board may have: its last, its header's, its frame's two."""

LEAST = 0.3
"""Share below which it is chance: sides of cards that hang in line."""


def drawn_lines(image: Image, flat_from_photo: Floats, frame: Floats, spans: Floats, shape: tuple[int, int]) -> Drawn:
    """Lines of an HxWx3 photo in the part of the flat frame in view; ``spans`` 2x2 (low, high): where things hang."""
    low, high = frame
    scale = PLANE_PX / float((high - low).max())
    size = (max(int((high[0] - low[0]) * scale), 16), max(int((high[1] - low[1]) * scale), 16))
    plane_from_photo = np.array([[scale, 0, -low[0] * scale], [0, scale, -low[1] * scale], [0, 0, 1]]) @ flat_from_photo
    flat = cv2.warpPerspective(image, plane_from_photo, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    lab: Lab = np.asarray(cv2.cvtColor(flat.astype(np.float32) / 255, cv2.COLOR_BGR2Lab), dtype=np.float32)
    settings = LocateSettings()
    found = [(find_lines(lab, down, settings), axis) for axis, down in ((0, True), (1, False))]
    strong = [_strong(lines, (spans[:, 1 - axis] - low[1 - axis]) * scale, shape[1 - axis]) for lines, axis in found]
    places, strengths = zip(*strong, strict=True)
    return Drawn((places[0] / scale + low[0], places[1] / scale + low[1]), (strengths[0], strengths[1]))


def _strong(lines: Lines, span_px: Floats, cells: int) -> tuple[Floats, Floats]:
    """Places of the lines and how much of each is seen within a span along them; many more than ``cells`` ask for are texture."""
    strips = (np.arange(lines.support.shape[1]) + 0.5) * lines.strip_px
    there = (strips > span_px[0]) & (strips < span_px[1])
    if not there.any() or not len(lines.at_px):
        return np.zeros(0), np.zeros(0)
    share = lines.support[:, there].mean(axis=1)
    keep = share > LEAST
    plenty = min(1.0, (cells + SPARE_LINES) / max(int(keep.sum()), 1))
    return lines.at_px[keep], plenty * np.minimum(share[keep] / FULL_VIEW, 1.0)
