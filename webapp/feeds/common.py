"""What several formats need of a session: names, numbers and texts that never change once given."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, timedelta
from itertools import chain, count
from zoneinfo import ZoneInfo

from digitizer.event import Event
from webapp.values import PublishedBoard, PublishedSession, SessionStatus

NAMESPACE = uuid.UUID("6f1d4c2e-52a1-4f7c-9d0b-6b0a4f1f8c11")
"""Where names become UUIDs; drawn once, so that the same name gives the same UUID for ever."""

MAX_ID = 2**31 - 1
"""The largest id that apps which keep it in a 32-bit integer can hold."""

NOT_CARRIED = re.compile(r"[^\t\n\r\u0020-\u007e\u0080-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 (section 2.2) or iCalendar (RFC 5545, 3.1) forbids."""

UNTITLED = "Untitled"
"""What apps show as the title of a session whose card shows none, or none that could be read: an empty one is a blank line there."""

DOUBTFUL = "Read from handwriting and not checked by a person yet."
OUTDATED = "The card has looked different since a person checked this text."


@dataclass(frozen=True)
class Feed:
    """What every format is made from. ``base_url`` is the site's address without the last slash, or empty where there is no site."""

    event: Event
    boards: tuple[PublishedBoard, ...]
    base_url: str = ""

    @property
    def zone(self) -> ZoneInfo:
        """The event's zone."""
        return ZoneInfo(self.event.timezone)

    @property
    def sessions(self) -> tuple[PublishedSession, ...]:
        """All sessions, cancelled ones too, by time and then by room; dismissed ones without their words."""
        return tuple(
            sorted((as_told(s) for board in self.boards for s in board.sessions), key=lambda s: (s.starts_at, s.room, s.first_seen, s.id))
        )

    @property
    def live(self) -> tuple[PublishedSession, ...]:
        """Sessions that take place."""
        return tuple(s for s in self.sessions if s.status is not SessionStatus.CANCELLED)

    @property
    def days(self) -> tuple[date, ...]:
        """The event's days, each once, in order."""
        return tuple(sorted({board.date for board in self.event.boards}))

    def url_of(self, session: PublishedSession) -> str:
        """The session's page, or a name for it where there is no site."""
        return f"{self.base_url}/session/{session.id}" if self.base_url else f"urn:uuid:{guid_of(session)}"


def as_told(session: PublishedSession) -> PublishedSession:
    """A session without what a person said is none: calendars need to hear that it is cancelled, and nobody what was on the card."""
    return replace(session, title="", handle=None, host=None) if session.dismissed else session


def guid_of(session: PublishedSession) -> str:
    """A UUID that never changes: the session's own id where it is one."""
    try:
        return str(uuid.UUID(session.id))
    except ValueError:
        return str(uuid.uuid5(NAMESPACE, session.id))


def numbers_of(sessions: Iterable[PublishedSession]) -> dict[str, int]:
    """A positive number a session id, from its UUID; two that fall on one number are told apart in the order of their appearance."""
    taken: dict[int, str] = {}
    for session in sorted(sessions, key=lambda s: (s.first_seen, s.id)):
        first = uuid.UUID(guid_of(session)).int % MAX_ID
        number = next(n for n in ((first + step) % MAX_ID + 1 for step in count()) if n not in taken)
        taken[number] = session.id
    return {session_id: number for number, session_id in taken.items()}


def rooms_of(event: Event, sessions: Iterable[PublishedSession]) -> dict[str, str]:
    """The room to export a session id under.

    A second session in a cell gets "306 (2)", and so does one of another board that overlaps: EventFahrplan cuts sessions that overlap in
    one room, and all take place. A name that a room of the event has itself is passed over.
    """
    real = {room for board in event.boards for room in board.rooms}
    names: dict[str, str] = {}
    taken: dict[str, list[PublishedSession]] = {}
    for session in sorted(sessions, key=lambda s: (s.first_seen, s.id)):
        numbered = (f"{session.room} ({number})" for number in count(2))
        free = chain([session.room], (name for name in numbered if name not in real))
        name = next(name for name in free if not any(_overlap(session, other) for other in taken.get(name, ())))
        taken.setdefault(name, []).append(session)
        names[session.id] = name
    return names


def _overlap(one: PublishedSession, other: PublishedSession) -> bool:
    (begins, ends), (others, last) = ((s.starts_at.astimezone(UTC), s.ends_at.astimezone(UTC)) for s in (one, other))
    return begins < last and others < ends


def slug(text: str) -> str:
    """Small ASCII letters, digits and single hyphens; empty where nothing of the text is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def acronym(event: Event) -> str:
    """The event's name as frab wants it: four or more of [a-z0-9], no hyphens."""
    plain = slug(event.name).replace("-", "")
    return plain if len(plain) >= 4 else f"openspace{plain}"


def carried(text: str) -> str:
    """The text without what XML cannot carry, nor calendars."""
    return NOT_CARRIED.sub("", text)


def doubt_of(session: PublishedSession) -> str:
    """Why the text may be wrong, in a sentence; empty where nothing speaks against it."""
    return OUTDATED if session.outdated else DOUBTFUL if session.doubtful else ""


def people_of(session: PublishedSession) -> tuple[str, ...]:
    """Who hosts: the name, else the handle, else nobody."""
    name = session.host or session.handle
    return (name,) if name else ()


def hours_minutes(span: timedelta) -> str:
    """A duration as H:MM."""
    hours, minutes = divmod(int(span.total_seconds()) // 60, 60)
    return f"{hours}:{minutes:02d}"
