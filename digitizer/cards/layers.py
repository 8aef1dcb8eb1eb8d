"""Sheets of usual sizes over one another, found from the front to the back.

All places of a size are judged at once, at each turn at which edges run. A sheet in front shows four edges: the rim of the heap, or a
seam, where its thickness and its shade part it from its neighbour. Once it is taken, what it hides of the edges behind it counts for
nothing, and the next sheet is the one whose other edges show best.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np

from calibration.rig import Floats
from digitizer import cores
from digitizer.cards.boxes import Patch, Slopes, halved, turned_slopes
from digitizer.cards.canvas import Canvas, Field, Mask, painted
from digitizer.cards.heaps import Heap
from digitizer.cards.marks import Ink
from digitizer.settings import SegmentSettings

MARGIN_PX = 24
"""About a heap: its edges, their blur and a shadow."""

TRIM = 0.05
"""Share of a side left out at either end: half of a step between turns moves it by a hundredth, and corners curl."""

TURNED = 0.29
"""Tangent of the largest turn: how much of its breadth a heap takes more of a turned patch's length."""

Shape: TypeAlias = tuple[int, int]
"""Width and height of a sheet at half size, px."""

HEAP_TURNS = 6
"""Turns at which the sheets of a heap are looked for: each has edges, and edges of three sheets run at six turns at most."""

HIDDEN_SIDE = 0.6
"""Share of a side that other sheets hide from which it need not be seen."""


@dataclass(frozen=True, eq=False)
class Layer:
    """One sheet: ``quad_px`` 4x2 work px clockwise; ``support`` of top, right, bottom, left as far as nothing hides them; ``shape``."""

    quad_px: Floats
    support: Floats
    shape: Shape


@dataclass(frozen=True, eq=False)
class _View:
    """The canvas about a heap of sheets, cut out at ``origin`` (x, y; even).

    ``lab`` at half size; ``region`` of the heap and ``strokes`` HxW at full size; ``box`` of the region (x, y, width, height); ``turns``
    degrees at which edges run.
    """

    origin: Floats
    lab: Field
    region: Mask
    strokes: Mask
    box: tuple[int, int, int, int]
    turns: tuple[float, ...]
    noise: float
    cell_px: float


@dataclass(frozen=True, eq=False)
class _Place:
    """Where in a turned patch a sheet lies best: ``corner`` x, y of its top left."""

    score: float
    corner: tuple[int, int]
    shape: Shape
    support: Floats
    degrees: float


def layers(canvas: Canvas, ink: Ink, of: Heap, sizes_px: Sequence[tuple[float, float]], settings: SegmentSettings) -> list[Layer]:
    """The sheets of those sizes in a heap, those in front first."""
    heap = _cut_out(canvas, ink, of, settings)
    least = settings.least_part * min(w * h for w, h in sizes_px)
    shapes = {(round(w / 2), round(h / 2)): 0.0 for w, h in sizes_px}
    found: list[Layer] = []
    left, taken = heap.region.copy(), np.zeros_like(heap.region)
    while len(found) < settings.most_cards and np.count_nonzero(left) > least:
        place = _best(heap, left, taken, shapes, settings)
        if place is None:
            break
        quad = _on_heap(heap, place)
        own = painted(left.shape, [quad])
        taken |= own
        left &= cv2.dilate(own.view(np.uint8), np.ones((7, 7), np.uint8)) == 0
        found.append(Layer(quad + heap.origin, place.support, place.shape))
        shapes[found[0].shape] = settings.known_size_bonus  # one pad, one size
    return found


