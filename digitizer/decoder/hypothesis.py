"""What a decoder answers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from digitizer.decoder.beam import Found


@dataclass(frozen=True)
class Hypothesis:
    """One reading of a line.

    ``log_prob``: natural log of the recogniser's own probability of this text, without any prior. ``score``: that plus the weighted
    prior; comparable within one line only. ``posterior``: share of this text among all that the search kept; not calibrated.
    ``lexicon_share``: share of its letters that stand in words of the lexicon (handles: 1.0 for a known one, else 0.0).
    """

    text: str
    score: float
    posterior: float
    lexicon_share: float
    log_prob: float


def with_posteriors(found: Sequence[Found]) -> list[tuple[Found, float]]:
    """Texts of one line, each with its share of all of theirs."""
    best = max((f.score for f in found), default=0.0)
    shares = [math.exp(f.score - best) for f in found]
    return [(f, share / sum(shares)) for f, share in zip(found, shares, strict=True)]
