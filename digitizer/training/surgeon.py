"""The optimal brain surgeon on whole channels: which inputs of a linear layer can go, and how the others answer for them.

Hassibi and Stork 1993, for channels as in ZipLM (Kurtić et al. 2023). The weights W, bias included, solve a least squares problem on the
layer's inputs H. Of all channels j goes the one whose loss ||W_j||^2 / (H'H)^-1_jj is least, and the others are solved anew, in closed
form.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Doubles: TypeAlias = NDArray[np.float64]

DAMPING = 1e-4
"""Share of the mean power that is added to each channel's: what is hardly ever active must not get huge weights."""


def take_out(weights: Doubles, power: Doubles, count: int) -> tuple[NDArray[np.intp], Doubles]:
    """Which ``count`` columns of ``weights`` (out x channels and a bias) stay, and the weights that answer for all of them.

    ``power`` is H'H of the channels and a 1.
    """
    power = power + np.eye(len(power)) * DAMPING * np.trace(power) / len(power)
    inverse, solved = np.linalg.inv(power), weights.copy()
    alive = np.arange(len(power)) < len(power) - 1
    for _ in range(len(power) - 1 - count):
        loss = np.full(len(power), np.inf)
        loss[alive] = (solved[:, alive] ** 2).sum(axis=0) / np.diag(inverse)[alive]
        gone = int(loss.argmin())
        part = inverse[gone] / inverse[gone, gone]
        solved -= np.outer(solved[:, gone], part)
        inverse -= np.outer(inverse[:, gone], part)
        alive[gone], solved[:, gone], inverse[gone], inverse[:, gone] = False, 0.0, 0.0, 0.0
    return np.flatnonzero(alive), solved
