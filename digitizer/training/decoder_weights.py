"""What priors should weigh against the picture: draw lines, read them once, decode them under many weights, print a table.

Run ``python -m digitizer.training.decoder_weights FOLDER_OF_TTF_FONTS``. Drawn lines are clearer than photographed ones and made of odder
words, so the weights in the settings stand between what is best here and what was best on photos that are not reported on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path

import click
import numpy as np

from digitizer.decoder import Hypothesis, decode_greedy, decode_handle, decode_title
from digitizer.edits import edits
from digitizer.lexicon import Lexicon
from digitizer.readers.base import Lattice
from digitizer.readers.onnx_recogniser import OnnxRecogniser
from digitizer.settings import DecoderSettings, HandleSettings
from digitizer.training.handwriting import Wildness, draw_line, load_fonts, photograph
from digitizer.training.texts import Texts

HEIGHTS_PX = (16, 20, 26, 34, 48)
WEIGHTS = (0.3, 0.45, 0.6, 0.75, 0.9)
BONUSES = (0.8, 1.4, 2.0)
HANDLE_WEIGHTS = (0.0, 0.1, 0.2, 0.3, 0.5)


@dataclass(frozen=True, eq=False)
class Read:
    """A drawn line: what it says, and what the recogniser saw."""

    text: str
    lattice: Lattice


def collect(fonts: Path, count: int, seed: int) -> list[Read]:
    """Draw ``count`` lines and put them through the recogniser."""
    rng = np.random.default_rng(seed)
    texts, faces = Texts(rng), load_fonts(fonts)
    lines = [texts.line() for _ in range(count)]
    inks = [draw_line(line, faces[int(rng.integers(len(faces)))], rng, Wildness()) for line in lines]
    crops = [photograph(ink, rng, int(rng.choice(HEIGHTS_PX))) for ink in inks]
    return [Read(line, lattice) for line, lattice in zip(lines, OnnxRecogniser().recognise(crops), strict=True)]


def judge(reads: Sequence[Read], decode: Callable[[Lattice], Sequence[Hypothesis]]) -> tuple[float, float]:
    """Character error rate and share of lines exact, both without regard to case."""
    wrong = exact = 0
    for read in reads:
        found = decode(read.lattice)
        errors = edits(read.text.casefold(), found[0].text.casefold() if found else "")
        wrong, exact = wrong + errors, exact + (errors == 0)
    return wrong / max(1, sum(len(read.text) for read in reads)), exact / max(1, len(reads))


def report(name: str, figures: tuple[float, float]) -> None:
    """One row of the table."""
    click.echo(f"{name:<40} CER {figures[0]:.4f}  exact {figures[1]:.3f}")


@click.command()
@click.argument("fonts", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--lines", "count", default=600, show_default=True)
@click.option("--seed", default=11, show_default=True)
def main(fonts: Path, count: int, seed: int) -> None:
    """Print how titles and handles are read under a grid of weights."""
    reads = collect(fonts, count, seed)
    handles = [read for read in reads if read.text.startswith("@")]
    titles = [read for read in reads if not read.text.startswith("@")]
    lexicon = Lexicon.for_event(None)
    report(f"{len(titles)} titles, greedy", judge(titles, lambda x: [decode_greedy(x)]))
    for weight, bonus in product(WEIGHTS, BONUSES):
        settings = replace(DecoderSettings(), lexicon_weight=weight, character_bonus=bonus)
        report(f"titles, weight {weight}, bonus {bonus}", judge(titles, partial(decode_title, lexicon=lexicon, settings=settings)))
    report(f"{len(handles)} handles, greedy", judge(handles, lambda x: [decode_greedy(x)]))
    for weight in HANDLE_WEIGHTS:
        report(f"handles, weight {weight}", judge(handles, partial(decode_handle, settings=replace(HandleSettings(), words_weight=weight))))


if __name__ == "__main__":
    main()
