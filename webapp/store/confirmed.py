"""What people stand for: words that teach the reader at once, and cards with their truth to measure it by."""

from __future__ import annotations

from sqlalchemy import func, select

from digitizer.known import NOTHING, Known
from digitizer.model import Status
from webapp.db import read_session
from webapp.models import EntryRow, LogRow, LookRow
from webapp.store.tables import Tables
from webapp.values import CheckedCard

STOOD_FOR = (EntryRow.confirmed.is_(True), EntryRow.status != Status.DISMISSED.value)


class Confirmed(Tables):
    """Cards that a person confirmed or corrected and nobody dismissed, whether they still hang or not."""

    def last_step(self) -> int:
        """A number that differs after anything that a person did: the newest line of the log that has a name."""
        with read_session(self.engine) as session:
            return session.scalar(select(func.max(LogRow.id)).where(LogRow.who.is_not(None))) or 0

    def confirmed(self) -> Known:
        """The titles, hosts and handles that people stand for, each once, the oldest first."""
        query = select(EntryRow.title, EntryRow.host, EntryRow.handle).where(*STOOD_FOR).order_by(EntryRow.changed_at, EntryRow.id)
        with read_session(self.engine) as session:
            rows = session.execute(query).all()
        titles, people, handles = (tuple(text for row in rows if (text := row[column])) for column in range(3))
        return Known(titles=titles, people=people, handles=handles) + NOTHING

    def entry_ids(self) -> frozenset[str]:
        """Ids of all cards there ever were."""
        with read_session(self.engine) as session:
            return frozenset(session.scalars(select(EntryRow.id)))

    def checked_cards(self) -> tuple[CheckedCard, ...]:
        """Their titles, hosts and handles with their pictures; not where the picture has changed since, nor where the title is empty."""
        as_confirmed = (EntryRow.needs_review.is_(False), EntryRow.title != "")
        query = select(EntryRow, LookRow.jpeg).join(LookRow, EntryRow.look_id == LookRow.id).where(*STOOD_FOR, *as_confirmed)
        with read_session(self.engine) as session:
            rows = session.execute(query.order_by(EntryRow.board_id, EntryRow.first_seen, EntryRow.id)).all()
            return tuple(CheckedCard(row.id, row.board_id, row.title, row.handle, row.host, jpeg) for row, jpeg in rows)
