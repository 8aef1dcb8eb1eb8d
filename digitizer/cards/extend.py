"""A rectangle that writing cut short, drawn out to the end of its paper."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np

from calibration.rig import Floats
from digitizer.cards.canvas import Canvas, Field, Mask, distance
from digitizer.cards.hue import light_on
from digitizer.settings import SegmentSettings

FIRST_ROWS = 16
"""Rows beyond a side that are looked at before all within reach are: an edge and its shadow take five."""

TOP = 0
"""The side of a quad on which the shade of the card above falls: halls are lit from the ceiling."""


def extend(canvas: Canvas, quad_px: Floats, paper_lab: Floats, gap: float, settings: SegmentSettings) -> Floats:
    """``quad_px`` (4x2 work px, clockwise) with sides moved outward across writing to the last of the paper beyond it.

    Ink on a card is no more board than the card is: a side moves on while next to no board shows along it, and stops for good
    where no paper of the card's colour follows within ``gap`` cells. A row along which an edge runs from end to end is the next
    sheet, not writing, which leaves a margin.
    """
    reach = round(settings.grow * canvas.cell_px)
    for side in range(4):
        begin, end = quad_px[side], quad_px[(side + 1) % 4]
        opposite = quad_px[(side + 2) % 4], quad_px[(side + 3) % 4]
        quad = np.array([begin, end, *opposite])
        step = _steps_outward(strip_beyond(quad, reach), canvas, paper_lab, gap * canvas.cell_px, settings, side == TOP)
        if step > 0:
            outward = _outward(begin, end)
            quad_px = quad_px.copy()
            quad_px[side] = begin + step * outward
            quad_px[(side + 1) % 4] = end + step * outward
    return quad_px


def _steps_outward(strip: Strip, canvas: Canvas, paper_lab: Floats, gap_px: float, settings: SegmentSettings, in_shade: bool) -> int:
    """Px that a side moves into the strip beyond it. A few rows are looked at first: most sides end there."""
    near = replace(strip, depth=min(strip.depth, FIRST_ROWS))
    step, ended = _last_paper(_rows_beyond(canvas, near, paper_lab, settings, in_shade), gap_px)
    if ended < near.depth - 1:  # up to the last but one row they are the same rows: the slope of the last wants the one behind it
        return step
    return _last_paper(_rows_beyond(canvas, strip, paper_lab, settings, in_shade), gap_px)[0]


def complete(
    canvas: Canvas, quad_px: Floats, paper_lab: Floats, sizes_px: Sequence[tuple[float, float]], settings: SegmentSettings
) -> Floats:
    """``quad_px`` grown to a size that other cards have, where one of its sides has that length and no board lies in what is added.

    Writing may hide all paper of a card but for a strip; its width and the other cards then tell its height.
    """
    spans = np.linalg.norm(quad_px[1] - quad_px[0]), np.linalg.norm(quad_px[3] - quad_px[0])
    best, covered = quad_px, settings.completed_share
    for size in sizes_px:
        for axis in (0, 1):
            lacking = round(size[1 - axis] - spans[1 - axis])
            if abs(spans[axis] / size[axis] - 1) > settings.size_alike or not 2 < lacking < settings.completed_most * size[1 - axis]:
                continue
            for side in (axis, axis + 2):
                turned = np.roll(quad_px, -side, axis=0)
                rows = _rows_beyond(canvas, strip_beyond(turned, lacking), paper_lab, settings)
                if rows.covered.mean() > covered and rows.paper.mean() > settings.completed_paper > rows.foreign.mean():
                    covered = float(rows.covered.mean())
                    best = np.roll(moved(turned, lacking), side, axis=0)
    return best


def uncut(canvas: Canvas, quad_px: Floats, paper_lab: Floats, sizes_px: Sequence[tuple[float, float]], settings: SegmentSettings) -> Floats:
    """``quad_px`` completed to one of some sizes, if its paper shows up to the end of what is added, and not beyond: that is another's."""
    whole = complete(canvas, quad_px, paper_lab, sizes_px, settings)
    steps = np.linalg.norm(whole - quad_px, axis=1)
    behind = round(settings.shadow * canvas.cell_px)
    for side in np.flatnonzero((steps > 0) & (np.roll(steps, -1) > 0)):
        added = round(float(steps[side]))
        strip = strip_beyond(np.roll(quad_px, -side, axis=0), added + behind)
        paper = _rows_beyond(canvas, strip, paper_lab, settings).paper
        end, beyond = paper[added - added // 3 : added], paper[added + behind // 2 :]
        if not end.mean() > settings.completed_paper >= beyond.mean():
            return quad_px
    return whole


def moved(quad_px: Floats, step_px: float) -> Floats:
    """A quad whose first side stands ``step_px`` further out."""
    outward = step_px * _outward(quad_px[0], quad_px[1])
    return np.array([quad_px[0] + outward, quad_px[1] + outward, quad_px[2], quad_px[3]])


def _outward(begin: Floats, end: Floats) -> Floats:
    along = (end - begin) / max(float(np.linalg.norm(end - begin)), 1e-9)
    return np.array([along[1], -along[0]])


@dataclass(frozen=True, eq=False)
class _Rows:
    """What lies beyond a side, for each px outward.

    Shares of ``paper`` of the card's colour, of what is not board (``covered``), of flat ``foreign`` colour; ``seam`` where an edge
    runs from end to end, by ``find_seam``: beyond most sides lies board, and nobody asks.
    """

    paper: Floats
    covered: Floats
    foreign: Floats
    find_seam: Callable[[], Mask]

    @cached_property
    def seam(self) -> Mask:
        return self.find_seam()


@dataclass(frozen=True, eq=False)
class Strip:
    """The rows beyond a side: ``matrix`` 2x3 takes strip px to work px; ``width`` px along the side, ``depth`` px outward."""

    matrix: Floats
    width: int
    depth: int


def strip_beyond(quad: Floats, depth: int) -> Strip:
    """What lies beyond the first side of ``quad`` (4x2 work px, clockwise)."""
    begin, end = quad[0], quad[1]
    width = max(8, round(float(np.linalg.norm(end - begin))))
    source = np.array([begin, end, begin + _outward(begin, end) * depth], np.float32)
    matrix = cv2.getAffineTransform(np.array([[0, 0], [width, 0], [0, depth]], np.float32), source)
    return Strip(np.asarray(matrix, np.float64), width, depth)


def _rows_beyond(canvas: Canvas, strip: Strip, paper_lab: Floats, settings: SegmentSettings, in_shade: bool = False) -> _Rows:
    """What lies in a strip, row by row; with ``in_shade`` paper of the card's hue counts though it is darker.

    A row along which such paper goes into the shade is no seam, one along which it comes out of it is.
    """
    flags, width = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP, strip.width
    lab, off_board, slope = (
        np.asarray(cv2.warpAffine(field, strip.matrix, (width, strip.depth), flags=flags), np.float32)
        for field in (canvas.lab, canvas.off_board, canvas.slope)
    )
    other = off_board > settings.off_board
    alike = (distance(lab, paper_lab) < settings.same_paper_lab) & other
    in_shade = in_shade and bool(np.hypot(paper_lab[1], paper_lab[2]) > settings.hued_lab)
    if in_shade:
        alike = alike | (_shaded(lab, paper_lab, settings) & other)

    def find_seam() -> Mask:
        seams = _seams(lab, settings)
        if not in_shade:
            return seams
        dims = np.gradient(_row_means(lab[..., 0])) < 0
        return np.asarray(seams & ~(dims & (_row_means(alike.view(np.uint8)) > settings.completed_paper)))

    foreign = other & ~alike & (slope < settings.flat_slopes[0])
    inner = slice(round(0.06 * width), round(0.94 * width))
    paper, covered, flat = (_row_means(part[:, inner].view(np.uint8)) for part in (alike, other, foreign))
    return _Rows(paper, covered, flat, find_seam)


def _shaded(lab: Field, paper_lab: Floats, settings: SegmentSettings) -> Mask:
    """HxW: where the paper may be in the shade, which scales a and b of CIE Lab as it scales L + 16."""
    share = light_on(lab, paper_lab)
    off = np.hypot(lab[..., 1] - share * np.float32(paper_lab[1]), lab[..., 2] - share * np.float32(paper_lab[2]))
    return np.asarray((share > settings.deepest_shade) & (share < 1) & (off < settings.same_paper_lab))


def _seams(lab: Field, settings: SegmentSettings) -> Mask:
    """For each row whether an edge runs along all of it, to both ends, where writing leaves a margin."""
    width = lab.shape[1]
    ends = (slice(round(0.02 * width), round(0.09 * width) + 1), slice(round(0.91 * width), round(0.98 * width) + 1))
    first, last, whole = slopes = _gradients(np.stack([_row_means(lab[:, part]) for part in (*ends, slice(None))]))
    of_first, of_last, of_whole = lengths = np.linalg.norm(slopes, axis=2)
    agree = [(one * whole).sum(axis=1) / np.maximum(own * of_whole, 1e-6) for one, own in ((first, of_first), (last, of_last))]
    return np.asarray((lengths.min(axis=0) > settings.seam_lab) & (np.minimum(*agree) > 0.7))


def _gradients(rows: Floats) -> Floats:
    """Slopes NxRx3 down the rows of NxRx3; what ``numpy.gradient`` computes at thrice the time."""
    slopes = np.empty_like(rows)
    slopes[:, 1:-1] = (rows[:, 2:] - rows[:, :-2]) / 2
    slopes[:, 0], slopes[:, -1] = rows[:, 1] - rows[:, 0], rows[:, -1] - rows[:, -2]
    return slopes


def _row_means(field: np.ndarray) -> Floats:
    """Mean of each row of HxW or HxWxC."""
    return np.asarray(cv2.reduce(field, 1, cv2.REDUCE_AVG, dtype=cv2.CV_32F), np.float64).squeeze(axis=1)


def _last_paper(rows: _Rows, gap_px: float) -> tuple[int, int]:
    """Px outward to the last row of paper that is reached over writing, with gaps no longer than ``gap_px`` and no seam.

    Also the row at which that ended, the number of rows where it did not.
    """
    last, end = -1, len(rows.paper)
    for row in range(2, len(rows.paper)):
        ended = rows.covered[row] < 0.85 or rows.foreign[row] > 0.3 or rows.seam[row]
        if ended or row - max(last, 2) > gap_px:
            end = row
            break
        if rows.paper[row] > 0.3:
            last = row
    return (last if last > 3 else 0), end
