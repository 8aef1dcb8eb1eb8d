"""A lattice of the plane made exact: traced, fitted, its edges even where they were meant to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from calibration.plane import apply, inverse
from calibration.rig import Floats, readonly
from digitizer.grid.arrays import Indices
from digitizer.grid.fit import Fit, Fitter
from digitizer.grid.lattice import Lattice
from digitizer.grid.sequences import Sequence
from digitizer.grid.traces import Traces, trace
from digitizer.grid.view import View
from digitizer.settings import LocateSettings


@dataclass(frozen=True, eq=False)
class Grid:
    """A grid of cells in a photo.

    ``flat_from_photo`` 3x3 takes undistorted photo px to a plane in which the cells' lines are x = ``column_edges`` and
    y = ``row_edges``; ``k1`` of the lens on coordinates over ``focal_px`` from the photo's middle, 0 without; ``rms_px`` of the fit;
    ``method``: "grid" or "headers";
    ``turned``: the headers stand to the right and below, as in a photo taken upside down; ``evidence`` in numbers.
    """

    flat_from_photo: Floats
    column_edges: Floats
    row_edges: Floats
    k1: float
    focal_px: float
    rms_px: float
    method: str
    turned: bool
    evidence: Mapping[str, float]

    @property
    def corners_px(self) -> Floats:
        """4x2 corners of the grid of cells in undistorted photo px, clockwise from where both edges begin."""
        (left, right), (top, bottom) = self.column_edges[[0, -1]], self.row_edges[[0, -1]]
        return apply(inverse(self.flat_from_photo), np.array([[left, top], [right, top], [right, bottom], [left, bottom]]))


def fit_lattice(lattice: Lattice, view: View, size_px: tuple[int, int], settings: LocateSettings) -> Grid | None:
    """Fit plane, edges and lens to the traced lines; None where too few could be traced."""
    traces = trace(lattice, view, settings)
    columns = len(lattice.across.at_px)
    counts = np.bincount(traces.line, minlength=columns + len(lattice.down.at_px))
    if (counts[:columns] > 3).sum() < 3 or (counts[columns:] > 3).sum() < 3:
        return None
    step = max(1, len(traces.line) // settings.fit_points)
    points = apply(view.photo_from_plane, traces.points_px[::step])
    fitter = Fitter(points, traces.line[::step], columns, inverse(view.photo_from_plane), size_px)
    free = fitter.fit(_spacing(lattice, counts, (False, False)), True)
    lens = abs(free.k1) > settings.lens_errors * free.k1_error
    if not lens:
        free = fitter.fit(_spacing(lattice, counts, (False, False)), False)
    even = _even(lattice, free, counts, settings)
    fit = fitter.fit(_spacing(lattice, counts, even), False, free.k1, _slack(free.edges, columns, even, settings))
    return _grid(lattice, traces, fit, fitter.focal, even)


def _slack(edges: Floats, columns: int, even: tuple[bool, bool], settings: LocateSettings) -> Floats:
    """How far each line may be off its even place, in the flat frame: half of what still counts as even."""
    axes = (edges[:columns], even[0]), (edges[columns:], even[1])
    return np.concatenate([np.full(len(part), is_even * settings.even_wobble / 2 * np.median(np.diff(part))) for part, is_even in axes])


def _grid(lattice: Lattice, traces: Traces, fit: Fit, focal_px: float, even: tuple[bool, bool]) -> Grid:
    columns = len(lattice.across.at_px)
    turned = lattice.across.header == "last" and lattice.down.header == "last"
    evidence = {
        "points": float(len(traces.points_px)),
        "k1": fit.k1,
        "rms_px": fit.rms_px,
        "even_columns": float(even[0]),
        "even_rows": float(even[1]),
    }
    across, down = fit.edges[:columns][lattice.across.cells], fit.edges[columns:][lattice.down.cells]
    return Grid(fit.flat_from_photo, readonly(across), readonly(down), fit.k1, focal_px, fit.rms_px, "grid", turned, evidence)


def _even(lattice: Lattice, fit: Fit, counts: Indices, settings: LocateSettings) -> tuple[bool, bool]:
    """Whether the columns, and the rows, are alike but for a wavering hand: then they were meant to be equal."""
    columns = len(lattice.across.at_px)
    return _is_even(fit.edges[:columns], counts[:columns], lattice.across, settings), _is_even(
        fit.edges[columns:], counts[columns:], lattice.down, settings
    )


def _is_even(edges: Floats, counts: Indices, own: Sequence, settings: LocateSettings) -> bool:
    order = np.arange(len(edges))[own.cells]
    seen = order[counts[order] > 3]
    if len(seen) < 3:
        return True
    line = np.polyfit(seen, edges[seen], 1)
    off = np.abs(np.polyval(line, seen) - edges[seen]) / line[0]
    return bool(off.max() < settings.even_wobble)


def _spacing(lattice: Lattice, counts: Indices, even: tuple[bool, bool]) -> Floats:
    """LxP: the place of each line as a sum of unknowns.

    Even axes have an offset and a pitch; others a place a line, and what was not traced stands between its neighbours.
    """
    columns = len(lattice.across.at_px)
    across = _axis_spacing(lattice.across, counts[:columns], even[0])
    down = _axis_spacing(lattice.down, counts[columns:], even[1])
    spacing = np.zeros((len(across) + len(down), across.shape[1] + down.shape[1]))
    spacing[: len(across), : across.shape[1]], spacing[len(across) :, across.shape[1] :] = across, down
    return spacing


def _axis_spacing(own: Sequence, counts: Indices, even: bool) -> Floats:
    count = len(counts)
    order = np.arange(count)
    cells = order[own.cells]
    if even:
        inside = np.isin(order, cells)
        heads = np.eye(count)[:, ~inside & (counts > 3)]
        return np.asarray(np.c_[inside.astype(np.float64), np.where(inside, order, 0), heads])
    seen = order[counts > 3]
    return np.stack([_between(order, seen, i) for i in range(len(seen))], axis=1)


def _between(order: Indices, seen: Indices, i: int) -> Floats:
    """Share of the i-th seen line in the place of each line: linear between and beyond its neighbours."""
    values = np.eye(len(seen))[i]
    share = np.interp(order, seen, values)
    for edge, inner, where in ((0, 1, order < seen[0]), (-1, -2, order > seen[-1])):
        slope = (values[edge] - values[inner]) / (seen[edge] - seen[inner])
        share = np.where(where, values[edge] + slope * (order - seen[edge]), share)
    return np.asarray(share)
