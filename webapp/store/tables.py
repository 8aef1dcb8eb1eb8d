"""Rows to values and back, and the one way in which an entry is written: compared, logged, numbered for calendars."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from calibration.rig import Cell
from digitizer.errors import NotStored, StoreError
from digitizer.event import Event
from digitizer.model import Entry, Status, Vote
from webapp.db import read_session, write_session
from webapp.models import BoardRow, EntryRow, EventRow, LogRow
from webapp.store import events
from webapp.values import ChangeKind

EVENT_ROW = 1
"""A database holds one event."""

TOLD_ROW = 2
"""The event as the public was last told it: a worker may have been started with a newer one."""


class StaleWrite(StoreError):
    """Another write came first. ``entry`` is what stands there now, None where it was the whole board that went on."""

    def __init__(self, what: str, evidence: str = "", remedy: str = "", entry: Entry | None = None) -> None:
        super().__init__(what, evidence, remedy)
        self.entry = entry


@dataclass(frozen=True)
class Face:
    """What the public sees of an entry; None in its place where it sees nothing."""

    cell: Cell
    title: str
    handle: str | None
    host: str | None


@dataclass(frozen=True)
class Step:
    """One write to an entry: what it was (None: new), what it becomes, when, and by whom (None: the camera)."""

    board_id: str
    before: Entry | None
    after: Entry
    at: datetime
    who: str | None = None
    kind: str | None = None
    photo_id: int | None = None


class Tables:
    """Common ground of the store's parts: the engine, and the event that gives rooms and times to cells."""

    def __init__(self, engine: Engine, event: Event) -> None:
        self.engine, self.event = engine, event

    def prepare(self, keeps_event: bool = True) -> None:
        """Keep the event, if so it is wished, and give each of its boards a row."""
        with write_session(self.engine) as session:
            last = session.get(EventRow, EVENT_ROW)
            if last is not None and session.get(EventRow, TOLD_ROW) is None:  # of a version that kept one: nothing was told since but it
                session.add(EventRow(id=TOLD_ROW, data=last.data))
            if keeps_event:
                session.merge(EventRow(id=EVENT_ROW, data=events.to_json(self.event)))
            known = set(session.scalars(select(BoardRow.id)))
            session.add_all(BoardRow(id=b.id, version=0, inbox_version=0, cells_seen_at={}) for b in self.event.boards if b.id not in known)

    def entry(self, entry_id: str) -> Entry:
        """One entry. Raises ``NotStored``."""
        with read_session(self.engine) as session:
            return to_entry(row_of(session, entry_id))

    def board_of(self, entry_id: str) -> str:
        """The id of the board on which an entry hangs, or hung. Raises ``NotStored``."""
        with read_session(self.engine) as session:
            return row_of(session, entry_id).board_id


def now() -> datetime:
    """The clock, read in one place."""
    return datetime.now(UTC)


def row_of(session: Session, entry_id: str) -> EntryRow:
    """The row of an entry. Raises ``NotStored``."""
    row = session.get(EntryRow, entry_id)
    if row is None:
        raise NotStored(f'There is no session "{entry_id}".', remedy="Reload the page.")
    return row


def board_row(session: Session, board_id: str) -> BoardRow:
    """The row of a board. Raises ``NotStored``."""
    row = session.get(BoardRow, board_id)
    if row is None:
        raise NotStored(f'There is no board "{board_id}".', remedy="Write it as event.toml does.")
    return row


def face(entry: Entry) -> Face | None:
    """What the public sees of an entry. A card without a word on it is no session until a person says so: it may well be no card."""
    blank = not (entry.title or entry.handle or entry.host or entry.confirmed)
    if entry.status is not Status.LIVE or entry.cell is None or blank:
        return None
    return Face(entry.cell, entry.title, entry.handle, entry.host)


def to_entry(row: EntryRow) -> Entry:
    """A row as a value."""
    evidence = row.evidence
    return Entry(
        id=row.id,
        cell=None if row.row is None or row.column is None else Cell(row.row, row.column),
        title=row.title,
        handle=row.handle,
        host=row.host,
        fingerprint=row.fingerprint,
        centre_mm=(row.x_mm, row.y_mm),
        status=Status(row.status),
        version=row.version,
        title_confidence=row.title_confidence,
        handle_confidence=row.handle_confidence,
        needs_review=row.needs_review,
        confirmed=row.confirmed,
        confirmed_fingerprint=row.confirmed_fingerprint,
        misses=row.misses,
        first_seen=row.first_seen,
        seen_at=row.seen_at,
        changed_at=row.changed_at,
        alternatives=tuple(evidence["alternatives"]),
        handle_alternatives=tuple(evidence["handle_alternatives"]),
        assigned=row.assigned,
        number=evidence.get("number"),
        **_tracked(evidence),
    )


def _tracked(evidence: Mapping[str, Any]) -> dict[str, Any]:
    """What the looks so far speak for; databases of 0.1.0 do not have all of it."""
    votes = {name: tuple(_vote(vote) for vote in evidence[name]) for name in VOTES}
    odd = bytes.fromhex(evidence.get("odd_fingerprint", ""))
    shape = tuple(evidence.get("shape_mm", ()))
    return {**votes, "odd_fingerprint": odd, "shape_mm": shape, **{name: evidence[name] for name in TRACKED if name in evidence}}


