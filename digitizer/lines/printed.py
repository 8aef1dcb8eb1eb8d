"""Writing on a topic card of the kit: the printed colour dropped, title lines where titles are written, the comb box by box.

Frames: ``card`` px of the card's picture; its corners are the paper's, so that millimetres of the paper follow from its size.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration import topic_card
from calibration.kit import Box
from calibration.rig import Floats, readonly
from digitizer.lines.crop import Comb, LineCrop
from digitizer.lines.find import OtherLines, find_lines
from digitizer.model import Card
from digitizer.settings import CombSettings, LinesSettings


def find_printed_ways(card: Card, settings: LinesSettings) -> tuple[tuple[LineCrop, ...], OtherLines]:
    """The lines of a topic card's title, then its comb as one line if something stands in it.

    And what finds them parted at the printed lines, where writing reaches over one: large letters touch those of the row above.
    """
    part, at = title_part(card, settings.comb)
    comb = find_comb(card, settings.comb)
    whole = find_lines(part, settings)

    def placed(lines: Sequence[LineCrop]) -> tuple[LineCrop, ...]:
        moved = (replace(line, box_px=(line.box_px[0] + at[0], line.box_px[1] + at[1], *line.box_px[2:])) for line in lines)
        return (*moved, *([comb] if comb else ()))

    def parted() -> tuple[LineCrop, ...]:
        cuts = _lines_within(whole, at[1], _scale(card)[1], settings.comb)
        return placed([line for row in _rows(part, cuts) for line in find_lines(row, settings)]) if cuts else ()

    return placed(whole), parted


def _lines_within(rows: Sequence[LineCrop], top_px: int, px_per_mm: float, settings: CombSettings) -> list[int]:
    """Px below the top of the title's part, which lies at ``top_px``, at which printed lines part what was found as one row.

    A line parts it where letters stand on it and others under it; tall letters reach over the line above theirs, tails below their own.
    """
    pitch = topic_card.TITLE_LINES_MM[1] - topic_card.TITLE_LINES_MM[0]
    within = []
    for line_mm in topic_card.TITLE_LINES_MM:
        at = line_mm * px_per_mm - top_px
        for _, y, _, height in (row.box_px for row in rows):
            over, under = (at - y) / (pitch * px_per_mm), (y + height - at) / (pitch * px_per_mm)
            if over > settings.stands_over and under > settings.hangs_under:
                within.append(round(at + settings.foot_mm * px_per_mm))
    return sorted(set(within))


def _rows(part: Card, cuts_px: Sequence[int]) -> Iterator[Card]:
    """The title's part once for each row between the cuts, all else made paper."""
    for top, bottom in pairwise((0, *cuts_px, len(part.image))):
        picture = np.full_like(part.image, 255)
        picture[top:bottom] = part.image[top:bottom]
        yield replace(part, image=readonly(picture))


def title_part(card: Card, settings: CombSettings) -> tuple[Card, tuple[int, int]]:
    """The part of a topic card where titles are written, without what is printed there; and where it lies (x, y) in the card."""
    x, y, width, height = _px(card, topic_card.TITLE)
    part = np.s_[y : y + height, x : x + width]
    clean = (255 * ink_share(card, settings)[part]).astype(np.uint8)
    picture = np.asarray(cv2.cvtColor(clean, cv2.COLOR_GRAY2BGR), np.uint8)
    return replace(card, image=readonly(picture), mask=readonly(card.mask[part])), (x, y)


def find_comb(card: Card, settings: CombSettings) -> LineCrop | None:
    """The signs in a topic card's comb; None where all boxes are empty."""
    share = ink_share(card, settings)
    across, down = _scale(card)
    x, y, width, height = _px(card, topic_card.COMB)
    ink_below = _ink_level(share[y : y + height, x : x + width], settings)
    signs = []
    for number in range(topic_card.BOXES):
        box = topic_card.box(number)
        left, right = round(box.x * across), round(box.right * across)
        top, bottom = round((box.y + settings.line_mm) * down), round((box.bottom - settings.line_mm) * down)
        inner = round(settings.line_mm * across)
        inked = share[top:bottom, left + inner : right - inner] < ink_below
        if inked.sum() >= settings.least_mm2 * across * down:
            ink = np.flatnonzero(inked.any(axis=0))
            room = round(settings.room_mm * across)
            start, end = max(left, left + inner + int(ink[0]) - room), min(right, left + inner + int(ink[-1]) + 1 + room)
            signs.append(share[top:bottom, start:end])
    return _comb(card, signs, ink_below, settings) if signs else None


