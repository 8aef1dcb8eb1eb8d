"""Two hundred days of fifty looks each, truth known: what a schedule may not do with them, and how often it may err."""

from collections import Counter

import pytest
from days import Faults
from judged import play

DAYS = range(200)


@pytest.fixture(scope="module")
def days() -> tuple[Counter[str], list[str]]:
    """What was counted over all days, and a line for each thing that went wrong."""
    return play(DAYS, Faults())


def told(days: tuple[Counter[str], list[str]], what: str) -> list[str]:
    """The lines of one kind."""
    return [line for line in days[1] if f" {what}: " in line]


def test_the_days_are_long_and_lively(days):
    """Thousands of changes of every kind, on boards that are seen tens of thousands of times."""
    counts, _ = days
    assert counts["card looks"] > 70_000
    assert counts["changes"] > 5_000
    assert all(counts[act] > 100 for act in ("appeared", "moved", "stirred", "rewritten", "replaced", "removed", "returned"))


def test_no_session_is_cancelled_whose_card_hangs(days):
    """Whoever stands before it, whatever hangs over a part of it, however badly it is found."""
    assert told(days, "false cancellations") == []


def test_a_change_is_public_two_looks_after_it_is_clear(days):
    """All but one in two hundred: what was pinned, moved, swapped, replaced, put back or torn off."""
    counts, _ = days
    assert counts["missed changes"] < counts["changes"] / 200, told(days, "missed changes")


def test_cards_keep_their_id_whatever_is_done_to_them(days):
    """Moved, straightened, rewritten, put back: 99 in 100."""
    counts, _ = days
    assert counts["kept cards"] > 1_500
    assert counts["lost ids"] < counts["kept cards"] / 100, told(days, "lost ids")


def test_what_a_person_wrote_goes_with_the_card(days):
    """At every look after it."""
    assert told(days, "lost corrections") == []


def test_published_text_does_not_flicker(days):
    """A wording that was given up comes back in fewer than one of three hundred looks at a card that is read anew each time."""
    counts, _ = days
    assert counts["flickers"] < counts["card looks"] / 300, told(days, "flickers")[:20]


def test_nothing_hangs_on_a_knife_edge():
    """With twice the faults of the finder: still not one cancellation in ten thousand looks at a card."""
    counts, lines = play(range(200, 220), Faults(scale=2))
    assert counts["false cancellations"] <= counts["card looks"] / 10_000, lines
    assert counts["missed changes"] <= counts["changes"] / 100, lines
