"""Schedules, compare-and-set; the pictures beside them; calibrations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from calibration.rig import Cell, Layout, Rig
from digitizer.model import Appeared, CardReading, Change, Conflict, Entry, Guess, Moved, Returned, Reworded, Schedule, Seen
from digitizer.settings import ReconcileSettings
from digitizer.tracking.update import is_finer
from webapp.db import read_session, write_session
from webapp.models import BoardRow, EntryRow, FileRow, LookRow
from webapp.store.easel import take_down
from webapp.store.inbox import RAW, mark_read
from webapp.store.pictures import rig_from_bytes, rig_to_bytes, to_jpeg
from webapp.store.proofs import Proof, drop_old, keep_proof
from webapp.store.tables import StaleWrite, Step, Tables, board_row, now, to_entry, write_entry

BETTER_VIEW = 0.05
"""Share of a card by which a look must show more of it than the kept one, to take its place without any other change."""

PICTURE, RIG = "picture", "rig"


@dataclass(frozen=True)
class Look:
    """What a commit keeps beside the schedule.

    Which photo it came from, a note for the inbox, the people-free picture (JPEG), the ``proofs`` of what changed by entry, and
    ``keep_since``: pictures of older changes are dropped.
    """

    taken_at: datetime
    photo_id: int | None = None
    note: str = ""
    picture: bytes | None = None
    proofs: Mapping[str, Proof] = field(default_factory=dict)
    keep_since: datetime | None = None


class Boards(Tables):
    """Schedules and what hangs on a board as a whole."""

    def schedule(self, board_id: str) -> Schedule:
        """A board's schedule, whatever the entries' status; oldest entry first. Raises ``NotStored``."""
        query = select(EntryRow).where(EntryRow.board_id == board_id).order_by(EntryRow.first_seen, EntryRow.id)
        with read_session(self.engine) as session:
            board = board_row(session, board_id)
            entries = tuple(to_entry(row) for row in session.scalars(query))
            return Schedule(board_id, board.version, entries, seen_at(board), _layout(board.layout))

    def commit(self, expected_version: int, new: Schedule, changes: Sequence[Change], look: Look) -> bool:
        """Write what a look changed, and settle its photo, in one transaction.

        ``new`` is ``apply``'s answer on the schedule of ``expected_version``. Returns False where the photo was settled already (another
        worker was faster). Raises ``StaleWrite`` where the board has gone on: read the schedule again and reconcile anew.
        """
        with write_session(self.engine) as session:
            if look.photo_id is not None and not mark_read(session, look.photo_id, look.note):
                return False
            _advance(session, expected_version, new, look)
            rows = list(session.scalars(select(EntryRow).where(EntryRow.board_id == new.board_id)))  # held, so that none is asked for again
            old = {row.id: to_entry(row) for row in rows}
            readings = _readings(new, old, changes)
            shown = _shown(session, [row.look_id for row in rows])
            for entry in new.entries:
                before = old.get(entry.id)
                if entry != before or entry.id in readings:
                    step = Step(new.board_id, before, entry, look.taken_at, photo_id=look.photo_id)
                    lines = _write(session, step, readings.get(entry.id), shown.get(entry.id))
                    keep_proof(session, lines, look.proofs.get(entry.id), look.taken_at)
            if look.keep_since is not None and look.proofs:
                drop_old(session, look.keep_since)
            if look.picture is not None:
                _keep(session, new.board_id, PICTURE, look.picture, look.taken_at)
        return True

    def looked_at(self, board_id: str) -> datetime | None:
        """When the newest photo was taken that was read, None before the first. Raises ``NotStored``."""
        with read_session(self.engine) as session:
            return board_row(session, board_id).looked_at

    def board_picture(self, board_id: str) -> tuple[bytes, datetime] | None:
        """The people-free picture of a board (JPEG) and when it was taken."""
        with read_session(self.engine) as session:
            row = session.get(FileRow, (board_id, PICTURE))
            return (row.data, row.at) if row else None

    def card_picture(self, entry_id: str) -> bytes | None:
        """The picture of a card (JPEG) that shows it best as it is now."""
        query = select(LookRow.jpeg).join(EntryRow, EntryRow.look_id == LookRow.id).where(EntryRow.id == entry_id)
        with read_session(self.engine) as session:
            return session.scalars(query).first()

    def rig(self, board_id: str) -> Rig | None:
        """A board's calibration; None where there is none, or it has other rows and columns than a later event.toml.

        Raises ``CalibrationError`` where it cannot be read any more.
        """
        with read_session(self.engine) as session:
            row = session.get(FileRow, (board_id, RIG))
            rig = rig_from_bytes(row.data) if row else None
        return rig if rig is not None and rig.layout.shape == self.event.board(board_id).shape else None

    def calibrated_at(self, board_id: str) -> datetime | None:
        """When a board's calibration was kept, None where there is none."""
        with read_session(self.engine) as session:
            return session.scalar(select(FileRow.at).where(FileRow.board_id == board_id, FileRow.kind == RIG))

    def save_rig(self, board_id: str, rig: Rig) -> None:
        """Keep a board's calibration; raw photos are then no longer needed."""
        data = rig_to_bytes(rig)
        with write_session(self.engine) as session:
            board_row(session, board_id)
            _keep(session, board_id, RIG, data, now())
            take_down(session, board_id)
            raw = session.get(FileRow, (board_id, RAW))
            if raw is not None:
                session.delete(raw)


