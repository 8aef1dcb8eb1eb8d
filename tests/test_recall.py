"""Titles known as wholes: found among many, laid over lines, taken only where the picture agrees."""

from __future__ import annotations

import pytest
from lattices import ALPHABET, spelled

from digitizer.decoder import decode_title
from digitizer.eventwords import KnownTitles
from digitizer.lexicon import Lexicon
from digitizer.recall import Recalled, cut, recall, word_log
from digitizer.settings import LexiconSettings

TITLES = ("Ask me about queues", "Queues considered harmful", "Café au lait", "R")


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    """The base lexicon."""
    return Lexicon.for_event(None)


def recalled(lexicon: Lexicon, *lattices, titles=TITLES) -> Recalled:
    """What is recalled of lines that look so."""
    lines = [(lattice, decode_title(lattice, lexicon)) for lattice in lattices]
    logs = [word_log(lexicon.chunk(word)[1] for word in readings[0].text.lower().split()) for _, readings in lines]
    return recall(lines, KnownTitles(titles), logs)


def test_titles_are_found_by_what_they_share_with_a_text() -> None:
    """Most alike first, whatever their case, two at most; nothing where nothing is alike."""
    known = KnownTitles((*TITLES, *(f"Filler number {i}" for i in range(500))))
    assert known.like("QUEUES CONS1DERED HARMFUL", LexiconSettings()) == ["Queues considered harmful"]
    assert known.like("ask about queues", LexiconSettings())[0] == "Ask me about queues"
    assert len(known.like("filler number 7", LexiconSettings())) == 2
    assert known.like("zwirbel", LexiconSettings()) == []
    assert known.like("", LexiconSettings()) == []


@pytest.mark.parametrize(
    ("lines", "parts"),
    [
        (["Ask me abaut", "queues"], ["Ask me about", "queues"]),
        (["Ask", "me about queues"], ["Ask", "me about queues"]),
        (["Ask me", "about", "quues"], ["Ask me", "about", "queues"]),
        (["whatever"], ["Ask me about queues"]),
        (["a", "b", "c", "d"], ["Ask", "me", "about", "queues"]),
        (["a", "b", "c", "d", "e"], []),
    ],
)
def test_words_are_laid_onto_lines_as_they_were_read(lines: list[str], parts: list[str]) -> None:
    """At least one word a line, in order; impossible with fewer words than lines."""
    assert cut(["Ask", "me", "about", "queues"], lines) == parts


def test_a_known_title_is_taken_where_the_picture_wavers(lexicon: Lexicon) -> None:
    """Two letters are in doubt; the lines keep the case that the card shows."""
    found = recalled(lexicon, spelled("ASK ME AB", {"O": 0.4, "A": 0.55}, "UT"), spelled("QU", {"E": 0.3, "F": 0.6}, "UES"))
    assert [line.text for line in found.lines] == ["ASK ME ABOUT", "QUEUES"]
    assert all(0.9 < line.posterior <= 1 for line in found.lines)


def test_a_title_that_is_not_on_the_card_is_not_taken(lexicon: Lexicon) -> None:
    """However much it resembles: it is offered."""
    found = recalled(lexicon, spelled("Queues considered useful"))
    assert found.lines == ()
    assert found.titles == ("Queues considered harmful",)


def test_of_two_like_titles_neither_is_sure(lexicon: Lexicon) -> None:
    """The picture cannot tell them apart, and the probability says so."""
    found = recalled(lexicon, spelled("Queue ", {"1": 0.49, "2": 0.49}), titles=("Queue 1", "Queue 2"))
    assert found.lines[0].posterior < 0.6


def test_letters_that_the_recogniser_does_not_know_end_the_matter(lexicon: Lexicon) -> None:
    """No title is forced onto a lattice that cannot spell it."""
    assert "œ" not in ALPHABET
    assert recalled(lexicon, spelled("Cafe au coeur"), titles=("Cafe au cœur",)).lines == ()


def test_nothing_is_recalled_of_nothing(lexicon: Lexicon) -> None:
    """No known titles, no lines."""
    assert recalled(lexicon, spelled("Ask me about queues"), titles=()) == Recalled()
    assert recalled(lexicon) == Recalled()
