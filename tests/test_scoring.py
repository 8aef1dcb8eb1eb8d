"""Scoring a folder: truths found, both forms measured, stock engines run, tables written."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from digitizer.cli import cli
from digitizer.errors import CalibrationError, EventError, PhotoError
from digitizer.event import Board, parse_event
from digitizer.score import Tally
from digitizer.scoring import table
from digitizer.scoring.cases import asked, find_cases
from digitizer.scoring.run import OURS, Row, run, totals
from digitizer.scoring.stock import cut, engine, fields, straightened
from digitizer.scoring.transcribed import TextTally, figures, hold, overlap

SAMPLES = Path(__file__).parents[1] / "samples"
EVENT = '[event]\nname = "T"\ntimezone = "UTC"\n[[board]]\nid = "b"\ndate = 2024-05-17\nrooms = ["A", "B"]\nslots = ["10:00", "11:00"]\n'


def printed(lines: list[str]) -> np.ndarray:
    """A card with printed lines: what any engine can read."""
    image = np.full((60 + 70 * len(lines), 620, 3), 245, np.uint8)
    for row, line in enumerate(lines):
        cv2.putText(image, line, (30, 80 + 70 * row), cv2.FONT_HERSHEY_SIMPLEX, 1.6, (20, 20, 20), 3, cv2.LINE_AA)
    return image


def transcription(**more: object) -> dict:
    """A true card of a real board."""
    return {"bbox": [100, 100, 100, 80], "text": "Board\ngames", "legible": True, "row": 0, "col": 1, **more}


def found(x: float = 100, room: str = "B", lines: tuple[str, ...] = ("Board", "games")) -> dict:
    """A card as Boardcast reports it, about where the transcription has it."""
    polygon = [[x, 100], [x + 100, 105], [x + 98, 182], [x - 2, 178]]
    return {"room": room, "slot": "10:00", "lines": list(lines), "handle": None, "needs_review": False, "polygon": polygon}


@pytest.fixture
def board() -> Board:
    """Two rooms, two slots."""
    return parse_event(EVENT).boards[0]


def test_the_samples_are_found_with_their_events() -> None:
    """One folder a sample, named by it."""
    cases = find_cases(SAMPLES)
    assert {case.id for case in cases} >= {"whiteboard", "cork", "felt", "oblique", *(f"webcam-{i}" for i in range(5))}
    assert all(case.photo.is_file() and not case.transcribed and case.rig is None for case in cases)
    assert all(card["room"] in case.board.rooms and card["slot"] in case.board.slots for case in cases for card in asked(case))


def test_a_flat_folder_is_found_too(tmp_path: Path) -> None:
    """NAME.json, NAME.jpg, NAME.event.toml; other JSON files are passed over."""
    (tmp_path / "one.json").write_text(json.dumps({"board": "b", "cards": []}))
    (tmp_path / "one.jpg").write_bytes(b"")
    (tmp_path / "one.event.toml").write_text(EVENT)
    (tmp_path / "other.json").write_text('{"cards": []}')
    (tmp_path / "list.json").write_text("[1]")
    assert [(case.id, case.board.id) for case in find_cases(tmp_path)] == [("one", "b")]


def test_a_transcription_brings_its_own_grid(tmp_path: Path) -> None:
    """Real boards come without an event file: as many rooms and slots as the grid has."""
    truth = {"image": "a.jpg", "grid": {"columns": ["X", "Y"], "rows": ["9:00", "noon", "late"]}, "cards": [transcription()]}
    (tmp_path / "a.json").write_text(json.dumps(truth))
    (tmp_path / "a.jpg").write_bytes(b"")
    (case,) = find_cases(tmp_path)
    assert case.transcribed
    assert case.board.shape == (3, 2)


def test_a_truth_without_event_is_refused(tmp_path: Path) -> None:
    """The message names the file to write."""
    (tmp_path / "a.json").write_text(json.dumps({"cards": [], "grid": [[0, 0]]}))
    (tmp_path / "a.jpg").write_bytes(b"")
    with pytest.raises(EventError, match=r"Write a\.event\.toml"):
        find_cases(tmp_path)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", r"one\.json is no JSON\. Expecting property name"),
        ('{"cards": [{"title": "Choir", "handle": null, "room": "A"}]}', r'one\.json: card 1 has no "slot"'),
        ('{"cards": [{"title": "Choir", "handle": null, "room": "A", "slot": "10:00"}, 3]}', r'one\.json: card 2 has no "title"'),
    ],
)
def test_a_truth_with_a_slip_is_refused_by_name(tmp_path: Path, text: str, told: str) -> None:
    """They are written by hand; a slip was told as a fault of the program, and not in which file."""
    (tmp_path / "one.json").write_text(text)
    (tmp_path / "one.jpg").write_bytes(b"")
    with pytest.raises(EventError, match=told):
        find_cases(tmp_path)


def test_a_damaged_calibration_is_refused(tmp_path: Path) -> None:
    """A score without it would look like a worse reader."""
    (tmp_path / "webcam-0.toml").write_text("nothing")
    with pytest.raises(CalibrationError, match=r"webcam-0\.toml"):
        find_cases(SAMPLES / "webcam-0", tmp_path)


def test_only_cards_a_person_could_judge_are_asked_for(tmp_path: Path) -> None:
    """Not the illegible, blank, turned or covered ones of a transcription."""
    cards = [
        transcription(),
        transcription(legible=False),
        transcription(text=""),
        transcription(kind="blank"),
        transcription(rotation=90),
        transcription(occluded=True),
        transcription(rotation=5),
    ]
    (tmp_path / "a.json").write_text(json.dumps({"grid": None, "cards": cards}))
    (tmp_path / "a.jpg").write_bytes(b"")
    assert len(asked(find_cases(tmp_path)[0])) == 2


def test_transcribed_cards_pair_by_overlap(board: Board) -> None:
    """Found, in its cell, its whole text right."""
    measured = figures([hold([transcription()], {"cards": [found(300, lines=("other",)), found()]}, board)])
    assert (measured["recall"], measured["in_cell"], measured["text_cer"]) == (1, 1, 0)


def test_a_card_in_the_wrong_cell_is_found_but_not_placed(board: Board) -> None:
    """Both figures are told."""
    measured = figures([hold([transcription()], {"cards": [found(room="A")]}, board)])
    assert (measured["recall"], measured["in_cell"]) == (1, 0)


def test_a_card_that_is_not_found_costs_its_whole_text(board: Board) -> None:
    """Half a card aside is not the card."""
    measured = figures([hold([transcription()], {"cards": [found(160)]}, board)])
    assert (measured["recall"], measured["text_cer"]) == (0, 1)


def test_a_card_outside_the_grid_counts_as_found(board: Board) -> None:
    """Where the truth has no cell for it, none is asked for."""
    reading = {"cards": [], "outside": [found()]}
    assert hold([transcription(row=None, col=None)], reading, board) == TextTally(want=1, found=1, chars=11)


def test_overlap_is_intersection_over_union() -> None:
    """Half of each of two equal squares: a third."""
    assert overlap([[0, 0], [10, 0], [10, 10], [0, 10]], [5, 0, 10, 10]) == pytest.approx(1 / 3)
    assert overlap([[0, 0], [10, 0], [10, 10], [0, 10]], [20, 0, 10, 10]) == 0


def test_perfect_crops_are_upright() -> None:
    """A card turned by a quarter comes out as it was written."""
    card = printed(["Board"])
    turned = cv2.rotate(card, cv2.ROTATE_90_CLOCKWISE)
    height, width = turned.shape[:2]
    corners = [[width, 0], [width, height], [0, height], [0, 0]]  # the card's own top left is now at the top right
    assert np.abs(straightened(turned, corners).astype(int) - card)[3:-3, 3:-3].mean() < 2
    assert cut(card, {"bbox": [-5, 10, 25, 30]}).shape[:2] == (30, 20)


def write_set(folder: Path, *cards: dict, event: str | None = None) -> Path:
    """A set of cards' pictures; each card's lines stand for its picture."""
    for i, card in enumerate(cards):
        cv2.imwrite(str(folder / f"{i}.jpg"), printed(card.pop("lines")))
        card.setdefault("picture", f"{i}.jpg")
    (folder / "cards.json").write_text(json.dumps({"cards": list(cards)}), encoding="utf-8")
    if event:
        (folder / "event.toml").write_text(event, encoding="utf-8")
    return folder


def test_cards_of_their_own_are_scored_beside_stock_engines(tmp_path: Path) -> None:
    """Title, handle, both, silent errors: one row a set and engine, in a table of its own, without cells."""
    games = {"title": "Board games", "handle": "@sam42", "lines": ["Board games", "@sam42"]}
    wrong = {"title": "Nothing like that", "handle": None, "lines": ["Board games"]}
    folder = write_set(tmp_path, games, wrong)
    ours, stock = run(find_cases(folder), ["rapidocr"])
    assert (ours.id, ours.engine, ours.form, stock.engine) == (tmp_path.name, OURS, "cards", "rapidocr")
    assert ours.tally.want == ours.tally.hit == 2
    assert ours.tally.ready == stock.tally.ready == 1
    assert ours.figures["handle_exact"] == 1
    assert [miss.title for miss in ours.misses] == ["Nothing like that"]
    assert table.table([ours]).splitlines()[0].split("|")[3:6] == ["   cards ", "     CER ", "   cased "]
    assert table.to_json([ours])["totals"]["cards"][OURS]["cards"] == 2


def test_the_event_beside_a_set_tells_what_was_known_ahead(tmp_path: Path) -> None:
    """As at the venue: a known handle is told as its owner writes it."""
    card = {"title": "Board games", "handle": "@sam42", "lines": ["Board games", "@sam42"]}
    (found,) = find_cases(write_set(tmp_path, card, event=EVENT + '[known]\nhandles = ["@Sam42"]\n'))
    assert found.event.known.handles == ("@Sam42",)


@pytest.mark.parametrize(
    ("card", "told"),
    [
        ({"title": "x", "picture": "none.jpg"}, "card 1 has no picture none.jpg"),
        ({"title": None, "picture": "0.jpg"}, "card 1 has no title"),
        ({"title": "x", "picture": "../0.jpg"}, "card 1 has no picture ../0.jpg"),
    ],
)
def test_a_set_that_lacks_something_is_refused(tmp_path: Path, card: dict, told: str) -> None:
    """By the card; no picture outside of its folder is read."""
    (tmp_path / "set").mkdir()
    cv2.imwrite(str(tmp_path / "0.jpg"), printed(["x"]))
    with pytest.raises(EventError) as caught:
        find_cases(write_set(tmp_path / "set", {"lines": ["x"], **card}))
    assert told in str(caught.value)


def test_a_picture_of_a_set_that_is_none_is_refused(tmp_path: Path) -> None:
    """By its name."""
    folder = write_set(tmp_path, {"title": "x", "lines": ["x"]})
    (folder / "0.jpg").write_bytes(b"no picture")
    with pytest.raises(PhotoError, match=r"0\.jpg"):
        list(run(find_cases(folder)))


@pytest.mark.parametrize("name", ["tesseract", "rapidocr"])
def test_stock_engines_read_print(name: str) -> None:
    """They are installed and run as they come."""
    read = fields(engine(name)(printed(["Board games", "@sam42"])))
    assert read["title"] == "Board games"
    assert read["handle"] == "@sam42"


def test_the_line_with_an_at_is_the_handle() -> None:
    """Only the first such line; all others are the title."""
    assert fields(["Mail @ scale", "for all", "@kim"])["title"] == "for all @kim"
    assert fields(["Board games"])["handle"] is None


def test_tables_show_photos_and_totals_of_each_engine() -> None:
    """Rows of both forms of truth, in a table each; totals weigh by cards."""
    good, bad = Tally(want=3, hit=3, chars=10, ready=3, title=3), Tally(want=1, chars=10, err=10)
    rows = [
        Row("a", OURS, good, (), 1.0),
        Row("a", "rapidocr", bad, (), 9.0),
        Row("b", OURS, bad, (), 2.0, "not found"),
        Row("r", OURS, TextTally(want=2, found=1, celled=2, placed=1, chars=4, err=1), (), 1.0),
    ]
    assert totals([rows[0], rows[2]])["publish_ready"] == 0.75
    assert totals([rows[0], rows[2]])["seconds"] == 1.5
    text = table.table(rows)
    assert [line.split("|")[1].strip() for line in text.splitlines() if "| boardcast" in line] == ["a", "b", "all", "r", "all"]
    written = table.to_json(rows)
    assert written["totals"]["rendered"]["rapidocr"]["cer"] == 1
    assert written["totals"]["transcribed"][OURS]["in_cell"] == 0.5
    assert [row["failure"] for row in written["photos"]] == [None, None, "not found", None]


def test_a_sample_is_scored_from_the_command_line() -> None:
    """The whole way on one photo: the reader, the measures, the JSON."""
    result = CliRunner().invoke(cli, ["score", str(SAMPLES / "webcam-0"), "--json"])
    assert result.exit_code == 0, result.stderr
    figures_of = json.loads(result.stdout)["totals"]["rendered"][OURS]
    assert figures_of["cards"] == 11
    assert figures_of["recall"] >= 0.9
    assert figures_of["precision"] >= 0.9
    assert figures_of["cer"] <= 0.2
