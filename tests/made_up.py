"""Made-up events, boards and sessions for the tests of pages and feeds."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from calibration.rig import Cell
from digitizer.event import Event, parse_event
from webapp.values import PublishedBoard, PublishedSession, SessionStatus

EVENT_TOML = """
[event]
name = "PyCon Česká 2024"
timezone = "America/New_York"
hashtag = "#PyConOpenSpace"
slot_minutes = 60
[[board]]
id = "friday"
date = 2024-05-17
columns = "rooms"
rooms = ["306", "Großer <Saal>"]
slots = ["09:00", "10:00", "10:30"]
[[board.blocked]]
room = "306"
slots = ["09:00"]
reason = "Poster session"
[[board]]
id = "saturday"
date = 2024-05-18
columns = "slots"
rooms = ["306", "307"]
slots = ["10:00", "11:00"]
"""
SEEN = datetime(2024, 5, 17, 12, 30, tzinfo=UTC)
"""08:30 on the event's clocks."""


def event() -> Event:
    """Two boards, one a day."""
    return parse_event(EVENT_TOML)


def session(number: int, room: str = "306", slot: str = "10:00", board_id: str = "friday", **fields: object) -> PublishedSession:
    """A session with a UUID made from its number."""
    plan = event()
    board = plan.board(board_id)
    made = PublishedSession(
        id=str(UUID(int=(number << 64) + number, version=4)),
        board_id=board_id,
        cell=board.cell_of(room, slot),
        room=room,
        slot=slot,
        starts_at=plan.starts_at(board, slot),
        ends_at=plan.ends_at(board, slot),
        title=f"Session {number}",
        handle="@sam_codes",
        host="Sam",
        status=SessionStatus.CONFIRMED,
        doubtful=False,
        sequence=0,
        first_seen=SEEN + timedelta(seconds=number),
        seen_at=SEEN + timedelta(minutes=5),
        changed_at=SEEN + timedelta(minutes=1),
    )
    return replace(made, **fields)


def boards() -> tuple[PublishedBoard, ...]:
    """Friday with everything that can befall a session, Saturday with one card."""
    friday = (
        session(1, title="Board games & <script>alert(1)</script>"),
        session(2, title="Zweite Karte: Größe", doubtful=True, handle=None, title_confidence=0.41),
        session(3, room="Großer <Saal>", title="Cancelled one", status=SessionStatus.CANCELLED, sequence=2),
        session(4, room="Großer <Saal>", slot="10:30", title="=HYPERLINK(1)", host=None),
    )
    seen = {Cell(row, column): SEEN + timedelta(minutes=5) for row in range(3) for column in range(2)}
    seen[Cell(2, 1)] = SEEN - timedelta(minutes=8)
    saturday = (session(5, slot="11:00", board_id="saturday", title="Tag zwei\x0b"),)
    return (
        PublishedBoard("friday", date(2024, 5, 17), 7, SEEN + timedelta(minutes=5), SEEN, friday, seen),
        PublishedBoard("saturday", date(2024, 5, 18), 1, None, None, saturday),
    )
