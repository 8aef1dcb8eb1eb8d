"""The inbox: photos from their acknowledgement until their reading is committed."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, defer

from digitizer.errors import BoardNotFound, NotStored
from webapp.db import read_session, write_session
from webapp.models import MOST_ERROR, MOST_NAME, MOST_SOURCE, BoardRow, FileRow, PhotoRow
from webapp.store.easel import EASEL, offer
from webapp.store.live import LIVE, keep_live
from webapp.store.tables import Tables, board_row, now
from webapp.values import MOUNTED, InboxPhoto, PhotoState

KEPT_FAILURES = 10
"""Failed photos a board, and as many of its watched camera, whose bytes are kept for another try.

A camera that fails all night must not fill the disk.
"""

KEPT_PHOTOS = 500
"""Lines of the inbox kept a board: four hours of a camera that looks every 30 s."""

RAW = "raw"

KEPT_RAW = timedelta(days=2)
"""How long a photo with whoever stands in it is kept once nobody comes back to it: over a night, and the day after."""

NEXT = timedelta(milliseconds=1)
"""How far after the last look a photo is dated that came in before it, by a clock that was put back: it would count as old."""

log = logging.getLogger("boardcast")


@dataclass(frozen=True)
class WaitingPhoto:
    """A photo to be read, bytes and all. ``attempts`` counts this one too."""

    id: int
    board_id: str
    name: str
    data: bytes = field(repr=False)
    taken_at: datetime
    attempts: int
    source: str = ""


def key_of(*of: bytes) -> str:
    """A key for ``receive``, from all by which a photo that comes twice is known to be the same look."""
    return hashlib.sha256(b"\0".join(of)).hexdigest()


class Inbox(Tables):
    """What waits, what was read, what failed."""

    def receive(self, board_id: str, data: bytes, name: str, taken_at: datetime | None, source: str, *, key: str | None = None) -> int:
        """Keep a photo; it is safe once this returns. The same ``key`` again gives the same id. Raises ``NotStored``."""
        received = now()
        row = PhotoRow(
            board_id=board_id,
            name=name[:MOST_NAME],
            source=source[:MOST_SOURCE],
            sha256=hashlib.sha256(data).hexdigest(),
            key=key,
            data=data,
            taken_at=min(taken_at or received, received),  # a clock that is ahead would make all later photos look old
            received_at=received,
            state=PhotoState.WAITING.value,
            message="",
            attempts=0,
        )
        try:
            with write_session(self.engine) as session:
                newest = board_row(session, board_id).looked_at
                if newest is not None and newest > received:
                    log.warning("The clock of this machine was put back by %s: photos are dated after the last look.", newest - received)
                    row.taken_at = newest + NEXT
                session.add(row)
                touch(session, board_id)
        except IntegrityError:
            return self._id_of(key)
        return row.id

    def _id_of(self, key: str | None) -> int:
        with read_session(self.engine) as session:
            return session.scalars(select(PhotoRow.id).where(PhotoRow.key == key)).one()

    def pending(self) -> tuple[int, ...]:
        """Ids of the photos that wait, in the order taken."""
        query = select(PhotoRow.id).where(PhotoRow.state == PhotoState.WAITING.value).order_by(PhotoRow.taken_at, PhotoRow.id)
        with read_session(self.engine) as session:
            return tuple(session.scalars(query))

    def take(self, photo_id: int) -> WaitingPhoto | None:
        """A waiting photo, its attempt counted before it is made; None where it waits no longer."""
        with write_session(self.engine) as session:
            row = session.get(PhotoRow, photo_id)
            if row is None or row.state != PhotoState.WAITING.value or row.data is None:
                return None
            row.attempts += 1
            return WaitingPhoto(row.id, row.board_id, row.name, row.data, row.taken_at, row.attempts, row.source)

    def done(self, photo_id: int, note: str = "") -> None:
        """Mark a photo read though it changes nothing, and drop its bytes."""
        with write_session(self.engine) as session:
            mark_read(session, photo_id, note)

    def failed(self, photo_id: int, message: str, error: str = "") -> None:
        """Mark a photo failed, and by which ``error``, the name of its class; its bytes stay for another try."""
        with write_session(self.engine) as session:
            row = _photo(session, photo_id)
            row.state, row.message, row.error = PhotoState.FAILED.value, message, error[:MOST_ERROR] or None
            touch(session, row.board_id)
            session.flush()
            _drop_old_failures(session, row)
            _forget_old(session, row.board_id)

    def retry(self, photo_id: int) -> None:
        """Put a failed photo back among those that wait. Raises ``NotStored`` where its bytes are gone."""
        with write_session(self.engine) as session:
            row = _photo(session, photo_id)
            if row.data is None:
                raise NotStored(f'The bytes of "{row.name}" are not kept any more.', remedy="Upload it again.")
            _wait_again(session, row.board_id, PhotoRow.id == photo_id)

    def discard(self, photo_id: int) -> None:
        """Drop a failed photo, its bytes and its line. Raises ``NotStored`` where there is no such photo among those that failed."""
        with write_session(self.engine) as session:
            row = _photo(session, photo_id)
            if row.state != PhotoState.FAILED.value:
                raise NotStored(f'The photo "{row.name}" is not among those that failed.', remedy="Reload the page.")
            session.delete(row)
            touch(session, row.board_id)

    def forget_raw(self, kept_for: timedelta = KEPT_RAW) -> None:
        """Drop photos as they were taken that nobody came back to: those that failed, and what is kept of a board to set its grid on.

        Each is kept that long: a failed photo and one put up by hand since it came, the last one read since the board got any.
        """
        before = now() - kept_for
        failed = (PhotoRow.data.is_not(None), PhotoRow.state == PhotoState.FAILED.value, PhotoRow.received_at < before)
        fresh = select(PhotoRow.board_id).where(PhotoRow.received_at >= before)
        put_up = and_(FileRow.kind == EASEL, FileRow.data != b"", FileRow.at < before)
        kept = or_(and_(FileRow.kind.in_([RAW, LIVE]), FileRow.board_id.not_in(fresh)), put_up)
        with read_session(self.engine) as session:
            if not session.scalar(select(or_(exists().where(*failed), exists().where(kept)))):
                return
        with write_session(self.engine) as session:
            session.execute(update(PhotoRow).where(*failed).values(data=None))
            session.execute(delete(FileRow).where(kept))

    def not_found(self, board_ids: Collection[str], within: timedelta) -> tuple[int, ...]:
        """Ids of photos that people sent within that time in which none of these boards was found, in the order taken."""
        kept = (PhotoRow.state == PhotoState.FAILED.value, PhotoRow.data.is_not(None), PhotoRow.error == BoardNotFound.__name__)
        sent = (PhotoRow.board_id.in_(board_ids), PhotoRow.source != MOUNTED, PhotoRow.received_at >= now() - within)
        with read_session(self.engine) as session:
            return tuple(session.scalars(select(PhotoRow.id).where(*kept, *sent).order_by(PhotoRow.taken_at, PhotoRow.id)))

    def retry_all(self, board_id: str) -> None:
        """Put a board's failed photos back among those that wait, as many as still have their bytes."""
        kept = (PhotoRow.board_id == board_id, PhotoRow.state == PhotoState.FAILED.value, PhotoRow.data.is_not(None))
        with write_session(self.engine) as session:
            _wait_again(session, board_id, *kept)

    def photo(self, photo_id: int) -> InboxPhoto:
        """One photo of the inbox. Raises ``NotStored``."""
        with read_session(self.engine) as session:
            return _value(_photo(session, photo_id))

    def minded(self, notes_of: int = 60) -> tuple[InboxPhoto, ...]:
        """Photos that an organizer may have to mind, newest first.

        Those that wait; those that failed and can be tried again; the latest of what watches a board; and of the latest ``notes_of``
        those of which something was noted.
        """
        recent = select(PhotoRow.id).order_by(PhotoRow.id.desc()).limit(notes_of)
        watched = select(func.max(PhotoRow.id)).where(PhotoRow.source == MOUNTED).group_by(PhotoRow.board_id)
        wanted = or_(
            PhotoRow.state == PhotoState.WAITING.value,
            and_(PhotoRow.state == PhotoState.FAILED.value, PhotoRow.data.is_not(None)),
            and_(PhotoRow.state == PhotoState.READ.value, PhotoRow.message != "", PhotoRow.id.in_(recent)),
            PhotoRow.id.in_(watched),
        )
        query = select(PhotoRow).options(defer(PhotoRow.data)).where(wanted).order_by(PhotoRow.id.desc())
        with read_session(self.engine) as session:
            return tuple(_value(row) for row in session.scalars(query))

    def latest_photo(self, board_id: str) -> bytes | None:
        """The bytes of the latest photo that still has them: waiting, failed, or the last one read while the board has no calibration."""
        has_bytes = (PhotoRow.board_id == board_id, PhotoRow.data.is_not(None))
        query = select(PhotoRow.taken_at, PhotoRow.data).where(*has_bytes).order_by(PhotoRow.id.desc()).limit(1)
        with read_session(self.engine) as session:
            kept, other = session.get(FileRow, (board_id, RAW)), session.execute(query).first()
            if kept is not None and (other is None or kept.at > other.taken_at):  # one that failed in the morning is not the latest all day
                return kept.data
            return other.data if other else None


