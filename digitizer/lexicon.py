"""What titles, handles and hosts are likely: general words, technical words, and what is known of the event ahead or confirmed on it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np

from digitizer.characters import STEPS_A_NAT, load_characters
from digitizer.chunks import CHUNK, PUNCTUATION, ChunkModel, Signs
from digitizer.event import Event
from digitizer.eventwords import EventWords
from digitizer.known import NOTHING, Known
from digitizer.settings import LexiconSettings
from digitizer.shipped import MODELS
from digitizer.trie import Trie

NAME_SHARE = 0.03
"""Of all words of titles and hosts' lines, first names."""

ALONE = frozenset("&+-/–")
BETWEEN = re.compile(r"[^\w']+|_")
CACHE = 20_000
"""Words remembered as known or not, at most."""


@dataclass(frozen=True, eq=False)
class Lexicon:
    """Words, known handles (``@`` and all) and known hosts; build it with :meth:`for_event`, and keep it."""

    chunks: ChunkModel
    handles: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()
    event: EventWords = field(default_factory=lambda: EventWords.of(None, NOTHING, LexiconSettings()), repr=False)
    _known: dict[str, bool] = field(default_factory=dict, repr=False)

    @classmethod
    def for_event(cls, event: Event | None, confirmed: Known = NOTHING, settings: LexiconSettings = LexiconSettings()) -> Lexicon:
        """The lexicon of an event: the base words, what is known ahead, and what reviewers ``confirmed``."""
        own = EventWords.of(event, confirmed, settings)
        chunks = _mixed(own.words, own.share) if own.words else _without_event()
        return cls(chunks, own.handles, first_names() | own.names(), own)

    def knows(self, word: str) -> bool:
        """Whether lists hold the word, or each part of it between signs, whatever its case; ``&`` and ``+`` and numbers stand alone."""
        known = self._known.get(word)
        if known is None:
            if len(self._known) >= CACHE:
                self._known.clear()
            known = self._known[word] = self._looks_up(word.lower())
        return known

    def _looks_up(self, folded: str) -> bool:
        if folded in ALONE or self._lists(folded):
            return True
        parts = [bare for part in BETWEEN.split(folded) if (bare := part.strip("'"))]
        return bool(parts) and all(part.isdigit() or self._lists(part) for part in parts)

    def _lists(self, word: str) -> bool:
        return bool(self.chunks.words.whole[self.chunks.words.find(word)] > 0)

    def knows_name(self, text: str) -> bool:
        """Whether a text is, or begins with, a known host or a common first name."""
        folded = text.casefold().strip()
        return folded in self.hosts or folded.split(" ")[0].strip("".join(PUNCTUATION)) in self.hosts

    def chunk(self, text: str) -> tuple[float, float]:
        """Natural logs of the probabilities that a chunk begins with ``text`` and that it is ``text``; lower case, no spaces."""
        return self.chunks_of([text])[0]

    def chunks_of(self, texts: Sequence[str]) -> list[tuple[float, float]]:
        """The same of many texts: a letter of all of them at a time."""
        letters = sorted(set("".join(texts)))
        index, signs = {letter: k for k, letter in enumerate(letters)}, Signs.of(letters, self.chunks.characters)
        chunks = np.zeros(len(texts), dtype=CHUNK)
        self.chunks.start(chunks)
        for depth in range(max(map(len, texts), default=0)):
            at = np.array([n for n, text in enumerate(texts) if len(text) > depth])
            grown = chunks[at]
            self.chunks.grow(grown, np.array([index[texts[n][depth]] for n in at]), signs)
            chunks[at] = grown
        logs = np.log(chunks["begins"]), np.log(np.maximum(self.chunks.whole(chunks), 1e-300))
        return list(zip(*(column.tolist() for column in logs), strict=True))

    def word_logs(self, texts: Sequence[str]) -> list[list[float]]:
        """For each text the natural logs of its words' probabilities, whatever their case."""
        words = [text.lower().split() for text in texts]
        chunks = iter(self.chunks_of([word for line in words for word in line]))
        return [[next(chunks)[1] for _ in line] for line in words]


@lru_cache(maxsize=1)
def _without_event() -> ChunkModel:
    return _mixed({}, 0.0)


def _mixed(event_words: Mapping[str, float], share: float) -> ChunkModel:
    """General words, first names and the event's own, each with its share of all words."""
    masses = {word: (1 - share - NAME_SHARE) * p for word, p in load_words().items()}
    for more, weight in ((_scaled(dict.fromkeys(first_names(), 1.0)), NAME_SHARE), (event_words, share)):
        for word, p in more.items():
            masses[word] = masses.get(word, 0.0) + weight * p
    return ChunkModel(Trie.of(masses), load_characters())


def _scaled(weights: Mapping[str, float]) -> dict[str, float]:
    total = sum(weights.values())
    return {word: weight / total for word, weight in weights.items()}


def load_words(path: Path = MODELS / "words.npz") -> dict[str, float]:
    """The base words that ``digitizer.training.words`` wrote, with their probabilities."""
    with np.load(path) as stored:
        words = stored["words"].tobytes().decode("utf-8").split("\n")
        probabilities = np.exp(stored["words_costs"] / -STEPS_A_NAT)
    return dict(zip(words, (probabilities / probabilities.sum()).tolist(), strict=True))


@lru_cache(maxsize=1)
def first_names(path: Path = MODELS / "first_names.txt") -> frozenset[str]:
    """Common first names, folded."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(name for line in lines if not line.startswith("#") for name in line.casefold().split())
