"""Words that stand beside each other in open texts -> ``digitizer/models/pairs.npz``. No title of any board goes in.

    python -m digitizer.training.pairs Translation-en.xz frequency_bigramdictionary_en_243_342.txt

The first is a Debian release's descriptions of its packages, prose about everything that is done with computers; the second, from the
package symspellpy, pairs of Google's books: what is said elsewhere. A pair has the greater of both informations.
"""

from __future__ import annotations

import lzma
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

import click
import numpy as np

from digitizer.characters import STEPS_A_NAT
from digitizer.lexicon import load_words
from digitizer.pairs import PATH, key, word_runs

LEAST_SEEN = 3
"""Places where a pair stands: what stands in one text, and in a copy of it, is chance."""

LEAST_NATS = 0.5
"""Of what a pair lends less, nothing is lost."""

SUBJECT = "Description-en: "
ASIDE = re.compile(r"\s*\([^)]*\)\s*$")
"""``(development files)`` at the end of a subject: an ending of Debian's, on thousands of packages."""

Pair: TypeAlias = tuple[str, str]


def paragraphs(lines: Iterable[str]) -> Iterator[str]:
    """Subjects, paragraphs and items of lists of descriptions in the form of Debian's ``Translation-en``."""
    kept: list[str] = []
    for line in lines:
        continues = line.startswith(" ") and not line.startswith(("  ", " ."))
        if not continues and kept:
            yield " ".join(kept)
            kept = []
        if line.startswith(SUBJECT):
            yield ASIDE.sub("", line.removeprefix(SUBJECT).rstrip("\n"))
        elif line.startswith(" ") and line.strip() != ".":
            kept.append(line.strip())
    if kept:
        yield " ".join(kept)


def counted(texts: Iterable[str]) -> Counter[Pair]:
    """How often words stand side by side, a text that comes again not counted again."""
    return Counter(pair for text in dict.fromkeys(texts) for run in word_runs(text) for pair in pairwise(run))


def informations(counts: Mapping[Pair, int], least: int) -> dict[Pair, float]:
    """Pointwise mutual information, nats, of pairs seen ``least`` times and more."""
    firsts, seconds, total = Counter[str](), Counter[str](), sum(counts.values())
    for (first, second), count in counts.items():
        firsts[first] += count
        seconds[second] += count
    return {pair: math.log(count * total / (firsts[pair[0]] * seconds[pair[1]])) for pair, count in counts.items() if count >= least}


def listed_pairs(path: Path) -> dict[Pair, int]:
    """Pairs with their counts, three columns a line."""
    rows = (line.split() for line in path.read_text(encoding="utf-8-sig").splitlines())
    return {(first, second): int(count) for first, second, count in rows}


def write(nats: Mapping[Pair, float], path: Path) -> int:
    """Write pairs, of two that share a number the greater -> how many. Numbers are stored as gaps, which pack better."""
    steps: dict[int, int] = {}
    for pair, value in nats.items():
        if value >= LEAST_NATS:
            steps[key(*pair)] = max(steps.get(key(*pair), 0), min(255, round(value * STEPS_A_NAT)))
    keys = np.array(sorted(steps), np.uint32)
    gaps = np.diff(keys, prepend=np.uint32(0)).astype(np.uint32)
    np.savez_compressed(path, gaps=gaps, steps=np.array([steps[k] for k in keys.tolist()], np.uint8))
    return len(keys)


@click.command(help=__doc__.splitlines()[0] if __doc__ else None)
@click.argument("descriptions", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("books", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def main(descriptions: Path, books: Path) -> None:
    """Count and write."""
    with lzma.open(descriptions, "rt", encoding="utf-8") as lines:
        nats = informations(counted(paragraphs(lines)), LEAST_SEEN)
    for pair, value in informations(listed_pairs(books), 1).items():
        nats[pair] = max(value, nats.get(pair, 0.0))
    known = load_words()
    kept = {pair: value for pair, value in nats.items() if all(word in known or word.isdigit() for word in pair)}
    click.echo(f"{write(kept, PATH)} pairs in {PATH}, {PATH.stat().st_size / 1e6:.2f} MB.")


if __name__ == "__main__":
    main()
