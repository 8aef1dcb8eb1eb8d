"""What is straight on a board against the grid it is said to have: drift at the far ends of its rows and columns."""

from __future__ import annotations

from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from synth import Synth, scene

from calibration.rig import Layout
from digitizer.errors import BoardNotFound
from digitizer.locate import locate
from digitizer.model import Pose
from digitizer.names import Names
from digitizer.names.lean import drifts, leans
from digitizer.readers.onnx_recogniser import OnnxRecogniser
from digitizer.settings import LeanSettings, NamesSettings
from digitizer.straight import straight_edges_at

SETTINGS = LeanSettings()


@pytest.fixture(scope="module")
def board() -> Synth:
    """Cards and labels on a board without any line."""
    return scene(9, style="lineless", rows=5, columns=5, size_px=(1600, 1200), unequal=0.0)


def pose_of(truth: Synth, columns_off: float = 0.0, rows_off: float = 0.0) -> Pose:
    """The pose of the truth, its columns' feet and its rows' far ends so many cells off, their beginnings in place."""
    width, height = truth.layout.width_mm, truth.layout.height_mm
    down, across = columns_off * width / truth.layout.columns / height, rows_off * height / truth.layout.rows / width
    return Pose(np.array([[1, down, 0], [across, 1, 0], [0, 0, 1]]) @ truth.board_from_photo, truth.layout, "headers", {}, 0.0)


@pytest.mark.parametrize(("columns_off", "rows_off"), [(0.0, 0.0), (0.1, 0.0), (0.0, -0.1)])
def test_the_boards_own_grid_does_not_lean(board: Synth, columns_off: float, rows_off: float) -> None:
    """Nor does one that is a tenth of a cell off at its far end."""
    assert not leans(straight_edges_at(board.photo.image, SETTINGS.edges_px), pose_of(board, columns_off, rows_off), SETTINGS)


@pytest.mark.parametrize(("columns_off", "rows_off"), [(0.7, 0.0), (-0.7, 0.0), (0.0, 0.7), (0.0, -0.7)])
def test_a_grid_whose_far_end_is_in_other_cells_leans(board: Synth, columns_off: float, rows_off: float) -> None:
    """Though it begins where the names are."""
    assert leans(straight_edges_at(board.photo.image, SETTINGS.edges_px), pose_of(board, columns_off, rows_off), SETTINGS)


def test_a_drift_is_told_in_cells_at_the_far_end(board: Synth) -> None:
    """Of columns half a cell off the first and the last drift by as much, in the other direction, and rows by nothing."""
    edges_px = straight_edges_at(board.photo.image, SETTINGS.edges_px)
    own, off = ([drift.cells for drift in drifts(edges_px, pose_of(board, columns_off), SETTINGS)] for columns_off in (0.0, 0.5))
    np.testing.assert_allclose(np.subtract(off, own), [0.5, 0.5, 0, 0], atol=0.1)


def test_nothing_is_concluded_where_nothing_is_straight(board: Synth) -> None:
    """Without edges no grid leans, and the error is larger than what would contradict it."""
    none = np.zeros((0, 2, 2))
    assert not leans(none, pose_of(board, 0.9), SETTINGS)
    assert all(drift.error_cells > SETTINGS.most_drift for drift in drifts(none, pose_of(board), SETTINGS))


def test_one_sheet_askew_contradicts_nothing(board: Synth) -> None:
    """A sheet turned by 15 degrees in the last row, on a board with nothing else."""
    corners = np.array([[0.0, 0.0], [120.0, 0.0], [120.0, 80.0], [0.0, 80.0]])
    turn = np.radians(15)
    middle_mm = np.array([1.5 * board.layout.width_mm / 5, 4.5 * board.layout.height_mm / 5])
    at_mm = corners @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) + middle_mm - [48.0, 55.0]
    flat = Pose(np.eye(3), board.layout, "headers", {}, 0.0)
    assert not leans(np.stack([at_mm, np.roll(at_mm, -1, axis=0)], axis=1), flat, SETTINGS)


def test_the_boards_rim_tells_of_rows_that_run_together() -> None:
    """A board with hardly a sheet, seen on a wrong plane: its last row ends a cell too high, far above the rim."""
    columns, rows, cell = 3, 6, 200.0
    layout = Layout(columns, rows, tuple(cell * np.arange(columns + 1)), tuple(cell * np.arange(rows + 1)))
    low, high = np.array([-0.95, -0.95]) * cell, (np.array([columns, rows]) + 0.35) * cell
    rim = np.array([low, [high[0], low[1]], high, [low[0], high[1]]])
    edges_px = np.stack([rim, np.roll(rim, -1, axis=0)], axis=1)
    width, height = layout.width_mm, layout.height_mm
    own = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    seen = own + np.array([[0, 0], [0, 0], [0, -cell], [0, 0]], dtype=np.float32)
    converging = Pose(cv2.getPerspectiveTransform(seen, own), layout, "headers", {}, 0.0)
    assert not leans(edges_px, Pose(np.eye(3), layout, "headers", {}, 0.0), SETTINGS)
    assert leans(edges_px, converging, SETTINGS)


def test_a_grid_that_labels_span_is_not_believed_where_it_leans(board: Synth) -> None:
    """Labels stand where rows and columns begin: what is straight on the board tells how these go on, and the refusal says so."""
    silent = {"vouch": lambda *_, **__: None, "deny": lambda _: False, "strangers": lambda *_: (), "grids": lambda: ()}
    assert locate(board.photo, board.board, names=SimpleNamespace(leans=lambda _: False, **silent)).method == "headers"
    with pytest.raises(BoardNotFound, match="what is straight on the board does not run along"):
        locate(board.photo, board.board, names=SimpleNamespace(leans=lambda _: True, **silent))


def test_names_in_their_places_do_not_vouch_for_a_leaning_grid(board: Synth) -> None:
    """They do for the board's own; with the feet of its columns in other cells each name is still above its column."""
    reader, leaning = OnnxRecogniser(), pose_of(board, rows_off=-0.7)
    names = Names(board.photo, board.board, reader)
    assert names.vouch(pose_of(board)) is not None
    assert names.vouch(leaning) is None
    assert Names(board.photo, board.board, reader, NamesSettings(lean=LeanSettings(most_drift=np.inf))).vouch(leaning) is not None
