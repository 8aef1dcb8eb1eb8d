"""One photo of a whole board against six overlapping close-ups of it by the same camera: what is read right of either.

    python docs/benchmarks/bench_pieces.py [--fonts FOLDER_OF_TTF_FONTS] [--boards 4] [--long-side 1800]

Boards are drawn at 6 px a mm by ``tests/close_scenes.py``: cards of 127 x 76 mm, letters of 11 mm, on four kinds of wall. The whole photo
holds 1.45 times the width of the grid; the close-ups 0.55 times, up to 18 degrees aside, each with a blur and a light of its own. The
measures are those of ``boardcast score``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
from close_scenes import OPEN_SANS, CloseScene, Shot, Wish, close_scene, six_shots

from digitizer import score
from digitizer.model import Photo
from digitizer.pieces import Assembled, assemble
from digitizer.pipeline import Tools, default_tools, digitize
from digitizer.report import pieces_to_json, to_json
from digitizer.score import Tally

WALLS = ("whiteboard", "cork-tape", "hairline", "painters-tape")
SEED = 100
SHOWN = ("cards", "recall", "precision", "cer", "title_exact", "handle_exact", "publish_ready", "flagged", "silent_wrong")
WAYS = ("one photo of the whole board", "of it, what the close-ups show wholly", "it and six close-ups, merged (--pieces)")


def main() -> None:
    """Read the boards each way and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fonts", type=Path, help="faces to write with; without, Open Sans")
    parser.add_argument("--boards", type=int, default=4, help="how many boards are drawn")
    parser.add_argument("--long-side", type=int, default=1800, help="of the camera's photos, px")
    options = parser.parse_args()
    fonts = tuple(sorted(options.fonts.glob("*.ttf"))) if options.fonts else (OPEN_SANS,)
    tallies: dict[str, list[Tally]] = {way: [] for way in WAYS}
    tools, placed = default_tools(), 0
    for k in range(options.boards):
        wish = Wish(style=WALLS[k % len(WALLS)], size_px=(options.long_side, options.long_side * 3 // 4), fonts=fonts)
        scene = close_scene(SEED + k, wish)
        found = _read(scene, tools)
        placed += sum(not look.pose.whole for look in found.looks)
        for way, report in _reports(scene, found, tools):
            tallies[way].append(score.score(scene.truth(), report)[0])
        sys.stderr.write("\n".join([f"after board {k + 1} of {options.boards}:", *_table(tallies), ""]))
    sys.stdout.write("\n".join(_table(tallies)) + f"\n\n{placed} of {6 * options.boards} close-ups were placed.\n")


def _photos(scene: CloseScene) -> list[Photo]:
    """The close-ups out of order, the whole board among them."""
    rng = np.random.default_rng(scene.seed)
    close = [scene.photo(shot, f"close-{k}", 10.0 + k) for k, shot in enumerate(six_shots(rng))]
    return [scene.photo(Shot()), *(close[k] for k in rng.permutation(6))]


def _read(scene: CloseScene, tools: Tools) -> Assembled:
    return assemble(_photos(scene), scene.board, tools)


def _reports(scene: CloseScene, found: Assembled, tools: Tools) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What each way reads of a board."""
    whole = next((look for look in found.looks if look.pose.whole), None) or digitize(scene.photo(Shot()), scene.board, tools)
    yield WAYS[0], to_json(whole, scene.board)
    merged = pieces_to_json(found, scene.board)
    yield WAYS[1], {**merged, "cards": [card for card in merged["cards"] if card["photo"].startswith("close")]}
    yield WAYS[2], merged


def _table(tallies: Mapping[str, list[Tally]]) -> list[str]:
    rows = ["| | " + " | ".join(SHOWN) + " |", "|---|" + "---:|" * len(SHOWN)]
    for way, own in tallies.items():
        figures = score.figures(own)
        rows.append(f"| {way} | " + " | ".join(f"{figures[name]:g}" for name in SHOWN) + " |")
    return rows


if __name__ == "__main__":
    main()
