"""Second opinions: which card is to be asked about, what was asked so far, what came back.

They are lines of the log beside the entries, not part of them: a suggestion belongs to the one picture that was sent, and neither bumps a
card's version nor touches what a person wrote.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from digitizer.model import Entry, Status
from digitizer.settings import ReconcileSettings
from digitizer.tracking.update import hear
from webapp.db import read_session, write_session
from webapp.models import BoardRow, EntryRow, LogRow, LookRow
from webapp.store.tables import Step, Tables, now, to_entry, write_entry
from webapp.values import ReviewCard

KIND = "opinion"
"""Kind of the log lines."""

MOST_TRIES = 3
"""Times a card is asked about, whatever becomes of its picture: one that flickers must not eat what is allowed for all."""


@dataclass(frozen=True)
class Question:
    """A doubtful card to ask about: its picture (JPEG) of one look, and the log line that counts it."""

    entry_id: str
    look_id: int
    jpeg: bytes
    line: int


class Opinions(Tables):
    """What the worker asks and remembers."""

    def asked_since(self, at: datetime | None = None) -> int:
        """How many cards were asked about since then, or ever: answered or not, since each may cost."""
        query = select(func.count()).select_from(LogRow).where(LogRow.kind == KIND)
        with read_session(self.engine) as session:
            return session.scalar(query.where(LogRow.at >= at) if at else query) or 0

    def question(self) -> Question | None:
        """Take the doubtful card that waits longest and was not asked about in this picture; counted from now on, whatever comes."""
        with write_session(self.engine) as session:
            for row in session.scalars(_doubtful()):
                tried = session.scalars(select(LogRow).where(LogRow.entry_id == row.id, LogRow.kind == KIND)).all()
                if len(tried) >= MOST_TRIES or any(line.look_after == row.look_id and line.after for line in tried):
                    continue
                look = session.get_one(LookRow, row.look_id)
                line = LogRow(board_id=row.board_id, entry_id=row.id, kind=KIND, at=now(), written_at=now(), look_after=look.id)
                session.add(line)
                session.flush()
                return Question(row.id, look.id, look.jpeg, line.id)
        return None

    def answered(self, question: Question, words: Mapping[str, str | None], settings: ReconcileSettings | None = None) -> bool:
        """Keep an answer (``title``, ``handle``, ``host``) as a suggestion; with ``settings`` it votes too, as one doubtful look.

        Returns False where it came too late: the card has another picture now, or a person has settled it.
        """
        with write_session(self.engine) as session:
            board_id = session.get_one(LogRow, question.line).board_id
            board = session.get_one(BoardRow, board_id, with_for_update=True)
            session.get_one(LogRow, question.line).after = dict(words)
            row = session.get_one(EntryRow, question.entry_id)
            if row.look_id != question.look_id or not _waits(to_entry(row)):
                return False
            board.version += 1
            if settings is not None:
                _vote(session, row, words, settings)
        return True


def with_opinions(session: Session, cards: Sequence[ReviewCard], looks: Sequence[int | None]) -> list[ReviewCard]:
    """Cards with what a stranger reads on the picture shown as the first of their alternatives; ``looks`` are those pictures."""
    mentioned = LogRow.look_after.in_([look for look in looks if look is not None])
    lines = session.scalars(select(LogRow).where(LogRow.kind == KIND, mentioned).order_by(LogRow.id))
    heard = {line.look_after: line.after for line in lines if line.after}
    return [_suggested(card, heard.get(look)) for card, look in zip(cards, looks, strict=True)]


def _suggested(card: ReviewCard, words: Mapping[str, str | None] | None) -> ReviewCard:
    entry = card.entry
    if not words or not _waits(entry):
        return card
    titles, handles = (
        tuple(dict.fromkeys(text for text in (words[name], *read) if text))
        for name, read in (("title", entry.alternatives), ("handle", entry.handle_alternatives))
    )
    return replace(card, entry=replace(entry, alternatives=titles, handle_alternatives=handles))


def _doubtful() -> Any:  # noqa: ANN401  a select of one class, which SQLAlchemy types by a tuple of itself
    waits = (EntryRow.status == Status.LIVE.value, EntryRow.needs_review, ~EntryRow.confirmed, EntryRow.look_id.is_not(None))
    return select(EntryRow).where(*waits).order_by(EntryRow.changed_at, EntryRow.id)


def _waits(entry: Entry) -> bool:
    return entry.status is Status.LIVE and entry.needs_review and not entry.confirmed


def _vote(session: Session, row: EntryRow, words: Mapping[str, str | None], settings: ReconcileSettings) -> None:
    before, at = to_entry(row), now()
    after = hear(before, words, at, settings)
    if after != before:
        write_entry(session, Step(row.board_id, before, after, at))
