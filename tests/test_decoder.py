"""Decoders on lattices whose truth is known."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from lattices import ALPHABET, spelled

from digitizer.decoder import decode_greedy, decode_handle, decode_handles, decode_title, decode_titles
from digitizer.decoder.beam import search
from digitizer.decoder.forward import log_probabilities
from digitizer.lexicon import Lexicon
from digitizer.readers.base import Lattice
from digitizer.settings import DecoderSettings, HandleSettings


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.for_event(None)


class Pairs:
    """A prior over pairs of characters that follow each other: its states are the last classes."""

    def __init__(self, logs: np.ndarray, ends: np.ndarray) -> None:
        """``logs`` CxC by the character before (0: none) and the character; ``ends`` C by the last one."""
        self.logs, self.ends = logs, ends

    def start(self, count: int) -> np.ndarray:
        """No character yet."""
        return np.zeros(count, dtype=np.intp)

    def step(self, states: np.ndarray, classes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """One character more."""
        return classes.copy(), self.logs[states, classes]

    def end(self, states: np.ndarray, _texts: object) -> np.ndarray:
        """The end of the text."""
        return self.ends[states]

    def of(self, text: str, alphabet: tuple[str, ...]) -> float:
        """The prior of a whole text, character by character."""
        classes = [0, *(alphabet.index(character) for character in text)]
        return float(sum(self.logs[a, b] for a, b in itertools.pairwise(classes)) + self.ends[classes[-1]])


WIDE = DecoderSettings(beam=500, least_probability=0.0, least_share=0.0, tried=10_000)
"""Nothing is pruned."""

FLAT = Pairs(np.zeros((3, 3)), np.zeros(3))
"""A prior that likes all texts alike."""


def brute_force(probabilities: np.ndarray, alphabet: tuple[str, ...]) -> dict[str, float]:
    """The probability of each text: all paths of the lattice, one by one."""
    texts: dict[str, float] = {}
    for path in itertools.product(range(len(alphabet)), repeat=len(probabilities)):
        merged = [c for c, _ in itertools.groupby(path)]
        text = "".join(alphabet[c] for c in merged)
        texts[text] = texts.get(text, 0.0) + math.prod(probabilities[t, c] for t, c in enumerate(path))
    return texts


@pytest.mark.parametrize("seed", range(5))
def test_search_without_prior_sums_all_paths(seed: int) -> None:
    """With a wide beam the search finds the probabilities that adding up all paths gives."""
    alphabet = ("", "a", "b")
    probabilities = np.random.default_rng(seed).dirichlet(np.ones(3), size=6)
    (found,) = search([np.log(probabilities).astype(np.float32)], alphabet, FLAT, WIDE)
    truth = brute_force(probabilities, alphabet)
    assert {f.text: math.exp(f.log_prob) for f in found} == pytest.approx(truth, rel=1e-4)
    assert found[0].text == max(truth, key=truth.__getitem__)


@pytest.mark.parametrize("seed", range(5))
def test_search_weighs_all_texts_by_their_prior(seed: int) -> None:
    """Many lattices of several lengths at once, some with steps of blanks alone: each text's two logs are those added up by hand."""
    rng = np.random.default_rng(seed)
    alphabet = ("", "a", "b")
    prior = Pairs(np.log(rng.dirichlet(np.ones(3), size=3)), np.log(rng.dirichlet(np.ones(3))))
    tables = [rng.dirichlet(np.ones(3), size=length) for length in (6, 1, 4, 6, 3)]
    for table in tables[::2]:
        table[1::2] = (1.0, 0.0, 0.0)
    with np.errstate(divide="ignore"):
        lattices = [np.log(table).astype(np.float32) for table in tables]
    for found, table in zip(search(lattices, alphabet, prior, WIDE), tables, strict=True):
        truth = {text: p for text, p in brute_force(table, alphabet).items() if p > 0}
        assert {f.text: math.exp(f.log_prob) for f in found} == pytest.approx(truth, rel=1e-4)
        assert {f.text: f.log_prior for f in found} == pytest.approx({text: prior.of(text, alphabet) for text in truth}, rel=1e-4)
        assert [f.score for f in found] == sorted((f.score for f in found), reverse=True)


