"""The lexicon: what is likely, and that nothing is impossible."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest

from digitizer.characters import PATH, STEPS_OF_A_TENTH, STEPS_UNSEEN, load_characters, read_column
from digitizer.event import parse_event
from digitizer.known import Known
from digitizer.lexicon import Lexicon, first_names, load_words
from digitizer.trie import ROOT, Trie

EVENT = """
[event]
name = "Zwirbelcamp"
timezone = "Europe/Zurich"
[[board]]
id = "one"
date = 2024-05-17
rooms = ["A"]
slots = ["10:00"]
[[planned]]
title = "Quuxification of Blorbs: how?"
host = "Xanthippe"
handle = "xanthi"
"""


@pytest.fixture(scope="module")
def base() -> Lexicon:
    return Lexicon.for_event(None)


@pytest.fixture(scope="module")
def event() -> Lexicon:
    return Lexicon.for_event(parse_event(EVENT))


def test_trie_sums_prefixes() -> None:
    """The mass of a beginning is the sum of its words' shares; words weigh what they weigh whole; other beginnings are dead."""
    words = Trie.of({"cat": 0.5, "car": 0.25, "dög": 0.2, "ca": 0.05}, {"cat": 0.4})
    masses = {text: float(words.mass[words.find(text)]) for text in ("", "c", "ca", "cat", "dög", "z", "cats")}
    assert masses == pytest.approx({"": 1.0, "c": 0.8, "ca": 0.8, "cat": 0.5, "dög": 0.2, "z": 0.0, "cats": 0.0})
    assert [float(words.whole[words.find(text)]) for text in ("", "ca", "cat", "dog")] == pytest.approx([0.0, 0.0, 0.4, 0.0])


def test_trie_follows_letters_of_many_nodes_at_once() -> None:
    """Letter by letter all words lead where looking them up one by one leads; from the dead node nothing does."""
    texts = ["cart", "care", "dögs", "zzzz", "cats"]
    words = Trie.of(dict.fromkeys(["cart", "care", "cat", "dög"], 0.25))
    nodes = np.full(len(texts), ROOT, dtype=np.int32)
    for k in range(4):
        nodes = words.children(nodes, np.array([ord(text[k]) for text in texts], dtype=np.int32))
        assert nodes.tolist() == [words.find(text[: k + 1]) for text in texts]
    assert nodes.tolist()[2:] == [words.dead] * 3


def test_an_empty_trie_knows_nothing() -> None:
    """No known handles: every letter leads nowhere."""
    assert Trie.of({}).find("a") == Trie.of({}).dead


@pytest.fixture(scope="module")
def n_grams() -> tuple[dict[str, int], dict[str, int]]:
    """What the model's file says, in sixteenths of a nat."""
    with np.load(PATH) as stored:
        grams, contexts = (read_column(stored[name], stored[f"{name}_costs"]) for name in ("grams", "contexts"))
    return grams, contexts


def backed_off(grams: dict[str, int], contexts: dict[str, int], context: str, character: str) -> int:
    """Katz's rule as it is written: the longest context that knows the character, at the price of all longer ones."""
    longest = max(map(len, grams)) - 1
    context, character, extra = context[-longest:].translate(AS_DIGIT), character, 0
    if character.isdigit():
        character, extra = "0", STEPS_OF_A_TENTH
    for start in range(len(context) + 1):
        if context[start:] + character in grams:
            return extra + grams[context[start:] + character]
        extra += contexts.get(context[start:], 0)
    return extra + STEPS_UNSEEN


AS_DIGIT = str.maketrans("123456789", "0" * 9)


@pytest.mark.parametrize("word", ["kubernetes", "zwrgkl", "naïve", "k8s", "ipv6x", "日本", "o'neill", "aaaaaaaa"])
def test_automaton_backs_off_as_the_rule_says(n_grams: tuple[dict[str, int], dict[str, int]], word: str) -> None:
    """The tables of the character model agree with backing off step by step, for each letter of a word and its end."""
    model = load_characters()
    state = model.start
    for k, letter in enumerate(word):
        column = model.columns.get(letter, 0)
        assert model.steps[state, column] == backed_off(*n_grams, "^" + word[:k], letter)
        state = int(model.following[state, column])
    assert model.steps[state, model.columns["$"]] == backed_off(*n_grams, "^" + word, "$")


def test_beginnings_are_no_rarer_than_what_they_begin(base: Lexicon) -> None:
    """The probability of a beginning falls with each letter, and is never below that of the whole."""
    for word in ("kubernetes", "zwrgkl", "don't", "pre-commit", "k8s", "käse"):
        begins = [base.chunk(word[:i])[0] for i in range(1, len(word) + 1)]
        assert begins == sorted(begins, reverse=True)
        assert begins[-1] >= base.chunk(word)[1]


