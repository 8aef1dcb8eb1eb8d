"""The recogniser's pairs of 1x1 convolutions, four fifths of its arithmetic: found in its graph, and put into whole numbers.

A pair is a product of matrices, GELU, and another product, done alike at each place of a picture. Written so, channels last, onnxruntime
has a kernel that takes whole numbers and gives single precision (``MatMulIntegerToFloat``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, helper, numpy_helper

from digitizer.training.blend import HALF, copied
from digitizer.training.rounding import Scale

SHAPE = ("Conv", "Add", "Div", "Erf", "Add", "Mul", "Mul", "Conv", "Add")
"""Operators of a pair in the order of the graph: a convolution and its bias, GELU, and another convolution and its bias."""

MICROSOFT = "com.microsoft"
"""Domain of onnxruntime's own operators."""


@dataclass(frozen=True, eq=False)
class Product:
    """One convolution of a pair: the name of what it reads, weights MxN, biases M."""

    reads: str
    weights: NDArray[np.float32]
    biases: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Pair:
    """Both convolutions of a pair, and the nodes that they were."""

    first: Product
    second: Product
    nodes: tuple[NodeProto, ...]

    @property
    def gives(self) -> str:
        """The name of what the pair answers with."""
        return str(self.nodes[-1].output[0])


@dataclass(frozen=True, eq=False)
class Whole:
    """A product in whole numbers: the scale of its inputs, weights NxM, the step of each of the M outputs' weights."""

    scale: Scale
    weights: NDArray[np.int8]
    steps: NDArray[np.float32]


def without_identities(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy of a model whose nodes read from one another with nothing between."""
    out = copied(model)
    same = {node.output[0]: node.input[0] for node in out.graph.node if node.op_type == "Identity"}
    kept = [node for node in out.graph.node if node.op_type != "Identity" or node.output[0] == out.graph.output[0].name]
    for node in kept:
        for i, name in enumerate(node.input):
            while name in same:
                name = same[name]
            node.input[i] = name
    _set_nodes(out.graph, kept)
    return out


def find_pairs(model: onnx.ModelProto) -> list[Pair]:
    """The pairs of a model without identities, in the order of its graph."""
    stored = {t.name.removesuffix(HALF): numpy_helper.to_array(t).astype(np.float32) for t in model.graph.initializer}
    nodes = [node for node in model.graph.node if node.op_type != "Cast"]
    windows = (nodes[i : i + len(SHAPE)] for i in range(len(nodes) - len(SHAPE) + 1))
    found = (
        w for w in windows if tuple(node.op_type for node in w) == SHAPE and _is_pointwise(w[0], stored) and _is_pointwise(w[7], stored)
    )
    return [Pair(_product(w[:2], stored), _product(w[7:], stored), tuple(w)) for w in found]


def _is_pointwise(node: NodeProto, stored: Mapping[str, NDArray[Any]]) -> bool:
    return stored[node.input[1]].shape[2:] == (1, 1)


def _product(nodes: list[NodeProto], stored: Mapping[str, NDArray[np.float32]]) -> Product:
    convolution, bias = nodes
    return Product(convolution.input[0], stored[convolution.input[1]][:, :, 0, 0], stored[bias.input[1]].reshape(-1))


def in_whole_numbers(model: onnx.ModelProto, wholes: Mapping[str, Whole]) -> onnx.ModelProto:
    """A copy of a model without identities, its pairs computed in whole numbers; ``wholes`` by the name of what each product reads."""
    out = copied(model)
    pairs = find_pairs(out)
    anew = {pair.gives: list(_nodes(pair)) for pair in pairs}
    gone = {node.output[0] for pair in pairs for node in pair.nodes}
    nodes = [new for node in out.graph.node for new in anew.get(node.output[0], [] if node.output[0] in gone else [node])]
    for product in (product for pair in pairs for product in (pair.first, pair.second)):
        out.graph.initializer.extend(_arrays(product, wholes[product.reads]))
    _set_nodes(out.graph, nodes)
    _drop_unused(out.graph)
    out.opset_import.append(helper.make_opsetid(MICROSOFT, 1))
    return out


def _nodes(pair: Pair) -> Iterator[NodeProto]:
    """The pair anew: channels to the back, both products with GELU between, channels to the front."""
    read, hidden = pair.first.reads, pair.second.reads
    yield helper.make_node("Transpose", [read], [f"{read}.last"], perm=[0, 2, 3, 1])
    yield from _product_nodes(read, f"{read}.last", f"{hidden}.linear")
    yield helper.make_node("Gelu", [f"{hidden}.linear"], [f"{hidden}.last"], domain=MICROSOFT)
    yield from _product_nodes(hidden, f"{hidden}.last", f"{pair.gives}.last")
    yield helper.make_node("Transpose", [f"{pair.gives}.last"], [pair.gives], perm=[0, 3, 1, 2])


def _product_nodes(key: str, read: str, gives: str) -> Iterator[NodeProto]:
    yield helper.make_node("QuantizeLinear", [read, f"{key}.step", f"{key}.zero"], [f"{key}.whole"])
    inputs = [f"{key}.whole", f"{key}.weights", f"{key}.step", f"{key}.steps", f"{key}.zero", "", f"{key}.biases"]
    yield helper.make_node("MatMulIntegerToFloat", inputs, [gives], domain=MICROSOFT)


def _arrays(product: Product, whole: Whole) -> list[onnx.TensorProto]:
    values = {"step": whole.scale.step, "zero": whole.scale.zero, "weights": whole.weights, "steps": whole.steps, "biases": product.biases}
    return [numpy_helper.from_array(np.asarray(value), f"{product.reads}.{name}") for name, value in values.items()]


def _set_nodes(graph: onnx.GraphProto, nodes: list[NodeProto]) -> None:
    copies = [onnx.NodeProto.FromString(node.SerializeToString()) for node in nodes]
    del graph.node[:]
    graph.node.extend(copies)


def _drop_unused(graph: onnx.GraphProto) -> None:
    """Leave out arrays that no node reads any longer, and the casts that widened them."""
    read = {name for node in graph.node if node.op_type != "Cast" for name in node.input} | {output.name for output in graph.output}
    _set_nodes(graph, [node for node in graph.node if node.op_type != "Cast" or node.output[0] in read])
    used = {name for node in graph.node for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)
