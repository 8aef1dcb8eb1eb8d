"""What to make of entries without a card and cards without an entry: parts, cards that took a place, cards that hang over one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from calibration.rig import Floats
from digitizer.model import CardReading, Entry
from digitizer.settings import ReconcileSettings
from digitizer.tracking.assignment import assign
from digitizer.tracking.covers import (
    area_mm2,
    cover_of,
    known_side_mm,
    place_mm,
    same_corners,
    shared_mm2,
    touched_by_people,
    within,
    within_reach,
)
from digitizer.tracking.likeness import (
    LEAST_LETTERS,
    bits_apart,
    centre_mm,
    contradicts,
    differ,
    letters_in_common,
    letters_within,
    likeness,
    side_mm,
)
from digitizer.tracking.update import DOUBTED, LOOK, WELL_SEEN

Pair = tuple[Entry, CardReading]

LEAST_TO_SHIFT = 4
"""Cards that tell by how much a look is shifted; fewer may have been moved by hand."""


@dataclass(frozen=True, eq=False)
class Scene:
    """All that a look shows: the cards that have their entry, those that have none, people's outlines, the side of a usual card."""

    same: tuple[Pair, ...]
    cards: tuple[CardReading, ...]
    people_mm: tuple[Floats, ...]
    usual_mm: float

    def place_mm(self, entry: Entry) -> Floats:
        """4x2 corners of where an entry's card would be found in this look, had it stayed."""
        return place_mm(entry, self.usual_mm) + self.shift_mm

    @cached_property
    def shift_mm(self) -> Floats:
        """How far all cards seem to have shifted at once: the camera was nudged, and the pose found again to some millimetres."""
        steps = [np.subtract(centre_mm(card), entry.centre_mm) for entry, card in self.same]
        return np.asarray(np.median(steps, axis=0)) if len(steps) >= LEAST_TO_SHIFT else np.zeros(2)


def as_seen(entry: Entry, card: CardReading, scene: Scene, settings: ReconcileSettings) -> CardReading:
    """A reading of a known card that tells how little of it shows where something is before it, though the finder took it for whole.

    One that was covered stays so until it is seen whole.
    """
    moved = math.dist(entry.centre_mm, centre_mm(card)) > settings.in_place * side_mm(card)
    if moved or seen_whole(entry, card, settings):
        return card
    share = min(
        card.card.visible,
        1 - max((cover_of(scene.place_mm(entry), o) for o in over_seen(entry, card, scene, settings)), default=0.0),
    )
    if entry.shape_mm and (entry.covered or _something_before(entry, card, scene, settings)):
        size = (side_mm(card) / known_side_mm(entry)) ** 2
        share = min(share, size) if size < settings.part else share
    return card if share == card.card.visible else replace(card, card=replace(card.card, visible=share))


def as_new(card: CardReading, scene: Scene, settings: ReconcileSettings) -> CardReading:
    """A reading of a new card that tells that not all of it shows, where one that was known before hangs over it as whole as ever."""
    outline = card.card.corners_mm
    near = [(entry, known) for entry, known in scene.same if within_reach(entry, card, scene.usual_mm)]
    over = (known for entry, known in near if cover_of(outline, known) >= settings.hidden_by_card and seen_whole(entry, known, settings))
    if card.card.visible < settings.in_part or not any(over):
        return card
    return replace(card, card=replace(card.card, visible=settings.in_part))


def over_seen(entry: Entry, card: CardReading, scene: Scene, settings: ReconcileSettings) -> tuple[CardReading, ...]:
    """Cards that hang over an entry whose card is seen, in part."""
    if seen_whole(entry, card, settings) or math.dist(entry.centre_mm, centre_mm(card)) > settings.in_place * side_mm(card):
        return ()
    return tuple(other for other in hung_over(entry, scene, settings) if other is not card)


def parts(entries: Sequence[Entry], scene: Scene, settings: ReconcileSettings) -> tuple[Pair, ...]:
    """Cards that are what shows of an entry, something else being before the rest of it."""
    fit, two = np.zeros((len(entries), len(scene.cards))), differ(entries, scene.cards)
    for i, entry in enumerate(entries):
        place = scene.place_mm(entry)
        for j, card in enumerate(scene.cards):
            if within_reach(entry, card, scene.usual_mm) and not two[i, j] and _is_part(entry, card, scene, settings):
                fit[i, j] = within(place, card)
    return tuple((entries[i], as_seen(entries[i], scene.cards[j], scene, settings)) for i, j in assign(fit))


def took_place(entries: Sequence[Entry], scene: Scene, settings: ReconcileSettings) -> tuple[Pair, ...]:
    """Another card hangs where an entry's did and takes all of its place; over one that was covered before, it hangs as well."""
    fit, two = np.zeros((len(entries), len(scene.cards))), differ(entries, scene.cards)
    for i, entry in enumerate(entries):
        place = scene.place_mm(entry)
        for j, card in enumerate(scene.cards):
            apart = math.dist(entry.centre_mm, centre_mm(card)) / side_mm(card)
            in_place = apart < settings.in_place and cover_of(place, card) >= settings.taken_over
            if in_place and not two[i, j] and not entry.covered and not _grown_together(entry, place, card, settings):
                fit[i, j] = settings.in_place - apart
    return tuple((entries[i], scene.cards[j]) for i, j in assign(fit))