TRACKED = ("covered", "best_view", "detail_mm")
VOTES = ("title_votes", "handle_votes", "host_votes")
PLAIN = (
    *("title", "handle", "host", "fingerprint", "version", "title_confidence", "handle_confidence", "needs_review", "confirmed"),
    *("confirmed_fingerprint", "misses", "first_seen", "seen_at", "changed_at", "assigned"),
)


def _vote(saved: Mapping[str, Any]) -> Vote:
    return Vote(**{**saved, "alternatives": tuple(saved["alternatives"])})


def write_entry(session: Session, step: Step, add_look: Callable[[], int] | None = None) -> list[int]:
    """Write an entry: its row, the log of what happened, and what calendars need (RFC 5545, 3.8.7.4). Returns the ids of the log's lines.

    ``add_look`` keeps a picture once the entry is there that it belongs to, and returns its id.
    """
    kept = session.get(EntryRow, step.after.id)
    row = kept or EntryRow(id=step.after.id, board_id=step.board_id, sequence=0)
    events = list(_events(step, published_before=row.published_at is not None))
    _fill(row, step.after)
    if any(public for _, public in events):
        _publish(row, step)
    session.add(row)
    if kept is None:
        session.flush()
    look_before = row.look_id
    row.look_id = add_look() if add_look else look_before
    lines = [_log(step, kind, public, (look_before, row.look_id)) for kind, public in events]
    session.add_all(lines)
    session.flush()
    return [line.id for line in lines]


def _fill(row: EntryRow, entry: Entry) -> None:
    for name in PLAIN:
        setattr(row, name, getattr(entry, name))
    row.status = entry.status.value
    row.row, row.column = (entry.cell.row, entry.cell.column) if entry.cell else (None, None)
    row.x_mm, row.y_mm = entry.centre_mm
    row.evidence = {
        "alternatives": list(entry.alternatives),
        "handle_alternatives": list(entry.handle_alternatives),
        "number": entry.number,
        "odd_fingerprint": entry.odd_fingerprint.hex(),
        "shape_mm": list(entry.shape_mm),
        **{name: getattr(entry, name) for name in TRACKED},
        **{name: [asdict(vote) for vote in getattr(entry, name)] for name in VOTES},
    }


def _publish(row: EntryRow, step: Step) -> None:
    row.sequence = row.sequence + 1 if row.published_at is not None else 0
    row.published_at = step.at
    if step.after.cell is not None and face(step.after):
        row.published_row, row.published_column = step.after.cell.row, step.after.cell.column


def _events(step: Step, published_before: bool) -> Iterator[tuple[str, ChangeKind | None]]:
    """What happened, as (kind, what the public is told): one line for the place and one for the words where both changed."""
    public = list(_public_kinds(face(step.before) if step.before else None, face(step.after), published_before))
    if step.kind:
        yield step.kind, public[0] if public else None
        yield from ((step.kind, kind) for kind in public[1:])
        return
    private = list(_private_kinds(step.before, step.after))
    yield from ((kind.value, kind) for kind in public)
    yield from ((kind, None) for kind in private if kind not in {k.value for k in public})


def _public_kinds(before: Face | None, after: Face | None, published_before: bool) -> Iterator[ChangeKind]:
    if before is None and after is None:
        return
    if before is None or after is None:
        yield ChangeKind.CANCELLED if before else ChangeKind.RETURNED if published_before else ChangeKind.APPEARED
        return
    if before.cell != after.cell:
        yield ChangeKind.MOVED
    if (before.title, before.handle, before.host) != (after.title, after.handle, after.host):
        yield ChangeKind.REWORDED


def _private_kinds(before: Entry | None, after: Entry) -> Iterator[str]:
    """What the organizer may want to know though the public does not see it: cards of the outside tray, and conflicts."""
    if before is None:
        yield ChangeKind.APPEARED.value
        return
    if before.status is not after.status:
        yield ChangeKind.RETURNED.value if after.status is Status.LIVE else ChangeKind.CANCELLED.value
    elif before.cell != after.cell:
        yield ChangeKind.MOVED.value
    if after.confirmed and after.needs_review and not before.needs_review:
        yield "conflict"


def _log(step: Step, kind: str, public: ChangeKind | None, looks: tuple[int | None, int | None]) -> LogRow:
    return LogRow(
        board_id=step.board_id,
        entry_id=step.after.id,
        kind=kind,
        public_kind=public.value if public else None,
        at=step.at,
        written_at=now(),
        before=None if step.before is None else snapshot(step.before),
        after=snapshot(step.after),
        look_before=looks[0],
        look_after=looks[1],
        photo_id=step.photo_id,
        who=step.who,
    )


def snapshot(entry: Entry) -> dict[str, Any]:
    """What a log line keeps of an entry: its place and words, and all that a person's step may change, so that it can be undone."""
    return {
        "cell": [entry.cell.row, entry.cell.column] if entry.cell else None,
        "title": entry.title,
        "handle": entry.handle,
        "host": entry.host,
        "status": entry.status.value,
        "needs_review": entry.needs_review,
        "confirmed": entry.confirmed,
        "confirmed_fingerprint": entry.confirmed_fingerprint.hex() if entry.confirmed_fingerprint is not None else None,
        "assigned": entry.assigned,
        "title_confidence": entry.title_confidence,
        "handle_confidence": entry.handle_confidence,
    }
