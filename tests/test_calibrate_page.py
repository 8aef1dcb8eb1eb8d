"""Setting a board's grid in the browser: the photo for the organizer only, a proposal, the rig that comes of it."""

import hashlib
import io
from dataclasses import replace

import cv2
import numpy as np
import pytest
import synth
from kept import inbox_of
from lxml import html as markup
from made_up import config
from PIL import Image
from visitors import enter, token

from digitizer.event import Event
from digitizer.frames import photo_from_board
from digitizer.locate import locate
from digitizer.readers.lazily import Lazily
from webapp import create_app
from webapp.recent import Recent
from webapp.review.marks import proposed
from webapp.store import open_store
from webapp.values import PhotoState


@pytest.fixture(scope="module")
def board():
    """A whiteboard seen from a little aside, with its truth."""
    return synth.scene(3, style="whiteboard", rows=3, columns=4, fill=0.3)


@pytest.fixture(scope="module")
def photo(board):
    """Its photo as a file."""
    return cv2.imencode(".jpg", board.photo.image, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()


@pytest.fixture
def store(tmp_path, board):
    """A store of its own, for an event with that board."""
    return open_store(f"sqlite:///{tmp_path / 'board.db'}", plan(board))


@pytest.fixture
def rung():
    """How often the worker was rung for."""
    return []


@pytest.fixture
def organizer(tmp_path, board, store, rung):
    """A browser that has logged in."""
    app = create_app(config(tmp_path / "board.db", event=plan(board)), store, lambda: rung.append(1))
    browser = app.test_client()
    enter(browser)
    return browser


def plan(board) -> Event:
    """An event with the one board."""
    return Event("Made up", "Europe/Berlin", "", 60, (board.board,))


def address(board, end: str = "") -> str:
    """Of the calibration page and what belongs to it."""
    return f"/review/calibrate/{board.board.id}{end}"


def opened(organizer, store, board, photo) -> str:
    """Send a photo, open the page; the token for what follows."""
    store.receive(board.board.id, photo, "IMG_1.jpg", None, "upload")
    return token(organizer.get(address(board)).data)


def send(organizer, board, csrf: str, marks: object):
    """What the page's save button does."""
    return organizer.post(address(board), json=marks, headers={"X-CSRFToken": csrf, "Accept": "application/json"})


def true_marks(board) -> dict:
    """Corners and dividers as a careful hand would set them."""
    layout = board.layout
    columns = [edge / layout.width_mm for edge in layout.column_edges_mm[1:-1]]
    rows = [edge / layout.height_mm for edge in layout.row_edges_mm[1:-1]]
    return {"corners": np.asarray(board.grid_corners_px).tolist(), "columns": columns, "rows": rows, "lens": None}


def test_the_raw_photo_is_the_organizers_alone(organizer, store, board, photo):
    """Upright, in no cache; a stranger is sent to the login."""
    opened(organizer, store, board, photo)
    answer = organizer.get(address(board, "/photo.jpg"))
    assert Image.open(io.BytesIO(answer.data)).size == board.photo.image.shape[1::-1]
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert organizer.application.test_client().get(address(board, "/photo.jpg")).status_code == 302


def test_it_proposes_the_grid_that_is_there(organizer, store, board, photo):
    """So near that a hand need only confirm or nudge it: within a thirtieth of the grid's width."""
    opened(organizer, store, board, photo)
    found = organizer.get(address(board, "/proposal")).json
    width = np.ptp(board.grid_corners_px[:, 0])
    assert np.abs(np.array(found["corners"]) - board.grid_corners_px).max() < width / 30
    assert (len(found["columns"]), len(found["rows"])) == (3, 2)
    assert np.allclose(found["columns"], true_marks(board)["columns"], atol=0.03)


@pytest.mark.parametrize(
    ("axis", "told"),
    [
        ("slots", "By its lines the board has 3 rows, and event.toml gives it 2 slots: "),
        ("rooms", "By its lines the board has 4 columns, and event.toml gives it 3 rooms: "),
    ],
)
def test_it_says_which_number_disagrees_with_the_board(board, axis, told):
    """Found in use: with a row too few it thought for long, and said that it guessed. Nobody learned that event.toml was wrong."""
    wrong = replace(board.board, **{axis: getattr(board.board, axis)[:-1]}, blocked=())
    note = proposed(board.photo, wrong, None, Lazily()).note
    assert told in note
    assert f"put the {axis} right there" in note
    assert "event.toml" not in proposed(board.photo, board.board, None, Lazily()).note


def test_it_starts_from_the_middle_where_there_is_no_board(organizer, store, board):
    """And says so, with what was missed."""
    blank = cv2.imencode(".jpg", np.full((600, 800, 3), 190, np.uint8))[1].tobytes()
    opened(organizer, store, board, blank)
    found = organizer.get(address(board, "/proposal")).json
    assert "was not found" in found["note"]
    assert found["corners"][0] == [160.0, 120.0]


def test_saving_makes_a_rig_that_finds_the_board_again(organizer, store, board, photo, rung):
    """By hand's marks: the pose of the same photo has its corners there; what failed is tried again."""
    csrf = opened(organizer, store, board, photo)
    failed = store.receive(board.board.id, photo, "IMG_2.jpg", None, "upload")
    store.failed(failed, "Not found.")
    answer = send(organizer, board, csrf, true_marks(board))
    assert answer.json["ok"], answer.json
    pose = locate(board.photo, board.board, store.rig(board.board.id))
    corners = photo_from_board(pose, pose.layout.grid_corners_mm())
    assert np.abs(corners - board.grid_corners_px).max() < 3
    assert store.photo(failed).state is PhotoState.WAITING
    assert rung


def test_a_photo_sent_to_set_the_grid_on_is_read_too(organizer, store, board, photo, rung):
    """It was shown, dropped once the grid was saved, and the schedule stayed empty until it was sent again on another page."""
    csrf = token(organizer.get(address(board)).data)

    def sends():
        data = {"csrf_token": csrf, "photo": (io.BytesIO(photo), "IMG_1.jpg")}
        return organizer.post(address(board, "/photo"), data=data, content_type="multipart/form-data")

    assert sends().status_code == 302
    assert rung
    (waiting,) = inbox_of(store)
    assert (waiting.state, waiting.board_id) == (PhotoState.WAITING, board.board.id)
    sends()
    assert inbox_of(store) == (waiting,), "sent twice, it is one look at the board"
    store.failed(waiting.id, "Not found.")
    assert send(organizer, board, csrf, true_marks(board)).json["ok"]
    assert store.photo(waiting.id).state is PhotoState.WAITING


def test_saving_after_a_night_of_failures_tries_those_again_that_are_kept(organizer, store, board, photo, rung):
    """Found in use: a camera looked at the board before it was calibrated. Ten of its photos are kept; the eleventh made saving a 404."""
    csrf = opened(organizer, store, board, photo)
    failed = [store.receive(board.board.id, photo, f"IMG_{n}.jpg", None, "watch") for n in range(12)]
    for photo_id in failed:
        store.failed(photo_id, "Not found.")
    answer = send(organizer, board, csrf, true_marks(board))
    assert answer.json.get("ok"), answer.json
    waiting = [store.photo(photo_id).state is PhotoState.WAITING for photo_id in failed]
    assert waiting == [False] * 2 + [True] * 10
    assert rung


def test_what_was_proposed_can_be_saved_as_it_is(organizer, store, board, photo):
    """Lens and all."""
    csrf = opened(organizer, store, board, photo)
    found = organizer.get(address(board, "/proposal")).json
    assert send(organizer, board, csrf, found).status_code == 200
    assert store.rig(board.board.id).layout.columns == 4


def test_the_photo_stays_while_others_come_in(organizer, store, board, photo):
    """What was dragged over is what is saved for; after that it is gone."""
    csrf = opened(organizer, store, board, photo)
    first = organizer.get(address(board, "/photo.jpg")).data
    other = cv2.imencode(".jpg", np.full((600, 800, 3), 190, np.uint8))[1].tobytes()
    store.receive(board.board.id, other, "IMG_9.jpg", None, "camera")
    organizer.get(address(board))
    assert organizer.get(address(board, "/photo.jpg")).data == first
    send(organizer, board, csrf, true_marks(board))
    assert store.on_easel(board.board.id) is None


def taught(organizer, board, csrf: str, lesson: object):
    """What the page asks once something was dragged."""
    return organizer.post(address(board, "/lesson"), json=lesson, headers={"X-CSRFToken": csrf, "Accept": "application/json"})


def shifted_line(found: dict) -> dict:
    """The first divider dragged by half a column, and set."""
    now = {**found, "columns": [found["columns"][0] + 0.12, *found["columns"][1:]]}
    return {"before": found, "now": now, "pins": {"corners": [[False, False]] * 4, "columns": [0], "rows": []}}


def test_a_drag_teaches_the_rest(organizer, store, board, photo):
    """The answer has the line where it was put, and the others moved along; corners of the other axis stay."""
    csrf = opened(organizer, store, board, photo)
    found = organizer.get(address(board, "/proposal")).json
    lesson = shifted_line(found)
    answer = taught(organizer, board, csrf, lesson)
    assert answer.status_code == 200
    corners = np.array(answer.json["corners"])
    assert answer.json["columns"][1] != pytest.approx(found["columns"][1], abs=1e-4)
    assert np.abs(corners[:, 1] - np.array(found["corners"])[:, 1]).max() < 10
    assert answer.json["rows"] == pytest.approx(found["rows"], abs=0.01)
    assert answer.json["lens"] == found["lens"]


def test_nothing_follows_what_was_not_proposed_of_late(organizer, store, board, photo):
    """After a restart of the server, say: the page is told, and the drag stands."""
    csrf = opened(organizer, store, board, photo)
    found = {**true_marks(board)}
    answer = taught(organizer, board, csrf, shifted_line(found))
    assert answer.status_code == 422
    assert "Propose again" in answer.json["remedy"]


def test_few_proposals_are_kept():
    """The oldest goes first; one that is made again counts as new."""
    kept = Recent(2)
    for key, value in (("a", 1), ("b", 2), ("a", 3), ("c", 4)):
        kept.put(key, value)
    assert [kept.get(key) for key in "abc"] == [3, None, 4]


def test_nothing_follows_where_no_grid_was_found(organizer, store, board):
    """A rectangle laid over the photo tells nothing of where the lines are."""
    csrf = opened(organizer, store, board, cv2.imencode(".jpg", np.full((600, 800, 3), 190, np.uint8))[1].tobytes())
    lesson = shifted_line(organizer.get(address(board, "/proposal")).json)
    assert taught(organizer, board, csrf, lesson).json["columns"] == pytest.approx(lesson["now"]["columns"])


@pytest.mark.parametrize(
    "fault",
    [
        {"before": None},
        {"now": {"corners": []}},
        {"now": {"corners": [[0, 0], [900, 900], [900, 0], [0, 900]], "columns": [0.2, 0.5, 0.7], "rows": [0.3, 0.6]}},
        {"before": {"corners": [[0, 0], [900, 0], [900, 900], [0, 900]], "columns": [0.5, 0.2, 0.7], "rows": [0.3, 0.6]}},
        {"before": {"corners": [[0, 0], [900, 0], [900, float("nan")], [0, 900]], "columns": [0.2, 0.5, 0.7], "rows": [0.3, 0.6]}},
        {"pins": {"corners": [], "columns": [], "rows": []}},
        {"pins": {"corners": [[0, 0]] * 4, "columns": [3], "rows": []}},
        {"pins": {"corners": [[0, 0]] * 4, "columns": ["x"], "rows": []}},
        {"pins": None},
    ],
)
def test_a_drag_that_makes_no_sense_is_refused(organizer, store, board, photo, fault):
    """With a 422, not with a fault."""
    csrf = opened(organizer, store, board, photo)
    lesson = {**shifted_line(organizer.get(address(board, "/proposal")).json), **fault}
    assert taught(organizer, board, csrf, lesson).status_code == 422
    assert organizer.post(address(board, "/lesson"), json=[1], headers={"X-CSRFToken": csrf}).status_code == 422


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"corners": [[0, 0], [10, 0], [10, 10]]}, "four corners"),
        ({"corners": [[0, 0], [900, 900], [900, 0], [0, 900]]}, "grid"),
        ({"columns": [0.5]}, "It needs 3 and 2"),
        ({"rows": [0.9, 0.1]}, "grid"),
        ({"corners": "everywhere"}, "no grid"),
        ({"lens": {"matrix": [1, 2], "distortion": [], "size": [1, 1], "rms": 0}}, "no grid"),
    ],
)
def test_marks_that_make_no_grid_are_refused_with_numbers(organizer, store, board, photo, fault, told):
    """A 422 that says what is wrong; no rig is kept."""
    csrf = opened(organizer, store, board, photo)
    answer = send(organizer, board, csrf, {**true_marks(board), **fault})
    assert answer.status_code == 422
    assert told in " ".join(answer.json.values())
    assert store.rig(board.board.id) is None


