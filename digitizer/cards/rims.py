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
from digitizer.cards.canvas import Canvas, distance, painted
from digitizer.cards.extend import extend, moved, strip_beyond
from digitizer.cards.zones import Zone, zone_of
from digitizer.medians import medians
from digitizer.settings import SegmentSettings

BOARD_ROWS = 5
"""Rows from where the board begins whose median is its colour: what is left of the edge before it is one of them or two."""


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


@dataclass(frozen=True)
class _Margin:
    """A margin beyond print: px outward from a side at which it starts and ends; ``on_board`` where board lies beyond it.

    ``in_shade`` where the print may be the paper itself in the shade.
    """

    start: int
    end: int
    on_board: bool
    in_shade: bool


@dataclass(frozen=True, eq=False)
class _Look:
    """A zone with what lies around it: ``quad_px`` drawn out over its writing; for each of its sides ``beyond``, and the margin there."""

    zone: Zone
    quad_px: Floats
    beyond: tuple[_Beyond, ...]
    margins: tuple[_Margin | None, ...]


def with_rims(canvas: Canvas, zones: Sequence[Zone], settings: SegmentSettings) -> list[Zone]:
    """All zones, but instead of each beyond whose print its paper goes on the sheet about it.

    Where that shows on less than three sides, beside it: which of both is the card, the sizes of others then tell. But for a rim that
    others have: forms of one board are printed alike.
    """
    looks = cores.each(lambda zone: _look(canvas, zone, settings), zones)
    rims = [None if look is None else _rim(look, settings) for look in looks]
    known = [rim for rim in rims if rim is not None]
    found: list[Zone] = []
    for zone, look, rim in zip(zones, looks, rims, strict=True):
        found += [zone] if look is None else _read(canvas, look, rim or _rim_of_others(look, known, settings), settings)
    return found


def _read(canvas: Canvas, look: _Look, rim: tuple[int, ...] | None, settings: SegmentSettings) -> list[Zone]:
    """A zone, or the sheet about it, or both; ``rim`` px from each side to the end of the paper where that is sure."""
    some = None if rim else _some_sides(canvas, look, settings)
    steps = rim or some
    sheet = _sheet(canvas, look, steps, settings) if steps else None
    own = replace(look.zone, drawn_px=look.quad_px)
    return [own] if sheet is None else [sheet] if rim else [own, sheet]


def _look(canvas: Canvas, zone: Zone, settings: SegmentSettings) -> _Look | None:
    """What lies around a zone; None of one that is no card."""
    sides = zone.box[2:]
    if max(sides) > settings.max_card * canvas.cell_px or min(sides) < settings.min_side / 2 * canvas.cell_px or zone.on_strips:
        return None
    quad = extend(canvas, zone.quad_px, zone.lab, settings.extend_gap, settings)
    beyond = tuple(_beyond(canvas, np.roll(quad, -side, axis=0), zone.lab, settings) for side in range(4))
    return _Look(zone, quad, beyond, tuple(_margin(side, zone.lab, canvas.cell_px, settings) for side in beyond))


def _rim(look: _Look, settings: SegmentSettings) -> tuple[int, ...] | None:
    """Px from each side to the end of the paper where a rim shows on three sides or more; None elsewhere.

    Where no board lies beyond a margin its print must not be the paper in the shade.
    """
    ends = [m.end if m is not None and (m.on_board or not m.in_shade) else 0 for m in look.margins]
    seen = [end for end in ends if end]
    if len(seen) < settings.rim_sides:
        return None
    wide = min(m.end - m.start for m in look.margins if m is not None)
    return tuple(end or _hidden_margin(side, min(seen), wide, settings) for side, end in zip(look.beyond, ends, strict=True))


def _rim_of_others(look: _Look, known: Sequence[tuple[int, ...]], settings: SegmentSettings) -> tuple[int, ...] | None:
    """The rim of another zone where what shows of this one's is as there, on one side or two."""
    ends = np.array([m.end if m is not None else 0 for m in look.margins])
    shown = ends > 0
    if not shown.any():
        return None
    fits = [rim for rim in known if (np.abs(ends - rim) <= settings.rim_alike * np.array(rim))[shown].all()]
    return tuple(np.median(fits, axis=0).astype(int).tolist()) if len(fits) > 1 else None


def _some_sides(canvas: Canvas, look: _Look, settings: SegmentSettings) -> tuple[int, ...] | None:
    """The same where a rim shows on one side or two.

    There board must lie beyond the margin, the print must not be the paper in the shade, as beside a card that hangs over another, nor the
    margin a line of the grid in the paper's colour.
    """
    ends = [m.end if m is not None and m.on_board and not m.in_shade else 0 for m in look.margins]
    ends = [0 if end and _on_line(canvas, np.roll(look.quad_px, -side, axis=0), end) else end for side, end in enumerate(ends)]
    seen = [end for end in ends if end]
    if len(seen) > 1:
        return tuple(end or _hidden_margin(side, min(seen), 0, settings) for side, end in zip(look.beyond, ends, strict=True))
    return tuple(ends) if seen else None


