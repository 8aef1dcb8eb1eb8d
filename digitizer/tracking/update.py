"""What becomes of an entry: seen, moved, contradicted, missed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np

from digitizer.model import CardReading, Entry, Guess, Status, Vote
from digitizer.settings import ReconcileSettings
from digitizer.tracking import votes
from digitizer.tracking.likeness import bits_apart, centre_mm

LOOK = 4
"""What a clear look without a card adds to its misses; one while somebody stands before the board adds a quarter of it."""

DOUBTED = 1000
"""What a photo adds that is itself doubted: counted apart, so that such photos never add to those that count."""

WELL_SEEN = 0.9
"""Visible share of a card from which its picture is taken as its newest."""

Votes = tuple[Vote, ...]
Fields = dict[str, Any]
"""Fields of an entry that change; one ``replace`` for all, since each copies all of them."""


def appear(reading: CardReading, taken_at: datetime, entry_id: str, settings: ReconcileSettings) -> Entry:
    """A new entry from the first look at its card."""
    blank = Entry(
        id=entry_id,
        cell=reading.card.cell,
        title="",
        handle=None,
        host=None,
        fingerprint=reading.card.fingerprint,
        centre_mm=centre_mm(reading),
        status=Status.LIVE,
        version=0,
        title_confidence=0.0,
        handle_confidence=0.0,
        needs_review=True,
        confirmed=False,
        confirmed_fingerprint=None,
        misses=0,
        first_seen=taken_at,
        seen_at=taken_at,
        changed_at=taken_at,
        number=reading.card.number,
    )
    return see(blank, reading, taken_at, settings)


def see(entry: Entry, reading: CardReading, taken_at: datetime, settings: ReconcileSettings) -> Entry:
    """An entry whose card is seen again: its text by all votes, its newest picture, its place unless that is for ``move`` to say.

    A look that shows clearly less of the card than an earlier one does not speak for its words, nor does a clearly coarser one while the
    card is the same; a clearly finer one speaks alone.
    """
    card = reading.card
    seen: Fields = {"seen_at": max(entry.seen_at, taken_at), "misses": 0, "number": entry.number if card.number is None else card.number}
    if card.visible < settings.covered:
        return replace(entry, **seen)
    if card.visible >= WELL_SEEN:
        seen |= {"covered": 0, "shape_mm": _shape_mm(entry, reading), **_picture(entry, card.fingerprint, settings)}
        if card.cell == entry.cell or entry.assigned:
            seen["centre_mm"] = centre_mm(reading)
    if card.visible < entry.best_view - settings.worse_view or _outranked(entry, reading, settings):
        return replace(entry, **seen)
    seen |= {"best_view": max(entry.best_view, card.visible), "detail_mm": _detail_mm(entry, reading, settings)}
    return replace(entry, **seen, **_read(_heard_before(entry, reading, settings), reading, settings))


def is_finer(one_mm: float, other_mm: float, settings: ReconcileSettings) -> bool:
    """Whether a look of one detail carries clearly more than a look of another; not if either is unknown (0)."""
    return bool(one_mm and other_mm) and one_mm * settings.finer < other_mm


def _outranked(entry: Entry, reading: CardReading, settings: ReconcileSettings) -> bool:
    """Whether the same card was read in a clearly finer look before."""
    same = bits_apart(entry.fingerprint, reading.card.fingerprint) <= settings.near_picture
    return same and is_finer(entry.detail_mm, reading.card.detail_mm, settings)


def _detail_mm(entry: Entry, reading: CardReading, settings: ReconcileSettings) -> float:
    """The finest detail by which a card's words were read; that of this look alone once its picture is another for good."""
    fresh = reading.card.detail_mm
    known = (entry.fingerprint, entry.odd_fingerprint)
    apart, odd = (bits_apart(known_one, reading.card.fingerprint) for known_one in known)
    another = apart > settings.moved_picture >= odd
    return fresh if another or not entry.detail_mm else min(entry.detail_mm, fresh or entry.detail_mm)


def _heard_before(entry: Entry, reading: CardReading, settings: ReconcileSettings) -> Entry:
    """The entry without the votes of coarser looks, where this one is clearly finer and no more doubtful.

    So it is where this look shows more of the card than any before: half a title is another wording, not a vote.

    Who holds a session is only forgotten where this look read somebody: lines are lost more often than invented.
    """
    more = reading.card.visible > entry.best_view + settings.worse_view
    finer = (more or is_finer(reading.card.detail_mm, entry.detail_mm, settings)) and bool(reading.title.text)
    if not finer or (reading.needs_review and not entry.needs_review):
        return entry
    who: Fields = {"handle_votes": (), "host_votes": ()} if reading.handle or reading.host else {}
    return replace(entry, title_votes=(), **who)


def _shape_mm(entry: Entry, reading: CardReading) -> tuple[float, ...]:
    """Corners about the centre, halfway from the known ones to those of this look, whose outline may be a bad one."""
    corners = reading.card.corners_mm - reading.card.corners_mm.mean(axis=0)
    known = np.reshape(entry.shape_mm, (4, 2)) if entry.shape_mm else corners
    return tuple(((known + corners) / 2).ravel().tolist())


def _picture(entry: Entry, fingerprint: bytes, settings: ReconcileSettings) -> Fields:
    """A picture that is not like the last one counts from the second such look on: the first may be badly cut."""
    known = (entry.fingerprint, entry.odd_fingerprint)
    if any(bits_apart(known_one, fingerprint) <= settings.moved_picture for known_one in known):
        return {"fingerprint": fingerprint, "odd_fingerprint": b""}
    return {"odd_fingerprint": fingerprint}


