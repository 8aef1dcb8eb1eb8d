"""The bare board wherever it is lit otherwise: sunbeams, shadows, glare, what glass reflects.

A sheet ends within the blur of the lens. Light does not: the sun is half a degree wide, so that the edge of a shadow is a hundredth as
broad as what casts it is far away, and reflections are out of focus. So a flat region off the board's colour is board in other light if it
goes over into the board without an edge, and so is what faces it across a line of the grid and has its colour.

Where the edge of a shadow is as crisp as paper's, the lines of the grid tell: what has the board's hue, and lines in it, is board. A sheet,
or somebody, hides lines; and beside sheets that end before a line board shows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np

from calibration.rig import Floats
from digitizer.cards.canvas import Canvas, Field, Mask, between, disc, distance, length
from digitizer.cards.hue import off_hue
from digitizer.masks import told
from digitizer.settings import SegmentSettings

EDGE = 7
"""Breadth px of a blurred edge at half size: what lies within half of it beside an edge is what the edge parts."""

SHRINK = 4
"""Light that is averaged over half a cell is averaged at a quarter of the size."""


@dataclass(frozen=True, eq=False)
class _View:
    """The canvas at half size, where the edge of a shadow is as soft and an edge of paper as crisp.

    ``lab`` HxWx3 in units of the board's spread; ``lightness`` HxW over the board's; ``flat`` where no edge is; ``open`` where no line of
    the layout may run; ``across`` (upright, place, place) for each divider: two straight cuts, one on each side of it; ``cell_px``;
    ``plain_lab`` HxWx3 CIE Lab itself, ``board_lab`` the board's.
    """

    lab: Field
    plain_lab: Field
    board_lab: Floats
    lightness: Field
    flat: Mask
    open: Mask
    across: tuple[tuple[bool, int, int], ...]
    cell_px: float

    @cached_property
    def off_hue(self) -> Field:
        """HxW Lab distance from the board's colour in as much light; most boards are lit evenly, and never asked."""
        return off_hue(self.plain_lab, self.board_lab)


def in_any_light(canvas: Canvas, settings: SegmentSettings) -> Canvas:
    """The canvas with ``off_board`` measured from the board as it is lit nearby, where it is lit otherwise than most of it."""
    view = _view(canvas, settings)
    size = view.flat.shape[1], view.flat.shape[0]
    off_board = np.asarray(cv2.resize(canvas.off_board, size, interpolation=cv2.INTER_AREA), np.float32)
    seen_otherwise = False
    for _ in range(settings.light.rounds):
        lit = _lit(view, off_board, settings)
        if not lit.any():
            break
        seen_otherwise = True
        off_board = _less_lit(view, off_board, lit, settings)
    if not seen_otherwise:
        return canvas
    full = cv2.resize(off_board, (canvas.slope.shape[1], canvas.slope.shape[0]), interpolation=cv2.INTER_LINEAR)
    nearer = np.asarray(np.minimum(canvas.off_board, full), np.float32)
    nearer.flags.writeable = False
    return replace(canvas, off_board=nearer)