def re_pinned(entries: Sequence[Entry], scene: Scene, settings: ReconcileSettings) -> tuple[Pair, ...]:
    """Cards a hand's breadth from where an entry hung that look or read much like it, neither having another to go to."""
    like = likeness(entries, scene.cards, settings)
    words = np.nan_to_num(like.words, nan=0.0)
    near = like.place <= settings.near_place
    alike = (like.picture <= settings.changed_picture) & ~contradicts(like, settings)
    near &= ~differ(entries, scene.cards)
    score = np.where(near & (alike | (words >= settings.like_words)), 1 - like.picture + words, 0.0)
    return tuple((entries[i], scene.cards[j]) for i, j in assign(score))


def hung_over(entry: Entry, scene: Scene, settings: ReconcileSettings) -> tuple[CardReading, ...]:
    """Cards that came after an entry and hang over a part of its place, so that the finder may miss what is left of it.

    A place that was seen bare twice is not covered: who pins a card there covers nothing.
    """
    if not entry.covered and entry.misses % DOUBTED >= 2 * LOOK:
        return ()
    place = scene.place_mm(entry)
    near = [(known, card) for known, card in scene.same if known is not entry and within_reach(entry, card, scene.usual_mm)]
    later = [card for known, card in near if _came_later(known, card, entry, settings)]
    over = (card for card in (*later, *scene.cards) if within_reach(entry, card, scene.usual_mm))
    shares = ((card, cover_of(place, card)) for card in over)
    much = [(card, share) for card, share in shares if share >= settings.hidden_by_card]
    return tuple(
        card for card, share in much if entry.covered or share < settings.taken_over or _grown_together(entry, place, card, settings)
    )


def _grown_together(entry: Entry, place: Floats, card: CardReading, settings: ReconcileSettings) -> bool:
    """Whether an outline holds a place and more, a corner of it to the millimetre: its card and one that hangs over it, found as one.

    No hand pins another, larger card so exactly. A card that was seen once, and is in doubt, may have been cut out too small then.
    """
    if entry.seen_at == entry.first_seen and entry.needs_review and not entry.confirmed:
        return False
    larger = side_mm(card) ** 2 >= settings.grown * area_mm2(place)
    return larger and cover_of(place, card) >= settings.whole and same_corners(place, card, settings.same_corner_mm) > 0


def hung_under(entry: Entry, covered: Sequence[Entry], usual_mm: float, settings: ReconcileSettings) -> bool:
    """Whether an entry that was covered still is, by a card that has itself come to hang under another."""
    place = place_mm(entry, usual_mm)
    shares = (shared_mm2(place, place_mm(other, usual_mm)) / area_mm2(place) for other in covered if other is not entry)
    return bool(entry.covered) and any(share >= settings.hidden_by_card for share in shares)


def found_elsewhere(entry: Entry, scene: Scene, settings: ReconcileSettings) -> bool:
    """Whether an entry was begun by a bad look at a card that hangs in its place and is now known to be an older one."""
    if entry.confirmed:
        return False
    place = scene.place_mm(entry)
    older = (card for known, card in scene.same if known.seen_at < entry.first_seen and within_reach(entry, card, scene.usual_mm))
    return any(cover_of(place, card) >= settings.taken_over for card in older)


def half_hidden(card: CardReading, people_mm: Sequence[Floats], settings: ReconcileSettings) -> bool:
    """Whether somebody stands before a part of a card that cannot be read with confidence."""
    outline = card.card.corners_mm
    doubtful = card.needs_review and not (card.card.obstructed and card.title.confidence >= settings.sure_words)
    return doubtful and (card.card.visible < settings.covered or touched_by_people(outline, people_mm, settings.touched))


def _came_later(known: Entry, card: CardReading, entry: Entry, settings: ReconcileSettings) -> bool:
    """Whether a card was pinned, or moved, since an entry was last seen whole: one beside which it showed hides nothing of it."""
    piece = not entry.confirmed and letters_within(known.title, entry.title) >= settings.same_words
    moved = math.dist(known.centre_mm, centre_mm(card)) > settings.in_place * side_mm(card)
    in_part = bool(entry.covered) or 0 < entry.best_view < WELL_SEEN
    return not piece and (in_part or moved or known.first_seen > entry.seen_at)


def _is_part(entry: Entry, card: CardReading, scene: Scene, settings: ReconcileSettings) -> bool:
    place = scene.place_mm(entry)
    if within(place, card) < settings.part or side_mm(card) ** 2 >= settings.part * area_mm2(place):
        return False
    if len(card.title.text) >= LEAST_LETTERS and letters_within(entry.title, card.title.text) < settings.like_words:
        return False
    return _something_before(entry, card, scene, settings)


def seen_whole(entry: Entry, card: CardReading, settings: ReconcileSettings) -> bool:
    """Whether a card has its full size, and looks or says as it did."""
    size = (side_mm(card) / known_side_mm(entry)) ** 2 if entry.shape_mm else 0.0
    if min(card.card.visible, size) < settings.whole:
        return False
    alike = bits_apart(entry.fingerprint, card.card.fingerprint) <= settings.sure_picture
    long_enough = min(len(entry.title), len(card.title.text)) >= LEAST_LETTERS
    return alike or (long_enough and letters_in_common(entry.title, card.title.text) >= settings.whole)


def _something_before(entry: Entry, card: CardReading, scene: Scene, settings: ReconcileSettings) -> bool:
    """Whether another card, or somebody, takes a part of an entry's place."""
    place = scene.place_mm(entry)
    others = [other for _, other in scene.same if other is not card] + [other for other in scene.cards if other is not card]
    near = (other for other in others if within_reach(entry, other, scene.usual_mm))
    return any(cover_of(place, other) > settings.touched for other in near) or touched_by_people(place, scene.people_mm, settings.touched)
