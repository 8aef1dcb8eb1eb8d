"""Train a recogniser of single signs on drawn boxes or drawn lines -> signs.onnx or letters.onnx.

Run ``python -m digitizer.training.signs boxes FONTS``, or with ``letters``; needs ``torch``, which Boardcast does not. A small
convolutional network in pairs of 3x3 layers (Simonyan and Zisserman 2015), with more channels wherever the picture is halved; what it says
of faces that it never saw is printed after each round. The same fonts and the same torch give a like network, not the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice, pairwise
from multiprocessing import get_context
from pathlib import Path

import click
import numpy as np
import onnx
import torch
import torch.nn.functional as nnf
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from PIL import ImageFont
from torch import Tensor, nn

from calibration import topic_card
from digitizer.decoder.comb import BOX_SIGNS
from digitizer.glyphs.windows import WINDOW_PX
from digitizer.lines.comb import BOX_PX
from digitizer.readers.signs import LETTERS, MODEL
from digitizer.training.boxes import DrawnBoxes
from digitizer.training.handwriting import FITTED, HELD_OUT, Signs, split_fonts
from digitizer.training.letters import DrawnLetters
from digitizer.training.prune import store_in_half

HIDDEN = 128
BATCH, PEAK, DECAY = 128, 3e-3, 1e-2
"""Signs a step, the highest rate of AdamW, and its weight decay."""

SMOOTHED = 0.02
"""Share of the goal that all signs have alike: some nobody can read."""

SHIFT_PX, GAIN = (1, 2), 0.15
"""How far pictures are moved across and down, and how much lighter or darker their ink is made, each time anew."""

SEED = 20241129
NOTICE = "Trained by the Boardcast authors on signs drawn in faces under the SIL Open Font License 1.1 or Apache-2.0. MIT."


@dataclass(frozen=True)
class Kind:
    """What is learned: ``source`` draws signs in the hands of fonts, with a seed; ``size_px`` width and height of their pictures.

    ``channels`` of the picture, and after each halving; ``unseen`` families that are not learned from; ``checked`` combs or lines of the
    figures; ``model`` is written.
    """

    source: Callable[[Sequence[ImageFont.FreeTypeFont], int], Iterable[Signs]]
    size_px: tuple[int, int]
    channels: tuple[int, ...]
    unseen: tuple[str, ...]
    checked: int
    model: Path

    @property
    def halved_px(self) -> list[int]:
        """Width and height after all halvings."""
        return [side >> (len(self.channels) - 1) for side in self.size_px]


KINDS = {
    "boxes": Kind(DrawnBoxes, BOX_PX, (1, 16, 32, 64), HELD_OUT, 400, MODEL),
    "letters": Kind(DrawnLetters, WINDOW_PX, (1, 16, 32, 64, 96), (*HELD_OUT, *FITTED), 600, LETTERS),
}


def make_network(kind: Kind) -> nn.Sequential:
    """Pairs of convolutions between halvings, then two dense layers; dropout where it has most weights."""
    layers: list[nn.Module] = []
    for wide, wider in pairwise(kind.channels):
        for inputs in (wide, wider):
            layers += [nn.Conv2d(inputs, wider, 3, padding=1, bias=False), nn.BatchNorm2d(wider), nn.ReLU(inplace=True)]
        layers.append(nn.MaxPool2d(2))
    flat = kind.channels[-1] * math.prod(kind.halved_px)
    dense = [nn.Flatten(), nn.Dropout(0.2), nn.Linear(flat, HIDDEN), nn.ReLU(), nn.Dropout(0.3)]
    return nn.Sequential(*layers, *dense, nn.Linear(HIDDEN, len(BOX_SIGNS)))


def draw(name: str, fonts: Path, unseen: bool, seed: int, count: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """``count`` combs or lines in a folder's faces to learn, or in those of no recogniser: pictures NxHxW, and indices of their signs."""
    kind = KINDS[name]
    faces = split_fonts(fonts)[1] if unseen else split_fonts(fonts, kind.unseen)[0]
    drawn = list(islice(kind.source(faces, seed), count))
    signs = [BOX_SIGNS.index(sign) for part in drawn for sign in part.text]
    return np.concatenate([part.pictures for part in drawn]), np.array(signs)


def train(network: nn.Sequential, pictures: Tensor, signs: Tensor, rounds: int) -> Iterator[float]:
    """Go over all signs ``rounds`` times, the rate rising and falling once. Gives the mean loss of each round."""
    steps = len(pictures) // BATCH
    adam = torch.optim.AdamW(network.parameters(), weight_decay=DECAY)
    pace = torch.optim.lr_scheduler.OneCycleLR(adam, PEAK, total_steps=rounds * steps, pct_start=0.15)
    for _ in range(rounds):
        network.train()
        losses = []
        for batch in torch.randperm(len(pictures))[: steps * BATCH].split(BATCH):
            with torch.autocast("cpu", torch.bfloat16):
                said = network(_strayed(_input(pictures[batch])))
            loss = nnf.cross_entropy(said.float(), signs[batch], label_smoothing=SMOOTHED)
            adam.zero_grad()
            loss.backward()
            adam.step()
            pace.step()
            losses.append(loss.item())
        yield float(np.mean(losses))


def _input(pictures: Tensor) -> Tensor:
    return (pictures.float() / 255)[:, None].to(memory_format=torch.channels_last)


