"""The public's view: sessions, boards, what changed."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from calibration.rig import Cell
from digitizer.event import Board, Event
from digitizer.model import Status
from webapp.db import read_session, write_session
from webapp.models import BoardRow, EntryRow, EventRow, LogRow, PhotoRow
from webapp.store import events
from webapp.store.boards import seen_at
from webapp.store.tables import TOLD_ROW, Tables, board_row, face, now, to_entry
from webapp.values import ChangeKind, PhotoState, PublishedBoard, PublishedChange, PublishedSession, SessionStatus


class Published(Tables):
    """What pages, feeds and exports show. Dismissed cards and the outside tray are no sessions; one that was public stays, cancelled."""

    def published(self, board_id: str | None = None) -> tuple[PublishedSession, ...]:
        """Sessions of one board or all, in the order of time, then of rooms as they hang."""
        boards = self.event.boards if board_id is None else (self.event.board(board_id),)
        with read_session(self.engine) as session:
            return tuple(s for board in boards for s in self._sessions(session, board))

    def published_session(self, session_id: str) -> PublishedSession | None:
        """One session, also a cancelled or dismissed one; None where the public knows none of that id."""
        with read_session(self.engine) as session:
            row = session.get(EntryRow, session_id)
            board = next((board for board in self.event.boards if row and board.id == row.board_id), None)
            return self._session(row, board) if row and board and _is_told(row, board) else None

    def published_boards(self) -> tuple[PublishedBoard, ...]:
        """All boards in the order of event.toml, each with its sessions, in one consistent view."""
        with read_session(self.engine) as session:
            return tuple(self._board(session, board) for board in self.event.boards)

    def tell(self) -> bool:
        """Number anew what this event puts at another time or in another room than the public was told (RFC 5545, 3.8.7.4).

        Whether anything may have been numbered anew. To be called by whoever publishes numbers, each time: calendars pass over a change
        that comes under the number they have, and a server and an export with other event files tell the public by turns.
        """
        with read_session(self.engine) as session:
            if self._is_told(session.get(EventRow, TOLD_ROW)):
                return False
        with write_session(self.engine) as session:
            told = session.get(EventRow, TOLD_ROW)
            if told is not None:
                _number(session, events.from_json(told.data), self.event)
            session.merge(EventRow(id=TOLD_ROW, data=events.to_json(self.event)))
        return True

    def numbered_boards(self) -> tuple[PublishedBoard, ...]:
        """All boards as calendars may have them: read under numbers that were raised for this event, not for another since."""
        found = self.published_boards()
        return self.published_boards() if self.tell() else found

    def numbered_session(self, session_id: str) -> PublishedSession | None:
        """One session in the same way."""
        found = self.published_session(session_id)
        return self.published_session(session_id) if self.tell() else found

    def revision(self) -> str:
        """An opaque text that differs after anything changed: a schedule, a look, a picture, a photo's state."""
        query = select(BoardRow.id, BoardRow.version, BoardRow.inbox_version).order_by(BoardRow.id)
        with read_session(self.engine) as session:
            return ";".join(f"{name}:{version}:{inbox}" for name, version, inbox in session.execute(query))

    def newest(self, board_id: str) -> datetime | None:
        """When the newest photo was taken that waits or was read, None before the first."""
        waiting = select(func.max(PhotoRow.taken_at)).where(PhotoRow.board_id == board_id, PhotoRow.state == PhotoState.WAITING.value)
        with read_session(self.engine) as session:
            times = (board_row(session, board_id).looked_at, session.scalar(waiting))
        return max((at for at in times if at is not None), default=None)

    def changes(self, limit: int = 50) -> tuple[PublishedChange, ...]:
        """What the public saw change, newest first, all boards together."""
        query = select(LogRow, EntryRow.status).join(EntryRow, LogRow.entry_id == EntryRow.id).where(LogRow.public_kind.is_not(None))
        with read_session(self.engine) as session:
            rows = session.execute(query.order_by(LogRow.id.desc()).limit(limit))
            return tuple(self._change(row, Status(status)) for row, status in rows if self._has(row.board_id))

    def _is_told(self, row: EventRow | None) -> bool:
        """Whether the public was told of this event last."""
        own: dict[str, Any] = json.loads(json.dumps(events.to_json(self.event)))  # as a database gives it back, without tuples
        return row is not None and row.data == own

    def _has(self, board_id: str) -> bool:
        return any(board.id == board_id for board in self.event.boards)

    def _board(self, session: Session, board: Board) -> PublishedBoard:
        row = session.get_one(BoardRow, board.id)
        return PublishedBoard(
            board.id, board.date, row.version, row.looked_at, row.picture_at, self._sessions(session, board), seen_at(row)
        )

    def _sessions(self, session: Session, board: Board) -> tuple[PublishedSession, ...]:
        query = select(EntryRow).where(EntryRow.board_id == board.id, EntryRow.published_at.is_not(None))
        found = (self._session(row, board) for row in session.scalars(query) if _is_told(row, board))
        return tuple(sorted(found, key=lambda s: (s.starts_at, board.rooms.index(s.room), s.first_seen, s.id)))

    def _session(self, row: EntryRow, board: Board) -> PublishedSession:
        assert row.published_row is not None
        assert row.published_column is not None
        assert row.published_at is not None
        cell = Cell(row.published_row, row.published_column)
        slot = board.slot_of(cell)
        hangs = face(to_entry(row)) is not None
        return PublishedSession(
            id=row.id,
            board_id=board.id,
            cell=cell,
            room=board.room_of(cell),
            slot=slot,
            starts_at=self.event.starts_at(board, slot),
            ends_at=self.event.ends_at(board, slot),
            title=row.title,
            handle=row.handle,
            host=row.host,
            status=SessionStatus.CONFIRMED if hangs else SessionStatus.CANCELLED,
            doubtful=row.needs_review,
            sequence=row.sequence,
            first_seen=row.first_seen,
            seen_at=row.seen_at,
            changed_at=row.published_at,
            title_confidence=row.title_confidence,
            handle_confidence=row.handle_confidence,
            dismissed=row.status == Status.DISMISSED.value,
            number=row.evidence.get("number"),
            outdated=row.confirmed and row.needs_review,
            reserved=board.reserved_for(cell),
        )

    def _change(self, row: LogRow, status: Status) -> PublishedChange:
        kind = ChangeKind(row.public_kind or "")
        told = self._words if kind is ChangeKind.REWORDED else self._place
        return PublishedChange(
            id=row.id,
            session_id=row.entry_id,
            kind=kind,
            at=row.at,
            title=(row.after or {})["title"],
            before=None if kind in (ChangeKind.APPEARED, ChangeKind.RETURNED) else told(row.board_id, row.before),
            after=None if kind is ChangeKind.CANCELLED else told(row.board_id, row.after),
            by_hand=row.who is not None,
            reserved=self._reserved(row.board_id, row.before) if kind is ChangeKind.CANCELLED else None,
            dismissed=status is Status.DISMISSED,
        )

    def _place(self, board_id: str, entry: dict[str, Any] | None) -> str | None:
        board, cell = self.event.board(board_id), self._cell(board_id, entry)
        return f"{board.room_of(cell)}, {board.slot_of(cell)}" if cell else None

    def _reserved(self, board_id: str, entry: dict[str, Any] | None) -> str | None:
        cell = self._cell(board_id, entry)
        return self.event.board(board_id).reserved_for(cell) if cell else None

    def _cell(self, board_id: str, entry: dict[str, Any] | None) -> Cell | None:
        """Where an entry hung; None outside the grid, and where a later event.toml has no such cell."""
        if not entry or not entry["cell"]:
            return None
        cell = Cell(*entry["cell"])
        return cell if self.event.board(board_id).has(cell) else None

    def _words(self, _board_id: str, entry: dict[str, Any] | None) -> str | None:
        if not entry:
            return None
        by = entry["handle"] or entry["host"]
        return f"{entry['title']} ({by})" if by else str(entry["title"])