def mark_read(session: Session, photo_id: int, note: str) -> bool:
    """Mark a waiting photo read and drop its bytes, keeping them aside for a board without calibration. False where it did not wait."""
    row = _photo(session, photo_id)
    if row.state != PhotoState.WAITING.value:
        return False
    offer(session, row.board_id, row.data)
    keep_live(session, row.board_id, row.data, row.taken_at)
    if row.data is not None and session.get(FileRow, (row.board_id, "rig")) is None:
        session.merge(FileRow(board_id=row.board_id, kind=RAW, data=row.data, at=row.taken_at))
    row.state, row.message, row.data = PhotoState.READ.value, note, None
    touch(session, row.board_id)
    session.flush()
    _forget_old(session, row.board_id)
    return True


def _wait_again(session: Session, board_id: str, *which: ColumnElement[bool]) -> None:
    """Put photos of a board back among those that wait, as if they had never been tried."""
    fresh = {"state": PhotoState.WAITING.value, "message": "", "error": None, "attempts": 0}
    session.execute(update(PhotoRow).where(*which).values(fresh))
    touch(session, board_id)


def _photo(session: Session, photo_id: int) -> PhotoRow:
    row = session.get(PhotoRow, photo_id, options=[defer(PhotoRow.data)])
    if row is None:
        raise NotStored(f"There is no photo {photo_id}.", remedy="Its line was dropped from the inbox, or it was never sent here.")
    return row


