"""How the recogniser slips: counted from what was written and what was read, and undone where a likelier word explains the reading."""

from __future__ import annotations

import math

import pytest
from lattices import ALPHABET, spelled

from digitizer.decoder import decode_handle, decode_title
from digitizer.decoder.slips import in_names, in_titles, load_slips
from digitizer.lexicon import Lexicon
from digitizer.training.slips import LEAST_SEEN, ReadLine, aligned, rates, tables

SLIPS = {"": (("i", -3.0), (" ", -1.7), ("0", -2.0), ("_", -2.4)), "d": (("al", -4.0),), " ": (("", -6.0),)}


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.for_event(None)


@pytest.mark.parametrize(
    ("true", "read", "slips"),
    [
        ("pagination", "pagnation", [("i", "")]),
        ("learns", "leams", [("rn", "m")]),
        ("open tips", "opentips", [(" ", "")]),
        ("remarried", "remamed", [("rri", "m")]),
        ("tools", "tools", []),
        ("", "1", [("", "1")]),
    ],
)
def test_what_differs_side_by_side_is_one_slip(true, read, slips):
    """Letters that are read alike cut a line into slips."""
    assert list(aligned(true, read)) == slips


def test_two_slips_of_a_line_are_told_apart():
    """The letters between them were read right."""
    assert sorted(aligned("clement in may", "dementn may")) == [(" i", ""), ("cl", "d")]


def test_rates_are_shares_of_what_was_written():
    """Eight lines with two i each, of which one line in two loses one: a quarter of all i."""
    pairs = [("pinging", "pnging")] * 4 + [("pinging", "pinging")] * 4
    assert rates(pairs) == {"i>": pytest.approx(math.log(4 / 16), abs=0.005)}


def test_lines_that_nobody_could_read_and_rare_slips_teach_nothing():
    """Of a line read as noise no letter is known to stand for another; once is no rate."""
    noise = [("deserialization", "xqz")] * 20
    rare = [("pagination", "pagnation")] * (LEAST_SEEN - 1)
    assert rates(noise + rare) == {}


def test_titles_count_what_the_lexicon_left_and_handles_what_the_recogniser_said():
    """A lexicon mends titles before slips are asked for; nothing mends handles, and what any line loses tells of them."""
    lines = [ReadLine("pinging", "pnging", "pinging")] * 4 + [ReadLine("@ana_pi", "@ana_p", "ana p")] * 4
    found = tables(lines)
    assert found["titles"] == {}
    assert found["handles"] == {"i>": pytest.approx(math.log(8 / 12), abs=0.005)}


def test_only_what_makes_a_word_of_no_word_is_proposed(lexicon):
    """``pagnation`` may be ``pagination``; that it may be ``pag nation`` is not asked, since ``pag`` is no word either."""
    assert dict(in_titles("pagnation", {"": (("i", -3.0),)}, lexicon.knows)) == {"pagination": -3.0}
    assert not list(in_titles("pagination help", SLIPS, lexicon.knows))


def test_a_slip_follows_the_case_of_the_reading(lexicon):
    """Capitals stay capitals."""
    assert "PAGINATION" in dict(in_titles("PAGNATION", SLIPS, lexicon.knows))
    assert "Intro to PAGINATION" in dict(in_titles("Intro to PAGNATION", SLIPS, lexicon.knows))


def test_words_run_together_may_have_been_two(lexicon):
    """And what stands apart may have been one word."""
    assert dict(in_titles("andfiner", SLIPS, lexicon.knows))["and finer"] == -1.7
    assert "kubernetes" in dict(in_titles("kube rnetes", SLIPS, lexicon.knows))


def test_two_long_words_set_together_stay(lexicon):
    """They may be a compound, or somebody's product."""
    options = dict(in_titles("Nichtfunktionale", {"": ((" ", -1.0), (",", -1.0), ("-", -1.0))}, lexicon.knows))
    assert not options


def test_in_handles_neither_zeros_nor_underscores_are_guessed():
    """Their shape is asked instead; and nothing rarer than asked for is."""
    found = dict(in_names("@natdia", SLIPS, -4.0))
    assert found["@natalia"] == -4.0
    assert "@inatdia" in found
    assert not any({"0", "_", " "} & set(text) for text in found)
    assert "@natalia" not in dict(in_names("@natdia", SLIPS, -3.5))


def test_in_handles_no_digit_is_guessed_of_which_nothing_is_seen():
    """``christ1na`` is none of what ``christna`` may be, though hands write 1 for i; a letter read for a digit may be one."""
    found = dict(in_names("@christna", {"": (("1", -1.0), ("i", -1.0)), "s": (("5", -1.0),)}, -4.0))
    assert "@christina" in found
    assert "@christ1na" not in found
    assert "@chri5tna" in found


def test_a_sure_reading_that_is_no_word_becomes_the_word_that_is_read_so(lexicon):
    """The lattice is sure of each letter, and has none for the one that was swallowed; what was seen stays on the list."""
    options = [h.text for h in decode_title(spelled("pagnation"), lexicon)]
    assert options[0] == "pagination"
    assert "pagnation" in options


@pytest.mark.parametrize("text", ["pagination", "Zyxwalla", "Django girls", "IPv6"])
def test_what_is_a_word_or_like_none_stays(lexicon, text):
    """Names and coinages survive: a slip needs a listed word to point to."""
    assert decode_title(spelled(text), lexicon)[0].text == text


def test_a_name_is_found_behind_a_slip_in_a_handle_and_odd_handles_stay():
    """``christna`` is hardly anybody's; a handle that nothing listed resembles is left as it stands, and so is one that may be a name."""
    options = [h.text for h in decode_handle(spelled("@christna"))]
    assert options[0] == "@christina"
    assert "@christna" in options
    assert decode_handle(spelled("@natdia"))[0].text == "@natdia"
    assert decode_handle(spelled("@xq7zt"))[0].text == "@xq7zt"


def test_the_shipped_slips_can_be_read_by_the_recogniser_s_alphabet():
    """Each was written and read in letters that lattices have; none is likelier than not."""
    slips = load_slips("titles")
    assert sum(map(len, slips.values())) > 50
    assert all(-12 < rate < 0 for options in slips.values() for _, rate in options)
    assert {"i", "l", "'"} <= {true for true, _ in slips[""]}
    assert set("abc") < set(ALPHABET)
