"""Where a handle's text may differ in one glyph, and what shape and recogniser say to it.

A logistic regression a question weighs the measures of a :class:`~digitizer.glyphs.hand.Hand` with the recogniser's own opinion, and about
zeros with all that an :class:`~digitizer.glyphs.opinions.Opinion` holds. Weights were fitted on drawn lines by
``python -m digitizer.training.glyphs`` and stand in models/glyphs.json.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from calibration.rig import Image
from digitizer.decoder.handle import fold
from digitizer.decoder.handle_prior import SIGNS
from digitizer.glyphs.covered import CoveredLook
from digitizer.glyphs.hand import Hand, Mask, barred, hand_of
from digitizer.glyphs.opinions import Line, Opinion, opinions, text_logs
from digitizer.readers.base import Lattice
from digitizer.readers.onnx_recogniser import STEP_PX
from digitizer.settings import HandleSettings
from digitizer.shipped import MODELS, weights_in

MODEL = MODELS / "glyphs.json"
LOW = 0.4
"""Share of the small letters' height up to which a column's ink counts as lying on the baseline."""

MOST_NATS = 6.0
"""What the recogniser's opinion counts at most: it is sure of itself far more often than it is right."""

FEW_NATS = 1.5
"""Up to here an opinion is counted in full; beyond it is weighed anew."""

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


def log_odds(text: str, image: Image, lattice: Lattice, covered: CoveredLook) -> list[tuple[Doubt, float, float]]:
    """For each doubt about ``text``: the log odds that it should be changed, and the recogniser's log probability of the other text.

    ``image`` HxW u8 gray, the line of the lattice; ``covered`` the recogniser's look at it with a place covered.
    """
    out, weights = [], weights_in(MODEL)
    for doubt, features, other in evidence(text, image, lattice, covered):
        yes = sum(weights[doubt.kind][name] * value for name, value in features.items())
        out.append((doubt, -yes if doubt.yes else yes, other))
    return out


def evidence(text: str, image: Image, lattice: Lattice, covered: CoveredLook) -> list[tuple[Doubt, Features, float]]:
    """For each doubt about ``text`` what speaks for yes, and the recogniser's log probability of the other text."""
    asked = doubts(text)
    if not asked or len(lattice.log_probs) < 2:
        return []
    log_probs = fold(lattice.log_probs, lattice.alphabet, HandleSettings())
    hand = hand_of(text, image, log_probs, SIGNS, barred(lattice))
    own, *others = text_logs([text, *(doubt.other for doubt in asked)], log_probs)
    zeros = opinions(text, [doubt.at for doubt in asked if doubt.kind == "zero"], Line(image, lattice, hand, covered))
    out = []
    for doubt, other in zip(asked, others, strict=True):
        if doubt.kind == "zero":
            features = _of_zero(doubt, hand, zeros[doubt.at])
        else:
            features = _of_bar(doubt, text, hand, own - other if doubt.yes else other - own)
        out.append((doubt, features, other))
    return out


def _limited(nats: float, limit: float = MOST_NATS) -> float:
    return max(-limit, min(limit, nats))


def _of_zero(doubt: Doubt, hand: Hand, opinion: Opinion) -> Features:
    """A zero is as tall as capitals, and stands above the small letters."""
    said = {
        "bias": 1.0,
        "nats": _limited(opinion.line),
        "seen": _limited(opinion.line - opinion.expected),
        "few_looks": _limited(opinion.letter, FEW_NATS),
        "looks": _limited(opinion.letter),
    }
    box = hand.boxes[doubt.at]
    if box is None or not hand.small:
        return {**said, "risen": 0.0, "taller": 0.0, "by_tall": 0.0, "no_small": 1.0}
    rise = max(1.0, hand.base - box[2] + 1)
    return {
        **said,
        "risen": _step(math.log(rise / hand.small)),
        "taller": _step(math.log((box[3] - box[2] + 1) / hand.small)),
        "by_tall": max(-0.5, min(0.5, math.log(rise / hand.tall))) if hand.tall else 0.0,
        "no_small": 0.0,
    }


def _step(log_ratio: float) -> float:
    """-1 for the height of small letters, 1 for one clearly above it: how far beyond tells no more, and may be a wrong measurement."""
    return math.tanh((log_ratio - TALLER) / (0.8 * TALLER))


def _of_bar(doubt: Doubt, text: str, hand: Hand, nats: float) -> Features:
    """Measures between the characters on either side, in heights of small letters; ``nats`` by which the recogniser prefers a bar."""
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
        "bias": 1.0,
        "few_nats": _limited(nats, FEW_NATS),
        "nats": _limited(nats),
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
