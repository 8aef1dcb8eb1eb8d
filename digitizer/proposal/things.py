"""What hangs or stands on a board that nobody measured yet: sheets as the finder of cards sees them, and written words.

The finder wants a board of known cells. It is given one that spans the photo, seen square on, with as many cells as the board has and
one more each way for the labels: cells then have about their size, which is all that it makes of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import cv2
import numpy as np

from calibration.plane import apply, homography
from calibration.rig import NOMINAL_COLUMN_MM, Floats, Image, Layout, readonly
from digitizer.frames import photo_from_board
from digitizer.model import Card, Photo, Pose
from digitizer.proposal.blobs import AREA_SHARE, Thing, find_things
from digitizer.proposal.vanishing import flattening
from digitizer.proposal.words import find_words
from digitizer.rectify import rectify
from digitizer.segment import segment
from digitizer.settings import SegmentSettings

ROUGH = SegmentSettings(sizes_agree=False)
"""The board that sheets are sought on is made up, and so is the perspective: sheets of one size do not come out alike."""

CROP_PX = 64
"""Side of the square to which a sheet is shrunk to see whether something is written on it: strokes of a label are then 2 px wide."""

INK_L = 12.0
"""Lightness by which ink differs from its paper, L units: a marker on neon differs by 30, the shade of a curl over 4 px by 3."""

LEAST_INK = 0.02
"""Share of a sheet that is ink, below which nothing is written on it: three letters of a marker take 5 %."""

MOST_OVERLAP = 0.4
"""Share of the smaller of two sheets that another may cover: cards hang over each other by a third, doubles by more."""

MOST_SMALLER = 6.0
"""Area of a board's large sheets, the 80th in a hundred, over that of its smallest: a letter sheet is five square notes."""

MOST_LONG = 3.2
"""Longest side over shortest of a sheet; dashes of a drawn line are longer, label strips not."""

SAME_SIZE = 0.15
"""Natural logarithm within which two sheets are of one size, perspective across a cell or two included."""


@dataclass(frozen=True, eq=False)
class Hung:
    """``things`` on a board; ``written`` N: which bear writing; ``flat_from_photo`` 3x3; ``frame`` 2x2 (low, high): the photo there."""

    things: tuple[Thing, ...]
    written: Floats
    flat_from_photo: Floats
    frame: Floats


def find_hung(photo: Photo, shape: tuple[int, int]) -> Hung:
    """All that hangs on a board of ``shape`` (rows, columns), as far as it can be told before its grid is known."""
    image = photo.image
    blobs = [thing for thing in find_things(image) if thing.paper]
    rough = flattening(image, blobs)
    papers = _papers(photo, rough, shape)
    merged = _without_scraps(_merged(papers, blobs))
    written = {id(thing): _ink(image, thing) > LEAST_INK for thing in merged}
    from_blobs = {id(blob) for blob in blobs}
    sheets = [thing for thing in merged if written[id(thing)] or id(thing) not in from_blobs]
    words = find_words(image, sheets)
    flat_from_photo = flattening(image, sheets) if len(sheets) > 3 else rough
    marks = np.array([*(written[id(sheet)] for sheet in sheets), *(True for _ in words)], dtype=np.float64)
    return Hung((*sheets, *words), readonly(marks), readonly(flat_from_photo), readonly(photo_frame(image, flat_from_photo)))


def photo_frame(image: Image, flat_from_photo: Floats) -> Floats:
    """2x2 (low, high): the upright box of the flat frame that lies within the photo."""
    height, width = image.shape[:2]
    a, b, c, d = apply(flat_from_photo, np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float64))
    return np.array([[max(a[0], d[0]), max(a[1], b[1])], [min(b[0], c[0]), min(c[1], d[1])]])


def _papers(photo: Photo, flat_from_photo: Floats, shape: tuple[int, int]) -> list[Thing]:
    """Sheets as the finder of cards sees them on a made-up board that spans the photo."""
    low, high = photo_frame(photo.image, flat_from_photo)
    rows, columns = shape[0] + 1, shape[1] + 1
    mm = NOMINAL_COLUMN_MM * columns / (high[0] - low[0])
    across, down = (tuple(np.linspace(0, (high - low)[axis] * mm, count + 1).tolist()) for axis, count in ((0, columns), (1, rows)))
    board_from_flat = np.array([[mm, 0, -low[0] * mm], [0, mm, -low[1] * mm], [0, 0, 1]])
    layout = Layout(columns, rows, across, down)
    pose = Pose(readonly(board_from_flat @ flat_from_photo), layout, "made up", MappingProxyType({}), 0.0)
    least = AREA_SHARE[0] * photo.image.shape[0] * photo.image.shape[1]
    found = [_thing(card, pose) for card in segment(rectify(photo, pose), layout, ROUGH).cards]
    return [sheet for sheet in found if _area(sheet) > least]


def _thing(card: Card, pose: Pose) -> Thing:
    lab = cv2.cvtColor(card.image.astype(np.float32) / 255, cv2.COLOR_BGR2LAB)[card.mask > 0]
    colour = np.median(lab, axis=0) if len(lab) else np.zeros(3)
    return Thing(readonly(photo_from_board(pose, card.corners_mm)), readonly(colour.astype(np.float64)), True)


