"""What titles, handles and hosts are likely: general words, technical words, and what is known of the event ahead or confirmed on it.

A title is a row of chunks between spaces. A chunk is a listed word with probability ``LISTED``, else anything that the character model
allows; punctuation may end a word and begin another. Nothing is impossible, only less likely: names and coinages survive.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from types import MappingProxyType

import numpy as np

from digitizer.characters import END, START, STEPS_A_NAT, CharacterModel, load_characters
from digitizer.event import Event
from digitizer.eventwords import EventWords
from digitizer.known import NOTHING, Known
from digitizer.settings import LexiconSettings

MODELS = Path(__file__).parent / "models"
LISTED = 0.93
"""Share of title words that the lists hold: 96 % on rendered boards, 87 % on real ones with their names."""

NAME_SHARE = 0.03
"""Of all words of titles and hosts' lines, first names."""

WORD_ENDS_LINE = 0.35
"""Handwritten lines hold three words on average."""

PUNCTUATION = MappingProxyType(
    {"-": 0.02, ".": 0.012, ",": 0.01, ":": 0.01, "?": 0.012, "!": 0.012, "&": 0.03, "/": 0.006, "(": 0.006, ")": 0.006, "'": 0.004}
    | {'"': 0.004, "+": 0.003, "#": 0.001, "’": 0.002, "…": 0.002, "–": 0.002, "“": 0.001, "”": 0.001, "@": 0.001, "=": 0.001}
)
"""Share of characters of titles: a rough guess, of which only the order of magnitude matters."""

DIGIT_FIRST, DIGIT_AFTER_DIGIT, DIGIT_AFTER_LETTERS = 0.003, 0.3, 0.004
"""How often a chunk begins with a digit (Java 8, 2024), a digit follows another, or letters (python3, IPv6): rarer than in programmes,
because marks and votes read as 1 and 8."""

ALONE = frozenset("&+-/–")
BETWEEN = re.compile(r"[^\w']+|_")

RARE = 1e-5
"""The same for any sign not listed."""


@dataclass(frozen=True, eq=False)
class WordList:
    """Words folded to lower case, sorted, with the running sum of their probabilities: a range of them is a prefix."""

    words: tuple[str, ...]
    sums: tuple[float, ...]

    @classmethod
    def of(cls, probabilities: Mapping[str, float]) -> WordList:
        """A list from words and weights in any order; weights are scaled to sum to 1."""
        words = tuple(sorted(probabilities))
        total = sum(probabilities.values()) or 1.0
        return cls(words, tuple(accumulate((probabilities[w] / total for w in words), initial=0.0)))

    def mass(self, prefix: str) -> float:
        """Probability that a word of the list begins with ``prefix``."""
        low = bisect_left(self.words, prefix)
        return self.sums[bisect_left(self.words, prefix + "\U0010ffff", low)] - self.sums[low]

    def probability(self, word: str) -> float:
        """Probability of one word; 0 where the list lacks it."""
        i = bisect_left(self.words, word)
        return self.sums[i + 1] - self.sums[i] if i < len(self.words) and self.words[i] == word else 0.0


