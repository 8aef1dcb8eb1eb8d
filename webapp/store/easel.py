"""One raw photo a board, put up for an organizer to set the grid on, and taken down once that is done.

Photos keep coming in while a person drags corners: what is dragged over must stay the photo that the corners are saved for.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from webapp.db import read_session, write_session
from webapp.models import FileRow
from webapp.store.tables import Tables, board_row, now

EASEL = "easel"
"""Kind of the file; empty where the next photo is wanted."""


class Easel(Tables):
    """The photo that the calibration page shows."""

    def put_up(self, board_id: str, data: bytes) -> None:
        """Put a photo up; empty bytes ask for the next one that is read. Raises ``NotStored``."""
        with write_session(self.engine) as session:
            board_row(session, board_id)
            session.merge(FileRow(board_id=board_id, kind=EASEL, data=data, at=now()))

    def on_easel(self, board_id: str) -> bytes | None:
        """The photo that is up, if there is one."""
        with read_session(self.engine) as session:
            row = session.get(FileRow, (board_id, EASEL))
            return row.data or None if row else None

    def is_awaited(self, board_id: str) -> bool:
        """Whether the next photo that is read was asked for, and has not come yet."""
        with read_session(self.engine) as session:
            row = session.get(FileRow, (board_id, EASEL))
            return row is not None and not row.data


def offer(session: Session, board_id: str, data: bytes | None) -> None:
    """Put a photo up that was just read, where one is wanted."""
    row = session.get(FileRow, (board_id, EASEL))
    if row is not None and not row.data and data:
        row.data, row.at = data, now()


def take_down(session: Session, board_id: str) -> None:
    """Drop the photo."""
    row = session.get(FileRow, (board_id, EASEL))
    if row is not None:
        session.delete(row)
