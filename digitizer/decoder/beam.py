"""CTC prefix beam search with a prior over texts (Hannun et al. 2014, arXiv:1408.2873, algorithm 1), many lattices at once.

A text of a beam is a record, and a step of the search is the same few array operations for the beams of all lines: texts stay as they
are, or grow by a character; the best of both are kept. A prior is an automaton with a record of its own for each text, and is asked about
all the grown texts of a step in one call. Probabilities are linear and rescaled at each step. What a text says is not kept with it: a hash
tells whether two are the same, and in the end the texts are spelled by walking back through the steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from digitizer.decoder.lattices import Step, Steps, lay_out
from digitizer.decoder.records import copied, joined, taken
from digitizer.readers.base import BLANK, LogProbs
from digitizer.settings import DecoderSettings

TEXT = np.dtype(
    [
        ("blank", np.float64),  # probability of the text with a blank as its last step
        ("other", np.float64),  # and with its last character
        ("prior_log", np.float64),  # weighted log of its prior; -inf: no text at all
        ("last", np.intp),  # its last character
        ("hash", np.uint64),  # of its characters; 0: no text at all
        ("parent_hash", np.uint64),  # of all but the last
        ("slot", np.intp),  # where it stood in the beam before this step, or what it grew from
        ("added", np.intp),  # the character that it grew by at this step
    ],
    align=True,
)
"""One text of a beam; the probabilities are scaled."""

Texts = np.ndarray
"""An array of :data:`TEXT`."""

EMPTY_HASH = 1
HASH_FACTOR = np.uint64(0x9E3779B97F4A7C15)
TINY = 1e-280

NO_TEXT = np.zeros(1, dtype=TEXT)
NO_TEXT["prior_log"] = -np.inf

States = np.ndarray
"""N records of what a prior must remember of N texts."""


class Prior(Protocol):
    """What texts are likely, one character at a time, for many texts in each call; characters are told by their class."""

    def start(self, count: int) -> States:
        """The states of empty texts."""
        ...

    def step(self, states: States, classes: NDArray[np.intp]) -> tuple[States, NDArray[np.float64]]:
        """States after one more character each, in the place of those before; weighted logs of its probability (-inf: not allowed)."""
        ...

    def end(self, states: States, texts: Sequence[str]) -> NDArray[np.float64]:
        """The weighted log probabilities that texts, of which these are the states, end here (-inf: they cannot)."""
        ...


@dataclass(frozen=True)
class Found:
    """A text that the search ended with; logs of the recogniser's probability and of the weighted prior."""

    text: str
    log_prob: float
    log_prior: float

    @property
    def score(self) -> float:
        """What texts of one line are ranked by."""
        return self.log_prob + self.log_prior


def ranked(found: Iterable[Found]) -> list[Found]:
    """Texts of one line, best first; of those that are alike the best one."""
    best: dict[str, Found] = {}
    for f in sorted(found, key=lambda f: -f.score):
        best.setdefault(f.text, f)
    return list(best.values())


def prior_logs(texts: Sequence[str], alphabet: Sequence[str], prior: Prior) -> NDArray[np.float64]:
    """Weighted logs of the prior of N whole texts."""
    index = {sign: k for k, sign in enumerate(alphabet)}
    lengths = np.array([len(text) for text in texts], dtype=np.intp)
    classes = np.zeros((len(texts), lengths.max(initial=0)), dtype=np.intp)
    for row, text in zip(classes, texts, strict=True):
        row[: len(text)] = [index[sign] for sign in text]
    states, logs = prior.start(len(texts)), np.zeros(len(texts))
    for k in range(classes.shape[1]):
        at = np.flatnonzero(lengths > k)
        states[at], more = prior.step(taken(states, at), classes[at, k])
        logs[at] += more
    return logs + prior.end(states, texts)


def search(lattices: Sequence[LogProbs], alphabet: Sequence[str], prior: Prior, settings: DecoderSettings) -> list[list[Found]]:
    """For each lattice its likeliest texts under a prior, best first."""
    found: list[list[Found]] = [[] for _ in lattices]
    by_length = sorted((k for k, lattice in enumerate(lattices) if len(lattice)), key=lambda k: len(lattices[k]))
    for begin in range(0, len(by_length), settings.lines_at_once):
        chosen = by_length[begin : begin + settings.lines_at_once]
        steps = lay_out([lattices[k] for k in chosen], settings)
        for line, texts in zip(steps.order, _search(steps, alphabet, prior, settings), strict=True):
            found[chosen[line]] = texts
    return found


