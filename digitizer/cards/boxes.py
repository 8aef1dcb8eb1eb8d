"""The best rectangle about a block of writing: four sides that are edges all along, at any small turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from calibration.rig import Floats
from digitizer import cores
from digitizer.cards.canvas import Field
from digitizer.settings import SegmentSettings


@dataclass(frozen=True, eq=False)
class Found:
    """A rectangle found by its edges.

    ``quad_px`` 4x2 work px clockwise; ``support`` of top, right, bottom, left, 0..1; ``sized`` where it has the size of other cards.
    """

    quad_px: Floats
    support: Floats
    sized: bool


@dataclass(frozen=True, eq=False)
class Patch:
    """The canvas at half size: the edge of a faint card is soft, and averaging along it needs no more.

    ``marks`` where no slope counts; ``cost`` of a pixel inside a card that would show only were the card not there (lines, other
    cards); ``ink`` writing that no card holds yet; ``one_surround`` where all sides of a card border on the same surface.
    """

    lab: Field
    marks: Field
    cost: Field
    ink: Field
    noise: float
    cell_px: float
    one_surround: bool = True


@dataclass(frozen=True, eq=False)
class Slopes:
    """Running sums of (L, a, b slope, 1, L rises, L falls) over unmarked pixels of a turned patch.

    ``upright`` sums down the columns the slope across them, ``level`` along the rows the slope down them; ``cost`` and ``ink``
    are integral images.
    """

    upright: Field
    level: Field
    cost: Field
    ink: Field
    noise: float
    one_surround: bool


def search(
    patch: Patch, block: tuple[int, int, int, int], sizes_px: Sequence[tuple[float, float]], settings: SegmentSettings
) -> Found | None:
    """The best supported rectangle about a block of writing, over all small turns."""
    x, y, width, height = (v / 2 for v in block)
    centre = np.array([x + width / 2, y + height / 2])
    half = round(max(width, height) / 2 + settings.faint_reach * patch.cell_px)
    sizes = np.array(sizes_px).reshape(-1, 2) / 2

    def turned(degrees: float) -> tuple[_Box | None, float]:
        slopes = turned_slopes(patch, centre, half, degrees, settings)
        return _best_box(slopes, (width, height), sizes, patch.cell_px, settings), degrees

    best: tuple[_Box, float] | None = None
    turns = np.arange(-settings.max_turn_deg, settings.max_turn_deg + 0.1, settings.turn_step_deg)
    for box, degrees in cores.each(turned, turns.tolist()):
        if box is not None and (best is None or box.score > best[0].score):
            best = (box, degrees)
    if best is None or best[0].score < settings.faint_score:
        return None
    box, angle = best[0], np.radians(best[1])
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    left, top, right, bottom = box.sides_px - half
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    return Found((corners @ turn + centre) * 2 + 0.5, box.support, box.sized)


def turned_slopes(patch: Patch, centre: Floats, half: int, degrees: float, settings: SegmentSettings) -> Slopes:
    """Running sums of slopes in a square patch of 2 ``half`` + 1 px about a place, turned."""
    matrix = cv2.getRotationMatrix2D((float(centre[0]), float(centre[1])), degrees, 1.0)
    matrix[:, 2] = matrix[:, 2] + half - centre
    size = (2 * half + 1, 2 * half + 1)
    lab = np.asarray(cv2.warpAffine(patch.lab, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)
    marks = cv2.warpAffine(patch.marks, matrix, size, flags=cv2.INTER_LINEAR, borderValue=1)
    cost = cv2.integral(cv2.warpAffine(patch.cost, matrix, size, flags=cv2.INTER_LINEAR)).astype(np.float32)
    ink = cv2.integral(cv2.warpAffine(patch.ink, matrix, size, flags=cv2.INTER_LINEAR)).astype(np.float32)
    free = (marks < 0.2).astype(np.float32)
    upright, level = (_running_sums(lab, free, axis, settings) for axis in (0, 1))
    return Slopes(upright, level, cost, ink, patch.noise, patch.one_surround)


def _running_sums(lab: Field, free: Field, axis: int, settings: SegmentSettings) -> Field:
    """Running sums along ``axis`` of the slope across it and what else :class:`Slopes` holds, from zero on.

    Laid out channel by channel, which is summed in half of the time that channels beside each other take.
    """
    kernel = np.array([[-0.5, 0, 0.5]], np.float32)
    slope = cv2.filter2D(lab, cv2.CV_32F, kernel if axis == 0 else kernel.T)
    height, width = free.shape
    sums = np.zeros((6, height + 1, width) if axis == 0 else (6, height, width + 1), np.float32)
    terms = sums[:, 1:] if axis == 0 else sums[:, :, 1:]
    for term, channel in zip(terms, cv2.split(slope), strict=False):
        np.multiply(np.clip(channel, -settings.faint_clip_lab, settings.faint_clip_lab), free, out=term)
    terms[3] = free
    terms[4], terms[5] = terms[0] > settings.faint_step_lab, terms[0] < -settings.faint_step_lab
    return np.moveaxis(np.cumsum(sums, axis=axis + 1, out=sums), 0, -1)


@dataclass(frozen=True, eq=False)
class _Box:
    """``sides_px`` left, top, right, bottom in the turned patch; ``support`` of top, right, bottom, left."""

    score: float
    sides_px: Floats
    support: Floats
    sized: bool


def _best_box(slopes: Slopes, writing: tuple[float, float], sizes_px: Floats, cell_px: float, settings: SegmentSettings) -> _Box | None:
    """The best box about the writing (width, height) in the middle of a turned patch, over the steepest places of each side."""
    left, top, right, bottom = _boxes(slopes, writing, sizes_px, cell_px, settings).T
    if len(left) == 0:
        return None
    sums = [
        slopes.level[top, left] - slopes.level[top, right],
        slopes.upright[bottom, right] - slopes.upright[top, right],
        slopes.level[bottom, right] - slopes.level[bottom, left],
        slopes.upright[top, left] - slopes.upright[bottom, left],
    ]
    lengths = np.stack([right - left, bottom - top, right - left, bottom - top], axis=1)
    support = _support(np.stack(sums, axis=1), lengths, slopes, settings)
    sized = np.zeros(len(left), bool)
    for wide, high in sizes_px:
        sized = sized | ((np.abs((right - left) / wide - 1) < 0.06) & (np.abs((bottom - top) / high - 1) < 0.06))
    area = (right - left) * (bottom - top)
    inner = left + 3, top + 3, right - 2, bottom - 2
    cost = settings.faint_area_cost * area / cell_px**2 + _within(slopes.cost, *inner) / area
    cost = cost + settings.cut_ink_cost * _cut_ink(slopes.ink, left, top, right, bottom)
    held = _within(slopes.ink, left, top, right, bottom) / max(float(slopes.ink[-1, -1]), 1.0) * slopes.one_surround
    score = support.sum(axis=1) + settings.known_size_bonus * sized + settings.held_ink_bonus * held - cost
    best = int(np.argmax(score))
    return _Box(
        float(score[best]), np.array([left[best], top[best], right[best], bottom[best]], np.float64), support[best], bool(sized[best])
    )


def _cut_ink(ink: Field, left: np.ndarray, top: np.ndarray, right: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """Share of each box's sides, summed over the four, that runs through writing; ``ink`` is an integral image."""
    upright = _within(ink, left - 1, top, left + 1, bottom) + _within(ink, right - 1, top, right + 1, bottom)
    level = _within(ink, left, top - 1, right, top + 1) + _within(ink, left, bottom - 1, right, bottom + 1)
    return np.asarray(upright / (bottom - top) + level / (right - left)) / 2


