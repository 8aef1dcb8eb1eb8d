"""What a person does to an entry: correct, confirm, dismiss, assign, undo. Each is compare-and-set on the entry's version."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from calibration.rig import Cell
from digitizer.errors import NotStored, StoreError
from digitizer.model import Entry, Status
from digitizer.settings import ReconcileSettings
from digitizer.tracking.update import LOOK
from webapp.db import read_session, write_session
from webapp.models import BoardRow, EntryRow, LogRow, LookRow
from webapp.store.hosts import with_host_words
from webapp.store.opinions import with_opinions
from webapp.store.tables import StaleWrite, Step, Tables, now, row_of, to_entry, write_entry
from webapp.values import ReviewCard

LONGEST = 300
"""Characters of a field: no card holds more, and feeds have to show it."""

NO_PLACE = LOOK * ReconcileSettings().looks_to_vanish
"""Misses from which a dismissed card holds no place on the board any more."""

Act = Callable[[Entry], Entry]


class Review(Tables):
    """The reviewer's side of the schedule."""

    def review_cards(self) -> tuple[ReviewCard, ...]:
        """Entries that hang, and dismissed ones: doubtful first, conflicts before all, then by board and cell."""
        shown = EntryRow.status.in_([Status.LIVE.value, Status.DISMISSED.value])
        with read_session(self.engine) as session:
            undoable = set(session.scalars(select(LogRow.entry_id).where(LogRow.who.is_not(None), LogRow.undone.is_(False))))
            query = select(EntryRow, LookRow.reading).outerjoin(LookRow, EntryRow.look_id == LookRow.id).where(shown)
            rows = session.execute(query).all()
            cards = [_review_card(row, row.id in undoable, reading) for row, reading in rows]
            cards = with_host_words(session, with_opinions(session, cards, [row.look_id for row, _ in rows]))
        order = [board.id for board in self.event.boards]
        return tuple(sorted((c for c in cards if c.board_id in order), key=lambda card: _urgency(card, order)))

    def taken_off(self, limit: int) -> tuple[ReviewCard, ...]:
        """Sessions whose cards were taken off the board, which the public sees struck through; those last seen first."""
        gone = EntryRow.status == Status.GONE.value, EntryRow.published_at.is_not(None)
        boards = {board.id: board for board in self.event.boards}
        with read_session(self.engine) as session:
            rows = session.scalars(select(EntryRow).where(*gone).order_by(EntryRow.seen_at.desc(), EntryRow.id))
            cards = (_review_card(row, can_undo=False, reading=None) for row in rows if row.board_id in boards)
            return tuple(islice((card for card in cards if card.entry.cell and boards[card.board_id].has(card.entry.cell)), limit))

    def correct(self, entry_id: str, expected_version: int, title: str, handle: str | None, host: str | None, who: str) -> None:
        """Set the words of a card; from now on they outrank what is read. Raises ``StaleWrite``, ``NotStored``, ``StoreError``."""
        words = _tidy(title), _tidy(handle), _tidy(host)
        self._act(entry_id, expected_version, who, "corrected", lambda entry: _stand_for(_worded(entry, *words)))

    def confirm(self, entry_id: str, expected_version: int, who: str) -> None:
        """Stand for the words of a card as they are. Raises ``StaleWrite``, ``NotStored``."""
        self._act(entry_id, expected_version, who, "confirmed", _stand_for)

    def dismiss(self, entry_id: str, expected_version: int, who: str) -> None:
        """Say that a card is no session; it stays so while its picture stays. Raises ``StaleWrite``, ``NotStored``."""
        self._act(entry_id, expected_version, who, "dismissed", _dismissed)

    def assign(self, entry_id: str, expected_version: int, cell: Cell, who: str) -> None:
        """Give a card of the outside tray its cell; its own while it hangs there. Raises ``StaleWrite``, ``StoreError``."""
        with read_session(self.engine) as session:
            board = self.event.board(row_of(session, entry_id).board_id)
        if not board.has(cell):
            rows, columns = board.shape
            raise StoreError(f"The board has no cell in row {cell.row + 1}, column {cell.column + 1}.", f"It has {rows} x {columns}.")
        self._act(entry_id, expected_version, who, "assigned", lambda entry: replace(entry, cell=cell, assigned=True))

    def undo(self, entry_id: str, expected_version: int, who: str) -> None:
        """Take back the last step that a person took on an entry and nobody took back. Raises ``StaleWrite``, ``NotStored``."""
        query = select(LogRow).where(LogRow.entry_id == entry_id, LogRow.who.is_not(None), LogRow.undone.is_(False))
        with write_session(self.engine) as session:
            last = session.scalars(query.order_by(LogRow.id.desc()).limit(1)).first()
            if last is None or last.before is None:
                raise NotStored("There is nothing to take back.", remedy="Reload the page.")
            before = last.before
            step_ids = _lines_of(session, last)
            after = _write(session, (entry_id, expected_version, who, "undone"), lambda entry: _restored(entry, before, last.kind))
            lines = [*step_ids, *session.scalars(select(LogRow.id).where(LogRow.entry_id == after.id, LogRow.kind == "undone"))]
            session.execute(update(LogRow).where(LogRow.id.in_(lines)).values(undone=True))

    def _act(self, entry_id: str, expected_version: int, who: str, kind: str, act: Act) -> None:
        with write_session(self.engine) as session:
            _write(session, (entry_id, expected_version, who, kind), act)


