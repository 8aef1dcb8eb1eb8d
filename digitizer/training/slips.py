"""Learn how the recogniser slips: which letters it swallows, adds or takes for others, and how often. Writes models/slips.json.

    python -m digitizer.training.slips FONTS [--lines 12000] [--seed 991]

Lines are drawn as for training, in the faces that training drew, and decoded; reading and truth are aligned (Levenshtein 1966), and what
differs side by side is one slip: ``rri`` read as ``m``. A noisy channel (Kernighan, Church and Gale 1990) between what was written and what
is read, with the recogniser's own confidence left out: where it slips, it is as sure as elsewhere. What the lexicon mends is no slip.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import click

from digitizer.decoder import decode_greedy, decode_titles
from digitizer.decoder.slips import MODEL
from digitizer.edits import edit_costs
from digitizer.lexicon import Lexicon
from digitizer.readers.base import Lattice
from digitizer.readers.onnx_recogniser import OnnxRecogniser
from digitizer.settings import DecoderSettings
from digitizer.training.handwriting import split_fonts
from digitizer.training.lines import Lines

MOST_TRUE, MOST_READ = 3, 2
"""Letters of a slip: what was written, and what was read for it."""

LEAST_SEEN = 4
"""A slip that was seen fewer times may be a line that nobody could read."""

MOST_WRONG = 0.34
"""Share of a line's letters: beyond it the alignment is guesswork."""

AT_ONCE = 64

Pair = tuple[str, str]
"""What a line says, and what was read."""


def aligned(true: str, read: str) -> Iterator[Pair]:
    """The slips between two texts, each what was written and what was read for it; either may be empty."""
    costs = edit_costs(true, read)
    i, j, slip = len(true), len(read), ("", "")
    while i or j:
        if i and j and true[i - 1] == read[j - 1] and costs[i][j] == costs[i - 1][j - 1]:
            if any(slip):
                yield slip
            i, j, slip = i - 1, j - 1, ("", "")
        elif i and j and costs[i][j] == costs[i - 1][j - 1] + 1:
            i, j, slip = i - 1, j - 1, (true[i - 1] + slip[0], read[j - 1] + slip[1])
        elif i and costs[i][j] == costs[i - 1][j] + 1:
            i, slip = i - 1, (true[i - 1] + slip[0], slip[1])
        else:
            j, slip = j - 1, (slip[0], read[j - 1] + slip[1])
    if any(slip):
        yield slip


def rates(pairs: Iterable[Pair]) -> dict[str, float]:
    """Natural logs of how often what was written is read otherwise, by ``written>read``; case is not told apart."""
    slips: Counter[Pair] = Counter()
    written: Counter[str] = Counter()
    for true, read in ((true.lower(), read.lower()) for true, read in pairs):
        found = list(aligned(true, read))
        if sum(max(map(len, slip)) for slip in found) > MOST_WRONG * len(true):
            continue
        slips.update(found)
        written.update(true[i : i + n] for n in range(MOST_TRUE + 1) for i in range(len(true) - n + 1))
    kept = {pair: n for pair, n in slips.items() if n >= LEAST_SEEN and len(pair[0]) <= MOST_TRUE and len(pair[1]) <= MOST_READ}
    return {f"{true}>{read}": round(math.log(n / written[true]), 2) for (true, read), n in sorted(kept.items())}


@dataclass(frozen=True)
class ReadLine:
    """What a line says, and what was read without a lexicon and with it, no slip mended."""

    true: str
    plain: str
    title: str


def read_lines(fonts: Path, count: int, seed: int) -> Iterator[ReadLine]:
    """Draw lines and read them."""
    reader, lines = OnnxRecogniser(), islice(Lines(split_fonts(fonts)[0], seed), count)
    lexicon, settings = Lexicon.for_event(None), replace(DecoderSettings(), slipped=0)
    while batch := list(islice(lines, AT_ONCE)):
        found = reader.recognise_lines([line.image for line in batch])
        lattices = [Lattice(log_probs, reader.alphabet) for log_probs in found]
        for line, lattice, titles in zip(batch, lattices, decode_titles(lattices, lexicon, settings), strict=True):
            yield ReadLine(line.text, decode_greedy(lattice).text, titles[0].text if titles else "")


def tables(lines: Iterable[ReadLine]) -> dict[str, dict[str, float]]:
    """Rates in titles, and in handles: there no lexicon mends anything, so that what any line loses without one tells."""
    lines = list(lines)
    titles = [(line.true, line.title) for line in lines if not line.true.startswith("@")]
    return {"titles": rates(titles), "handles": rates((line.true, line.plain) for line in lines)}


@click.command(help=__doc__.splitlines()[0] if __doc__ else None)
@click.argument("fonts", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--lines", "count", default=12000, show_default=True)
@click.option("--seed", default=991, show_default=True)
def main(fonts: Path, count: int, seed: int) -> None:
    """Draw, read, count, write."""
    found = tables(read_lines(fonts, count, seed))
    MODEL.write_text(json.dumps({"lines": count, "seed": seed, **found}, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
    click.echo(f"{len(found['titles'])} slips in titles, {len(found['handles'])} in handles, in {MODEL}.")


if __name__ == "__main__":
    main()
