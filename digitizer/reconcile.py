"""Schedule + BoardReading -> Changes -> Schedule: what a look changes in what is known. Pure.

A schedule that loses a session because somebody stood before the board is worse than none, so that absence needs more evidence
than presence: a card is there when one photo shows it, and gone when several in a row show its place without it, and nobody about
who might hold it. A card over which another hangs is in doubt, not gone.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

import numpy as np

from digitizer.model import (
    Appeared,
    BoardReading,
    CardReading,
    Change,
    Conflict,
    Covered,
    Entry,
    Ignored,
    Looked,
    Missed,
    Moved,
    Returned,
    Reworded,
    Schedule,
    Seen,
    Status,
    Superseded,
    Vanished,
)
from digitizer.settings import ReconcileSettings
from digitizer.tracking import update
from digitizer.tracking.doubt import Doubt, misses_after, pose_slipped, weigh
from digitizer.tracking.leftover import half_hidden
from digitizer.tracking.likeness import centre_mm, letters_in_common
from digitizer.tracking.match import Matches, match
from digitizer.tracking.places import carried
from digitizer.tracking.unseen import asked, without_strangers
from digitizer.tracking.views import cells_in_view, evidence_of_absence


def reconcile(schedule: Schedule, reading: BoardReading, settings: ReconcileSettings | None = None) -> tuple[Change, ...]:
    """Tell what a look changes.

    A photo older than what is known changes nothing, unless it is a close one that came a little late: it tells what cards say that hang
    there still. One whose board seems to have slipped by a cell as a whole changes nothing either. Where most cards are missing the photo
    is doubted: nothing appears, moves or vanishes before the same was seen several times. A photo of a part of the board says nothing
    of what it does not show.
    """
    settings = settings or ReconcileSettings()
    late = _late(schedule, reading)
    if late and not _in_time_to_read(schedule, reading, settings):
        return (late,)
    entries, unseen = asked(carried(schedule.entries, schedule.layout, reading.layout), reading, settings)
    matches = match(entries, reading, settings)
    if late:
        return tuple(_sharpened(matches, reading, settings))
    matches, waiting = without_strangers(matches, unseen, settings)
    if slipped := pose_slipped(matches, reading, settings):
        return (slipped,)
    return (Looked(cells_in_view(reading), reading.layout), *waiting, *_changes(schedule, matches, reading, settings))


def _changes(schedule: Schedule, matches: Matches, reading: BoardReading, settings: ReconcileSettings) -> Iterator[Change]:
    doubt = weigh(matches, reading, settings)
    yield from doubt.notes
    for entry, card in matches.same:
        if not (doubt.holds and _elsewhere(entry, card, reading, settings)):
            yield from _known(entry, card, reading, settings)
    for entry, card in matches.displaced:
        yield from _displaced(entry, card, (doubt, evidence_of_absence(entry, reading, settings)), settings)
    if not doubt.holds:
        yield from (Covered(entry.id, seen=True) for entry in matches.overhung if not entry.covered)
        yield from (Covered(entry.id) for entry in matches.covered if entry.misses or not update.is_covered(entry, settings))
    yield from (Superseded(entry.id) for entry in matches.superseded)
    for entry in matches.missing:
        if evidence := evidence_of_absence(entry, reading, settings):
            yield _missing(entry, misses_after(entry, doubt, evidence), doubt, settings)
    if not doubt.holds:
        yield from (Appeared(card) for card in matches.new if not _waits(card, schedule, reading, settings))


def apply(
    schedule: Schedule,
    changes: Sequence[Change],
    taken_at: datetime,
    new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    settings: ReconcileSettings | None = None,
) -> Schedule:
    """Return the schedule after ``changes``; new entries stand at its end, in the order of their ``Appeared``."""
    settings = settings or ReconcileSettings()
    before = {entry.id: entry for entry in schedule.entries}
    after = dict(before)
    seen_at, layout = dict(schedule.cells_seen_at), schedule.layout
    for change in changes:
        match change:
            case Looked(cells, grid):
                seen_at |= dict.fromkeys(cells, taken_at)
                after = {entry.id: entry for entry in carried(tuple(after.values()), layout, grid)}
                layout = grid or layout
            case Appeared(reading):
                entry = update.appear(reading, taken_at, new_id(), settings)
                after[entry.id] = update.settle(entry, entry, taken_at)
            case Ignored():
                pass
            case _:
                after[change.entry_id] = _changed(after[change.entry_id], change, taken_at, settings)
    entries = tuple(update.settle(before[entry.id], entry, taken_at) if entry.id in before else entry for entry in after.values())
    return Schedule(schedule.board_id, schedule.version + 1, entries, MappingProxyType(seen_at), layout)


def _newest(schedule: Schedule) -> datetime | None:
    return max([*(entry.seen_at for entry in schedule.entries), *schedule.cells_seen_at.values()], default=None)


def _in_time_to_read(schedule: Schedule, reading: BoardReading, settings: ReconcileSettings) -> bool:
    newest = _newest(schedule)
    return not reading.whole and newest is not None and (newest - reading.taken_at).total_seconds() <= settings.late_s


def _sharpened(matches: Matches, reading: BoardReading, settings: ReconcileSettings) -> Iterator[Change]:
    """What an older look at a part of the board adds to a newer one: the words of cards that hang where they hung, if it is finer."""
    yield Looked(frozenset())
    for entry, card in matches.same:
        finer = update.is_finer(card.card.detail_mm, entry.detail_mm, settings)
        if finer and entry.status is not Status.GONE and not _elsewhere(entry, card, reading, settings):
            after = update.see(entry, card, reading.taken_at, settings)
            words = [(one.title, one.handle, one.host) for one in (entry, after)]
            yield Seen(entry.id, card) if words[0] == words[1] else Reworded(entry.id, card)


def _late(schedule: Schedule, reading: BoardReading) -> Ignored | None:
    newest = _newest(schedule)
    if newest is None or reading.taken_at >= newest:
        return None
    taken, known = (f"{at:%Y-%m-%d %H:%M:%S} UTC" for at in (reading.taken_at, newest))
    return Ignored(f"The photo was taken at {taken}; a newer one, of {known}, has been read already. The schedule stays as it is.")


def _waits(card: CardReading, schedule: Schedule, reading: BoardReading, settings: ReconcileSettings) -> bool:
    """Whether a new card is better looked at again once nobody stands before it: what shows of it may be of a card that is known."""
    somebody = bool(reading.hidden or reading.people_mm)
    return somebody and card.card.cell in schedule.cells_seen_at and half_hidden(card, reading.people_mm, settings)


def _known(entry: Entry, card: CardReading, reading: BoardReading, settings: ReconcileSettings) -> Iterator[Change]:
    if entry.status is Status.GONE:
        yield Returned(entry.id, card)
    elif _elsewhere(entry, card, reading, settings):
        yield Moved(entry.id, card, entry.cell, card.card.cell)
    if entry.confirmed and not update.in_conflict(entry) and _overwritten(entry, card, settings):
        misses = entry.misses % update.DOUBTED + update.LOOK
        yield Conflict(entry.id, card) if misses >= update.LOOK * settings.changed_looks else Missed(entry.id, misses)
        return
    after = update.see(entry, card, reading.taken_at, settings)
    same_words = (after.title, after.handle, after.host) == (entry.title, entry.handle, entry.host)
    yield Seen(entry.id, card) if same_words or entry.status is Status.DISMISSED else Reworded(entry.id, card)


def _overwritten(entry: Entry, card: CardReading, settings: ReconcileSettings) -> bool:
    """Whether the picture behind a person's words changed, and does not say the same again."""
    if card.card.visible < settings.covered or not update.picture_changed(entry, card, settings):
        return False
    known = (entry.title, *(vote.text for vote in entry.title_votes[:1]))  # as a person corrected it, and as it was read before
    return all(letters_in_common(text, card.title.text) < settings.same_words for text in known)