def seen_at(board: BoardRow) -> Mapping[Cell, datetime]:
    """When each cell was last in view."""
    pairs = ((key.split(","), value) for key, value in board.cells_seen_at.items())
    return MappingProxyType({Cell(int(row), int(column)): datetime.fromisoformat(value) for (row, column), value in pairs})


def _advance(session: Session, expected_version: int, new: Schedule, look: Look) -> None:
    values: dict[str, Any] = {
        "version": expected_version + 1,
        "looked_at": max([look.taken_at, *new.cells_seen_at.values()]),  # a close photo may come late
        "cells_seen_at": {f"{cell.row},{cell.column}": at.isoformat() for cell, at in new.cells_seen_at.items()},
    }
    if new.layout is not None:
        values["layout"] = asdict(new.layout)
    if look.picture is not None:
        values["picture_at"] = look.taken_at
    query = update(BoardRow).where(BoardRow.id == new.board_id, BoardRow.version == expected_version).values(values)
    result = session.execute(query)
    assert isinstance(result, CursorResult)
    if result.rowcount != 1:
        raise StaleWrite(
            f'The schedule of board "{new.board_id}" has gone on.', f"Version {expected_version} was expected.", "Read it and try again."
        )


def _layout(saved: dict[str, Any] | None) -> Layout | None:
    """A layout as JSON keeps it; its tuples have become lists."""
    if saved is None:
        return None
    edges = {name: tuple(saved[name]) for name in ("column_edges_mm", "row_edges_mm")}
    return Layout(**{**saved, **edges})


def _readings(new: Schedule, old: Mapping[str, Entry], changes: Sequence[Change]) -> dict[str, CardReading]:
    """The reading whose picture is to be kept, by entry; new entries stand in the order of their ``Appeared``."""
    appeared = [change.reading for change in changes if isinstance(change, Appeared)]
    fresh = [entry.id for entry in new.entries if entry.id not in old]
    known = {c.entry_id: c.reading for c in changes if isinstance(c, Moved | Reworded | Conflict | Returned | Seen)}
    return {**known, **dict(zip(fresh, appeared, strict=True))}


def _shown(session: Session, look_ids: Sequence[int | None]) -> dict[str, float]:
    """How much of its card each kept picture shows (0..1), by entry."""
    query = select(LookRow.entry_id, LookRow.visible).where(LookRow.id.in_([look_id for look_id in look_ids if look_id is not None]))
    return {row.entry_id: row.visible for row in session.execute(query)}


def _write(session: Session, step: Step, reading: CardReading | None, shown: float | None) -> list[int]:
    """Write an entry, with a picture where it is new, changed, or seen better than before; return the ids of the log's lines.

    ``shown`` is what the kept picture shows of the card.
    """
    changed = step.before is None or step.before.version != step.after.version or _is_sharper(step)
    if reading is not None and (changed or shown is None or reading.card.visible > shown + BETTER_VIEW):
        return write_entry(session, step, lambda: _add_look(session, step, reading))
    return write_entry(session, step)


def _is_sharper(step: Step) -> bool:
    """Whether the card was read in a clearly finer look than before."""
    return step.before is not None and is_finer(step.after.detail_mm, step.before.detail_mm, ReconcileSettings())


def _add_look(session: Session, step: Step, reading: CardReading) -> int:
    row = LookRow(
        entry_id=step.after.id,
        photo_id=step.photo_id,
        taken_at=step.at,
        jpeg=to_jpeg(reading.card.image),
        fingerprint=reading.card.fingerprint,
        visible=reading.card.visible,
        reading={
            "title": _guess(reading.title),
            "handle": _guess(reading.handle),
            "host": _guess(reading.host),
            "lines": [line.text for line in reading.lines],
        },
    )
    session.add(row)
    session.flush()
    return row.id


def _guess(guess: Guess | None) -> dict[str, Any] | None:
    return None if guess is None else {"text": guess.text, "confidence": guess.confidence, "alternatives": list(guess.alternatives)}


def _keep(session: Session, board_id: str, kind: str, data: bytes, at: datetime) -> None:
    session.merge(FileRow(board_id=board_id, kind=kind, data=data, at=at))
