"""A board as a table of slots by rooms, ready to be shown: what stands in each cell and when it was last seen. Touches no store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from calibration.rig import Cell
from digitizer.event import Board, Event
from webapp.values import PublishedBoard, PublishedSession, SessionStatus

NEVER = datetime.min.replace(tzinfo=UTC)
OUTDATED = ("card looks different now", "card looks different")
UNCHECKED = ("not checked yet", "not checked")
"""Why a text may be wrong, and the same where there is little room."""


@dataclass(frozen=True)
class CellView:
    """One cell. ``hidden_since``: last seen then and not in the latest photo; None where the latest photo shows the cell.

    ``unseen``: no photo has shown it yet, so that nothing is known of it.
    """

    room: str
    sessions: tuple[PublishedSession, ...]
    blocked: str | None
    hidden_since: datetime | None
    unseen: bool

    @property
    def is_free(self) -> bool:
        """Whether it was seen, and nothing hangs there."""
        return not (self.sessions or self.blocked or self.hidden_since or self.unseen)


@dataclass(frozen=True)
class SlotView:
    """One row of the table: a slot and its cells in the order of the rooms. ``day`` is its board's; it may begin after midnight."""

    day: date
    starts_at: datetime
    ends_at: datetime
    cells: tuple[CellView, ...]

    def is_over(self, now: datetime) -> bool:
        """Whether the slot has ended."""
        return self.ends_at <= now

    def is_on(self, now: datetime) -> bool:
        """Whether the slot is running."""
        return self.starts_at <= now < self.ends_at


@dataclass(frozen=True)
class TableView:
    """One board as a table, its times in the event's zone."""

    board_id: str
    date: date
    rooms: tuple[str, ...]
    slots: tuple[SlotView, ...]
    looked_at: datetime | None
    picture_at: datetime | None

    @property
    def last_look(self) -> datetime:
        """When the last photo was taken that was read, long ago where there is none."""
        return self.looked_at or NEVER

    @property
    def session_count(self) -> int:
        """Sessions that take place."""
        return sum(s.status is not SessionStatus.CANCELLED for row in self.slots for cell in row.cells for s in cell.sessions)


def table_of(event: Event, board: Board, published: PublishedBoard) -> TableView:
    """Lay out what is known of a board; sessions of a cell in the order in which they appeared, cancelled ones last."""
    zone = ZoneInfo(event.timezone)
    slots = tuple(_slot(event, board, published, slot) for slot in board.slots)
    return TableView(board.id, board.date, board.rooms, slots, local(published.looked_at, zone), local(published.picture_at, zone))