def _boxes(slopes: Slopes, writing: tuple[float, float], sizes_px: Floats, cell_px: float, settings: SegmentSettings) -> np.ndarray:
    """Nx4 int left, top, right, bottom: combinations of steep places on each side of the writing, and known sizes hung from them."""
    half = slopes.upright.shape[1] // 2
    x0, x1 = round(half - writing[0] / 2), round(half + writing[0] / 2)
    y0, y1 = round(half - writing[1] / 2), round(half + writing[1] / 2)
    columns = _strength(slopes.upright[y1] - slopes.upright[y0], np.array(max(y1 - y0, 1)))
    rows = _strength(slopes.level[:, x1] - slopes.level[:, x0], np.array(max(x1 - x0, 1)))
    slack, end = round(0.02 * cell_px), 2 * half - 2
    sides = [_peaks(columns, 2, x0 + slack), _peaks(rows, 2, y0 + slack), _peaks(columns, x1 - slack, end), _peaks(rows, y1 - slack, end)]
    boxes = np.stack([g.ravel() for g in np.meshgrid(*sides, indexing="ij")], axis=1)
    boxes = np.concatenate([boxes, *(_hung(sides, size) for size in sizes_px)])
    holds = (boxes[:, :2] <= [x0 + slack, y0 + slack]).all(axis=1) & (boxes[:, 2:] >= [x1 - slack, y1 - slack]).all(axis=1)
    boxes = boxes[holds & (boxes[:, :2] >= 2).all(axis=1) & (boxes[:, 2:] <= end).all(axis=1)]
    wide, high = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    keep = (np.minimum(wide, high) > settings.min_side * cell_px) & (np.maximum(wide, high) < settings.max_card * cell_px)
    return np.asarray(boxes[keep])


