"""Draw a set of cards in hands that no training ever saw, in the form that ``boardcast score`` reads.

    python -m digitizer.training.unseen FONTS FOLDER [--cards 1200] [--seed 78]
    boardcast score FOLDER

One draw of 200 cards tells nothing about two readers; of 1,200 a share is good to 1.2 points. The cards are harder than those of most
boards on purpose.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import click
import cv2

from digitizer.training.handwriting import split_fonts
from digitizer.training.judged import Known, drawn


def write_set(cards: Iterable[Known], folder: Path) -> int:
    """Write cards as pictures (PNG, lossless) and a truth ``cards.json`` into a folder -> how many."""
    folder.mkdir(parents=True, exist_ok=True)
    truth = []
    for k, card in enumerate(cards):
        picture = f"{k:05d}.png"
        cv2.imwrite(str(folder / picture), card.image)
        truth.append({"picture": picture, "title": card.title, "handle": card.handle or None})
    (folder / "cards.json").write_text(json.dumps({"cards": truth}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return len(truth)


@click.command(help=__doc__.splitlines()[0] if __doc__ else None)
@click.argument("fonts", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--cards", default=1200, show_default=True)
@click.option("--seed", default=78, show_default=True)
def main(fonts: Path, folder: Path, cards: int, seed: int) -> None:
    """Draw and write."""
    _, unseen = split_fonts(fonts)
    click.echo(f"{write_set(drawn(cards, unseen, seed), folder)} cards in {folder}.")


if __name__ == "__main__":
    main()
