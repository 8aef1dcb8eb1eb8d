"""What reviewers confirm goes back: into the reader's words at once, and into a set to measure it by."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from kept import digitization, jpeg
from made_up import SEEN, card_reading, seeded
from sqlalchemy import event as signals

from calibration.rig import Cell
from digitizer.capture import decode
from digitizer.cli import cli
from digitizer.known import Known
from digitizer.lexicon import Lexicon
from digitizer.pipeline import Tools
from digitizer.scoring.cases import find_cases
from webapp.learning import Learning
from webapp.store import Store


@pytest.fixture
def ids(store: Store) -> dict[str, str]:
    """Four cards, by title."""
    return seeded(store)


@contextmanager
def counted(store: Store) -> Iterator[list[str]]:
    """The statements that reach the database meanwhile."""
    told: list[str] = []

    def tell(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        told.append(statement)

    signals.listen(store.engine, "before_cursor_execute", tell)
    yield told
    signals.remove(store.engine, "before_cursor_execute", tell)


def learning(store: Store) -> Learning:
    """A worker's tools; nothing is recognised here."""
    return Learning(store, Tools(reader=None, lexicon=Lexicon.for_event(store.event)))


def test_confirmed_words_are_those_that_a_person_stands_for(store, ids):
    """As corrected, each once; not what was only read, nor what was dismissed."""
    assert store.confirmed() == Known()
    store.correct(ids["Rust for snakes"], 1, "Quuxification", "@xanthi", "Xanthippe", "Eva")
    store.confirm(ids["Board games"], 1, "Eva")
    store.confirm(ids["Lightning talks"], 1, "Eva")
    store.dismiss(ids["Lightning talks"], 2, "Eva")
    assert store.confirmed() == Known(
        titles=("Quuxification", "Board games"), people=("Xanthippe", "Sam"), handles=("@xanthi", "@sam_codes")
    )


def test_a_running_worker_knows_a_correction_at_the_next_photo(store, ids):
    """Without a restart; and no longer once it is taken back."""
    worker = learning(store)
    assert not worker.tools().lexicon.knows("quuxification")
    store.correct(ids["Rust for snakes"], 1, "Quuxification", "@Xanthi", "Xanthippe", "Eva")
    lexicon = worker.tools().lexicon
    assert lexicon.knows("quuxification")
    assert lexicon.knows_name("Xanthippe")
    assert lexicon.handles == {"@Xanthi"}
    store.undo(ids["Rust for snakes"], 2, "Eva")
    assert not worker.tools().lexicon.knows("quuxification")


def test_nothing_is_made_anew_while_nobody_does_anything(store, ids):
    """One short question a photo, and the lexicon with all that it remembers stays."""
    worker = learning(store)
    store.confirm(ids["Board games"], 1, "Eva")
    first = worker.tools()
    with counted(store) as told:
        assert worker.tools() is first
    assert len([statement for statement in told if "SELECT" in statement]) == 1


def test_new_words_reopen_what_was_doubtful(store, ids):
    """A doubtful card that hangs still is read again once there are other words, and not before; sure ones are kept."""
    board, cards = store.event.boards[0], (card_reading("Sure", Cell(1, 0)), card_reading("Doubtful", Cell(1, 1), doubtful=True))
    photo = decode(jpeg(), "1.jpg", SEEN)
    worker, look = learning(store), digitization(photo, board, cards)
    worker.tools()
    worker.looked(board.id)
    assert worker.reopened(board.id, None) is None
    assert worker.reopened(board.id, look) is look
    store.confirm(ids["Board games"], 1, "Eva")
    worker.tools()
    assert [reading.title.text for reading in worker.reopened(board.id, look).readings] == ["Sure"]
    worker.looked(board.id)
    assert worker.reopened(board.id, look) is look


def test_checked_cards_are_collected_with_their_truth(store, ids, tmp_path):
    """Pictures that a person stands for, and the file that tells what is on them; it can be scored as it is."""
    store.correct(ids["Rust for snakes"], 1, "Rust for Pythonistas", None, "Ada", "Eva")
    out = tmp_path / "set"
    result = collected(store, out)
    assert result.exit_code == 0, result.stderr
    assert "1 checked cards" in result.stderr
    written = json.loads((out / "cards.json").read_text(encoding="utf-8"))
    picture = f"{ids['Rust for snakes']}.jpg"
    assert written["cards"] == [{"picture": picture, "title": "Rust for Pythonistas", "handle": None, "host": "Ada", "board": "friday"}]
    assert (out / picture).read_bytes() == store.card_picture(ids["Rust for snakes"])
    assert "Eva" not in (out / "cards.json").read_text(encoding="utf-8")
    (found,) = find_cases(out)
    assert found.pictures == (out / picture,)


def test_a_card_that_is_no_longer_checked_leaves_the_set(store, ids, tmp_path):
    """Its picture goes; files of others stay."""
    store.confirm(ids["Board games"], 1, "Eva")
    store.confirm(ids["Lightning talks"], 1, "Eva")
    collected(store, tmp_path / "set")
    (tmp_path / "set" / "mine.jpg").write_bytes(b"x")
    store.dismiss(ids["Board games"], 2, "Eva")
    collected(store, tmp_path / "set")
    assert {path.name for path in (tmp_path / "set").iterdir()} == {"cards.json", "mine.jpg", f"{ids['Lightning talks']}.jpg"}


def collected(store: Store, folder: Path):
    """Run the command on the store's database."""
    return CliRunner().invoke(cli, ["collect", "--db", str(store.engine.url), "-o", str(folder)], prog_name="boardcast")