def _search(steps: Steps, alphabet: Sequence[str], prior: Prior, settings: DecoderSettings) -> list[list[Found]]:
    lines, longest = steps.blanks.shape
    texts = np.zeros((lines, settings.beam), dtype=TEXT)
    texts["prior_log"], texts["prior_log"][:, 0], texts["blank"][:, 0], texts["hash"][:, 0] = -np.inf, 0.0, 1.0, EMPTY_HASH
    states, logs = prior.start(texts.size).reshape(texts.shape), steps.wait_logs.copy()
    history = []
    with np.errstate(divide="ignore"):  # what has no probability has none to score
        for j in range(longest):
            count = int(np.count_nonzero(steps.counts > j))
            now = texts[:count]
            _wait(now, steps.waited[:count, j])
            texts[:count], states[:count] = _step(now, states[:count], steps.at(j, count), prior, settings)
            logs[:count] += np.log(_rescale(now))
            history.append((now["slot"].copy(), now["added"].copy()))
    return _finish(_spell(history, texts.shape, alphabet), texts, states, logs, prior)


def _wait(texts: Texts, waited: NDArray[np.bool_]) -> None:
    """Blanks in a row, in place: texts stay as they are, and their last characters may come again."""
    at = np.flatnonzero(waited)
    texts["blank"][at] += texts["other"][at]
    texts["other"][at] = 0.0


def _step(texts: Texts, states: States, step: Step, prior: Prior, settings: DecoderSettings) -> tuple[Texts, States]:
    """The beams LxB after one step, and the states of their texts."""
    stay, mass = _stay(texts, step)
    line, slot, k = _worth_trying(texts, mass, settings)
    from_text = line * texts.shape[1] + slot
    grown = _grow(taken(texts, from_text), step.classes[line, k], mass[line, slot, k])
    grown["slot"] = slot
    grown_states, logs = prior.step(taken(states, from_text), grown["last"])
    grown["prior_log"] += logs
    kept = _best(_scores(stay), line, _scores(grown))
    every, every_state = joined([stay.ravel(), grown, NO_TEXT]), joined([states.ravel(), grown_states, states[0, :1]])
    return taken(every, kept), taken(every_state, kept)


def _stay(texts: Texts, step: Step) -> tuple[Texts, NDArray[np.float64]]:
    """Texts LxB that stay as they are, and LxBxK how probable it is that they grow by a character."""
    total = texts["blank"] + texts["other"]
    repeats = step.classes[:, None] == texts["last"][:, :, None]
    mass = np.where(repeats, texts["blank"][:, :, None], total[:, :, None]) * step.probabilities[:, None]
    stay = copied(texts)
    stay["blank"] = total * step.blanks[:, None]
    stay["other"] *= (repeats * step.probabilities[:, None]).sum(axis=2)
    stay["other"] += _reached_again(texts, step, mass)
    stay["slot"], stay["added"] = np.arange(texts.shape[1]), BLANK
    return stay, mass


def _reached_again(texts: Texts, step: Step, mass: NDArray[np.float64]) -> NDArray[np.float64]:
    """LxB: what texts gain because others of their beam grow into them; that is taken out of ``mass`` LxBxK, in place."""
    is_child = (texts["parent_hash"][:, :, None] == texts["hash"][:, None]) & (texts["hash"] != 0)[:, None]
    line, child, parent = np.nonzero(is_child)
    which, k = np.nonzero(step.classes[line] == texts["last"][line, child][:, None])
    line, child, parent = line[which], child[which], parent[which]
    gained = np.zeros(texts.shape)
    gained[line, child] = mass[line, parent, k]
    mass[line, parent, k] = 0.0
    return gained


