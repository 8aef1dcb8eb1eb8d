"""Boards in pieces: what a photo of a part of a board may change, how it is placed, and that close photos read better than one of all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result
from close_scenes import CloseScene, Shot, Wish, close_scene, six_shots
from kept import inbox_of
from looks import LAYOUT, Paper, Script
from synth import apply

from calibration.overlap import Enough, Placed, place
from calibration.rig import Cell
from digitizer import score
from digitizer.cli import cli
from digitizer.compose import Picture, chart_of, compose
from digitizer.draw import board_picture, cells_of
from digitizer.edits import plain, plain_handle
from digitizer.errors import BoardNotFound
from digitizer.event import Board, Event
from digitizer.locate import locate
from digitizer.model import Digitization, Photo, Status
from digitizer.partial import shown_cells
from digitizer.pieces import Assembled, assemble
from digitizer.pipeline import Tools, default_tools, digitize
from digitizer.report import pieces_to_json, to_json
from webapp.ingest import default_ingest
from webapp.store import open_store

LEFT = np.array([[-300, -300], [430, -300], [430, 1100], [-300, 1100]], dtype=np.float64)
"""What a part shows that has the first two columns wholly in it; a column is 200 mm wide."""
FAR, NEAR = 2.4, 1.2
"""Details, mm, of a photo of the whole board and of a close one."""
WISH = Wish(rows=3, columns=4, px_per_mm=4.0, size_px=(1300, 975))


def script(seed: int = 1) -> Script:
    return Script(np.random.default_rng(seed))


def hung(script: Script, columns: Sequence[int] = (0, 1, 2, 3)) -> list[Paper]:
    """A card in each cell of the second row."""
    return [script.paper(f"Session of column {'abcd'[column]}", 1, column) for column in columns]


def test_what_a_part_does_not_show_is_never_missed() -> None:
    """However often only the left half is photographed, what hangs at the right stays, and nobody is told that it was looked at."""
    board = script()
    cards = hung(board)
    board.look(*cards)
    whole_at = board.at
    for _ in range(40):
        board.look(*cards[:2], view=LEFT, whole=False)
    assert board.live().keys() == {card.title for card in cards}
    assert board.schedule.cells_seen_at[Cell(1, 0)] == board.at
    assert board.schedule.cells_seen_at[Cell(1, 2)] == whole_at
    assert {entry.misses for entry in board.schedule.entries} == {0}


def test_a_card_that_the_rim_cuts_is_not_missed() -> None:
    """A place that reaches over the photo's rim, or hangs next to it, is not judged: the card may be there, cut off."""
    board = script()
    cut = board.paper("At the rim of the photo", 1, 2, dx=-80)
    board.look(cut)
    for _ in range(40):
        board.look(view=LEFT, whole=False)
    assert board.live() == {cut.title: (1, 2)}


def test_an_empty_place_in_a_part_counts_a_quarter() -> None:
    """One walk along a board is not three looks: four overlapping parts that show a bare place count once, three walks take it off."""
    board = script()
    kept, taken = hung(board, (0, 1))
    board.look(kept, taken)
    for _ in range(11):
        board.look(kept, view=LEFT, whole=False, seconds=5)
    assert board.live().keys() == {kept.title, taken.title}
    board.look(kept, view=LEFT, whole=False, seconds=5)
    assert board.live().keys() == {kept.title}


def test_a_sharper_look_outranks_a_coarser_one() -> None:
    """One close look replaces what many looks from afar agree on, though it is no surer; the session stays the same."""
    board = script()
    card = board.paper("Quantum gardening", 1, 0)
    for _ in range(4):
        board.look(board.reading(card, said="Quartum gardoring", detail_mm=FAR))
    before = board.schedule.entries[0]
    board.look(board.reading(card, detail_mm=NEAR), view=LEFT, whole=False)
    after = board.schedule.entries[0]
    assert (before.title, after.title) == ("Quartum gardoring", "Quantum gardening")
    assert after.id == before.id
    for _ in range(6):
        board.look(board.reading(card, said="Quartum gardoring", sure=0.97, detail_mm=FAR))
    assert board.live() == {"Quantum gardening": (1, 0)}


