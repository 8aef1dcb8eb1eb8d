"""Where the board is: by markers of the printed kit, else by its reference, else by its drawn grid, else by its headers.

What lines and headers leave in doubt is settled by the names that are read beside them, and a photo of a part of the board is placed by
what it shares with what is known of the board.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Sized
from dataclasses import replace
from types import MappingProxyType
from typing import Protocol, TypeAlias

import numpy as np

from calibration.chart import Chart
from calibration.overlap import Enough, place
from calibration.plane import apply, aspect_ratio, density, inverse
from calibration.reference import BoardMissing, find_again
from calibration.rig import NOMINAL_COLUMN_MM, Floats, Layout, Lens, Reference, Rig, readonly
from digitizer import rehung, sideways
from digitizer.errors import BoardNotFound
from digitizer.event import Board
from digitizer.frames import photo_from_board
from digitizer.grid.find import find_grid, guessed, is_close
from digitizer.grid.fitted import Grid
from digitizer.grid.rivals import rivals
from digitizer.grid.sharpness import blur_px
from digitizer.marked import Marked
from digitizer.model import Photo, Pose
from digitizer.settings import LocateSettings


class BoardNames(Protocol):
    """Reads names of rooms and times in the photo: ``digitizer.names``, handed in since it looks at cards, which are found later."""

    def vouch(self, pose: Pose, drawn: bool = False) -> tuple[Sized, Sized] | None:
        """The columns and the rows of a grid beside which their own names are read, where both are enough; None where they are not."""
        ...

    def deny(self, pose: Pose) -> bool:
        """Whether names of other columns or rows are read beside a grid."""
        ...

    def leans(self, pose: Pose) -> bool:
        """Whether what is straight on the board runs off a grid's lines, so that its plane was seen wrongly."""
        ...

    def strangers(self, pose: Pose, reference: Reference) -> Sequence[rehung.Stranger]:
        """Names that are read where others stood when the board was calibrated."""
        ...

    def grids(self) -> Iterable[Pose]:
        """Grids that the names themselves span."""
        ...


Hints: TypeAlias = tuple[Rig | None, Callable[[], Chart | None], BoardNames | None]
"""What may help to find a board: its calibration, the chart of what is known of it, and its names."""

DOUBTS = (
    ("denied", 0.5, "the names beside it are those of other columns or rows"),
    ("overrun", 0.5, "its lines run on past the grid ({:.0%}), as on a board with more rows or columns, or on a part of one"),
    ("passed_over", 0.88, "a line within it belongs to no cell ({:.0%} of it in view)"),
    ("hollow", 0.5, "bare board ({:.0%}) stands where an outer row or column should be"),
    ("missing", 0.5, "bare board ({:.0%}) stands where an inner line should be"),
)
"""Contradictions that a refusal names: key of the evidence, value from which it counts, words."""


def locate(
    photo: Photo,
    board: Board,
    rig: Rig | None = None,
    chart: Callable[[], Chart | None] = lambda: None,
    settings: LocateSettings | None = None,
    names: BoardNames | None = None,
) -> Pose:
    """Find a board's plane and grid in a photo.

    By markers of the printed kit if enough are in view; with a calibration that has a reference, by that alone; otherwise by the lines
    drawn on the board, or by its labels. What these leave in doubt is settled by the names of rooms and times, if there are ``names``
    to ask; they also tell whether the labels stand where they were calibrated. Where the whole board is not found so, a photo of a part
    of it is placed by what it shares with the ``chart`` of what is known of the board, which is asked for only then. Raises
    ``BoardNotFound`` with the numbers that speak against it, also where the markers are those of another board, and where the photo is
    too blurred to read; ``LabelsMoved`` where other names stand beside columns or rows than at the calibration.
    """
    settings = settings or LocateSettings()
    marked = Marked(photo, board, rig, settings.markers)
    pose = marked.pose() or _unmarked(photo, board, marked, (rig, chart, names), settings)
    return _sharp(pose, photo, settings)


