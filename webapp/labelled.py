"""A board's people-free picture as it is shown, and what of it is left after a restart."""

from __future__ import annotations

import weakref
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from calibration.rig import Cell, Image
from digitizer.compose import Picture as CellsPicture
from digitizer.compose import cell_picture
from digitizer.draw import cells_of
from digitizer.event import Board
from digitizer.model import Sheet
from webapp.store import Store
from webapp.store.pictures import from_jpeg


@dataclass(frozen=True, eq=False)
class Labelled:
    """A people-free picture with rooms and slots set around it (``image``), and the ``cells`` alone, from which the next is made.

    ``sheet`` is the one that was looked at, as long as anybody keeps it.
    """

    cells: CellsPicture
    image: Image
    sheet: weakref.ref[Sheet]

    def again(self, taken_at: datetime) -> Labelled:
        """The same at another time, when the same cells were in clear view."""
        newest = max(self.cells.seen_at.values(), default=taken_at)
        seen_at = {cell: taken_at if at == newest else at for cell, at in self.cells.seen_at.items()}
        return replace(self, cells=replace(self.cells, seen_at=MappingProxyType(seen_at)))

    def cell(self, cell: Cell, since: datetime | None = None) -> Image | None:
        """A cell as it was last in clear view, not before ``since``; None where it was not."""
        seen_at = self.cells.seen_at.get(cell)
        return None if seen_at is None or (since and seen_at < since) else cell_picture(self.cells, cell)


def kept_cells(store: Store, board: Board) -> CellsPicture | None:
    """The cells of the picture that the public sees: what is known of a board after a restart."""
    kept, schedule = store.board_picture(board.id), store.schedule(board.id)
    image = from_jpeg(kept[0]) if kept else None
    cells = cells_of(image, board) if image is not None else None
    if cells is None or schedule.layout is None or schedule.layout.shape != board.shape:
        return None  # of other rows and columns than a later event.toml
    return CellsPicture(cells, schedule.layout, schedule.cells_seen_at)