def _elsewhere(entry: Entry, card: CardReading, reading: BoardReading, settings: ReconcileSettings) -> bool:
    """Whether a card was gone, or hung in another cell and not just on the other side of a line."""
    if entry.status is Status.GONE:
        return True
    if card.card.cell == entry.cell or card.card.visible < settings.covered:
        return False
    if entry.assigned and card.card.cell is None:
        return False
    if reading.layout is None:
        return not entry.assigned
    step = np.abs(np.subtract(centre_mm(card), entry.centre_mm)) / reading.layout.cell_mm
    return bool(step.max() > settings.border)


def _displaced(entry: Entry, card: CardReading, weighed: tuple[Doubt, int], settings: ReconcileSettings) -> Iterator[Change]:
    """Another picture with other words where a card hung: replaced, rewritten, or badly seen.

    While somebody stands before the board the card that hung there may be in a hand: the other begins, it does not end yet.
    """
    doubt, evidence = weighed
    misses = misses_after(entry, doubt, evidence or 1)
    seen_often = misses % update.DOUBTED >= max(evidence, 1) * settings.changed_looks
    if doubt.holds or not seen_often:
        yield Missed(entry.id, misses)
    elif entry.status is Status.DISMISSED:
        yield from (Missed(entry.id, misses), Appeared(card))
    elif not entry.confirmed and _says_another(entry, card, settings):
        yield Vanished(entry.id) if evidence == update.LOOK else Missed(entry.id, misses)
        yield Appeared(card)
    elif entry.confirmed or card.title.confidence < entry.title_confidence:
        yield Conflict(entry.id, card)
    else:
        yield Reworded(entry.id, card)


def _says_another(entry: Entry, card: CardReading, settings: ReconcileSettings) -> bool:
    """Whether both titles are trusted and have little in common: then it is another card, not the same one better or worse read.

    What was only ever seen in part says nothing sure.
    """
    if 0 < entry.best_view < update.WELL_SEEN:
        return False
    sure = min(entry.title_confidence, card.title.confidence) >= settings.trusted
    return sure and letters_in_common(entry.title, card.title.text) < settings.like_words


def _missing(entry: Entry, misses: int, doubt: Doubt, settings: ReconcileSettings) -> Change:
    needed = settings.outside_looks if entry.cell is None else settings.looks_to_vanish
    gone = doubt.believed or (not doubt.holds and misses >= update.LOOK * needed)
    return Vanished(entry.id) if gone and entry.status is Status.LIVE else Missed(entry.id, misses)


def _changed(entry: Entry, change: Change, taken_at: datetime, settings: ReconcileSettings) -> Entry:
    match change:
        case Seen(_, reading) | Reworded(_, reading):
            return update.see(entry, reading, taken_at, settings)
        case Moved(_, reading):
            return update.move(entry, reading)
        case Returned(_, reading):
            return update.give_back(entry, reading)
        case Conflict(_, reading):
            return update.contradict(entry, reading, taken_at, settings)
        case Covered(_, seen):
            return update.cover(entry, seen, settings)
        case Missed(_, misses):
            return replace(entry, misses=misses)
        case Superseded():
            return replace(entry, status=Status.GONE, misses=0, fingerprint=b"")  # no card is ever taken for it again
        case Vanished():
            return replace(entry, status=Status.GONE, misses=0)
    raise TypeError(f"{change!r} changes no entry.")
