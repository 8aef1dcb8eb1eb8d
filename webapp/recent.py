"""The last few of what is dear to make and cheap to lose, kept in memory: one server process is all that Boardcast runs."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

Kept = TypeVar("Kept")


class Recent(Generic[Kept]):
    """Keeps up to ``most`` values by key; the one put in longest ago goes first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, key: str, value: Kept) -> None:
        """Keep a value, instead of what was there before."""
        with self._lock:
            self._kept[key] = value
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def get(self, key: str) -> Kept | None:
        """The value, if it is still kept."""
        with self._lock:
            return self._kept.get(key)
