"""Cards whose paper differs from the board: flat zones of one colour that fill a rectangle."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import cv2
import numpy as np

from calibration.rig import Floats
from digitizer import cores
from digitizer.cards.canvas import Canvas, Field, Mask, disc, distance, painted
from digitizer.masks import marked, told
from digitizer.medians import middle
from digitizer.settings import SegmentSettings

PAPER_SAMPLES = 2000
"""Pixels whose median is a zone's paper: of that many it strays by a fortieth of their spread."""


@dataclass(frozen=True, eq=False)
class Zone:
    """One flat region that is not board, and the rectangle about it.

    ``quad_px`` 4x2 work px, clockwise from its top left; ``lab`` its paper; ``fill`` share of the rectangle that the region and
    what it encloses fill; ``solid`` share of that which is the region itself (a frame has little); ``area_px``; ``box`` (x, y,
    width, height); ``region`` height x width bool, holes filled; ``bare`` the flat pixels it grew from, in ``bare_box``;
    ``on_strips`` where it was cut out of strips of its colour; ``rimmed`` where it is a sheet about a printed rim; ``drawn_px`` the
    rectangle drawn out over writing, once that is known.
    """

    quad_px: Floats
    lab: Floats
    fill: float
    solid: float
    area_px: float
    box: tuple[int, int, int, int]
    region: Mask
    bare: Mask
    bare_box: tuple[int, int, int, int]
    on_strips: bool = False
    rimmed: bool = False
    drawn_px: Floats | None = None


def find_zones(canvas: Canvas, settings: SegmentSettings) -> list[Zone]:
    """All flat regions off the board's colour that are big enough for a card, largest first."""
    found: list[Zone] = []
    for slope in settings.flat_slopes:
        done = [zone for zone in found if zone.fill > settings.min_fill]
        found += _zones_under(canvas, slope, done, settings)
    return found


def _within(box: tuple[int, ...], zones: list[Zone]) -> bool:
    """Whether the middle of a box (x, y, width, height) lies in the rectangle of a zone."""
    middle = box[0] + box[2] / 2, box[1] + box[3] / 2
    return any(cv2.pointPolygonTest(zone.quad_px.astype(np.float32), middle, False) >= 0 for zone in zones)


def _zones_under(canvas: Canvas, slope: float, done: list[Zone], settings: SegmentSettings) -> list[Zone]:
    """Regions flatter than ``slope``, but for those in zones that are ``done``, largest first."""
    flat = (canvas.slope < slope) & (canvas.off_board > settings.off_board) & canvas.seen
    count, labels, stats, _ = cv2.connectedComponentsWithStats(flat.astype(np.uint8), connectivity=4)
    least = settings.min_zone * canvas.cell_px**2
    order = [i for i in range(1, count) if stats[i, cv2.CC_STAT_AREA] >= least and not _within(tuple(stats[i, :4].tolist()), done)]
    order.sort(key=lambda i: -int(stats[i, cv2.CC_STAT_AREA]))
    networks = [i for i in order if min(stats[i, 2:4]) > settings.max_card * canvas.cell_px and _is_drawn(labels == i, canvas)]
    strips = [partial(_on_strips, canvas, labels, i, settings) for i in networks]
    single = [partial(_zone, canvas, labels, i, tuple(int(v) for v in stats[i, :4]), settings) for i in order]
    return [zone for found in cores.each(lambda look: look(), [*strips, *single]) for zone in found]


def _is_drawn(mask: Mask, canvas: Canvas) -> bool:
    """Whether a region lies along the dividers of the layout: strips, not a wall."""
    bands = [mask[:, slice(*band)] for band in canvas.column_bands] + [mask[slice(*band), :] for band in canvas.row_bands]
    return bool(np.mean([band.any(axis=int(np.argmin(band.shape))).mean() for band in bands if band.size]) > 0.5)


