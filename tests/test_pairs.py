"""Words that go together, and what they tell of a title's lines."""

from __future__ import annotations

import math

import numpy as np
import pytest

from calibration.rig import readonly
from digitizer.characters import STEPS_A_NAT
from digitizer.decoder import Hypothesis
from digitizer.pairs import WordPairs, key, load_pairs, word_runs
from digitizer.settings import DecoderSettings
from digitizer.together import together
from digitizer.training.pairs import counted, informations, paragraphs, write

WEIGHT = DecoderSettings().pair_weight


def pairs_of(nats: dict[tuple[str, str], float]) -> WordPairs:
    """A table that holds these pairs and no other."""
    stored = sorted((key(*pair), round(value * STEPS_A_NAT)) for pair, value in nats.items())
    keys, steps = zip(*stored, strict=True)
    return WordPairs(readonly(np.array(keys, np.uint32)), readonly(np.array(steps, np.uint8)))


def readings(*texts: str) -> list[Hypothesis]:
    """Readings of one line, each a nat less likely than the one before."""
    shares = np.exp(-np.arange(len(texts)))
    return [Hypothesis(text, -float(k), float(shares[k] / shares.sum()), 1.0, -float(k)) for k, text in enumerate(texts)]


def first_texts(lines) -> list[str]:
    """The best reading of each line."""
    return [line[0].text for line in lines]


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("Lock-free C++: why", [["lock", "free", "c++"], ["why"]]),
        ("Don’t panic", [["don't", "panic"]]),
        ("Tea - and cake", [["tea"], ["and", "cake"]]),
        ("C# & F#", [["c#"], ["f#"]]),
        ("", [[]]),
    ],
)
def test_words_stand_side_by_side_where_no_sign_parts_them(text, runs):
    """A hyphen joins; a dash, a colon, an ampersand part."""
    assert list(word_runs(text)) == runs


def test_a_text_has_what_its_pairs_lend_it():
    """Whatever its case; a pair at most so much, and one that nobody counted nothing."""
    table = pairs_of({("machine", "learning"): 6.0, ("learning", "club"): 1.5})
    texts = ["Machine LEARNING club", "machine: learning", "", "learning", "night club"]
    assert table.nats(texts, most=4.0) == pytest.approx([5.5, 0, 0, 0, 0])


def test_a_table_without_pairs_of_the_texts_lends_nothing():
    """Numbers beyond the last that is stored are looked up too."""
    assert pairs_of({("a", "b"): 1.0}).nats([f"x{k} y{k}" for k in range(50)], most=5.0).tolist() == [0.0] * 50


def test_of_two_listed_words_and_one_the_two_are_read_that_go_together():
    """``Commandline`` is a word of the lists too, and the likelier by one nat of picture and words."""
    table = pairs_of({("command", "line"): 4.0})
    (line,) = together([readings("Commandline", "Command line")], table)
    assert [reading.text for reading in line] == ["Command line", "Commandline"]
    odds = line[0].posterior / line[1].posterior
    assert math.log(odds) == pytest.approx(WEIGHT * 4.0 - 1.0)
    assert line[0].score == -1.0


def test_a_line_s_last_word_lends_the_next_line_s_first():
    """Both lines are read anew: each for the other's sake."""
    table = pairs_of({("walrus", "operator"): 4.0})
    lines = [readings("The walnut", "The walrus"), readings("operation now", "operator now")]
    assert first_texts(together(lines, table)) == ["The walrus", "operator now"]


def test_shares_are_those_of_all_ways_to_read_the_lines():
    """Against the sum over every way, written out; three lines, so that one is in the middle."""
    table = pairs_of({("b", "c"): 2.0, ("d", "e"): 1.0, ("c", "f"): 3.0})
    lines = [readings("a", "b"), readings("c", "x d", "d"), readings("e", "f")]
    logs = {
        (i, j, k): sum(line[n].score for line, n in zip(lines, (i, j, k), strict=True))
        + WEIGHT * float(table.nats([" ".join(line[n].text for line, n in zip(lines, (i, j, k), strict=True))], 5.0)[0])
        for i in range(2)
        for j in range(3)
        for k in range(2)
    }
    total = sum(math.exp(log) for log in logs.values())
    shares = [sum(math.exp(log) for way, log in logs.items() if way[1] == j) / total for j in range(3)]
    middle = {reading.text: reading.posterior for reading in together(lines, table)[1]}
    assert middle == pytest.approx(dict(zip(["c", "x d", "d"], shares, strict=True)))


def test_lines_that_lend_nothing_stay_as_they_were_read():
    """And a sign at a line's end parts its last word from the next line."""
    table = pairs_of({("walrus", "operator"): 4.0})
    lines = [readings("The walnut:", "The walrus:"), readings("operation", "operator")]
    again = together(lines, table)
    assert first_texts(again) == ["The walnut:", "operation"]
    assert [r.posterior for r in again[0]] == pytest.approx([r.posterior for r in lines[0]])


def test_a_line_without_readings_leaves_all_as_they_are():
    """Nothing stands beside what was not read."""
    lines = [readings("Command line", "Commandline"), []]
    assert together(lines, pairs_of({("a", "b"): 1.0})) == [tuple(line) for line in lines]
    assert together([]) == []


def test_the_pairs_that_ship_know_common_pairs_of_the_field():
    """And lend none to words that merely follow one another in no text."""
    learned, odd = load_pairs().nats(["machine learning", "flag ceremony sourdough"], most=5.0)
    assert learned > 3
    assert odd == 0


DESCRIPTIONS = """\
Package: one
Description-en: fast board games (data files)
 Board games for
 long evenings.
 .
 It has
  * chess clocks
  * other clocks
"""


def test_descriptions_come_apart_into_paragraphs():
    """A subject without its aside, a paragraph over its lines, each item of a list."""
    assert list(paragraphs(DESCRIPTIONS.splitlines(keepends=True))) == [
        "fast board games",
        "Board games for long evenings.",
        "It has",
        "* chess clocks",
        "* other clocks",
    ]


def test_a_text_that_comes_again_is_counted_once():
    """Packages share paragraphs by the hundred."""
    counts = counted(["board games", "board games", "more board games"])
    assert counts == {("board", "games"): 2, ("more", "board"): 1}


def test_information_is_how_much_likelier_a_word_is_after_the_other():
    """Four of eight pairs end in b, two of the two after a."""
    counts = {("a", "b"): 2, ("c", "b"): 2, ("c", "d"): 3, ("e", "d"): 1}
    assert informations(counts, 2)["a", "b"] == pytest.approx(math.log(2))
    assert ("e", "d") not in informations(counts, 2)


def test_what_is_written_is_what_is_read(tmp_path):
    """But for what lends nothing."""
    path = tmp_path / "pairs.npz"
    assert write({("walrus", "operator"): 4.0, ("lock", "picking"): 2.5, ("of", "the"): 0.1}, path) == 2
    table = load_pairs.__wrapped__(path)
    assert table.nats(["walrus operator", "lock picking", "of the"], 5.0) == pytest.approx([4.0, 2.5, 0.0])
