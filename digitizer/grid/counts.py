"""Whether a board's lines make another number of rows or columns than it is said to have."""

from __future__ import annotations

from collections.abc import Mapping

from calibration.rig import Image
from digitizer.grid.find import find_grid, is_close
from digitizer.settings import LocateSettings

Shape = tuple[int, int]


def is_sure(evidence: Mapping[str, float], settings: LocateSettings) -> bool:
    """Whether a grid was believed by its lines, all of them in view and far ahead of any other grid of that shape."""
    return "lines_seen" in evidence and not is_close(evidence, settings)


def drawn_shape(image: Image, shape: Shape, settings: LocateSettings | None = None, support: float | None = None) -> Shape | None:
    """The shape (rows, columns) that the lines in an HxWx3 BGR photo make beyond doubt, if it has one row or column more or less.

    None where none of the four is sure, or more than one: then lines do not tell. To be asked where ``shape`` itself is not sure;
    ``support`` is what ``find_grid`` found of its lines in this photo (0..1), None where that is not known and is to be looked for.
    """
    settings = settings or LocateSettings()
    if support is None:
        support = find_grid(image, shape, settings).evidence.get("support", 0.0)
    if support < settings.least_support:
        return None  # too few lines for this shape are too few for one like it, and each search takes seconds
    rows, columns = shape
    others = [(rows + 1, columns), (rows, columns + 1), (rows - 1, columns), (rows, columns - 1)]
    sure = [other for other in others if min(other) > 0 and _makes(image, other, settings)]
    return sure[0] if len(sure) == 1 else None


def _makes(image: Image, shape: Shape, settings: LocateSettings) -> bool:
    found = find_grid(image, shape, settings)
    return found.grid is not None and is_sure(found.evidence, settings)