def _on_strips(canvas: Canvas, regions: np.ndarray, label: int, settings: SegmentSettings) -> list[Zone]:
    """Cards of the colour of the strips that they hang on: what is thicker than the strips are."""
    solid = _without_holes((regions == label).view(np.uint8), settings.letter_hole * canvas.cell_px**2)
    depth = cv2.distanceTransform(solid, cv2.DIST_L2, 3)
    across = [depth[:, slice(*band)].max(axis=1) for band in canvas.column_bands]
    runs = np.concatenate([np.zeros(0, np.float32), *(run[run > 0] for run in across)])
    half = float(np.median(runs)) if len(runs) else 0.0
    thick = cv2.morphologyEx(solid, cv2.MORPH_OPEN, disc(max(settings.strip * canvas.cell_px, settings.over_strip * half)))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(thick, connectivity=4)
    least = max(settings.min_zone * canvas.cell_px**2, settings.over_crossing * (2 * half) ** 2)
    zones = []
    for i in range(1, count):
        x, y, width, height, area = (int(v) for v in stats[i])
        if area >= least and max(width, height) < settings.max_card * canvas.cell_px:
            own = labels[y : y + height, x : x + width] == i
            zones.append(zone_of(own, (x, y), _paper(canvas.lab[y : y + height, x : x + width], own)))
    return [replace(zone, on_strips=True) for zone in zones if zone is not None]


def _zone(canvas: Canvas, labels: np.ndarray, label: int, box: tuple[int, ...], settings: SegmentSettings) -> list[Zone]:
    """The zone of a region, if it is some."""
    x, y, width, height = box
    own = labels[y : y + height, x : x + width] == label
    bare = zone_of(own, (x, y), _paper(canvas.lab[y : y + height, x : x + width], own))
    if bare is None:
        return []
    if min(width, height) > settings.max_card * canvas.cell_px:
        return [bare]
    return [replace(_whole(canvas, bare, settings), bare=bare.bare, bare_box=bare.box)]


def _paper(lab: Field, own: Mask) -> Floats:
    """Median colour of a region; of a large one some thousand pixels spread over it tell the same."""
    step = max(1, int(np.sqrt(np.count_nonzero(own) / PAPER_SAMPLES)))
    some = own[::step, ::step]
    if not some.any():
        step, some = 1, own
    return middle(marked(lab[::step, ::step], some))


def holds_paper(zone: Zone, quad_px: Floats, settings: SegmentSettings) -> bool:
    """Whether a rectangle holds all the bare paper that a zone grew from, but for a rim: a reading that loses paper is none of its card."""
    x, y, width, height = zone.bare_box
    inside = painted((height, width), [quad_px - [x, y]])
    return bool(np.count_nonzero(inside[zone.bare]) >= settings.held_paper * np.count_nonzero(zone.bare))


def readings(canvas: Canvas, zone: Zone, settings: SegmentSettings) -> list[Zone]:
    """Other ways to read a zone: the flat pixels alone, or all that they grow to."""
    if zone.rimmed:
        return []
    x, y, _, _ = zone.bare_box
    bare = zone_of(zone.bare, (x, y), zone.lab)
    return [] if bare is None else [bare, *_grown(canvas, bare, settings)]


def _whole(canvas: Canvas, bare: Zone, settings: SegmentSettings) -> Zone:
    """The flat zone itself where it is a card but for its writing, else what it grows to, whichever fills its rectangle best."""
    if bare.solid > settings.min_solid and bare.fill > settings.notched:
        filled = max(bare.fill, _paper_and_ink(canvas, bare, settings))
        if filled > settings.min_fill:
            return replace(bare, fill=filled)
    return max([bare, *_grown(canvas, bare, settings)], key=lambda zone: round(min(zone.fill, settings.full) * min(zone.solid / 0.6, 1), 2))


def _paper_and_ink(canvas: Canvas, bare: Zone, settings: SegmentSettings) -> float:
    """Share of a zone's rectangle that is no board, if much of it is the zone's paper: writing notches a zone, not its card."""
    x, y, width, height = cv2.boundingRect(np.rint(bare.quad_px).astype(np.int32))
    x, y = max(x, 0), max(y, 0)
    inside = painted((height, width), [bare.quad_px - [x, y]])
    window = np.s_[y : y + height, x : x + width]
    inner = inside[: canvas.slope[window].shape[0], : canvas.slope[window].shape[1]]
    alike = distance(canvas.lab[window], bare.lab)[inner] < settings.same_paper_lab
    if not len(alike) or alike.mean() < settings.least_paper:
        return 0.0
    return float((canvas.off_board[window][inner] > settings.off_board).mean())


