"""The lines of a title, read together: of the readings of each those first whose words go with their neighbours'.

Each line was read by itself, word for word. ``Command line`` and ``Commandline`` are both listed words; that the first two stand together
on most pages that hold either, no list of words tells. The readings that are kept of each line are the states of a chain, the words that
meet within a line and at its end its potentials, and forward and backward sums give each reading its share (Rabiner 1989).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

from digitizer.decoder import Hypothesis
from digitizer.pairs import WordPairs, load_pairs, word_runs
from digitizer.settings import DecoderSettings

Logs = NDArray[np.float64]


def together(
    lines: Sequence[Sequence[Hypothesis]], pairs: WordPairs | None = None, settings: DecoderSettings | None = None
) -> list[tuple[Hypothesis, ...]]:
    """The readings of a title's lines, top to bottom, each line's best first, with the posteriors that they have beside their neighbours.

    Scores stay those of the line alone.
    """
    if not lines or not all(lines):
        return [tuple(readings) for readings in lines]
    pairs, settings = pairs or load_pairs(), settings or DecoderSettings()
    within = [_logs_within(readings, pairs, settings) for readings in lines]
    between = [_logs_between(above, below, pairs, settings) for above, below in pairwise(lines)]
    return [_ranked(readings, logs) for readings, logs in zip(lines, _marginals(within, between), strict=True)]


def _logs_within(readings: Sequence[Hypothesis], pairs: WordPairs, settings: DecoderSettings) -> Logs:
    lent = pairs.nats([reading.text for reading in readings], settings.pair_most)
    return np.array([reading.score for reading in readings]) + settings.pair_weight * lent


def _logs_between(above: Sequence[Hypothesis], below: Sequence[Hypothesis], pairs: WordPairs, settings: DecoderSettings) -> Logs:
    """What the last word of each upper reading and the first one of each lower lend one another: rows above, columns below."""
    ends = [_end(reading.text, -1) for reading in above]
    starts = [_end(reading.text, 0) for reading in below]
    lent = pairs.lent(list(product(ends, starts)), settings.pair_most)
    return settings.pair_weight * lent.reshape(len(ends), len(starts))


def _end(text: str, which: int) -> str:
    """The first (0) or last (-1) word of a line; empty where a sign stands there."""
    run = list(word_runs(text))[which]
    return run[which] if run else ""


def _marginals(within: Sequence[Logs], between: Sequence[Logs]) -> list[Logs]:
    """Log shares of each state of a chain, up to a constant a link."""
    forward, backward = [within[0]], [np.zeros(len(within[-1]))]
    for own, link in zip(within[1:], between, strict=True):
        forward.append(own + np.logaddexp.reduce(forward[-1][:, None] + link, axis=0))
    for own, link in zip(within[:0:-1], between[::-1], strict=True):
        backward.append(np.logaddexp.reduce(link + own + backward[-1], axis=1))
    return [f + b for f, b in zip(forward, backward[::-1], strict=True)]


def _ranked(readings: Sequence[Hypothesis], logs: Logs) -> tuple[Hypothesis, ...]:
    shares = np.exp(logs - np.logaddexp.reduce(logs))
    return tuple(replace(readings[k], posterior=float(shares[k])) for k in np.argsort(-shares, kind="stable"))
