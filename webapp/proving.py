"""What a change looked like: its places on the board before it and after."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from calibration.rig import Cell, Image
from digitizer.model import Entry, Schedule
from webapp.store import Proof
from webapp.store.pictures import PLACE_PX, to_jpeg


class Picture(Protocol):
    """A people-free picture of a board, as ``digitizer.compose`` makes it."""

    @property
    def image(self) -> Image:
        """HxWx3 u8 BGR."""

    def cell(self, cell: Cell, since: datetime | None = None) -> Image | None:
        """A cell as it was last in clear view, not before ``since``; None where it was not."""


def proofs_of(old: Schedule, new: Schedule, pictures: tuple[Picture | None, Picture], at: datetime) -> dict[str, Proof]:
    """For each entry that changed, the cells where it hung and where it hangs, from the people-free pictures before and after the look."""
    before = {entry.id: entry for entry in old.entries}
    changed = [entry for entry in new.entries if entry.id not in before or entry.version != before[entry.id].version]
    return {entry.id: _proof(before.get(entry.id), entry, pictures, at) for entry in changed}


def _proof(old: Entry | None, new: Entry, pictures: tuple[Picture | None, Picture], at: datetime) -> Proof:
    from_cell, to_cell = (old.cell if old else None) or new.cell, new.cell
    was = pictures[0].cell(from_cell) if pictures[0] and from_cell else None
    now = pictures[1].cell(to_cell, at) if to_cell else None
    return Proof(*(None if place is None else to_jpeg(place, PLACE_PX) for place in (was, now)))