def test_a_doubtful_close_look_does_not_outrank_a_clear_one() -> None:
    """Glare on it, say: then it votes as any look does."""
    board = script()
    card = board.paper("Quantum gardening", 1, 0)
    board.look(board.reading(card, detail_mm=FAR))
    board.look(board.reading(card, said="Quanum garden", sure=0.5, detail_mm=NEAR), view=LEFT, whole=False)
    assert board.live() == {"Quantum gardening": (1, 0)}


def test_a_rewritten_card_is_read_from_afar_again() -> None:
    """The close look spoke for another card."""
    board = script()
    card = board.paper("Quantum gardening", 1, 0)
    board.look(board.reading(card, detail_mm=NEAR), view=LEFT, whole=False)
    other = replace(board.paper("Knitting circle", 1, 0), at_mm=card.at_mm)
    for _ in range(4):
        board.look(board.reading(other, detail_mm=FAR))
    assert board.live() == {"Knitting circle": (1, 0)}


def test_a_card_like_one_out_of_sight_waits() -> None:
    """It may have been moved here, or be a second one: neither is published before a photo shows both places."""
    board = script()
    card = board.paper("Board games", 1, 3)
    board.look(card)
    board.look(card.moved_to(1, 0), view=LEFT, whole=False)
    assert board.live() == {"Board games": (1, 3)}
    assert "does not show" in next(change.reason for change in board.changes if hasattr(change, "reason"))
    board.look(card.moved_to(1, 0))
    assert board.live() == {"Board games": (1, 0)}
    assert len(board.schedule.entries) == 1


def test_a_new_card_in_a_part_appears() -> None:
    """Where the part shows its cell."""
    board = script()
    cards = hung(board)
    board.look(*cards)
    board.look(*cards[:2], board.paper("Origami", 3, 1), view=LEFT, whole=False)
    assert board.live()["Origami"] == (3, 1)


def test_a_part_that_comes_late_sharpens_words_and_nothing_else() -> None:
    """A phone's photo may arrive after a newer one of the mounted camera. Times stay, and what is gone stays gone."""
    board = script()
    kept, gone = board.paper("Quantum gardening", 1, 0), board.paper("Origami", 2, 0)
    board.look(board.reading(kept, said="Quartum gardoring", detail_mm=FAR), board.reading(gone, detail_mm=FAR))
    for _ in range(3):
        board.look(board.reading(kept, said="Quartum gardoring", detail_mm=FAR))
    newest = board.at
    new = board.paper("Choir", 3, 0)
    readings = (board.reading(card, detail_mm=NEAR) for card in (kept, gone, new))
    board.look(*readings, view=LEFT, whole=False, seconds=-75)
    assert board.live() == {"Quantum gardening": (1, 0)}
    assert board.schedule.entries[0].seen_at == newest
    assert board.schedule.cells_seen_at[Cell(1, 0)] == newest
    board.look(board.reading(kept, said="Quarter garden", detail_mm=NEAR / 3), view=LEFT, whole=False, seconds=-3600)
    assert board.live() == {"Quantum gardening": (1, 0)}


def test_the_shown_picture_gives_its_cells_back() -> None:
    """What is known of a board outlives a restart in the picture that the public sees; one made for other labels is none of it."""
    image = np.random.default_rng(1).integers(0, 255, (800, 1600, 3)).astype(np.uint8)
    board = Board("main", date(2026, 11, 22), "rooms", ("A", "B", "C", "D"), ("09:00", "10:00", "11:00", "12:00", "13:00"))
    shown = board_picture(Picture(image, LAYOUT, {}), board)
    cells = cells_of(shown, board)
    assert cells is not None
    assert (cells == image).all()
    assert cells_of(shown, replace(board, slots=("noon, or a little later",))) is None


@pytest.fixture(scope="module")
def tools() -> Tools:
    """The engines that come with Boardcast."""
    return default_tools()


@pytest.fixture(scope="module")
def scene() -> CloseScene:
    """A board with cards whose letters are small."""
    return close_scene(1, WISH)


@pytest.fixture(scope="module")
def pieces(scene: CloseScene) -> list[Photo]:
    """Six overlapping close-ups."""
    return [scene.photo(shot, f"piece-{k}", 10.0 * (k + 1)) for k, shot in enumerate(six_shots(np.random.default_rng(1), 0.6))]