def local(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    """The same instant on the event's clocks."""
    return at.astimezone(zone) if at else None


def moment(at: datetime, day: date) -> str:
    """A time of day, with its date where that is not the day in question."""
    return f"{at:%H:%M}" if at.date() == day else f"{at:%-d %b, %H:%M}"


def clock(at: datetime) -> str:
    """A time of day; with the name of its time where the clocks show it for the second time, in the night that they go back."""
    return f"{at:%H:%M} {at:%Z}" if at.fold else f"{at:%H:%M}"


def doubt(session: PublishedSession, briefly: bool = False) -> str:
    """What stands by a session whose text may be wrong."""
    words, in_brief = OUTDATED if session.outdated else UNCHECKED
    return in_brief if briefly else words


def tables(event: Event, boards: tuple[PublishedBoard, ...]) -> tuple[TableView, ...]:
    """All boards, by date, then as event.toml lists them."""
    return tuple(sorted((table_of(event, event.board(b.id), b) for b in boards), key=lambda table: table.date))


def nothing_told(cells: Iterable[CellView]) -> str:
    """What is known of cells in which no session is, in a sentence: a place that no photo shows is not said to be empty."""
    open_cells = [cell for cell in cells if not cell.blocked]
    if open_cells and all(cell.unseen for cell in open_cells):
        return "Not seen yet."
    if any(cell.unseen or cell.hidden_since for cell in open_cells):
        return "No card was seen for this slot, but not all of it is in view."
    return "No card hangs for this slot."


def now_and_next(views: tuple[TableView, ...], now: datetime) -> tuple[tuple[SlotView, ...], tuple[SlotView, ...]]:
    """The slots that run at ``now``, one a board, and the ones that start next, all boards together, of days that have begun."""
    rows = [row for view in views for row in view.slots]
    running = tuple(row for row in rows if row.is_on(now))
    coming = [row for row in rows if row.starts_at > now and row.day <= now.astimezone(row.starts_at.tzinfo).date()]
    soonest = min((row.starts_at for row in coming), default=None)
    return running, tuple(row for row in coming if row.starts_at == soonest)


def ahead_of(views: tuple[TableView, ...], day: date) -> TableView | None:
    """The board of a later day that was looked at since those of ``day`` were, and has sessions: what comes in is not of this day."""
    own = max((table.last_look for table in views if table.date == day), default=NEVER)
    later = [table for table in views if table.date > day and table.session_count and table.last_look > own]
    return max(later, key=lambda table: table.last_look, default=None)


def board_of_now(event: Event, now: datetime) -> Board:
    """The board of today, or of the day that comes nearest: the first of them in event.toml. A night lasts until its last slot ends."""
    boards = sorted(event.boards, key=lambda board: board.date)
    return next((board for board in boards if over_at(event, board) > now), boards[-1])


def begins_at(event: Event, board: Board) -> datetime:
    """When the day of a board begins: at midnight."""
    return datetime.combine(board.date, time(), ZoneInfo(event.timezone))


def over_at(event: Event, board: Board) -> datetime:
    """When the day of a board is over: at midnight, or when its last slot ends if that is later."""
    midnight = datetime.combine(board.date + timedelta(days=1), time(), ZoneInfo(event.timezone))
    return max(midnight, event.ends_at(board, board.slots[-1]))


def successor(event: Event, board: Board, at: datetime) -> Board | None:
    """The board whose day it is at that time, once the day of ``board`` is over; None before that, and where no other day has begun."""
    return _board_on(event, at) if over_at(event, board) <= at else None


def predecessor(event: Event, board: Board, at: datetime) -> Board | None:
    """The board whose day it is at that time, before the day of ``board`` begins; None from then on, and where it is no board's day."""
    return _board_on(event, at) if at < begins_at(event, board) else None


def _board_on(event: Event, at: datetime) -> Board | None:
    """The board whose day it is, the day before where its night still lasts."""
    on = (b for b in event.boards if begins_at(event, b) <= at < over_at(event, b))
    return min(on, key=lambda b: b.date, default=None)


def hidden_cells(published: PublishedBoard, shape: tuple[int, int]) -> tuple[Cell, ...]:
    """The cells that the latest photo does not show, in reading order; before the first photo none is."""
    if published.looked_at is None:
        return ()
    rows, columns = shape
    cells = (Cell(row, column) for row in range(rows) for column in range(columns))
    return tuple(cell for cell in cells if cell not in published.cells_seen_at or _hidden_since(published, cell))


def _slot(event: Event, board: Board, published: PublishedBoard, slot: str) -> SlotView:
    cells = tuple(_cell(event, board, published, board.cell_of(room, slot)) for room in board.rooms)
    return SlotView(board.date, event.starts_at(board, slot), event.ends_at(board, slot), cells)


def _cell(event: Event, board: Board, published: PublishedBoard, cell: Cell) -> CellView:
    found = sorted((s for s in published.sessions if s.cell == cell and not s.dismissed), key=_order)
    hidden = local(_hidden_since(published, cell), ZoneInfo(event.timezone))
    return CellView(board.room_of(cell), tuple(found), board.reserved_for(cell), hidden, cell not in published.cells_seen_at)


def _order(session: PublishedSession) -> tuple[bool, datetime, str]:
    return session.status is SessionStatus.CANCELLED, session.first_seen, session.id


def _hidden_since(published: PublishedBoard, cell: Cell) -> datetime | None:
    seen = published.cells_seen_at.get(cell)
    return seen if seen and published.looked_at and seen < published.looked_at else None
