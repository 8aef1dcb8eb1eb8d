"""Writing in the comb of a topic card: its boxes, and the signs in them as one line.

Frames: ``card`` px of the card's picture; its corners are the paper's, so that millimetres of the paper follow from its size.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration import topic_card
from calibration.kit import Box
from calibration.rig import Floats, Image, readonly
from digitizer.lines.crop import Comb, LineCrop
from digitizer.settings import CombSettings

BOX_PX = (30, 40)
"""Width and height of the pictures of boxes: a box of the finest photos, hardly ever shrunk."""

BESIDE_MM = 0.8
"""What a box's picture shows of those beside it: wide signs reach over."""

LIGHTEST_INK = 0.85
"""Share of the paper's light that the ink of a comb has at most: noise in an empty one is no ink."""


@dataclass(frozen=True, eq=False)
class _Sign:
    """What stands in the box ``number``: its part of the card's ``share`` HxW, and whether it is ``low``, a flat stroke at the foot."""

    number: int
    share: Floats
    low: bool


def find_comb(share: Floats, settings: CombSettings) -> LineCrop | None:
    """The signs in a topic card's comb; None where all boxes are empty. ``share`` HxW of the whole card, see :func:`ink_share`."""
    ink_below = ink_level(_comb_of(share), settings)
    found = [_sign(share, number, ink_below, settings) for number in range(topic_card.BOXES)]
    signs = [sign for sign in found if sign]
    if not signs:
        return None
    signs += _thin_strokes(share, {sign.number for sign in signs}, settings)
    return _comb(share, sorted(signs, key=lambda sign: sign.number), ink_below, settings)


def _sign(share: Floats, number: int, ink_below: float, settings: CombSettings) -> _Sign | None:
    """The sign in a box, with a little room beside it; None where there is too little ink for one."""
    across, down = scale_of(share)
    left, right, top, bottom = _inside(share, number, settings)
    inner = round(settings.line_mm * across)
    inked = share[top:bottom, left + inner : right - inner] < ink_below
    if inked.sum() < settings.least_mm2 * across * down:
        return None
    ink = np.flatnonzero(inked.any(axis=0))
    room = round(settings.room_mm * across)
    start, end = max(left, left + inner + int(ink[0]) - room), min(right, left + inner + int(ink[-1]) + 1 + room)
    sign = share[top:bottom, start:end]
    return _Sign(number, sign, _is_low(sign < ink_below, settings.low_mm * down))


def _inside(share: Floats, number: int, settings: CombSettings) -> tuple[int, int, int, int]:
    """Left, right, top and bottom px of a box, the lines above and below it left out."""
    across, down = scale_of(share)
    box = topic_card.box(number)
    top, bottom = round((box.y + settings.line_mm) * down), round((box.bottom - settings.line_mm) * down)
    return round(box.x * across), round(box.right * across), top, bottom


def _thin_strokes(share: Floats, written: Set[int], settings: CombSettings) -> list[_Sign]:
    """``_`` in boxes beside those that are ``written``: too thin or too pale to be ink pixel by pixel, or written on the box's own line.

    A flat stroke darkens whole rows, and the mean of a row has a fraction of a pixel's noise. How much that is, is seen in the upper halves
    of empty boxes, where no ``_`` stands; how much of the printed line is left, at the feet of all boxes.
    """
    rows = [_darkest_rows(share, number, settings) for number in range(topic_card.BOXES)]
    empty = [number for number in range(topic_card.BOXES) if number not in written]
    least = max(settings.thin_least, settings.thin_over_noise * max((rows[number].upper for number in empty), default=0.0))
    printed = settings.thin_over_line * float(np.median([row.foot for row in rows]))
    stroked = [number for number in empty if rows[number].lower > least or rows[number].foot > least + printed]
    thin = [number for number in stroked if {number - 1, number + 1} & written]
    places = {number: _inside(share, number, settings) for number in thin}
    return [_Sign(number, share[top:bottom, left:right], low=True) for number, (left, right, top, bottom) in places.items()]


@dataclass(frozen=True)
class _Rows:
    """How much darker than paper the darkest row is: in the ``upper`` half of a box, in its ``lower`` half, and about its ``foot``."""

    upper: float
    lower: float
    foot: float


def _darkest_rows(share: Floats, number: int, settings: CombSettings) -> _Rows:
    across, down = scale_of(share)
    box, foot_mm = topic_card.box(number), settings.thin_foot_mm
    columns = slice(round((box.x + settings.thin_side_mm) * across), round((box.right - settings.thin_side_mm) * across))
    edges_mm = (box.y + settings.line_mm, box.y + box.height / 2, box.bottom - foot_mm, box.bottom + foot_mm)
    edges = [round(edge * down) for edge in edges_mm]
    dark = (1 - share[edges[0] : edges[-1], columns]).mean(axis=1)
    parts = (dark[start - edges[0] : end - edges[0]] for start, end in pairwise(edges))
    paper = np.quantile(dark, 0.25)  # of a box that is written in, too: no sign is three quarters as high
    return _Rows(*(float(part.max() - paper) for part in parts))


