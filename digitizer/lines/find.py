"""A card's crop -> its lines of writing, top to bottom: upright, tight to the ink."""

from __future__ import annotations

from digitizer.lines.assemble import assemble
from digitizer.lines.clean import clean
from digitizer.lines.crop import LineCrop, cut
from digitizer.lines.ink import find_ink
from digitizer.model import Card
from digitizer.settings import LinesSettings


def find_lines(card: Card, settings: LinesSettings | None = None) -> tuple[LineCrop, ...]:
    """The lines of ``card``, top to bottom, then left to right."""
    settings = settings or LinesSettings()
    if min(card.image.shape[:2]) < 16:
        return ()
    ink = find_ink(card.image, card.mask, settings)
    marks = clean(ink)
    return cut(card.image, ink.scale, assemble(marks.labels, marks.letters, marks.weak, settings.most_skew_deg), settings.margin)
