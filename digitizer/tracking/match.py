"""Which card of a look is which entry.

Topic cards of the kit are told by their numbers. All other pairs are scored by picture, place and words; a pair that no single one of
them can justify is forbidden; the rest is settled for all cards at once, so that swapped cards, doubles and two cards in a cell find
their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.rig import Floats
from digitizer.model import CardReading, Entry, Status
from digitizer.settings import ReconcileSettings
from digitizer.tracking.assignment import assign
from digitizer.tracking.likeness import Likeness, likeness, overlap

Mask = NDArray[np.bool_]
Pair = tuple[Entry, CardReading]


@dataclass(frozen=True, eq=False)
class Matches:
    """``same`` card and entry; ``displaced``: another card where an entry hung; ``missing`` entries; ``new`` cards."""

    same: tuple[Pair, ...]
    displaced: tuple[Pair, ...]
    missing: tuple[Entry, ...]
    new: tuple[CardReading, ...]


def match(entries: Sequence[Entry], cards: Sequence[CardReading], settings: ReconcileSettings) -> Matches:
    """Match the cards of a look with entries: those that hang first, then those that are gone with what is left.

    A dismissed entry whose place was seen without it is treated as gone: its picture may come back, its place is free.
    """
    named = by_number(entries, cards)
    told = {id(part) for pair in named for part in pair}
    cards = [card for card in cards if id(card) not in told]
    hanging = [entry for entry in entries if id(entry) not in told and hangs(entry, settings)]
    away = [entry for entry in entries if id(entry) not in told and not hangs(entry, settings)]
    here = likeness(hanging, cards, settings)
    pairs = assign(scores(here, hanging, cards, settings))
    left_entries, left_cards = _left(len(hanging), [i for i, _ in pairs]), _left(len(cards), [j for _, j in pairs])
    displaced = _nearest(np.where(_differ(hanging, cards), np.inf, here.place), left_entries, left_cards, settings.in_place)
    taken = {j for _, j in displaced}
    free = [cards[j] for j in left_cards if j not in taken]
    returned = assign(np.where(_differ(away, free), 0.0, _return_scores(likeness(away, free, settings), settings)))
    back = {j for _, j in returned}
    return Matches(
        same=(*named, *((hanging[i], cards[j]) for i, j in pairs), *((away[i], free[j]) for i, j in returned)),
        displaced=tuple((hanging[i], cards[j]) for i, j in displaced),
        missing=tuple(hanging[i] for i in left_entries if i not in {i for i, _ in displaced}),
        new=tuple(card for j, card in enumerate(free) if j not in back),
    )


def by_number(entries: Sequence[Entry], cards: Sequence[CardReading]) -> tuple[Pair, ...]:
    """The topic cards of a look whose numbers are known. An entry that hangs goes before one that is gone."""
    known = {entry.number: entry for entry in sorted(entries, key=lambda entry: entry.status is Status.LIVE) if entry.number is not None}
    seen = {card.card.number: card for card in cards if card.card.number in known}
    return tuple((known[number], card) for number, card in seen.items())


def _differ(entries: Sequence[Entry], cards: Sequence[CardReading]) -> Mask:
    """NxM: both have a number. Those with the same are paired already, so these are two cards whatever they look like."""
    return np.array([[e.number is not None and c.card.number is not None for c in cards] for e in entries], dtype=bool).reshape(
        len(entries), len(cards)
    )


def hangs(entry: Entry, settings: ReconcileSettings) -> bool:
    """Whether an entry has a place on the board, as far as is known."""
    return entry.status is Status.LIVE or (entry.status is Status.DISMISSED and entry.misses < settings.looks_to_vanish)


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
    allowed = ((near | far | stayed) & ~_contradicts(like, s)) | (said & ~dismissed) | (covered & (like.place <= s.in_place))
    return np.where(allowed & ~_differ(entries, cards), np.maximum(score, 0.05), 0.0)


def _return_scores(like: Likeness, settings: ReconcileSettings) -> Floats:
    """NxM for entries that are gone: only the same picture brings one back."""
    words = np.nan_to_num(like.words, nan=0.5)
    same = (like.picture <= settings.moved_picture) & ~_contradicts(like, settings)
    near = (like.picture <= settings.near_picture) & (words >= settings.same_words)
    return np.where(same | near, 1.5 - like.picture + words + 0.1 * np.maximum(0, 1 - like.place), 0.0)


def _contradicts(like: Likeness, settings: ReconcileSettings) -> Mask:
    """Where two pictures look alike but both say, with confidence, something else."""
    alike = like.picture <= settings.sure_picture
    return np.asarray(
        ~alike & (np.nan_to_num(like.words, nan=1.0) < settings.unlike_words) & (like.trust >= settings.trusted), dtype=np.bool_
    )


def _nearest(place: Floats, rows: Sequence[int], columns: Sequence[int], reach: float) -> tuple[tuple[int, int], ...]:
    if not rows or not columns:
        return ()
    part = place[np.ix_(list(rows), list(columns))]
    return tuple((rows[i], columns[j]) for i, j in assign(reach - part))


def _left(count: int, used: Sequence[int]) -> list[int]:
    gone = set(used)
    return [i for i in range(count) if i not in gone]
