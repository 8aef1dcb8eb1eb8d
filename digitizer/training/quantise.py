"""Networks in single precision -> those that ship: their pairs of 1x1 convolutions computed in whole numbers, in half the time.

Run ``python -m digitizer.training.quantise FONTS`` after ``digitizer.training.blend``. What the pairs read is looked at on lines drawn in
the faces of training; no card is. The same fonts give the same file.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import click
import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import helper

from calibration.rig import Image
from digitizer.readers.onnx_recogniser import MODEL, SECOND, batches, stack
from digitizer.settings import RecogniserSettings
from digitizer.shipped import MODELS
from digitizer.training.blend import SINGLE, add_notice, copied
from digitizer.training.handwriting import split_fonts
from digitizer.training.lines import Lines
from digitizer.training.pointwise import Whole, find_pairs, in_whole_numbers, without_identities
from digitizer.training.prune import pruned_wheel
from digitizer.training.rounding import best_scale, round_weights

LINES, SEED = 400, 20241126
PLACES = 12_000
"""Of the places of all pictures, as many are kept for each product."""

NOTICE = " Then its pairs of 1x1 convolutions were put into whole numbers."


def read_by_products(model: onnx.ModelProto, names: Sequence[str], lines: Sequence[Image]) -> dict[str, NDArray[np.float32]]:
    """What stands under ``names`` in the graph when lines 48xW are read: SxN each, N channels at places drawn by chance."""
    looked = copied(model)
    looked.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in names)
    session = onnxruntime.InferenceSession(looked.SerializeToString(), providers=["CPUExecutionProvider"])
    settings, rng = RecogniserSettings(), np.random.default_rng(SEED)
    runs = list(batches([line.shape[1] for line in lines], settings))
    found: dict[str, list[NDArray[np.float32]]] = {name: [] for name in names}
    for run in runs:
        answers = session.run(list(names), {"x": stack([lines[i] for i in run], settings.least_width_px)})
        for name, answer in zip(names, answers, strict=True):
            places = np.moveaxis(np.asarray(answer), 1, 3).reshape(-1, answer.shape[1])
            found[name].append(places[rng.integers(len(places), size=-(-PLACES // len(runs)))])
    return {name: np.concatenate(parts) for name, parts in found.items()}


def quantise(model: onnx.ModelProto, lines: Sequence[Image]) -> onnx.ModelProto:
    """A copy of a model, its pairs of 1x1 convolutions in whole numbers that suit gray lines 48xW; ``model`` stays as it is."""
    plain = without_identities(model)
    products = [product for pair in find_pairs(plain) for product in (pair.first, pair.second)]
    read = read_by_products(plain, [product.reads for product in products], lines)
    wholes = {}
    for product in products:
        inputs = read[product.reads]
        scale = best_scale(inputs)
        wholes[product.reads] = Whole(scale, *round_weights(product.weights, inputs, scale))
    return in_whole_numbers(plain, wholes)


@click.command(help=__doc__.splitlines()[0] if __doc__ else None)
@click.argument("fonts", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--models", type=click.Path(path_type=Path, exists=True, file_okay=False), default=MODELS, show_default=True, help="Written into."
)
@click.option("--lines", "count", default=LINES, show_default=True, help="Drawn, to see what the pairs read.")
def main(fonts: Path, models: Path, count: int) -> None:
    """Draw lines, look at what the pairs read, round, write: the network that was trained, and as it was before."""
    seen, _ = split_fonts(fonts)
    lines = [line.image for line in islice(Lines(seen, SEED), count)]
    for name, model in ((MODEL.name, onnx.load(str(SINGLE))), (SECOND.name, pruned_wheel())):
        out = quantise(model, lines)
        add_notice(out, NOTICE)
        onnx.save(out, str(models / name))
        click.echo(f"{models / name}: {(models / name).stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
