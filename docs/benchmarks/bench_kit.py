"""Boards that wear the printed kit, drawn from its own pages (``tests/kit_scenes.py``): what is found and read of their topic cards.

    python docs/benchmarks/bench_kit.py [--fonts FOLDER_OF_TTF_FONTS] [--boards 12] [--px-per-mm 3] [--seed 300]

Five rooms by four slots on three kinds of wall, seen up to 15 degrees aside; titles and handles are made up as those that training draws,
a writer and a pen a card. Titles are wrapped on their lines, handles stand a sign a box. The measures are those of ``boardcast score``.
Look at other seeds than you count.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
from kit_scenes import OPEN_SANS, KitPhoto, kit_scene

from digitizer import score
from digitizer.event import Board
from digitizer.pipeline import default_tools, digitize
from digitizer.report import to_json
from digitizer.training.cards import CardTexts

WALLS = ((232, 231, 226), (150, 152, 150), (176, 139, 98))
"""RGB: whiteboard, gray felt, cork."""

BOARD_MM = 1100.0
"""Width of what hangs on the wall, margins included, which fills ``SHARE`` of the photo."""

SHARE = 0.92

SHOWN = ("cards", "recall", "precision", "cer", "title_exact", "handle_exact", "publish_ready", "flagged", "silent_wrong")


def main() -> None:
    """Draw boards, read them, print the table, and what was read wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fonts", type=Path, help="faces to write with; without, Open Sans")
    parser.add_argument("--boards", type=int, default=12, help="how many boards are drawn")
    parser.add_argument("--px-per-mm", type=float, default=3.0, help="of the photo, at the middle of the board")
    parser.add_argument("--seed", type=int, default=300, help="of the first board")
    parser.add_argument("--list", action="store_true", help="print what was read wrong")
    options = parser.parse_args()
    fonts = tuple(sorted(options.fonts.glob("*.ttf"))) if options.fonts else (OPEN_SANS,)
    tools, tallies = default_tools(), []
    for seed in range(options.seed, options.seed + options.boards):
        photo = _drawn(seed, fonts, options.px_per_mm)
        board = photo.event.board("friday")
        told = to_json(digitize(photo.photo, board, tools), board)
        tally, wrong = score.score(_truth(photo, board), told)
        tallies.append(tally)
        if options.list:
            sys.stderr.write("".join(f"{photo.photo.name} {miss}\n" for miss in wrong))
    figures = score.figures(tallies)
    sys.stdout.write("| " + " | ".join(SHOWN) + " |\n" + "|---:" * len(SHOWN) + "|\n")
    sys.stdout.write("| " + " | ".join(f"{figures[name]:.3g}" for name in SHOWN) + " |\n")


def _drawn(seed: int, fonts: tuple[Path, ...], px_per_mm: float) -> KitPhoto:
    rng = np.random.default_rng(seed)
    width = round(BOARD_MM * px_per_mm / SHARE)
    return kit_scene(
        seed,
        _texts(rng),
        size_px=(width, width * 3 // 4),
        zoom=SHARE,
        tilt_deg=tuple(rng.uniform(-15, 15, 2)),
        surface_rgb=WALLS[seed % len(WALLS)],
        fonts=fonts,
    )


def _texts(rng: np.random.Generator) -> tuple[tuple[str, str], ...]:
    """Titles with their handles, without the @."""
    texts = CardTexts(rng)
    drawn = [texts.card() for _ in range(60)]
    titles = (" ".join(line for line, role in card if role == "title") for card in drawn)
    handles = ("".join(line.lstrip("@") for line, role in card if role == "handle") for card in drawn)
    return tuple(zip(titles, handles, strict=True))


def _truth(photo: KitPhoto, board: Board) -> dict[str, Any]:
    """As ``boardcast score`` reads it."""
    places = [{"room": board.rooms[card.cell.column], "slot": board.slots[card.cell.row]} for card in photo.cards]
    words = [{"title": card.title, "handle": f"@{card.handle}" if card.handle else None} for card in photo.cards]
    return {"board": board.id, "cards": [place | said for place, said in zip(places, words, strict=True)]}


if __name__ == "__main__":
    main()
