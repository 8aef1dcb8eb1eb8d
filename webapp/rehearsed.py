"""Sessions that a database holds from long before their board's day: of a rehearsal, of last year's event, or by a camera's wrong clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from webapp.values import PublishedBoard, SessionStatus

AHEAD = timedelta(days=1)
"""How long before their day cards may hang: the evening before people write those of the next morning."""


def rehearsed(boards: Iterable[PublishedBoard], zone: ZoneInfo) -> Iterator[str]:
    """What to tell of each board that shows sessions which no photo of its day, or of the day before, has shown."""
    for board in boards:
        shown = sum(session.status is not SessionStatus.CANCELLED for session in board.sessions)
        if shown and board.looked_at is not None and (seen := board.looked_at.astimezone(zone).date()) < board.date - AHEAD:
            sessions = "1 session, seen" if shown == 1 else f"{shown} sessions, last seen"
            yield (
                f"Board {board.id} of {board.date} shows {sessions} on {seen}. If that was a rehearsal or another event, stop, and "
                "start with another database (--db). If it was today, the clock of the camera is wrong."
            )