def _ink_level(share: Floats, settings: CombSettings) -> float:
    """Share of the paper's light below which a pixel of a comb is ink: nearer to the paper where the ink is faint or the strokes thin."""
    darkest = float(np.quantile(share, 0.01))
    return float(np.clip(1 - settings.ink * (1 - darkest), *settings.ink_levels))


def ink_share(card: Card, settings: CombSettings) -> Floats:
    """HxW, 1 where a card shows paper or the drop-out colour, toward 0 where it shows ink of any colour.

    Printed lines are as light as paper in red; red ink is told from them in green, where the lines keep some light and ink keeps less.
    """
    picture = card.image.astype(np.float32)
    side = max(3, round(settings.paper_mm * _scale(card)[0]))
    paper = cv2.blur(cv2.dilate(cv2.blur(picture, (3, 3)), np.ones((side, side), np.uint8)), (side, side))
    share = picture / np.maximum(paper, 1.0)
    red, green = share[..., 2], share[..., 1] / topic_card.DROP_OUT_LEVEL
    return np.asarray(np.clip(np.minimum(red, green), 0, 1), np.float64)


def _comb(card: Card, signs: list[Floats], ink_below: float, settings: CombSettings) -> LineCrop:
    """The signs as one line: in one height, even gaps of paper between them."""
    rows = np.flatnonzero(np.any([(sign < ink_below).any(axis=1) for sign in signs], axis=0))
    least = settings.least_height_mm * _scale(card)[1]
    spare = max(0, round((least - (rows[-1] + 1 - rows[0])) / 2)) + 1
    top, bottom = max(0, int(rows[0]) - spare), min(len(signs[0]), int(rows[-1]) + 1 + spare)
    gap = np.ones((bottom - top, max(2, round(settings.gap * (bottom - top)))))
    parts, spans, at = [gap], [], gap.shape[1]
    for sign in signs:
        parts += [sign[top:bottom], gap]
        spans.append((at, at + sign.shape[1]))
        at += sign.shape[1] + gap.shape[1]
    image = (255 * np.hstack(parts)).astype(np.uint8)
    low = np.array([_is_low(sign < ink_below, settings.low_mm * _scale(card)[1]) for sign in signs])
    comb = Comb(np.array(spans, np.float64) / image.shape[1], low)
    return LineCrop(_px(card, topic_card.COMB), readonly(image), float((image < 255 * ink_below).mean()), comb)


def _is_low(inked: NDArray[np.bool_], low_px: float) -> bool:
    """Whether a sign is a flat stroke in the lower half of its box, beside perhaps the tail of a neighbour."""
    _, _, stats, middles = cv2.connectedComponentsWithStats(inked.astype(np.uint8), connectivity=8)
    areas = stats[1:, cv2.CC_STAT_AREA]
    if len(areas) == 0 or areas.max() < 0.7 * areas.sum():
        return False
    largest = 1 + int(areas.argmax())
    tall, wide = stats[largest, cv2.CC_STAT_HEIGHT], stats[largest, cv2.CC_STAT_WIDTH]
    return bool(tall < low_px and wide > 1.5 * tall and middles[largest, 1] > 0.55 * len(inked))


def _px(card: Card, box: Box) -> tuple[int, int, int, int]:
    """A box of the paper, (x, y, width, height) px of the card's picture."""
    across, down = _scale(card)
    x, y = round(box.x * across), round(box.y * down)
    return x, y, round(box.right * across) - x, round(box.bottom * down) - y


def _scale(card: Card) -> tuple[float, float]:
    """Px a mm, across and down."""
    height, width = card.image.shape[:2]
    return width / topic_card.CARD_MM[0], height / topic_card.CARD_MM[1]
