"""How likely a reading is right: measured evidence -> one calibrated probability a field.

Logistic regressions over what the decoders, the lexicon and the card's layout say; their weights were fitted by
``python -m digitizer.training.confidence`` and stand in models/confidence.json. "Right" means letter for letter but for case, so that
readings which differ in case alone count together.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from digitizer.decoder import Hypothesis
from digitizer.readers.base import LogProbs
from digitizer.shipped import MODELS, weights_in

MODEL = MODELS / "confidence.json"
Features = Mapping[str, float]
Box = tuple[int, int, int, int]

SIGNS_AN_ASPECT = 2.0
"""Signs that a line holds for each of its heights in width: most hands write 1.5 to 2.8."""

LEAST = math.exp(-5.0)
"""Probabilities below this tell nothing more."""

LOOKALIKES = frozenset("0o1li")
"""Signs of handles that many hands write as one another."""


@dataclass(frozen=True, eq=False)
class LineEvidence:
    """A line as one field's reading sees it: ``options`` best first, ``plain`` without priors, one a look, and its first lattice TxC."""

    options: Sequence[Hypothesis]
    plain: Sequence[str]
    box_px: Box
    log_probs: LogProbs

    @property
    def best(self) -> Hypothesis:
        """The reading that is told."""
        return self.options[0]

    @property
    def posterior(self) -> float:
        """Share of the readings that are the best one but for case."""
        same = _folded(self.best.text)
        return min(1.0, max(LEAST, sum(h.posterior for h in self.options if _folded(h.text) == same)))

    @property
    def agreement(self) -> float:
        """Share of the looks that read the same without priors, but for case and spaces."""
        same = _folded(self.best.text).replace(" ", "").lstrip("@")
        return float(np.mean([_folded(text).replace(" ", "").lstrip("@") == same for text in self.plain]))

    @property
    def picture(self) -> float:
        """Log probability a sign by the recogniser alone, -3 at least."""
        return max(-3.0, self.best.log_prob / max(1, len(self.best.text)))

    @property
    def prior(self) -> float:
        """Weighted log probability a sign that the text has by itself, -3 at least: a name that is no name is misread, mostly."""
        return max(-3.0, (self.best.score - self.best.log_prob) / max(1, len(self.best.text)))

    @property
    def odd_shape(self) -> float:
        """How far its signs are from filling its box as hands do, natural log."""
        signs_wide = max(1, len(self.best.text)) * self.box_px[3] / max(1, self.box_px[2])
        return min(2.0, abs(math.log(signs_wide / SIGNS_AN_ASPECT)))


@dataclass(frozen=True)
class SheetEvidence:
    """A card around its lines: ``visible`` share, ``unread`` ink by ink that was read, ``width_px`` of its picture.

    ``cut``: the picture's side cuts through a row of writing.
    """

    visible: float = 1.0
    unread: float = 0.0
    width_px: int = 1 << 16
    cut: bool = False

    @property
    def features(self) -> dict[str, float]:
        """What bears on a title, and on there being no handle: what is covered, and lines that were lost."""
        return {"hidden": 1.0 - self.visible, "unread": math.log1p(20 * min(self.unread, 5.0))}

    def cuts(self, boxes: Sequence[Box]) -> bool:
        """Whether a line touches the left or right side of the picture."""
        return any(box[0] <= 1 or box[0] + box[2] >= self.width_px - 1 for box in boxes)


def probability(field: str, features: Features) -> float:
    """Calibrated probability, 0..1, that a ``field`` ("title", "handle", "none") is right."""
    weights = weights_in(MODEL)[field]
    total = sum(weights[name] * value for name, value in features.items())
    return 1 / (1 + math.exp(-min(max(total, -30.0), 30.0)))


