"""The database: an engine set up for durability, and its tables brought up to date.

SQLite by default: WAL lets pages read while the worker writes, ``synchronous=FULL`` keeps an acknowledged photo through a power cut, and
writers begin with BEGIN IMMEDIATE, since a transaction that starts as a reader cannot wait for the lock when it turns writer
(https://www.sqlite.org/lang_transaction.html, section 2.2). PostgreSQL by its URL.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, InterfaceError, NoSuchModuleError, OperationalError
from sqlalchemy.orm import Session

from digitizer.errors import ConfigError, NotStored, StoreError

BUSY_MS = 20_000
"""How long a writer waits for another: a commit takes milliseconds, a checkpoint on a slow card seconds."""

OUT_OF_ORDER = (OperationalError, InterfaceError)
"""What a database raises that is locked, full or gone: no fault of what was to be written, which may be tried again."""

MIGRATION_LOCK = 0x626F6172
"""Advisory lock on PostgreSQL, so that a server and a worker that start together do not migrate at once ("boar")."""


def existing(url: str) -> str:
    """The address of a database that is there. Raises ``NotStored`` where its file is not, ``ConfigError`` where it is no address.

    For those who only read: a slip in a path would make an empty database, and publish its empty schedule.
    """
    engine = _engine(url)
    path = engine.url.database
    if engine.dialect.name == "sqlite" and path is not None and not Path(path).exists():
        raise NotStored(f"There is no database {path}.", remedy="Give the one of the server as --db, or ingest a photo first.")
    return url


def open_engine(url: str) -> Engine:
    """Connect and bring the tables up to date. Raises ``ConfigError`` where the address cannot be used, ``StoreError`` where it fails."""
    engine = _engine(url)
    try:
        migrate(engine)
    except CommandError as error:
        raise StoreError(
            f"The database {engine.url!r} was written by a newer version of Boardcast.", f"{error}.", "Update this one, or give another."
        ) from error
    except DatabaseError as error:
        what = f"The database {engine.url!r} cannot be opened: {error.orig}."
        raise StoreError(what, remedy=_missing(engine) or _instead(str(error.orig))) from error
    return engine


def _missing(engine: Engine) -> str:
    """What to do where it is the folder of the database's file that is not there; empty otherwise."""
    path = engine.url.database if engine.dialect.name == "sqlite" else None
    folder = Path(path or "").resolve().parent
    return f"There is no folder {folder}: make it, or give another." if path and not folder.is_dir() else ""


def _instead(said: str) -> str:
    """What to do, by what SQLite says of a file."""
    if "malformed" in said:
        return "It is damaged, or was copied while a server ran: put the last backup in its place."
    return "Give another path, or move that file away." if "not a database" in said else "Check the path and its rights."


def migrate(engine: Engine) -> None:
    """Bring the tables to the newest form."""
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        command.upgrade(alembic_config(connection), "head")


def alembic_config(connection: Connection) -> AlembicConfig:
    """Alembic, pointed at the migrations inside the package and at an open connection."""
    config = AlembicConfig()
    config.set_main_option("script_location", "webapp:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that will write: takes the lock at its start, commits at its end."""
    with engine.execution_options(boardcast_writes=True).begin() as connection:
        yield connection


@contextmanager
def write_session(engine: Engine) -> Iterator[Session]:
    """The same as a session of mapped rows."""
    with Session(engine.execution_options(boardcast_writes=True), expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def read_session(engine: Engine) -> Iterator[Session]:
    """A session that only reads: one consistent view, no lock."""
    with Session(engine) as session:
        yield session


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
            raise ConfigError("A database in memory is gone when the program ends.", remedy="Give a path: sqlite:///boardcast.db")
        engine = create_engine(parsed, pool_pre_ping=parsed.get_backend_name() != "sqlite")
    except (ArgumentError, NoSuchModuleError) as error:
        raise ConfigError(f"The database address cannot be used: {error}.", remedy="Write sqlite:///path/to.db") from error
    except ModuleNotFoundError as error:
        extra = "'boardcast[postgres]'" if error.name == "psycopg" else error.name
        raise ConfigError(f"The database needs the package {error.name}.", remedy=f"pip install {extra}") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun below, not by the driver
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_MS}"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("boardcast_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
