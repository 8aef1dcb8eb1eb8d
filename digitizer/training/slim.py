"""Take out of a recogniser the channels that say least, so that what stays answers for them.

Four fifths of a line's arithmetic go through 13 pairs of 1x1 convolutions: the first widens to twice the channels, the second gathers
them. ``surgeon`` chooses the hidden channels that go, on the activations of drawn lines; no gradient is needed, and
``digitizer.training.distil`` mends the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor

from digitizer.training.blend import HALF
from digitizer.training.network import Network
from digitizer.training.surgeon import Doubles, take_out

BLOCK = 16
"""Channels that a processor takes at a time (512 bits of floats): only whole blocks save time."""


@dataclass(frozen=True)
class Pair:
    """Names in the graph: the ``hidden`` activation, the weights and biases (1xCx1x1) on its way in and out."""

    hidden: str
    widening: str
    widening_bias: str
    gathering: str
    gathering_bias: str


def slim(model: onnx.ModelProto, lines: Iterable[Tensor], share: float) -> onnx.ModelProto:
    """A copy of a recogniser that keeps ``share`` of the hidden channels of each pair.

    ``lines`` are batches Nx3x48xW that it is to answer as before. Raises ``ValueError`` where the graph has no such pairs.
    """
    network = Network(model)
    pairs = pairs_of(network)
    if not pairs:
        raise ValueError("the graph holds no pair of convolutions about a GELU")
    powers = _powers(network, pairs, lines)
    changed: dict[str, NDArray[Any]] = {}
    for pair in pairs:
        changed |= _slimmed(network, pair, powers[pair.hidden], share)
    return _with(model, changed)


def pairs_of(network: Network) -> list[Pair]:
    """Every pair of convolutions with a GELU between them, from the line's side."""
    makers = {name: node for node in network.nodes for name in node.output}
    users = {name: node for node in network.nodes for name in node.input}
    found = []
    for gelu in (node for node in network.nodes if node.op_type == "Gelu"):
        add = makers[gelu.input[0]]
        while add.op_type == "Identity":
            add = makers[add.input[0]]
        widening, gathering = makers[add.input[0]], users[gelu.output[0]]
        after = users[gathering.output[0]]
        biases = [next(name for name in node.input if name not in makers) for node in (add, after)]
        found.append(Pair(gelu.output[0], widening.input[1], biases[0], gathering.input[1], biases[1]))
    return found


def _powers(network: Network, pairs: Sequence[Pair], lines: Iterable[Tensor]) -> dict[str, Doubles]:
    """H'H of each hidden activation over all positions of all lines, with a last channel that is always 1."""
    sums = {pair.hidden: torch.zeros(1, dtype=torch.float64) for pair in pairs}
    with torch.no_grad():
        for batch in lines:
            for name, value in network.watch(batch, sums).items():
                flat = value.permute(0, 2, 3, 1).reshape(-1, value.shape[1]).double()
                flat = torch.cat([flat, torch.ones(len(flat), 1, dtype=torch.float64)], dim=1)
                sums[name] = sums[name] + flat.T @ flat
    return {name: total.numpy() for name, total in sums.items()}


def _slimmed(network: Network, pair: Pair, power: Doubles, share: float) -> dict[str, NDArray[Any]]:
    """The pair's weights with fewer channels, by name."""
    gathering = network.values(pair.gathering)[:, :, 0, 0].astype(np.float64)
    weights = np.hstack([gathering, np.zeros((len(gathering), 1))])
    keep, solved = take_out(weights, power, max(1, round(gathering.shape[1] * share / BLOCK)) * BLOCK)
    bias = network.values(pair.gathering_bias)
    return {
        pair.widening: network.values(pair.widening)[keep],
        pair.widening_bias: network.values(pair.widening_bias)[:, keep],
        pair.gathering: solved[:, keep, None, None],
        pair.gathering_bias: bias + solved[:, -1].reshape(bias.shape),
    }


def _with(model: onnx.ModelProto, changed: Mapping[str, NDArray[Any]]) -> onnx.ModelProto:
    """A copy with other arrays under the same names, each in the precision it had."""
    out = onnx.ModelProto()
    out.CopyFrom(model)
    for tensor in out.graph.initializer:
        values = changed.get(tensor.name.removesuffix(HALF))
        if values is not None:
            kind = numpy_helper.to_array(tensor).dtype
            tensor.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(values, kind), tensor.name))
    del out.graph.value_info[:]  # shapes of the wide pairs
    onnx.checker.check_model(out)
    return out
