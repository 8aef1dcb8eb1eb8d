"""Sheets with a printed or drawn rim: the paper outside of the line is as much the card as that within.

A frame, or a bar across the head of a printed form, parts a sheet's paper as an edge does. But a sheet ends where something else begins;
beyond print its own paper goes on, in a narrow margin, and then ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from calibration.rig import Floats
from digitizer import cores
from digitizer.cards.canvas import Canvas, distance
from digitizer.cards.extend import moved, strip_beyond
from digitizer.cards.zones import Zone, zone_of
from digitizer.settings import SegmentSettings


@dataclass(frozen=True, eq=False)
class _Beyond:
    """What lies beyond a side, for each px outward.

    ``lab`` Nx3 median along the side; ``away`` N Lab distance of the pixels from the paper, median; ``covered`` N share that is no board.
    """

    lab: Floats
    away: Floats
    covered: Floats

    @property
    def reach(self) -> int:
        """Px to where the board begins, or to the end of what was looked at."""
        ends = np.flatnonzero(self.covered < 0.5)
        return int(ends[0]) if len(ends) else len(self.covered)


def with_rims(canvas: Canvas, zones: Sequence[Zone], settings: SegmentSettings) -> list[Zone]:
    """All zones, but instead of each beyond whose print its paper goes on the sheet about it.

    Where that shows on less than three sides, beside it: which of both is the card, the sizes of others then tell.
    """
    found: list[Zone] = []
    for zone, (sheet, sides) in zip(zones, cores.each(lambda zone: _sheet_about(canvas, zone, settings), zones), strict=True):
        found += [zone] if sheet is None or sides < settings.rim_sides else []
        found += [] if sheet is None else [sheet]
    return found


def _sheet_about(canvas: Canvas, zone: Zone, settings: SegmentSettings) -> tuple[Zone | None, int]:
    """The zone of the whole sheet where the paper of ``zone`` goes on beyond print, and on how many sides that shows.

    Print on three sides or more is a rim; on fewer it must not be the paper in the shade, as beside a card that hangs over another, nor the
    margin a line of the grid in the paper's colour.
    """
    if max(zone.box[2:]) > settings.max_card * canvas.cell_px or zone.on_strips:
        return None, 0
    beyond = [_beyond(canvas, np.roll(zone.quad_px, -side, axis=0), zone.lab, settings) for side in range(4)]
    steps = [_margin(side, canvas.cell_px, settings) for side in beyond]
    if sum(step > 0 for step in steps) < settings.rim_sides:
        steps = [step if step and not _in_shade(side, step, zone.lab, settings) else 0 for side, step in zip(beyond, steps, strict=True)]
        steps = [0 if step and _on_line(canvas, np.roll(zone.quad_px, -side, axis=0), step) else step for side, step in enumerate(steps)]
    seen = [step for step in steps if step]
    if not seen:
        return None, 0
    if len(seen) > 1:
        steps = [step or _hidden_margin(side, min(seen), settings) for side, step in zip(beyond, steps, strict=True)]
    quad = zone.quad_px
    for side, step in enumerate(steps):
        quad = np.roll(moved(np.roll(quad, -side, axis=0), step), side, axis=0)
    return _zone_in(canvas, zone, quad, settings), len(seen)


def _beyond(canvas: Canvas, quad_px: Floats, paper_lab: Floats, settings: SegmentSettings) -> _Beyond:
    """What lies beyond the first side of a quad."""
    strip = strip_beyond(quad_px, round(settings.rim_depth * canvas.cell_px))
    flags, size = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, (strip.width, strip.depth)
    inner = slice(round(0.06 * strip.width), round(0.94 * strip.width))
    lab = np.asarray(cv2.warpAffine(canvas.lab, strip.matrix, size, flags=flags)[:, inner], np.float32)
    off_board = cv2.warpAffine(canvas.off_board, strip.matrix, size, flags=flags)[:, inner]
    away = np.median(distance(np.ascontiguousarray(lab), paper_lab), axis=1)
    covered = (off_board > settings.off_board).mean(axis=1)
    return _Beyond(np.median(lab, axis=1).astype(np.float64), away.astype(np.float64), np.asarray(covered, np.float64))


def _margin(beyond: _Beyond, cell_px: float, settings: SegmentSettings) -> int:
    """Px outward to the end of a margin of the zone's paper that follows on print; 0 where there is none.

    There the colour comes back towards the paper and leaves it again for what lies beyond: a valley of ``away``. Blur mixes print, paper
    and board in a margin of a few px, so that the valley need not be deep; but past a shadow the colour only nears the board's. Board must
    lie beyond: another card's margin ends at its writing.
    """
    away = beyond.away
    if beyond.reach == len(away):
        return 0
    for row in range(2, min(beyond.reach, len(away) - 1)):
        if away[row] > away[row - 1] or away[row] >= away[row + 1]:
            continue
        after = _level_after(away, row, settings)
        risen = min(float(away[:row].max()), after) - away[row] > settings.rim_step_lab
        end = row + int(np.argmax(away[row:] > (away[row] + after) / 2))
        ends = end - row < settings.rim_margin * cell_px and beyond.reach - end < settings.shadow * cell_px
        if risen and ends and away[row] < settings.rim_mixed * after:
            return end
    return 0


def _level_after(away: Floats, valley: int, settings: SegmentSettings) -> float:
    """What ``away`` rises to behind a valley: to where it goes on by little, as behind an edge that is blurred."""
    row = valley + 1
    while row + 1 < len(away) and away[row + 1] - away[row] > settings.rim_level * (away[row] - away[valley]):
        row += 1
    return float(away[row])


def _in_shade(beyond: _Beyond, step: int, paper_lab: Floats, settings: SegmentSettings) -> bool:
    """Whether what lies before a margin may be paper in the shade: less light scales L + 16, a and b of CIE Lab by one factor."""
    lab = beyond.lab[int(np.argmax(beyond.away[:step]))]
    share = (lab[0] + 16) / (paper_lab[0] + 16)
    hue = float(np.hypot(*(lab[1:] - share * paper_lab[1:])))
    return bool(share > settings.deepest_shade and hue < settings.same_paper_lab)


def _on_line(canvas: Canvas, quad_px: Floats, step: int) -> bool:
    """Whether a side, the first of a quad, would come to lie about a line of the layout."""
    (x, y), level = moved(quad_px, step)[:2].mean(axis=0), abs(quad_px[1] - quad_px[0])[0] > abs(quad_px[1] - quad_px[0])[1]
    return any(low <= (y if level else x) <= high for low, high in (canvas.row_bands if level else canvas.column_bands))


def _hidden_margin(beyond: _Beyond, usual: int, settings: SegmentSettings) -> int:
    """Px outward on a side whose margin does not show beside that of others: to the board past print, else as on those (``usual``)."""
    end = beyond.reach
    behind = min(end + 3, len(beyond.away) - 1)
    if 2 < end < len(beyond.away) and beyond.away[:end].max() - beyond.away[behind] > settings.rim_step_lab:
        return end
    return usual


def _zone_in(canvas: Canvas, zone: Zone, quad_px: Floats, settings: SegmentSettings) -> Zone | None:
    """The zone that fills a larger quad about a zone; None where board shows in it, or little of it is the zone's."""
    low = np.maximum(np.floor(quad_px.min(axis=0)).astype(int), 0)
    width, height = (np.ceil(quad_px.max(axis=0)).astype(int) - low + 1).tolist()
    own = np.zeros((height, width), np.uint8)
    cv2.fillConvexPoly(own, np.rint(quad_px - low).astype(np.int32), 1)
    off_board = canvas.off_board[low[1] : low[1] + height, low[0] : low[0] + width] > settings.off_board
    own = own[: off_board.shape[0], : off_board.shape[1]]
    held = cv2.contourArea(zone.quad_px.astype(np.float32)) / max(float(own.sum()), 1.0)
    if held < settings.rim_held or off_board[own > 0].mean() < settings.rim_covered:
        return None
    sheet = zone_of(own > 0, (int(low[0]), int(low[1])), zone.lab)
    return None if sheet is None else replace(sheet, quad_px=quad_px, bare=zone.bare, bare_box=zone.bare_box, rimmed=True)
