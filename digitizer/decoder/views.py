"""Lines seen several ways: what any view proposes is weighed by all, as a mixture of experts.

The probability of a text is the mean of those that the views give it, not of their logarithms: a view that is blind to a letter is outvoted
there, and has no veto.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from digitizer.decoder.beam import Found, Prior, search
from digitizer.decoder.forward import log_probabilities
from digitizer.readers.base import LogProbs
from digitizer.settings import DecoderSettings


def search_views(
    lines: Sequence[Sequence[LogProbs]], alphabet: Sequence[str], prior: Prior, settings: DecoderSettings
) -> list[list[Found]]:
    """For each line, told by one or more views, its likeliest texts, best first: by what the views give on average, and the prior."""
    searched = iter(search([view for views in lines for view in views], alphabet, prior, settings))
    found = [[next(searched) for _ in views] for views in lines]
    several = [k for k, views in enumerate(lines) if len(views) > 1]
    proposed = [{f.text: f.log_prior for texts in found[k] for f in texts[: settings.keep]} for k in several]
    weighed = iter(_weigh([lines[k] for k in several], proposed, alphabet))
    return [next(weighed) if len(views) > 1 else texts[0] for views, texts in zip(lines, found, strict=True)]


def _weigh(lines: Sequence[Sequence[LogProbs]], proposed: Sequence[dict[str, float]], alphabet: Sequence[str]) -> list[list[Found]]:
    """Texts of lines, proposed with logs of their priors, by the mean of all views' probabilities and the prior; best first."""
    views = [view for line in lines for view in line]
    first = [sum(map(len, lines[:k])) for k in range(len(lines))]
    pairs = [(first[k] + v, text) for k, line in enumerate(lines) for text in proposed[k] for v in range(len(line))]
    if not pairs:
        return [[] for _ in lines]
    owners, texts = zip(*pairs, strict=True)
    logs = iter(log_probabilities(views, owners, texts, alphabet))
    means = [[_log_of_mean([next(logs) for _ in line]) for _ in proposed[k]] for k, line in enumerate(lines)]
    found = [[Found(text, mean, log) for (text, log), mean in zip(p.items(), m, strict=True)] for p, m in zip(proposed, means, strict=True)]
    return [sorted(texts, key=lambda f: -f.score) for texts in found]


def _log_of_mean(logs: Sequence[float]) -> float:
    """The logarithm of the mean of probabilities, from their logarithms."""
    return float(np.logaddexp.reduce(logs)) - math.log(len(logs))
