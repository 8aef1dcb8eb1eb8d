"""Names of users of GitHub -> ``digitizer/models/user_names.npz``: how often which sign follows which, and no name.

Run ``python -m digitizer.training.user_names PACKAGES``, where PACKAGES is ``data/packages.json`` of the npm package all-the-package-repos:
the addresses of the repositories of all packages, and in them the names of some 600,000 users. What is written tells of n-grams that many
names share; longer ones of few names are left out, so that none can be read from it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from zlib import crc32

import click

from digitizer.decoder.user_names import USER_NAMES
from digitizer.training.words import ORDER, Counts, any_digit, count_into, save, witten_bell

OWNER = re.compile(rb"github\.com[/:]([A-Za-z0-9-]{3,15})/", re.I)
"""GitHub has longer names, too; Twitter has none."""

HELD_OUT = 30
"""One name in so many, by its checksum, is kept from the model for the figures."""

LEAST_SHARED = 24
"""A context of three signs and more is kept where it stands in so many names for each of its signs, and a sign after it where a quarter
of them has it there."""


def owners(packages: Path) -> Iterator[str]:
    """Names of users in the addresses of repositories, again and again."""
    with packages.open("rb") as lines:
        for line in lines:
            yield from (name.decode("ascii") for name in OWNER.findall(line))


def is_held_out(name: str) -> bool:
    """Whether a folded name is kept for the figures."""
    return crc32(name.encode("ascii")) % HELD_OUT == 0


def folded(name: str) -> str:
    """A user name as the model knows it: small letters, any digit a ``0``, and ``_`` for the dash that other services have for it."""
    return any_digit(name.lower().replace("-", "_"))


def shared(context: str, seen: Mapping[str, float]) -> list[str]:
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
    log_probs, back_offs = witten_bell(counts, shared)
    save(target, [("grams", log_probs), ("contexts", back_offs)], order=ORDER)
    click.echo(f"{len(learned)} of {len(names)} names, {len(log_probs)} n-grams, {len(back_offs)} contexts")


if __name__ == "__main__":
    main()
