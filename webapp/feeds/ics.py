"""The schedule, or one session, as iCalendar (RFC 5545)."""

from __future__ import annotations

from datetime import UTC, timedelta

import icalendar

from webapp.feeds.common import UNTITLED, Feed, carried, doubt_of, guid_of
from webapp.feeds.zone import described
from webapp.values import PublishedSession, SessionStatus

REFRESH = timedelta(minutes=5)
"""How often a client is asked to look again; Google ignores it and looks every 8 to 24 hours."""

A_YEAR = timedelta(days=366)
"""How far around the sessions their zone is described: a longer table of its changes only makes the file larger."""


def ics(feed: Feed) -> bytes:
    """All sessions; cancelled ones stay in it as cancelled, so that calendars which hold them take them down."""
    return _calendar(feed, feed.sessions)


def session_ics(feed: Feed, session: PublishedSession) -> bytes:
    """One session as a file of its own."""
    return _calendar(feed, (session,))


def _calendar(feed: Feed, sessions: tuple[PublishedSession, ...]) -> bytes:
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Boardcast//Boardcast//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", feed.event.name)
    calendar.add("name", feed.event.name)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT5M")
    for session in sessions:
        calendar.add_component(_event(feed, session))
    if calendar.get_missing_tzids():  # UTC needs none
        days = [session.starts_at.date() for session in sessions]
        calendar.subcomponents.insert(0, described(feed.zone, min(days) - A_YEAR, max(days) + A_YEAR))
    return bytes(calendar.to_ical())


def _event(feed: Feed, session: PublishedSession) -> icalendar.Event:
    event = icalendar.Event()
    event.add("uid", guid_of(session))
    event.add("sequence", session.sequence)
    event.add("dtstamp", session.changed_at.astimezone(UTC))
    event.add("last-modified", session.changed_at.astimezone(UTC))
    event.add("created", session.first_seen.astimezone(UTC))
    event.add("dtstart", session.starts_at)
    event.add(
        "dtend", session.ends_at.astimezone(UTC) if session.ends_at.fold else session.ends_at
    )  # a zone's own time is the first of two
    event.add("summary", carried(session.title) or ("Cancelled" if session.dismissed else UNTITLED))
    event.add("location", carried(session.room))
    event.add("status", "CANCELLED" if session.status is SessionStatus.CANCELLED else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    description = _description(session)
    if description:
        event.add("description", description)
    if feed.base_url:
        event.add("url", feed.url_of(session))
    return event


def _description(session: PublishedSession) -> str:
    lines = [f"Host: {session.host}" if session.host else "", session.handle or "", doubt_of(session)]
    return carried("\n".join(line for line in lines if line))
