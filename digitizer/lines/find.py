"""A card's crop -> its lines of writing, top to bottom: upright, tight to the ink."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from digitizer.lines.assemble import assemble
from digitizer.lines.clean import clean
from digitizer.lines.crop import LineCrop, cut
from digitizer.lines.ink import find_ink
from digitizer.model import Card
from digitizer.settings import LinesSettings

OtherLines: TypeAlias = Callable[[], tuple[LineCrop, ...]]
"""Finds the lines of a card cut otherwise; none where there is no other way."""


def find_lines(card: Card, settings: LinesSettings | None = None) -> tuple[LineCrop, ...]:
    """The lines of ``card``, top to bottom, then left to right."""
    return find_ways(card, settings)[0]


def find_ways(card: Card, settings: LinesSettings | None = None) -> tuple[tuple[LineCrop, ...], OtherLines]:
    """The lines of ``card``, and what finds them cut into more rows, where that is nearly as likely; its ink is looked at once."""
    settings = settings or LinesSettings()
    if min(card.image.shape[:2]) < 16:
        return (), tuple
    ink = find_ink(card.image, card.mask, settings)
    marks, scale = clean(ink), ink.scale
    found = assemble(marks, settings.most_skew_deg)

    def otherwise() -> tuple[LineCrop, ...]:
        return cut(card.image, scale, found.lines_otherwise(settings.dearer_rows), settings.margin)

    return cut(card.image, scale, found.lines(), settings.margin), otherwise
