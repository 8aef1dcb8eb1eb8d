"""A Digitization in the form that scripts read: the object `boardcast digitize --json` writes a photo."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from calibration.rig import Floats
from digitizer.event import Board
from digitizer.frames import photo_from_board
from digitizer.model import CardReading, Digitization, Guess, Pose
from digitizer.partial import shown_cells

if TYPE_CHECKING:
    from digitizer.pieces import Assembled


def to_json(digitization: Digitization, board: Board) -> dict[str, Any]:
    """Return the JSON object of one photo, as docs/developer.md lists it; polygons in photo pixels."""
    pose, reading = digitization.pose, digitization.reading
    inside = [card for card in reading.cards if card.card.cell is not None]
    outside = [card for card in reading.cards if card.card.cell is None]
    return {
        "board": board.id,
        "photo": digitization.photo.name,
        "grid": _polygon(pose, pose.layout.grid_corners_mm()),
        "cards": [_place(card, board) | _text(card, pose) for card in inside],
        "outside": [_text(card, pose) for card in outside],
        "hidden": [[board.room_of(cell), board.slot_of(cell)] for cell in sorted(reading.hidden)],
        "warnings": list(digitization.warnings),
        "timings_ms": {stage: round(spent, 1) for stage, spent in digitization.timings_ms.items()},
    }


def pieces_to_json(found: Assembled, board: Board, undecoded: Sequence[tuple[str, Exception]] = ()) -> dict[str, Any]:
    """Return the one JSON object of several photos of a board; each card's polygon in pixels of its own ``photo``.

    ``undecoded``: names of photos beside these that are none, and why.
    """
    cards = [_place(one.reading, board) | _text(one.reading, one.look.pose) | {"photo": one.look.photo.name} for one in found.cards]
    failures = [*((photo.name, error) for photo, error in found.refused), *undecoded]
    refused = [{"photo": name, "error": str(error)} for name, error in failures]
    return {
        "board": board.id,
        "photos": [_look(look, board) for look in found.looks] + refused,
        "cards": [card for card in cards if "room" in card],
        "outside": [card for card in cards if "room" not in card],
        "hidden": [[board.room_of(cell), board.slot_of(cell)] for cell in sorted(found.hidden)],
        "not_shown": [[board.room_of(cell), board.slot_of(cell)] for cell in sorted(found.not_shown)],
        "warnings": list(dict.fromkeys(warning for look in found.looks for warning in look.warnings)),
        "timings_ms": {look.photo.name: round(sum(look.timings_ms.values()), 1) for look in found.looks},
    }


def summary(report: Mapping[str, Any]) -> str:
    """What a person wants to know of a reading of one photo."""
    review = sum(card["needs_review"] for card in report["cards"])
    seconds = sum(report["timings_ms"].values()) / 1000
    lines = [
        f"{report['photo']}: {len(report['cards'])} cards, {len(report['outside'])} outside the grid, {review} to review, "
        f"{len(report['hidden'])} cells hidden, {seconds:.1f} s",
        *(f"  warning: {warning}" for warning in report["warnings"]),
    ]
    return "\n".join(lines)


def rows(report: Mapping[str, Any], board: Board) -> Iterator[str]:
    """A reading as a table for people, a line a card: slots and rooms in the order of ``board``, on which 00:30 follows 23:30."""

    def place(room: str, slot: str) -> tuple[int, int]:
        return board.slots.index(slot), board.rooms.index(room)

    for card in sorted(report.get("cards", ()), key=lambda card: place(card["room"], card["slot"])):
        yield f"{card['slot']}  {card['room']:<12}  {_words(card)}"
    for card in report.get("outside", ()):
        yield f"outside{'':<12}  {_words(card)}"
    for room, slot in sorted(report.get("hidden", ()), key=lambda cell: place(*cell)):
        yield f"{slot}  {room:<12}  (hidden)"


def _words(card: dict[str, Any]) -> str:
    who = card["handle"] or card["host"]
    return f"{card['title']}{f'  {who}' if who else ''}{'  (please check)' if card['needs_review'] else ''}"


def pieces_summary(report: Mapping[str, Any]) -> str:
    """What a person wants to know of a reading of several photos: how many were placed, and what none of them shows."""
    placed = [photo for photo in report["photos"] if "error" not in photo]
    review = sum(card["needs_review"] for card in report["cards"])
    lines = [
        f"{len(placed)} of {len(report['photos'])} photos were placed: {len(report['cards'])} cards, {review} to review, "
        f"{len(report['hidden'])} cells hidden, {len(report['not_shown'])} in no photo",
        *(f"  {photo['photo']}: {'the whole board' if photo['whole'] else str(len(photo['shows'])) + ' cells'}" for photo in placed),
        *(f"  warning: {warning}" for warning in report["warnings"]),
    ]
    return "\n".join(lines)


def _look(look: Digitization, board: Board) -> dict[str, Any]:
    return {
        "photo": look.photo.name,
        "whole": look.pose.whole,
        "grid": _polygon(look.pose, look.pose.layout.grid_corners_mm()),
        "shows": [[board.room_of(cell), board.slot_of(cell)] for cell in sorted(shown_cells(look))],
    }


def _place(card: CardReading, board: Board) -> dict[str, Any]:
    cell = card.card.cell
    return {} if cell is None else {"room": board.room_of(cell), "slot": board.slot_of(cell)}


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
