"""The third form of truth: cards as separate pictures, each with its title and handle. Boards and cells play no part.

``boardcast collect`` writes such a set of the cards that reviewers checked: ``cards.json`` with ``cards`` of ``picture``, ``title``,
``handle``, the pictures beside it. An ``event.toml`` beside it tells the words that were known ahead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from calibration.rig import Image, readonly
from digitizer.errors import EventError, PhotoError
from digitizer.event import Event, load_event
from digitizer.lexicon import Lexicon
from digitizer.model import Card, CardReading
from digitizer.read import read
from digitizer.readers.base import TextReader
from digitizer.score import CardJson


@dataclass(frozen=True, eq=False)
class CardSet:
    """Pictures of cards with their truth; ``event`` None where nothing is known of it."""

    id: str
    cards: tuple[CardJson, ...]
    pictures: tuple[Path, ...]
    event: Event | None


def card_set(path: Path, truth: Mapping[str, Any]) -> CardSet:
    """The set whose truth is the file at ``path``. Raises ``EventError`` where a card lacks its picture or title, or lies elsewhere."""
    for i, card in enumerate(truth["cards"], 1):
        lacking = [key for key in ("picture", "title") if not isinstance(card.get(key), str)]
        if lacking or "/" in card["picture"] or not path.with_name(card["picture"]).is_file():
            lack = lacking[0] if lacking else f"picture {card['picture']} beside it"
            raise EventError(f"{path.name}: card {i} has no {lack}.", remedy="Write the set again: boardcast collect.")
    event = path.with_name("event.toml")
    pictures = tuple(path.with_name(card["picture"]) for card in truth["cards"])
    name = path.parent.name if path.stem == "cards" else path.stem
    return CardSet(name, tuple(truth["cards"]), pictures, load_event(event) if event.is_file() else None)


def with_cells(cards: tuple[CardJson, ...]) -> dict[str, Any]:
    """The cards with a cell each, so that each is held against its own reading."""
    return {"cards": [{"handle": None, **card, "room": str(i), "slot": ""} for i, card in enumerate(cards)]}


def read_all(cards: CardSet, reader: TextReader) -> tuple[dict[str, Any], ...]:
    """What Boardcast reads in each picture, in the form of :func:`with_cells`."""
    return read_pictures([load_picture(path) for path in cards.pictures], reader, cards.event)


def read_pictures(pictures: Sequence[Image], reader: TextReader, event: Event | None) -> tuple[dict[str, Any], ...]:
    """What Boardcast reads in pictures HxWx3 u8 BGR of one card each: title, handle, lines and whether it is to be reviewed."""
    readings = read([_card(picture) for picture in pictures], reader, Lexicon.for_event(event))
    return tuple(_report(reading) for reading in readings)


def load_picture(path: Path) -> Image:
    """A card's picture, BGR; however small, and without a board on it. Raises ``PhotoError``."""
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise PhotoError(f"{path.name} is no picture that can be decoded.", remedy="Write the set again: boardcast collect.")
    return np.asarray(image, dtype=np.uint8)


def _card(image: Image) -> Card:
    height, width = image.shape[:2]
    corners = readonly(np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float64))
    return Card(None, corners, image, readonly(np.full((height, width), 255, np.uint8)), b"")


def _report(reading: CardReading) -> dict[str, Any]:
    handle = reading.handle.text if reading.handle else None
    lines = [line.text for line in reading.lines]
    return {"title": reading.title.text, "handle": handle, "lines": lines, "needs_review": reading.needs_review}
