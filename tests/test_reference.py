"""calibration.reference: a board is found again by what does not change on it, or refused with numbers; never in the wrong place."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import cv2
import numpy as np
import pytest
import synth

from calibration.plane import apply, aspect_ratio, homography, inverse, layout_from_fractions
from calibration.reference import BoardMissing, Match, find_again, make_reference
from calibration.rig import Cell, Reference

SIZE = (1600, 1200)
PATIENCE_PERCENT = 0.15
"""Mean error of the grid's corners in per cent of its width that the design allows."""


@dataclass(frozen=True, eq=False)
class Known:
    """A scene, and the reference made of it."""

    scene: synth.Synth
    reference: Reference


@lru_cache(maxsize=6)
def known(style: str, seed: int = 4) -> Known:
    """A synthetic board with its reference from the true corners."""
    scene = synth.scene(seed, style=style, rows=5, columns=5, size_px=SIZE, tilt_deg=(6.0, -10.0), roll_deg=1.0)
    return Known(scene, make_reference(scene.photo.image, scene.board_from_photo, scene.layout))


def seen_from(image: np.ndarray, corners: list[tuple[float, float]]) -> tuple[np.ndarray, np.ndarray]:
    """The photo as another camera would see it: its own corners moved to the given shares of its size; with the 3x3 there."""
    height, width = image.shape[:2]
    size = np.array([width, height])
    moved = homography(np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * size, np.array(corners) * size)
    return cv2.warpPerspective(image, moved, (width, height), borderMode=cv2.BORDER_REPLICATE, flags=cv2.INTER_AREA), moved


def with_labels_moved_on(scene: synth.Synth) -> np.ndarray:
    """The photo with each label in its neighbour's place, all else untouched."""
    belt = 400
    layout, size = scene.layout, scene.photo.image.shape[1::-1]
    flat_from_photo = np.array([[1.0, 0, belt], [0, 1.0, belt], [0, 0, 1]]) @ scene.board_from_photo
    flat = cv2.warpPerspective(scene.photo.image, flat_from_photo, (int(layout.width_mm) + 2 * belt, int(layout.height_mm) + 2 * belt))
    for edges_mm in (layout.column_edges_mm, layout.row_edges_mm):
        edges = [round(edge) + belt for edge in edges_mm]
        before = flat[: belt - 5].copy()
        for i, (start, stop) in enumerate(pairwise(edges)):
            from_start, from_stop = edges[(i + 1) % (len(edges) - 1)], edges[(i + 1) % (len(edges) - 1) + 1]
            flat[: belt - 5, start:stop] = cv2.resize(before[:, from_start:from_stop], (stop - start, belt - 5))
        flat = flat.transpose(1, 0, 2).copy()  # the rows' labels stand to the columns' as x to y
    return cv2.warpPerspective(flat, inverse(flat_from_photo), size)


def error_percent(match: Match, known: Known, moved: np.ndarray) -> float:
    """Mean distance of the grid's corners from the truth, in per cent of its width."""
    truth = apply(moved, known.scene.grid_corners_px)
    found = apply(inverse(match.board_from_photo), known.scene.layout.grid_corners_mm())
    return float(np.linalg.norm(found - truth, axis=1).mean() / np.linalg.norm(truth[1] - truth[0]) * 100)


STAY = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
NUDGED = [(0.012, 0.006), (1.01, -0.004), (1.004, 1.01), (0.008, 1.012)]
TURNED = [(0.06, -0.03), (1.02, 0.07), (0.94, 1.05), (-0.03, 0.92)]
FROM_ASIDE = [(0.2, 0.02), (0.85, 0.2), (0.85, 0.82), (0.2, 1.0)]
SMALLER = [(0.2, 0.25), (0.75, 0.25), (0.75, 0.8), (0.2, 0.8)]


@pytest.mark.parametrize("corners", [STAY, NUDGED, TURNED, FROM_ASIDE, SMALLER], ids=["stay", "nudged", "turned", "aside", "smaller"])
def test_it_is_found_from_elsewhere(corners):
    """A nudge, a turn, another angle, a zoom: the grid's corners come out right."""
    board = known("whiteboard")
    view, moved = seen_from(board.scene.photo.image, corners)
    assert error_percent(find_again(view, board.reference), board, moved) < PATIENCE_PERCENT


@pytest.mark.parametrize("style", ["cork-tape", "lineless", "column-lines"])
def test_it_needs_no_full_grid(style):
    """Tape on cork, no lines at all, column lines only."""
    board = known(style)
    view, moved = seen_from(board.scene.photo.image, TURNED)
    assert error_percent(find_again(view, board.reference), board, moved) < PATIENCE_PERCENT


