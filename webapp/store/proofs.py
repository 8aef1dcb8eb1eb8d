"""The two pictures that prove a change: the place on the board before and after it. Kept with changes only, and dropped by age."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from webapp.db import read_session
from webapp.models import EntryRow, LogRow, LookRow, ProofRow
from webapp.store.tables import Tables
from webapp.values import ChangeKind, Proven


@dataclass(frozen=True)
class Proof:
    """A place before and after a change (JPEG); None where it was not in clear view."""

    before: bytes | None
    after: bytes | None


class Proofs(Tables):
    """Pictures of changes, for reviewers."""

    def proof(self, change_id: int, when: str) -> bytes | None:
        """The picture (JPEG) of a change ``when`` "before" or "after" it: the place, else the card; None where none is kept."""
        with read_session(self.engine) as session:
            place = session.get(ProofRow, change_id)
            kept: bytes | None = getattr(place, when) if place else None
            look_id = None if kept else _look(session.get(LogRow, change_id), when)
            return kept or (session.scalar(select(LookRow.jpeg).where(LookRow.id == look_id)) if look_id else None)

    def proven(self, change_ids: Iterable[int]) -> dict[int, Proven]:
        """Which pictures there are of each of these changes."""
        lines = select(LogRow).where(LogRow.id.in_(list(change_ids)))
        with read_session(self.engine) as session:
            rows = list(session.scalars(lines))
            places = {p.log_id: p for p in session.scalars(select(ProofRow).where(ProofRow.log_id.in_([row.id for row in rows])))}
            return {row.id: Proven(*(_has(row, places.get(row.id), when) for when in ("before", "after"))) for row in rows}


def keep_proof(session: Session, lines: Iterable[int], proof: Proof | None, at: datetime) -> None:
    """Keep the pictures beside lines of the log."""
    if proof is not None and (proof.before or proof.after):
        session.add_all(ProofRow(log_id=line, at=at, before=proof.before, after=proof.after) for line in lines)


def drop_old(session: Session, since: datetime) -> None:
    """Drop the pictures of changes before ``since``, and of cards that are not the best of theirs."""
    session.execute(delete(ProofRow).where(ProofRow.at < since))
    best = select(EntryRow.look_id).where(EntryRow.look_id.is_not(None))
    old = list(session.scalars(select(LookRow.id).where(LookRow.taken_at < since, LookRow.id.not_in(best))))
    if old:
        session.execute(update(LogRow).where(LogRow.look_before.in_(old)).values(look_before=None))
        session.execute(update(LogRow).where(LogRow.look_after.in_(old)).values(look_after=None))
        session.execute(delete(LookRow).where(LookRow.id.in_(old)))


def _has(line: LogRow, place: ProofRow | None, when: str) -> bool:
    return bool(place and getattr(place, when)) or _look(line, when) is not None


def _look(line: LogRow | None, when: str) -> int | None:
    """The card's own picture that shows a change: after it only where the card was seen then."""
    if line is None or (when == "after" and line.public_kind == ChangeKind.CANCELLED.value):
        return None
    return line.look_before if when == "before" else line.look_after
