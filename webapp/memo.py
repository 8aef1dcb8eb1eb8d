"""Answers kept while nothing changes: at a full house hundreds of pages ask for the same bytes within a second."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

MOST = 64
"""Answers kept at once: the days and formats of an event. Whoever asks under made-up host names pushes out his own, not those in use."""


class Memo:
    """Keeps what was made for one stamp; another stamp empties it. Two may make the same answer at once, which costs time only."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stamp = ""
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    def get(self, stamp: str, key: str, make: Callable[[], bytes]) -> bytes:
        """The answer under ``key``. ``stamp`` must be older than what ``make`` reads, so that no answer outlives what it was made from."""
        with self._lock:
            if stamp != self._stamp:
                self._stamp, self._kept = stamp, OrderedDict()
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
        if kept is not None:
            return kept
        made = make()
        with self._lock:
            if stamp == self._stamp:
                self._kept[key] = made
                while len(self._kept) > MOST:
                    self._kept.popitem(last=False)
        return made
