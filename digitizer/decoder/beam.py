"""CTC prefix beam search with a prior over texts (Hannun et al. 2014, arXiv:1408.2873, algorithm 1), pruned hard enough for plain Python.

Probabilities are linear and rescaled at each step, which spares all logarithms in the inner loop. Steps that are blank beyond doubt
cost next to nothing, and at the others only classes that the picture supports are tried.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np

from digitizer.decoder.forward import log_probabilities
from digitizer.readers.base import LogProbs
from digitizer.settings import DecoderSettings

State = TypeVar("State")
TINY = 1e-280


class Prior(Protocol[State]):
    """What texts are likely, one character at a time; ``State`` is what must be known of the text so far."""

    def start(self) -> State:
        """The state of the empty text."""
        ...

    def step(self, state: State, character: str) -> tuple[State, float]:
        """The state after one more character, and the weighted log of that character's probability (-inf: not allowed)."""
        ...

    def end(self, state: State) -> float:
        """The weighted log probability that the text ends here (-inf: it cannot)."""
        ...


@dataclass(slots=True)
class Prefix(Generic[State]):
    """One text of the beam: linear probabilities that its last step was a blank or was not, and its prior."""

    text: str
    state: State
    prior: float
    blank: float = 0.0
    other: float = 0.0


@dataclass(frozen=True)
class Found:
    """A text that the search ended with; logs of the recogniser's probability and of the weighted prior."""

    text: str
    log_prob: float
    log_prior: float


def search(log_probs: LogProbs, alphabet: tuple[str, ...], prior: Prior[State], settings: DecoderSettings) -> list[Found]:
    """The likeliest texts of a lattice under a prior, best first."""
    beam = [Prefix("", prior.start(), 1.0, blank=1.0)]
    log_scale = 0.0
    for blank, candidates in steps(log_probs, alphabet, settings.least_probability):
        grown = _grow(beam, blank, candidates, prior, settings) if candidates else _wait(beam, blank)
        beam, scale = _prune(grown, settings)
        log_scale += math.log(scale)
    return sorted(_finish(beam, prior, log_scale), key=lambda f: -(f.log_prob + f.log_prior))


def search_views(views: Sequence[LogProbs], alphabet: tuple[str, ...], prior: Prior[State], settings: DecoderSettings) -> list[Found]:
    """The likeliest texts of one line seen several ways: what any view proposes is weighed by all (mean of their logs), best first."""
    if len(views) == 1:
        return search(views[0], alphabet, prior, settings)
    proposed = {f.text: f.log_prior for view in views for f in search(view, alphabet, prior, settings)[: settings.keep]}
    if not proposed:
        return []
    texts = list(proposed)
    log_probs = np.mean([log_probabilities(view, alphabet, texts) for view in views], axis=0).tolist()
    found = [Found(text, log_prob, proposed[text]) for text, log_prob in zip(texts, log_probs, strict=True)]
    return sorted(found, key=lambda f: -(f.log_prob + f.log_prior))


def steps(log_probs: LogProbs, alphabet: tuple[str, ...], least: float) -> Iterable[tuple[float, list[tuple[str, float]]]]:
    """For each step of a lattice its blank's probability and the characters that reach ``least``."""
    probabilities = np.exp(log_probs)
    step, found = np.nonzero(probabilities[:, 1:] >= least)
    candidates: list[list[tuple[str, float]]] = [[] for _ in probabilities]
    for t, c, p in zip(step.tolist(), found.tolist(), probabilities[:, 1:][step, found].tolist(), strict=True):
        candidates[t].append((alphabet[c + 1], p))
    return zip(probabilities[:, 0].tolist(), candidates, strict=True)


def _wait(beam: list[Prefix[State]], blank: float) -> list[Prefix[State]]:
    for prefix in beam:
        prefix.blank = (prefix.blank + prefix.other) * blank
        prefix.other = 0.0
    return beam


def _grow(
    beam: list[Prefix[State]], blank: float, candidates: list[tuple[str, float]], prior: Prior[State], settings: DecoderSettings
) -> list[Prefix[State]]:
    grown: dict[str, Prefix[State]] = {}
    floor = settings.least_share * beam[0].prior
    repeats = dict(candidates)
    for old in beam:
        text, total, last = old.text, old.blank + old.other, old.text[-1:]
        kept = grown.get(text)
        if kept is None:
            kept = grown[text] = Prefix(text, old.state, old.prior)
        kept.blank += total * blank
        kept.other += old.other * repeats.get(last, 0.0)
        for character, p in candidates:
            mass = (old.blank if character == last else total) * p
            if mass * old.prior < floor:
                continue
            longer = text + character
            new = grown.get(longer)
            if new is None:
                state, log_prior = prior.step(old.state, character)
                new = grown[longer] = Prefix(longer, state, old.prior * math.exp(log_prior))
            new.other += mass
    return list(grown.values())


def _prune(beam: list[Prefix[State]], settings: DecoderSettings) -> tuple[list[Prefix[State]], float]:
    """The best prefixes, scaled so that the first has probability 1 before its prior; and the scale taken out."""
    beam.sort(key=lambda p: -(p.blank + p.other) * p.prior)
    del beam[settings.beam :]
    best = beam[0]
    scale = max(best.blank + best.other, TINY)
    for prefix in beam:
        prefix.blank /= scale
        prefix.other /= scale
    return beam, scale


def _finish(beam: list[Prefix[State]], prior: Prior[State], log_scale: float) -> Iterable[Found]:
    for prefix in beam:
        total = prefix.blank + prefix.other
        end = prior.end(prefix.state)
        if total > 0 and prefix.prior > 0 and end > -math.inf:
            yield Found(prefix.text, math.log(total) + log_scale, math.log(prefix.prior) + end)
