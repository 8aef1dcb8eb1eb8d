"""Casing as a person would publish it: what changes, what stays, and that nothing but case ever changes."""

from __future__ import annotations

import pytest

from digitizer.casing import Spelling, is_shouted, is_small, listed_spellings, publish_handle, publish_name, publish_title
from digitizer.lexicon import Lexicon

LISTED = Spelling.of()
SHOUTED = {
    "JUGGLING FOR BEGINNERS": "Juggling for beginners",
    "ASK ME ABOUT SQLALCHEMY 2.X": "Ask me about SQLAlchemy 2.x",
    "GRAPHQL VS. REST APIS": "GraphQL vs. REST APIs",
    "PYTEST TRICKS": "pytest tricks",
    "CONDA-FORGE, WHY?": "conda-forge, why?",
    "NODE.JS & C++": "Node.js & C++",
    "CI/CD FOR ML": "CI/CD for ML",
    "WHAT'S NEW IN PYTHON 3.14": "What's new in Python 3.14",
    "POSTGRESQL’S FUTURE": "PostgreSQL’s future",
    "DON'T PANIC! ASK ANYTHING": "Don't panic! Ask anything",
    "“WILD” IDEAS": "“Wild” ideas",
    "HOME ASSISTANT IN NEW YORK": "Home Assistant in New York",
    "I THINK I'M LOST": "I think I'm lost",
    "XKCD": "XKCD",
    "3D PRINTING ON MONDAY": "3D printing on Monday",
    "YOGA": "Yoga",
    "COFFEE wITH R": "Coffee with R",
}


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    """The base lexicon."""
    return Lexicon.for_event(None)


@pytest.mark.parametrize("shouted", SHOUTED)
def test_a_shouted_title_becomes_a_sentence(lexicon: Lexicon, shouted: str) -> None:
    """With acronyms, products, places and days as they are spelled."""
    assert publish_title(shouted, LISTED, lexicon.knows) == SHOUTED[shouted]


@pytest.mark.parametrize(
    "title", ["board games", "Board Games", "DOCS sprint planning", "iOS and API design", "import antigravity", "", "?", "A", "C"]
)
def test_mixed_case_is_left_as_written(lexicon: Lexicon, title: str) -> None:
    """Whoever mixes them meant it, or a person will see it."""
    assert publish_title(title, LISTED, lexicon.knows) == title


@pytest.mark.parametrize(
    ("beside", "published"),
    [(["@sam_codes"], "PING PONG"), (["Ida"], "PING PONG"), (["@SAM_CODES"], "Ping pong"), (["@42"], "Ping pong"), ([], "Ping pong")],
)
def test_capitals_that_were_chosen_stay(lexicon: Lexicon, beside: list[str], published: str) -> None:
    """Small letters elsewhere on the card tell that its writer has both."""
    assert publish_title("PING PONG", LISTED, lexicon.knows, beside) == published


def test_german_capitals_stay(lexicon: Lexicon) -> None:
    """Nobody but a grammar can tell which words are nouns."""
    assert publish_title("KAFFEE UND KUCHEN", LISTED, lexicon.knows) == "KAFFEE UND KUCHEN"


def test_the_event_tells_spellings(lexicon: Lexicon) -> None:
    """From titles where their case means something, and from names; a title in Title Case tells nothing of its words."""
    spelling = Spelling.of(["How zwirbelDB works at Quux", "Knitting For Everyone", "OLD SHOUTS"], ["Xanthippe McMuffin"])
    assert publish_title("ZWIRBELDB AND QUUX", spelling, lexicon.knows) == "zwirbelDB and Quux"
    assert publish_title("EVERYONE: MEET XANTHIPPE", spelling, lexicon.knows) == "Everyone: meet Xanthippe"
    assert publish_title("OLD MCMUFFIN", spelling, lexicon.knows) == "Old McMuffin"


@pytest.mark.parametrize("read", ["IMPORT ANTIGRAVITY (ACROYOGA)", "Import  antigravity (acroyoga)", "import Antigravity (AcroYoga)"])
def test_a_known_title_is_published_as_announced(lexicon: Lexicon, read: str) -> None:
    """Whatever the case on the card, and beside whatever handle."""
    spelling = Spelling.of(["import antigravity (AcroYoga)"])
    assert publish_title(read, spelling, lexicon.knows, ["@sam"]) == "import antigravity (AcroYoga)"


def test_handles_in_capitals_become_small_unless_known() -> None:
    """Networks do not tell case apart; a known handle is written as its owner writes it."""
    assert publish_handle("@KIM_99", ()) == "@kim_99"
    assert publish_handle("@Kim_99", ()) == "@Kim_99"
    assert publish_handle("@KIM_99", {"@kiM_99"}) == "@kiM_99"
    assert publish_handle("@42", ()) == "@42"


def test_names_in_capitals_keep_one_each() -> None:
    """Initials stay, known names are spelled as their owners do."""
    spelling = Spelling.of((), ["Ronald McDonald"])
    assert publish_name("SAMIR", spelling) == "Samir"
    assert publish_name("JP", spelling) == "JP"
    assert publish_name("KEV + ANNE-MARIE MCDONALD", spelling) == "Kev + Anne-Marie McDonald"
    assert publish_name("van Rossum", spelling) == "van Rossum"


@pytest.mark.parametrize(
    "text",
    [
        *SHOUTED,
        "ÇA VA ÊTRE L'ÉTÉ",
        "STRAẞE ALLEIN",
        "GRAND İSTANBUL ŒUVRE",
        "ﬁ LIGATURES ǅ",
        "'",
        "N'T 'S",
        "A.B.C.",
        "X_Y (Z)",
        "@ 10:30 PM",
    ],
)
def test_nothing_but_case_changes(lexicon: Lexicon, text: str) -> None:
    """As many characters as before, the same but for case, and spaces as they were."""
    published = publish_title(text, LISTED, lexicon.knows)
    assert len(published) == len(text)
    assert published.casefold() == text.casefold()
    assert publish_title(published, LISTED, lexicon.knows) == published


def test_shouting_allows_for_a_misread_letter() -> None:
    """One small letter in ten; one letter alone does not shout."""
    assert is_shouted("PiNG PONG TOURNAMENT")
    assert not is_shouted("SQLAlchemy")
    assert not is_shouted("R")
    assert not is_shouted("2024")
    assert is_small("@sam_codes")
    assert not is_small("@a1")


def test_each_spelling_is_listed_once() -> None:
    """Of two spellings of one word, one would never be used."""
    folded = [text.casefold() for text in listed_spellings()]
    assert sorted(text for text in set(folded) if folded.count(text) > 1) == []
