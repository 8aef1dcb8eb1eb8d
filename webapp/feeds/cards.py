"""The schedule in the card form of ``boardcast digitize --json``, for scripts, and as CSV, for spreadsheets."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from digitizer.known import HANDLE
from webapp.feeds.common import Feed
from webapp.table import hidden_cells
from webapp.values import PublishedBoard, PublishedSession, SessionStatus

COLUMNS = ("id", "board", "date", "start", "end", "room", "title", "handle", "host", "status", "needs_review", "seen_at")

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet take a text for a formula (OWASP, CSV injection); the wide ones do where Japanese is typed."""


def cards_json(feed: Feed) -> bytes:
    """One object a board, a list for several; ``cards`` hang on the board now, ``cancelled`` were taken off."""
    boards = [_board(feed, board) for board in feed.boards]
    return json.dumps(boards[0] if len(boards) == 1 else boards, ensure_ascii=False, indent=1).encode()


def cards_csv(feed: Feed) -> bytes:
    """One line a session, cancelled ones too; UTF-8 with a byte order mark, which Excel needs to see the accents."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for session in (s for s in feed.sessions if not s.dismissed):
        writer.writerow(_row(session))
    return out.getvalue().encode("utf-8-sig")


def _board(feed: Feed, board: PublishedBoard) -> dict[str, Any]:
    planned = feed.event.board(board.id)
    cards = [_card(session) for session in board.sessions if not session.dismissed]
    return {
        "board": board.id,
        "date": board.date.isoformat(),
        "version": board.version,
        "seen_at": board.looked_at.isoformat() if board.looked_at else None,
        "cards": [card for card in cards if card["status"] == "live"],
        "cancelled": [card for card in cards if card["status"] != "live"],
        "hidden": [[planned.room_of(cell), planned.slot_of(cell)] for cell in hidden_cells(board, planned.shape)],
    }


def _card(session: PublishedSession) -> dict[str, Any]:
    return {
        "id": session.id,
        "room": session.room,
        "slot": session.slot,
        "title": session.title,
        "title_confidence": round(session.title_confidence, 3),
        "handle": session.handle,
        "handle_confidence": round(session.handle_confidence, 3) if session.handle else None,
        "host": session.host,
        "needs_review": session.doubtful,
        "status": "cancelled" if session.status is SessionStatus.CANCELLED else "live",
        "seen_at": session.seen_at.isoformat(),
    }


def _row(session: PublishedSession) -> list[str]:
    card = _card(session)
    start, end = session.starts_at.isoformat(), session.ends_at.isoformat()
    texts = (session.room, session.title, session.handle or "", session.host or "")
    room, title, handle, host = (_harmless(text) for text in texts)
    review = "yes" if session.doubtful else "no"
    day = session.starts_at.date().isoformat()
    return [session.id, session.board_id, day, start, end, room, title, handle, host, card["status"], review, card["seen_at"]]


def _harmless(text: str) -> str:
    """The text with a quote before it where a spreadsheet would run it; a handle such as @sam_codes is left as it is."""
    is_handle = text.startswith("@") and HANDLE.fullmatch(text)
    return "'" + text if text.startswith(FORMULA) and not is_handle else text
