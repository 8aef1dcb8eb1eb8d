"""Made-up events, boards and sessions for the tests of pages and feeds."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import cv2
import numpy as np
from werkzeug.security import generate_password_hash

from calibration.rig import Cell
from digitizer.event import Event, parse_event
from digitizer.model import Appeared, Card, CardReading, Entry, Guess, Line, Schedule, Status
from webapp.config import Config
from webapp.store import Look, Store
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


def card_reading(title: str, cell: Cell | None, handle: str | None = None, host: str | None = None, doubtful: bool = False) -> CardReading:
    """A card with a picture that shows its title, read with or without doubt."""
    picture = np.full((160, 260, 3), (120, 235, 250), np.uint8)
    cv2.putText(picture, title[:16], (10, 80), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (30, 30, 30), 2)
    corners = np.array([[10.0, 10], [180, 10], [180, 110], [10, 110]])
    card = Card(cell, corners, picture, np.full(picture.shape[:2], 255, np.uint8), title.encode()[:16].ljust(16, b"\0"))
    sure = 0.4 if doubtful else 0.97
    readings = (title, title.replace("o", "a"), title.upper())
    return CardReading(
        card,
        Guess(title, sure, readings),
        Guess(handle, sure, (handle, handle.lower())) if handle else None,
        Guess(host, 0.9) if host else None,
        (Line(title, sure, (10, 50, 200, 40)),),
        doubtful,
    )


def seeded(store: Store) -> dict[str, str]:
    """Hang four cards on Friday's board, one of them doubtful and one outside the grid; returns ids by title."""
    readings = (
        card_reading("Board games", Cell(1, 0), "@sam_codes", "Sam"),
        card_reading("Rust for snakes", Cell(1, 1), host="Ada", doubtful=True),
        card_reading("Lightning talks", Cell(2, 0)),
        card_reading("Fell off", None, doubtful=True),
    )
    hang(store, "friday", readings)
    return {entry.title: entry.id for entry in store.schedule("friday").entries}


def hang(store: Store, board_id: str, readings: tuple[CardReading, ...]) -> None:
    """Commit a look in which these cards appear; every cell of the board is in view."""
    board = event().board(board_id)
    before = store.schedule(board_id)
    at = SEEN + timedelta(minutes=before.version)
    fresh = tuple(_entry(reading, at) for reading in readings)
    rows, columns = board.shape
    cells = {Cell(row, column): at for row in range(rows) for column in range(columns)}
    new = Schedule(board_id, before.version + 1, (*before.entries, *fresh), cells)
    store.commit(before.version, new, [Appeared(reading) for reading in readings], Look(at, picture=PICTURE))


def _entry(reading: CardReading, at: datetime) -> Entry:
    return Entry(
        id=str(uuid4()),
        cell=reading.card.cell,
        title=reading.title.text,
        handle=reading.handle.text if reading.handle else None,
        host=reading.host.text if reading.host else None,
        fingerprint=reading.card.fingerprint,
        centre_mm=(100.0, 60.0),
        status=Status.LIVE,
        version=1,
        title_confidence=reading.title.confidence,
        handle_confidence=reading.handle.confidence if reading.handle else 0.0,
        needs_review=reading.needs_review,
        confirmed=False,
        confirmed_fingerprint=None,
        misses=0,
        first_seen=at,
        seen_at=at,
        changed_at=at,
        number=reading.card.number,
        alternatives=reading.title.alternatives,
        handle_alternatives=reading.handle.alternatives if reading.handle else (),
    )


PICTURE = cv2.imencode(".jpg", np.full((90, 160, 3), 200, np.uint8))[1].tobytes()
"""A picture of a board with nothing on it."""

PASSWORD = "paper board"


def config(database: Path, **fields: object) -> Config:
    """A configuration on a database of its own."""
    made = Config(
        event=event(),
        database_url=f"sqlite:///{database}",
        secret_key="not a secret, only a test",
        organizer_password_hash=generate_password_hash(PASSWORD, method="pbkdf2:sha256:1000"),
        testing=True,
    )
    return replace(made, **fields)
