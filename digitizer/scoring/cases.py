"""A folder of truths -> cases: a photo, what is true of it, its event, board and calibration.

Three forms of truth are read. *Rendered*: cards with ``title``, ``handle``, ``room``, ``slot`` and ``polygon``. *Transcribed*, of photos
of real boards: cards with ``bbox``, ``text``, ``row``, ``col`` into ``grid``, ``legible``, ``kind``, ``rotation``, ``occluded``. *Cards*:
separate pictures of cards, see :mod:`digitizer.scoring.cardset`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from calibration.rig import Rig
from calibration.rigfile import load_rig
from digitizer.errors import CalibrationError, EventError
from digitizer.event import Board, Event, load_event
from digitizer.scoring.cardset import CardSet, card_set

UPRIGHT_DEGREES = 15
"""Cards turned further are not asked for in transcribed photos: few are, and they were not judged."""


@dataclass(frozen=True, eq=False)
class Case:
    """One photo with its truth; ``rig`` None where the board must be found without a calibration."""

    id: str
    photo: Path
    truth: Mapping[str, Any]
    event: Event
    board: Board
    rig: Rig | None

    @property
    def transcribed(self) -> bool:
        """True where the truth is a transcription of a real board."""
        return any("bbox" in card for card in self.truth["cards"])


def find_cases(folder: Path, calibrations: Path | None = None) -> tuple[Case | CardSet, ...]:
    """Every truth in a folder and its sub-folders, by name.

    ``NAME.json`` goes with ``NAME.jpg`` and ``NAME.event.toml``, ``truth.json`` with ``photo.jpg`` and ``event.toml`` beside it;
    calibrations are ``NAME.toml`` in their folder; ``cards.json`` lists pictures of cards beside it. Raises ``EventError``,
    ``CalibrationError``.
    """
    cases = tuple(case for path in sorted(folder.rglob("*.json")) if (case := _case(path, calibrations)) is not None)
    if not cases:
        raise EventError(
            f"There is no truth in {folder}.",
            "No .json file there lists cards and has a photo of the same name, or a picture of each card, beside it.",
            "Give a folder such as samples/.",
        )
    return cases


def asked(case: Case) -> list[Mapping[str, Any]]:
    """The cards of a case that a reading is held against."""
    cards: list[Mapping[str, Any]] = case.truth["cards"]
    if not case.transcribed:
        return [card for card in cards if not card.get("stray")]
    return [card for card in cards if _asked(card)]


def _asked(card: Mapping[str, Any]) -> bool:
    upright = abs(card.get("rotation") or 0) <= UPRIGHT_DEGREES
    return bool(card["legible"] and card["text"] and upright and not card.get("kind") and not card.get("occluded"))


def _case(path: Path, calibrations: Path | None) -> Case | CardSet | None:
    truth = _read(path)
    if not isinstance(truth, dict) or not isinstance(truth.get("cards"), list):
        return None
    if any(isinstance(card, dict) and "picture" in card for card in truth["cards"]):
        return card_set(path, truth)
    photo = next((p for p in _photos(path, truth) if p.is_file()), None)
    if photo is None:
        return None
    _check(path, truth["cards"])
    name = path.parent.name if path.stem == "truth" else path.stem
    rig = _rig(name, calibrations)
    event, board = _event(path, truth, rig)
    return Case(name, photo, truth, event, board, rig)


def _read(path: Path) -> object:
    """What a file of JSON holds. Raises ``EventError``."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise EventError(f"Cannot read {path}: {error.strerror}.") from error
    except ValueError as error:  # not UTF-8, or no JSON
        raise EventError(f"{path} is no JSON.", f"{error}.", "Correct it, or move it out of the folder.") from error


def _check(path: Path, cards: list[Any]) -> None:
    """Let pass cards that tell all that a reading is held against. Raises ``EventError``."""
    for i, card in enumerate(cards, 1):
        if isinstance(card, dict) and ("bbox" in card or card.get("stray")):  # a transcription may lack any; a stray card is not asked for
            continue
        lack = [key for key in ("title", "handle", "room", "slot") if not isinstance(card, dict) or key not in card]
        if lack:
            raise EventError(f'{path}: card {i} has no "{lack[0]}".', remedy='Each needs "title", "handle" (or null), "room" and "slot".')


def _photos(path: Path, truth: Mapping[str, Any]) -> Iterator[Path]:
    if "image" in truth:
        yield path.with_name(truth["image"])
    yield path.with_suffix(".jpg")
    yield path.with_name("photo.jpg")


def _event(path: Path, truth: Mapping[str, Any], rig: Rig | None) -> tuple[Event, Board]:
    """The event beside a truth; of a transcription without one, an event with as many rooms and slots as its grid, or as its rig."""
    for beside in (path.with_suffix(".event.toml"), path.with_name("event.toml")):
        if beside.is_file():
            event = load_event(beside)
            return event, event.board(truth["board"]) if "board" in truth else event.boards[0]
    grid = truth.get("grid")
    if grid is not None and not isinstance(grid, dict):
        raise EventError(f"{path.name} has no event file beside it.", remedy=f"Write {path.stem}.event.toml.")
    rows, columns = (len(grid["rows"]), len(grid["columns"])) if grid else rig.layout.shape if rig else (1, 1)
    rooms = tuple(f"column {column}" for column in range(columns))
    board = Board("board", date(2000, 1, 1), "rooms", rooms, tuple(f"{hour:02d}:00" for hour in range(rows)))
    return Event(path.stem, "UTC", "", 60, (board,)), board


def _rig(name: str, calibrations: Path | None) -> Rig | None:
    path = calibrations / f"{name}.toml" if calibrations else None
    if path is None or not path.is_file():
        return None
    try:
        return load_rig(path)
    except (OSError, ValueError) as error:
        raise CalibrationError(f"Cannot use the calibration {path}.", str(error)) from error
