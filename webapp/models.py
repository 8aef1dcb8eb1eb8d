"""The tables. The event, boards, entries and looks are the schedule; photos are the inbox; log entries are what happened.

Times are aware and in UTC; SQLite keeps no zone, so that :class:`Utc` puts it back.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, ForeignKey, Index, LargeBinary, MetaData, String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

MOST_NAME, MOST_SOURCE, MOST_ERROR, MOST_WHO = 255, 120, 40, 80
"""Characters that are kept of a photo's name, of where it came from, of an error's name, and of a person's. SQLite does not count them,
PostgreSQL refuses what is longer: whatever comes from outside is cut before it is written."""


class Utc(TypeDecorator[datetime]):
    """An aware time, kept and returned in UTC. A time without a zone is refused: nobody could tell what it means."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  the interface's
        """Refuse naive times; bring the rest to UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value.isoformat()} has no zone.")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  the interface's
        """Put the zone back that SQLite drops."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Common ground: named constraints, so that migrations can name them too."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Utc, bytes: LargeBinary}  # noqa: RUF012  SQLAlchemy reads it from the class


class EventRow(Base):
    """The event: as the database was last opened for it, and as the public was last told it."""

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    data: Mapped[dict[str, Any]] = mapped_column(JSON)


class BoardRow(Base):
    """One board. ``version`` rises with each write to its schedule or picture, ``inbox_version`` with each to its photos."""

    __tablename__ = "boards"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    version: Mapped[int] = mapped_column(default=0)
    inbox_version: Mapped[int] = mapped_column(default=0)
    looked_at: Mapped[datetime | None]
    cells_seen_at: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    layout: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    picture_at: Mapped[datetime | None]