def _is_told(row: EntryRow, board: Board) -> bool:
    """Whether the public knows of it, in a cell that can be named: a later event.toml may have fewer."""
    return row.published_at is not None and board.has(_published_cell(row))


def _published_cell(row: EntryRow) -> Cell:
    return Cell(row.published_row or 0, row.published_column or 0)


def _number(session: Session, told: Event, event: Event) -> None:
    """Raise the number of each session whose place is not what was told last, or was not told then though it had been before."""
    known = {board.id: board for board in told.boards}
    for board in event.boards:
        query = select(EntryRow).where(EntryRow.board_id == board.id, EntryRow.published_at.is_not(None))
        for row in session.scalars(query):
            place = _place_in(event, board, row)
            if place is not None and (board.id not in known or place != _place_in(told, known[board.id], row)):
                row.sequence = EntryRow.sequence + 1  # by the database: a worker may write the row, too
                row.published_at = max(now(), row.published_at or now())


def _place_in(event: Event, board: Board, row: EntryRow) -> tuple[str, datetime, datetime] | None:
    """Room, beginning and end as calendars have them; None where the board has no such cell."""
    cell = _published_cell(row)
    if not board.has(cell):
        return None
    slot = board.slot_of(cell)
    return board.room_of(cell), event.starts_at(board, slot), event.ends_at(board, slot)