def test_likely_letters_sum_to_no_more_than_one(base: Lexicon) -> None:
    """What may follow a beginning shares out its probability."""
    for start in ("pyth", "con", "qx"):
        follow = sum(math.exp(base.chunk(start + c)[0]) for c in "abcdefghijklmnopqrstuvwxyzäöüßéèçñ'0123456789")
        assert follow <= math.exp(base.chunk(start)[0]) * 1.05


@pytest.mark.parametrize("word", ["kubernetes", "pytest", "graphql", "sicherheit", "développement", "también", "PYTHON", "Kubernetes?"])
def test_knows_words_of_boards_in_four_languages(base: Lexicon, word: str) -> None:
    """General and technical words, whatever their case and the sign after them."""
    assert base.knows(word)


def test_does_not_know_what_is_no_word(base: Lexicon) -> None:
    """A row of letters is not a word."""
    assert not base.knows("zqxjk")


def test_event_words_become_likely(base: Lexicon, event: Lexicon) -> None:
    """Words of announced sessions and of the event's name are likelier than without them, and known."""
    for word in ("quuxification", "blorbs", "zwirbelcamp"):
        assert not base.knows(word)
        assert event.knows(word)
        assert event.chunk(word)[1] > base.chunk(word)[1] + 3


def test_event_people_are_known(base: Lexicon, event: Lexicon) -> None:
    """Planned hosts and handles; handles carry their @."""
    assert event.handles == {"@xanthi"}
    assert event.knows_name("Xanthippe")
    assert not base.knows_name("Xanthippe")


def test_what_is_known_ahead_or_confirmed_becomes_likely(base: Lexicon) -> None:
    """Ideas, earlier titles and confirmed ones alike; handles and people are known whatever told of them."""
    toml = '[known]\nideas = ["Flibbering"]\ntitles = ["Gnorpf again"]\npeople = ["Ysolde Vrumm"]\nhandles = ["ysolde"]\n'
    lexicon = Lexicon.for_event(parse_event(EVENT + toml), Known(titles=("Wombling",), people=("Örjan",), handles=("@orjan",)))
    for word in ("flibbering", "gnorpf", "wombling", "vrumm", "quuxification"):
        assert not base.knows(word)
        assert lexicon.knows(word)
        assert lexicon.chunk(word)[1] > base.chunk(word)[1] + 2
    assert lexicon.handles == {"@xanthi", "@ysolde", "@orjan"}
    assert all(lexicon.knows_name(name) for name in ("Ysolde", "ysolde vrumm", "Örjan", "Xanthippe"))


def test_a_long_list_weighs_more_than_a_short_one(base: Lexicon) -> None:
    """One announced title says little of what else will hang: common words stay nearly as likely as without it."""
    few, many = (Lexicon.for_event(None, Known(titles=tuple(f"gnorpf{i}" for i in range(count)))) for count in (1, 300))
    words = [lexicon.chunk("python")[1] for lexicon in (base, few, many)]
    assert words[0] > words[1] > words[2] > words[0] - 0.7


def test_shares_of_all_sources_leave_room_for_common_words(base: Lexicon) -> None:
    """However much an event knows."""
    texts = tuple(f"gnorpf{chr(97 + i % 26)}{i}" for i in range(3000))
    full = parse_event(EVENT + f"[known]\nideas = {list(texts)}\ntitles = {list(texts)}\npeople = {list(texts)}\n")
    assert Lexicon.for_event(full, Known(titles=texts)).chunk("python")[1] > base.chunk("python")[1] - 1.2


@pytest.mark.parametrize("name", ["Nicole", "JEROME", "Karl-Michael", "Matthias B.", "Carlos"])
def test_common_first_names_are_known(base: Lexicon, name: str) -> None:
    """A first name, alone or with what follows it."""
    assert base.knows_name(name)


def test_titles_are_no_names(base: Lexicon) -> None:
    """Words that begin no name."""
    assert not base.knows_name("Kubernetes for beginners")
    assert not base.knows_name("")


def test_loads_quickly() -> None:
    """Fresh from the disk in well under a second of computing, also on slow cores."""
    load_characters.cache_clear()
    first_names.cache_clear()
    started = time.process_time()
    load_words()
    load_characters()
    first_names()
    assert time.process_time() - started < 0.8


def test_a_possessive_is_a_known_word():
    """With its apostrophe at the end; one between letters is part of the word."""
    lexicon = Lexicon.for_event(None)
    assert lexicon.knows("Students'")
    assert not lexicon.knows("xqzzk'")


def test_titles_set_one_thing_against_another() -> None:
    """``Rust vs Go``: on a board ``vs`` is no rarer than ``us``, which looks the same by hand and is fifteen times as frequent in books."""
    words = load_words()
    assert words["vs"] >= words["us"]
