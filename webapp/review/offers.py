"""What the reviewer can take with one tap: readings of a card's title and handle, and how sure the reader is, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from digitizer.edits import plain, plain_handle
from digitizer.model import Entry
from webapp.values import HostWords

MOST_TITLES, MOST_HANDLES = 5, 3
"""With "no handle" nine: one for each digit key."""

SURE, FAIRLY_SURE, UNSURE = 0.9, 0.7, 0.4
"""Probabilities from which a reading is called so; ``ReadSettings.least_probability`` sends a card to review below the first."""


@dataclass(frozen=True)
class Offer:
    """One reading. ``parts`` are its text in pieces, each with whether the words that stand now differ there; ``chosen``: they are it."""

    text: str
    parts: tuple[tuple[str, bool], ...]
    chosen: bool


def title_offers(entry: Entry) -> tuple[Offer, ...]:
    """Readings of the title, likeliest first; none where there is but one and it stands already."""
    texts = _unique([*(vote.text for vote in entry.title_votes), *entry.alternatives])
    return _offers(texts[:MOST_TITLES], entry.title)


def handle_offers(entry: Entry) -> tuple[Offer, ...]:
    """Readings of the handle, and that there is none (an empty text)."""
    texts = _unique([*(vote.text for vote in entry.handle_votes), *entry.handle_alternatives])
    found = _offers(texts[:MOST_HANDLES], entry.handle or "")
    return (*found, Offer("", (), entry.handle is None)) if found else ()


def agrees(words: HostWords, entry: Entry) -> bool:
    """Whether what was typed on the web is what was read, but for case and punctuation at the ends."""
    return plain(words.title) == plain(entry.title) and (not words.handle or plain_handle(words.handle) == plain_handle(entry.handle))


def title_sureness(entry: Entry) -> str:
    """How sure the reader is of the title; a person's word is beyond that."""
    return "checked" if entry.confirmed else in_words(entry.title_confidence)


def handle_sureness(entry: Entry) -> str:
    """The same for the handle."""
    if entry.confirmed:
        return "checked"
    return in_words(entry.handle_confidence) if entry.handle else "none seen"


def in_words(probability: float) -> str:
    """A probability as people say it."""
    steps = ((SURE, "sure"), (FAIRLY_SURE, "fairly sure"), (UNSURE, "unsure"))
    return next((words for least, words in steps if probability >= least), "a guess")


def _offers(texts: Sequence[str], stands: str) -> tuple[Offer, ...]:
    if not texts or (len(texts) == 1 and texts[0] == stands):
        return ()
    return tuple(Offer(text, _parts(text, stands), text == stands) for text in texts)


def _parts(text: str, stands: str) -> tuple[tuple[str, bool], ...]:
    """The text cut where it begins or ends to differ from what stands; an empty piece where it lacks something."""
    found = SequenceMatcher(None, stands, text, autojunk=False).get_opcodes()
    return tuple((text[start:end], kind != "equal") for kind, _, _, start, end in found)


def _unique(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(text for text in texts if text))
