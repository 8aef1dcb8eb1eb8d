"""A grid told by its labels alone: a row of headers above, a column of them at the side, drawn lines where there are some."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from calibration.rig import Floats, readonly
from digitizer.grid.items import Hangings, Item, find_hangings
from digitizer.grid.view import View
from digitizer.settings import HeaderSettings, LocateSettings


@dataclass(frozen=True, eq=False)
class HeaderGrid:
    """A grid in the plane: edges of columns and rows in plane px.

    ``strain``: how uneven the labels are (0: printed, 1: hardly labels); ``lead``: strain of the next other choice over this one;
    ``stray_px``: how far labels hang off their row or column, root mean square; ``lines``: whether drawn lines bound the columns.
    """

    column_edges: Floats
    row_edges: Floats
    strain: float
    lead: float
    stray_px: float
    lines: bool


@dataclass(frozen=True)
class _Group:
    """Labels in a row (along x) or in a column (along y), in order."""

    items: tuple[Item, ...]
    axis: int
    strain: float

    @property
    def middles(self) -> Floats:
        """Places along the own axis, plane px."""
        return np.array([item.middle[self.axis] for item in self.items])

    @property
    def stray(self) -> float:
        """Root mean square distance off the common line, plane px."""
        return float(np.std([item.middle[1 - self.axis] for item in self.items]))

    def side(self, end: int) -> float:
        """Least (0) or greatest (1) coordinate of the labels across the own axis."""
        across = 1 - self.axis
        edges = [item.box[across + 2 * end] for item in self.items]
        return max(edges) if end else min(edges)


def find_headers(view: View, shape: tuple[int, int], settings: LocateSettings) -> HeaderGrid | None:
    """The likeliest grid of ``shape`` (rows, columns) that labels span, or None; two rows and columns are needed."""
    rows, columns = shape
    if min(shape) < 2:
        return None  # one label tells no step from one to the next
    hangings, labels = find_hangings(view, settings), settings.headers
    found: list[tuple[float, _Group, _Group]] = []
    for spacing in settings.letter_spacings:
        items = hangings.items(spacing)
        tops = list(_groups(items, 0, columns, labels))
        sides = list(_groups(items, 1, rows, labels))
        found += [(_strain(top, side, items, labels), top, side) for top in tops for side in sides if _corner(top, side)]
    if not found:
        return None
    found.sort(key=lambda f: f[0])
    strain, top, side = found[0]
    other = [f[0] for f in found if not _same(f[1], top, labels) or not _same(f[2], side, labels)]
    lead = (other[0] if other else labels.alone) - strain
    edges, lines = _column_edges(top, view, hangings, labels)
    return HeaderGrid(
        readonly(edges), readonly(_edges(side, hangings, labels)), strain, lead, float(np.hypot(top.stray, side.stray)), lines
    )


def _groups(items: list[Item], axis: int, count: int, settings: HeaderSettings) -> Iterator[_Group]:
    """Sets of exactly ``count`` labels in a row (axis 0) or column (axis 1)."""
    across = 1 - axis
    seen: set[tuple[Item, ...]] = set()
    for seed in items:
        place, reach = seed.middle[across], settings.stray * seed.size[across]
        row = [i for i in items if abs(i.middle[across] - place) < reach and _same_kind(i, seed, across, settings)]
        row.sort(key=lambda i: i.middle[axis])
        for first in range(len(row) - count + 1) if len(row) <= count + settings.spare else ():
            chosen = tuple(row[first : first + count])
            if chosen not in seen:
                seen.add(chosen)
                yield _Group(chosen, axis, _unevenness(chosen, axis, settings))


def _same_kind(item: Item, seed: Item, across: int, settings: HeaderSettings) -> bool:
    """Both sheets or both words, and of like height (for words) or size."""
    ratio = item.size[across] / max(seed.size[across], 1.0)
    return item.solid == seed.solid and 1 / settings.alike < ratio < settings.alike


def _unevenness(items: tuple[Item, ...], axis: int, settings: HeaderSettings) -> float:
    """How unlike each other labels are: in place across, in size, in colour, in spacing."""
    across = 1 - axis
    size = np.array([item.size for item in items])
    place = np.array([item.middle for item in items])
    usual = np.median(size, axis=0)
    colour = np.array([item.lab for item in items])
    stray = float(np.abs(place[:, across] - np.median(place[:, across])).mean() / usual[across])
    widths, heights = (float(np.abs(np.log(size[:, i] / usual[i])).mean()) for i in (0, 1))
    hue = float(np.linalg.norm(colour - np.median(colour, axis=0), axis=1).mean() / settings.colour_lab)
    steps = np.diff(place[:, axis])
    spacing = float(np.abs(np.log(np.maximum(steps, 1) / np.median(steps))).mean()) if len(steps) > 1 else 0.0
    return stray + (heights + settings.width_weight * widths) + hue + spacing


def _corner(top: _Group, side: _Group) -> bool:
    """Whether the row of headers lies above all side labels, and these left of all headers."""
    return bool(side.items[0].middle[1] > top.side(1) and top.items[0].middle[0] > side.side(1))


def _strain(top: _Group, side: _Group, items: list[Item], settings: HeaderSettings) -> float:
    """How little two groups look like the headers of one grid: own unevenness, unlike kinds, things outside, an empty inside."""
    own = set(top.items) | set(side.items)
    unlike = settings.other_kinds * (top.items[0].solid != side.items[0].solid)
    pitch_x, pitch_y = np.median(np.diff(top.middles)), np.median(np.diff(side.middles))
    left, above = top.middles[0] - 0.5 * pitch_x, side.middles[0] - 0.5 * pitch_y
    right, below = top.middles[-1] + 0.5 * pitch_x, side.middles[-1] + 0.5 * pitch_y
    others = [i for i in items if i not in own and (i.solid or not top.items[0].solid)]
    inside = [i for i in others if left < i.middle[0] < right and above < i.middle[1] < below]
    band = [i for i in others if i not in inside and (above < i.middle[1] < below or left < i.middle[0] < right)]
    return top.strain + side.strain + unlike + settings.outside * len(band) / max(len(inside), 1) + settings.empty * (not inside)


def _same(a: _Group, b: _Group, settings: HeaderSettings) -> bool:
    """Whether two groups stand for the same labels."""
    pitch = float(np.median(np.diff(b.middles)))
    return bool(np.abs(a.middles - b.middles).max() < settings.same * pitch)


def _column_edges(top: _Group, view: View, hangings: Hangings, settings: HeaderSettings) -> tuple[Floats, bool]:
    """Edges of the columns: drawn lines where each edge has one, else as for rows."""
    edges = _midway(top.middles)
    pitch = float(np.median(np.diff(edges)))
    at = _alike_walls(edges, view, hangings, settings)
    near = [at[np.abs(at - edge) < settings.line_reach * pitch] for edge in edges]
    if all(len(n) for n in near):
        lines = np.array([n[np.abs(n - edge).argmin()] for n, edge in zip(near, edges, strict=True)])
        if (np.diff(lines) > settings.least_column * pitch).all():
            return lines, True
    return _edges(top, hangings, settings), False


def _alike_walls(edges: Floats, view: View, hangings: Hangings, settings: HeaderSettings) -> Floats:
    """Long drawn lines of the colour that those near the edges mostly have."""
    lines = view.across
    walls = np.isin(lines.at_px, hangings.walls_px)
    pitch = float(np.median(np.diff(edges)))
    near = walls & (np.abs(lines.at_px[:, None] - edges[None]).min(axis=1) < settings.sure_reach * pitch)
    if not near.any():
        return np.zeros(0)
    agree = lines.ways @ lines.ways[near].T
    usual = lines.ways[near][int((agree[near] > settings.like_colour).sum(axis=0).argmax())]
    return np.asarray(lines.at_px[walls & (lines.ways @ usual > settings.like_colour)])


def _midway(middles: Floats) -> Floats:
    """Edges midway between labels; the outer ones half a step out."""
    inner = (middles[1:] + middles[:-1]) / 2
    return np.asarray(np.r_[1.5 * middles[0] - 0.5 * middles[1], inner, 1.5 * middles[-1] - 0.5 * middles[-2]])


def _edges(group: _Group, hangings: Hangings, settings: HeaderSettings) -> Floats:
    """Edges midway between labels, moved a little to where fewest of the cards past the labels are cut."""
    edges = _midway(group.middles)
    along = hangings.foreign.T if group.axis == 0 else hangings.foreign
    start = int(np.clip(group.side(1) / hangings.coarse, 0, along.shape[1] - 1))
    share = along[:, start:].mean(axis=1)
    valleys = [
        _valley(share, at, step, settings) for at, step in zip(edges / hangings.coarse, _steps(edges) / hangings.coarse, strict=True)
    ]
    return np.asarray(np.array(valleys) * hangings.coarse)


def _steps(edges: Floats) -> Floats:
    steps = np.diff(edges)
    return np.asarray(np.minimum(np.r_[steps[0], steps], np.r_[steps, steps[-1]]))


def _valley(share: Floats, edge: float, step: float, settings: HeaderSettings) -> float:
    """The place near an edge where least is cut; the further off, the more must be gained."""
    reach = settings.edge_reach * step
    places = np.arange(max(int(edge - reach), 0), min(int(edge + reach) + 1, len(share)))
    if not len(places):
        return edge
    width = max(int(settings.edge_width * step), 1)
    smooth = np.convolve(share, np.ones(width) / width, mode="same")
    cost = smooth[places] + settings.edge_pull * ((places - edge) / reach) ** 2
    return float(places[int(cost.argmin())])