def _sheet(canvas: Canvas, look: _Look, steps: Sequence[int], settings: SegmentSettings) -> Zone | None:
    """The sheet that ends ``steps`` px beyond each side."""
    quad = look.quad_px
    for side, step in enumerate(steps):
        quad = np.roll(moved(np.roll(quad, -side, axis=0), step), side, axis=0)
    return _zone_in(canvas, look, quad, settings)


def _beyond(canvas: Canvas, quad_px: Floats, paper_lab: Floats, settings: SegmentSettings) -> _Beyond:
    """What lies beyond the first side of a quad."""
    strip = strip_beyond(quad_px, round(settings.rim_depth * canvas.cell_px))
    flags, size = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, (strip.width, strip.depth)
    inner = slice(round(0.06 * strip.width), round(0.94 * strip.width))
    lab = np.asarray(cv2.warpAffine(canvas.lab, strip.matrix, size, flags=flags)[:, inner], np.float32)
    off_board = cv2.warpAffine(canvas.off_board, strip.matrix, size, flags=flags)[:, inner]
    away = medians(distance(np.ascontiguousarray(lab), paper_lab))
    covered = (off_board > settings.off_board).mean(axis=1)
    return _Beyond(medians(lab), away, np.asarray(covered, np.float64))


def _margin(beyond: _Beyond, paper_lab: Floats, cell_px: float, settings: SegmentSettings) -> _Margin | None:
    """The margin of the zone's paper that follows on print; None where there is none.

    There the colour comes back towards the paper and leaves it again for what lies beyond: a valley of ``away``. Blur mixes print, paper
    and board in a margin of a few px, so that the valley need not be deep; but past a shadow the colour only nears the board's. Where no
    board lies beyond, it must be the paper itself. What parts it from the paper is print, not the board: behind a gap of that a line of
    the grid follows, or another card.
    """
    away = beyond.away
    for row in range(2, min(beyond.reach, len(away) - 1)):
        if away[row] > away[row - 1] or away[row] >= away[row + 1]:
            continue
        after = _level_after(away, row, settings)
        top = float(away[:row].max())
        risen = min(top, after) - away[row] > settings.rim_step_lab
        end = row + int(np.argmax(away[row:] > (away[row] + after) / 2))
        on_board = beyond.reach < len(away) and beyond.reach - end < settings.shadow * cell_px
        if not risen or end - row >= settings.rim_margin * cell_px or (on_board and _parted_by_board(beyond, row, settings)):
            continue
        if away[row] < settings.rim_mixed * after if on_board else away[row] < settings.same_paper_lab < min(top, after) / 2:
            start = int(np.flatnonzero(away[:row] > (away[row] + top) / 2)[-1]) + 1
            return _Margin(start, end, on_board, _in_shade(beyond, start, paper_lab, settings))
    return None


def _parted_by_board(beyond: _Beyond, valley: int, settings: SegmentSettings) -> bool:
    """Whether what lies before a valley is as the board is that begins beyond it."""
    board = np.median(beyond.lab[beyond.reach : beyond.reach + BOARD_ROWS], axis=0)
    between = beyond.lab[int(np.argmax(beyond.away[:valley]))]
    return bool(np.linalg.norm(between - board) < settings.rim_step_lab)


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


def _hidden_margin(beyond: _Beyond, usual: int, wide: int, settings: SegmentSettings) -> int:
    """Px outward on a side whose margin does not show beside that of others, which end from ``usual`` px on and are ``wide``.

    To the board past print; or where its paper goes on past print, as beneath a card of its colour, so wide; else as on those.
    """
    end = beyond.reach
    behind = min(end + 3, len(beyond.away) - 1)
    if 2 < end < min(2 * usual, len(beyond.away)) and beyond.away[:end].max() - beyond.away[behind] > settings.rim_step_lab:
        return end
    foreign = np.flatnonzero(beyond.away > 2 * settings.same_paper_lab)
    again = np.flatnonzero(beyond.away[foreign[0] :] < settings.same_paper_lab) if len(foreign) else foreign
    return int(foreign[0] + again[0]) + wide if len(again) else usual


def _zone_in(canvas: Canvas, look: _Look, quad_px: Floats, settings: SegmentSettings) -> Zone | None:
    """The zone that fills a larger quad about a zone; None where board shows in it, or little of it is the zone's."""
    low = np.maximum(np.floor(quad_px.min(axis=0)).astype(int), 0)
    width, height = (np.ceil(quad_px.max(axis=0)).astype(int) - low + 1).tolist()
    own = painted((height, width), [quad_px - low])
    off_board = canvas.off_board[low[1] : low[1] + height, low[0] : low[0] + width] > settings.off_board
    own = own[: off_board.shape[0], : off_board.shape[1]]
    held = cv2.contourArea(look.quad_px.astype(np.float32)) / max(float(own.sum()), 1.0)
    if held < settings.rim_held or off_board[own].mean() < settings.rim_covered:
        return None
    zone = look.zone
    sheet = zone_of(own, (int(low[0]), int(low[1])), zone.lab)
    return None if sheet is None else replace(sheet, quad_px=quad_px, bare=zone.bare, bare_box=zone.bare_box, rimmed=True, drawn_px=quad_px)
