"""Numbers of single precision -> whole numbers that stand for them, with the least error in what is computed from them.

Inputs of a product become 0..255, its weights -64..64. Older processors add two products in 16 bits, where 2 x 255 x 64 = 32,640 still
fits. Weights of eight bits overflow there: on such a processor nearly every sum of random numbers is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Reals: TypeAlias = NDArray[np.floating[Any]]

LARGEST_INPUT, LARGEST_WEIGHT = 255, 64
CUTS = np.geomspace(0.15, 1, 24)
"""Shares of a range that are tried: to cut a few large values off is better than coarse steps for all."""

DAMPING = 0.01
"""Of the mean square of all inputs, added to each input's own: as much as is needed to invert them (Frantar et al. 2022)."""


@dataclass(frozen=True)
class Scale:
    """``step`` is what one whole number stands for, ``zero`` (0..255) the one that stands for 0."""

    step: np.float32
    zero: np.uint8

    def rounded(self, values: Reals) -> Reals:
        """What is left of values once they were whole numbers."""
        whole = np.clip(np.round(values / self.step) + self.zero, 0, LARGEST_INPUT)
        return np.asarray((whole - self.zero) * self.step, dtype=values.dtype)


def best_scale(values: Reals) -> Scale:
    """The scale of least squared error on values of any shape: first where to cut the top is looked for, then the bottom."""
    low, high = min(0.0, float(values.min())), max(1e-6, float(values.max()))

    def error(scale: Scale) -> float:
        return float(np.square(scale.rounded(values) - values).mean())

    top = min((high * cut for cut in CUTS), key=lambda top: error(_scale(low, top)))
    return min((_scale(low * cut, top) for cut in CUTS), key=error)


def _scale(low: float, high: float) -> Scale:
    step = (high - low) / LARGEST_INPUT
    return Scale(np.float32(step), np.uint8(round(-low / step)))


def round_weights(weights: Reals, inputs: Reals, scale: Scale) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Weights MxN of a product with inputs SxN -> whole numbers NxM and the step of each of the M outputs.

    First the weights of least squared error for the rounded inputs are solved for. Then they are rounded one input after the other, and
    what that does to the outputs is made up for by the inputs that follow: GPTQ (Frantar et al. 2022, https://arxiv.org/abs/2210.17323).
    """
    seen = scale.rounded(inputs).astype(np.float64)
    squares = seen.T @ seen
    damping = DAMPING * np.trace(squares) / len(squares) * np.eye(len(squares))
    left = np.linalg.solve(squares + damping, (seen.T @ inputs + damping) @ weights.T.astype(np.float64))
    steps = np.abs(left).max(axis=0) / LARGEST_WEIGHT
    follow = np.linalg.cholesky(np.linalg.inv(squares + damping)).T
    whole = np.zeros(left.shape, np.int8)
    for i, row in enumerate(left):
        whole[i] = np.clip(np.round(row / steps), -LARGEST_WEIGHT, LARGEST_WEIGHT)
        left[i + 1 :] -= np.outer(follow[i, i + 1 :], (row - whole[i] * steps) / follow[i, i])
    return whole, steps.astype(np.float32)
