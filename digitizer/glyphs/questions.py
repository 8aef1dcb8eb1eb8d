"""Where a handle's text may differ in one glyph, and what shape and recogniser say to it.

A logistic regression a question weighs the measures of a :class:`~digitizer.glyphs.hand.Hand` with the recogniser's own opinion, and about
zeros with that of the recogniser of letters. Weights were fitted on drawn lines by ``python -m digitizer.training.glyphs`` and stand in
models/glyphs.json.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from calibration.rig import Image
from digitizer.decoder.forward import log_probabilities
from digitizer.decoder.handle import fold
from digitizer.decoder.handle_prior import SIGNS
from digitizer.glyphs.hand import Hand, Mask, barred, hand_of
from digitizer.glyphs.windows import windows
from digitizer.readers.base import Lattice, LogProbs
from digitizer.readers.onnx_recogniser import STEP_PX
from digitizer.readers.signs import letter_reader
from digitizer.settings import HandleSettings
from digitizer.shipped import MODELS, weights_in

MODEL = MODELS / "glyphs.json"
LOW = 0.4
"""Share of the small letters' height up to which a column's ink counts as lying on the baseline."""

MOST_NATS = 6.0
"""What the recogniser's opinion counts at most: it is sure of itself far more often than it is right."""

FEW_NATS = 1.5
"""Up to here the recogniser's opinion is counted in full; beyond it is weighed anew."""

TALLER = 0.13
"""Natural log of the height, by that of small letters, at which ``o`` and ``0`` are as likely: halfway between them on drawn lines."""

Features = Mapping[str, float]


@dataclass(frozen=True)
class Doubt:
    """A text and another that differs from it in one glyph: ``kind`` of question, ``at`` the index in ``text``, ``yes`` what it is now.

    ``zero``: yes for 0, no for o or O. ``bar``: yes for a ``_`` at that place, no where there is none before it.
    """

    kind: str
    at: int
    yes: bool
    other: str


def doubts(text: str) -> list[Doubt]:
    """All single changes of a handle's text that shape may speak for."""
    found = []
    for at, character in enumerate(text):
        if at and character in "0oO":
            yes = character == "0"
            found.append(Doubt("zero", at, yes, text[:at] + ("o" if yes else "0") + text[at + 1 :]))
        if at and character == "_":
            found.append(Doubt("bar", at, True, text[:at] + text[at + 1 :]))
        if at > 1 and "_" not in text[at - 1 : at + 1]:
            found.append(Doubt("bar", at, False, text[:at] + "_" + text[at:]))
    if len(text) > 1 and text[-1] != "_":
        found.append(Doubt("bar", len(text), False, text + "_"))
    return found


def log_odds(text: str, image: Image, lattice: Lattice) -> list[tuple[Doubt, float, float]]:
    """For each doubt about ``text``: the log odds that it should be changed, and the recogniser's log probability of the other text.

    ``image`` HxW u8 gray, the line of the lattice.
    """
    out, weights = [], weights_in(MODEL)
    for doubt, features, other in evidence(text, image, lattice):
        yes = sum(weights[doubt.kind][name] * value for name, value in features.items())
        out.append((doubt, -yes if doubt.yes else yes, other))
    return out


def evidence(text: str, image: Image, lattice: Lattice) -> list[tuple[Doubt, Features, float]]:
    """For each doubt about ``text`` what speaks for yes, and the recogniser's log probability of the other text."""
    asked = doubts(text)
    if not asked or len(lattice.log_probs) < 2:
        return []
    log_probs = fold(lattice.log_probs, lattice.alphabet, HandleSettings())
    hand = hand_of(text, image, log_probs, SIGNS, barred(lattice))
    own, *others = _log_probabilities([text, *(doubt.other for doubt in asked)], log_probs)
    nats = [own - other if doubt.yes else other - own for doubt, other in zip(asked, others, strict=True)]
    looks = _looks([doubt.at for doubt in asked if doubt.kind == "zero"], image, hand)
    features = [features_of(doubt, text, hand, n, looks.get(doubt.at, 0.0)) for doubt, n in zip(asked, nats, strict=True)]
    return list(zip(asked, features, others, strict=True))


