"""Writing on a topic card of the kit: lines of its title, told apart by the printed ones, then its comb."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np

from calibration import topic_card
from calibration.rig import Floats, readonly
from digitizer.lines.comb import find_comb, ink_level, ink_share, place_of, scale_of
from digitizer.lines.crop import LineCrop
from digitizer.lines.find import OtherLines, find_lines
from digitizer.model import Card
from digitizer.settings import CombSettings, LinesSettings


def find_printed_ways(card: Card, settings: LinesSettings) -> tuple[tuple[LineCrop, ...], OtherLines]:
    """The lines of a topic card's title, then its comb as one line if something stands in it.

    And what finds them parted at the printed lines, where writing reaches over one: large letters touch those of the row above.
    """
    share = ink_share(card.image, settings.comb)
    part, at = _title_part(card, share)
    comb = find_comb(share, settings.comb)
    whole = find_lines(part, settings)

    def placed(lines: Sequence[LineCrop]) -> tuple[LineCrop, ...]:
        moved = (replace(line, box_px=(line.box_px[0] + at[0], line.box_px[1] + at[1], *line.box_px[2:])) for line in lines)
        return (*moved, *([comb] if comb else ()))

    def parted() -> tuple[LineCrop, ...]:
        spans = [_ink_span(part, line, settings.comb) for line in whole]
        cuts = _lines_within(spans, at[1], scale_of(card.image)[1], settings.comb)
        return placed([line for row in _rows(part, cuts) for line in find_lines(row, settings)]) if cuts else ()

    return placed(whole), parted


def _ink_span(part: Card, line: LineCrop, settings: CombSettings) -> tuple[int, int]:
    """From and to px below the top of the title's part in which a row has ink; its box has a margin, and is larger where the row slopes."""
    x, y, width, height = line.box_px
    written = part.image[y : y + height, x : x + width, 0] / 255
    rows = np.flatnonzero((written < ink_level(written, settings)).any(axis=1))
    return (y + int(rows[0]), y + int(rows[-1]) + 1) if len(rows) else (y, y + height)


def _lines_within(spans_px: Sequence[tuple[int, int]], top_px: int, px_per_mm: float, settings: CombSettings) -> list[int]:
    """Px below the top of the title's part, which lies at ``top_px``, at which printed lines part what was found as one row.

    A line parts it where letters stand on it and others under it; tall letters reach over the line above theirs, tails below their own.
    """
    pitch_px = (topic_card.TITLE_LINES_MM[1] - topic_card.TITLE_LINES_MM[0]) * px_per_mm
    within = []
    for line_mm in topic_card.TITLE_LINES_MM:
        at = line_mm * px_per_mm - top_px
        for top, bottom in spans_px:
            if at - top > settings.stands_over * pitch_px and bottom - at > settings.hangs_under * pitch_px:
                within.append(round(at + settings.foot_mm * px_per_mm))
    return sorted(set(within))


def _rows(part: Card, cuts_px: Sequence[int]) -> Iterator[Card]:
    """The title's part once for each row between the cuts, all else made paper."""
    for top, bottom in pairwise((0, *cuts_px, len(part.image))):
        picture = np.full_like(part.image, 255)
        picture[top:bottom] = part.image[top:bottom]
        yield replace(part, image=readonly(picture))


def _title_part(card: Card, share: Floats) -> tuple[Card, tuple[int, int]]:
    """The part of a topic card where titles are written, without what is printed there; and where it lies (x, y) in the card."""
    x, y, width, height = place_of(share, topic_card.TITLE)
    part = np.s_[y : y + height, x : x + width]
    clean = (255 * share[part]).astype(np.uint8)
    picture = np.asarray(cv2.cvtColor(clean, cv2.COLOR_GRAY2BGR), np.uint8)
    return replace(card, image=readonly(picture), mask=readonly(card.mask[part])), (x, y)
