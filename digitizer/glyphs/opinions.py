"""Whether a place of a handle shows a zero or an ``o``, by those who may know: what each recogniser says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from calibration.rig import Image
from digitizer.decoder.forward import log_probabilities
from digitizer.decoder.handle_prior import SIGNS
from digitizer.glyphs.covered import CoveredLook
from digitizer.glyphs.hand import Hand
from digitizer.glyphs.windows import windows
from digitizer.readers.base import Lattice, LogProbs
from digitizer.readers.signs import letter_reader

LEAST_LOG = -25.0
"""Log probability below which a sign was not seen at all."""

LINE_AGREES, LETTER_AGREES = 3.0, 0.5
"""Nats by which both recognisers must say the same for the one of lines not to be asked again. It is then sure of itself, and right."""


@dataclass(frozen=True, eq=False)
class Line:
    """A line as it was recognised: ``image`` HxW u8 gray, its ``lattice``, the ``hand`` in it, and looks at it with a place ``covered``."""

    image: Image
    lattice: Lattice
    hand: Hand
    covered: CoveredLook


@dataclass(frozen=True)
class Opinion:
    """Nats by which a zero is preferred at a place to an ``o``.

    ``line`` by the recogniser of lines; ``expected`` by the same where it does not see the place, 0 where it was not asked; ``letter`` by
    the recogniser of letters, which knows no words.
    """

    line: float
    expected: float
    letter: float


def opinions(text: str, places: Sequence[int], line: Line) -> Mapping[int, Opinion]:
    """What is said of each of the ``places`` in a handle's text, each a ``0``, ``o`` or ``O``; by place."""
    if not places:
        return {}
    seen, letters = _of_line(text, places, line.lattice), _of_letters(places, line)
    expected = [
        0.0 if _agree(said, letter) else _of_line(text, [at], line.covered(*_columns(at, line.hand)))[0]
        for at, said, letter in zip(places, seen, letters, strict=True)
    ]
    return {at: Opinion(*said) for at, *said in zip(places, seen, expected, letters, strict=True)}


def text_logs(texts: Sequence[str], log_probs: LogProbs) -> list[float]:
    """The log probability of each text in a lattice TxS of the signs of handles."""
    logs: list[float] = log_probabilities([log_probs], [0] * len(texts), texts, SIGNS).tolist()
    return logs


def _of_line(text: str, places: Sequence[int], lattice: Lattice) -> list[float]:
    """By the recogniser of lines, as it calls the signs, before lookalikes share.

    A decoder lends ``0`` some of what is seen as ``o``. That share would be all that is left of a zero here, and no opinion more than three
    nats.
    """
    columns = [lattice.alphabet.index(sign) for sign in SIGNS]
    log_probs = np.maximum(lattice.log_probs[:, columns], LEAST_LOG)
    letters = [text[at] if text[at] != "0" else "o" for at in places]
    texts = [text[:at] + sign + text[at + 1 :] for at, letter in zip(places, letters, strict=True) for sign in ("0", letter)]
    logs = text_logs(texts, log_probs)
    return [zero - letter for zero, letter in zip(logs[::2], logs[1::2], strict=True)]


def _of_letters(places: Sequence[int], line: Line) -> list[float]:
    """By the recogniser of letters."""
    seen = letter_reader().read(windows(line.image, line.hand.middles[list(places)]))
    zero, small, capital = (seen.log_probs[:, seen.alphabet.index(sign)].astype(np.float64) for sign in "0oO")
    nats: list[float] = (zero - np.logaddexp(small, capital)).tolist()
    return nats


def _agree(line: float, letter: float) -> bool:
    """Whether both clearly say zero, or both clearly say none."""
    return line * letter > 0 and abs(line) > LINE_AGREES and abs(letter) > LETTER_AGREES


def _columns(at: int, hand: Hand) -> tuple[int, int]:
    """The first column of one character and the one behind it, px: halfway to the characters beside it."""
    ends = np.r_[0.0, (hand.middles[1:] + hand.middles[:-1]) / 2, hand.ink.shape[1]]
    return round(float(ends[at])), round(float(ends[at + 1]))
