"""The event as it is kept beside its boards, so that a database can be exported without event.toml."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from calibration.rig import Cell
from digitizer.event import Blocked, Board, Event, Planned, together
from digitizer.known import Known


def to_json(event: Event) -> dict[str, Any]:
    """An event as plain JSON values."""
    return {
        "name": event.name,
        "timezone": event.timezone,
        "hashtag": event.hashtag,
        "slot_minutes": event.slot_minutes,
        "boards": [_board_to_json(board) for board in event.boards],
        "planned": [{"title": p.title, "host": p.host, "handle": p.handle} for p in event.planned],
        "known": asdict(event.known),
    }


def from_json(data: dict[str, Any]) -> Event:
    """The event that ``to_json`` wrote."""
    return Event(
        name=data["name"],
        timezone=data["timezone"],
        hashtag=data["hashtag"],
        slot_minutes=data["slot_minutes"],
        boards=together(_board(board) for board in data["boards"]),
        planned=tuple(Planned(p["title"], p["host"], p["handle"]) for p in data["planned"]),
        known=Known(**{kind: tuple(texts) for kind, texts in data.get("known", {}).items()}),  # databases of 0.1.0 have none
    )


def _board_to_json(board: Board) -> dict[str, Any]:
    return {
        "id": board.id,
        "date": board.date.isoformat(),
        "columns": board.columns,
        "rooms": list(board.rooms),
        "slots": list(board.slots),
        "blocked": [[b.cell.row, b.cell.column, b.reason] for b in board.blocked],
    }


def _board(data: dict[str, Any]) -> Board:
    return Board(
        id=data["id"],
        date=date.fromisoformat(data["date"]),
        columns=data["columns"],
        rooms=tuple(data["rooms"]),
        slots=tuple(data["slots"]),
        blocked=tuple(Blocked(Cell(row, column), reason) for row, column, reason in data["blocked"]),
    )
