"""A recogniser -> one that answers alike for two thirds of the time: the file that Boardcast ships.

Run ``python -m digitizer.training.distil FONTS WHOLE.onnx``; needs ``torch``, which Boardcast does not. Channels that say least are taken
out (``slim``), then the slimmer network learns to give the whole one's probabilities, step for step, on lines drawn for it (Hinton et al.
2015). It is shown no text: what the whole one knows of real hands, which no drawn line teaches, is to stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import click
import onnx
import torch
from torch import Tensor

from digitizer.readers.onnx_recogniser import MODEL
from digitizer.training.blend import blend
from digitizer.training.finetune import Pace, Trainer, steps_of, train
from digitizer.training.lines import Line
from digitizer.training.network import Network
from digitizer.training.slim import slim
from digitizer.training.supply import SEED, Supply, alphabet, as_input

SHARE = 0.6
"""Of the hidden channels, that stay (docs/decisions/0034)."""

NOTICE = " Then {share:.2f} of the hidden channels kept, and taught by the whole network."

SHOWN = 400
"""Lines whose activations tell which channels say least."""

OTHER_LINES = 2 * 10**6
"""Sets the seeds apart from those of training."""


class Pupil(Trainer):
    """A slim network that learns what a whole one answers."""

    def __init__(self, model: onnx.ModelProto, whole: onnx.ModelProto, pace: Pace) -> None:
        super().__init__(model, pace)
        self.whole = Network(whole)

    def loss(self, lines: Sequence[Line]) -> Tensor:
        """Kullback-Leibler divergence of its probabilities from the whole network's, in nats a line."""
        batch = as_input(lines)
        with torch.autocast("cpu", torch.bfloat16):
            with torch.no_grad():
                wanted = self.whole(batch).float()
            given = self.network(batch).float()
        apart = (wanted.exp() * (wanted - given)).sum(dim=2)
        told = torch.arange(apart.shape[1])[None] < torch.tensor(steps_of(lines, apart.shape[1]))[:, None]
        return (apart * told).sum() / len(lines)


def slimmed(whole: onnx.ModelProto, supply: Supply, share: float) -> onnx.ModelProto:
    """The whole network with fewer channels, before it is taught."""
    lines = sorted(islice(supply.lines(SEED + OTHER_LINES - 1), SHOWN), key=lambda line: line.image.shape[1])
    return slim(whole, (as_input(lines[i : i + 8]) for i in range(0, len(lines), 8)), share)


@click.command()
@click.argument("fonts", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("whole", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--share", type=click.FloatRange(0.05, 1), default=SHARE, show_default=True, help="Of the hidden channels, that stay.")
@click.option("--steps", default=1500, show_default=True)
@click.option("--weights", type=click.Path(path_type=Path, dir_okay=False), default="distilled.npz", help="Kept as it goes, to go on from.")
@click.option("--target", type=click.Path(path_type=Path, dir_okay=False), default=MODEL, show_default=True)
def main(fonts: Path, whole: Path, share: float, steps: int, weights: Path, target: Path) -> None:
    """Make the recogniser WHOLE slimmer, on lines drawn in the faces of FONTS."""
    teacher = onnx.load(str(whole))
    supply = Supply(fonts, tuple(alphabet(teacher)))
    model = slimmed(teacher, supply, share)
    pupil = Pupil(model, teacher, Pace(steps, home=0.0))
    train(pupil, supply, weights, SEED + OTHER_LINES)
    model = blend(model, {name: mean.numpy() for name, mean in pupil.mean.items()}, 1.0)
    told = {prop.key: prop.value for prop in model.metadata_props}
    onnx.helper.set_model_props(model, told | {"notice": told["notice"] + NOTICE.format(share=share)})
    onnx.checker.check_model(model)
    onnx.save(model, str(target))
    click.echo(f"{target}: {target.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
