"""Markers of the kit -> the plane and the grid of the board that they hang around.

Frames: ``unit`` is the grid of cells stretched to the square from (0, 0) to (1, 1). With all four corners the plane follows from the
points where their tiles touch the grid, each carried there from its own marker: lens distortion and crooked tiles hardly matter then.
With fewer, plane and size are fitted to everything that is known of all markers seen, and the fit says how sure its corners are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from calibration.kit import Corner, board_and_corner, column_of, row_of, strip_marker_mm, tile_marker_mm
from calibration.plane import UNIT, apply, homography, inverse
from calibration.rig import Floats
from digitizer.settings import MarkerSettings


@dataclass(frozen=True, eq=False)
class Seen:
    """Markers of one board: corners and strips by number, each with its marker's 4x2 corners in undistorted photo px."""

    corners: Mapping[Corner, Floats]
    columns: Mapping[int, Floats]
    rows: Mapping[int, Floats]

    @property
    def strips(self) -> int:
        """How many strips were seen."""
        return len(self.columns) + len(self.rows)


@dataclass(frozen=True, eq=False)
class Hung:
    """``photo_from_unit`` 3x3 (undistorted px); ``size_mm`` (width, height) of the grid; ``doubt_mm`` deviation of its worst corner."""

    photo_from_unit: Floats
    size_mm: Floats
    doubt_mm: float


def markers_of(found: Mapping[int, Floats], board: int, shape: tuple[int, int]) -> Seen:
    """What the markers in a photo say of the event's board of that number, of ``shape`` (rows, columns)."""
    corners = {of[1]: quad for marker, quad in found.items() if (of := board_and_corner(marker)) is not None and of[0] == board}
    columns = {i: quad for marker, quad in found.items() if (i := column_of(marker)) is not None and i < shape[1]}
    rows = {i: quad for marker, quad in found.items() if (i := row_of(marker)) is not None and i < shape[0]}
    return Seen(dict(sorted(corners.items())), columns, rows)


def hung(seen: Seen, shape: tuple[int, int], settings: MarkerSettings) -> Hung | None:
    """Plane and size of the grid; None where the markers seen do not tell them."""
    if len(seen.corners) < settings.least_corners:
        return None
    if len(seen.corners) == len(Corner):
        touching = np.array([touched(corner, quad) for corner, quad in seen.corners.items()])
        photo_from_unit = homography(UNIT, touching)
        return Hung(photo_from_unit, _size_mm(photo_from_unit, seen), settings.tile_mm)
    known = _points(seen, shape, settings)
    if np.linalg.matrix_rank(np.c_[known.unit, np.ones(len(known.unit))], 0.05) < 3:
        return None
    return _fitted(known, seen)


def touched(corner: Corner, quad_px: Floats) -> Floats:
    """The point (2) in the photo where a corner's tile touches the grid."""
    return np.asarray(apply(homography(tile_marker_mm(corner), quad_px), np.zeros((1, 2)))[0])


def feet(seen: Mapping[int, Floats], across: bool) -> dict[int, Floats]:
    """The points (2) in the photo where strips stand on the grid's outer line."""
    return {i: apply(homography(strip_marker_mm(across), quad), np.zeros((1, 2)))[0] for i, quad in seen.items()}


@dataclass(frozen=True, eq=False)
class Points:
    """N known points: ``unit`` Nx2 and ``plus_mm`` Nx2 beside it, ``photo_px`` Nx2, and how far off each may hang, ``slack_mm`` N."""

    unit: Floats
    plus_mm: Floats
    photo_px: Floats
    slack_mm: Floats


