"""Train the recogniser on drawn lines -> a file of weights, to be blended into the wheel's by ``digitizer.training.blend``.

Run ``python -m digitizer.training.finetune FONTS WEIGHTS``, then once more into another file with ``--onward``: a second run of other
lines that sets out where the recogniser in :data:`~digitizer.training.blend.SINGLE` was on its way to; what ships is the mean of both.
Needs ``torch``, which Boardcast does not. Adam over CTC, the pace rising and falling once, and the answer is a running mean of the weights
(Polyak averaging): it is steadier than any single step. Interrupted, it goes on where WEIGHTS ended. Faces named by ``--without`` are never
drawn, but for the figures that are printed as it goes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from multiprocessing.queues import Queue
from pathlib import Path

import click
import numpy as np
import onnx
import onnxruntime
import torch
import torch.nn.functional as nnf
from numpy.typing import NDArray
from torch import Tensor

from digitizer.decoder import decode_greedy
from digitizer.readers.base import Lattice
from digitizer.readers.onnx_recogniser import STEP_PX, stack
from digitizer.training.blend import SINGLE, trained_end
from digitizer.training.decoder_weights import Read, judge
from digitizer.training.handwriting import HELD_OUT, load_fonts, split_fonts
from digitizer.training.lines import Line, Lines
from digitizer.training.network import Network
from digitizer.training.prune import pruned_wheel
from digitizer.training.writers import WritersLines

CHECKED, CHECK_EVERY = 240, 250
"""Lines of the figures, and steps between two looks at them."""

QUEUED = 48
"""Batches drawn ahead."""

STEM = 5
"""Convolutions that stay as they are: strokes and edges, at the finest resolution."""

LEAST_WIDTH_PX = 96
SEED = 20241124


@dataclass(frozen=True)
class Pace:
    """How training goes: ``steps`` of ``batch`` lines, the rate rising over ``rise`` steps to ``peak``, then falling to nothing.

    ``mean_over`` steps make the mean; ``home`` is the share of the way back that each step takes (Xuhong et al. 2018, L2-SP).
    """

    steps: int = 4250
    batch: int = 16
    peak: float = 3e-4
    rise: int = 100
    mean_over: int = 200
    home: float = 1e-4

    def rate(self, step: int) -> float:
        """Of one step: a line up, half a cosine down."""
        if step < self.rise:
            return self.peak * (step + 1) / self.rise
        return self.peak * 0.5 * (1 + math.cos(math.pi * (step - self.rise) / max(1, self.steps - self.rise)))


class Trainer:
    """A network on its way: its weights, their running mean, and Adam's moments."""

    def __init__(self, model: onnx.ModelProto, pace: Pace) -> None:
        self.network, self.pace, self.step = Network(model), pace, 0
        self.network.freeze(STEM)
        self.characters = {character: i + 1 for i, character in enumerate(alphabet(model))}
        learning = [weight for weight in self.network.weights.values() if weight.requires_grad]
        self.adam = torch.optim.AdamW(learning, lr=pace.peak, weight_decay=0.0)
        self.start, self.mean = (_copied(self.network.weights) for _ in range(2))

    def set_out(self, weights: Mapping[str, NDArray[np.float32]]) -> None:
        """Begin at these weights instead of the model's own."""
        self._set({name: torch.tensor(weights[name]).reshape(weight.shape) for name, weight in self.network.weights.items()})
        self.start, self.mean = (_copied(self.network.weights) for _ in range(2))

    def learn(self, lines: Sequence[Line]) -> float:
        """One step. Gives the loss, in nats a line."""
        for group in self.adam.param_groups:
            group["lr"] = self.pace.rate(self.step)
        loss = self._loss(lines)
        self.adam.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.weights.values(), 5.0)
        self.adam.step()
        self.step += 1
        self._settle()
        return float(loss.detach())

    def _settle(self) -> None:
        """A little towards the weights it began with, not towards zero: nothing known is lost for want of use. Then the mean follows."""
        follow = max(1 / self.pace.mean_over, 10 / (self.step + 10))
        with torch.no_grad():
            for name, weight in self.network.weights.items():
                weight.lerp_(self.start[name], self.pace.home)
                self.mean[name].lerp_(weight, follow)

    def _loss(self, lines: Sequence[Line]) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            log_probs = self.network(_tensor(lines))
        targets = [[self.characters[character] for character in line.text] for line in lines]
        lengths = torch.tensor([len(target) for target in targets])
        steps = torch.tensor([min(log_probs.shape[1], math.ceil(line.image.shape[1] / STEP_PX) + 1) for line in lines])
        flat = torch.tensor([character for target in targets for character in target])
        loss: Tensor = nnf.ctc_loss(log_probs.float().transpose(0, 1), flat, steps, lengths, reduction="sum", zero_infinity=True)
        return loss / len(lines)

    def save(self, target: Path) -> None:
        """The mean as blending takes it, and beside it what going on needs."""
        np.savez(target, **{name: mean.numpy() for name, mean in self.mean.items()})
        state = {"weights": self.network.weights, "mean": self.mean, "adam": self.adam.state_dict(), "step": self.step}
        torch.save(state, _state(target))

    def resume(self, target: Path) -> None:
        """Go on where ``save`` stopped."""
        state = torch.load(_state(target))
        self._set(state["weights"])
        self.mean, self.step = state["mean"], state["step"]
        self.adam.load_state_dict(state["adam"])

    def check(self, lines: Sequence[Line]) -> tuple[float, float]:
        """Character error rate and share of lines exact, but for case, of the running mean's greedy readings."""
        kept = _copied(self.network.weights)
        self._set(self.mean)
        with torch.no_grad():
            reads = [Read(line.text, Lattice(self.network(_tensor([line]))[0].numpy(), ("", *self.characters))) for line in lines]
        self._set(kept)
        return judge(reads, lambda lattice: [decode_greedy(lattice)])

    def _set(self, weights: Mapping[str, Tensor]) -> None:
        with torch.no_grad():
            for name, weight in self.network.weights.items():
                weight.copy_(weights[name])


