"""Cards in cells that the event blocks: reserved sheets are no sessions, anything else there is told to the organizer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from digitizer.event import Blocked, Board
from digitizer.model import CardReading

RESERVING_WORDS = ("reserved", "closed", "blocked", "unavailable", "occupied", "lunch", "break", "reserviert", "gesperrt", "belegt")
ALIKE = 0.7
"""Share of letters in common (Ratcliff & Obershelp) from which a word is taken for a reserving one: two misread letters in eight."""


def set_aside(cards: Sequence[CardReading], board: Board) -> tuple[tuple[CardReading, ...], tuple[str, ...]]:
    """Part sessions from what hangs in blocked cells.

    Returns the sessions, and a warning for each card in a blocked cell that does not look like a reserved sheet: somebody may have
    pinned a session there, which only the organizer can allow.
    """
    blocked = {item.cell: item for item in board.blocked}
    sessions = tuple(card for card in cards if card.card.cell not in blocked)
    aside = [(card, blocked[card.card.cell]) for card in cards if card.card.cell in blocked]
    return sessions, tuple(_warning(card, item, board) for card, item in aside if not _reserves(card, item))


def _reserves(card: CardReading, item: Blocked) -> bool:
    known = (*RESERVING_WORDS, *_words(item.reason))
    said = [word for line in card.lines for word in _words(line.text)]
    return not said or any(SequenceMatcher(None, word, other).ratio() >= ALIKE for word in said for other in known)


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"\w+", text.casefold()) if len(word) > 2]


def _warning(card: CardReading, item: Blocked, board: Board) -> str:
    place = f"{board.room_of(item.cell)} at {board.slot_of(item.cell)}"
    what = f'A card that reads "{card.title.text}" hangs in {place}, which the event blocks; it is not published.'
    return f"{what} Unblock the cell if it is a session."
