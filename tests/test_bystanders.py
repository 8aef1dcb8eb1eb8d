"""Somebody stands before the board while it is calibrated: it is said before which columns, and what they hide is not asked for later."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import pytest
import synth
from click.testing import CliRunner
from made_up import config
from visitors import enter, token

from calibration.covered import covered_columns, covered_part, forgiven_part
from calibration.judge import Limits, Photo, judge
from calibration.plane import apply, inverse
from calibration.reference import BoardMissing, find_again, make_reference
from calibration.rig import Layout, Reference, Rig
from calibration.rigfile import load_rig, rig_from_text, rig_to_text
from digitizer.bystanders import covered_px, question, standing_before
from digitizer.cli import cli
from digitizer.event import Event
from webapp import create_app
from webapp.store import open_store

WISH = {"style": "cork-tape", "rows": 5, "columns": 6, "size_px": (1600, 1200), "tilt_deg": (6.0, -10.0), "roll_deg": 1.0}
EVENT = """
[event]
name = "Made up"
timezone = "Europe/Berlin"

[[board]]
id = "main"
date = 2026-11-22
rooms = {rooms}
slots = {slots}
"""
HIDES = 0.3
"""Share of a column that somebody must hide for it to have to be named."""


@lru_cache(maxsize=4)
def scene(person: bool, seed: int = 50) -> synth.Synth:
    """The same board, with somebody before its right third or nobody."""
    return synth.scene(seed, person=person, **WISH)


@lru_cache(maxsize=4)
def reference(person: bool, seed: int = 50) -> Reference:
    """What is learned of it."""
    board = scene(person, seed)
    covered_mm = standing_before(board.photo, board.board_from_photo, board.layout, None)
    return make_reference(board.photo.image, board.board_from_photo, board.layout, None, covered_mm)


def rig(person: bool) -> Rig:
    """The board's calibration."""
    return Rig(scene(person).board.id, scene(person).layout, reference(person))


def hidden_columns(board: synth.Synth) -> set[int]:
    """Columns that the person hides, by the truth."""
    found, edges = set(), board.layout.column_edges_mm
    for column in range(board.layout.columns):
        left, right = edges[column : column + 2]
        corners = np.array([[left, 0], [right, 0], [right, board.layout.height_mm], [left, board.layout.height_mm]])
        mask = cv2.fillConvexPoly(np.zeros(board.person.shape, np.uint8), board.photo_from_mm(corners).round().astype(np.int32), 1)
        if board.person[mask > 0].mean() > HIDES:
            found.add(column)
    return found


@pytest.mark.parametrize("seed", [50, 52, 53])
def test_the_columns_that_somebody_hides_are_known(seed: int) -> None:
    """All of them, and at most the neighbours besides."""
    hidden = hidden_columns(scene(True, seed))
    named = set(covered_columns(reference(True, seed)))
    assert hidden
    assert hidden <= named
    assert len(named) <= len(hidden) + 2


def test_nobody_is_asked_where_nobody_stands() -> None:
    """No outline, no question."""
    assert reference(False).covered_mm == ()
    assert question(rig(False), scene(False).board) == ""


def test_the_question_names_the_columns_and_what_to_do() -> None:
    """In words of the event, not in numbers of columns."""
    asked = question(rig(True), scene(True).board)
    labels = scene(True).board.column_labels
    assert all(labels[column] in asked for column in hidden_columns(scene(True)))
    assert labels[0] not in asked
    assert "take another photo" in asked


def test_what_is_told_to_be_covered_is_where_the_person_is() -> None:
    """In pixels of the photo: nine tenths of what the person hides of the grid."""
    board = scene(True)
    mask = np.zeros(board.person.shape, np.uint8)
    for outline in covered_px(reference(True), None):
        cv2.fillPoly(mask, [np.array(outline).round().astype(np.int32)], 1)
    grid = cv2.fillConvexPoly(np.zeros_like(mask), board.grid_corners_px.round().astype(np.int32), 1)
    assert mask[board.person & (grid > 0)].mean() > 0.9


def test_all_below_somebody_counts_as_covered() -> None:
    """People stand on the floor: trousers of the board's colour hide as much as a bright shirt, and so does a head above the rim."""
    known = reference(False)
    height, width = known.image.shape
    top_mm = known.layout.height_mm * 0.4
    shirt = np.array([[500.0, top_mm], [700, top_mm], [700, top_mm + 80], [500, top_mm + 80]])
    rim = np.array([[100.0, -20], [200, -20], [200, 40], [100, 40]])
    mask = covered_part(with_covered(known, shirt, rim))
    (x, y), (x_rim, _) = apply(inverse(known.board_from_image), np.array([[600.0, top_mm + 40], [150.0, 0]])).astype(int)
    assert mask[y:height, x].all()
    assert not mask[: y - 60, x].any()
    assert mask[:, x_rim].all()
    assert not mask[:, width - 5].any()


