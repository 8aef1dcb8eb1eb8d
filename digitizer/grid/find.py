"""A grid of known shape in a photo: search, fit, and the numbers by which it is believed or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np

from calibration.plane import inverse
from calibration.rig import Image, readonly
from digitizer.grid.fitted import Grid, fit_lattice
from digitizer.grid.headers import HeaderGrid, find_headers
from digitizer.grid.lattice import Lattice, find_lattices
from digitizer.grid.sequences import Sequence
from digitizer.grid.view import View, looks
from digitizer.settings import LocateSettings


@dataclass(frozen=True, eq=False)
class Looked:
    """One look at a photo: the ``view``, its ``lattices``, best first, and the grid that its labels span, if any."""

    view: View
    lattices: tuple[Lattice, ...]
    headers: HeaderGrid | None


@dataclass(frozen=True, eq=False)
class Search:
    """``grid``, if one is believed; the best ``evidence`` there was; and the ``looks`` taken, with all that was not believed."""

    grid: Grid | None
    evidence: Mapping[str, float]
    looks: tuple[Looked, ...]


def find_grid(image: Image, shape: tuple[int, int], settings: LocateSettings) -> Search:
    """Look for the grid of ``shape`` (rows, columns) in an HxWx3 BGR photo, until one is believed."""
    best: Mapping[str, float] = {}
    size_px = (image.shape[1], image.shape[0])
    looked: list[Looked] = []
    for view in looks(image, settings):
        lattices = find_lattices(view, shape, settings)
        grid, evidence = _drawn(lattices, view, size_px, settings)
        if not best or evidence.get("support", 0.0) > best.get("support", 0.0):
            best = evidence
        headers = find_headers(view, shape, settings) if grid is None else None
        looked.append(Looked(view, tuple(lattices), headers))
        grid = grid or _labelled(headers, view, size_px, settings)
        if grid is not None:
            return Search(grid, grid.evidence, tuple(looked))
    return Search(None, best, tuple(looked))


def _drawn(
    lattices: list[Lattice], view: View, size_px: tuple[int, int], settings: LocateSettings
) -> tuple[Grid | None, Mapping[str, float]]:
    """By drawn lines."""
    if not lattices:
        return None, {}
    evidence = _evidence(lattices, settings)
    grid = fit_lattice(lattices[0], view, size_px, settings) if believed(evidence, settings) else None
    if grid is None:
        return None, evidence
    evidence = {**evidence, **grid.evidence, "inside": inside(grid, size_px)}
    return (replace(grid, evidence=evidence) if evidence["inside"] >= settings.least_inside else None), evidence


def inside(grid: Grid, size_px: tuple[int, int]) -> float:
    """Share of the grid's area that lies in the photo."""
    corners = grid.corners_px.astype(np.float32)
    width, height = size_px
    frame = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    shared, _ = cv2.intersectConvexConvex(corners, frame)
    return float(shared) / max(float(cv2.contourArea(corners)), 1.0)


def _labelled(found: HeaderGrid | None, view: View, size_px: tuple[int, int], settings: LocateSettings) -> Grid | None:
    """By labels, and by lines between the columns where there are some."""
    if found is None or found.strain > settings.most_strain or found.lead < settings.least_strain_lead:
        return None
    return by_labels(found, view, size_px, settings)


def by_labels(found: HeaderGrid, view: View, size_px: tuple[int, int], settings: LocateSettings) -> Grid:
    """The grid that labels span."""
    evidence = {"strain": found.strain, "lead": found.lead * settings.strain_worth, "lines": float(found.lines)}
    edges, photo = (found.column_edges, found.row_edges), readonly(inverse(view.photo_from_plane))
    return Grid(photo, *edges, 0.0, float(max(size_px)), found.stray_px, "headers", False, evidence)


def believed(evidence: Mapping[str, float], settings: LocateSettings) -> bool:
    """Whether the lines in view are enough to stand for the grid, and nothing in view contradicts it."""
    return (
        evidence["support"] >= settings.least_support
        and evidence["weaker_axis"] >= settings.least_axis_support
        and evidence["lines_seen"] >= settings.least_lines_seen * evidence["lines"]
        and evidence["worth"] >= settings.least_worth
        and max(evidence["hollow"], evidence["overrun"], evidence["missing"]) <= settings.most_flawed
        and evidence["passed_over"] <= settings.most_idle
        and not guessed(evidence, settings)
    )


def guessed(evidence: Mapping[str, float], settings: LocateSettings) -> bool:
    """Whether lines that nobody sees decide between two grids: somebody hides the end of the board, and where it ends is a guess."""
    return hides(evidence) and evidence["lead"] < settings.clear_lead


def hides(evidence: Mapping[str, float]) -> bool:
    """Whether some of the grid's lines are out of sight."""
    return evidence.get("lines_seen", evidence["lines"]) < evidence["lines"]


def is_close(evidence: Mapping[str, float], settings: LocateSettings) -> bool:
    """Whether a believed grid could be another after all: some of its lines are out of sight, or it leads by less than a line."""
    return hides(evidence) or evidence["lead"] < settings.sure_lead


def _evidence(lattices: list[Lattice], settings: LocateSettings) -> Mapping[str, float]:
    """Numbers behind the best lattice: mean support of its lines, of the weaker axis, lines seen, lead over the next other grid."""
    best = lattices[0]
    support, columns = best.support, len(best.across.at_px)
    others = [g.score for g in lattices[1:] if _differ(best, g)]
    return {
        "support": float(support.mean()),
        "weaker_axis": float(min(support[:columns].mean(), support[columns:].mean())),
        "lines": float(len(support)),
        "lines_seen": float((support > settings.line_seen).sum()),
        "labels": best.labels,
        "worth": best.score / len(support),
        "lead": best.score - max(others, default=0.0),
        **best.flaws._asdict(),
    }


def _differ(a: Lattice, b: Lattice) -> bool:
    """Whether two lattices put some corner of the grid of cells a quarter of a cell or more apart."""
    return any(_apart(p, q) for p, q in ((a.across, b.across), (a.down, b.down)))


def _apart(a: Sequence, b: Sequence) -> bool:
    first, second = np.array(a.at_px[a.cells])[[0, -1]], np.array(b.at_px[b.cells])[[0, -1]]
    return bool(np.abs(first - second).max() > 0.25 * (first[1] - first[0]) / (len(a.at_px[a.cells]) - 1))