@pytest.fixture(scope="module")
def whole(scene: CloseScene, tools: Tools) -> Digitization:
    """The whole board, from afar."""
    return digitize(scene.photo(Shot()), scene.board, tools)


@pytest.fixture(scope="module")
def assembled(scene: CloseScene, pieces: list[Photo], tools: Tools) -> Assembled:
    """All photos as one reading, the whole board's in the middle of the others."""
    return assemble([pieces[0], scene.photo(Shot()), *pieces[1:]], scene.board, tools)


def known(whole: Digitization):
    """The chart of what a whole look shows."""
    return chart_of(compose(None, whole.sheet, whole.pose.layout, whole.segmentation, whole.photo.taken_at), None)


def test_close_photos_are_placed_to_a_millimetre(scene: CloseScene, pieces: list[Photo], whole: Digitization) -> None:
    """As the true camera has it, all over the part that they show."""
    chart = known(whole)
    for shot, photo in list(zip(six_shots(np.random.default_rng(1), 0.6), pieces, strict=True))[:3]:
        placed, believed = place(photo.image, chart)
        assert believed
        assert placed is not None
        corners = np.array([[100.0, 100], [1200, 100], [1200, 875], [100, 875]])
        true_mm = apply(np.linalg.inv(scene.photo_from_board(shot)), corners)
        true_mm *= np.array([whole.pose.layout.width_mm, whole.pose.layout.height_mm]) / [scene.layout.width_mm, scene.layout.height_mm]
        assert np.abs(apply(placed.board_from_photo, corners) - true_mm).max() < 3.0


def test_a_photo_of_another_board_is_refused_with_numbers(whole: Digitization) -> None:
    """The same make, the same labels, other cards."""
    other = close_scene(7, WISH)
    photo = other.photo(six_shots(np.random.default_rng(3), 0.6)[1], "elsewhere")
    placed, believed = place(photo.image, known(whole))
    assert not believed
    assert placed is None or placed.telling < Enough().least_telling
    with pytest.raises(
        BoardNotFound,
        match=r"neither the whole board nor a part .* As a part: .*nobody before its outer columns.*take the whole board first",
    ):
        locate(photo, other.board, chart=lambda: known(whole))


def test_the_numbers_of_a_refused_part_say_why_it_is_refused() -> None:
    """Evidence over 34.9% of the photo was told as 35%, which is what is needed; and a pose that did not settle was not told at all."""
    enough = Placed(np.eye(3), 200, 165, 14, 0, (0.36, 0.51), 1.0, settled=True, lens=None)
    narrow, unsettled = replace(enough, extent=(0.349, 0.51)), replace(enough, settled=False)
    assert [placed.believed(Enough()) for placed in (enough, narrow, unsettled)] == [True, False, False]
    assert "over 34% of the photo's width and 51% of its height (35%)." in narrow.numbers(Enough())
    assert "in no one place" in unsettled.numbers(Enough())
    assert "in no one place" not in enough.numbers(Enough())


def test_a_part_of_an_unknown_board_is_refused_as_before(scene: CloseScene, pieces: list[Photo]) -> None:
    """Nothing is known on which it could be placed."""
    with pytest.raises(BoardNotFound, match="was not found"):
        locate(pieces[0], scene.board)


def test_only_cards_that_a_part_shows_wholly_are_read(scene: CloseScene, assembled: Assembled) -> None:
    """No card that the rim cuts is in its reading, and none in a cell where none hangs."""
    hung = {card.cell for card in scene.cards}
    parts = [look for look in assembled.looks if not look.pose.whole]
    assert len(parts) == 6
    for look in parts:
        height, width = look.photo.image.shape[:2]
        for reading in look.reading.cards:
            px = apply(np.linalg.inv(look.pose.board_from_photo), reading.card.corners_mm)
            assert ((px > 0) & (px < [width, height])).all()
            assert reading.card.cell in hung
        assert look.reading.hidden <= shown_cells(look)