def test_what_was_hidden_at_the_calibration_is_not_missed_later() -> None:
    """Another stands elsewhere now: what agrees is as much as ever, and what cannot agree is no part of what is asked for."""
    board, known = scene(False), reference(True)
    image = board.photo.image.copy()
    (left, top), (right, _) = board.grid_corners_px.min(axis=0), board.grid_corners_px.max(axis=0)
    image[int(top) - 120 :, : int(left + 0.5 * (right - left))] = (70, 80, 60)
    photo, pose = Photo(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), None), inverse(known.board_from_image) @ known.board_from_photo
    asked, all_asked = (judge(photo, one, pose) for one in (known, with_covered(known)))
    assert asked.places == all_asked.places
    assert asked.places_visible < all_asked.places_visible
    share = (asked.places / asked.places_visible + all_asked.places / all_asked.places_visible) / 2
    with pytest.raises(BoardMissing, match="labelled places"):
        find_again(image, with_covered(known), limits=Limits(least_share=share))
    found = find_again(image, known, limits=Limits(least_share=share))
    there = apply(found.board_from_photo, board.grid_corners_px)
    assert np.abs(there - board.layout.grid_corners_mm()).max() < 0.005 * board.layout.width_mm


def test_where_most_is_covered_nothing_is_forgiven() -> None:
    """Else a handful of labels that all boards of an event have would do."""
    everything = np.array([[-400.0, -400], [5000, -400], [5000, 5000], [-400, 5000]])
    assert forgiven_part(with_covered(reference(False), everything)) is None
    assert forgiven_part(reference(True)) is not None


def test_a_calibration_keeps_what_was_covered() -> None:
    """Written and read again; one that was written before there was such a thing covers nothing."""
    text = rig_to_text(rig(True))
    back = rig_from_text(text).reference
    assert [outline.tolist() for outline in back.covered_mm] == [outline.tolist() for outline in reference(True).covered_mm]
    older = "\n".join(line for line in text.splitlines() if not line.startswith("covered_mm"))
    assert rig_from_text(older).reference.covered_mm == ()


def with_covered(known: Reference, *outlines: np.ndarray) -> Reference:
    """The same reference with other outlines of what stands before it."""
    return replace(known, covered_mm=outlines)


def test_the_command_asks(tmp_path: Path) -> None:
    """The calibration is written all the same; who stands where is said beside it."""
    board, (photo, plan, made) = scene(True), (tmp_path / name for name in ("photo.png", "event.toml", "rig.toml"))
    cv2.imwrite(str(photo), board.photo.image)
    rooms, slots = (json.dumps(list(names)) for names in (board.board.rooms, board.board.slots))
    plan.write_text(EVENT.format(rooms=rooms, slots=slots), encoding="utf-8")
    corners = ",".join(str(value) for value in board.grid_corners_px.ravel())
    arguments = ["calibrate", str(photo), "--event", str(plan), "--corners", corners, "-o", str(made)]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.stderr
    assert "Something seems to stand before" in result.stderr
    assert covered_columns(load_rig(made).reference) == covered_columns(reference(True))


def test_the_page_asks_before_it_keeps_the_calibration(tmp_path: Path) -> None:
    """Nothing is kept and the photo stays up until the organizer says so; where is told in pixels."""
    board = scene(True)
    plan = Event("Made up", "Europe/Berlin", "", 60, (board.board,))
    store = open_store(f"sqlite:///{tmp_path / 'board.db'}", plan)
    browser = create_app(config(tmp_path / "board.db", event=plan), store, lambda: None).test_client()
    enter(browser)
    store.receive("main", cv2.imencode(".png", board.photo.image)[1].tobytes(), "IMG_1.png", None, "upload")
    csrf = token(browser.get("/review/calibrate/main").data)
    layout = board.layout
    shares = {axis: [edge / edges[-1] for edge in edges[1:-1]] for axis, edges in edges_of(layout).items()}
    marks = {"corners": board.grid_corners_px.tolist(), **shares, "lens": None}
    headers = {"X-CSRFToken": csrf, "Accept": "application/json"}
    answer = browser.post("/review/calibrate/main", json=marks, headers=headers)
    assert answer.status_code == 409
    assert "Something seems to stand before" in answer.json["asked"]
    assert np.array(answer.json["covered"][0]).shape[1] == 2
    assert store.rig("main") is None
    kept = browser.post("/review/calibrate/main", json={**marks, "anyway": True}, headers=headers)
    assert kept.json["ok"]
    assert store.rig("main").reference.covered_mm


def edges_of(layout: Layout) -> dict[str, tuple[float, ...]]:
    """Edges by the name that the page gives their dividers."""
    return {"columns": layout.column_edges_mm, "rows": layout.row_edges_mm}