def title_features(lines: Sequence[LineEvidence], sheet: SheetEvidence) -> dict[str, float]:
    """Evidence for a title that stands on ``lines``."""
    signs = max(1, sum(len(line.best.text) for line in lines))
    tall = [line.box_px[3] for line in lines]
    return {
        "bias": 1.0,
        "posterior": max(-5.0, sum(math.log(line.posterior) for line in lines)),
        "weakest": _log_odds(min(line.posterior for line in lines)),
        "picture": max(-3.0, sum(line.best.log_prob for line in lines) / signs),
        "worst_line": min(line.picture for line in lines),
        "worst_sign": min(least_sure(line.log_probs) for line in lines),
        "prior": min(line.prior for line in lines),
        "words": sum(line.best.lexicon_share * len(line.best.text) for line in lines) / signs,
        "strange": 1.0 - min(line.best.lexicon_share for line in lines),
        "plain": float(np.mean([line.agreement for line in lines])),
        "lines": min(len(lines), 6) / 3,
        "signs": math.log(signs),
        "marks": sum(not (c.isalnum() or c == " ") for line in lines for c in line.best.text) / signs,
        "uneven": math.log(max(tall) / max(1, min(tall))),
        "odd_shape": max(line.odd_shape for line in lines),
        "small": _small(min(tall)),
        "cut": float(sheet.cuts([line.box_px for line in lines])),
        **sheet.features,
    }


def handle_features(line: LineEvidence, at: float, role: float, ledges: int, sheet: SheetEvidence) -> dict[str, float]:
    """Evidence for a handle on a ``line``: how surely it begins with ``@`` and is a handle at all; ``ledges``: strokes like ``_`` in it.

    The text's own likelihood is left out: made-up handles are made of what that is made of, so that it would be believed too much.
    """
    text = line.best.text.lstrip("@").casefold()
    read = text.count("_")
    gap, tail = spacing(line.log_probs)
    return {
        "bias": 1.0,
        "posterior": math.log(line.posterior),
        "weakest": _log_odds(line.posterior),
        "picture": line.picture,
        "worst_sign": least_sure(line.log_probs),
        "at": at,
        "role": role,
        "plain": line.agreement,
        "signs": math.log(max(1, len(text))),
        "alike": sum(sign in LOOKALIKES for sign in text) / max(1, len(text)),
        "round": float("o" in text or "0" in text),
        "underscores": min(3, read) / 3,
        "confirmed": min(3, read, ledges) / 3,
        "overlooked": min(3, max(0, ledges - read)) / 3,
        "gap": gap,
        "tail": tail,
        "odd_shape": line.odd_shape,
        "small": _small(line.box_px[3]),
        "known": line.best.lexicon_share,
        "hidden": 1.0 - sheet.visible,
    }


def none_features(role: float, worst: float, lines: int, sheet: SheetEvidence) -> dict[str, float]:
    """Evidence that a card has no handle: how surely none of its lines is one, how badly the worst was read, how many there are."""
    common = {"bias": 1.0, "role": role, "lines": min(lines, 6) / 3, "worst_line": max(-3.0, worst), "blank": float(not lines)}
    return common | sheet.features


def least_sure(log_probs: LogProbs) -> float:
    """Log odds of the least certain sign that was read in a lattice TxC, a quarter of them; 1.25 where nothing was."""
    read = log_probs.argmax(axis=1) != 0
    return _log_odds(float(np.exp(log_probs.max(axis=1)[read].min())) if read.any() else 1.0) / 4


def spacing(log_probs: LogProbs) -> tuple[float, float]:
    """The widest gap between two signs, and what follows the last one, in thirds of the usual pitch: where a ``_`` was overlooked."""
    best = log_probs.argmax(axis=1)
    starts = np.flatnonzero((np.diff(best, prepend=0) != 0) & (best != 0))
    if len(starts) < 3:
        return 1 / 3, 0.0
    gaps = np.diff(starts)
    pitch = max(1.0, float(np.median(gaps)))
    return min(3.0, float(gaps.max()) / pitch) / 3, min(3.0, (len(best) - 1 - float(starts[-1])) / pitch) / 3


def _log_odds(p: float) -> float:
    p = min(max(p, LEAST), 1 - LEAST)
    return math.log(p / (1 - p))


def _small(height_px: float) -> float:
    """Letters below 24 px, natural log: there the recogniser begins to fail."""
    return max(0.0, math.log(24 / max(1.0, height_px)))


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
