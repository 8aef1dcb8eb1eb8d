"""How likely a reading is right: measured evidence -> one calibrated probability a field.

Logistic regressions over what the decoders, the lexicon and the card's layout say; their weights were fitted by
``python -m digitizer.training.confidence`` and stand in models/confidence.json.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from digitizer.decoder import Hypothesis

MODEL = Path(__file__).parent / "models" / "confidence.json"
Features = Mapping[str, float]
Box = tuple[int, int, int, int]

SIGNS_AN_ASPECT = 2.0
"""Signs that a line holds for each of its heights in width: most hands write 1.5 to 2.8."""


def probability(field: str, features: Features) -> float:
    """Calibrated probability, 0..1, that a ``field`` ("title", "handle", "none") is right."""
    weights = _weights()[field]
    total = sum(weights[name] * value for name, value in features.items())
    return 1 / (1 + math.exp(-min(max(total, -30.0), 30.0)))


@lru_cache(maxsize=1)
def _weights() -> Mapping[str, Mapping[str, float]]:
    stored: Mapping[str, Mapping[str, float]] = json.loads(MODEL.read_text(encoding="utf-8"))["weights"]
    return stored


def title_features(best: Sequence[Hypothesis], plain: Sequence[str], boxes: Sequence[Box], visible: float) -> dict[str, float]:
    """Evidence for a title: its lines' best readings, what was read without priors, where they stand; ``visible`` share of the card."""
    signs = max(1, sum(len(h.text) for h in best))
    tall = [box[3] for box in boxes]
    odd = [abs(math.log(max(1, len(h.text)) * box[3] / max(1, box[2]) / SIGNS_AN_ASPECT)) for h, box in zip(best, boxes, strict=True)]
    same = [h.text.casefold().replace(" ", "") == text.casefold().replace(" ", "") for h, text in zip(best, plain, strict=True)]
    return {
        "bias": 1.0,
        "posterior": max(-5.0, sum(math.log(max(h.posterior, 1e-9)) for h in best)),
        "picture": max(-3.0, sum(h.log_prob for h in best) / signs),
        "worst_line": max(-3.0, min(h.log_prob / max(1, len(h.text)) for h in best)),
        "words": sum(h.lexicon_share * len(h.text) for h in best) / signs,
        "plain": float(np.mean(same)),
        "lines": min(len(best), 6) / 3,
        "signs": math.log(signs),
        "uneven": math.log(max(tall) / max(1, min(tall))),
        "odd_shape": min(2.0, max(odd)),
        "hidden": 1.0 - visible,
    }


def handle_features(best: Hypothesis, plain: str, at: float, role: float, height_px: int) -> dict[str, float]:
    """Evidence for a handle: its best reading, the plain one, how surely it begins with ``@`` and is a handle at all, its height."""
    text = best.text.lstrip("@")
    return {
        "bias": 1.0,
        "posterior": max(-5.0, math.log(max(best.posterior, 1e-9))),
        "picture": max(-3.0, best.log_prob / max(1, len(best.text))),
        "at": at,
        "role": role,
        "plain": float(plain.lstrip("@").casefold() == text.casefold()),
        "signs": math.log(max(1, len(text))),
        "alike": sum(sign in "0Oo1lI5S2Z8B" for sign in text) / max(1, len(text)),
        "underscores": min(3, text.count("_")) / 3,
        "small": max(0.0, math.log(24 / max(1, height_px))),
        "known": best.lexicon_share,
    }


def none_features(role: float, lines: int, worst: float) -> dict[str, float]:
    """Evidence that a card has no handle: how surely none of its lines is one, how many there are, how badly the worst of them was read."""
    return {"bias": 1.0, "role": role, "lines": min(lines, 6) / 3, "worst_line": max(-3.0, worst)}
