"""Names of users of GitHub -> ``digitizer/models/user_names.npz``: how often which sign follows which, and no name.

Run ``python -m digitizer.training.user_names PACKAGES``, where PACKAGES is ``data/packages.json`` of the npm package all-the-package-repos:
the addresses of the repositories of all packages, and in them the names of some 600,000 users. What is written tells of n-grams that many
names share; longer ones of few names are left out, so that none can be read from it.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from zlib import crc32

import click

from digitizer.characters import save_columns
from digitizer.decoder.user_names import USER_NAMES, folded
from digitizer.training.words import ORDER, Counts, count_into, shortened

OWNER = re.compile(rb"github\.com[/:]([A-Za-z0-9-]{3,15})/", re.I)
"""GitHub has longer names, too; Twitter has none."""

HELD_OUT = 30
"""One name in so many, by its checksum, is kept from the model for the figures."""

LEAST_SHARED = 24
"""A context of three signs and more is kept where it stands in so many names for each of its signs, and a sign after it where a quarter
of them has it there."""

UNSEEN = 1e-6


def owners(packages: Path) -> Iterator[str]:
    """Names of users in the addresses of repositories, again and again."""
    with packages.open("rb") as lines:
        for line in lines:
            yield from (name.decode("ascii") for name in OWNER.findall(line))


def is_held_out(name: str) -> bool:
    """Whether a folded name is kept for the figures."""
    return crc32(name.encode("ascii")) % HELD_OUT == 0


def n_grams(counts: Counts) -> tuple[dict[str, float], dict[str, float]]:
    """Natural logs of n-grams' probabilities (Witten-Bell) and of contexts' back-off weights, of those that enough names share."""
    log_probs: dict[str, float] = {}
    back_offs: dict[str, float] = {}
    full: dict[str, float] = {}
    for context in sorted(counts, key=lambda c: (len(c), c)):
        kept = _shared(context, counts[context])
        if not kept or (len(context) > 1 and context[:-1] not in back_offs):
            continue
        total, kinds = sum(counts[context].values()), len(counts[context])
        shorter = {c: full.get(shortened(context, c, full), UNSEEN) if context else UNSEEN for c in kept}
        for c in kept:
            full[context + c] = (counts[context][c] + kinds * shorter[c]) / (total + kinds)
            log_probs[context + c] = math.log(full[context + c])
        held = 1 - sum(full[context + c] for c in kept)
        lower = 1 - sum(shorter.values()) if context else 1.0
        back_offs[context] = math.log(max(held, 1e-5) / max(lower, 1e-5))
    return log_probs, back_offs


def _shared(context: str, seen: Mapping[str, float]) -> list[str]:
    """The signs after a context that enough names have there."""
    if len(context) < 3:
        return list(seen)
    least = LEAST_SHARED * len(context)
    return [c for c in seen if seen[c] >= least / 4] if sum(seen.values()) >= least else []


@click.command(help=__doc__.splitlines()[0] if __doc__ else None)
@click.argument("packages", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--target", type=click.Path(path_type=Path, dir_okay=False), default=USER_NAMES, help="To write elsewhere.")
def main(packages: Path, target: Path) -> None:
    """Count and write."""
    names = sorted({folded(name) for name in owners(packages)})
    learned = [name for name in names if not is_held_out(name)]
    counts: Counts = defaultdict(lambda: defaultdict(float))
    for name in learned:
        count_into(counts, name, 1.0)
    log_probs, back_offs = n_grams(counts)
    save_columns(target, [("grams", log_probs), ("contexts", back_offs)], order=ORDER)
    click.echo(f"{len(learned)} of {len(names)} names, {len(log_probs)} n-grams, {len(back_offs)} contexts")


if __name__ == "__main__":
    main()
