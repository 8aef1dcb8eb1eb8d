"""The sheet at working size, with what all card finders look at: colour, slope, board colour, flat zones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.rig import Floats, Layout, readonly
from digitizer.medians import medians, middle
from digitizer.model import Sheet
from digitizer.settings import SegmentSettings

Field = NDArray[np.float32]
"""HxW or HxWx3 float32 in the work frame."""

Mask = NDArray[np.bool_]
"""HxW bool in the work frame."""

STRIP_ROWS = 128
"""Rows whose slopes are computed at a time: what they take stays in the processor's cache."""

BOARD_SAMPLES = 20000
"""Pixels inside the grid, and as many along its rim, whose mode is the board's."""


@dataclass(frozen=True, eq=False)
class Canvas:
    """The sheet shrunk so that a mean cell is ``settings.cell_px`` wide and high (geometric mean): the ``work`` frame.

    ``lab`` HxWx3 CIE Lab of the evened light, lightly smoothed; ``slope`` HxW its steepness in Lab units a pixel; ``off_board``
    HxW distance from the board's own colour in units of the board's own spread, ``board_spread`` (3 and more: something else);
    ``sheet_from_work`` px a px; ``cell_px`` the mean cell's side; ``seen`` and ``grid`` HxW; ``column_bands`` and
    ``row_bands`` (from, to) px about each of the layout's dividers.
    """

    lab: Field
    slope: Field
    off_board: Field
    board_lab: Floats
    board_spread: Floats
    noise: float
    seen: Mask
    grid: Mask
    column_bands: tuple[tuple[int, int], ...]
    row_bands: tuple[tuple[int, int], ...]
    sheet_from_work: float
    px_per_mm: float
    origin_mm: Floats
    cell_px: float

    def to_mm(self, points_px: Floats) -> Floats:
        """Nx2 work px -> board mm."""
        return np.asarray((np.asarray(points_px, np.float64) + 0.5) / self.px_per_mm + self.origin_mm)

    def from_mm(self, points_mm: Floats) -> Floats:
        """Nx2 board mm -> work px."""
        return np.asarray((np.asarray(points_mm, np.float64) - self.origin_mm) * self.px_per_mm - 0.5)