def _cut_out(canvas: Canvas, ink: Ink, heap: Heap, settings: SegmentSettings) -> _View:
    x, y, width, height = heap.box
    x0, y0 = (max(v - MARGIN_PX, 0) // 2 * 2 for v in (x, y))
    at = np.s_[y0 : y + height + MARGIN_PX, x0 : x + width + MARGIN_PX]
    lab = np.ascontiguousarray(canvas.lab[at])
    region = np.zeros(lab.shape[:2], bool)
    region[y - y0 : y - y0 + height, x - x0 : x - x0 + width] = heap.region
    strokes = cv2.dilate(ink.strokes[at].astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    half_lab = np.asarray(cv2.pyrDown(lab), np.float32)
    box = (x - x0, y - y0, width, height)
    return _View(np.array([x0, y0]), half_lab, region, strokes, box, _turns(lab, region, settings), canvas.noise, canvas.cell_px / 2)


def _turns(lab: Field, region: Mask, settings: SegmentSettings) -> tuple[float, ...]:
    """The turns along which most of the edges in a region run, right angles counted as one."""
    slopes = [cv2.Scharr(lab, cv2.CV_32F, *order, scale=1 / 32) for order in ((1, 0), (0, 1))]
    steepest = (np.abs(slopes[0]) + np.abs(slopes[1])).argmax(axis=2)[..., None]
    across, down = (np.take_along_axis(slope, steepest, 2)[..., 0] for slope in slopes)
    near = cv2.dilate(region.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    weight = np.minimum(np.hypot(across, down), settings.edge_clip_lab)[near]
    angles = (np.degrees(np.arctan2(down, across))[near] + 45) % 90 - 45
    turns = np.arange(-settings.max_turn_deg, settings.max_turn_deg + 0.1, settings.turn_step_deg)
    votes = [float(weight[np.abs(angles - turn) < settings.turn_step_deg].sum()) for turn in turns]
    return tuple(turns[np.argsort(votes)[::-1][:HEAP_TURNS]].tolist())


def _best(heap: _View, left: Mask, taken: Mask, shapes: dict[Shape, float], settings: SegmentSettings) -> _Place | None:
    """The sheet that shows best, given those ``taken`` before it; ``left`` is what no sheet explains yet."""
    hides = cv2.dilate(taken.view(np.uint8), np.ones((5, 5), np.uint8)) > 0
    outside = cv2.dilate((heap.region | taken).view(np.uint8), np.ones((5, 5), np.uint8)) == 0
    patch = Patch(heap.lab, halved(heap.strokes | hides), halved(outside), halved(left), heap.noise, heap.cell_px, one_surround=False)
    centre, half = _middle(heap)
    hidden = halved(hides)

    def turned(degrees: float) -> _Place | None:
        slopes = turned_slopes(patch, centre, half, degrees, settings)
        matrix = cv2.getRotationMatrix2D((float(centre[0]), float(centre[1])), degrees, 1.0)
        matrix[:, 2] = matrix[:, 2] + half - centre
        behind = np.asarray(cv2.warpAffine(hidden, matrix, (2 * half + 1, 2 * half + 1), flags=cv2.INTER_LINEAR), np.float32)
        places = [_best_of(shape, bonus, slopes, behind, degrees, settings) for shape, bonus in shapes.items()]
        return _better(places)

    best = _better(cores.each(turned, heap.turns))
    return None if best is None or best.score < settings.faint_score else best


def _better(places: Sequence[_Place | None]) -> _Place | None:
    return max((place for place in places if place is not None), key=lambda place: place.score, default=None)


def _middle(heap: _View) -> tuple[Floats, int]:
    """Centre (half px) of the heap, and how far a patch about it reaches that holds it at any turn."""
    x, y, width, height = heap.box
    reach = (max(width, height) + TURNED * min(width, height) + 2 * MARGIN_PX) / 4
    return np.array([x + width / 2, y + height / 2]) / 2, int(np.ceil(reach))


def _on_heap(heap: _View, place: _Place) -> Floats:
    """4x2 corners px in the cut-out of a place in a turned patch."""
    centre, half = _middle(heap)
    angle = np.radians(place.degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * place.shape + place.corner - half
    return np.asarray((corners @ turn + centre) * 2 + 0.5)


def _best_of(shape: Shape, bonus: float, slopes: Slopes, behind: Field, degrees: float, settings: SegmentSettings) -> _Place | None:
    """The best place of a sheet of one shape in a turned patch; ``behind`` HxW: what sheets taken before it hide."""
    wide, high = shape
    rows, columns = behind.shape[0] - high, behind.shape[1] - wide
    if min(rows, columns) < 4:
        return None
    support, hidden = _sides(shape, slopes, behind, settings)
    seen = ((support >= settings.seam_seen) | (hidden > HIDDEN_SIDE)).all(axis=0)
    area = float(wide * high)
    seen &= _boxed(slopes.ink, shape)[:rows, :columns] >= settings.least_part * area
    score = (support * (1 - hidden) + settings.unseen_side * hidden).sum(axis=0) + bonus
    score -= settings.outside_zone_cost * _boxed(slopes.cost, shape)[:rows, :columns] / area
    score[~seen] = -np.inf
    y, x = divmod(int(np.argmax(score)), columns)
    if not np.isfinite(score[y, x]):
        return None
    return _Place(float(score[y, x]), (x, y), shape, np.asarray(support[:, y, x], np.float64), degrees)


def _sides(shape: Shape, slopes: Slopes, behind: Field, settings: SegmentSettings) -> tuple[Field, Field]:
    """4xHxW each, by the place of the top left corner: support of top, right, bottom, left where it shows; and what hides of each."""
    wide, high = shape
    rows, columns = behind.shape[0] - high, behind.shape[1] - wide
    left_out = round(TRIM * wide), round(TRIM * high)
    long, tall = wide - 2 * left_out[0], high - 2 * left_out[1]
    level, upright = np.moveaxis(slopes.level, -1, 0), np.moveaxis(slopes.upright, -1, 0)
    across, down = np.pad(np.cumsum(behind, axis=1), ((0, 0), (1, 0))), np.pad(np.cumsum(behind, axis=0), ((1, 0), (0, 0)))
    lying = _along(level[:, :, long:] - level[:, :, :-long], across[:, long:] - across[:, :-long], long, slopes.noise, settings)
    standing = _along(upright[:, tall:] - upright[:, :-tall], down[tall:] - down[:-tall], tall, slopes.noise, settings)
    beside = cv2.dilate(lying[0], np.ones((3, 1), np.uint8)), cv2.dilate(standing[0], np.ones((1, 3), np.uint8))
    support, hidden = (
        np.stack(
            [
                flat[:rows, left_out[0] :][:, :columns],
                steep[left_out[1] :, wide:][:rows, :columns],
                flat[high:, left_out[0] :][:rows, :columns],
                steep[left_out[1] :][:rows, :columns],
            ]
        )
        for flat, steep in (beside, (lying[1], standing[1]))
    )
    return np.asarray(support, np.float32), np.asarray(hidden, np.float32)


def _along(sums: Field, behind: Field, long: int, noise: float, settings: SegmentSettings) -> tuple[Field, Field]:
    """Support of all lines of a length from sums (6xHxW) along them: steep, all along, where no sheet hides it; and the hidden share.

    What writing hides shows no edge: nobody writes over one.
    """
    count = np.maximum(sums[3], 1)
    steep = np.sqrt((sums[:3] ** 2).sum(axis=0)) / count
    above = np.maximum(steep - settings.faint_floor_lab - settings.faint_noise * noise / np.sqrt(count), 0)
    hidden = np.clip(behind / long, 0, 1)
    shows = np.maximum(sums[4], sums[5]) / count
    strong = np.clip((shows - settings.gappy) / (settings.gapless - settings.gappy), 0, 1)
    clear = np.clip(sums[3] / long / np.maximum(1 - hidden, 0.05), 0, 1) * (sums[3] > 0.1 * long)
    return np.asarray(above / (above + settings.faint_plain_lab) * strong * clear, np.float32), np.asarray(hidden, np.float32)


def _boxed(integral: Field, shape: Shape) -> Field:
    """Sums inside all boxes of a shape, by their top left corner, from an integral image."""
    wide, high = shape
    return np.asarray(integral[high:, wide:] + integral[:-high, :-wide] - integral[high:, :-wide] - integral[:-high, wide:])