def _points(seen: Seen, shape: tuple[int, int], settings: MarkerSettings) -> Points:
    parts: list[tuple[Floats, Floats, Floats, float]] = []
    for corner, quad in seen.corners.items():
        parts.append((UNIT[corner], np.zeros((1, 2)), touched(corner, quad)[None], settings.tile_mm))
        parts.append((UNIT[corner], tile_marker_mm(corner), quad, settings.tile_turn_mm))
    for i, foot in feet(seen.columns, True).items():
        parts.append((np.array([(i + 0.5) / shape[1], 0.0]), np.zeros((1, 2)), foot[None], settings.strip_mm))
    for i, foot in feet(seen.rows, False).items():
        parts.append((np.array([0.0, (i + 0.5) / shape[0]]), np.zeros((1, 2)), foot[None], settings.strip_mm))
    return Points(
        np.vstack([np.tile(unit, (len(plus), 1)) for unit, plus, _, _ in parts]),
        np.vstack([plus for _, plus, _, _ in parts]),
        np.vstack([px for _, _, px, _ in parts]),
        np.concatenate([np.full(len(plus), slack) for _, plus, _, slack in parts]),
    )


def _fitted(known: Points, seen: Seen) -> Hung | None:
    """Plane and size by Levenberg and Marquardt's method, from the best affine plane on."""
    centre, scale = known.photo_px.mean(axis=0), float(known.photo_px.std())
    target = (known.photo_px - centre) / scale
    affine = np.linalg.lstsq(np.c_[known.unit, np.ones(len(known.unit))], target, rcond=None)[0].T
    size = _size_mm(np.vstack([affine, [0, 0, 1]]), seen, lambda quad: (quad - centre) / scale)
    start = np.r_[affine.ravel(), 0.0, 0.0, np.log(size)]
    px_per_mm = float(np.sqrt(abs(np.linalg.det(affine[:, :2])) / np.prod(size)))

    def residuals(values: Floats) -> Floats:
        unit = known.unit + known.plus_mm / np.exp(values[8:])
        seen_at = np.c_[unit, np.ones(len(unit))] @ np.r_[values[:8], 1.0].reshape(3, 3).T
        off = seen_at[:, :2] / seen_at[:, 2:] - target
        return np.asarray((off / (known.slack_mm[:, None] * px_per_mm)).ravel())

    values, spread = least_squares(residuals, start)
    if values is None:
        return None
    photo_from_fit = np.array([[scale, 0, centre[0]], [0, scale, centre[1]], [0, 0, 1]])
    photo_from_unit = photo_from_fit @ np.r_[values[:8], 1.0].reshape(3, 3)
    size_mm = np.exp(values[8:])
    return Hung(photo_from_unit, size_mm, _corner_doubt(values, spread) / px_per_mm)


def _corner_doubt(values: Floats, spread: Floats) -> float:
    """Largest standard deviation of a corner of the grid, in the units of the fit."""

    def corners(at: Floats) -> Floats:
        seen = np.c_[UNIT, np.ones(4)] @ np.r_[at[:8], 1.0].reshape(3, 3).T
        return np.asarray((seen[:, :2] / seen[:, 2:]).ravel())

    slope = jacobian(corners, values)
    variance = np.einsum("ij,jk,ik->i", slope, spread, slope)
    return float(np.sqrt(np.maximum(variance, 0).reshape(4, 2).sum(axis=1).max()))


def least_squares(residuals: Callable[[Floats], Floats], start: Floats, rounds: int = 60) -> tuple[Floats | None, Floats]:
    """The values that make residuals (of unit variance) least, and their covariance; None where the points leave them open."""
    values, damping = start, 1e-3
    off = residuals(values)
    for _ in range(rounds):
        slope = jacobian(residuals, values)
        normal = slope.T @ slope
        step = np.linalg.solve(normal + damping * np.diag(np.maximum(np.diag(normal), 1e-9)), -slope.T @ off)
        better = residuals(values + step)
        if not np.isfinite(better).all() or better @ better > off @ off:
            damping = min(damping * 8, 1e9)
            continue
        values, damping, done = values + step, damping / 4, off @ off - better @ better < 1e-9 * (1 + off @ off)
        off = better
        if done:
            break
    slope = jacobian(residuals, values)
    if np.linalg.cond(slope) > 1e7:
        return None, np.zeros((len(start), len(start)))
    return values, np.asarray(np.linalg.inv(slope.T @ slope))