def test_an_unmoved_camera_takes_the_short_way(monkeypatch):
    """Without keypoints: the pose of the first photo is confirmed by the picture."""
    board = known("whiteboard")
    monkeypatch.setattr("calibration.reference.detect", lambda *_: pytest.fail("keypoints were looked for"))
    match = find_again(board.scene.photo.image, board.reference)
    assert error_percent(match, board, np.eye(3)) < PATIENCE_PERCENT


def test_light_and_people_do_not_move_it():
    """A quarter of the light, noise, and somebody before the left third."""
    board = known("whiteboard")
    view, moved = seen_from(board.scene.photo.image, NUDGED)
    dim = view * 0.25 + np.random.default_rng(1).normal(0, 3, view.shape)
    dim[300:, 250:620] = (40, 50, 60)
    match = find_again(np.clip(dim, 0, 255).astype(np.uint8), board.reference)
    assert error_percent(match, board, moved) < PATIENCE_PERCENT
    assert match.inliers < match.matched


def test_cards_may_come_and_go():
    """Every card replaced by another colour, and cards where there were none: only the unchanging parts count."""
    board = known("whiteboard")
    image, layout = board.scene.photo.image.copy(), board.scene.layout
    for row in range(layout.rows):
        for column in range(layout.columns):
            cell = layout.corners_mm(Cell(row, column))
            card = board.scene.photo_from_mm(cell.mean(axis=0) + 0.8 * (cell - cell.mean(axis=0)))
            cv2.fillConvexPoly(image, card.round().astype(np.int32), [(60, 200, 250), (200, 120, 240), (240, 240, 240)][(row + column) % 3])
    view, moved = seen_from(image, TURNED)
    assert error_percent(find_again(view, board.reference), board, moved) < PATIENCE_PERCENT


def test_a_grid_of_the_same_make_with_other_labels_is_refused():
    """Lines, frame and place alike; only what the labels say differs: the boards of two days."""
    board = known("whiteboard")
    with pytest.raises(BoardMissing):
        find_again(with_labels_moved_on(board.scene), board.reference)


HEAD_MM = (170.0, 100.0)
SHIRTS = ((90, 40, 60), (180, 170, 160), (60, 60, 170), (50, 50, 50), (190, 120, 60), (70, 110, 80))


def of_rows(rows: int, style: str = "whiteboard", **options: object) -> synth.Synth:
    """A board of so many rows; those that two of them have are alike, with their labels and the title."""
    wish = {"columns": 5, "size_px": SIZE, "tilt_deg": (6.0, -10.0), "roll_deg": 1.0, "head_mm": HEAD_MM, "unequal": 0.0}
    return synth.scene(4, style=style, rows=rows, **{**wish, **options})


@pytest.mark.parametrize("style", ["whiteboard", "felt-strips"])
@pytest.mark.parametrize("tilt", [(6.0, -10.0), (-8.0, 14.0)])
def test_a_board_with_fewer_rows_is_refused(style, tilt):
    """Six of eight rows, with the same rooms, times and title: where the last ones should be there is wall."""
    whole = of_rows(8, style)
    reference = make_reference(whole.photo.image, whole.board_from_photo, whole.layout)
    with pytest.raises(BoardMissing, match="with fewer rows"):
        find_again(of_rows(6, style, tilt_deg=tilt).photo.image, reference)


def test_heads_before_the_last_rows_are_no_end_of_the_board():
    """An audience hides the lines there as well, and the board is found."""
    whole = of_rows(8)
    reference = make_reference(whole.photo.image, whole.board_from_photo, whole.layout)
    image, (left, top), (right, bottom) = whole.photo.image.copy(), *(f(whole.grid_corners_px, axis=0) for f in (np.min, np.max))
    for i, x in enumerate(np.linspace(left, right, 6)):
        head = (int(x), int(bottom - 0.18 * (bottom - top)))
        cv2.ellipse(image, head, (62, 80), 0, 0, 360, (60, 80, 90 + 60 * (i % 2)), -1, cv2.LINE_AA)
        cv2.ellipse(image, (head[0], head[1] + 200), (115, 130), 0, 0, 360, SHIRTS[i], -1, cv2.LINE_AA)
    found = apply(find_again(image, reference).board_from_photo, whole.grid_corners_px)
    assert np.abs(found - whole.layout.grid_corners_mm()).max() < 0.01 * whole.layout.width_mm


def test_lines_that_are_too_faint_for_a_photo_are_not_gone():
    """Blur and noise take all hairlines alike; where none is seen none is missed."""
    whole = of_rows(6, "hairline")
    reference = make_reference(whole.photo.image, whole.board_from_photo, whole.layout)
    later = of_rows(6, "hairline", blur_px=2.5, noise=8.0)
    found = apply(find_again(later.photo.image, reference).board_from_photo, later.grid_corners_px)
    assert np.abs(found - whole.layout.grid_corners_mm()).max() < 0.01 * whole.layout.width_mm


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_another_board_is_refused(seed):
    """A board of the same make, with cells and labels of its own."""
    board = known("whiteboard")
    other = synth.scene(seed, style="whiteboard", size_px=SIZE)
    with pytest.raises(BoardMissing, match=r"\d"):
        find_again(other.photo.image, board.reference)


