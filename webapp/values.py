"""What the store hands to pages, feeds and exports: frozen values that hold no database row and compute nothing but names.

Every time is aware and in UTC, but ``starts_at`` and ``ends_at``, which carry the event's zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from calibration.rig import Cell
from digitizer.capturing.health import Condition
from digitizer.model import Entry


class SessionStatus(StrEnum):
    """What the public is told of a session."""

    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class PublishedSession:
    """One session as the public sees it; its card hangs, or hung, inside the grid.

    ``id`` is the entry's (a UUID), stable for ever. ``seen_at``: when its card was last in view. ``doubtful``: nobody confirmed the text
    and the reader does not trust it, or it is ``outdated``: the card has looked different since a person confirmed it. ``sequence`` rises
    with each change that the public can see (RFC 5545, 3.8.7.4), be it of the card or of the times and rooms in event.toml;
    ``changed_at`` tells when it last did. The confidences are probabilities that title and handle are right letter for letter but for
    case. ``dismissed``: a person said that its card is no session; calendars that took it up need to hear that it is cancelled, pages
    leave it out. ``number`` of a topic card of the printed kit. ``reserved``: what its cell is reserved for, should event.toml block it
    now; then its card may still hang there.
    """

    id: str
    board_id: str
    cell: Cell
    room: str
    slot: str
    starts_at: datetime
    ends_at: datetime
    title: str
    handle: str | None
    host: str | None
    status: SessionStatus
    doubtful: bool
    sequence: int
    first_seen: datetime
    seen_at: datetime
    changed_at: datetime
    title_confidence: float = 1.0
    handle_confidence: float = 1.0
    dismissed: bool = False
    number: int | None = None
    outdated: bool = False
    reserved: str | None = None

    @property
    def lasts(self) -> timedelta:
        """How long it takes: times of one zone are subtracted by what its clocks show, as if these never changed (PEP 495)."""
        return self.ends_at.astimezone(UTC) - self.starts_at.astimezone(UTC)


@dataclass(frozen=True)
class PublishedBoard:
    """One board's public face.

    ``looked_at``: when the last photo was taken that was read, None before the first. ``cells_seen_at``: when each cell was last in
    view; a cell older than ``looked_at`` was hidden in that photo. ``picture_at``: when the people-free picture last changed.
    ``version`` rises with each committed change.
    """

    id: str
    date: date
    version: int
    looked_at: datetime | None
    picture_at: datetime | None
    sessions: tuple[PublishedSession, ...]
    cells_seen_at: Mapping[Cell, datetime] = field(default_factory=lambda: MappingProxyType({}))


class ChangeKind(StrEnum):
    """What befell a session, in the public's words."""

    APPEARED = "appeared"
    MOVED = "moved"
    REWORDED = "reworded"
    CANCELLED = "cancelled"
    RETURNED = "returned"


@dataclass(frozen=True)
class PublishedChange:
    """One line of what changed; ``id`` never changes. ``before`` and ``after`` are a title, or a place such as "306, 10:00".

    ``by_hand``: a person did it, not the camera. ``reserved``: what the place of a cancelled session is reserved for now; then its card may
    still hang there. ``dismissed``: a person said since that the card is no session, so that its words are no longer for the public.
    """

    id: int
    session_id: str
    kind: ChangeKind
    at: datetime
    title: str
    before: str | None
    after: str | None
    by_hand: bool = False
    reserved: str | None = None
    dismissed: bool = False


@dataclass(frozen=True)
class CameraState:
    """How a source that is watched fares. ``since``: when that began; ``message``: what happened and what to do, empty where all is well.

    ``heard_at``: when the program that watches it last told anything; ``every_s``: seconds between two looks; ``seen_at``: when its last
    photo was read, None before the first.
    """

    board_id: str
    source: str
    condition: Condition
    since: datetime
    heard_at: datetime
    seen_at: datetime | None
    every_s: float
    message: str


@dataclass(frozen=True)
class Proven:
    """Whether a picture is kept of a change from before it, and from after."""

    before: bool
    after: bool


class PhotoState(StrEnum):
    """Where a photo of the inbox stands."""

    WAITING = "waiting"
    READ = "read"
    FAILED = "failed"


MOUNTED = "watch"
"""What the inbox says of photos of cameras, streams and folders that are watched. They show the whole board, or somebody moved them."""

BY_HAND = "folder"
"""The same of a folder with photos that are taken by hand, from anywhere."""


@dataclass(frozen=True)
class InboxPhoto:
    """A photo of the inbox, without its bytes.

    ``message``: why it failed, or what was noted; whole sentences for the organizer. ``error``: the name of the error by which it failed.
    """

    id: int
    board_id: str
    name: str
    source: str
    taken_at: datetime
    received_at: datetime
    state: PhotoState
    message: str
    error: str | None = None


@dataclass(frozen=True)
class HostWords:
    """What somebody typed on the web for the topic card of a ``number``: whoever holds the card, or whoever guessed the number."""

    id: int
    number: int
    title: str
    handle: str | None
    at: datetime


@dataclass(frozen=True)
class ReviewCard:
    """An entry as the reviewer sees it.

    ``can_undo``: a person's last step on it can be taken back. ``conflict``: what the reader makes of the card now, where its picture
    changed after a person confirmed the text. ``lines``: what stands on the card line by line, as it was read from the kept picture.
    ``host_words``: what was typed on the web for its number, newest first.
    """

    board_id: str
    entry: Entry
    can_undo: bool
    conflict: str | None = None
    lines: tuple[str, ...] = ()
    host_words: tuple[HostWords, ...] = ()


@dataclass(frozen=True, eq=False)
class CheckedCard:
    """The picture of a card (JPEG) and the words that a person stands for."""

    id: str
    board_id: str
    title: str
    handle: str | None
    host: str | None
    jpeg: bytes