def jacobian(of: Callable[[Floats], Floats], at: Floats) -> Floats:
    """Central differences."""
    steps = 1e-5 * np.maximum(1.0, np.abs(at))
    return np.stack([(of(at + step) - of(at - step)) / (2 * size) for step, size in zip(np.diag(steps), steps, strict=True)], axis=1)


def _size_mm(photo_from_unit: Floats, seen: Seen, fit_from_photo: Callable[[Floats], Floats] = lambda quad: quad) -> Floats:
    """Width and height of the grid that make the sides of its corners' markers as long as they are, by least squares of squares."""
    unit_from_photo = inverse(photo_from_unit)
    rows, lengths = [], []
    for corner, quad in seen.corners.items():
        shown, true = apply(unit_from_photo, fit_from_photo(quad)), tile_marker_mm(corner)
        rows.append((np.roll(shown, -1, axis=0) - shown) ** 2)
        lengths.append(((np.roll(true, -1, axis=0) - true) ** 2).sum(axis=1))
    squares = np.linalg.lstsq(np.vstack(rows), np.concatenate(lengths), rcond=None)[0]
    return np.asarray(np.sqrt(np.maximum(squares, 1.0)))


def turns_deg(found: Hung, seen: Seen) -> dict[Corner, float]:
    """By how much each tile hangs turned on the board, clockwise."""
    board_from_photo = np.diag([*found.size_mm, 1.0]) @ inverse(found.photo_from_unit)
    turns = {}
    for corner, quad in seen.corners.items():
        top_left, top_right = apply(board_from_photo, quad[:2])
        turns[corner] = float(np.degrees(np.arctan2(top_right[1] - top_left[1], top_right[0] - top_left[0])))
    return turns


def stray_mm(found: Hung, seen: Seen) -> float:
    """Root mean square of how far the markers' corners lie from where they would with all tiles hung straight."""
    board_from_photo = np.diag([*found.size_mm, 1.0]) @ inverse(found.photo_from_unit)
    off = [apply(board_from_photo, quad) - UNIT[corner] * found.size_mm - tile_marker_mm(corner) for corner, quad in seen.corners.items()]
    return float(np.sqrt((np.vstack(off) ** 2).sum(axis=1).mean()))


def edges(found: Hung, seen: Seen, shape: tuple[int, int], settings: MarkerSettings) -> tuple[Floats, Floats]:
    """Edges of columns and of rows as shares of the grid: even, unless strips at all of them stand clearly otherwise."""
    unit_from_photo = inverse(found.photo_from_unit)
    axes = (seen.columns, True, shape[1], 0), (seen.rows, False, shape[0], 1)
    across, down = (
        _axis_edges({i: float(apply(unit_from_photo, foot[None])[0, axis]) for i, foot in feet(strips, is_across).items()}, count, settings)
        for strips, is_across, count, axis in axes
    )
    return across, down


def _axis_edges(middles: Mapping[int, float], count: int, settings: MarkerSettings) -> Floats:
    """``count + 1`` shares from 0 to 1, each middle half way between two of them."""
    even = np.linspace(0, 1, count + 1)
    if len(middles) < count or count < 2:
        return even
    stand = np.array([middles[i] for i in range(count)])
    if np.abs(stand - (even[1:] + even[:-1]) / 2).max() * count < settings.uneven_cells:
        return even
    halves = (np.eye(count, count + 1) + np.eye(count, count + 1, 1)) / 2
    inner = np.linalg.lstsq(halves[:, 1:-1], stand - halves[:, -1], rcond=None)[0]
    uneven = np.r_[0.0, inner, 1.0]
    return uneven if (np.diff(uneven) > settings.least_cell / count).all() else even