def test_half_a_board_is_refused_with_its_share():
    """The camera looks past the board's left half: what is seen is right, and too little."""
    board = known("whiteboard")
    view, _ = seen_from(board.scene.photo.image, [(-0.62, 0.0), (0.38, 0.0), (0.38, 1.0), (-0.62, 1.0)])
    with pytest.raises(BoardMissing, match=r"\d+%"):
        find_again(view, board.reference)


@pytest.mark.parametrize("shape", [(1200, 1600), (90, 120), (1, 1)])
def test_a_photo_of_nothing_is_refused(shape):
    """A wall, at any size; in words that organizers know."""
    wall = np.full((*shape, 3), 180, np.uint8)
    with pytest.raises(BoardMissing) as refused:
        find_again(wall, known("whiteboard").reference)
    assert "keypoint" not in str(refused.value)


def test_a_wall_makes_no_reference():
    """Without labels nothing tells this board from another; said at once, not when a photo fails."""
    layout = known("whiteboard").scene.layout
    with pytest.raises(ValueError, match="0 places"):
        make_reference(np.full((1200, 1600, 3), 180, np.uint8), known("whiteboard").scene.board_from_photo, layout)


def test_a_lens_is_undone():
    """With the lens that took both photos, straight lines are straight and corners fall where they are."""
    scene = synth.scene(4, style="whiteboard", rows=5, columns=5, size_px=SIZE, tilt_deg=(6.0, -10.0), roll_deg=1.0, k1=-0.12)
    reference = make_reference(scene.photo.image, scene.board_from_photo, scene.layout, scene.lens)
    later = synth.scene(4, style="whiteboard", rows=5, columns=5, size_px=SIZE, tilt_deg=(9.0, -4.0), roll_deg=-1.0, k1=-0.12)
    match = find_again(later.photo.image, reference, later.lens)
    truth = apply(inverse(later.board_from_photo), later.layout.grid_corners_mm())
    found = apply(inverse(match.board_from_photo), later.layout.grid_corners_mm())
    assert match.lens is later.lens
    assert np.linalg.norm(found - truth, axis=1).mean() < PATIENCE_PERCENT / 100 * np.linalg.norm(truth[1] - truth[0])


@pytest.mark.parametrize("tilt", [(0.0, 0.0), (12.0, 25.0), (-20.0, 15.0), (3.0, -2.0)])
def test_proportions_follow_from_the_corners(tilt):
    """Square on and aslant, width over height comes out within what hand-set corners allow."""
    scene = synth.scene(3, rows=4, columns=6, tilt_deg=tilt, size_px=SIZE)
    truth = scene.layout.width_mm / scene.layout.height_mm
    assert aspect_ratio(scene.grid_corners_px, SIZE) == pytest.approx(truth, rel=0.03)


def test_fractions_make_a_layout():
    """Dividers at a third and a half, in nominal millimetres of a mean column."""
    corners = np.array([[100, 100], [700, 100], [700, 400], [100, 400]], dtype=float)
    board_from_photo, layout = layout_from_fractions(corners, 2, 2, [1 / 3], [0.5], (800, 600))
    assert layout.column_edges_mm == pytest.approx((0, 400 / 3, 400))
    assert layout.row_edges_mm == pytest.approx((0, 100, 200))
    assert apply(board_from_photo, corners) == pytest.approx(layout.grid_corners_mm(), abs=1e-6)


@pytest.mark.parametrize(
    ("corners", "columns", "fractions", "says"),
    [
        ([(0, 0), (0, 300), (300, 300), (300, 0)], 2, [0.5], "clockwise"),
        ([(0, 0), (300, 0), (100, 100), (0, 300)], 2, [0.5], "convex"),
        ([(0, 0), (3, 0), (3, 3), (0, 3)], 2, [0.5], "0.2 %"),
        ([(0, 0), (300, 0), (300, 300), (0, 300)], 3, [0.5], "need 2"),
        ([(0, 0), (300, 0), (300, 300), (0, 300)], 3, [0.5, 0.4], "rise"),
        ([(0, 0), (300, 0), (300, 300), (0, 300)], 2, [1.5], "rise"),
        ([(0, 0), (300, 0), (300, float("nan")), (0, 300)], 2, [0.5], "corners"),
        ([(0, 0), (300, 0), (300, 300), (0, 300)], 0, [], "at least one"),
    ],
)
def test_marks_that_make_no_grid_are_named(corners, columns, fractions, says):
    """Each with what is wrong about it."""
    with pytest.raises(ValueError, match=says):
        layout_from_fractions(np.array(corners, dtype=float), columns, 1, fractions, None, (800, 600))


