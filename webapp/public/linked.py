"""A session as schema.org describes events (https://schema.org/Event, JSON-LD)."""

from __future__ import annotations

from typing import Any

from webapp.feeds.common import UNTITLED, Feed, people_of
from webapp.values import PublishedSession, SessionStatus


def event_data(feed: Feed, session: PublishedSession) -> dict[str, Any]:
    """The JSON-LD object; whoever puts it into a page escapes ``<``."""
    cancelled = session.status is SessionStatus.CANCELLED
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Event",
        "@id": feed.url_of(session),
        "url": feed.url_of(session),
        "name": session.title or UNTITLED,
        "startDate": session.starts_at.isoformat(),
        "endDate": session.ends_at.isoformat(),
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "eventStatus": f"https://schema.org/{'EventCancelled' if cancelled else 'EventScheduled'}",
        "location": {"@type": "Place", "name": session.room, "address": f"{session.room}, {feed.event.name}"},
        "superEvent": {"@type": "Event", "name": feed.event.name},
    }
    people = people_of(session)
    if people:
        data["performer"] = [{"@type": "Person", "name": name} for name in people]
    return data