def _view(canvas: Canvas, settings: SegmentSettings) -> _View:
    lab = np.asarray(cv2.pyrDown(canvas.lab), np.float32)
    size = lab.shape[1], lab.shape[0]
    slopes = [cv2.Scharr(lab, cv2.CV_32F, *order, scale=1 / 32) for order in ((1, 0), (0, 1))]
    steep = length(*(np.asarray(cv2.transform(slope * slope, np.ones((1, 3), np.float32)), np.float32) for slope in slopes))
    rim = round(settings.light.rim * canvas.cell_px)
    free = between((canvas.column_bands, canvas.row_bands), canvas.slope.shape, rim) & canvas.seen
    cuts = [
        (upright, (low - rim) // 2 - 1, (high + rim) // 2 + 1)
        for upright, bands in ((True, canvas.column_bands), (False, canvas.row_bands))
        for low, high in bands
    ]
    inside = [cut for cut in cuts if cut[1] >= 0 and cut[2] < size[0 if cut[0] else 1]]
    return _View(
        lab=np.asarray(cv2.transform(lab, np.diag(1 / canvas.board_spread).astype(np.float32)), np.float32),
        plain_lab=lab,
        board_lab=canvas.board_lab,
        lightness=np.asarray(lab[..., 0] - np.float32(canvas.board_lab[0])),
        flat=np.asarray(steep < 2 * settings.flat_slopes[0]),
        open=cv2.resize(free.view(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0,
        across=tuple(inside),
        cell_px=canvas.cell_px / 2,
    )


def _lit(view: _View, off_board: Field, settings: SegmentSettings) -> Mask:
    """HxW: regions off the board's colour that are board in other light.

    Edges count that part them from board: those of cards and writing in the light tell nothing.
    """
    other = view.flat & view.open & (off_board > settings.off_board)
    count, labels = cv2.connectedComponents(other.astype(np.uint8), connectivity=4)
    grown = cv2.dilate(labels.astype(np.float32), np.ones((3, 3), np.uint8)).astype(np.int32)
    rim = view.open & (labels == 0) & (grown > 0)
    soft = np.bincount(grown[rim & view.flat], minlength=count)
    near_board = cv2.dilate((off_board < settings.off_board).astype(np.uint8), np.ones((EDGE, EDGE), np.uint8)) > 0
    crisp = np.bincount(grown[rim & ~view.flat & near_board], minlength=count)
    lit = _board_beside(view, off_board, labels, count, settings) & (soft > crisp) & (soft > settings.light.edge * view.cell_px)
    lit |= _under_lines(view, off_board, labels, count, settings)
    lit[0] = False
    if not lit.any():
        return np.zeros_like(view.open)
    _spread(lit, _facing(view, labels, settings))
    return _with_edges(view, off_board, told(lit, labels), settings)


def _under_lines(view: _View, off_board: Field, labels: np.ndarray, count: int, settings: SegmentSettings) -> np.ndarray:
    """For each labelled region whether it has the board's hue and goes on beyond a line that shows, up to which no other board does.

    The line must show as those do on plain board: seams between sheets are paler, and writing is of any colour.
    """
    places = [_Across.of(view, off_board, labels, cut, settings) for cut in view.across]
    on_board = [place.peaks[place.plain] for place in places]
    peaks = np.concatenate([np.zeros((0, 3), np.float32), *on_board])
    shown = np.zeros(count, np.int64)
    if len(peaks) > settings.light.facing * view.cell_px:
        usual = np.median(peaks, axis=0)
        for place in places:
            one, two = place.told(usual, settings)
            shown += np.bincount(np.concatenate([one, two]), minlength=count)
    long = shown > settings.light.facing * view.cell_px
    return np.asarray(long & _of_its_hue(view, labels, count, settings)) if long.any() else long


@dataclass(frozen=True, eq=False)
class _Across:
    """What a divider shows at each of N places along it.

    ``one`` and ``two`` the regions on its sides; ``alike`` where both have one colour; ``closed`` where no board as it is elsewhere lies
    between them; ``plain`` where such board lies on both sides, and a line between; ``peaks`` Nx3 what differs most there from the sides.
    """

    one: np.ndarray
    two: np.ndarray
    alike: Mask
    closed: Mask
    plain: Mask
    peaks: Field

    @classmethod
    def of(cls, view: _View, off_board: Field, labels: np.ndarray, cut: tuple[bool, int, int], settings: SegmentSettings) -> _Across:
        """Look across a divider."""
        upright, near, far = cut
        band, other, sides = (
            (field[:, near : far + 1] if upright else field[near : far + 1].swapaxes(0, 1)) for field in (view.lab, off_board, labels)
        )
        calm = cv2.blur(band, (1, round(settings.light.along * view.cell_px) | 1))
        away = calm - ((calm[:, 0] + calm[:, -1]) / 2)[:, None]
        peaks = away[np.arange(len(away)), (away * away).sum(axis=2).argmax(axis=1)]
        board = other < settings.off_board
        alike = np.linalg.norm(calm[:, 0] - calm[:, -1], axis=1) < settings.off_board
        plain = board[:, 0] & board[:, -1] & (np.linalg.norm(peaks, axis=1) > settings.light.line)
        return cls(sides[:, 0], sides[:, -1], alike, board.mean(axis=1) < settings.light.gap, plain, peaks)

    def told(self, usual: Floats, settings: SegmentSettings) -> tuple[np.ndarray, np.ndarray]:
        """The regions on both sides of those places where the ``usual`` line shows between two of one colour."""
        length_of_usual = max(float(np.linalg.norm(usual)), 1e-6)
        along = self.peaks @ (usual / length_of_usual)
        line = (along > settings.light.paler * length_of_usual) & (along > settings.light.one_hue * np.linalg.norm(self.peaks, axis=1))
        tells = (self.one > 0) & (self.two > 0) & self.alike & line & self.closed
        return self.one[tells], self.two[tells]


def _of_its_hue(view: _View, labels: np.ndarray, count: int, settings: SegmentSettings) -> np.ndarray:
    """For each labelled region whether its mean colour is the board's but for the amount of light."""
    size = np.maximum(np.bincount(labels.ravel(), minlength=count), 1)
    away = np.bincount(labels.ravel(), weights=view.off_hue.ravel(), minlength=count) / size
    return np.asarray(away < settings.lit_lab)


def _with_edges(view: _View, off_board: Field, lit: Mask, settings: SegmentSettings) -> Mask:
    """The mask of lit board, and the edge of the light: of the board's hue, between that and other board in place and in lightness."""
    reach = settings.light.penumbra * view.cell_px
    board = (lit | (off_board < settings.off_board)) & view.open
    joined = cv2.morphologyEx(board.view(np.uint8), cv2.MORPH_CLOSE, disc(reach)) > 0
    size = (2 * round(2 * reach) + 1, 2 * round(2 * reach) + 1)
    near = cv2.blur(lit.astype(np.float32), size)
    level = cv2.blur(view.lightness * lit, size) / np.maximum(near, 1e-6)
    between_both = (view.lightness > np.minimum(level, 0)) & (view.lightness < np.maximum(level, 0))
    edge = joined & (near > 0) & between_both & view.open & (view.off_hue < settings.lit_lab)
    return np.asarray(lit | edge)


def _board_beside(view: _View, off_board: Field, labels: np.ndarray, count: int, settings: SegmentSettings) -> np.ndarray:
    """For each labelled region whether the flat region that it is a part of is surely board: little within a sheet's edges is.

    Or faces such a one across a line in one colour: under a lamp the board goes over into another colour by little from cell to cell.
    """
    parts, whole = cv2.connectedComponents((view.flat & view.open).astype(np.uint8), connectivity=4)
    sure, other = (np.bincount(whole[here], minlength=parts) for here in (off_board < settings.light.surely, labels > 0))
    board = sure > np.maximum(settings.light.ground * view.cell_px**2, settings.light.backed * other)
    board[0] = False
    if board.any():
        _spread(board, _facing(view, whole, settings))
    part_of, at = np.zeros(count, np.int64), np.flatnonzero(labels)
    part_of[labels.ravel()[at]] = whole.ravel()[at]
    return np.asarray(board[part_of])


def _facing(view: _View, labels: np.ndarray, settings: SegmentSettings) -> list[tuple[int, int]]:
    """Pairs of regions of one colour that face each other across a divider: a line parts what the light falls on, a sheet hides it."""
    pairs: list[tuple[int, int]] = []
    for upright, near, far in view.across:
        one, two = (labels[:, near], labels[:, far]) if upright else (labels[near], labels[far])
        lab = (view.lab[:, near], view.lab[:, far]) if upright else (view.lab[near], view.lab[far])
        alike = (one > 0) & (two > 0) & (np.linalg.norm(lab[0] - lab[1], axis=1) < settings.off_board)
        both, counts = np.unique(np.stack([one[alike], two[alike]], axis=1), axis=0, return_counts=True)
        pairs += [(int(a), int(b)) for a, b in both[counts > settings.light.facing * view.cell_px]]
    return pairs


def _spread(lit: np.ndarray, pairs: list[tuple[int, int]]) -> None:
    """Mark in ``lit`` (bool for each region) all that pairs join to what is marked."""
    before = -1
    while before < np.count_nonzero(lit):
        before = int(np.count_nonzero(lit))
        for one, other in pairs:
            lit[one] = lit[other] = lit[one] or lit[other]


def _less_lit(view: _View, off_board: Field, lit: Mask, settings: SegmentSettings) -> Field:
    """``off_board``, but nothing where the board is lit otherwise, and no more than from its colour there close by."""
    nearer = np.where(lit, np.float32(0), off_board)
    for part in (lit & (view.lightness > 0), lit & (view.lightness <= 0)):
        if part.any():
            mean, weight = _mean(view.lab, part, settings.light.near * view.cell_px)
            away = distance(view.lab - mean, np.zeros(3))
            nearer = np.where(weight > settings.light.weight, np.minimum(nearer, away), nearer)
    return np.asarray(nearer, np.float32)


def _mean(lab: Field, mask: Mask, sigma_px: float) -> tuple[Field, Field]:
    """HxWx3 mean colour of the mask around each pixel, by a Gaussian, and HxW the mask's share there."""
    size = max(1, lab.shape[1] // SHRINK), max(1, lab.shape[0] // SHRINK)
    part = mask.astype(np.float32)
    fields = [cv2.resize(field, size, interpolation=cv2.INTER_AREA) for field in (lab * part[..., None], part)]
    total, weight = (cv2.GaussianBlur(field, (0, 0), sigma_px / SHRINK) for field in fields)
    mean = total / np.maximum(weight, 1e-6)[..., None]
    full = lab.shape[1], lab.shape[0]
    return np.asarray(cv2.resize(mean, full), np.float32), np.asarray(cv2.resize(weight, full), np.float32)
