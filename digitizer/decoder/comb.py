"""A comb's lattice -> one with a step a box: the reading then has as many signs as there are boxes written in."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from calibration.rig import Floats, readonly
from digitizer.decoder.handle import fold
from digitizer.decoder.handle_prior import SIGNS
from digitizer.readers.base import Lattice
from digitizer.settings import HandleSettings

STEP_SHARE = 1.0
"""Steps beyond a sign's own span in which its evidence may lie: the recogniser speaks a little late or early."""


class Signs(Protocol):
    """A line of N signs: from and to of each as shares of the line (Nx2), and which of them (N bool) are flat strokes at the foot."""

    @property
    def spans(self) -> Floats:
        """Nx2."""
        ...

    @property
    def low(self) -> NDArray[np.bool_]:
        """N."""
        ...


FLOOR = 1e-4
"""Probability of a sign that no step names."""

LEAST_ALONE = 1e-5
"""Probability of any sign by the recogniser of single ones, which is surer of itself than it is right."""

TALL_UNDERSCORE = 0.02
"""How often what is read as ``_`` is one though its ink is no flat stroke."""

SURE = np.log(1 - 1e-6)

BOX_SIGNS = tuple(sign for sign in SIGNS[1:] if sign not in "@.")
"""What may stand in a box."""

_CLASSES = [SIGNS.index(sign) for sign in BOX_SIGNS]
_IS_UNDERSCORE = np.array([sign == "_" for sign in BOX_SIGNS])


def box_lattice(lattice: Lattice, alone: Lattice, comb: Signs, settings: HandleSettings) -> Lattice:
    """Two opinions of N signs as one lattice over the signs of a handle: ``@``, then a step a box, blanks between.

    ``lattice`` is what a recogniser of words says of the line that the signs make, ``alone`` (N steps) what one of single signs says of
    each box; the geometric mean of both. The one knows hands, the other how large and how high a sign stands.
    """
    shares = np.sqrt(_in_line(lattice, comb, settings) * _by_itself(alone))
    shares /= shares.sum(axis=1, keepdims=True)
    steps = np.full((2 * len(shares) + 2, len(SIGNS)), -30.0, np.float32)
    steps[0, SIGNS.index("@")] = SURE
    steps[1::2, 0] = SURE
    for i, share in enumerate(shares):
        steps[2 * i + 2, _CLASSES] = np.log(share)
    return Lattice(readonly(steps), SIGNS)


def _in_line(lattice: Lattice, comb: Signs, settings: HandleSettings) -> Floats:
    """NxS probabilities of ``BOX_SIGNS`` by the recogniser of words.

    A box has no blank: something is written in it. What a box holds is the likeliest that any of its steps says, all views together;
    a flat stroke is ``_``, and what is read as ``_`` elsewhere mostly a gap.
    """
    looks = (lattice.log_probs, *lattice.views)
    views = [_box_shares(np.asarray(fold(view, lattice.alphabet, settings)[:, _CLASSES], np.float64), comb.spans) for view in looks]
    shares = np.exp(np.mean([np.log(view) for view in views], axis=0))
    known = np.where(_IS_UNDERSCORE, TALL_UNDERSCORE, 1.0) * shares
    shares = np.where(comb.low[:, None], np.where(_IS_UNDERSCORE, 1.0, 1e-6), known)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def _by_itself(alone: Lattice) -> Floats:
    """NxS probabilities of ``BOX_SIGNS`` by the recogniser of single signs, none of them ruled out."""
    return np.exp(np.asarray(alone.log_probs[:, [alone.alphabet.index(sign) for sign in BOX_SIGNS]], np.float64)) + LEAST_ALONE


def _box_shares(log_signs: Floats, spans: Floats) -> Floats:
    """NxS: for each span (shares of the line) the probability of each sign, the best of its steps, against a floor."""
    count = len(log_signs) - 1
    shares = []
    for start, end in spans * count:
        first, last = max(0, int(np.floor(start - STEP_SHARE))), min(len(log_signs), int(np.ceil(end + STEP_SHARE)) + 1)
        best = np.exp(log_signs[first:last]).max(axis=0) + FLOOR
        shares.append(best / best.sum())
    return np.array(shares)