def make_canvas(sheet: Sheet, layout: Layout, settings: SegmentSettings) -> Canvas:
    """Shrink the sheet and measure colour, slope and board colour once for all finders."""
    mean_cell_mm = float(np.sqrt(layout.width_mm / layout.columns * layout.height_mm / layout.rows))
    scale = min(1.0, settings.cell_px / (mean_cell_mm * sheet.px_per_mm))
    size = (round(sheet.image.shape[1] * scale), round(sheet.image.shape[0] * scale))
    scale = size[0] / sheet.image.shape[1]
    small = np.asarray(cv2.resize(sheet.even, size, interpolation=cv2.INTER_AREA), np.uint8)
    seen = cv2.resize(sheet.seen.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    px_per_mm = sheet.px_per_mm * scale
    origin = sheet.board_from_sheet[:2, 2]
    grid = _grid_mask(layout, size, px_per_mm, origin) & seen
    lab = _lab(small, _gain(small, grid, settings), settings)
    slope = _slope(lab)
    bands = tuple(
        _bands(edges, float(start), px_per_mm, length_px)
        for edges, start, length_px in ((layout.column_edges_mm, origin[0], size[0]), (layout.row_edges_mm, origin[1], size[1]))
    )
    rim = _rim(layout, size, px_per_mm, origin) & seen
    free = between(bands, rim.shape)
    off_board, board_lab, board_spread = _off_board(lab, grid & free, rim & free, mean_cell_mm * px_per_mm, settings)
    noise = float(np.median(slope[grid])) if grid.any() else 0.0
    lab.flags.writeable = slope.flags.writeable = off_board.flags.writeable = False
    return Canvas(
        lab=lab,
        slope=slope,
        off_board=off_board,
        board_lab=readonly(board_lab),
        board_spread=readonly(board_spread),
        noise=noise,
        seen=seen,
        grid=grid,
        column_bands=bands[0],
        row_bands=bands[1],
        sheet_from_work=1 / scale,
        px_per_mm=px_per_mm,
        origin_mm=origin,
        cell_px=mean_cell_mm * px_per_mm,
    )


def _lab(small: NDArray[np.uint8], gain: float, settings: SegmentSettings) -> Field:
    """HxWx3 CIE Lab of a brightened picture, smoothed; written over itself step by step, as each step has 12 bytes a pixel."""
    field = np.multiply(small, np.float32(gain / 255), dtype=np.float32)
    cv2.cvtColor(field, cv2.COLOR_BGR2LAB, dst=field)
    return np.asarray(cv2.GaussianBlur(field, (0, 0), settings.smooth_px, dst=field), np.float32)


def _grid_mask(layout: Layout, size: tuple[int, int], px_per_mm: float, origin_mm: Floats) -> Mask:
    mask = np.zeros((size[1], size[0]), bool)
    (left, top), (right, bottom) = ((layout.grid_corners_mm()[[0, 2]] - origin_mm) * px_per_mm).round().astype(int)
    mask[max(top, 0) : bottom, max(left, 0) : right] = True
    return mask


def between(bands: tuple[tuple[tuple[int, int], ...], ...], shape: tuple[int, ...], rim_px: int = 0) -> Mask:
    """Everywhere but within ``rim_px`` of the layout's dividers' bands, where tape and strips are no board."""
    mask = np.ones(shape, bool)
    for from_px, to_px in bands[0]:
        mask[:, max(from_px - rim_px, 0) : to_px + rim_px] = False
    for from_px, to_px in bands[1]:
        mask[max(from_px - rim_px, 0) : to_px + rim_px, :] = False
    return mask


def _gain(small: NDArray[np.uint8], grid: Mask, settings: SegmentSettings) -> float:
    """What brings the brightest paper of a dim photo to the level of a bright one, so that edges are as steep."""
    if not grid.any():
        return 1.0
    brightest = float(np.percentile(largest(small)[grid], 98))
    return float(np.clip(settings.paper_level / max(brightest, 1.0), 1.0, settings.max_gain))


def painted(shape: tuple[int, ...], quads_px: Sequence[Floats]) -> Mask:
    """HxW: what lies in convex quads, 4x2 px each."""
    paint = np.zeros(shape, np.uint8)
    for quad in quads_px:
        cv2.fillConvexPoly(paint, np.rint(quad).astype(np.int32), 1)
    return paint.view(bool)


def _rim(layout: Layout, size: tuple[int, int], px_per_mm: float, origin_mm: Floats) -> Mask:
    """A strip along the outline of the grid, inside and outside: where board shows even if cards fill the cells."""
    cell = np.array(layout.cell_mm)
    mask = np.zeros((size[1], size[0]), bool)
    for step, value in ((-0.3 * cell, True), (0.1 * cell, False)):
        low, high = (layout.grid_corners_mm()[[0, 2]] + [step, -step] - origin_mm) * px_per_mm
        left, top = np.maximum(low.round().astype(int), 0)
        right, bottom = np.maximum(high.round().astype(int), 0)
        mask[top:bottom, left:right] = value
    return mask


def _bands(edges_mm: tuple[float, ...], origin_mm: float, px_per_mm: float, length_px: int) -> tuple[tuple[int, int], ...]:
    """(from, to) px within a twelfth of a mean cell of each edge: as far as drawn lines wave; none of edges out of view."""
    half = edges_mm[-1] / (len(edges_mm) - 1) / 12
    ends = np.rint((np.array(edges_mm)[:, None] + [-half, half] - origin_mm) * px_per_mm).astype(int).clip(0, length_px)
    return tuple((int(low), int(high)) for low, high in ends if high > low)


def _slope(lab: Field) -> Field:
    """HxW: Lab units a pixel. A strip at a time: two fields of three channels would take six times the memory of what is asked for."""
    steep = np.empty(lab.shape[:2], np.float32)
    for rows in _strips(len(lab)):
        around = slice(max(rows.start - 1, 0), min(rows.stop + 1, len(lab)))
        slopes = (cv2.Scharr(lab[around], cv2.CV_32F, *order, scale=1 / 32) for order in ((1, 0), (0, 1)))
        squares = [_squared(np.asarray(slope, np.float32)) for slope in slopes]
        steep[rows] = length(*squares)[rows.start - around.start :][: rows.stop - rows.start]
    return steep


def _strips(height: int) -> list[slice]:
    """The rows of a picture, some at a time."""
    return [slice(top, min(top + STRIP_ROWS, height)) for top in range(0, height, STRIP_ROWS)]


def _off_board(lab: Field, grid: Mask, rim: Mask, cell_px: float, settings: SegmentSettings) -> tuple[Field, Floats, Floats]:
    """Distance of each pixel from the board's colour nearby, in units of the board's own spread; that colour's mode, and the spread."""
    calm = np.asarray(cv2.GaussianBlur(lab, (0, 0), max(1.0, settings.texture_share * cell_px)), np.float32)
    mode, spread = _mode_and_spread(_spread_over(calm, grid), _spread_over(calm, rim), settings)
    low, high = mode - 3 * spread, mode + 3 * spread
    near = (cv2.inRange(calm, tuple(low.tolist()), tuple(high.tolist())) & grid.view(np.uint8)).astype(np.float32)
    shrink = 8
    size = (max(1, lab.shape[1] // shrink), max(1, lab.shape[0] // shrink))
    sigma = cell_px / shrink
    weight = cv2.GaussianBlur(cv2.resize(near, size, interpolation=cv2.INTER_AREA), (0, 0), sigma) + np.float32(1e-3)
    offset = less(calm, mode)
    for rows in _strips(len(offset)):  # the mask of three channels is as large as the field
        cv2.multiply(offset[rows], cv2.merge([near[rows]] * 3), dst=offset[rows])
    local = cv2.GaussianBlur(cv2.resize(offset, size, interpolation=cv2.INTER_AREA), (0, 0), sigma) / weight[..., None]
    field = cv2.resize(local + mode.astype(np.float32), (lab.shape[1], lab.shape[0]), dst=offset, interpolation=cv2.INTER_LINEAR)
    cv2.subtract(calm, field, dst=field)
    away = cv2.transform(field, np.diag(1 / spread).astype(np.float32), dst=calm)
    return length(_squared(np.asarray(away, np.float32))), mode, spread


def _spread_over(lab: Field, mask: Mask) -> Field:
    """Nx3: colours of HxWx3 spread evenly over what a mask HxW marks; ``BOARD_SAMPLES`` of them, or up to twice as many."""
    at = np.flatnonzero(mask)
    return np.asarray(lab.reshape(-1, 3)[at[:: max(1, len(at) // BOARD_SAMPLES)]], np.float32)


def _mode_and_spread(in_grid: Field, in_rim: Field, settings: SegmentSettings) -> tuple[Floats, Floats]:
    """Mode of Nx3 Lab samples, of the grid and of its rim, by mean shift, and the spread of what lies around it (never under the floor).

    It starts at the full bin about which most lies within reach: a board in uneven light fills several bins, an even shirt before it one.
    White labels and a wall may have more of the rim than a dark board has, and cards more of the grid.
    """
    samples = np.concatenate([in_grid, in_rim])
    keys = np.floor(samples / settings.board_bins_lab).astype(np.int64) @ np.array([1, 1000, 1000000])
    values, counts = np.unique(keys, return_counts=True)
    reach = np.asarray(settings.board_reach_lab)
    fullest = values[np.argsort(counts)[-settings.board_seeds :]]
    seeds = [middle(samples.compress(keys == value, axis=0)) for value in fullest]
    channels, grid, rim = (np.ascontiguousarray(part.T) for part in (samples, in_grid, in_rim))
    centre = max(seeds, key=lambda seed: _shown(*(int(np.count_nonzero(_within(part, seed, reach))) for part in (grid, rim))))
    floor = np.asarray(settings.board_floor_lab)
    spread = floor
    inside: Mask | None = None
    for _ in range(6):
        before, inside = inside, _within(channels, centre, reach)
        if np.count_nonzero(inside) < 10 or (before is not None and np.array_equal(before, inside)):
            break
        near = channels.compress(inside, axis=1)
        centre = medians(near)
        spread = np.maximum(1.4826 * medians(np.abs(near - centre[:, None])), floor)
        reach = np.maximum(3 * spread, floor * 2)
    return centre, spread


def _shown(in_grid: int, in_rim: int) -> tuple[int, int]:
    """How much a colour is the board's, greater is more, by how much of it grid and rim show.

    Multiplied, as board shows in both; the grid twice, as labels and walls lie around it alone. Where a part has none, the sum tells.
    """
    return in_grid**2 * in_rim, in_grid + in_rim


def _within(channels: Field, centre: Floats, reach: Floats) -> Mask:
    """N bool: which of the columns of 3xN lie within reach of a centre in every channel."""
    first, second, third = (np.abs(channel - middle) < far for channel, middle, far in zip(channels, centre, reach, strict=True))
    return np.asarray(first & second & third)


def length(*squared: Field) -> Field:
    """HxW: the root of the sum of HxW fields, as of :func:`_squared`."""
    total, *more = squared
    for part in more:
        total = np.asarray(cv2.add(total, part, dst=total), np.float32)
    return np.asarray(cv2.sqrt(total), np.float32)


def _squared(field: Field) -> Field:
    """HxW: sum of the squares of the channels of HxWx3, which is written over; OpenCV is five times as fast here as numpy."""
    return np.asarray(cv2.transform(cv2.multiply(field, field, dst=field), np.ones((1, 3), np.float32)), np.float32)


def largest(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """HxW: the largest of the three channels of HxWx3."""
    return np.asarray(cv2.max(cv2.max(image[..., 0], image[..., 1]), image[..., 2]), np.uint8)


def less(lab: Field, colour: Floats) -> Field:
    """HxWx3 Lab less one colour."""
    return np.asarray(cv2.transform(lab, np.column_stack([np.eye(3), -np.asarray(colour)]).astype(np.float32)), np.float32)


def distance(lab: Field, colour: Floats) -> Field:
    """HxW distance of each pixel of HxWx3 Lab from one colour."""
    return length(_squared(less(lab, colour)))


def disc(radius_px: float) -> np.ndarray:
    """A round kernel."""
    side = 2 * max(1, round(radius_px)) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