def test_a_board_far_away_is_found_again() -> None:
    """Its reference is a third of the usual size; a quarter of that would keep nothing of its labels."""
    scene = synth.scene(4, style="cork-tape", rows=5, columns=5, size_px=(1200, 900), tilt_deg=(6.0, -10.0), roll_deg=1.0, zoom=0.3)
    reference = make_reference(scene.photo.image, scene.board_from_photo, scene.layout)
    assert max(reference.image.shape) < 520
    image, moved = seen_from(scene.photo.image, [(-0.3, -0.25), (1.2, -0.3), (1.3, 1.25), (-0.25, 1.2)])
    match = find_again(image, reference)
    grid = scene.layout.grid_corners_mm()
    there = apply(moved, apply(inverse(scene.board_from_photo), grid))
    assert np.abs(apply(match.board_from_photo, there) - grid).max() < 0.01 * scene.layout.width_mm


def pinned(labels: list[str], columns: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Cards under labels on a bare wall, nothing else: the photo, and 4x2 corners of the grid."""
    rng, rows = np.random.default_rng(seed), len(labels) - columns
    image = np.full((SIZE[1], SIZE[0], 3), 205, np.uint8)
    (width, height), (left, top) = (250, 190), ((SIZE[0] - columns * 250) // 2, (SIZE[1] - rows * 190) // 2 + 60)
    middles = [(left + (i + 0.5) * width, top - 70) for i in range(columns)] + [(left - 110, top + (i + 0.5) * height) for i in range(rows)]
    for text, (x, y) in zip(labels, middles, strict=True):
        cv2.rectangle(image, (int(x) - 85, int(y) - 50), (int(x) + 85, int(y) + 50), (250, 250, 250), -1)
        cv2.putText(image, text, (int(x) - 78, int(y) + 14), cv2.FONT_HERSHEY_SIMPLEX, 1.3, (20, 20, 20), 3, cv2.LINE_AA)
    for cell in np.ndindex(rows, columns):
        x, y = np.array([left + (cell[1] + 0.5) * width, top + (cell[0] + 0.5) * height]) + rng.integers(-15, 15, 2)
        cv2.rectangle(image, (int(x) - 70, int(y) - 50), (int(x) + 70, int(y) + 50), (120, 230, 250), -1)
        cv2.putText(image, "".join(rng.choice(list("ABCDEFGHK"), 5)), (int(x) - 60, int(y)), 0, 1.0, (20, 20, 20), 2, cv2.LINE_AA)
    noisy = np.clip(image + rng.normal(0, 2, image.shape), 0, 255).astype(np.uint8)
    return noisy, np.array(
        [[left, top], [left + columns * width, top], [left + columns * width, top + rows * height], [left, top + rows * height]]
    )


FEW = [(["Hall", "Barn", "9:00"], 2), (["Hall", "Barn", "9:00", "10:00"], 2), (["Hall", "Barn", "Roof", "9:00"], 3)]


def few_labels(labels: list[str], columns: int) -> tuple[Reference, np.ndarray]:
    """The reference of such a board, and its corners."""
    image, corners = pinned(labels, columns, 1)
    board_from_photo, layout = layout_from_fractions(corners.astype(float), columns, len(labels) - columns, None, None, SIZE)
    return make_reference(image, board_from_photo, layout), corners


@pytest.mark.parametrize(("labels", "columns"), FEW)
def test_a_board_of_few_labels_is_found_by_all_of_them(labels: list[str], columns: int) -> None:
    """Other cards, a camera that was nudged; three or four labels on a bare wall are all there is."""
    reference, corners = few_labels(labels, columns)
    view, moved = seen_from(pinned(labels, columns, 2)[0], NUDGED)
    found = apply(find_again(view, reference).board_from_photo, apply(moved, corners.astype(float)))
    assert np.abs(found - reference.layout.grid_corners_mm()).max() < 0.01 * reference.layout.width_mm


@pytest.mark.parametrize(("labels", "columns"), FEW)
def test_a_board_of_few_labels_is_refused_with_another_among_them(labels: list[str], columns: int) -> None:
    """Another room in one place, all else alike; and one label out of sight."""
    reference, corners = few_labels(labels, columns)
    for other in ["Loft", "Attic"]:
        with pytest.raises(BoardMissing):
            find_again(pinned([other, *labels[1:]], columns, 2)[0], reference)
    hidden = pinned(labels, columns, 2)[0]
    hidden[: corners[0][1] - 5, : corners[0][0] + 245] = 205
    with pytest.raises(BoardMissing, match=rf"\({len(labels)} and 35%"):
        find_again(hidden, reference)