def _hung(sides: Sequence[np.ndarray], size_px: Floats) -> np.ndarray:
    """Nx4 boxes of one size whose left or right, and top or bottom, stand at one of the places of ``sides``."""
    wide, high = np.rint(size_px).astype(int)
    lefts = np.concatenate([sides[0], sides[2] - wide])
    tops = np.concatenate([sides[1], sides[3] - high])
    left, top = (g.ravel() for g in np.meshgrid(lefts, tops))
    return np.stack([left, top, left + wide, top + high], axis=1)


def _support(sums: np.ndarray, lengths: np.ndarray, slopes: Slopes, settings: SegmentSettings) -> np.ndarray:
    """Nx4 support 0..1 of sides from Nx4x6 outward sums: steep, all along, and all in one direction of colour.

    A card's four sides change towards the same surround; a side that changes the other way is the far edge of a shadow. Paper that
    is darker than its surround is trusted less: a gap between sheets looks like it. Writing in a row is steep too, but has gaps.
    """
    count = np.abs(sums[..., 3])
    means = sums[..., :3] / np.maximum(count, 1)[..., None]
    falls = np.where(sums[..., 3] > 0, sums[..., 5], -sums[..., 4]) / np.maximum(count, 1)
    rises = np.where(sums[..., 3] > 0, sums[..., 4], -sums[..., 5]) / np.maximum(count, 1)
    common = means.sum(axis=1, keepdims=True)
    common = common / np.maximum(np.linalg.norm(common, axis=2, keepdims=True), 1e-6)
    floor = settings.faint_floor_lab + settings.faint_noise * slopes.noise / np.sqrt(np.maximum(count, 1))
    agreed = (means * common).sum(axis=2) if slopes.one_surround else np.linalg.norm(means, axis=2)
    above = np.maximum(agreed - floor, 0)
    if not slopes.one_surround:
        strong = np.clip((np.maximum(rises, falls) - settings.gappy) / (settings.gapless - settings.gappy), 0, 1)
        return np.where(count > 0.4 * lengths, above / (above + settings.faint_plain_lab) * strong, settings.unseen_side)
    darker = common[..., 0] > 0.5
    along = np.where(darker, rises, np.where(common[..., 0] < -0.5, falls, 1.0))
    above = above * np.clip((along - settings.gappy) / (settings.gapless - settings.gappy), 0, 1)
    trust = np.where(darker, settings.faint_dark_trust, 1.0)
    return np.where(count > 0.4 * lengths, above / (above + settings.faint_plain_lab) * trust, settings.unseen_side)


def _within(integral: Field, left: np.ndarray, top: np.ndarray, right: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """Sums inside boxes from an integral image."""
    return np.asarray(integral[bottom, right] + integral[top, left] - integral[top, right] - integral[bottom, left])


def halved(mask: np.ndarray) -> Field:
    """A mask or field at half size, averaged."""
    return np.asarray(cv2.resize(mask.astype(np.float32), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.float32)


def _strength(total: np.ndarray, length: np.ndarray) -> np.ndarray:
    """Length of the mean Lab slope over the unmarked pixels of a side; a side of which most is marked has none."""
    seen = total[..., 3]
    return np.asarray(np.linalg.norm(total[..., :3], axis=-1) / np.maximum(seen, 1) * (seen > 0.4 * length))


def _peaks(profile: np.ndarray, low: int, high: int) -> np.ndarray:
    """Up to six places of the highest local maxima of a profile within [low, high]."""
    low, high = max(low, 1), min(high, len(profile) - 2)
    if high <= low:
        return np.array([max(low, 0)])
    at = np.arange(low, high + 1)
    tops = at[(profile[at] >= profile[at - 1]) & (profile[at] > profile[at + 1])]
    if len(tops) == 0:
        return np.array([low])
    return np.asarray(tops[np.argsort(-profile[tops])[:6]])
