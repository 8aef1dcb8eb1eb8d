"""Sessions of a rehearsal or of another event are told where they would pass for those of the board's day."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from kept import fresh_store
from made_up import boards, config, event, seeded
from visitors import enter

from digitizer.event import Event
from webapp import create_app, server
from webapp.rehearsed import rehearsed
from webapp.store import open_store
from webapp.values import SessionStatus

ZONE = ZoneInfo(event().timezone)


def a_year_on() -> Event:
    """The same event with the same names of boards, a year later."""
    return replace(event(), boards=tuple(replace(board, date=board.date + timedelta(days=365)) for board in event().boards))


@pytest.fixture
def last_year(tmp_path):
    """A database in which four cards hang on Friday's board."""
    seeded(fresh_store(tmp_path))
    return tmp_path / "board.db"


@pytest.mark.parametrize(("days", "told"), [(0, 0), (1, 0), (2, 1), (-1, 0), (365, 1)])
def test_the_evening_before_is_early_enough_and_no_other_day(days, told):
    """Cards of the next morning are written in the evening; a board that is looked at after its day shows its own."""
    friday, _ = boards()
    assert len(list(rehearsed([replace(friday, date=friday.date + timedelta(days=days))], ZONE))) == told


def test_a_board_that_shows_nothing_is_not_told():
    """It was never seen, or all that hung there is cancelled."""
    friday, saturday = (replace(board, date=board.date + timedelta(days=365)) for board in boards())
    over = replace(friday, sessions=tuple(replace(session, status=SessionStatus.CANCELLED) for session in friday.sessions))
    assert list(rehearsed([over, saturday], ZONE)) == []


def test_last_years_database_is_told_where_a_program_starts(last_year, caplog):
    """The sessions stood in public under this year's date, and nobody said a word."""
    server.remind_of(open_store(f"sqlite:///{last_year}", event()))
    assert caplog.messages == []
    server.remind_of(open_store(f"sqlite:///{last_year}", a_year_on()))
    (told,) = caplog.messages
    assert told.startswith("Board friday of 2025-05-17 shows 3 sessions, last seen on 2024-05-17.")
    assert "--db" in told


def test_last_years_sessions_are_told_on_the_review_page(last_year):
    """Whoever started the server may not look at its terminal."""
    now = replace(config(last_year), event=a_year_on())
    browser = create_app(now, open_store(now.database_url, now.event)).test_client()
    enter(browser)
    assert "Board friday of 2025-05-17 shows 3 sessions" in browser.get("/review/").get_data(as_text=True)
