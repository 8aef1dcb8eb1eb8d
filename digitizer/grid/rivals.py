"""Grids that lines or labels alone leave in doubt, for other evidence to tell which of them is the board's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

import numpy as np

from calibration.plane import inverse
from calibration.rig import Floats, readonly
from digitizer.grid.find import Looked, Search, by_labels, inside
from digitizer.grid.fitted import Grid, fit_lattice
from digitizer.grid.lattice import Lattice
from digitizer.grid.view import View
from digitizer.settings import LocateSettings


def rivals(search: Search, size_px: tuple[int, int], settings: LocateSettings) -> Iterator[Grid]:
    """The likeliest grids of a search, each unlike those before it: lattices of lines first, the best of all looks leading, then labels."""
    kept: list[Floats] = []
    for grid in islice(_all(search.looks, size_px, settings), settings.rivals_fitted):
        corners = grid.corners_px  # as if the photo had no lens
        cell = np.linalg.norm(corners[1] - corners[0]) / (len(grid.column_edges) - 1)
        if inside(grid, size_px) >= settings.least_inside and all(
            np.abs(corners - other).max() > settings.one_grid * cell for other in kept
        ):
            kept.append(corners)
            yield grid


def _all(looks: Iterable[Looked], size_px: tuple[int, int], settings: LocateSettings) -> Iterator[Grid]:
    ranked = [(lattice.score / len(lattice.support), lattice, look.view) for look in looks for lattice in look.lattices]
    for worth, lattice, view in sorted(ranked, key=lambda one: -one[0]):
        if worth >= settings.rival_worth:
            grid = fit_lattice(lattice, view, size_px, settings) or _as_seen(lattice, view, size_px)
            yield replace(grid, evidence={**grid.evidence, "worth": worth, "hidden": float((lattice.support <= settings.line_seen).sum())})
    for look in looks:
        if look.headers is not None:
            yield by_labels(look.headers, look.view, size_px, settings)


def _as_seen(lattice: Lattice, view: View, size_px: tuple[int, int]) -> Grid:
    """A lattice whose lines are too little in view to be traced."""
    across, down = (readonly(np.array(lines.at_px[lines.cells])) for lines in (lattice.across, lattice.down))
    return Grid(readonly(inverse(view.photo_from_plane)), across, down, 0.0, float(max(size_px)), 0.0, "grid", False, {})
