"""The tables as migrations make them are those that the models describe."""

from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from kept import fresh_store, jpeg
from sqlalchemy import String, create_engine, inspect, text

from digitizer.capturing.health import Condition
from digitizer.errors import StoreError
from digitizer.model import Status
from webapp import db
from webapp.models import Base, CameraRow, EntryRow, LogRow, PhotoRow
from webapp.review.login import LONGEST_NAME
from webapp.values import ChangeKind, PhotoState


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'board.db'}"


def test_models_are_what_migrations_make(url):
    """A column added to one and forgotten in the other is found here."""
    with db.open_engine(url).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        assert compare_metadata(context, Base.metadata) == []


def test_they_can_be_taken_back(url):
    """Down to nothing and up again."""
    engine = db.open_engine(url)
    with db.writing(engine) as connection:
        command.downgrade(db.alembic_config(connection), "base")
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
    db.migrate(engine)
    assert "entries" in inspect(engine).get_table_names()


def test_opening_twice_changes_nothing(url):
    """Server and worker each open it: tables and version stay as they were."""

    def dump() -> list[str]:
        with db.open_engine(url).connect() as connection:
            raw: Any = connection.connection.driver_connection
            return list(raw.iterdump())

    assert dump() == dump()


def test_sqlite_is_set_up_to_keep_what_it_acknowledged(url):
    """WAL, full synchronisation, foreign keys, patience."""
    with db.open_engine(url).connect() as connection:
        found = {name: connection.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous", "foreign_keys")}
        patience = connection.execute(text("PRAGMA busy_timeout")).scalar()
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    assert patience == db.BUSY_MS


def test_a_file_that_is_no_database_is_refused(tmp_path):
    """With its name."""
    path = tmp_path / "notes.db"
    path.write_text("my notes, more than a hundred bytes of them, so that nobody takes them for an empty database " * 3)
    with pytest.raises(StoreError, match=r"notes\.db"):
        db.open_engine(f"sqlite:///{path}")


def test_a_database_of_a_newer_version_is_refused(url):
    """An older program must not write into it."""
    db.open_engine(url)
    with create_engine(url).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="newer"):
        db.open_engine(url)


def test_what_is_written_fits_its_column(tmp_path):
    """PostgreSQL refuses what SQLite keeps: names from outside are cut, and every state has room for its longest word."""
    store = fresh_store(tmp_path)
    who = "phone of " + "é" * 80
    photo = store.photo(store.receive("friday", jpeg(), "n" * 400, None, who + "!" * 99))
    assert photo.source.startswith(who)
    store.failed(photo.id, "It failed.", "E" * 99)
    with store.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            limits = {column.name: column.type.length for column in table.columns if isinstance(column.type, String) and column.type.length}
            for row in connection.execute(table.select()).mappings():
                assert all(len(row[name] or "") <= limit for name, limit in limits.items()), table.name
    states = [(CameraRow.condition, Condition), (PhotoRow.state, PhotoState), (EntryRow.status, Status)]
    kinds = [(LogRow.public_kind, ChangeKind)]
    for column, words in [*states, *kinds]:
        assert max(len(word.value) for word in words) <= column.type.length
    assert LogRow.who.type.length >= LONGEST_NAME
