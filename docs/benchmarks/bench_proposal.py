"""Counts what a person has to drag on the calibration page before a proposed grid is right.

    python docs/benchmarks/bench_proposal.py FOLDER

FOLDER holds, for each board, ``NAME.jpg``, ``NAME.event.toml`` with one board, and ``NAME.rig.toml``: its grid set by hand with
``boardcast calibrate`` in that same photo, which is taken for the truth.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from calibration.rigfile import load_rig
from digitizer.capture import load
from digitizer.event import load_event
from digitizer.proposal.drags import drags_needed, true_grid_px
from digitizer.proposal.propose import Proposal
from webapp.review.marks import proposed


def count(photo: Path) -> tuple[int, int]:
    """Drags that a board needs for lines right to a tenth and to a quarter of a cell."""
    rig = load_rig(photo.with_suffix(".rig.toml"))
    if rig.reference is None:
        raise SystemExit(f"{photo.with_suffix('.rig.toml')} has no reference: make it with boardcast calibrate.")
    marks, _ = proposed(load(photo), load_event(photo.with_suffix(".event.toml")).boards[0], None)
    found = Proposal(np.reshape(marks.corners_px, (4, 2)), marks.columns or (), marks.rows or (), 0.0)
    true = true_grid_px(rig.reference.board_from_photo, rig.layout)
    return drags_needed(found, true, rig.layout), drags_needed(found, true, rig.layout, 0.25)


def main(folder: Path) -> None:
    """Print one line a board, and the most."""
    counts = []
    for photo in sorted(folder.glob("*.jpg")):
        if photo.with_suffix(".rig.toml").exists():
            counts.append(count(photo))
            sys.stdout.write(f"{photo.stem}: {counts[-1][0]} drags to a tenth of a cell, {counts[-1][1]} to a quarter\n")
    if counts:
        sys.stdout.write(f"at most {max(c[0] for c in counts)} and {max(c[1] for c in counts)} on {len(counts)} boards\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