def _as_piece(photo: Photo, chart: Chart, rig: Rig | None, whole: BoardNotFound) -> Pose:
    """The pose of a photo of a part of the board. ``whole``: why it is none of the whole board."""
    placed, believed = place(photo.image, chart, rig.lens if rig else None)
    if placed is None or not believed:
        found = placed.numbers(Enough()) if placed else "Fewer than 8 of its details agree on a place of the board as it is known."
        raise BoardNotFound(
            f"{photo.name} shows neither the whole board nor a part of it that can be placed.",
            f"As the whole board: {whole.evidence or whole.what} As a part: {found}",
            "If it is the whole board, have nobody before its outer columns, or set its grid by hand. A part has to overlap what is known "
            "by a card or two: where more has changed, take the whole board first.",
        ) from whole
    numbers = {"places": placed.places, "contradicted": placed.contradicted, "telling": placed.telling, "squares_agreeing": placed.agreeing}
    evidence = MappingProxyType({name: float(number) for name, number in numbers.items()})
    return Pose(placed.board_from_photo, chart.layout, "overlap", evidence, placed.rms_mm, placed.lens, whole=False)


def _unmarked(photo: Photo, board: Board, marked: Marked, known: Hints, settings: LocateSettings) -> Pose:
    """The pose by what else is on the board; the few markers in view, if any, must agree with it."""
    too_few, (rig, charted, names) = marked.too_few(), known
    try:
        pose = _by_reference(photo, rig, rig.reference) if rig and rig.reference else _by_grid(photo, board, names, settings)
    except BoardNotFound as error:
        chart = charted()
        if chart is not None:
            pose = _as_piece(photo, chart, rig, too_few or error)
        else:
            found = _vouched(names, names.grids(), error.lines_support) if names and not (rig and rig.reference) else None
            if found is None:
                raise too_few or error from error
            pose = found
    if too_few and marked.contradict(pose):
        raise too_few
    if names and rig and rig.reference:
        rehung.refuse(photo.name, names.strangers(pose, rig.reference))
    return pose


def _by_grid(photo: Photo, board: Board, names: BoardNames | None, settings: LocateSettings) -> Pose:
    """The pose by lines or labels, if these are clear; else of the grids they allow the one beside which the names stand.

    Labels stand where rows and columns begin. Where no line tells how these go on, what else is straight on the board must not deny it.
    """
    size_px = (photo.image.shape[1], photo.image.shape[0])
    search = find_grid(photo.image, board.shape, settings)
    denied = leaning = False
    if search.grid is not None:
        pose = _pose(search.grid, size_px, search.evidence, settings)
        denied = names is not None and is_close(search.evidence, settings) and names.deny(pose)
        leaning = names is not None and pose.method == "headers" and names.leans(pose)
        if not denied and not leaning:
            return _way_up(pose, photo, board, names, settings)
    if names is not None:
        others = (_pose(grid, size_px, grid.evidence, settings) for grid in rivals(search, size_px, settings))
        found = _vouched(names, others, search.evidence.get("support", 0.0)) or _turned(photo, board, names, settings)
        if found is not None:
            return found
    told = _refusal(photo, board, {**search.evidence, "denied": float(denied), "leaning": float(leaning)}, settings)
    raise BoardNotFound(*told, lines_support=search.evidence.get("support", 0.0))


def _way_up(pose: Pose, photo: Photo, board: Board, names: BoardNames | None, settings: LocateSettings) -> Pose:
    """A pose that lines tell. With as many rows as columns they are the same in a photo on its side, and the names beside them decide."""
    rows, columns = board.shape
    if rows != columns or names is None or _vouched(names, [pose], None) is not None:
        return pose
    return _turned(photo, board, names, settings) or replace(pose, warnings=(*pose.warnings, sideways.UNSURE))


