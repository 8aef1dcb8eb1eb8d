"""Titles: the prefix beam under a lexicon, a character model and a sense of case."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from digitizer.characters import CharacterModel
from digitizer.chunks import CHUNK_FIELDS, Signs
from digitizer.decoder.beam import Found, States, prior_logs, ranked
from digitizer.decoder.case import AFTER_SHOUT, CASE_LOGS, NEXT_CASE, Case, case_kinds
from digitizer.decoder.greedy import decode_greedy
from digitizer.decoder.hypothesis import Hypothesis, with_posteriors
from digitizer.decoder.records import taken
from digitizer.decoder.slips import in_titles, load_slips
from digitizer.decoder.views import search_views
from digitizer.lexicon import Lexicon
from digitizer.readers.base import Lattice
from digitizer.settings import DecoderSettings

WORD_ENDS_LINE = 0.35
"""Handwritten lines hold three words on average."""

LOG_SPACE, LOG_LAST = float(np.log(1 - WORD_ENDS_LINE)), float(np.log(WORD_ENDS_LINE))
TINY = 1e-300

TITLE = np.dtype([*CHUNK_FIELDS, ("case", np.uint8), ("shouts", np.bool_)], align=True)
"""A title so far: its last chunk, that chunk's case, and whether the word before was in capitals."""


class TitlePrior:
    """A :class:`~digitizer.decoder.beam.Prior` over titles in one alphabet."""

    def __init__(self, alphabet: Sequence[str], lexicon: Lexicon, settings: DecoderSettings) -> None:
        """Weights come from ``settings``."""
        self._chunks, self._settings = lexicon.chunks, settings
        self._signs, self._is_space, self._kinds = _known_signs(tuple(alphabet), lexicon.chunks.characters)

    def start(self, count: int) -> States:
        """The states before the first letter."""
        states = np.zeros(count, dtype=TITLE)
        self._chunks.start(states)
        return states

    def step(self, states: States, classes: NDArray[np.intp]) -> tuple[States, NDArray[np.float64]]:
        """One more character each; a space must end a chunk."""
        spaces = np.flatnonzero(self._is_space[classes])
        between, end_logs = self._end_chunks(taken(states, spaces)) if len(spaces) else (states[:0], np.zeros(0))
        logs = self._grow_chunks(states, classes)
        states[spaces], logs[spaces] = between, end_logs
        return states, logs + self._settings.character_bonus

    def end(self, states: States, _texts: Sequence[str]) -> NDArray[np.float64]:
        """The titles end here; marks that are no writing say nothing, and often."""
        empty = self._chunks.is_empty(states)
        return np.where(empty, 0.0, self._settings.lexicon_weight * (self._whole_logs(states) - np.log(states["begins"]) + LOG_LAST))

    def _grow_chunks(self, states: States, classes: NDArray[np.intp]) -> NDArray[np.float64]:
        """Add a character that is no space, in place; weighted logs of it and of its case."""
        begun, case, kinds = states["begins"].copy(), states["case"].copy(), self._kinds[classes]
        self._chunks.grow(states, classes, self._signs)
        states["case"] = NEXT_CASE[case, kinds]
        case[states["shouts"] & (case == Case.NONE)] = AFTER_SHOUT
        return np.asarray(self._settings.lexicon_weight * np.log(states["begins"] / begun) + CASE_LOGS[case, kinds])

    def _end_chunks(self, states: States) -> tuple[States, NDArray[np.float64]]:
        after = self.start(len(states))
        after["shouts"] = states["case"] == Case.CAPITALS
        logs = self._settings.lexicon_weight * (self._whole_logs(states) - np.log(states["begins"]) + LOG_SPACE)
        return after, np.where(self._chunks.is_empty(states), -np.inf, logs)

    def _whole_logs(self, states: States) -> NDArray[np.float64]:
        return np.log(np.maximum(self._chunks.whole(states), TINY))


@lru_cache(maxsize=2)
def _known_signs(alphabet: tuple[str, ...], characters: CharacterModel) -> tuple[Signs, NDArray[np.bool_], NDArray[np.intp]]:
    """What an alphabet is to chunks, which of it are spaces, and what it is to case; every run of lines has the same."""
    return Signs.of(alphabet, characters), np.array([sign == " " for sign in alphabet]), case_kinds(alphabet)


def decode_title(lattice: Lattice, lexicon: Lexicon, settings: DecoderSettings | None = None) -> tuple[Hypothesis, ...]:
    """The likeliest titles of a line, best first, as written (case is kept)."""
    return decode_titles([lattice], lexicon, settings)[0]


def decode_titles(lattices: Sequence[Lattice], lexicon: Lexicon, settings: DecoderSettings | None = None) -> list[tuple[Hypothesis, ...]]:
    """The likeliest titles of each line, best first, as written (case is kept). Lines of one photo share an alphabet."""
    if not lattices:
        return []
    settings = settings or DecoderSettings()
    alphabet = lattices[0].alphabet
    prior = TitlePrior(alphabet, lexicon, settings)
    found = search_views([(lattice.log_probs, *lattice.views) for lattice in lattices], alphabet, prior, settings)
    if settings.slipped:
        found = _with_slips(found, alphabet, prior, lexicon, settings)
    plain = _plain(lattices, prior)
    return [_hypotheses(_with_plain(f[: settings.keep], p, settings.keep), lexicon) for f, p in zip(found, plain, strict=True)]


def _with_slips(
    found: Sequence[list[Found]], alphabet: Sequence[str], prior: TitlePrior, lexicon: Lexicon, settings: DecoderSettings
) -> list[list[Found]]:
    """The same texts, and those that the best of them may have been written as, best first."""
    slips, signs = load_slips("titles"), frozenset(alphabet)
    ways = [
        (k, text, f.log_prob + rate)
        for k, texts in enumerate(found)
        if texts and not all(map(lexicon.knows, texts[0].text.split()))
        for f in texts[: settings.slipped]
        for text, rate in in_titles(f.text, slips, lexicon.knows)
        if signs.issuperset(text)
    ]
    out = [list(texts) for texts in found]
    for (k, text, log_prob), log in zip(ways, prior_logs([text for _, text, _ in ways], alphabet, prior).tolist(), strict=True):
        out[k].append(Found(text, log_prob, log))
    return [ranked(texts) for texts in out]


def _plain(lattices: Sequence[Lattice], prior: TitlePrior) -> list[Found]:
    """The greedy readings, so that what the lexicon overrules stays on the list; ``log_prob`` is that of the best path."""
    greedy = [decode_greedy(lattice) for lattice in lattices]
    logs = prior_logs([" ".join(reading.text.split()) for reading in greedy], lattices[0].alphabet, prior)
    return [Found(reading.text, reading.log_prob, float(log)) for reading, log in zip(greedy, logs, strict=True)]


def _with_plain(kept: list[Found], plain: Found, keep: int) -> list[Found]:
    if not plain.text or any(f.text.strip() == plain.text for f in kept):
        return kept
    return [*kept[: keep - 1], plain]


def _hypotheses(found: Sequence[Found], lexicon: Lexicon) -> tuple[Hypothesis, ...]:
    return tuple(
        Hypothesis(f.text.strip(), f.score, posterior, _share(f.text, lexicon), f.log_prob) for f, posterior in with_posteriors(found)
    )


def _share(text: str, lexicon: Lexicon) -> float:
    words = text.split()
    letters = sum(map(len, words))
    return sum(len(w) for w in words if lexicon.knows(w)) / letters if letters else 0.0
