"""A card's crop -> its lines of writing, top to bottom: upright, tight to the ink."""

from __future__ import annotations

from digitizer.lines.assemble import assemble, assemble_otherwise
from digitizer.lines.clean import clean
from digitizer.lines.crop import LineCrop, cut
from digitizer.lines.ink import find_ink
from digitizer.model import Card
from digitizer.settings import LinesSettings


def find_lines(card: Card, settings: LinesSettings | None = None) -> tuple[LineCrop, ...]:
    """The lines of ``card``, top to bottom, then left to right."""
    return _found(card, settings or LinesSettings(), otherwise=False)


def find_lines_otherwise(card: Card, settings: LinesSettings | None = None) -> tuple[LineCrop, ...]:
    """The lines of ``card`` if it has more rows than seems likeliest, where that is nearly as likely; none where it is not."""
    return _found(card, settings or LinesSettings(), otherwise=True)


def _found(card: Card, settings: LinesSettings, otherwise: bool) -> tuple[LineCrop, ...]:
    if min(card.image.shape[:2]) < 16:
        return ()
    ink = find_ink(card.image, card.mask, settings)
    marks = clean(ink)
    found = (marks.labels, marks.letters, marks.weak, settings.most_skew_deg)
    lines = assemble_otherwise(*found, settings.dearer_rows) if otherwise else assemble(*found)
    return cut(card.image, ink.scale, lines, settings.margin)