def test_six_close_photos_read_better_than_one_of_the_whole(scene: CloseScene, whole: Digitization, assembled: Assembled) -> None:
    """Given in any order; each card comes from a photo that shows it sharply, and none is lost or doubled."""
    one = score.figures([score.score(scene.truth(), to_json(whole, scene.board))[0]])
    report = pieces_to_json(assembled, scene.board)
    six = score.figures([score.score(scene.truth(), report)[0]])
    assert (six["recall"], six["precision"]) == (1.0, 1.0)
    assert six["publish_ready"] > one["publish_ready"] + 0.2
    assert six["cer"] <= one["cer"]
    assert {card["photo"] for card in report["cards"]} <= {f"piece-{k}.png" for k in range(6)}
    assert report["not_shown"] == report["hidden"] == []


def test_what_no_photo_shows_is_told(scene: CloseScene, pieces: list[Photo], whole: Digitization, tools: Tools) -> None:
    """Photos that cannot be placed are named with the reason; without any placed one nothing is said of the board."""
    found = assemble(pieces[:1], scene.board, tools)
    assert (found.looks, found.cards) == ((), ())
    assert [photo.name for photo, _ in found.refused] == ["piece-0.png"]


def test_close_photos_keep_the_sessions_and_read_them_better(scene: CloseScene, pieces: list[Photo], tmp_path: Path) -> None:
    """By the way of every upload, without any switch, also after a restart: ids stay, all cards stay, words become right."""
    event = Event("Pieces", "UTC", "", 60, (scene.board,))
    store = open_store(f"sqlite:///{tmp_path / 'pieces.db'}", event)
    first = default_ingest(store)
    receive(store, [scene.photo(Shot())])
    first.drain()
    before = {entry.id: entry for entry in store.schedule("main").entries}
    again = default_ingest(store)
    receive(store, [pieces[0], pieces[4]])
    assert set(again.drain().values()) == {None}
    after = {entry.id: entry for entry in store.schedule("main").entries}
    assert after.keys() == before.keys()
    assert {entry.status for entry in after.values()} == {Status.LIVE}
    assert ready(scene, after.values()) > ready(scene, before.values())
    assert "A part of the board:" in inbox_of(store)[0].message


def receive(store, photos: Sequence[Photo]) -> None:
    """Photos into the inbox, as files."""
    for photo in photos:
        data = cv2.imencode(".png", photo.image)[1].tobytes()
        store.receive("main", data, photo.name, photo.taken_at, "test")


def ready(scene: CloseScene, entries) -> int:
    """Sessions whose title and handle are right."""
    said = {entry.cell: (plain(entry.title), plain_handle(entry.handle)) for entry in entries}
    return sum(said.get(card.cell) == (plain(card.title), plain_handle(card.handle)) for card in scene.cards)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(a) for a in arguments])


def test_the_command_reads_pieces_as_one(scene: CloseScene, pieces: list[Photo], tmp_path: Path) -> None:
    """--pieces writes one object, each card with its photo; a photo that cannot be placed is named, and the exit code tells."""
    paths = [tmp_path / photo.name for photo in (pieces[1], scene.photo(Shot()))]
    for path, photo in zip(paths, (pieces[1], scene.photo(Shot())), strict=True):
        cv2.imwrite(str(path), photo.image)
    cv2.imwrite(str(tmp_path / "wall.png"), np.full((600, 800, 3), 200, np.uint8))
    (tmp_path / "event.toml").write_text(event_toml(scene), encoding="utf-8")
    result = run("digitize", *paths, tmp_path / "wall.png", "--pieces", "--event", tmp_path / "event.toml", "--json", tmp_path / "out.json")
    assert result.exit_code == 4, result.output
    assert "2 of 3 photos were placed" in result.output
    report = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert {card["photo"] for card in report["cards"]} == {"piece-1.png", "whole.png"}
    assert [photo.get("whole") for photo in report["photos"]] == [True, False, None]
    assert len(report["cards"]) == len(scene.cards)


def event_toml(scene: CloseScene) -> str:
    """The event file of a scene's board."""
    return "\n".join(
        (
            '[event]\nname = "Pieces"\ntimezone = "UTC"',
            f'[[board]]\nid = "main"\ndate = {scene.board.date}',
            f"rooms = {list(scene.board.rooms)}\nslots = {list(scene.board.slots)}",
        )
    )