def test_what_the_prior_forbids_is_not_found() -> None:
    """A text with a step or an end of no probability is left out, however clear the picture."""
    logs = np.zeros((3, 3))
    logs[1, 2] = -math.inf
    never_b = Pairs(logs, np.array([0.0, 0.0, -math.inf]))
    probabilities = np.array([[0.01, 0.98, 0.01], [0.01, 0.01, 0.98]])
    (found,) = search([np.log(probabilities).astype(np.float32)], ("", "a", "b"), never_b, WIDE)
    assert {f.text for f in found} == {"", "a", "ba"}


def test_a_narrow_beam_finds_what_a_wide_one_finds_first() -> None:
    """Texts that leave the beam and come back are the same texts: sixty at a time find what four hundred find."""
    rng = np.random.default_rng(0)
    prior = Pairs(np.log(rng.dirichlet(np.ones(6), size=6)), np.log(rng.dirichlet(np.ones(6))))
    lattices = [np.log(rng.dirichlet(np.full(6, 0.15), size=12) + 1e-9).astype(np.float32) for _ in range(40)]
    narrow, wide = (search(lattices, ("", *"abcde"), prior, replace(WIDE, beam=beam)) for beam in (60, 400))
    assert [f[0].text for f in narrow] == [f[0].text for f in wide]


def test_lines_read_together_read_as_alone(lexicon: Lexicon) -> None:
    """Neither the lines beside it nor their order change what a line says, how sure it is, or its alternatives."""
    lines = [spelled("Python ", {"t": 0.6, "f": 0.4}, "esting"), spelled(""), spelled("@sam_lee"), spelled("a", {"": 0.5, "b": 0.5})]
    for together in (lines, lines[::-1]):
        assert decode_titles(together, lexicon) == [decode_title(line, lexicon) for line in together]
        assert decode_handles(together) == [decode_handle(line) for line in together]


def test_no_lines_no_readings(lexicon: Lexicon) -> None:
    """An empty photo."""
    assert decode_titles([], lexicon) == []
    assert decode_handles([]) == []


def test_greedy_merges_repeats_and_keeps_doubles() -> None:
    """A letter held over two steps counts once; one with a blank between counts twice."""
    table = np.full((5, len(ALPHABET)), 1e-6)
    for t, c in enumerate(["l", "l", "", "l", "o"]):
        table[t, ALPHABET.index(c)] = 1.0
    assert decode_greedy(Lattice(np.log(table).astype(np.float32), ALPHABET)).text == "llo"


def test_greedy_of_an_empty_lattice_is_empty() -> None:
    """A line without steps says nothing."""
    assert decode_greedy(Lattice(np.zeros((0, len(ALPHABET)), np.float32), ALPHABET)).text == ""


def test_title_takes_the_word_where_the_picture_is_in_doubt(lexicon: Lexicon) -> None:
    """`Pyth0n` by a little becomes `Python`."""
    lattice = spelled("Pyth", {"0": 0.55, "o": 0.4}, "n ", "testing")
    assert decode_greedy(lattice).text == "Pyth0n testing"
    assert decode_title(lattice, lexicon)[0].text == "Python testing"


def test_title_keeps_the_raw_reading_among_its_alternatives(lexicon: Lexicon) -> None:
    """What the lexicon overruled stays on the list."""
    lattice = spelled("sec", {"u": 0.45, "v": 0.5}, "rity")
    texts = [h.text for h in decode_title(lattice, lexicon)]
    assert texts[0] == "security"
    assert "secvrity" in texts


@pytest.mark.parametrize("word", ["Moabite", "Zwrgkli", "xkcd", "Ljubisa", "Nichtfunktionale", "@ing", "BERGSMANN"])
def test_words_that_no_list_holds_survive(lexicon: Lexicon, word: str) -> None:
    """Where the picture is sure, no word is bent into a listed one."""
    assert decode_title(spelled("about " + word), lexicon)[0].text == "about " + word