def _worth_trying(texts: Texts, mass: NDArray[np.float64], settings: DecoderSettings) -> tuple[NDArray[np.intp], ...]:
    """Line, text and character of grown texts that may come among the best: not too unlikely, and not too many a line."""
    prior = np.exp(texts["prior_log"] - texts["prior_log"].max(axis=1, keepdims=True))
    weighed = mass * prior[:, :, None]
    floor = settings.least_share * ((texts["blank"] + texts["other"]) * prior).max(axis=1)
    each = weighed.reshape(len(weighed), -1)
    if each.shape[1] > settings.tried:
        floor = np.maximum(floor, -np.partition(-each, settings.tried, axis=1)[:, settings.tried])
    return np.nonzero((weighed >= floor[:, None, None]) & (weighed > 0))


def _grow(texts: Texts, classes: NDArray[np.intp], mass: NDArray[np.float64]) -> Texts:
    """N texts with one more character each; the prior of that is still to come."""
    texts["blank"], texts["other"] = 0.0, mass
    texts["last"], texts["added"], texts["parent_hash"] = classes, classes, texts["hash"]
    texts["hash"] = texts["hash"] * HASH_FACTOR + classes.astype(np.uint64)
    return texts


def _scores(texts: Texts) -> NDArray[np.float64]:
    return np.asarray(np.log(texts["blank"] + texts["other"]) + texts["prior_log"])


def _best(stay: NDArray[np.float64], line: NDArray[np.intp], grown: NDArray[np.float64]) -> NDArray[np.intp]:
    """LxB: the best by score, as indices into all ``stay`` LxB, then ``grown`` N (of ``line``, rising), then no text."""
    counts = np.bincount(line, minlength=len(stay))
    rank = np.arange(len(line)) - np.repeat(np.cumsum(counts) - counts, counts)
    width = stay.shape[1]
    scores = np.full((len(stay), width + int(counts.max())), -np.inf)
    index = np.full(scores.shape, stay.size + len(line))
    scores[:, :width], index[:, :width] = stay, np.arange(stay.size).reshape(stay.shape)
    scores[line, width + rank], index[line, width + rank] = grown, stay.size + np.arange(len(line))
    index[scores == -np.inf] = stay.size + len(line)
    return np.take_along_axis(index, np.argpartition(-scores, width - 1, axis=1)[:, :width], axis=1)


def _rescale(texts: Texts) -> NDArray[np.float64]:
    """Scale beams LxB in place so that the best text of each has probability 1 before its prior; L, what they were divided by."""
    total, best = texts["blank"] + texts["other"], _scores(texts).argmax(axis=1)
    scale = np.maximum(total[np.arange(len(texts)), best], TINY)
    texts["blank"] /= scale[:, None]
    texts["other"] /= scale[:, None]
    return np.asarray(scale)


def _spell(
    history: Sequence[tuple[NDArray[np.intp], NDArray[np.intp]]], shape: tuple[int, ...], alphabet: Sequence[str]
) -> NDArray[np.str_]:
    """LxB strings: from where each text of the last beams stood before, step by step back to the empty text."""
    slot = np.tile(np.arange(shape[1]), (shape[0], 1))
    signs = np.zeros((len(history), *shape), dtype=np.intp)
    for j in range(len(history) - 1, -1, -1):
        slots, added = history[j]
        here = slot[: len(slots)]  # shorter lines have ended: their texts stay where they were
        signs[j, : len(slots)] = np.take_along_axis(added, here, axis=1)
        slot[: len(slots)] = np.take_along_axis(slots, here, axis=1)
    letters = np.array(["", *alphabet[1:]], dtype=object)
    return np.asarray(letters[signs].sum(axis=0) if history else np.full(shape, "", dtype=object))


def _finish(spelled: NDArray[np.str_], texts: Texts, states: States, logs: NDArray[np.float64], prior: Prior) -> list[list[Found]]:
    """What the beams hold in the end, best first."""
    line, slot = np.nonzero(texts["blank"] + texts["other"] > 0)
    last, strings = texts[line, slot], spelled[line, slot].tolist()
    log_priors = last["prior_log"] + prior.end(states[line, slot], strings)
    log_probs = np.log(last["blank"] + last["other"]) + logs[line]
    found: list[list[Found]] = [[] for _ in texts]
    for k in np.argsort(-log_probs - log_priors, kind="stable"):
        if log_priors[k] > -np.inf:
            found[line[k]].append(Found(strings[k], float(log_probs[k]), float(log_priors[k])))
    return found
