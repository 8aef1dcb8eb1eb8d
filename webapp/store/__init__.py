"""All queries. Takes and returns values of the digitizer and of :mod:`webapp.values`; every write is compare-and-set.

tables     rows to values and back; the one way in which an entry is written
boards     schedules, the pictures beside them, calibrations
inbox      photos until their reading is committed
review     what a person does to an entry
published  the public's view
confirmed  what people stand for: to learn from, to measure by
hosts      what hosts typed for their topic cards
opinions   second opinions
cameras    how watched sources fare
easel      one raw photo a board, to calibrate on
live       the latest raw photo, for the set-up page
proofs     pictures before and after a change
pictures   pictures and calibrations as bytes
events     the event, kept beside its boards
"""

from __future__ import annotations

from digitizer.errors import NotStored
from digitizer.event import Event
from webapp.db import existing, open_engine, read_session
from webapp.models import EventRow
from webapp.store import events
from webapp.store.boards import Boards, Look
from webapp.store.cameras import Cameras
from webapp.store.confirmed import Confirmed
from webapp.store.easel import Easel
from webapp.store.hosts import Hosts
from webapp.store.inbox import Inbox, WaitingPhoto, key_of
from webapp.store.live import Live, LivePhoto
from webapp.store.opinions import Opinions, Question
from webapp.store.proofs import Proof, Proofs
from webapp.store.published import Published
from webapp.store.review import Review
from webapp.store.tables import EVENT_ROW, StaleWrite

__all__ = ["LivePhoto", "Look", "Proof", "Question", "StaleWrite", "Store", "WaitingPhoto", "key_of", "open_store", "stored_event"]


class Store(Boards, Inbox, Cameras, Easel, Live, Hosts, Review, Opinions, Confirmed, Published, Proofs):
    """The database of one event. Safe to share between threads; each call is its own transaction."""


def open_store(url: str, event: Event, *, keeps_event: bool = True) -> Store:
    """Open a database, bring it up to date, give each board of the event its row. Raises ``ConfigError``, ``StoreError``.

    ``keeps_event``: it is what ``stored_event`` gives from now on. Not for those who only look: a worker that starts without an event
    would read photos by what somebody made an export with.
    """
    store = Store(open_engine(url), event)
    store.prepare(keeps_event)
    return store


def stored_event(url: str) -> Event:
    """The event that a database was last opened for by who writes. Raises ``NotStored`` where it holds none."""
    with read_session(open_engine(existing(url))) as session:
        row = session.get(EventRow, EVENT_ROW)
        if row is None:
            raise NotStored("The database holds no event yet.", remedy="Give --event event.toml, or ingest a photo first.")
        return events.from_json(row.data)
