"""One thread looks at the store for all open pages and tells them when something changed."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from digitizer.errors import BoardcastError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WatchSettings:
    """Times of the live pages, in seconds.

    ``look_s``: a correction must be on the page within a second, and the browser needs some of it to fetch and paint.
    ``heartbeat_s``: a closed connection is noticed at the second write to it, so that its place is free after twice that. Pages take a
    stream for dead that is silent for four times that (``SILENCE_MS`` in live.js).
    ``life_s``: a stream ends then and the browser opens a new one, so that no thread is held by a page forgotten behind a proxy.
    """

    look_s: float = 0.25
    heartbeat_s: float = 5.0
    life_s: float = 1800.0


@dataclass(eq=False)
class Place:
    """A place among the open streams, and whose it is; ``lost`` once another took it."""

    holder: str
    lost: bool = False


class Watcher:
    """Knows the store's revision and wakes whoever waits for another; ``places`` bounds how many may wait at once."""

    def __init__(self, revision: Callable[[], str], places: int, settings: WatchSettings = WatchSettings()) -> None:
        """``revision`` is asked by one thread of this object, started when the first page waits."""
        self._revision, self._settings = revision, settings
        self._places = places
        self._taken: list[Place] = []
        self._changed = threading.Condition()
        self._latest = ""
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()

    def take_place(self, holder: str) -> Place | None:
        """Take a place among those who wait; None where all are taken by holders who have no more than their share.

        Who holds two more than this one loses the one held longest: its page polls from then on. All of a venue may be one holder behind
        one address, so that there is no fixed bound for each: one alone may hold all places.
        """
        with self._changed:
            if len(self._taken) >= self._places and not self._take_from_greediest(holder):
                return None
            place = Place(holder)
            self._taken.append(place)
            return place

    def leave(self, place: Place) -> None:
        """Give a place back, if it was not lost."""
        with self._changed:
            if not place.lost:
                self._taken.remove(place)

    def stop(self) -> None:
        """End the thread and every open stream."""
        self._stop.set()
        with self._changed:
            self._changed.notify_all()

    def messages(self, place: Place) -> Iterator[str]:
        """Server-sent events: the revision now, then each new one, and a beat where nothing happened for a while."""
        self._start()
        known = None
        yield "retry: 2000\n\n"
        for _ in range(int(self._settings.life_s / self._settings.heartbeat_s)):
            latest = self._wait_for_other(known, place)
            if self._stop.is_set() or place.lost:
                return
            yield f"event: revision\ndata: {latest}\n\n" if latest != known else "event: beat\ndata: nothing new\n\n"
            known = latest

    def _take_from_greediest(self, holder: str) -> bool:
        held = Counter(place.holder for place in self._taken)
        greediest = max(held, key=held.__getitem__)
        if held[greediest] < held[holder] + 2:
            return False
        lost = next(place for place in self._taken if place.holder == greediest)
        lost.lost = True
        self._taken.remove(lost)
        self._changed.notify_all()
        return True

    def _wait_for_other(self, known: str | None, place: Place) -> str:
        with self._changed:
            self._changed.wait_for(lambda: self._stop.is_set() or place.lost or self._latest not in ("", known), self._settings.heartbeat_s)
            return self._latest

    def _start(self) -> None:
        with self._changed:
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="boardcast-watch", daemon=True)
                self._thread.start()

    def _watch(self) -> None:
        while not self._stop.is_set():
            self._look()
            self._stop.wait(self._settings.look_s)

    def _look(self) -> None:
        try:
            revision = self._revision()
        except (SQLAlchemyError, BoardcastError):
            log.warning("The store did not answer; live pages wait.", exc_info=True)
            return
        with self._changed:
            if revision != self._latest:
                self._latest = revision
                self._changed.notify_all()
