"""When a photo is to be doubted rather than the board: most cards missing at once, or all of them slipped by a cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from digitizer.model import BoardReading, Entry, Ignored, Status
from digitizer.settings import ReconcileSettings
from digitizer.tracking.likeness import centre_mm
from digitizer.tracking.match import Matches, Pair
from digitizer.tracking.update import DOUBTED, LOOK
from digitizer.tracking.views import evidence_of_absence


@dataclass(frozen=True)
class Doubt:
    """``holds``: nothing appears, moves or vanishes by this photo. ``believed``: the same was seen so often that it is true."""

    holds: bool = False
    believed: bool = False
    notes: tuple[Ignored, ...] = ()


def weigh(matches: Matches, reading: BoardReading, settings: ReconcileSettings) -> Doubt:
    """Doubt a photo in which most of the sessions that it should show are missing."""
    present = sum(_is_session(entry) for entry, _ in matches.same)
    missing = _missing_in_view(matches, reading, settings)
    if len(missing) < settings.mass_least or len(missing) <= settings.mass_share * (present + len(missing)):
        return Doubt()
    looks = max(entry.misses // DOUBTED for entry in missing) + 1
    if looks >= settings.mass_looks:
        return Doubt(believed=True)
    return Doubt(holds=True, notes=(_note(len(missing), present, looks, settings),))


def misses_after(entry: Entry, doubt: Doubt, evidence: int = LOOK) -> int:
    """How often an entry was missed, in quarter looks, this photo counted by its ``evidence``; doubted photos are counted apart, whole."""
    return entry.misses + DOUBTED if doubt.holds else entry.misses % DOUBTED + evidence


def pose_slipped(matches: Matches, reading: BoardReading, settings: ReconcileSettings) -> Ignored | None:
    """Doubt a photo in which most cards changed their cell by exactly the same way: nobody re-hangs a board so."""
    pairs = [(entry, card) for entry, card in matches.same if entry.status is Status.LIVE and entry.cell and card.card.cell]
    moved = [(entry, card) for entry, card in pairs if entry.cell != card.card.cell]
    if reading.layout is None or len(moved) < settings.mass_least or len(moved) <= settings.mass_share * len(pairs):
        return None
    scatter = _scatter(moved, reading.layout.cell_mm)
    if scatter > settings.shift_scatter:
        return None
    return Ignored(
        f"{len(moved)} of {len(pairs)} cards seem to have moved in step (to within {scatter:.1%} of a cell): the grid was found in the "
        "wrong place. The schedule stays as it is. Check the calibration of this board."
    )


def _scatter(moved: Sequence[Pair], pitch_mm: tuple[float, float]) -> float:
    steps = np.array([np.subtract(centre_mm(card), entry.centre_mm) for entry, card in moved]) / pitch_mm
    return float(np.median(np.abs(steps - np.median(steps, axis=0)).max(axis=1)))


def _missing_in_view(matches: Matches, reading: BoardReading, settings: ReconcileSettings) -> list[Entry]:
    """Sessions that this photo does not show though it should; those that were already missing say nothing against it."""
    candidates = [*matches.missing, *(entry for entry, _ in matches.displaced)]
    fresh = [entry for entry in candidates if _is_session(entry) and not 0 < entry.misses < DOUBTED]
    return [entry for entry in fresh if evidence_of_absence(entry, reading, settings)]


def _is_session(entry: Entry) -> bool:
    """Cards without a word, or beside the grid, come and go with the light: they say little of a photo."""
    return entry.status is Status.LIVE and entry.cell is not None and bool(entry.title or entry.confirmed)


def _note(missing: int, present: int, looks: int, settings: ReconcileSettings) -> Ignored:
    return Ignored(
        f"{missing} of {missing + present} known cards are not where they hung (photo {looks} of that kind). Nothing was cancelled: "
        f"it is believed after {settings.mass_looks} such photos in a row. Check that this is the right board and that it is well lit."
    )