def cover(entry: Entry, seen: bool, settings: ReconcileSettings) -> Entry:
    """An entry over which another card hangs: it stays.

    Where it is not ``seen`` it is in doubt from the second look on, unless a person stands for it.
    """
    covered = min(entry.covered + 1, settings.changed_looks)
    doubtful = not seen and covered >= settings.changed_looks and entry.status is Status.LIVE and not entry.confirmed
    return replace(entry, misses=0, covered=covered, needs_review=entry.needs_review or doubtful)


def move(entry: Entry, reading: CardReading) -> Entry:
    """An entry whose card hangs elsewhere; a cell given by a person no longer holds."""
    return replace(entry, cell=reading.card.cell, centre_mm=centre_mm(reading), assigned=False, covered=0, shape_mm=())


def give_back(entry: Entry, reading: CardReading) -> Entry:
    """An entry that was gone and hangs again."""
    return replace(move(entry, reading), status=Status.LIVE, misses=0)


def contradict(entry: Entry, reading: CardReading, taken_at: datetime, settings: ReconcileSettings) -> Entry:
    """An entry whose picture changed: the words stay until a person decides, the new ones are offered."""
    fresh = replace(entry, title_votes=(), handle_votes=(), host_votes=()) if entry.confirmed else entry
    seen = see(fresh, reading, taken_at, settings)
    offered = tuple(dict.fromkeys([reading.title.text, *reading.title.alternatives]))
    return replace(
        seen,
        title=entry.title,
        handle=entry.handle,
        host=entry.host,
        fingerprint=reading.card.fingerprint,
        odd_fingerprint=b"",
        detail_mm=reading.card.detail_mm,
        needs_review=True,
        alternatives=tuple(text for text in offered if text),
        handle_alternatives=() if reading.handle is None else (reading.handle.text, *reading.handle.alternatives),
    )


def hear(entry: Entry, words: Mapping[str, str | None], taken_at: datetime, settings: ReconcileSettings) -> Entry:
    """An entry after a second opinion on its picture: it votes as one doubtful look would, and settles no doubt.

    ``words`` by field; a handle or host that it does not give is no vote against one.
    """
    given = {name: Guess(text, settings.second_opinion) for name in ("title", "handle", "host") if (text := words.get(name))}
    cast = tuple(
        votes.cast(field, given[name], 1.0, False, settings) if name in given else field
        for name, field in (("title", entry.title_votes), ("handle", entry.handle_votes), ("host", entry.host_votes))
    )
    if entry.confirmed or not all(cast):
        return entry
    title, handle, host = cast
    counted: Fields = {"title_votes": title, "handle_votes": handle, "host_votes": host}
    heard = replace(entry, **counted, **_worded(entry, (title, handle, host), settings))
    return settle(entry, replace(heard, needs_review=entry.needs_review or heard.needs_review), taken_at)


def is_covered(entry: Entry, settings: ReconcileSettings) -> bool:
    """Whether another card hung over an entry's in so many looks that it is in doubt."""
    return entry.covered >= settings.changed_looks and (entry.needs_review or entry.confirmed or entry.status is not Status.LIVE)


def in_conflict(entry: Entry) -> bool:
    """Whether the picture of a confirmed entry has changed and nobody has decided yet."""
    return entry.confirmed and entry.needs_review


def picture_changed(entry: Entry, reading: CardReading, settings: ReconcileSettings) -> bool:
    """Whether a card no longer looks as it did when a person last judged it, or as it was last seen."""
    known = entry.confirmed_fingerprint or entry.fingerprint
    return bits_apart(known, reading.card.fingerprint) > settings.changed_picture


def settle(before: Entry, after: Entry, taken_at: datetime) -> Entry:
    """``after`` with its version and time of change, raised where a person could see a difference."""
    seen = ("cell", "title", "handle", "host", "status", "needs_review", "confirmed")
    if all(getattr(before, name) == getattr(after, name) for name in seen):
        return after
    return replace(after, version=before.version + 1, changed_at=taken_at)


def _read(entry: Entry, reading: CardReading, settings: ReconcileSettings) -> Fields:
    """What a look makes of an entry's words."""
    weight, clear = reading.card.visible, not reading.needs_review
    title = votes.cast(entry.title_votes, reading.title, weight, clear, settings)
    handle = votes.cast(entry.handle_votes, reading.handle, weight, clear, settings)
    host = votes.cast(entry.host_votes, reading.host, weight, clear, settings)
    counted: Fields = {"title_votes": title, "handle_votes": handle, "host_votes": host}
    if not entry.confirmed:
        return counted | _worded(entry, (title, handle, host), settings)
    if not in_conflict(entry):
        return counted
    if not picture_changed(entry, reading, settings):  # it was a shadow: the card is again the one the person saw
        return counted | {"needs_review": False, "alternatives": (), "handle_alternatives": ()}
    best = votes.winner(title, reading.title.text, settings)
    return counted | {"alternatives": tuple(dict.fromkeys(text for text in (best.text, *votes.alternatives(title, best)) if text))}


def _worded(entry: Entry, cast: tuple[Votes, Votes, Votes], settings: ReconcileSettings) -> Fields:
    sitting = entry.title, entry.handle, entry.host
    title, handle, host = (votes.winner(field, text, settings) for field, text in zip(cast, sitting, strict=True))
    doubtful = not (title.clear and handle.clear) or votes.contested(cast[0], title, settings)
    return {
        "title": title.text,
        "handle": handle.text or None,
        "host": host.text or None,
        "title_confidence": title.confidence,
        "handle_confidence": handle.confidence,
        "needs_review": doubtful or votes.contested(cast[1], handle, settings),
        "alternatives": votes.alternatives(cast[0], title),
        "handle_alternatives": votes.alternatives(cast[1], handle),
    }
