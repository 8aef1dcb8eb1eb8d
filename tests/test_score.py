"""Error measures: as recorded, so that figures of versions can be compared, and what each of them means."""

import json
from pathlib import Path

import pytest

from digitizer.edits import edits, plain, plain_handle
from digitizer.score import figures, score

RECORDED = json.loads((Path(__file__).parent / "score_cases.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", RECORDED["cases"], ids=lambda case: case["truth"]["id"])
def test_figures_are_as_recorded(case: dict) -> None:
    """Of made-up truths and readings, photo by photo."""
    tally, misses = score(case["truth"], case["reading"])
    assert figures([tally]) == case["expected"]
    recorded = [
        (title, handle, None if read == "(not found)" else read, None if read == "(not found)" else h)
        for title, handle, read, h in case["misses"]
    ]
    assert [(m.title, m.handle, m.read_title, m.read_handle) for m in misses] == recorded


def test_figures_of_all_cases_are_as_recorded() -> None:
    """Photos are weighed by their cards, not averaged."""
    assert figures(score(case["truth"], case["reading"])[0] for case in RECORDED["cases"]) == RECORDED["expected"]


def card(title: str = "Board games", handle: str | None = "@sam", **more: object) -> dict:
    """A card in one and the same cell."""
    return {"room": "306", "slot": "10:00", "title": title, "handle": handle, **more}


def measured(truth: list[dict], reading: list[dict]) -> dict[str, float]:
    """Figures of one photo."""
    return figures([score({"cards": truth}, {"cards": reading})[0]])


def test_a_perfect_reading_is_publish_ready() -> None:
    """Case and the @ do not count."""
    found = measured([card()], [card("BOARD GAMES", "sam")])
    assert (found["publish_ready"], found["cer"], found["recall"], found["precision"]) == (1, 0, 1, 1)


def test_a_missing_card_costs_its_whole_title() -> None:
    """Not found is as bad as every letter wrong."""
    found = measured([card()], [])
    assert (found["recall"], found["cer"], found["silent_wrong"]) == (0, 1, 0)


def test_a_wrong_card_that_is_flagged_is_not_silent() -> None:
    """A person will look at it."""
    assert measured([card()], [card("Bored games")])["silent_wrong"] == 1
    assert measured([card()], [card("Bored games", needs_review=True)])["silent_wrong"] == 0


def test_a_card_in_an_empty_cell_costs_precision() -> None:
    """It would announce a session that nobody offers."""
    assert measured([card()], [card(), {**card(), "room": "307"}])["precision"] == 0.5


def test_two_cards_of_a_cell_are_matched_by_their_titles() -> None:
    """Whatever order they were found in."""
    pair = [card("Board games", "@sam"), card("Card tricks for beginners", "@kim")]
    assert measured(pair, pair[::-1])["publish_ready"] == 1


def test_a_card_behind_a_person_is_not_asked_for() -> None:
    """Half visible: it may be read or not, neither counts against the reading."""
    hidden = [card(visible=0.5)]
    assert measured(hidden, [])["cards"] == 0
    assert measured(hidden, hidden)["precision"] == 0  # nothing was asked for, and nothing is false either
    assert measured(hidden, hidden)["false_cards"] == 0


@pytest.mark.parametrize(
    ("a", "b", "distance"), [("", "", 0), ("abc", "", 3), ("kitten", "sitting", 3), ("flaw", "lawn", 2), ("ab", "ba", 2)]
)
def test_edits_are_levenshtein(a: str, b: str, distance: int) -> None:
    """Known pairs, both ways round."""
    assert edits(a, b) == edits(b, a) == distance


def test_plain_text_forgives_what_nobody_would_correct() -> None:
    """Typographic quotes, long dashes, case, ends."""
    assert plain("  “Don’t”  PANIC — ever. ") == plain("“don't” panic - EVER")
    assert plain(None) == ""
    assert plain_handle("@ Sam_1") == "sam_1"