@dataclass(frozen=True, eq=False)
class Lexicon:
    """Words, known handles (``@`` and all) and known hosts; build it with :meth:`for_event`, keep it: it remembers its work."""

    lists: tuple[tuple[float, WordList], ...]
    characters: CharacterModel
    handles: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()
    event: EventWords = field(default_factory=lambda: EventWords.of(None, NOTHING, LexiconSettings()), repr=False)
    _chunks: dict[str, tuple[float, float]] = field(default_factory=dict, repr=False)
    _spellings: dict[str, float] = field(default_factory=dict, repr=False)

    @classmethod
    def for_event(cls, event: Event | None, confirmed: Known = NOTHING, settings: LexiconSettings = LexiconSettings()) -> Lexicon:
        """The lexicon of an event: the base words, what is known ahead, and what reviewers ``confirmed``."""
        own = EventWords.of(event, confirmed, settings)
        names = WordList.of(dict.fromkeys(first_names(), 1.0))
        lists = [(1 - own.share - NAME_SHARE, load_words()), (NAME_SHARE, names)]
        if own.words:
            lists.append((own.share, WordList.of(own.words)))
        return cls(tuple(lists), load_characters(), own.handles, first_names() | own.names(), own)

    def knows(self, word: str) -> bool:
        """Whether lists hold the word, or each part of it between signs, whatever its case; ``&`` and ``+`` and numbers stand alone."""
        folded = word.lower()
        if folded in ALONE or any(lst.probability(folded) > 0 for _, lst in self.lists):
            return True
        parts = [part for part in BETWEEN.split(folded) if part]
        return bool(parts) and all(part.isdigit() or any(lst.probability(part) > 0 for _, lst in self.lists) for part in parts)

    def knows_name(self, text: str) -> bool:
        """Whether a text is, or begins with, a known host or a common first name."""
        folded = text.casefold().strip()
        return folded in self.hosts or folded.split(" ")[0].strip("".join(PUNCTUATION)) in self.hosts

    def chunk(self, text: str) -> tuple[float, float]:
        """Natural logs of the probabilities that a chunk begins with ``text`` and that it is ``text``; lower case, no spaces."""
        known = self._chunks.get(text)
        if known is None:
            if len(self._chunks) > CACHE:
                self._chunks.clear()
                self._spellings.clear()
            begins, whole = self._begins(text), self._whole(text)
            known = self._chunks[text] = (math.log(max(begins, 1e-300)), math.log(max(whole, 1e-300)))
        return known

    def _begins(self, text: str) -> float:
        if not text:
            return 1.0
        listed = LISTED * sum(share * lst.mass(text) for share, lst in self.lists)
        return listed + (1 - LISTED) * self._spelled(text) + self._broken(text, 0)

    def _whole(self, text: str) -> float:
        if not text:
            return 0.0
        listed = LISTED * sum(share * lst.probability(text) for share, lst in self.lists)
        return listed + (1 - LISTED) * self._spelled(text) * self._ends(text) + self._broken(text, 1)

    def _spelled(self, text: str) -> float:
        """Probability under the character model that a word begins so; worked out from that of one letter less."""
        known = self._spellings.get(text)
        if known is None:
            last = text[-1:]
            if not text:
                known = 1.0
            elif last.isalnum() or last == "'":
                known = self._spelled(text[:-1]) * math.exp(self.characters.log_prob(START + text[:-1], last))
            else:
                known = 0.0
            self._spellings[text] = known
        return known

    def _ends(self, text: str) -> float:
        return math.exp(self.characters.log_prob(START + text, END))

    def _broken(self, text: str, which: int) -> float:
        """Probability by way of the last sign or digit in the text: what stands before it is whole, another word begins after it."""
        cut = max((i for i, c in enumerate(text) if not c.isalpha()), default=-1)
        if cut < 0:
            return 0.0
        before = math.exp(self.chunk(text[:cut])[1]) if cut else 1.0
        sign = _digit(text[:cut]) if text[cut].isdigit() else PUNCTUATION.get(text[cut], RARE)
        after = text[cut + 1 :]
        rest = math.exp(self.chunk(after)[which]) if after else 1.0
        return before * sign * rest


def _digit(before: str) -> float:
    """Probability of any one digit after the beginning of a chunk."""
    share = DIGIT_FIRST if not before else DIGIT_AFTER_DIGIT if before[-1].isdigit() else DIGIT_AFTER_LETTERS
    return share / 10


CACHE = 200_000
"""Chunks remembered, at most: some 30 MB."""


@lru_cache(maxsize=1)
def load_words(path: Path = MODELS / "words.npz") -> WordList:
    """The base words that ``digitizer.training.words`` wrote; read once a process."""
    with np.load(path) as stored:
        words = stored["words"].tobytes().decode("utf-8").split("\n")  # sorted when written
        sums = np.concatenate([[0.0], np.exp(stored["words_costs"] / -STEPS_A_NAT).cumsum()])
    return WordList(tuple(words), tuple((sums / sums[-1]).tolist()))


@lru_cache(maxsize=1)
def first_names(path: Path = MODELS / "first_names.txt") -> frozenset[str]:
    """Common first names, folded."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(name for line in lines if not line.startswith("#") for name in line.casefold().split())
