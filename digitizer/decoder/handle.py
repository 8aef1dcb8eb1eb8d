"""Handles: the prefix beam under a grammar.

``@`` and 1 to 15 of ``[A-Za-z0-9_]``; also ``@name@server.tld`` (Mastodon) and ``@name.domain.tld`` (Bluesky). Classes of the recogniser
are folded onto these signs first: space and dashes to ``_``, accented letters to their base, and at the start whatever ``@`` is read as.
"""

from __future__ import annotations

import math
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import lru_cache
from string import ascii_letters, digits

import numpy as np
from numpy.typing import NDArray

from digitizer.decoder.beam import Found, search_views
from digitizer.decoder.case import AFTER_LOWER, AFTER_UPPER, UPPER_NEXT, Case
from digitizer.decoder.greedy import decode_greedy
from digitizer.decoder.handle_words import HandleWords, load_handle_words
from digitizer.decoder.hypothesis import Hypothesis
from digitizer.readers.base import Lattice, LogProbs
from digitizer.settings import HandleSettings

SIGNS = ("", *"@._", *digits, *ascii_letters)
LIKE_AT = frozenset("COQeac©®GoÔÓ0D(€6")
"""What ``@`` is read as."""

FOLDED = {
    " ": "_",
    "-": "_",
    "–": "_",
    "—": "_",
    "−": "_",
    "~": "_",
    "=": "_",
    "|": "l",
    "!": "l",
    "$": "S",
    "ß": "B",
    "ø": "o",
    "Ø": "O",
    ",": ".",
}
TWITTER = re.compile(r"@[A-Za-z0-9_]{1,15}")
FEDERATED = re.compile(r"@[A-Za-z0-9_.]*[A-Za-z0-9_]@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}")
DOMAIN = re.compile(
    r"@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.(?:social|com|org|net|dev|io|me|app|eu|de|at|ch|fr|es|it|nl|uk|ca|us|xyz|blog)", re.I
)
LONGEST = 60
TWITTER_LONGEST = 15
CAPITAL_AT_PART, CAPITAL_INSIDE = 0.3, 0.003
"""Probability that a small letter is followed by a capital where a part of the handle begins, and elsewhere."""

DOT_IS_UNDERSCORE = 0.05
"""How often what is read as a full stop is a short ``_``."""

SHAPES = {
    "O": {"0": 0.3, "o": 0.1},
    "o": {"0": 0.05},
    "0": {"O": 0.3, "o": 0.1},
    "1": {"l": 0.2, "i": 0.1, "I": 0.2},
    "l": {"1": 0.1, "I": 0.1},
}
"""What share of one sign's probability another of the same shape gets: by hand they are the same, only the words around tell."""


@dataclass(frozen=True, slots=True)
class HandleState:
    """The handle so far, in lower case, the log of its prior as a beginning, and how its letters are written."""

    text: str = ""
    log_begins: float = 0.0
    case: Case = Case.NONE

    @property
    def has_domain(self) -> bool:
        """Whether a full stop or a second ``@`` was read."""
        return "." in self.text or "@" in self.text[1:]


class HandlePrior:
    """A :class:`~digitizer.decoder.beam.Prior` over handles."""

    def __init__(self, known: Collection[str], words: HandleWords, settings: HandleSettings) -> None:
        """``known`` handles with their ``@``; ``words`` that others are made of."""
        self._known = sorted({k.lower() for k in known})
        self._words, self._settings = words, settings

    def start(self) -> HandleState:
        """The state before the ``@``."""
        return HandleState()

    def step(self, state: HandleState, character: str) -> tuple[HandleState, float]:
        """One more sign; what the grammar forbids has no probability."""
        missing = 0.0
        if not state.text and character != "@":
            state, missing = HandleState("@"), self._settings.log_no_at
        log = self._form(state, character) + missing + self._settings.character_bonus
        if log == -math.inf:
            return state, log
        text = state.text + character.lower()
        case, log_case = self._case(state, text, character)
        log_begins = self._begins(text)
        log += log_case + self._settings.words_weight * (log_begins - state.log_begins)
        return HandleState(text, log_begins, case), log

    def end(self, state: HandleState) -> float:
        """Only a whole handle may end."""
        text = state.text
        if state.has_domain:
            whole = DOMAIN.fullmatch(text.replace("_", "-")) or FEDERATED.fullmatch(text)
            return 0.0 if whole else -math.inf
        if not TWITTER.fullmatch(text):
            return -math.inf
        return self._settings.words_weight * (self._whole(text) - state.log_begins)

    def _form(self, state: HandleState, character: str) -> float:
        """Natural log of what the grammar thinks of a sign after a text."""
        length = len(state.text) - 1
        if character == "@":
            return -math.inf if "@" in state.text[1:] or length == 0 else (self._settings.log_server if state.text else 0.0)
        if length >= LONGEST:
            return -math.inf
        if character == ".":
            return -math.inf if length <= 0 or state.text[-1] in ".@" else (0.0 if state.has_domain else self._settings.log_server)
        if character == "_":
            return self._settings.log_odd_underscore if state.text[-1:] in ("@", "_", ".") else 0.0
        return self._settings.log_long if length >= TWITTER_LONGEST and not state.has_domain else 0.0

    def _begins(self, text: str) -> float:
        """Log of the prior of a beginning: mostly any name at all, a part the known handles."""
        low = bisect_left(self._known, text)
        count = bisect_left(self._known, text + "\U0010ffff", low) - low
        return self._mix(self._words.begins(text[1:])[0], count)

    def _whole(self, text: str) -> float:
        """Log of the prior of a whole handle."""
        low = bisect_left(self._known, text)
        return self._mix(self._words.ends(text[1:]), int(self._known[low : low + 1] == [text]))

    def _mix(self, log_any: float, count: int) -> float:
        share = self._settings.known_share if self._known else 0.0
        return math.log(max((1 - share) * math.exp(log_any) + share * count / max(1, len(self._known)), 1e-300))

    def _case(self, state: HandleState, text: str, character: str) -> tuple[Case, float]:
        """The case so far and the log probability of this sign's case: capitals begin parts, or all letters are capitals."""
        if not character.isalpha():
            return (Case.NONE if character == "_" and state.case != Case.CAPITALS else state.case), 0.0
        upper = UPPER_NEXT[state.case]
        if state.case in (Case.SMALL, Case.CAPITALISED):
            upper = CAPITAL_INSIDE + CAPITAL_AT_PART * self._words.begins(text[1:])[1]
        if character.isupper():
            return AFTER_UPPER.get(state.case, state.case), math.log(upper)
        return AFTER_LOWER.get(state.case, state.case), math.log(1 - upper)


