"""Which card of a look is which entry.

Topic cards of the kit are told by their numbers. All other pairs are scored by picture, place and words; a pair that no single one of
them can justify is forbidden; the rest is settled for all cards at once, so that swapped cards, doubles and two cards in a cell find
their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from calibration.rig import Floats
from digitizer.model import BoardReading, CardReading, Entry, Status
from digitizer.settings import ReconcileSettings
from digitizer.tracking.assignment import assign
from digitizer.tracking.covers import usual_side_mm
from digitizer.tracking.leftover import (
    Scene,
    as_new,
    as_seen,
    found_elsewhere,
    hung_over,
    hung_under,
    over_seen,
    parts,
    re_pinned,
    took_place,
)
from digitizer.tracking.likeness import Likeness, contradicts, differ, letters_within, likeness, overlap
from digitizer.tracking.update import DOUBTED, LOOK, WELL_SEEN

Mask = NDArray[np.bool_]
Pair = tuple[Entry, CardReading]
T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Matches:
    """``same`` card and entry; ``displaced``: another card took the place of an entry; ``missing`` entries; ``new`` cards.

    ``covered``: entries over whose place other cards hang, so that they may hang below, and ``overhung`` those that show in part;
    ``superseded``: entries whose card turns out to be one that was known before.
    """

    same: tuple[Pair, ...]
    superseded: tuple[Entry, ...]
    displaced: tuple[Pair, ...]
    overhung: tuple[Entry, ...]
    covered: tuple[Entry, ...]
    missing: tuple[Entry, ...]
    new: tuple[CardReading, ...]


def match(entries: Sequence[Entry], reading: BoardReading, settings: ReconcileSettings) -> Matches:
    """Match the cards of a look with entries: those that hang first, then those that are gone with what is left.

    A dismissed entry whose place was seen without it is treated as gone: its picture may come back, its place is free.
    """
    cards = without_doubles(reading.cards, settings)
    named = by_number(entries, cards)
    told = {id(part) for pair in named for part in pair}
    cards = tuple(card for card in cards if id(card) not in told)
    hanging = [entry for entry in entries if id(entry) not in told and hangs(entry, settings)]
    away = [entry for entry in entries if id(entry) not in told and not hangs(entry, settings)]
    pairs = assign(scores(likeness(hanging, cards, settings), hanging, cards, settings))
    same = (*named, *((hanging[i], cards[j]) for i, j in pairs))
    lost, free = _but(hanging, [entry for entry, _ in same]), _but(cards, [card for _, card in same])
    seen = Scene(same, free, reading.people_mm, usual_side_mm(cards))
    overhung = tuple(entry for entry, card in same if over_seen(entry, card, seen, settings))
    same = tuple((entry, as_seen(entry, card, seen, settings)) for entry, card in same)
    shown = parts(lost, seen, settings)
    overhung += tuple(entry for entry, card in shown if over_seen(entry, card, seen, settings))
    lost, free = _but(lost, [entry for entry, _ in shown]), _but_at(free, [card for _, card in shown])
    again = re_pinned(lost, replace(seen, cards=free), settings)
    lost, free = _but(lost, [entry for entry, _ in again]), _but(free, [card for _, card in again])
    same = (*same, *again)
    displaced = took_place(lost, replace(seen, cards=free), settings)
    lost, free = _but(lost, [entry for entry, _ in displaced]), _but(free, [card for _, card in displaced])
    young = [(entry, card) for entry, card in same if (reading.taken_at - entry.first_seen).total_seconds() <= settings.young_s]
    handed, superseded = _known_after_all((*lost, *away), young, settings)
    same = tuple((handed.get(id(card), entry), card) for entry, card in same)
    superseded += tuple(entry for entry in lost if found_elsewhere(entry, replace(seen, same=same), settings))
    lost = _but(lost, [*(entry for entry, _ in same), *superseded])
    away = [entry for entry in away if all(entry is not found for found, _ in same)]
    over = {entry.id: hung_over(entry, replace(seen, same=same, cards=free), settings) for entry in lost}
    covered = [entry for entry in lost if over[entry.id]]
    covered += [entry for entry in lost if not over[entry.id] and hung_under(entry, covered, seen.usual_mm, settings)]
    returned = _back(away, free, settings)
    free = _but(free, [card for _, card in returned])
    fresh = _but(free, [card for entry in lost if not entry.covered for card in over[entry.id] if card.needs_review])
    return Matches(
        same=(*same, *shown, *returned),
        displaced=displaced,
        superseded=superseded,
        overhung=overhung,
        covered=tuple(covered),
        missing=_but(lost, covered),
        new=tuple(as_new(card, replace(seen, same=same), settings) for card in fresh),
    )


def _known_after_all(
    lost: Sequence[Entry], young: Sequence[Pair], settings: ReconcileSettings
) -> tuple[dict[int, Entry], tuple[Entry, ...]]:
    """Entries that were lost before a card was taken for a new one and that a better look shows it to be, by the card's id.

    The first look at a card in its new place may be a bad one.
    """
    since = min((entry.seen_at for entry in lost), default=None)
    young = [(e, c) for e, c in young if since and e.first_seen > since and not e.confirmed and c.card.visible >= settings.covered]
    if not young:
        return {}, ()
    like = likeness(lost, [card for _, card in young], settings)
    later = np.array([[entry.first_seen > old.seen_at for entry, _ in young] for old in lost], dtype=np.bool_)
    later &= ~differ(lost, [card for _, card in young])
    found = assign(np.where(later, _return_scores(like, settings), 0.0))
    return {id(young[j][1]): lost[i] for i, j in found}, tuple(young[j][0] for _, j in found)


def _back(away: Sequence[Entry], cards: Sequence[CardReading], settings: ReconcileSettings) -> tuple[Pair, ...]:
    """Cards that were gone and hang again."""
    pairs = assign(np.where(differ(away, cards), 0.0, _return_scores(likeness(away, cards, settings), settings)))
    return tuple((away[i], cards[j]) for i, j in pairs)


def _but(values: Sequence[T], used: Sequence[T]) -> tuple[T, ...]:
    gone = {id(value) for value in used}
    return tuple(value for value in values if id(value) not in gone)


def _but_at(cards: Sequence[CardReading], used: Sequence[CardReading]) -> tuple[CardReading, ...]:
    """Cards but those whose outline is used: a part of a card is a reading of its own, of the same outline."""
    gone = {id(card.card.corners_mm) for card in used}
    return tuple(card for card in cards if id(card.card.corners_mm) not in gone)


def by_number(entries: Sequence[Entry], cards: Sequence[CardReading]) -> tuple[Pair, ...]:
    """The topic cards of a look whose numbers are known. An entry that hangs goes before one that is gone."""
    known = {entry.number: entry for entry in sorted(entries, key=lambda entry: entry.status is Status.LIVE) if entry.number is not None}
    seen = {card.card.number: card for card in cards if card.card.number in known}
    return tuple((known[number], card) for number, card in seen.items())


def hangs(entry: Entry, settings: ReconcileSettings) -> bool:
    """Whether an entry has a place on the board, as far as is known."""
    return entry.status is Status.LIVE or (entry.status is Status.DISMISSED and entry.misses % DOUBTED < LOOK * settings.looks_to_vanish)


def without_doubles(cards: Sequence[CardReading], settings: ReconcileSettings) -> tuple[CardReading, ...]:
    """Cards of a look, each once: of two outlines of one card the one that is seen better. A card pinned over another is none of these."""
    kept: list[CardReading] = []
    for card in sorted(cards, key=lambda c: (c.card.visible, c.title.confidence), reverse=True):
        if all(overlap(card, other) < settings.same_outline for other in kept):
            kept.append(card)
    return tuple(card for card in cards if any(card is other for other in kept))


def scores(like: Likeness, entries: Sequence[Entry], cards: Sequence[CardReading], settings: ReconcileSettings) -> Floats:
    """NxM: how well each card fits each entry that hangs; 0 where nothing justifies the pair."""
    s = settings
    words = np.nan_to_num(like.words, nan=0.5)
    covered = np.array([card.card.visible < s.covered for card in cards], dtype=bool)[None, :]
    near = (like.place <= s.near_place) & (like.picture <= s.near_picture)
    far = like.picture <= s.moved_picture
    said = (words >= s.same_words) & (like.trust >= s.trusted)
    stayed = (like.place <= s.in_place) & ((like.picture <= s.changed_picture) | (words >= s.like_words))
    score = 2.0 * (1 - like.picture / s.changed_picture) + np.maximum(0, 1 - like.place) + 2.0 * (words - 0.5)
    dismissed = np.array([entry.status is Status.DISMISSED for entry in entries], dtype=bool)[:, None]
    allowed = ((near | far | stayed) & ~contradicts(like, s)) | (said & ~dismissed) | (covered & (like.place <= s.in_place))
    allowed |= _of_parts(like.place, entries, cards, s)
    return np.where(allowed & ~differ(entries, cards), np.maximum(score, 0.05), 0.0)


def _of_parts(place: Floats, entries: Sequence[Entry], cards: Sequence[CardReading], settings: ReconcileSettings) -> Mask:
    """NxM: cards that hang where an entry did of which only a part was ever seen, and say all that was read of it."""
    out = np.zeros(place.shape, bool)
    for i, j in zip(*np.nonzero(place <= settings.in_place), strict=True):
        if entries[i].title and 0 < entries[i].best_view < WELL_SEEN:
            out[i, j] = letters_within(cards[j].title.text, entries[i].title) >= settings.like_words
    return out


def _return_scores(like: Likeness, settings: ReconcileSettings) -> Floats:
    """NxM for entries that are gone: only the same picture brings one back."""
    words = np.nan_to_num(like.words, nan=0.5)
    same = (like.picture <= settings.moved_picture) & ~contradicts(like, settings)
    near = (like.picture <= settings.near_picture) & (words >= settings.same_words)
    return np.where(same | near, 1.5 - like.picture + words + 0.1 * np.maximum(0, 1 - like.place), 0.0)
