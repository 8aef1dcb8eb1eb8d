"""Answers kept while nothing changes: at a full house hundreds of pages ask for the same bytes within a second."""

from __future__ import annotations

import threading
from collections.abc import Callable

MOST = 64
"""Answers kept at once: the days and formats of an event, and no more, whatever addresses are asked for."""


class Memo:
    """Keeps what was made for one stamp; another stamp empties it. Two may make the same answer at once, which costs time only."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stamp = ""
        self._kept: dict[str, bytes] = {}

    def get(self, stamp: str, key: str, make: Callable[[], bytes]) -> bytes:
        """The answer under ``key``. ``stamp`` must be older than what ``make`` reads, so that no answer outlives what it was made from."""
        with self._lock:
            if stamp != self._stamp:
                self._stamp, self._kept = stamp, {}
            kept = self._kept.get(key)
        if kept is not None:
            return kept
        made = make()
        with self._lock:
            if stamp == self._stamp and len(self._kept) < MOST:
                self._kept[key] = made
        return made