@pytest.mark.parametrize(
    "text", ["Q&A", "What's new?", "pre-commit", "(maybe)", "CI/CD", "Café & Kase", "1984", "Java 8", "neo369", "IPv6 and 5G"]
)
def test_signs_and_numbers_survive(lexicon: Lexicon, text: str) -> None:
    """Punctuation, accents and figures are read as they stand."""
    assert decode_title(spelled(text), lexicon)[0].text == text


@pytest.mark.parametrize("text", ["Python Testing", "PYTHON TESTING", "python testing", "PyPI"])
def test_title_keeps_its_case(lexicon: Lexicon, text: str) -> None:
    """Case is as written."""
    assert decode_title(spelled(text), lexicon)[0].text == text


def test_title_knows_that_capitals_stay_capitals(lexicon: Lexicon) -> None:
    """Among capitals a letter whose two forms look alike is a capital."""
    lattice = spelled("TE", {"s": 0.5, "S": 0.45}, "TING")
    assert decode_title(lattice, lexicon)[0].text == "TESTING"


def test_posteriors_are_shares_and_fall(lexicon: Lexicon) -> None:
    """Posteriors lie in 0..1, fall along the list and sum to 1 at most."""
    found = decode_title(spelled("c", {"a": 0.4, "o": 0.3, "u": 0.3}, "t"), lexicon)
    shares = [h.posterior for h in found]
    assert shares == sorted(shares, reverse=True)
    assert 0.99 < sum(shares) <= 1 + 1e-9
    assert {"cat", "cut"} <= {h.text for h in found}


def test_log_prob_is_the_recognisers_own(lexicon: Lexicon) -> None:
    """`log_prob` leaves the prior out: a sure reading has almost none to lose."""
    sure = decode_title(spelled("xkcd"), lexicon)[0]
    assert sure.log_prob == pytest.approx(0.0, abs=0.05)
    assert sure.score != pytest.approx(sure.log_prob, abs=0.05)


def test_lexicon_share_counts_letters_of_listed_words(lexicon: Lexicon) -> None:
    """Six of ten letters stand in listed words."""
    assert decode_title(spelled("Python zqxj"), lexicon)[0].lexicon_share == pytest.approx(0.6)


@pytest.mark.parametrize("first", ["@", "C", "O", "e", "a", "©", "Q"])
def test_handle_begins_with_whatever_at_is_read_as(first: str) -> None:
    """The sign that `@` is often read as is not a letter of the handle."""
    assert decode_handle(spelled(first + "sam_lee"))[0].text == "@sam_lee"


@pytest.mark.parametrize(("seen", "handle"), [("@sam lee", "@sam_lee"), ("@sam-lee", "@sam_lee"), ("@zoé", "@zoe")])
def test_handle_folds_what_it_cannot_hold(seen: str, handle: str) -> None:
    """Space and dash are `_`, accents fall."""
    assert decode_handle(spelled(seen))[0].text == handle


def test_handle_is_no_longer_than_fifteen() -> None:
    """Sixteen signs without a server are no handle."""
    assert all(len(h.text) <= 16 for h in decode_handle(spelled("@abcdefghijklmnop")))


def test_handle_of_nothing_is_none() -> None:
    """Blanks alone hold no handle."""
    assert decode_handle(spelled({"": 1.0})) == ()


@pytest.mark.parametrize("handle", ["@sam@chaos.social", "@sam_lee@hachyderm.io", "@sam.bsky.social", "@sam-lee.example.com"])
def test_handle_may_name_a_server(handle: str) -> None:
    """Mastodon and Bluesky names keep their servers."""
    assert decode_handle(spelled(handle))[0].text == handle


def test_known_handle_wins_where_the_picture_nearly_agrees() -> None:
    """One letter in doubt: the known spelling, with its own case."""
    lattice = spelled("@qu", {"1": 0.6, "l": 0.3, "i": 0.05}, "xo")
    assert decode_handle(lattice, ["@Quixo"])[0].text == "@Quixo"
    assert decode_handle(lattice, ["@Quixo"])[0].lexicon_share == 1.0
    assert decode_handle(lattice)[0].text.casefold() != "@quixo"