def touch(session: Session, board_id: str) -> None:
    """Let open pages know that something changed beside the schedule."""
    session.execute(update(BoardRow).where(BoardRow.id == board_id).values(inbox_version=BoardRow.inbox_version + 1))


def _drop_old_failures(session: Session, row: PhotoRow) -> None:
    """Of a camera's failures apart from those of photos that people sent: in five minutes it would have pushed theirs out."""
    alike = (PhotoRow.source == MOUNTED) == (row.source == MOUNTED)
    failed = select(PhotoRow.id).where(PhotoRow.board_id == row.board_id, PhotoRow.state == PhotoState.FAILED.value, alike)
    old = failed.where(PhotoRow.data.is_not(None)).order_by(PhotoRow.id.desc()).offset(KEPT_FAILURES)
    ids = list(session.scalars(old))
    if ids:
        session.execute(update(PhotoRow).where(PhotoRow.id.in_(ids)).values(data=None))


def _forget_old(session: Session, board_id: str) -> None:
    oldest = session.scalar(
        select(func.min(PhotoRow.id)).where(
            PhotoRow.id.in_(select(PhotoRow.id).where(PhotoRow.board_id == board_id).order_by(PhotoRow.id.desc()).limit(KEPT_PHOTOS))
        )
    )
    settled = PhotoRow.state != PhotoState.WAITING.value
    session.execute(delete(PhotoRow).where(PhotoRow.board_id == board_id, PhotoRow.id < oldest, settled))


def _value(row: PhotoRow) -> InboxPhoto:
    state = PhotoState(row.state)
    return InboxPhoto(row.id, row.board_id, row.name, row.source, row.taken_at, row.received_at, state, row.message, row.error)
