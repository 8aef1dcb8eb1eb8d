"""Several photos of one board taken together, whole or of parts of it, in any order: one reading, each card from its sharpest look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from calibration.rig import Cell, Floats, Layout, Rig
from digitizer.compose import Picture, chart_of, compose
from digitizer.errors import BoardNotFound
from digitizer.event import Board
from digitizer.model import CardReading, Digitization, Photo
from digitizer.partial import shown_cells
from digitizer.pipeline import Tools, digitize
from digitizer.settings import ReconcileSettings
from digitizer.tracking.covers import area_mm2, shared_mm2
from digitizer.tracking.places import carried_mm

SAME_PLACE = 0.5
"""Share of the smaller of two outlines from which they are of one card, seen twice."""


@dataclass(frozen=True, eq=False)
class Found:
    """A card as it was read best, and the look it was read in."""

    reading: CardReading
    look: Digitization


@dataclass(frozen=True, eq=False)
class Assembled:
    """What several photos say of one board together.

    ``looks`` those that were placed, in that order; ``cards`` each once; ``hidden`` cells that people hide in every look that would show
    them, ``not_shown`` those that no look shows wholly; ``refused`` photos that could not be placed, with the reason.
    """

    looks: tuple[Digitization, ...]
    cards: tuple[Found, ...]
    hidden: frozenset[Cell]
    not_shown: frozenset[Cell]
    refused: tuple[tuple[Photo, BoardNotFound], ...]


def assemble(
    photos: Sequence[Photo], board: Board, tools: Tools, rig: Rig | None = None, told: Callable[[Digitization], None] = lambda _: None
) -> Assembled:
    """Read photos of one board that were taken together. Each that is placed may help to place the others; ``told`` hears of it."""
    looks: list[Digitization] = []
    picture: Picture | None = None
    waiting, refused = list(photos), dict[str, BoardNotFound]()
    while waiting:
        left: list[Photo] = []
        for photo in waiting:
            try:
                look = digitize(photo, board, tools, rig, chart=lambda: chart_of(picture, rig))  # noqa: B023  called at once
            except BoardNotFound as error:
                refused[photo.sha256] = error
                left.append(photo)
                continue
            looks.append(look)
            told(look)
            if picture is None or not shown_cells(look) <= picture.seen_at.keys():
                picture = compose(picture, look.sheet, look.pose.layout, look.segmentation, look.photo.taken_at)
        if len(left) == len(waiting):
            break
        waiting = left
    return _merged(looks, [(photo, refused[photo.sha256]) for photo in waiting])


def _merged(looks: Sequence[Digitization], refused: Sequence[tuple[Photo, BoardNotFound]]) -> Assembled:
    if not looks:
        return Assembled((), (), frozenset(), frozenset(), tuple(refused))
    layout = looks[0].pose.layout
    shown = [shown_cells(look) for look in looks]
    seen = frozenset[Cell]().union(*(cells - look.reading.hidden for cells, look in zip(shown, looks, strict=True)))
    hidden = frozenset[Cell]().union(*(look.reading.hidden for look in looks)) - seen
    every = frozenset(layout.cells())
    groups = _groups([Found(card, look) for look in looks for card in look.reading.cards], layout)
    kept = [group for group in groups if _is_written(group) or not _is_denied(group, looks, shown)]
    return Assembled(tuple(looks), tuple(map(sharpest, kept)), hidden, every - seen - hidden, tuple(refused))


def sharpest(group: Sequence[Found], settings: ReconcileSettings | None = None) -> Found:
    """Of several looks at a card that which carries the most detail; of those that are about as fine the surest."""
    settings = settings or ReconcileSettings()
    finest = min(found.reading.card.detail_mm for found in group)
    fine = [found for found in group if found.reading.card.detail_mm <= settings.finer * finest]
    return max(fine, key=lambda found: (not found.reading.needs_review, _sureness(found.reading), -found.reading.card.detail_mm))


def _sureness(reading: CardReading) -> float:
    return reading.title.confidence * (reading.handle.confidence if reading.handle else 1.0)


def _groups(found: Sequence[Found], layout: Layout) -> list[list[Found]]:
    """Looks at the same card, by number or by place, the places carried to one layout."""
    groups: list[tuple[Floats, list[Found]]] = []
    for one in found:
        place = carried_mm(one.reading.card.corners_mm, one.look.pose.layout, layout)
        known = next((group for outline, group in groups if _same_card(one, place, group[0], outline)), None)
        if known is None:
            groups.append((place, [one]))
        else:
            known.append(one)
    return [group for _, group in groups]


def _same_card(one: Found, place: Floats, other: Found, outline: Floats) -> bool:
    numbers = one.reading.card.number, other.reading.card.number
    if one.look is other.look or None not in numbers:
        return one.look is not other.look and numbers[0] == numbers[1]
    return shared_mm2(place, outline) > SAME_PLACE * min(area_mm2(place), area_mm2(outline))


def _is_written(group: Sequence[Found]) -> bool:
    return any(found.reading.title.text or found.reading.handle or found.reading.host for found in group)


def _is_denied(group: Sequence[Found], looks: Sequence[Digitization], shown: Sequence[frozenset[Cell]]) -> bool:
    """Whether another look shows a bare card's cell without it: a shadow, most likely."""
    cell = group[0].reading.card.cell
    having = [found.look for found in group]
    return any(cell in cells and all(look is not one for one in having) for look, cells in zip(looks, shown, strict=True))