def _grown(canvas: Canvas, bare: Zone, settings: SegmentSettings) -> list[Zone]:
    """The zone with all paper of its colour that touches it across strokes of ink; once as it is, once with strips cut off."""
    reach = round(settings.grow * canvas.cell_px)
    x, y, width, height = bare.box
    x0, y0 = max(x - reach, 0), max(y - reach, 0)
    window = np.s_[y0 : y + height + reach, x0 : x + width + reach]
    away = distance(canvas.lab[window], bare.lab)
    alike = ((away < settings.same_paper_lab) & (canvas.off_board[window] > settings.off_board)).astype(np.uint8)
    closed = cv2.morphologyEx(alike, cv2.MORPH_CLOSE, disc(settings.stroke * canvas.cell_px))
    inner = np.s_[y - y0 : y - y0 + height, x - x0 : x - x0 + width]
    whole = _part_about(closed, inner, bare.region)
    cut = np.zeros_like(whole)
    if whole.any():
        about = _about(whole)
        solid = _without_holes(whole[about], settings.letter_hole * canvas.cell_px**2)
        cut[about] = cv2.morphologyEx(solid, cv2.MORPH_OPEN, disc(settings.strip * canvas.cell_px))
    zones = []
    for part in (whole, _part_about(cut, inner, bare.region)):
        rows, columns = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
        if len(rows):
            own = part[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] > 0
            zones.append(zone_of(own, (x0 + int(columns[0]), y0 + int(rows[0])), bare.lab))
    return [zone for zone in zones if zone is not None]


def _about(mask: np.ndarray) -> tuple[slice, slice]:
    """The box about a u8 mask that has some pixels, and a pixel more on each side: what lies around a part hangs together there."""
    x, y, width, height = cv2.boundingRect(mask)
    return np.s_[max(y - 1, 0) : y + height + 1, max(x - 1, 0) : x + width + 1]


def _part_about(mask: np.ndarray, inner: tuple[slice, slice], region: Mask) -> np.ndarray:
    """The connected part of a u8 mask that covers most of ``region`` at ``inner``; all 0 where none does."""
    _, labels = cv2.connectedComponents(mask, connectivity=4)
    hits = labels[inner][region]
    hits = hits[hits > 0]
    return np.asarray(labels == (np.bincount(hits).argmax() if len(hits) else -1), np.uint8)


def _without_holes(mask: np.ndarray, most_px: float) -> np.ndarray:
    """A u8 mask with its holes up to ``most_px`` filled: letters, not the cells between strips."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(1 - mask, connectivity=4)
    small = stats[:, cv2.CC_STAT_AREA] <= most_px
    small[0] = False
    return np.asarray(mask | told(small, labels), np.uint8)


def zone_of(own: Mask, corner: tuple[int, int], paper: Floats) -> Zone | None:
    """The zone of a mask whose top-left pixel stands at ``corner`` of the canvas."""
    contours, _ = cv2.findContours(np.pad(own.astype(np.uint8), 1), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return None
    contour = max(contours, key=cv2.contourArea)
    area = float(cv2.contourArea(contour))
    if area < 4:
        return None
    region = np.zeros((own.shape[0] + 2, own.shape[1] + 2), np.uint8)
    cv2.drawContours(region, [contour], -1, 1, cv2.FILLED)
    quad = fit_rectangle(contour.reshape(-1, 2).astype(np.float64) - 1)
    spans = np.linalg.norm(quad[1] - quad[0]), np.linalg.norm(quad[3] - quad[0])
    fill = area / max(float(spans[0] * spans[1]), 1.0)
    box = (corner[0], corner[1], own.shape[1], own.shape[0])
    return Zone(quad + corner, paper, fill, float(own.sum()) / area, area, box, region[1:-1, 1:-1] > 0, own, box)


def filled_corners(canvas: Canvas, zone: Zone, settings: SegmentSettings) -> int:
    """How many corners of a zone's rectangle are its paper, or ink beside paper: all four of a card's, none of a head's."""
    side = 24
    size = side * np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    matrix = cv2.getPerspectiveTransform(zone.quad_px.astype(np.float32), size)
    off_board = cv2.warpPerspective(canvas.off_board, matrix, (side, side), flags=cv2.INTER_NEAREST) > settings.off_board
    lab = cv2.warpPerspective(canvas.lab, matrix, (side, side), flags=cv2.INTER_NEAREST)
    paper = (distance(np.asarray(lab, np.float32), zone.lab) < settings.same_paper_lab) & off_board
    part = round(settings.corner_share * side)
    places = (np.s_[:part, :part], np.s_[:part, -part:], np.s_[-part:, :part], np.s_[-part:, -part:])
    least, most = settings.corner_paper, settings.corner_filled
    return sum(bool(paper[at].mean() > least and off_board[at].mean() > most) for at in places)