def _merged(papers: Sequence[Thing], blobs: Sequence[Thing]) -> list[Thing]:
    """Both findings of sheets, one for each place: of two that overlap, that of the more common size; cards of a board share few sizes."""
    found = _taken_apart([sheet for sheet in [*papers, *blobs] if max(_size(sheet)) < MOST_LONG * min(_size(sheet))])
    if not found:
        return []
    common = commonness(np.array([_size(thing) for thing in found]))
    kept: list[Thing] = []
    for i in np.argsort(-common, kind="stable"):
        if all(_overlap(found[i], thing) < MOST_OVERLAP for thing in kept):
            kept.append(found[i])
    return kept


def _without_scraps(sheets: Sequence[Thing]) -> list[Thing]:
    """Sheets without dashes of lines, letters and pins, which are many and much smaller."""
    if not sheets:
        return []
    usual = float(np.percentile([_area(sheet) for sheet in sheets], 80))
    return [sheet for sheet in sheets if _area(sheet) > usual / MOST_SMALLER]


def _taken_apart(found: Sequence[Thing]) -> list[Thing]:
    """Sheets, those in the place of two or three of the commonest size, edge to edge, made these."""
    if not found:
        return []
    sizes = np.array([_size(thing) for thing in found])
    usual = sizes[int(commonness(sizes).argmax())]
    return [part for thing, size in zip(found, sizes, strict=True) for part in _parts(thing, np.log(size / usual))]


def _parts(thing: Thing, over: Floats) -> list[Thing]:
    """The sheets of usual size side by side, or one above another, that make a sheet ``over`` (log width, log height) times as large."""
    for axis, count in ((axis, count) for axis in (0, 1) for count in (2, 3)):
        if abs(over[axis] - np.log(count)) < SAME_SIZE and abs(over[1 - axis]) < SAME_SIZE:
            a, b, c, d = thing.corners_px
            cuts = np.arange(count + 1)[:, None] / count
            near, far = (a + cuts * (b - a), d + cuts * (c - d)) if axis == 0 else (a + cuts * (d - a), b + cuts * (c - b))
            quads = [np.array([near[k], near[k + 1], far[k + 1], far[k]]) for k in range(count)]
            quads = quads if axis == 0 else [quad[[0, 3, 2, 1]] for quad in quads]
            return [replace(thing, corners_px=readonly(quad)) for quad in quads]
    return [thing]


def commonness(sizes: Floats) -> Floats:
    """N values 0..1 for Nx2 sizes: how many others have the same, over how many have the commonest; on an empty board there are none."""
    if not len(sizes):
        return np.zeros(0)
    logs = np.log(np.maximum(sizes, 1e-6))
    alike = (np.abs(logs[:, None] - logs[None]) < SAME_SIZE).all(axis=2).sum(axis=1)
    return np.asarray(alike / alike.max())


def _size(thing: Thing) -> tuple[float, float]:
    """Width and height, photo px."""
    sides = np.linalg.norm(np.roll(thing.corners_px, -1, axis=0) - thing.corners_px, axis=1)
    return float(sides[0] + sides[2]) / 2, float(sides[1] + sides[3]) / 2


def _overlap(a: Thing, b: Thing) -> float:
    """What two things share, over the smaller."""
    shared, _ = cv2.intersectConvexConvex(a.corners_px.astype(np.float32), b.corners_px.astype(np.float32))
    return float(shared) / max(min(_area(a), _area(b)), 1e-6)


def _area(thing: Thing) -> float:
    return float(cv2.contourArea(thing.corners_px.astype(np.float32)))


def _ink(image: Image, thing: Thing) -> float:
    """Share of a sheet's inner part that is darker or lighter than what is around it."""
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=np.float64) * 1.25 * CROP_PX - 0.125 * CROP_PX
    side = float(np.sqrt(max(_area(thing), 1.0)))
    shrink = max(side / CROP_PX, 1.0)
    crop = _seen(image, thing.corners_px, square, shrink)
    light = cv2.cvtColor(crop.astype(np.float32) / 255, cv2.COLOR_BGR2LAB)[..., 0]
    around = cv2.GaussianBlur(light, (0, 0), CROP_PX / 8, borderType=cv2.BORDER_REPLICATE)
    return float((np.abs(light - around) > INK_L).mean())


def _seen(image: Image, corners_px: Floats, square: Floats, shrink: float) -> Image:
    """The quadrangle as a square of ``CROP_PX``; the photo is blurred beforehand so that thin strokes are not skipped."""
    x, y = np.floor(corners_px.min(axis=0)).astype(int)
    right, bottom = np.ceil(corners_px.max(axis=0)).astype(int) + 1
    x, y = max(x, 0), max(y, 0)
    part = image[y:bottom, x:right]
    if not part.size:
        return np.zeros((CROP_PX, CROP_PX, 3), np.uint8)
    size = (max(1, round(part.shape[1] / shrink)), max(1, round(part.shape[0] / shrink)))
    small = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    scale = np.array(size) / np.array(part.shape[1::-1])
    crop_from_small = homography((corners_px - [x, y]) * scale, square)
    return np.asarray(cv2.warpPerspective(small, crop_from_small, (CROP_PX, CROP_PX), borderMode=cv2.BORDER_REPLICATE), np.uint8)