class FileRow(Base):
    """A board's large things, apart from its row, which is written at each photo: calibration, people-free picture, last raw photo."""

    __tablename__ = "files"

    board_id: Mapped[str] = mapped_column(ForeignKey("boards.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    data: Mapped[bytes]
    at: Mapped[datetime]


class EntryRow(Base):
    """One card through time; columns as in :class:`digitizer.model.Entry`.

    ``sequence`` and ``published_at`` count and date what the public saw of it; ``published_row`` and ``published_column`` its last place
    on the grid, which a cancelled session keeps; ``look_id`` its best picture
    (no foreign key: looks point here already, and a circle is a burden to create).
    """

    __tablename__ = "entries"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    board_id: Mapped[str] = mapped_column(ForeignKey("boards.id"), index=True)
    status: Mapped[str] = mapped_column(String(12))
    version: Mapped[int]
    row: Mapped[int | None]
    column: Mapped[int | None]
    title: Mapped[str] = mapped_column(Text)
    handle: Mapped[str | None] = mapped_column(Text)
    host: Mapped[str | None] = mapped_column(Text)
    fingerprint: Mapped[bytes]
    x_mm: Mapped[float]
    y_mm: Mapped[float]
    title_confidence: Mapped[float]
    handle_confidence: Mapped[float]
    needs_review: Mapped[bool]
    confirmed: Mapped[bool]
    confirmed_fingerprint: Mapped[bytes | None]
    misses: Mapped[int]
    assigned: Mapped[bool]
    first_seen: Mapped[datetime]
    seen_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    evidence: Mapped[dict[str, Any]] = mapped_column(JSON)
    look_id: Mapped[int | None]
    sequence: Mapped[int] = mapped_column(default=0)
    published_at: Mapped[datetime | None]
    published_row: Mapped[int | None]
    published_column: Mapped[int | None]


class LookRow(Base):
    """A picture of a card (JPEG) beside what was read on it: kept when the card appears or changes, not at each photo."""

    __tablename__ = "looks"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    entry_id: Mapped[str] = mapped_column(ForeignKey("entries.id"), index=True)
    photo_id: Mapped[int | None] = mapped_column(ForeignKey("photos.id", ondelete="SET NULL"))
    taken_at: Mapped[datetime]
    jpeg: Mapped[bytes]
    fingerprint: Mapped[bytes]
    visible: Mapped[float]
    reading: Mapped[dict[str, Any]] = mapped_column(JSON)


class PhotoRow(Base):
    """The inbox: a photo waits here, bytes and all, from its acknowledgement until its reading is committed."""

    __tablename__ = "photos"
    __table_args__ = (Index("ix_photos_state_taken_at", "state", "taken_at"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    board_id: Mapped[str] = mapped_column(ForeignKey("boards.id"), index=True)
    name: Mapped[str] = mapped_column(String(MOST_NAME))
    source: Mapped[str] = mapped_column(String(MOST_SOURCE))
    sha256: Mapped[str] = mapped_column(String(64))
    key: Mapped[str | None] = mapped_column(String(100), unique=True)
    data: Mapped[bytes | None]
    taken_at: Mapped[datetime]
    received_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(12))
    message: Mapped[str] = mapped_column(Text, default="")
    error: Mapped[str | None] = mapped_column(String(MOST_ERROR))
    attempts: Mapped[int] = mapped_column(default=0)


class CameraRow(Base):
    """How a source that is watched fares: one row each, written over at each report, so that days of faults take no room.

    ``heard_at``: when the program that watches it last told anything; ``seen_at``: when the last photo of it was read.
    """

    __tablename__ = "cameras"

    board_id: Mapped[str] = mapped_column(ForeignKey("boards.id"), primary_key=True)
    source: Mapped[str] = mapped_column(String(200), primary_key=True)
    condition: Mapped[str] = mapped_column(String(12))
    since: Mapped[datetime]
    heard_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    every_s: Mapped[float]
    message: Mapped[str] = mapped_column(Text, default="")


class LogRow(Base):
    """What happened to an entry: ``kind``, before and after (whole entries, and as the public saw them), the pictures that prove it.

    ``at``: when it was seen or done; ``written_at``: when this line was written, later where a photo had to wait. No page tells that: it is
    kept for whoever asks the database afterwards since when the site knew. ``who`` is None where the camera saw it. ``undone`` marks a
    person's step that was taken back.
    """

    __tablename__ = "log"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    board_id: Mapped[str] = mapped_column(ForeignKey("boards.id"), index=True)
    entry_id: Mapped[str] = mapped_column(ForeignKey("entries.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    public_kind: Mapped[str | None] = mapped_column(String(12))
    at: Mapped[datetime]
    written_at: Mapped[datetime]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    look_before: Mapped[int | None] = mapped_column(ForeignKey("looks.id"))
    look_after: Mapped[int | None] = mapped_column(ForeignKey("looks.id"))
    photo_id: Mapped[int | None] = mapped_column(ForeignKey("photos.id", ondelete="SET NULL"))
    who: Mapped[str | None] = mapped_column(String(MOST_WHO))
    undone: Mapped[bool] = mapped_column(default=False)


class ProofRow(Base):
    """What a line of the log is seen by: the place on the board (JPEG) before and after, in which nobody stands; dropped by age."""

    __tablename__ = "proofs"

    log_id: Mapped[int] = mapped_column(ForeignKey("log.id"), primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(index=True)
    before: Mapped[bytes | None]
    after: Mapped[bytes | None]


class HostWordsRow(Base):
    """What somebody typed on the web for the topic card of a ``number``: never part of an entry until an organizer takes it."""

    __tablename__ = "host_words"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    number: Mapped[int] = mapped_column(index=True)
    title: Mapped[str] = mapped_column(Text)
    handle: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime]


class SwitchRow(Base):
    """What an organizer switched on or off, when, and who."""

    __tablename__ = "switches"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    on: Mapped[bool]
    at: Mapped[datetime]
    who: Mapped[str] = mapped_column(String(MOST_WHO))