def _turned(photo: Photo, board: Board, names: BoardNames, settings: LocateSettings) -> Pose | None:
    """The pose in a photo by a camera on its side or head, if the names stand beside the grid that is seen in it turned."""
    height, width = photo.image.shape[:2]
    for quarters, warning in sideways.TURNED.items():
        image = sideways.turned(photo.image, quarters)
        search = find_grid(image, board.shape, settings)
        pose = _pose(search.grid, image.shape[1::-1], search.evidence, settings) if search.grid is not None else None
        found = pose and _vouched(names, [sideways.in_photo(pose, (width, height), quarters)], search.evidence.get("support", 0.0))
        if found:
            return replace(found, warnings=(warning, *(told for told in found.warnings if told != sideways.UPSIDE_DOWN)))
    return None


def _vouched(names: BoardNames, poses: Iterable[Pose], lines_support: float | None) -> Pose | None:
    """The first of some poses beside whose grid the names of columns and rows stand in their places.

    ``lines_support`` of the best grid by lines alone goes along in its evidence, where lines were looked for.
    """
    for pose in poses:
        found = names.vouch(pose, drawn=pose.evidence.get("hidden") == 0)
        if found is not None:
            above, beside = found
            named = {"columns_named": float(len(above)), "rows_named": float(len(beside))}
            named |= {} if lines_support is None else {"lines_support": lines_support}
            return replace(pose, evidence=MappingProxyType({**pose.evidence, **named}))
    return None


def _sharp(pose: Pose, photo: Photo, settings: LocateSettings) -> Pose:
    """The pose with the photo's blur, if writing can be told at all in it."""
    corners_px, mm_per_px = _in_view(pose, photo)
    column_mm = pose.layout.width_mm / pose.layout.columns
    blur = blur_px(photo.image, corners_px)
    share = blur * mm_per_px / column_mm
    if share > settings.most_blur:
        raise BoardNotFound(
            f"{photo.name}: the board is there, but too blurred to read.",
            f"Edges are smeared over {share:.1%} of a column's width; at {settings.most_blur:.0%} writing is gone.",
            "Hold still, focus on the board, or give more light.",
        )
    return replace(pose, blur_px=blur)


def _in_view(pose: Pose, photo: Photo) -> tuple[Floats, float]:
    """The quadrangle 4x2 px in which blur is measured, and mm a px there: the grid, or all of a photo of a part."""
    if pose.whole:
        corners_px = photo_from_board(pose, pose.layout.grid_corners_mm())
        return corners_px, pose.layout.width_mm / float(np.hypot(*(corners_px[1] - corners_px[0])))
    height, width = photo.image.shape[:2]
    frame = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float64)
    return frame, float(density(pose.board_from_photo, frame.mean(axis=0))[1])


def _by_reference(photo: Photo, rig: Rig, reference: Reference) -> Pose:
    try:
        match = find_again(photo.image, reference, rig.lens)
    except BoardMissing as missing:
        raise BoardNotFound(
            f"{photo.name}: {missing.what}", missing.evidence, "Have the whole board in the photo, or calibrate it anew if it was rebuilt."
        ) from missing
    evidence = {"squares_agreeing": float(match.inliers), "squares_seen": float(match.matched), "covered": match.covered}
    return Pose(match.board_from_photo, rig.layout, "reference", MappingProxyType(evidence), match.rms_mm, match.lens)