def test_a_body_that_is_no_json_is_refused(organizer, store, board, photo):
    """With a 422, not with a fault."""
    csrf = opened(organizer, store, board, photo)
    answer = organizer.post(
        address(board), data=b"{", headers={"X-CSRFToken": csrf, "Content-Type": "application/json", "Accept": "application/json"}
    )
    assert answer.status_code == 422


def test_without_a_photo_it_asks_for_one(organizer, store, board, photo):
    """One can be sent on the spot, or the camera's next is put up once it was read."""
    page = organizer.get(address(board)).data
    assert b"No photo of this board is kept" in page
    organizer.post(address(board, "/photo"), data={"csrf_token": token(page)})
    assert b"Waiting for the next photo of this board" in organizer.get(address(board)).data
    photo_id = store.receive(board.board.id, photo, "look.jpg", None, "camera")
    store.done(photo_id)
    assert store.on_easel(board.board.id) == photo
    assert b"Waiting for" not in organizer.get(address(board)).data


def test_a_grid_is_saved_only_for_the_photo_that_it_was_set_on(organizer, store, board, photo):
    """Found in use: another organizer put up a second photo meanwhile, and the grid of the first was kept as that of the second."""
    csrf = opened(organizer, store, board, photo)
    shown = markup.fromstring(organizer.get(address(board)).data).get_element_by_id("calibrate").get("data-shown")
    assert shown == hashlib.sha256(photo).hexdigest()
    other = cv2.imencode(".jpg", np.roll(board.photo.image, 40, axis=1), [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()
    store.put_up(board.board.id, other)
    answer = send(organizer, board, csrf, {**true_marks(board), "photo": shown})
    assert answer.status_code == 422
    assert "Another photo of this board was put up meanwhile" in answer.json["error"]
    assert store.rig(board.board.id) is None
    assert send(organizer, board, csrf, {**true_marks(board), "photo": hashlib.sha256(other).hexdigest()}).json["ok"]
    assert "saved meanwhile in another window" in send(organizer, board, csrf, {**true_marks(board), "photo": shown}).json["evidence"]


def test_what_was_saved_is_said_once_on_the_review_page(organizer, store, board, photo):
    """With how large a cell is seen and what to change: the page left without a word, and its advice was never shown."""
    csrf = opened(organizer, store, board, photo)
    told = send(organizer, board, csrf, true_marks(board)).json["evidence"]
    said = markup.fromstring(organizer.get("/review/").data).xpath("string(//p[@class='said-line'])")
    assert said == f'The grid of "{board.board.id}" is saved. {told[0].upper()}{told[1:]}'
    assert b"said-line" not in organizer.get("/review/").data


def test_a_photo_that_the_phone_has_already_can_be_chosen(organizer, board):
    """With ``capture`` a phone opens its camera and nothing else."""
    assert b"capture=" not in organizer.get(address(board)).data


def test_a_file_that_is_no_photo_is_refused(organizer, store, board):
    """By name."""
    page = organizer.get(address(board)).data
    form = {"csrf_token": token(page), "photo": (io.BytesIO(b"hello"), "notes.txt")}
    answer = organizer.post(address(board, "/photo"), data=form)
    assert answer.status_code == 422
    assert b"notes.txt" in answer.data
    assert markup.fromstring(answer.data).xpath("//article//a[text()='Back to the review']/@href") == ["/review/"]


def test_an_unknown_board_is_a_404(organizer):
    """As a page."""
    assert organizer.get("/review/calibrate/monday").status_code == 404
