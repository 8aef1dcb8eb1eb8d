"""The recogniser's ONNX graph as a differentiable function, so that its weights can be trained and written back into the same graph.

Only the 27 operators that the graph is made of are known; any other is refused by name. Nothing is rebuilt by hand: what was trained is
exactly what onnxruntime will run. torch is no dependency of Boardcast: it is asked for by the commands that train.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import onnx
import torch
import torch.nn.functional as nnf
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor

from digitizer.training.blend import HALF

Attributes: TypeAlias = Mapping[str, Any]
Operator: TypeAlias = Callable[[list[Any], Attributes], Any]


class Network:
    """The graph of an ONNX model, its floating weights tensors that learn. Called with Nx3x48xW, it gives NxTxC log-probabilities."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self.nodes = [node for node in model.graph.node if not any(name.endswith(HALF) for name in node.input)]
        self.input, self.output = model.graph.input[0].name, model.graph.output[0].name
        self.constants: dict[str, Any] = {}
        self.weights: dict[str, Tensor] = {}
        for tensor in model.graph.initializer:
            self._take(tensor.name.removesuffix(HALF), numpy_helper.to_array(tensor))
        self.nodes = _with_gelu(self.nodes)
        self.attributes = [{a.name: helper.get_attribute_value(a) for a in node.attribute} for node in self.nodes]

    def freeze(self, convolutions: int) -> None:
        """Leave the first convolutions, and what is added to them, as they are: what strokes look like is known, and they cost most."""
        left = convolutions
        for node in self.nodes:
            left -= node.op_type == "Conv"
            for name in node.input:
                if left >= 0 and name in self.weights:
                    self.weights[name].requires_grad_(False)
            if left < 0:
                return

    def _take(self, name: str, values: np.ndarray[Any, Any]) -> None:
        if values.dtype.kind == "f" and values.size > 1:
            self.weights[name] = torch.tensor(values.astype(np.float32)).requires_grad_()
        else:
            self.constants[name] = torch.tensor(values)

    def __call__(self, lines: Tensor) -> Tensor:
        """The graph's answer. Raises ``ValueError`` at an operator that training does not know."""
        known: dict[str, Any] = {**self.constants, **self.weights, self.input: lines}
        for node, attributes in zip(self.nodes, self.attributes, strict=True):
            if node.op_type not in OPERATORS:
                raise ValueError(f"the graph holds a {node.op_type}, which training does not know")
            known[node.output[0]] = OPERATORS[node.op_type]([known[name] if name else None for name in node.input], attributes)
        out: Tensor = known[self.output]
        return out


def _with_gelu(nodes: Sequence[onnx.NodeProto]) -> list[onnx.NodeProto]:
    """The five nodes of x/2 * (1 + erf(x/sqrt 2)) as one: a tenth of the time, and of the memory that going back needs."""
    users = {name: node for node in nodes for name in node.input}
    makers = {name: node for node in nodes for name in node.output}
    last: dict[str, onnx.NodeProto] = {}
    gone: set[str] = set()
    for erf in (node for node in nodes if node.op_type == "Erf"):
        chain = [makers[erf.input[0]], erf]
        while len(chain) < 5:
            chain.append(users[chain[-1].output[0]])
        gone.update(node.output[0] for node in chain)
        last[chain[-1].output[0]] = helper.make_node("Gelu", [chain[0].input[0]], [chain[-1].output[0]])
    return [last.get(node.output[0], node) for node in nodes if node.output[0] not in gone or node.output[0] in last]


def _same_upper(x: Tensor, kernel: Sequence[int], value: float) -> Tensor:
    """Padding of ``SAME_UPPER`` at stride 1: the odd pixel goes below and to the right."""
    rows, columns = kernel[0] - 1, kernel[1] - 1
    return nnf.pad(x, (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2), value=value)