def fit_rectangle(contour_px: Floats) -> Floats:
    """4x2 rectangle about an Nx2 contour: angle by its long straight runs, sides where they run; notches and spurs count little."""
    pieces = cv2.approxPolyDP(contour_px.astype(np.float32)[:, None], 1.5, True).reshape(-1, 2).astype(np.float64)
    ends = np.roll(pieces, -1, axis=0)
    lengths = np.linalg.norm(ends - pieces, axis=1)
    angle = _main_angle(ends - pieces, lengths)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    begin, stop = pieces @ turn.T, ends @ turn.T
    spread = contour_px @ turn.T
    low = np.empty(2)
    high = np.empty(2)
    for axis in (0, 1):
        low[axis], high[axis] = _sides(begin, stop, spread[:, axis], axis)
    corners = np.array([[low[0], low[1]], [high[0], low[1]], [high[0], high[1]], [low[0], high[1]]])
    return np.asarray(corners @ turn)


def _main_angle(steps: Floats, lengths: Floats) -> float:
    """The turn (-45..45 degrees, radians) that most of a polygon's length follows, right angles counted as one."""
    angles = np.degrees(np.arctan2(steps[:, 1], steps[:, 0])) % 90
    weight = lengths**2
    votes = np.bincount(angles.astype(int) % 90, weights=weight, minlength=90)
    around = np.concatenate([votes[-2:], votes, votes[:2]])
    wide = sum(around[shift : shift + 90] for shift in (4, 3, 2, 1, 0))
    peak = float(np.argmax(wide)) + 0.5
    off = (angles - peak + 45) % 90 - 45
    near = np.abs(off) < 4
    mean = peak + float((off * weight)[near].sum() / max(weight[near].sum(), 1e-9))
    return float(np.radians((mean + 45) % 90 - 45))


def _sides(begin: Floats, stop: Floats, spread: Floats, axis: int) -> tuple[float, float]:
    """The outermost places along ``axis`` at which a fair length of the outline runs across it."""
    low, high = _all_but_a_hundredth(spread)
    across = np.abs(stop - begin)
    runs = across[:, 1 - axis] > 4 * across[:, axis]
    place, length = ((begin + stop) / 2)[runs, axis], across[runs, 1 - axis]
    enough = 0.25 * max(np.ptp(begin[:, 1 - axis]), 1.0)
    strong = [p for p in place if length[np.abs(place - p) < 2.5].sum() >= enough]
    middle = (low + high) / 2
    first = min((p for p in strong if p < middle), default=low)
    last = max((p for p in strong if p > middle), default=high)
    return float(first), float(last)


def _all_but_a_hundredth(values: Floats) -> tuple[float, float]:
    """The 1st and the 99th percentile; ``numpy.percentile`` takes ten times as long on values as few as these."""
    ordered = np.sort(values)
    at = np.array([0.01, 0.99]) * (len(ordered) - 1)
    below = at.astype(int)
    share, low, high = at - below, ordered[below], ordered[np.minimum(below + 1, len(ordered) - 1)]
    first, last = low + (high - low) * share
    return float(first), float(last)