def _write(session: Session, request: tuple[str, int, str, str], act: Act) -> Entry:
    entry_id, expected_version, who, kind = request
    board_id = session.scalar(select(EntryRow.board_id).where(EntryRow.id == entry_id))
    # the board first: on PostgreSQL it is the lock under which all writers of a board stand in line
    session.execute(update(BoardRow).where(BoardRow.id == board_id).values(version=BoardRow.version + 1))
    row = row_of(session, entry_id)
    before = to_entry(row)
    if before.version != expected_version:
        raise StaleWrite(
            "Somebody else, or the camera, changed this session meanwhile.",
            f'It now reads "{before.title}".',
            "Look at it again and repeat your step if it is still right.",
            before,
        )
    at = now()
    after = replace(act(before), version=before.version + 1, changed_at=at)
    write_entry(session, Step(row.board_id, before, after, at, who, kind))
    session.flush()
    return after


def _worded(entry: Entry, title: str | None, handle: str | None, host: str | None) -> Entry:
    if title is None:
        raise StoreError("A session needs a title.", remedy="Write one, or dismiss the card if it is no session.")
    return replace(entry, title=title, handle=handle, host=host)


def _stand_for(entry: Entry) -> Entry:
    """Words that a person stands for. A dismissed card is a session again; one that was taken off the board stays off it."""
    return replace(
        entry,
        status=Status.GONE if entry.status is Status.GONE else Status.LIVE,
        confirmed=True,
        confirmed_fingerprint=entry.fingerprint,
        needs_review=False,
        title_confidence=1.0,
        handle_confidence=1.0,
    )


def _dismissed(entry: Entry) -> Entry:
    misses = NO_PLACE if entry.status is Status.GONE else entry.misses  # nothing that hangs now is to be taken for it
    return replace(entry, status=Status.DISMISSED, confirmed_fingerprint=entry.fingerprint, needs_review=False, misses=misses)


def _restored(entry: Entry, before: dict[str, Any], kind: str) -> Entry:
    """An entry with what a person's step changed as it was; where it hangs now is the camera's to say."""
    if kind == "assigned" and not entry.assigned:  # since then the camera saw the card hang elsewhere
        return entry
    if kind == "assigned":
        return replace(entry, cell=Cell(*before["cell"]) if before["cell"] else None, assigned=before["assigned"])
    fingerprint = before["confirmed_fingerprint"]
    kept = ("title", "handle", "host", "needs_review", "confirmed", "title_confidence", "handle_confidence")
    return replace(
        entry,
        status=Status.GONE if entry.status is Status.GONE else Status(before["status"]),
        confirmed_fingerprint=None if fingerprint is None else bytes.fromhex(fingerprint),
        **{name: before[name] for name in kept},
    )


def _lines_of(session: Session, last: LogRow) -> list[int]:
    """All log lines of one step: a correction that the public sees in two ways has two."""
    same = (LogRow.entry_id == last.entry_id, LogRow.kind == last.kind, LogRow.at == last.at)
    return list(session.scalars(select(LogRow.id).where(*same)))


def _tidy(text: str | None) -> str | None:
    if text is None:
        return None
    tidy = "".join(sign for sign in " ".join(text.split()) if unicodedata.category(sign) != "Cc")  # calendars and XML cannot carry those
    if len(tidy) > LONGEST:
        raise StoreError(f"A field of {len(tidy)} characters is too long.", f"{LONGEST} are the most.")
    return tidy or None


def _review_card(row: EntryRow, can_undo: bool, reading: dict[str, Any] | None) -> ReviewCard:
    entry = to_entry(row)
    in_conflict = entry.status is Status.LIVE and entry.confirmed and entry.needs_review
    conflict = entry.alternatives[0] if in_conflict and entry.alternatives else None
    return ReviewCard(row.board_id, entry, can_undo, conflict, tuple(reading["lines"]) if reading else ())


def _urgency(card: ReviewCard, order: list[str]) -> tuple[bool, bool, bool, int, bool, Cell, datetime]:
    entry = card.entry
    live = entry.status is Status.LIVE
    return (
        not live,
        not entry.needs_review,
        card.conflict is None,
        order.index(card.board_id),
        entry.cell is None,
        entry.cell or Cell(0, 0),
        entry.first_seen,
    )
