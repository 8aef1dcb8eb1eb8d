"""The tables as migrations make them are those that the models describe."""

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

from digitizer.errors import StoreError
from webapp import db
from webapp.models import Base


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
    """Server and worker each open it."""
    db.open_engine(url)
    db.open_engine(url)


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
