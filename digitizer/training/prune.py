"""PP-OCRv6 small, as shipped in the rapidocr wheel -> the same recogniser for Latin alone, which training starts from.

Run ``python -m digitizer.training.prune TARGET`` for a file of it. The classifier's 18,710 classes are cut to Latin, its softmax gives
log-probabilities, large weights are stored in half precision (onnxruntime widens them once, on load), and the alphabet goes into the
metadata.
"""

from __future__ import annotations

import hashlib
from importlib import metadata
from pathlib import Path

import click
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SOURCE = "rapidocr/models/PP-OCRv6_rec_small.onnx"
SOURCE_SHA256 = "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884"
"""As MODEL_LICENSES.md of the wheel records it: another file would need its own look at licence and alphabet."""

WEIGHT, BIAS, OUTPUT = "linear_8.w_0", "linear_8.b_0", "fetch_name_0"
HALF_FROM = 1024
"""Tensors below this size stay in single precision: norms and biases weigh nothing and are the most sensitive."""

SIGNS = "–—‘’“”†•…€™←↑→↓↔≠≤≥−√∞"
NOTICE = (
    "Changed by the Boardcast authors from PP-OCRv6_small_rec (PaddleOCR; copyright Baidu and/or the PaddleOCR rights holders, "
    "Apache-2.0), as converted and packaged by RapidOCR: classes cut to Latin, log-softmax, half-precision storage."
)


def is_kept(character: str) -> bool:
    """Whether a class stays: printable ASCII, Latin-1, Latin Extended-A, the Romanian letters, and a few signs of titles."""
    if len(character) != 1:
        return False
    return 0x20 <= ord(character) < 0x7F or 0xA1 <= ord(character) < 0x180 or character in "ȘșȚț" or character in SIGNS


def prune(model: onnx.ModelProto) -> onnx.ModelProto:
    """The recogniser with a Latin head; ``model`` is changed in place and returned. Class 0 stays the CTC blank."""
    names = {p.key: p.value for p in model.metadata_props}
    alphabet = ["", *names["character"].split("\n"), " "]
    keep = [0, *(i for i, character in enumerate(alphabet) if i and is_kept(character))]
    _keep_columns(model.graph, keep)
    _log_softmax(model.graph)
    store_in_half(model.graph)
    del model.graph.value_info[:]  # shapes of the old head
    model.graph.output[0].type.tensor_type.shape.dim[2].dim_value = len(keep)
    del model.metadata_props[:]
    helper.set_model_props(model, {"character": "\n".join(alphabet[i] for i in keep[1:]), "notice": NOTICE, "source_sha256": SOURCE_SHA256})
    onnx.checker.check_model(model)
    return model


def _keep_columns(graph: onnx.GraphProto, keep: list[int]) -> None:
    for tensor in graph.initializer:
        if tensor.name in (WEIGHT, BIAS):
            tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor)[..., keep].copy(), tensor.name))


def _log_softmax(graph: onnx.GraphProto) -> None:
    last = next(node for node in graph.node if OUTPUT in node.output)
    last.op_type = "LogSoftmax"


def store_in_half(graph: onnx.GraphProto) -> None:
    """Store the large tensors of a graph in half precision; a cast widens each when the graph is loaded."""
    casts = []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype == np.float32 and values.size >= HALF_FROM:
            half = f"{tensor.name}.half"
            casts.append(helper.make_node("Cast", [half], [tensor.name], to=TensorProto.FLOAT))
            tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), half))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def pruned_wheel() -> onnx.ModelProto:
    """The recogniser of the installed rapidocr wheel, cut to Latin. ``ClickException`` where it is another file."""
    source = Path(str(metadata.distribution("rapidocr").locate_file(SOURCE)))
    data = source.read_bytes()
    if hashlib.sha256(data).hexdigest() != SOURCE_SHA256:
        raise click.ClickException(f"{source} is not the file whose licence and alphabet were looked at. Install rapidocr 3.10.0.")
    return prune(onnx.load_from_string(data))


@click.command()
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
def main(target: Path) -> None:
    """Cut the recogniser of the installed rapidocr wheel to Latin, and keep it as TARGET."""
    onnx.save(pruned_wheel(), str(target))
    click.echo(f"{target}: {target.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