def decode_handle(lattice: Lattice, known: Collection[str] = (), settings: HandleSettings | None = None) -> tuple[Hypothesis, ...]:
    """The likeliest handles of a line, best first; empty where the line can be none. ``known`` ones are preferred, never forced."""
    settings = settings or HandleSettings()
    plain = decode_greedy(lattice).text
    if len(plain) > settings.longest_line and not {"@", "."} & set(plain):
        return ()
    views = [fold(view, lattice.alphabet, settings) for view in (lattice.log_probs, *lattice.views)]
    found = search_views(views, SIGNS, HandlePrior(known, load_handle_words(), settings), settings.search)
    spelled = {k.lower(): k for k in known}
    merged: dict[str, Found] = {}
    for f in found:
        text = _written(f.text)
        text = spelled.get(text.lower(), text)
        if text not in merged:
            merged[text] = replace(f, text=text)
    return _hypotheses(list(merged.values()), frozenset(spelled.values()), settings.search.keep)


def fold(log_probs: LogProbs, alphabet: tuple[str, ...], settings: HandleSettings) -> LogProbs:
    """TxS log-probabilities of the grammar's signs, from TxC of the recogniser's classes."""
    probabilities = np.exp(log_probs)
    seen = np.flatnonzero(probabilities.max(axis=0, initial=0.0) > settings.search.least_probability)
    with np.errstate(divide="ignore"):
        return np.log(probabilities[:, seen] @ _folding(alphabet, settings.like_at)[seen])


@lru_cache(maxsize=4)
def _folding(alphabet: tuple[str, ...], like_at: float) -> NDArray[np.float32]:
    """CxS: which share of a class counts for which sign."""
    shares = np.zeros((len(alphabet), len(SIGNS)), dtype=np.float32)
    for row, character in zip(shares, alphabet, strict=True):
        sign = FOLDED.get(character, unicodedata.normalize("NFD", character)[:1])
        if sign in SIGNS:
            row[SIGNS.index(sign)] = 1.0
        if sign == ".":
            row[SIGNS.index("_")] = DOT_IS_UNDERSCORE
        for other, share in SHAPES.get(sign, {}).items():
            row[SIGNS.index(other)] = share
        if character in LIKE_AT:
            row[SIGNS.index("@")] = like_at
    return shares


def _written(text: str) -> str:
    """A found text as a handle is written: with its ``@``; a domain has dashes where a name has ``_``."""
    text = "@" + text.lstrip("@") if not text.startswith("@") else text
    if "@" in text[1:]:
        name, _, server = text[1:].partition("@")
        return f"@{name}@{server.replace('_', '-').lower()}"
    return text.replace("_", "-").lower() if "." in text else text


def _hypotheses(found: list[Found], known: frozenset[str], keep: int) -> tuple[Hypothesis, ...]:
    if not found:
        return ()
    best = max(f.log_prob + f.log_prior for f in found)
    shares = [math.exp(f.log_prob + f.log_prior - best) for f in found]
    return tuple(
        Hypothesis(f.text, f.log_prob + f.log_prior, share / sum(shares), float(f.text in known), f.log_prob)
        for f, share in zip(found[:keep], shares, strict=False)
    )