def _copied(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: weight.detach().clone() for name, weight in weights.items()}


def _state(target: Path) -> Path:
    return target.with_suffix(".state")


def _tensor(lines: Sequence[Line]) -> Tensor:
    return torch.tensor(stack([line.image for line in lines], LEAST_WIDTH_PX)).to(memory_format=torch.channels_last)


def batches(lines: Iterator[Line], size: int, rng: np.random.Generator) -> Iterator[list[Line]]:
    """Batches of like width, in random order: little is padded, as when reading."""
    while True:
        pool = sorted(islice(lines, size * 16), key=lambda line: line.image.shape[1])
        cut = [pool[i : i + size] for i in range(0, len(pool), size)]
        for i in rng.permutation(len(cut)):
            yield cut[int(i)]


def alphabet(model: onnx.ModelProto) -> list[str]:
    """The characters of a recogniser, by class; the blank stands before them."""
    known: str = next(p.value for p in model.metadata_props if p.key == "character")
    return known.split("\n")


def drawn(lines: Lines, known: Iterable[str]) -> Iterator[Line]:
    """Lines of nothing but characters that the recogniser has."""
    allowed = set(known)
    return (line for line in lines if set(line.text) <= allowed)


def _draw(queue: Queue[list[Line]], source: type[Lines], fonts: Path, without: Sequence[str], known: Sequence[str], seed: int) -> None:
    """A process that draws batches for ever; its end is its parent's."""
    lines = drawn(source(load_fonts(fonts, without), seed), known)
    for batch in batches(lines, Pace.batch, np.random.default_rng(seed)):
        queue.put(batch)


def runs_alike(model: onnx.ModelProto, network: Network, lines: Sequence[Line]) -> bool:
    """Whether the graph gives here what onnxruntime gives: what is trained must be what runs."""
    batch = stack([line.image for line in lines], LEAST_WIDTH_PX)
    shipped = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, {"x": batch})[0]
    with torch.no_grad():
        here = network(torch.tensor(batch)).numpy()
    return bool(np.abs(here - shipped).max() < 0.01)


@click.command()
@click.argument("fonts", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("weights", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--steps", default=Pace.steps, show_default=True)
@click.option("--threads", default=2, show_default=True, help="Of the arithmetic; one more process draws.")
@click.option("--onward", is_flag=True, help="Go on from the weights trained before, on lines of more writers than faces.")
@click.option("--without", multiple=True, default=HELD_OUT, show_default=True, help="A face that is not trained on.")
def main(fonts: Path, weights: Path, steps: int, threads: int, onward: bool, without: tuple[str, ...]) -> None:
    """Train the recogniser of the rapidocr wheel on lines drawn in the faces of FONTS and keep the mean of its WEIGHTS (.npz)."""
    torch.set_num_threads(threads)
    model = pruned_wheel()
    trainer = Trainer(model, Pace(steps))
    checked = list(islice(drawn(Lines(split_fonts(fonts, without)[1], SEED), trainer.characters), CHECKED))
    if not runs_alike(model, trainer.network, checked[:4]):
        raise click.ClickException("The graph computes something else here than under onnxruntime. Do not train on this torch.")
    if onward:
        trainer.set_out(trained_end(onnx.load(str(SINGLE))))
    if _state(weights).exists():
        trainer.resume(weights)
    context = get_context("spawn")
    queue: Queue[list[Line]] = context.Queue(QUEUED)
    seed = SEED + 1 + trainer.step
    source = WritersLines if onward else Lines
    context.Process(target=_draw, args=(queue, source, fonts, without, list(trainer.characters), seed), daemon=True).start()
    while trainer.step < steps:
        loss = np.mean([trainer.learn(queue.get()) for _ in range(min(CHECK_EVERY, steps - trainer.step))])
        trainer.save(weights)
        error, exact = trainer.check(checked)
        click.echo(f"step {trainer.step}: loss {loss:.2f}; faces held out: CER {error:.4f}, exact {exact:.3f}")


if __name__ == "__main__":
    main()
