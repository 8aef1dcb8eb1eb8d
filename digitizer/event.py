"""event.toml -> Event: the boards, rooms, slots, blocked cells, planned sessions and known words that an organizer announces."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, cast
from zoneinfo import ZoneInfo

from calibration.rig import Cell
from digitizer import fields
from digitizer.errors import EventError
from digitizer.known import NOTHING, Known, parse_known
from digitizer.zones import exists, zone

SLOT = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
BOARD_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
MAX_LABELS = 40
"""Rooms or slots on one board; the largest board studied has 14."""
NIGHT = timedelta(hours=6)
"""How long after the last slot of an evening one after midnight may begin. A clock of 12 hours gives itself away by steps of 12 or more."""
YEARS = range(1970, 2200)
"""Years of events: before, zones have no whole minutes; and 0024 is a slip."""


@dataclass(frozen=True)
class Blocked:
    """A cell that no session can take, and why."""

    cell: Cell
    reason: str


@dataclass(frozen=True)
class Planned:
    """A session announced ahead; it becomes official only once its card hangs on the board."""

    title: str
    host: str | None
    handle: str | None


@dataclass(frozen=True)
class Board:
    """One board of one day. ``columns`` tells what runs across the top; ``siblings`` ids of all boards of the event, its own among them."""

    id: str
    date: date
    columns: Literal["rooms", "slots"]
    rooms: tuple[str, ...]
    slots: tuple[str, ...]
    blocked: tuple[Blocked, ...] = ()
    siblings: tuple[str, ...] = ()

    @property
    def number(self) -> int:
        """Its place among the boards of the event, from 0: what the kit's markers tell."""
        return self.siblings.index(self.id) if self.id in self.siblings else 0

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns) of the grid as it hangs."""
        across, down = (self.rooms, self.slots) if self.columns == "rooms" else (self.slots, self.rooms)
        return len(down), len(across)

    @property
    def column_labels(self) -> tuple[str, ...]:
        """Labels across the top, left to right."""
        return self.rooms if self.columns == "rooms" else self.slots

    @property
    def row_labels(self) -> tuple[str, ...]:
        """Labels down the side, top to bottom."""
        return self.slots if self.columns == "rooms" else self.rooms

    def room_of(self, cell: Cell) -> str:
        """The room that a cell stands for."""
        return self.rooms[cell.column if self.columns == "rooms" else cell.row]

    def slot_of(self, cell: Cell) -> str:
        """The slot ("HH:MM") that a cell stands for."""
        return self.slots[cell.row if self.columns == "rooms" else cell.column]

    def cell_of(self, room: str, slot: str) -> Cell:
        """The cell of a room and slot. Raises ``EventError`` where the board has no such pair."""
        if room not in self.rooms or slot not in self.slots:
            raise EventError(
                f'Board "{self.id}" has no cell for room "{room}" at "{slot}".',
                f"Rooms: {', '.join(self.rooms)}; slots: {', '.join(self.slots)}.",
            )
        r, s = self.rooms.index(room), self.slots.index(slot)
        return Cell(s, r) if self.columns == "rooms" else Cell(r, s)

    def has(self, cell: Cell) -> bool:
        """Whether it has that cell: of an event.toml that was changed meanwhile it may have fewer."""
        rows, columns = self.shape
        return 0 <= cell.row < rows and 0 <= cell.column < columns

    def reserved_for(self, cell: Cell) -> str | None:
        """What a blocked cell is blocked for, in words that can be shown; None where sessions may hang."""
        return next((item.reason or "Reserved" for item in self.blocked if item.cell == cell), None)


@dataclass(frozen=True)
class Event:
    """What an organizer says of the event before the first card hangs."""

    name: str
    timezone: str
    hashtag: str
    slot_minutes: int
    boards: tuple[Board, ...]
    planned: tuple[Planned, ...] = ()
    known: Known = NOTHING

    def board(self, board_id: str) -> Board:
        """The board of that id. Raises ``EventError`` where there is none."""
        for board in self.boards:
            if board.id == board_id:
                return board
        raise EventError(
            f'The event has no board "{board_id}".', f"It has: {', '.join(b.id for b in self.boards)}.", "Give one of these as --board."
        )

    def starts_at(self, board: Board, slot: str) -> datetime:
        """When a slot of a board begins, with the event's zone. What comes before the first slot by the clock is after midnight.

        Of a time that the clocks show twice, in an autumn's night, it is the first; one that they skip in spring is as long after midnight.
        """
        return self._begins(board, slot).astimezone(ZoneInfo(self.timezone))

    def ends_at(self, board: Board, slot: str) -> datetime:
        """When a slot of a board ends: after ``slot_minutes``, or when the next slot begins if that is sooner."""
        start = self._begins(board, slot)
        later = [s for s in (self._begins(board, other) for other in board.slots) if s > start]
        return min([start + timedelta(minutes=self.slot_minutes), *later[:1]]).astimezone(ZoneInfo(self.timezone))

    def _begins(self, board: Board, slot: str) -> datetime:
        """When a slot begins, in UTC: times of one zone are counted and compared by its clocks, as if these never changed (PEP 495)."""
        return _by_the_clock(board, slot).replace(tzinfo=ZoneInfo(self.timezone)).astimezone(UTC)


def load_event(path: Path) -> Event:
    """Read an event file. Raises ``EventError`` that names the file and the key at fault."""
    try:
        text = path.read_text(encoding="utf-8-sig")  # Windows' editors write a byte order mark
    except OSError as error:
        raise EventError(f"Cannot read the event file {path}: {error.strerror}.", remedy="Give its path as --event.") from error
    except UnicodeDecodeError as error:
        raise EventError(f"{path} is not UTF-8 text (byte {error.start}).", remedy="Save it as UTF-8.") from error
    return parse_event(text, path.name, path.parent)


def parse_event(text: str, name: str = "event.toml", folder: Path | None = None) -> Event:
    """Parse the text of an event file; ``name`` is what errors call it, ``folder`` where its CSV files lie. Raises ``EventError``."""
    data = fields.parse_toml(text, name)
    fields.only(data, "", name)
    head = fields.table(data, "event", name)
    fields.only(head, "[event]", f"{name}: [event]")
    boards = tuple(_board(item, f"{name}: board {i}") for i, item in enumerate(fields.tables(data, "board", name), 1))
    if not boards:
        raise EventError(f"{name} has no [[board]].", remedy="Describe at least one board: id, date, columns, rooms, slots.")
    fields.unique((b.id for b in boards), f"{name}: board ids")
    clocks = zone(fields.text(head, "timezone", f"{name}: [event]"), f"{name}: [event]")
    for i, board in enumerate(boards, 1):
        for slot in board.slots:
            exists(_by_the_clock(board, slot), clocks, f"{name}: board {i}")
    return Event(
        name=fields.text(head, "name", f"{name}: [event]"),
        timezone=clocks,
        hashtag=fields.text(head, "hashtag", f"{name}: [event]", ""),
        slot_minutes=_minutes(head, f"{name}: [event]"),
        boards=together(boards),
        planned=tuple(_planned(item, f"{name}: planned {i}") for i, item in enumerate(fields.tables(data, "planned", name), 1)),
        known=parse_known(data.get("known", {}), name, folder),
    )


def together(boards: Iterable[Board]) -> tuple[Board, ...]:
    """The boards of one event, each knowing the others."""
    given = tuple(boards)
    return tuple(replace(board, siblings=tuple(b.id for b in given)) for board in given)


def _by_the_clock(board: Board, slot: str) -> datetime:
    """Day and time at which a slot begins, without its zone: on the next day where it is after midnight."""
    begins, first = _clock(slot), _clock(board.slots[0])
    return datetime.combine(board.date + timedelta(days=1) if begins < first else board.date, begins)


def _clock(slot: str) -> time:
    hours, minutes = (int(part) for part in slot.split(":"))
    return time(hours, minutes)


def _minutes(data: Mapping[str, Any], where: str) -> int:
    value = data.get("slot_minutes", 60)
    if not isinstance(value, int) or isinstance(value, bool) or not 5 <= value <= 24 * 60:
        raise EventError(f"{where}: slot_minutes must be a whole number from 5 to 1440.", f"It is {value!r}.")
    return value


def _labels(data: Mapping[str, Any], key: str, where: str, example: str) -> tuple[str, ...]:
    labels = fields.texts(data, key, where, example)
    if len(labels) > MAX_LABELS:
        raise EventError(
            f"{where} lists {len(labels)} {key}; {MAX_LABELS} are the most one board can hold.", remedy="Split it into several boards."
        )
    fields.unique(labels, f"{where}: {key}")
    return labels


def _slots(data: Mapping[str, Any], where: str) -> tuple[str, ...]:
    labels = _labels(data, "slots", where, '["10:00", "11:00"]')
    for label in labels:
        if not SLOT.fullmatch(label):
            raise EventError(
                f'{where}: "{label}" is not a time of day.', remedy='Write when each slot begins as "HH:MM", 24 hours; midnight is "00:00".'
            )
    times = tuple(label.zfill(5) for label in labels)
    fields.unique(times, f"{where}: slots")
    if not _rising([_clock(slot) for slot in times]):
        raise EventError(
            f"{where}: the slots are not in the order of time.",
            f"They are: {', '.join(times)}.",
            "Put the earliest first, and count 24 hours (13:00, not 1:00). After midnight one may begin up to "
            f"{NIGHT.seconds // 3600} hours after the last of the evening.",
        )
    return times


def _rising(times: list[time]) -> bool:
    """Whether each time follows the one before it, once across midnight at most, and then within ``NIGHT``."""
    minutes = [60 * at.hour + at.minute for at in times]
    steps = [after - before for before, after in pairwise(minutes)]
    back = [step for step in steps if step < 0]
    nights = [timedelta(days=1, minutes=step) for step in back]
    return not back or (len(back) == 1 and nights[0] <= NIGHT and minutes[-1] < minutes[0])


def _board(data: Mapping[str, Any], where: str) -> Board:
    fields.only(data, "[[board]]", where)
    board_id = fields.text(data, "id", where)
    if not BOARD_ID.fullmatch(board_id):
        raise EventError(
            f'{where}: the id "{board_id}" cannot stand in an address.', remedy="Use small letters, digits, - and _, 40 at most."
        )
    columns = data.get("columns", "rooms")
    if columns not in ("rooms", "slots"):
        raise EventError(f'{where}: columns must be "rooms" or "slots".', f"It is {columns!r}.")
    rooms, slots = _labels(data, "rooms", where, '["306", "307"]'), _slots(data, where)
    board = Board(board_id, _day(data, where), cast(Literal["rooms", "slots"], columns), rooms, slots)
    blocked = tuple(cell for item in fields.tables(data, "blocked", where) for cell in _blocked(item, board, f"{where}: blocked"))
    return replace(board, blocked=blocked)


def _day(data: Mapping[str, Any], where: str) -> date:
    day = data.get("date")
    if not isinstance(day, date) or isinstance(day, datetime) or day.year not in YEARS:
        evidence = f"It has: {day!r}." if isinstance(day, str) else f"It has: {day}." if "date" in data else "It is missing."
        raise EventError(f'{where} needs "date", a day such as 2024-05-17 without quotes.', evidence)
    return day


def _blocked(data: Mapping[str, Any], board: Board, where: str) -> Iterable[Blocked]:
    fields.only(data, "[[board.blocked]]", where)
    room, reason = fields.text(data, "room", where), fields.text(data, "reason", where, "")
    for slot in fields.texts(data, "slots", where, '["11:00"]'):
        try:
            yield Blocked(board.cell_of(room, slot.zfill(5)), reason)
        except EventError as error:
            raise EventError(f"{where}: {error.what}", error.evidence) from error


def _planned(data: Mapping[str, Any], where: str) -> Planned:
    fields.only(data, "[[planned]]", where)
    host, handle = fields.text(data, "host", where, ""), fields.text(data, "handle", where, "")
    return Planned(fields.text(data, "title", where), host or None, handle or None)