def test_known_handle_does_not_swallow_another() -> None:
    """A clear picture of somebody else stays somebody else."""
    assert decode_handle(spelled("@samira"), ["@samir", "@samuel"])[0].text == "@samira"


def test_capital_inside_a_word_is_a_nought() -> None:
    """By hand O and 0 are one shape; a lone capital inside a small word is the rarer of the two."""
    lattice = spelled("@sunfl", {"O": 0.9, "0": 0.05}, "wer")
    assert decode_handle(lattice)[0].text == "@sunfl0wer"


def test_weights_of_zero_leave_the_picture_alone(lexicon: Lexicon) -> None:
    """Without priors the likelier sign wins."""
    lattice = spelled("Pyth", {"0": 0.55, "o": 0.4}, "n")
    flat = replace(DecoderSettings(), lexicon_weight=0.0, character_bonus=0.0)
    assert decode_title(lattice, lexicon, flat)[0].text == "Pyth0n"
    assert decode_handle(spelled("@b", {"x": 0.6, "o": 0.4}, "b"), (), HandleSettings(words_weight=0.0))[0].text == "@bxb"


@pytest.mark.parametrize("seed", range(5))
def test_forward_sums_all_paths(seed: int) -> None:
    """The forward sum gives the probability that adding up all paths gives, for each text at once."""
    alphabet = ("", "a", "b")
    probabilities = np.random.default_rng(seed).dirichlet(np.ones(3), size=6)
    truth = brute_force(probabilities, alphabet)
    texts = ["", "a", "ab", "aa", "abab", "bbb"]
    logs = log_probabilities([np.log(probabilities).astype(np.float32)], [0] * len(texts), texts, alphabet)
    assert np.exp(logs) == pytest.approx([truth[text] for text in texts], rel=1e-4)


def test_forward_keeps_lattices_apart() -> None:
    """Texts under lattices of several lengths in one call, in any order."""
    alphabet, rng = ("", "a", "b"), np.random.default_rng(1)
    tables = [rng.dirichlet(np.ones(3), size=length) for length in (3, 6, 1)]
    pairs = [(k, text) for text in ("ab", "", "a", "bab") for k in (0, 1, 2)]
    logs = log_probabilities([np.log(t).astype(np.float32) for t in tables], [k for k, _ in pairs], [text for _, text in pairs], alphabet)
    truth = [brute_force(tables[k], alphabet).get(text, 0.0) for k, text in pairs]
    assert np.exp(logs) == pytest.approx(truth, rel=1e-4)


def test_a_view_that_is_blind_has_no_veto(lexicon: Lexicon) -> None:
    """The last of four looks sees no ``o`` at all; the mean of probabilities is still for it, that of logarithms would not be."""
    first, clear = spelled("@r", {"o": 0.6, "a": 0.3}, "xq"), spelled("@r", {"o": 0.98, "a": 0.001}, "xq")
    blind = spelled("@r", {"a": 0.6, "o": 1e-12}, "xq")
    together = Lattice(first.log_probs, ALPHABET, (clear.log_probs, clear.log_probs, blind.log_probs))
    assert decode_title(blind, lexicon)[0].text == "@raxq"
    assert decode_title(together, lexicon)[0].text == "@roxq"


def test_views_outvote_a_first_look(lexicon: Lexicon) -> None:
    """Two further looks that see another letter win over the first; the handle decoder takes them too."""
    first, second = spelled("@r", {"a": 0.95, "o": 0.05}, "xq"), spelled("@r", {"o": 0.98, "a": 0.001}, "xq")
    together = Lattice(first.log_probs, ALPHABET, (second.log_probs, second.log_probs))
    assert decode_title(first, lexicon)[0].text == "@raxq"
    assert decode_title(together, lexicon)[0].text == "@roxq"
    assert (decode_handle(first)[0].text, decode_handle(together)[0].text) == ("@raxq", "@roxq")
