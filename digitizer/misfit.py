"""In what number event.toml differs from the lines of a board, in an organizer's words."""

from __future__ import annotations

from digitizer.errors import BoardNotFound
from digitizer.event import Board
from digitizer.grid.counts import drawn_shape, is_sure
from digitizer.model import Photo, Pose
from digitizer.settings import LocateSettings

DISAGREES = (
    "By its lines the board has {drawn} {things}, and event.toml gives it {given} {named}: {labels}. If the board is right, put the "
    "{named} right there, {again}. Else take off what is no part of the grid."
)


def misfit(photo: Photo, board: Board, looked: Pose | BoardNotFound, again: str) -> str:
    """What to tell of a board that was looked for in a photo; ``again``: what to do once event.toml is right.

    Empty where lines were clear, or do not tell. Takes seconds where they were not: other numbers of rows and columns are looked for.
    """
    if isinstance(looked, Pose) and not _is_close(looked):
        return ""
    drawn = drawn_shape(photo.image, board.shape, support=_support(looked))
    if drawn is None:
        return ""
    axis = 0 if drawn[0] != board.shape[0] else 1
    things, labels = (("rows", board.row_labels), ("columns", board.column_labels))[axis]
    named = "rooms" if labels == board.rooms else "slots"
    return DISAGREES.format(drawn=drawn[axis], things=things, given=len(labels), named=named, labels=", ".join(labels), again=again)


def _is_close(pose: Pose) -> bool:
    """Whether lines alone left the grid in doubt. One found by labels or markers says nothing of lines."""
    return not is_sure(pose.evidence, LocateSettings()) if pose.method == "grid" else "columns_named" in pose.evidence


def _support(looked: Pose | BoardNotFound) -> float | None:
    """What the search for lines of that shape found; None where none was made."""
    if isinstance(looked, BoardNotFound):
        return looked.lines_support
    return looked.evidence.get("lines_support" if "columns_named" in looked.evidence else "support")
