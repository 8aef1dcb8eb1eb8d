"""Counts what a person has to drag on the calibration page before a proposed grid is right.

    python docs/benchmarks/bench_proposal.py FOLDER

FOLDER holds, for each board, ``NAME.jpg``, ``NAME.event.toml`` with one board, and ``NAME.rig.toml``: its grid set by hand with
``boardcast calibrate`` in that same photo, which is taken for the truth. The person is made up (``digitizer.proposal.person``): what
is farthest off goes first, until all is right to a tenth, and to a quarter, of a cell; once with the rest following, once without.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from calibration.rigfile import load_rig
from digitizer.capture import load
from digitizer.event import load_event
from digitizer.proposal.drags import true_grid_px
from digitizer.proposal.person import Truth, drags_made
from digitizer.proposal.propose import Proposal
from digitizer.proposal.teach import Pins, taught
from webapp.review.marks import proposed

TOLERANCES = (0.1, 0.25)
"""Cells."""


def count(photo: Path) -> list[int]:
    """Drags that a board needs: for each tolerance alone, and where the rest follows."""
    rig = load_rig(photo.with_suffix(".rig.toml"))
    if rig.reference is None:
        raise SystemExit(f"{photo.with_suffix('.rig.toml')} has no reference: make it with boardcast calibrate.")
    offer = proposed(load(photo), load_event(photo.with_suffix(".event.toml")).boards[0], None)
    marks = offer.marks
    found = Proposal(np.reshape(marks.corners_px, (4, 2)), marks.columns or (), marks.rows or (), 0.0)
    truth = Truth(true_grid_px(rig.reference.board_from_photo, rig.layout), rig.layout)

    def answer(before: Proposal, now: Proposal, pins: Pins) -> Proposal:
        return taught(found, offer.basis, before, now, pins) if offer.found else now

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


def _told(drags: list[int]) -> str:
    return ", ".join(
        f"{follows} of {alone} drags to {cells} of a cell"
        for cells, alone, follows in zip(TOLERANCES, drags[::2], drags[1::2], strict=True)
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
