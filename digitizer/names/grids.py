"""Grids that names anywhere in the photo allow, where lines and labels gave none: by the names themselves, and by all that hangs there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from calibration.plane import apply, inverse, layout_from_fractions
from calibration.rig import Floats
from digitizer.event import Board
from digitizer.model import Photo, Pose
from digitizer.names.places import edges_by_names, share_near_middle
from digitizer.names.scattered import NamedWord, find_names
from digitizer.proposal.propose import guessed, outline, shares
from digitizer.proposal.strips import Flat
from digitizer.proposal.things import Hung, find_hung
from digitizer.readers.base import TextReader
from digitizer.settings import NamesSettings


def named_grids(photo: Photo, board: Board, reader: TextReader, settings: NamesSettings) -> Iterator[Pose]:
    """First the grid midway between names, if cards hang in its cells; then the one that a person would be asked to confirm.

    None where too few names are read for either to be believed.
    """
    names = find_names(photo.image, board, reader, settings)
    if not _enough(names, board, settings):
        return
    hung = find_hung(photo, board.shape)
    found = _between_names(names, hung, board, settings)
    if found is not None:
        edges, near = found
        yield from _pose(photo, apply(inverse(hung.flat_from_photo), outline(*edges)), (shares(edges[0]), shares(edges[1])), {"near": near})
    try:
        guess = guessed(photo, hung, board.shape).proposal
    except ValueError:
        return
    yield from _pose(photo, guess.corners_px, (guess.column_fractions, guess.row_fractions), {"confidence": guess.confidence})


def _enough(names: tuple[NamedWord, ...], board: Board, settings: NamesSettings) -> bool:
    """Whether as many names of columns, or of rows, were read as either axis needs."""
    read = [len({name.index for name in names if name.axis == axis}) for axis in (0, 1)]
    counts = len(board.column_labels), len(board.row_labels)
    return any(
        found >= max(min(settings.least_names, count), settings.least_share * count) for found, count in zip(read, counts, strict=True)
    )


def _between_names(
    names: tuple[NamedWord, ...], hung: Hung, board: Board, settings: NamesSettings
) -> tuple[tuple[Floats, Floats], float] | None:
    """Edges of columns and rows midway between their names, and the share of cards near the middles of the cells, where it is enough."""
    edges = edges_by_names(names, hung.flat_from_photo, board.shape)
    if edges is None:
        return None
    flat = Flat.of(hung.things, hung.written, hung.flat_from_photo)
    near = share_near_middle(flat.middles[flat.paper > 0], edges, settings.near_middle)
    return (edges, near) if near >= settings.least_near else None


def _pose(
    photo: Photo, corners_px: Floats, fractions: tuple[tuple[float, ...], tuple[float, ...]], evidence: Mapping[str, float]
) -> Iterator[Pose]:
    """The pose of a grid, if its corners make one."""
    columns, rows = (len(inner) + 1 for inner in fractions)
    try:
        placed = layout_from_fractions(corners_px, columns, rows, *fractions, (photo.image.shape[1], photo.image.shape[0]))
    except ValueError:
        return
    yield Pose(*placed, "headers", MappingProxyType(dict(evidence)), 0.0)
