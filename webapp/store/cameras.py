"""How the sources that are watched fare: one row each, the last word only."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from digitizer.capturing.health import Condition, Report
from webapp.db import read_session, write_session
from webapp.models import CameraRow
from webapp.store.inbox import touch
from webapp.store.tables import Tables, board_row
from webapp.values import CameraState

KEPT = timedelta(days=2)
"""How long a source is shown that nobody has told anything of: over a night and a day, not for ever."""


class Cameras(Tables):
    """What is known of cameras, streams and folders."""

    def report_camera(self, board_id: str, source: str, report: Report, every_s: float, *, seen_at: datetime | None = None) -> None:
        """Keep a report; ``seen_at`` where a photo was read. Pages hear of it where the condition changed. Raises ``NotStored``."""
        with write_session(self.engine) as session:
            board_row(session, board_id)
            row = session.get(CameraRow, (board_id, source))
            if row is None:
                session.execute(delete(CameraRow).where(CameraRow.board_id == board_id, CameraRow.heard_at < report.at - KEPT))
                row = CameraRow(board_id=board_id, source=source, condition="")
                session.add(row)
            row.heard_at, row.every_s, row.message = report.at, every_s, report.message
            row.seen_at = seen_at or row.seen_at
            if row.condition != report.condition.value:
                row.condition, row.since = report.condition.value, report.at
                touch(session, board_id)

    def cameras(self) -> tuple[CameraState, ...]:
        """The sources of all boards, by board and name."""
        query = select(CameraRow).order_by(CameraRow.board_id, CameraRow.source)
        with read_session(self.engine) as session:
            return tuple(_value(row) for row in session.scalars(query))

    def put_away(self, board_id: str, source: str) -> None:
        """Tell of a source no more; one that is still watched comes back with its next word."""
        with write_session(self.engine) as session:
            session.execute(delete(CameraRow).where(CameraRow.board_id == board_id, CameraRow.source == source))
            touch(session, board_id)


def _value(row: CameraRow) -> CameraState:
    return CameraState(row.board_id, row.source, Condition(row.condition), row.since, row.heard_at, row.seen_at, row.every_s, row.message)
