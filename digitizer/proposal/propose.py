"""Photo -> the grid to confirm."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from calibration.plane import apply, inverse
from calibration.rig import Floats, readonly
from digitizer.model import Photo
from digitizer.proposal.drawn import drawn_lines
from digitizer.proposal.guess import Guess, Scene, best_guess
from digitizer.proposal.strips import Flat
from digitizer.proposal.things import Hung, find_hung, photo_frame
from digitizer.proposal.upright import straightened

TIMES = 2
"""How often a guess is made again on the plane that it tells: the first may have a column in another's place."""


@dataclass(frozen=True, eq=False)
class Proposal:
    """A grid to confirm.

    ``corners_px`` 4x2 of the grid of cells, clockwise from the top left, photo px; inner dividers as shares of the grid's true
    width and height; ``confidence`` 0..1, above a half when labels on both sides and the cards agree.
    """

    corners_px: Floats
    column_fractions: tuple[float, ...]
    row_fractions: tuple[float, ...]
    confidence: float


@dataclass(frozen=True, eq=False)
class Basis:
    """A proposal and what it rests on, so that it can be made again for what a person drags: ``flat_from_photo`` 3x3."""

    proposal: Proposal
    guess: Guess
    flat_from_photo: Floats


def propose(photo: Photo, rows: int, columns: int) -> Proposal:
    """Guess the grid of a board with so many rows and columns. Raises ``ValueError`` where too little hangs on it."""
    return basis(photo, rows, columns).proposal


def basis(photo: Photo, rows: int, columns: int) -> Basis:
    """The guess with all that speaks for it. Raises ``ValueError`` where too little hangs there."""
    return guessed(photo, find_hung(photo, (rows, columns)), (rows, columns))


def guessed(photo: Photo, hung: Hung, shape: tuple[int, int]) -> Basis:
    """The guess by what was found to hang on a board of ``shape`` (rows, columns). Raises ``ValueError`` as ``basis`` does."""
    rows, columns = shape
    sheets = sum(thing.paper for thing in hung.things)
    if sheets < max(2, (rows + columns) // 3):
        raise ValueError(f"Only {sheets} sheets that could be labels or cards were found; {rows} rows and {columns} columns need more.")
    guess = best_guess(seen(photo, hung, shape))
    if guess is None:
        raise ValueError(f"Nothing that hangs there stands in {rows} rows and {columns} columns.")
    for _ in range(TIMES):
        flat_from_photo = straightened(guess) @ hung.flat_from_photo
        upright = replace(hung, flat_from_photo=readonly(flat_from_photo), frame=readonly(photo_frame(photo.image, flat_from_photo)))
        again = best_guess(seen(photo, upright, shape))
        if again is None:
            break
        guess, hung = again, upright
    return Basis(_proposal(guess, hung.flat_from_photo), guess, hung.flat_from_photo)


def seen(photo: Photo, hung: Hung, shape: tuple[int, int]) -> Scene:
    """The board square on: things and lines."""
    flat = Flat.of(hung.things, hung.written, hung.flat_from_photo)
    low, high = hung.frame
    cards = flat.middles[flat.weights > 0.5]
    spans = np.clip(np.percentile(cards, (5, 95), axis=0), low, high) if len(cards) > 1 else hung.frame
    return Scene(flat, drawn_lines(photo.image, hung.flat_from_photo, hung.frame, spans, shape), hung.frame, shape)


def _proposal(guess: Guess, flat_from_photo: Floats) -> Proposal:
    corners_px = readonly(apply(inverse(flat_from_photo), outline(guess.across, guess.down)))
    return Proposal(corners_px, shares(guess.across), shares(guess.down), min(guess.confidence, 1.0))


def outline(across: Floats, down: Floats) -> Floats:
    """4x2 corners of the grid with these edges, clockwise from the top left."""
    return np.array([[across[i], down[j]] for i, j in ((0, 0), (-1, 0), (-1, -1), (0, -1))])


def shares(edges: Floats) -> tuple[float, ...]:
    """Inner edges as fractions of the whole."""
    return tuple(((edges[1:-1] - edges[0]) / (edges[-1] - edges[0])).tolist())