def _refusal(photo: Photo, board: Board, evidence: Mapping[str, float], settings: LocateSettings) -> tuple[str, str, str]:
    """What happened, the evidence, the next step."""
    rows, columns = board.shape
    what = f'{photo.name}: board "{board.id}" with {columns} columns and {rows} rows was not found.'
    remedy = "Take the whole board, sharp and from nearer, or calibrate it once with boardcast calibrate."
    if evidence["leaning"]:
        return what, "Its labels are in view, but what is straight on the board does not run along the grid that they span.", remedy
    if "lines_seen" not in evidence:
        return what, "No two sets of parallel lines that could be a grid were seen.", remedy
    seen, lines = evidence["lines_seen"], evidence["lines"]
    numbers = f"The best guess has {seen:.0f} of {lines:.0f} lines in view, and {evidence['support']:.0%} of their length"
    doubts = [text.format(evidence[key]) for key, limit, text in DOUBTS if evidence.get(key, 0.0) > limit]
    if evidence["worth"] < settings.least_worth:
        doubts.append(f"with all that speaks for and against it each line is worth {evidence['worth']:.2f} of one in full view")
    if guessed(evidence, settings):
        doubts.append(f"another grid explains it nearly as well (lead {evidence['lead']:.1f} lines), and lines that are hidden decide")
    if evidence.get("inside", 1.0) < settings.least_inside:
        doubts.append(f"only {evidence['inside']:.0%} of the grid is in the photo")
    return what, "; ".join([numbers, *doubts[:2]]) + ".", remedy


def _pose(grid: Grid, size_px: tuple[int, int], evidence: Mapping[str, float], settings: LocateSettings) -> Pose:
    """Millimetres from proportions: a mean column is taken to be ``NOMINAL_COLUMN_MM`` wide."""
    flat_from_photo, across, down = _upright(grid)
    corners = np.array([[across[0], down[0]], [across[-1], down[0]], [across[-1], down[-1]], [across[0], down[-1]]])
    corners_px = apply(inverse(flat_from_photo), corners)
    width = NOMINAL_COLUMN_MM * (len(across) - 1)
    height = width / aspect_ratio(corners_px, size_px)
    scale = np.array([width / (across[-1] - across[0]), height / (down[-1] - down[0])])
    board_from_flat = np.array([[scale[0], 0, -across[0] * scale[0]], [0, scale[1], -down[0] * scale[1]], [0, 0, 1]])
    column_edges, row_edges = (across - across[0]) * scale[0], (down - down[0]) * scale[1]
    layout = Layout(len(across) - 1, len(down) - 1, tuple(column_edges.tolist()), tuple(row_edges.tolist()))
    mm_per_px = width / float(np.hypot(*(corners_px[1] - corners_px[0])))
    return Pose(
        board_from_photo=readonly(board_from_flat @ flat_from_photo),
        layout=layout,
        method=grid.method,
        evidence=MappingProxyType(dict(evidence)),
        rms_mm=grid.rms_px * mm_per_px,
        lens=_lens(grid, size_px),
        warnings=_warnings(grid, evidence, settings),
    )


def _upright(grid: Grid) -> tuple[Floats, Floats, Floats]:
    """The plane and its edges with the headers at the left and on top."""
    if not grid.turned:
        return grid.flat_from_photo, grid.column_edges, grid.row_edges
    half_turn = np.diag([-1.0, -1.0, 1.0])
    return half_turn @ grid.flat_from_photo, -grid.column_edges[::-1], -grid.row_edges[::-1]


def _lens(grid: Grid, size_px: tuple[int, int]) -> Lens | None:
    if not grid.k1:
        return None
    return Lens.radial(grid.focal_px, grid.k1, size_px, grid.rms_px)


def _warnings(grid: Grid, evidence: Mapping[str, float], settings: LocateSettings) -> tuple[str, ...]:
    found = []
    if grid.turned:
        found.append(sideways.UPSIDE_DOWN)
    if evidence.get("lead", settings.clear_lead) < settings.clear_lead:
        found.append(
            f"Another reading of the grid is nearly as likely (lead {evidence['lead']:.1f} lines): check which cells the cards are in."
        )
    if evidence.get("labels", 1.0) < settings.least_labels:
        found.append(
            f"Labels were seen at {evidence['labels']:.0%} of the places around the grid: check that the event file fits the board."
        )
    return tuple(found)
