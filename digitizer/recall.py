"""Titles that the event knows as wholes: offered where they resemble what was read, taken where the picture agrees.

A card carries one of n known titles with some probability; each then costs log(share / n), where the lexicon charges for every word. The
picture is asked as for any other text: by the recogniser's probability of that title's words on these lines.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from digitizer.casing import is_shouted, is_small
from digitizer.decoder import Hypothesis
from digitizer.decoder.forward import log_probabilities
from digitizer.decoder.title import LOG_LAST, LOG_SPACE
from digitizer.edits import edits
from digitizer.eventwords import KnownTitles
from digitizer.readers.base import Lattice
from digitizer.settings import DecoderSettings, LexiconSettings


@dataclass(frozen=True)
class Recalled:
    """``titles`` that resemble a card's; ``lines``: one of them as it stands on the card's lines, where the picture agrees."""

    titles: tuple[str, ...] = ()
    lines: tuple[Hypothesis, ...] = ()


def recall(
    lines: Sequence[tuple[Lattice, Sequence[Hypothesis]]],
    known: KnownTitles,
    word_logs: Sequence[float],
    settings: LexiconSettings = LexiconSettings(),
) -> Recalled:
    """Hold known titles against a card's title lines: lattice and readings of each, ``word_logs`` what the lexicon thinks of the best."""
    if not known.titles or not lines or not all(readings for _, readings in lines):
        return Recalled()
    decoder, best = DecoderSettings(), [readings[0] for _, readings in lines]
    found = known.like(" ".join(reading.text for reading in best), settings)
    cost = math.log(settings.whole / (len(known.titles) + settings.half))
    free = [h.score - h.log_prob - decoder.lexicon_weight * log for h, log in zip(best, word_logs, strict=True)]
    tried = [_as_written(title, lines, free, decoder) for title in found]
    gains = [sum(h.score for h in own) + decoder.lexicon_weight * cost - sum(h.score for h in best) if own else -math.inf for own in tried]
    first = max(range(len(found)), key=gains.__getitem__, default=None)
    if first is None or gains[first] <= 0:
        return Recalled(tuple(found))
    share = 1 / (sum(math.exp(gain - gains[first]) for gain in gains) + math.exp(-gains[first]))
    sure = share ** (1 / len(lines))
    return Recalled(tuple(found), tuple(Hypothesis(h.text, h.score, sure, 1.0, h.log_prob) for h in tried[first]))


def word_log(chunk_logs: Iterable[float]) -> float:
    """What the lexicon charges for a line whose chunks have these log probabilities."""
    logs = list(chunk_logs)
    return sum(logs) + LOG_SPACE * max(0, len(logs) - 1) + LOG_LAST


def _as_written(
    title: str, lines: Sequence[tuple[Lattice, Sequence[Hypothesis]]], free: Sequence[float], decoder: DecoderSettings
) -> list[Hypothesis]:
    """The title cut over the lines, each part in the case that the picture shows; empty where it has fewer words than lines.

    ``free`` is what each line's best reading owes to its length and case alone; a part owes the same but for its length.
    """
    read = [readings[0].text for _, readings in lines]
    out = []
    for part, (lattice, readings), owed in zip(cut(title.split(), read), lines, free, strict=False):
        spellings = [text for text in _cases(part, readings[0].text) if set(text) <= set(lattice.alphabet)]
        if not spellings or len(lattice.log_probs) == 0:
            return []
        logs = log_probabilities([lattice.log_probs], [0] * len(spellings), spellings, lattice.alphabet).tolist()
        log_prob, text = max(zip(logs, spellings, strict=True))
        score = log_prob + owed + decoder.character_bonus * (len(text) - len(readings[0].text))
        out.append(Hypothesis(text, score, 0.0, 1.0, log_prob))
    return out if len(out) == len(lines) else []


def _cases(part: str, read: str) -> Iterator[str]:
    yield part
    yield part.lower()
    yield part[:1].upper() + part[1:].lower()
    if is_shouted(read) or not is_small(read):
        yield part.upper()


def cut(words: Sequence[str], lines: Sequence[str]) -> list[str]:
    """Words laid onto lines in their order, at least one on each, with the fewest edits to what was read there; empty if too few."""
    if len(words) < len(lines):
        return []
    best: dict[int, tuple[int, list[str]]] = {0: (0, [])}
    for k, line in enumerate(lines):
        later = len(lines) - k - 1
        ends = range(k + 1, len(words) - later + 1) if later else (len(words),)
        best = {end: min(_grown(best, end, words, line)) for end in ends}
    return best[len(words)][1]


def _grown(best: Mapping[int, tuple[int, list[str]]], end: int, words: Sequence[str], line: str) -> Iterator[tuple[int, list[str]]]:
    for start, (cost, parts) in best.items():
        if start < end:
            part = " ".join(words[start:end])
            yield cost + edits(part.casefold(), line.casefold()), [*parts, part]
