"""Trained weights and those of the wheel -> the recogniser in single precision: a share of the one, the rest of the other.

Run ``python -m digitizer.training.blend TRAINED.npz ...``; of several runs the mean is gone to, a model soup (Wortsman et al. 2022, "Model
soups"): it reads hands that no run met better than either. Training on drawn lines moves the recogniser towards fonts; the way
back to where it came from goes through weights that read both better than either end (Wortsman et al. 2022, "Robust fine-tuning of
zero-shot models"). How far to go is decided on real cards, never on drawn ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import click
import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from digitizer.training.prune import pruned_wheel

Weights: TypeAlias = Mapping[str, NDArray[Any]]
"""Arrays by the names they have in the graph."""

SINGLE = Path(__file__).parent / "latin_small_single.onnx"
"""The recogniser in single precision; what ships is made from it by :mod:`digitizer.training.quantise`."""

SHARE = 0.8
"""Of the trained weights: as far as real cards are read as well, but for chance, with the untrained ones beside (docs/decisions/0062)."""

NOTICE = " Then {share:.2f} of the way to weights trained by the Boardcast authors on drawn lines."

HALF = ".half"
"""Suffix of tensors stored in half precision (see ``prune``), widened by a cast to the name without it."""


def copied(model: onnx.ModelProto) -> onnx.ModelProto:
    """A model that may be changed while ``model`` stays."""
    out = onnx.ModelProto()
    out.CopyFrom(model)
    return out


def add_notice(model: onnx.ModelProto, more: str) -> None:
    """Tell in a model's metadata what else was changed in it: Apache-2.0 asks for it."""
    (notice,) = (prop for prop in model.metadata_props if prop.key == "notice")
    notice.value += more


def blend(model: onnx.ModelProto, trained: Weights, share: float) -> onnx.ModelProto:
    """A copy of ``model`` with ``share`` of the way gone to ``trained``; what was not trained stays, each in the precision it had."""
    out = copied(model)
    for tensor in out.graph.initializer:
        goal = trained.get(tensor.name.removesuffix(HALF))
        if goal is not None:
            here = numpy_helper.to_array(tensor).astype(np.float32)
            values = here + share * (goal.reshape(here.shape) - here)
            tensor.CopyFrom(numpy_helper.from_array(values.astype(helper.tensor_dtype_to_np_dtype(tensor.data_type)), tensor.name))
    return out


def floats(model: onnx.ModelProto) -> dict[str, NDArray[np.float32]]:
    """The floating weights of a model in single precision, by the names that the graph's operators use."""
    arrays = ((tensor.name.removesuffix(HALF), numpy_helper.to_array(tensor)) for tensor in model.graph.initializer)
    return {name: array.astype(np.float32) for name, array in arrays if array.dtype.kind == "f"}


def trained_end(blended: onnx.ModelProto, share: float = SHARE) -> dict[str, NDArray[np.float32]]:
    """The trained weights to which a recogniser went a share of the way: on the line through the wheel's and its own."""
    wheel, here = floats(pruned_wheel()), floats(blended)
    return {name: wheel[name] + (here[name] - wheel[name]) / share for name in wheel}


def soup(runs: Sequence[Weights]) -> dict[str, NDArray[Any]]:
    """The mean of the weights of several runs."""
    return {name: np.asarray(np.mean([run[name] for run in runs], axis=0)) for name in runs[0]}


@click.command()
@click.argument("trained", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--share", type=click.FloatRange(0, 1), default=SHARE, show_default=True, help="0: the wheel's weights, 1: the trained ones.")
@click.option("--target", type=click.Path(path_type=Path, dir_okay=False), default=SINGLE, show_default=True)
def main(trained: tuple[Path, ...], share: float, target: Path) -> None:
    """Blend the weights of TRAINED, of several their mean, into the recogniser of the rapidocr wheel."""
    runs = [dict(np.load(path)) for path in trained]
    model = blend(pruned_wheel(), soup(runs), share)
    add_notice(model, NOTICE.format(share=share))
    onnx.checker.check_model(model)
    onnx.save(model, str(target))
    click.echo(f"{target}: {share:.2f} of {', '.join(str(path) for path in trained)}")


if __name__ == "__main__":
    main()