def _log_probabilities(texts: Sequence[str], log_probs: LogProbs) -> list[float]:
    """The recogniser's log probability of each text."""
    logs: list[float] = log_probabilities([log_probs], [0] * len(texts), texts, SIGNS).tolist()
    return logs


def _looks(places: list[int], image: Image, hand: Hand) -> Mapping[int, float]:
    """By place in the line: nats by which the recogniser of letters, which knows no names, prefers a zero."""
    if not places:
        return {}
    seen = letter_reader().read(windows(image, hand.middles[places]))
    zero, small, capital = (seen.log_probs[:, seen.alphabet.index(sign)].astype(np.float64) for sign in "0oO")
    return dict(zip(places, (zero - np.logaddexp(small, capital)).tolist(), strict=True))


def features_of(doubt: Doubt, text: str, hand: Hand, nats: float, looks: float = 0.0) -> Features:
    """What speaks for yes; ``nats`` by which the recogniser prefers yes, ``looks`` those of the one of letters, asked about zeros."""
    shape = _zero_shape(doubt, hand, looks) if doubt.kind == "zero" else _bar_shape(doubt, text, hand)
    few, most = _limited(nats)
    return {"bias": 1.0, "few_nats": few, "nats": most, **shape}


def _limited(nats: float) -> tuple[float, float]:
    few, most = (max(-limit, min(limit, nats)) for limit in (FEW_NATS, MOST_NATS))
    return few, most


def _zero_shape(doubt: Doubt, hand: Hand, looks: float) -> Features:
    """A zero is as tall as capitals, and stands above the small letters."""
    few, most = _limited(looks)
    seen = {"few_looks": few, "looks": most}
    box = hand.boxes[doubt.at]
    if box is None or not hand.small:
        return {**seen, "risen": 0.0, "taller": 0.0, "by_tall": 0.0, "no_small": 1.0}
    rise = max(1.0, hand.base - box[2] + 1)
    return {
        **seen,
        "risen": _step(math.log(rise / hand.small)),
        "taller": _step(math.log((box[3] - box[2] + 1) / hand.small)),
        "by_tall": max(-0.5, min(0.5, math.log(rise / hand.tall))) if hand.tall else 0.0,
        "no_small": 0.0,
    }


def _step(log_ratio: float) -> float:
    """-1 for the height of small letters, 1 for one clearly above it: how far beyond tells no more, and may be a wrong measurement."""
    return math.tanh((log_ratio - TALLER) / (0.8 * TALLER))


def _bar_shape(doubt: Doubt, text: str, hand: Hand) -> Features:
    """Measures between the characters on either side, in heights of small letters."""
    after = doubt.at + 1 if doubt.yes else doubt.at
    at_end = after >= len(text)
    left = round(hand.middles[doubt.at - 1])
    right = hand.ink.shape[1] if at_end else round(hand.middles[after])
    part = hand.ink[:, left : max(right, left + 1)]
    written, first = part.any(axis=0), part.argmax(axis=0)
    low: Mask = np.asarray(written & (first > hand.base - LOW * hand.unit))
    start, length = _longest(low)
    level = float(np.mean(first[start : start + length]) - hand.base) / hand.unit if length else 0.0
    steps = hand.barred[max(0, left // STEP_PX) : right // STEP_PX + 1]
    return {
        "named": float(steps.max(initial=0.0)),
        "low": min(length / hand.unit, 1.5),
        "long": float(length > 0.5 * hand.unit),
        "level": max(-1.0, min(1.0, level)),
        "blank": min(_longest(np.asarray(~written))[1] / hand.unit, 1.5),
        "wide": min(part.shape[1] / hand.unit, 4.0),
        "at_end": float(at_end),
    }


def _longest(flags: Mask) -> tuple[int, int]:
    """Start and length of the longest run of true values."""
    edges = np.flatnonzero(np.diff(np.r_[False, flags, False].astype(np.int8)))
    if len(edges) == 0:
        return 0, 0
    lengths = edges[1::2] - edges[::2]
    best = int(np.argmax(lengths))
    return int(edges[2 * best]), int(lengths[best])
