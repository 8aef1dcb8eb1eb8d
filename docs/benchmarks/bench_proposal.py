"""Counts what a person has to drag on the calibration page before a proposed grid is right.

    python docs/benchmarks/bench_proposal.py FOLDER
    python docs/benchmarks/bench_proposal.py --drawn FIRST_SEED HOW_MANY

FOLDER holds, for each board, ``NAME.jpg``, ``NAME.event.toml`` with one board, and ``NAME.rig.toml``: its grid set by hand with
``boardcast calibrate`` in that same photo, which is taken for the truth. The person is made up (``tests/person.py``): what
is farthest off goes first, until all is right to a tenth, and to a quarter, of a cell; once with the rest following, once without.
``--drawn`` counts the kinds of boards of ``tests/test_hung.py``, 5 x 5 each, and of ``tests/above_scenes.py``;
their truth is exact. Look at other seeds than you count.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
from above_scenes import ABOVE, above_scene
from person import Truth, drags_made
from test_hung import KINDS, VERY_UNEQUAL, drawn

from calibration.plane import apply, inverse
from calibration.rigfile import load_rig
from digitizer.capture import load
from digitizer.event import load_event
from digitizer.proposal.propose import Basis, Proposal, basis
from digitizer.proposal.teach import Pins, taught
from digitizer.readers.onnx_recogniser import OnnxRecogniser
from webapp.review.marks import proposed

TOLERANCES = (0.1, 0.25)
"""Cells."""


def count(photo: Path) -> list[int]:
    """Drags that a board needs: for each tolerance alone, and where the rest follows."""
    rig = load_rig(photo.with_suffix(".rig.toml"))
    if rig.reference is None:
        raise SystemExit(f"{photo.with_suffix('.rig.toml')} has no reference: make it with boardcast calibrate.")
    offer = proposed(load(photo), load_event(photo.with_suffix(".event.toml")).boards[0], None, OnnxRecogniser())
    marks = offer.marks
    found = Proposal(np.reshape(marks.corners_px, (4, 2)), marks.columns or (), marks.rows or (), 0.0)
    truth = Truth(apply(inverse(rig.reference.board_from_photo), rig.layout.grid_corners_mm()), rig.layout)
    return _counted(found, offer.basis, truth, offer.found)


def count_drawn(kind: str, seed: int) -> list[int]:
    """The same of a drawn board."""
    scene = above_scene(kind, seed) if kind in ABOVE else drawn(kind, seed)
    seen = basis(scene.photo, scene.layout.rows, scene.layout.columns)
    return _counted(seen.proposal, seen, Truth(scene.grid_corners_px, scene.layout))


def _counted(found: Proposal, seen: Basis | None, truth: Truth, teaches: bool = True) -> list[int]:
    def answer(before: Proposal, now: Proposal, pins: Pins) -> Proposal:
        return taught(found, seen, before, now, pins) if teaches else now

    return [drags_made(found, truth, tolerance, follows) for tolerance in TOLERANCES for follows in (None, answer)]


def main(folder: Path) -> None:
    """Print one line a board, and the most."""
    counts = []
    for photo in sorted(folder.glob("*.jpg")):
        if photo.with_suffix(".rig.toml").exists():
            counts.append(count(photo))
            sys.stdout.write(f"{photo.stem}: {_told(counts[-1])}\n")
    if counts:
        sys.stdout.write(f"at most: {_told(np.max(counts, axis=0).tolist())} on {len(counts)} boards\n")


def main_drawn(first: int, many: int) -> None:
    """Print the sums of each kind, and the most on one board."""
    for kind in (*KINDS, *VERY_UNEQUAL, *ABOVE):
        counts = np.array([count_drawn(kind, seed) for seed in range(first, first + many)])
        sys.stdout.write(f"{kind}: {_told(counts.sum(axis=0).tolist())}; {_told(counts.max(axis=0).tolist())} at most\n")


def _told(drags: list[int]) -> str:
    return ", ".join(
        f"{follows} of {alone} drags to {cells} of a cell"
        for cells, alone, follows in zip(TOLERANCES, drags[::2], drags[1::2], strict=True)
    )


if __name__ == "__main__":
    if sys.argv[1] == "--drawn":
        main_drawn(int(sys.argv[2]), int(sys.argv[3]))
    else:
        main(Path(sys.argv[1]))
