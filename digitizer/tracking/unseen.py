"""A photo of a part of a board says nothing of what it does not show: which entries it can be asked about, and which cards must wait."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from digitizer.model import BoardReading, CardReading, Entry, Ignored, Status
from digitizer.settings import ReconcileSettings
from digitizer.tracking.likeness import centre_mm, contradicts, differ, likeness, side_mm
from digitizer.tracking.match import Matches
from digitizer.tracking.views import place_in_view


def asked(entries: Sequence[Entry], reading: BoardReading, settings: ReconcileSettings) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
    """Entries of which a look can tell anything, and those out of its sight.

    It can of those whose place it shows wholly, of those in whose place it shows a card, or a card of their number, and of those that are
    gone; a look at the whole board can of all.
    """
    if reading.whole:
        return tuple(entries), ()
    told = {entry.id: _tells_of(entry, reading, settings) for entry in entries}
    return tuple(entry for entry in entries if told[entry.id]), tuple(entry for entry in entries if not told[entry.id])


def without_strangers(matches: Matches, unseen: Sequence[Entry], settings: ReconcileSettings) -> tuple[Matches, tuple[Ignored, ...]]:
    """Matches without new cards that look or read like an entry out of sight, and why.

    Its card may have been moved here, or this may be another like it: a photo that shows both places will tell.
    """
    cards = (*matches.new, *(card for _, card in matches.displaced))
    like = _likes(unseen, cards, settings)
    waiting = {id(card): entry for card, entry in zip(cards, like, strict=True) if entry is not None}
    if not waiting:
        return matches, ()
    kept = replace(
        matches,
        new=tuple(card for card in matches.new if id(card) not in waiting),
        displaced=tuple((entry, card) for entry, card in matches.displaced if id(card) not in waiting),
    )
    return kept, tuple(_note(card, waiting[id(card)]) for card in cards if id(card) in waiting)


def _tells_of(entry: Entry, reading: BoardReading, settings: ReconcileSettings) -> bool:
    if entry.status is Status.GONE or place_in_view(entry, reading, settings):
        return True
    if entry.number is not None and any(card.card.number == entry.number for card in reading.cards):
        return True
    return any(math.dist(entry.centre_mm, centre_mm(card)) <= settings.in_place * side_mm(card) for card in reading.cards)


def _likes(unseen: Sequence[Entry], cards: Sequence[CardReading], settings: ReconcileSettings) -> list[Entry | None]:
    """For each card an entry out of sight that it may be, if there is one."""
    if not unseen:
        return [None] * len(cards)
    like = likeness(unseen, cards, settings)
    said = (np.nan_to_num(like.words) >= settings.same_words) & (like.trust >= settings.trusted)
    alike = ((like.picture <= settings.moved_picture) & ~contradicts(like, settings)) | said
    alike &= ~differ(unseen, cards)
    return [unseen[int(alike[:, k].argmax())] if alike[:, k].any() else None for k in range(len(cards))]


def _note(card: CardReading, entry: Entry) -> Ignored:
    return Ignored(
        f'A card that reads "{card.title.text}" may be "{entry.title}", whose place this photo does not show. Nothing was moved or '
        "added: send a photo that shows both places."
    )