def _strayed(ink: Tensor) -> Tensor:
    """A batch moved by a pixel or two, each picture darker or lighter."""
    x, y = (int(torch.randint(-most, most + 1, ())) for most in SHIFT_PX)
    gain = torch.exp(GAIN * torch.randn(len(ink), 1, 1, 1))
    return (torch.roll(ink, (y, x), (2, 3)) * gain).clamp(0, 1)


def right(network: nn.Sequential, pictures: Tensor, signs: Tensor) -> float:
    """Share of signs that are named, but for case."""
    network.eval()
    with torch.no_grad():
        said = torch.cat([network(_input(part)).argmax(1) for part in pictures.split(500)])
    folded = torch.tensor([BOX_SIGNS.index(sign.lower()) for sign in BOX_SIGNS])
    return float((folded[said] == folded[signs]).float().mean())


def to_graph(network: nn.Sequential, kind: Kind) -> onnx.ModelProto:
    """The network as it runs: batch norms folded into the convolutions before them, log-probabilities at its end."""
    graph = _Graph()
    layers = list(network)
    for layer, following in zip(layers, [*layers[1:], None], strict=True):
        if isinstance(layer, nn.Conv2d) and isinstance(following, nn.BatchNorm2d):
            graph.add("Conv", *_folded(layer, following), pads=[1, 1, 1, 1])
        elif isinstance(layer, nn.Linear):
            graph.add("Gemm", layer.weight, layer.bias, transB=1)
        elif isinstance(layer, nn.ReLU):
            graph.add("Relu")
        elif isinstance(layer, nn.MaxPool2d):
            graph.add("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
        elif isinstance(layer, nn.Flatten):
            graph.add("Flatten")
    graph.add("LogSoftmax", axis=1)
    return graph.model(kind.size_px)


def _folded(convolution: nn.Conv2d, norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """Weights and bias of a convolution that does what both did."""
    mean, variance = (torch.as_tensor(value) for value in (norm.running_mean, norm.running_var))
    scale = norm.weight / torch.sqrt(variance + norm.eps)
    return convolution.weight * scale[:, None, None, None], norm.bias - mean * scale


class _Graph:
    """A chain of nodes, each reading what the one before it wrote."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._weights: list[onnx.TensorProto] = []
        self._last = "x"

    def add(self, kind: str, *weights: Tensor, **attributes: int | list[int]) -> None:
        name = f"{kind.lower()}_{len(self._nodes)}"
        own = [f"{name}.{part}" for part in ("w", "b")[: len(weights)]]
        values = [weight.detach().float().numpy().copy() for weight in weights]
        self._weights += [numpy_helper.from_array(value, at) for value, at in zip(values, own, strict=True)]
        node = helper.make_node(kind, [self._last, *own], [name])
        node.attribute.extend(helper.make_attribute(key, value) for key, value in attributes.items())
        self._nodes.append(node)
        self._last = name

    def model(self, size_px: tuple[int, int]) -> onnx.ModelProto:
        shapes: tuple[list[str | int | None], ...] = (["N", 1, size_px[1], size_px[0]], ["N", len(BOX_SIGNS)])
        (x, y) = (helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in zip(("x", self._last), shapes, strict=True))
        graph = helper.make_graph(self._nodes, "signs", [x], [y], self._weights)
        store_in_half(graph)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        helper.set_model_props(model, {"character": "\n".join(BOX_SIGNS), "notice": NOTICE})
        return model


def _drawn(name: str, fonts: Path, count: int, processes: int) -> tuple[Tensor, Tensor]:
    """Pictures and signs of ``count`` combs or lines in the faces to learn."""
    parts = 4 * processes
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        runs = [pool.submit(draw, name, fonts, False, SEED + k, count // parts) for k in range(parts)]
        drawn = [run.result() for run in runs]
    return torch.tensor(np.concatenate([p for p, _ in drawn])), torch.tensor(np.concatenate([s for _, s in drawn]))


@click.command(help=__doc__.splitlines()[0] if __doc__ else None)
@click.argument("kind", type=click.Choice(sorted(KINDS)))
@click.argument("fonts", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--count", default=16_000, show_default=True, help=f"Combs of {topic_card.BOXES} boxes, or lines.")
@click.option("--rounds", default=12, show_default=True, help="Times that all are gone over.")
@click.option("--processes", default=2, show_default=True, help="That draw, and threads of the arithmetic.")
@click.option("--target", type=click.Path(path_type=Path, dir_okay=False), help="To write elsewhere than where Boardcast looks for it.")
def main(kind: str, fonts: Path, count: int, rounds: int, processes: int, target: Path | None) -> None:
    """Draw, train, write."""
    torch.manual_seed(SEED)
    torch.set_num_threads(processes)
    own, target = KINDS[kind], target or KINDS[kind].model
    pictures, signs = _drawn(kind, fonts, count, processes)
    checked = [torch.tensor(part) for part in draw(kind, fonts, True, SEED - 1, own.checked)]
    network = make_network(own).to(memory_format=torch.channels_last)
    for k, loss in enumerate(train(network, pictures, signs, rounds), 1):
        click.echo(f"round {k}: loss {loss:.3f}; faces held out: {right(network, checked[0], checked[1]):.4f} right but for case")
        onnx.save(to_graph(network, own), str(target))
    onnx.checker.check_model(str(target))
    click.echo(f"{target}: {target.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
