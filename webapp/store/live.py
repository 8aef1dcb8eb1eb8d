"""The latest raw photo of a board while an organizer looks at the set-up page; with nobody there it is dropped, as raw photos are.

A lease says that somebody looks: each visit renews it, and the first photo that is read after it ran out takes the kept one away.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from webapp.db import read_session, write_session
from webapp.models import FileRow, PhotoRow
from webapp.store.tables import Tables, board_row, now

LIVE, LEASE = "live", "lease"
"""Kinds of files: the photo, and the lease, which has no bytes."""

LASTS = timedelta(seconds=90)
"""How long a lease lasts: two looks of a camera and then some."""

RENEWED = timedelta(seconds=20)
"""Age from which a lease is renewed: a page asks every few seconds, and need not write each time."""


@dataclass(frozen=True)
class LivePhoto:
    """A board's latest photo, and when it was taken (UTC)."""

    taken_at: datetime
    data: bytes = field(repr=False)


class Live(Tables):
    """What the set-up page shows."""

    def look_live(self, board_id: str) -> None:
        """Have the photos of a board kept from now on, the latest only, for as long as a lease lasts. Raises ``NotStored``."""
        with read_session(self.engine) as session:
            board_row(session, board_id)
            at = session.scalar(select(FileRow.at).where(FileRow.board_id == board_id, FileRow.kind == LEASE))
        if at is not None and now() - at < RENEWED:
            return
        with write_session(self.engine) as session:
            session.merge(FileRow(board_id=board_id, kind=LEASE, data=b"", at=now()))

    def live_photo(self, board_id: str, after: datetime | None = None) -> LivePhoto | None:
        """The photo taken last of those that still have their bytes; None where there is none, or none taken ``after`` that time."""
        waiting = select(PhotoRow.taken_at, PhotoRow.id).where(PhotoRow.board_id == board_id, PhotoRow.data.is_not(None))
        kept = select(FileRow.at, FileRow.kind).where(FileRow.board_id == board_id, FileRow.kind.in_([LIVE, "raw"]))
        with read_session(self.engine) as session:
            newest = session.execute(waiting.order_by(PhotoRow.taken_at.desc(), PhotoRow.id.desc()).limit(1)).first()
            found: list[tuple[datetime, str | int]] = [(at, kind) for at, kind in session.execute(kept)]
            found += [(newest.taken_at, newest.id)] if newest else []
            at, where = max(found, key=lambda each: each[0], default=(None, ""))
            if at is None or (after is not None and at <= after):
                return None
            row = session.get_one(FileRow, (board_id, where)) if isinstance(where, str) else session.get_one(PhotoRow, where)
            return LivePhoto(at, row.data or b"")


def keep_live(session: Session, board_id: str, data: bytes | None, taken_at: datetime) -> None:
    """Keep a photo that was just read while somebody looks; with the lease run out, drop what was kept."""
    leased = session.scalar(select(FileRow.at).where(FileRow.board_id == board_id, FileRow.kind == LEASE))
    if leased is None:
        return
    if now() - leased > LASTS:
        session.execute(delete(FileRow).where(FileRow.board_id == board_id, FileRow.kind.in_([LIVE, LEASE])))
    elif data:
        session.merge(FileRow(board_id=board_id, kind=LIVE, data=data, at=taken_at))