def whole_boxes(share: Floats, numbers: Iterable[int]) -> Image:
    """Nx40x30 u8: boxes of a comb with all that stands in them, 0 paper to 255 the comb's darkest ink; ``share`` HxW of a whole card.

    Unlike in a line of signs, how large and how high a sign stands in its box stays: it tells ``o`` from ``0``, ``g`` from ``9``.
    """
    across, down = scale_of(share)
    darkest = min(LIGHTEST_INK, _darkest(_comb_of(share)))
    ink = np.clip((1 - share) / (1 - darkest), 0, 1).astype(np.float32)
    return np.array([_whole_box(ink, topic_card.box(number), across, down) for number in numbers])


def _whole_box(ink: NDArray[np.float32], box: Box, across: float, down: float) -> Image:
    wide, high = (box.width + 2 * BESIDE_MM) * across / BOX_PX[0], box.height * down / BOX_PX[1]
    card_from_box = np.array([[wide, 0, (box.x - BESIDE_MM) * across], [0, high, box.y * down]])
    picture = cv2.warpAffine(ink, card_from_box, BOX_PX, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    return (255 * picture).astype(np.uint8)


def ink_level(written: Floats, settings: CombSettings) -> float:
    """Share of the paper's light below which a pixel of a ``written`` part is ink: nearer to paper where ink is faint or strokes thin."""
    return float(np.clip(1 - settings.ink * (1 - _darkest(written)), *settings.ink_levels))


def _darkest(written: Floats) -> float:
    """Share of the paper's light that the darkest ink leaves."""
    return float(np.quantile(written, 0.01))


def _comb_of(share: Floats) -> Floats:
    """The part of a card's ``share`` HxW where its comb is."""
    x, y, width, height = place_of(share, topic_card.COMB)
    return share[y : y + height, x : x + width]


def ink_share(image: Image, settings: CombSettings) -> Floats:
    """HxW, 1 where a card shows paper or the drop-out colour, toward 0 where it shows ink of any colour.

    Printed lines are as light as paper in red; red ink is told from them in green, where the lines keep some light and ink keeps less.
    """
    picture = image.astype(np.float32)
    side = max(3, round(settings.paper_mm * scale_of(image)[0]))
    paper = cv2.blur(cv2.dilate(cv2.blur(picture, (3, 3)), np.ones((side, side), np.uint8)), (side, side))
    share = picture / np.maximum(paper, 1.0)
    red, green = share[..., 2], share[..., 1] / topic_card.DROP_OUT_LEVEL
    return np.asarray(np.clip(np.minimum(red, green), 0, 1), np.float64)


def _comb(share: Floats, signs: Sequence[_Sign], ink_below: float, settings: CombSettings) -> LineCrop:
    """The signs as one line: in one height, even gaps of paper between them."""
    rows = np.flatnonzero(np.any([(sign.share < ink_below).any(axis=1) for sign in signs], axis=0))
    least = settings.least_height_mm * scale_of(share)[1]
    spare = max(0, round((least - (rows[-1] + 1 - rows[0])) / 2)) + 1
    top, bottom = max(0, int(rows[0]) - spare), min(len(signs[0].share), int(rows[-1]) + 1 + spare)
    gap = np.ones((bottom - top, max(2, round(settings.gap * (bottom - top)))))
    parts, spans, at = [gap], [], gap.shape[1]
    for sign in signs:
        parts += [sign.share[top:bottom], gap]
        spans.append((at, at + sign.share.shape[1]))
        at += sign.share.shape[1] + gap.shape[1]
    image = (255 * np.hstack(parts)).astype(np.uint8)
    boxes = whole_boxes(share, [sign.number for sign in signs])
    comb = Comb(np.array(spans, np.float64) / image.shape[1], np.array([sign.low for sign in signs]), readonly(boxes))
    return LineCrop(place_of(share, topic_card.COMB), readonly(image), comb)


def _is_low(inked: NDArray[np.bool_], low_px: float) -> bool:
    """Whether a sign is a flat stroke in the lower half of its box, beside perhaps the tail of a neighbour."""
    _, _, stats, middles = cv2.connectedComponentsWithStats(inked.astype(np.uint8), connectivity=8)
    areas = stats[1:, cv2.CC_STAT_AREA]
    if len(areas) == 0 or areas.max() < 0.7 * areas.sum():
        return False
    largest = 1 + int(areas.argmax())
    tall, wide = stats[largest, cv2.CC_STAT_HEIGHT], stats[largest, cv2.CC_STAT_WIDTH]
    return bool(tall < low_px and wide > 1.5 * tall and middles[largest, 1] > 0.55 * len(inked))


def place_of(image: NDArray[Any], box: Box) -> tuple[int, int, int, int]:
    """Where a box of the paper lies in a card's picture HxW or HxWx3: (x, y, width, height) px."""
    across, down = scale_of(image)
    x, y = round(box.x * across), round(box.y * down)
    return x, y, round(box.right * across) - x, round(box.bottom * down) - y


def scale_of(image: NDArray[Any]) -> tuple[float, float]:
    """Px a mm of a card's picture HxW or HxWx3, across and down."""
    height, width = image.shape[:2]
    return width / topic_card.CARD_MM[0], height / topic_card.CARD_MM[1]
