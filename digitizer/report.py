"""A Digitization in the form that scripts read: the object `boardcast digitize --json` writes a photo."""

from __future__ import annotations

from typing import Any

from calibration.rig import Floats
from digitizer.event import Board
from digitizer.frames import photo_from_board
from digitizer.model import CardReading, Digitization, Guess, Pose


def to_json(digitization: Digitization, board: Board) -> dict[str, Any]:
    """Return the JSON object of one photo, as docs/developer.md lists it; polygons in photo pixels."""
    pose, reading = digitization.pose, digitization.reading
    inside = [card for card in reading.cards if card.card.cell is not None]
    outside = [card for card in reading.cards if card.card.cell is None]
    return {
        "board": board.id,
        "photo": digitization.photo.name,
        "grid": _polygon(pose, pose.layout.grid_corners_mm()),
        "cards": [_card(card, board, pose) for card in inside],
        "outside": [_text(card, pose) for card in outside],
        "hidden": [[board.room_of(cell), board.slot_of(cell)] for cell in sorted(reading.hidden)],
        "warnings": list(digitization.warnings),
        "timings_ms": {stage: round(spent, 1) for stage, spent in digitization.timings_ms.items()},
    }


def _card(card: CardReading, board: Board, pose: Pose) -> dict[str, Any]:
    cell = card.card.cell
    assert cell is not None
    return {"room": board.room_of(cell), "slot": board.slot_of(cell), **_text(card, pose)}


def _text(card: CardReading, pose: Pose) -> dict[str, Any]:
    return {
        "title": card.title.text,
        "title_confidence": round(card.title.confidence, 3),
        "handle": card.handle.text if card.handle else None,
        "handle_confidence": _confidence(card.handle),
        "host": card.host.text if card.host else None,
        "needs_review": card.needs_review,
        "lines": [line.text for line in card.lines],
        "polygon": _polygon(pose, card.card.corners_mm),
    }


def _confidence(guess: Guess | None) -> float | None:
    return round(guess.confidence, 3) if guess else None


def _polygon(pose: Pose, corners_mm: Floats) -> list[list[float]]:
    return [[round(float(x), 1), round(float(y), 1)] for x, y in photo_from_board(pose, corners_mm)]