def _conv(inputs: list[Any], a: Attributes) -> Tensor:
    x, weight, *bias = inputs
    padding: tuple[int, int] = (0, 0)
    if a.get("auto_pad", b"") == b"SAME_UPPER":
        x = _same_upper(x, a["kernel_shape"], 0.0)
    else:
        padding = (a["pads"][0], a["pads"][1])
    return nnf.conv2d(x, weight, bias[0] if bias else None, a["strides"], padding, a["dilations"], a["group"])


def _max_pool(inputs: list[Any], a: Attributes) -> Tensor:
    return nnf.max_pool2d(_same_upper(inputs[0], a["kernel_shape"], -torch.inf), a["kernel_shape"], a["strides"])


def _batch_norm(inputs: list[Any], a: Attributes) -> Tensor:
    """With the statistics of the first training, as at run time; scale and offset learn, the statistics do not."""
    x, scale, offset, mean, variance = inputs
    return nnf.batch_norm(x, mean.detach(), variance.detach(), scale, offset, training=False, eps=a["epsilon"])


def _slice(inputs: list[Any], _: Attributes) -> Tensor:
    x, starts, ends, *rest = inputs
    axes = rest[0].tolist() if rest else list(range(len(starts)))
    index = [slice(None)] * x.dim()
    for axis, start, end in zip(axes, starts.tolist(), ends.tolist(), strict=True):
        index[axis] = slice(start, end)
    return x[tuple(index)]


def _reshape(inputs: list[Any], _: Attributes) -> Tensor:
    x, shape = inputs
    return x.reshape([x.shape[i] if size == 0 else size for i, size in enumerate(shape.tolist())])


def _cast(inputs: list[Any], a: Attributes) -> Tensor:
    to = a["to"]
    return inputs[0] if to == TensorProto.FLOAT and inputs[0].is_floating_point() else inputs[0].to(DTYPES[to])


def _squeeze(inputs: list[Any], a: Attributes) -> Tensor:
    x = inputs[0]
    for axis in sorted(a["axes"], reverse=True):
        x = x.squeeze(axis)
    return x


def _unsqueeze(inputs: list[Any], a: Attributes) -> Tensor:
    x = inputs[0]
    for axis in sorted(a["axes"]):
        x = x.unsqueeze(axis)
    return x


DTYPES = {TensorProto.FLOAT: torch.float32, TensorProto.INT64: torch.int64, TensorProto.INT32: torch.int32, TensorProto.BOOL: torch.bool}

OPERATORS: Mapping[str, Operator] = {
    "Add": lambda x, _: x[0] + x[1],
    "AveragePool": lambda x, a: nnf.avg_pool2d(x[0], a["kernel_shape"], a["strides"]),
    "BatchNormalization": _batch_norm,
    "Cast": _cast,
    "Concat": lambda x, a: torch.cat(x, a["axis"]),
    "Conv": _conv,
    "Div": lambda x, _: x[0] / x[1],
    "Gelu": lambda x, _: nnf.gelu(x[0]),
    "HardSigmoid": lambda x, a: (x[0] * a["alpha"] + a["beta"]).clamp(0, 1),
    "Identity": lambda x, _: x[0],
    "LogSoftmax": lambda x, a: torch.log_softmax(x[0].float(), a["axis"]),
    "MatMul": lambda x, _: x[0] @ x[1],
    "MaxPool": _max_pool,
    "Mul": lambda x, _: x[0] * x[1],
    "Pow": lambda x, _: x[0] ** x[1],
    "ReduceMean": lambda x, a: x[0].mean(a["axes"], keepdim=bool(a.get("keepdims", 1))),
    "Relu": lambda x, _: torch.relu(x[0]),
    "Reshape": _reshape,
    "Shape": lambda x, _: torch.tensor(x[0].shape),
    "Sigmoid": lambda x, _: torch.sigmoid(x[0]),
    "Slice": _slice,
    "Softmax": lambda x, a: torch.softmax(x[0], a["axis"]),
    "Sqrt": lambda x, _: torch.sqrt(x[0]),
    "Squeeze": _squeeze,
    "Sub": lambda x, _: x[0] - x[1],
    "Transpose": lambda x, a: x[0].permute(a["perm"]),
    "Unsqueeze": _unsqueeze,
}
