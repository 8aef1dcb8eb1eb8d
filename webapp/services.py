"""What the routes of every surface share: settings, store, the worker's bell and the clock. Kept on the app, never in a global."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast

from flask import current_app

from digitizer.readers.base import TextReader
from webapp.config import Config
from webapp.memo import Memo
from webapp.recent import Recent
from webapp.store import Store
from webapp.watch import Watcher

if TYPE_CHECKING:
    from webapp.review.marks import Offer

KEY = "boardcast"


@dataclass(frozen=True, eq=False)
class Services:
    """``wake`` rings for a worker after a photo or a calibration came in; ``clock`` gives the time now, in UTC.

    ``offers``: grids proposed of late, by board and photo, so that they can be proposed again for what is dragged. ``reader`` reads the
    names on boards that organizers calibrate or aim a camera at; it is loaded at the first question.
    """

    config: Config
    store: Store
    watcher: Watcher
    wake: Callable[[], None]
    clock: Callable[[], datetime]
    memo: Memo
    offers: Recent[Offer]
    reader: TextReader

    def remembered(self, key: str, make: Callable[[], bytes]) -> bytes:
        """An answer that everybody gets, made anew when the store changes and each minute, since "now" moves on."""
        return self.memo.get(f"{self.store.revision()} {self.clock():%d %H:%M}", key, make)


def services() -> Services:
    """The services of the app that handles this request."""
    return cast(Services, current_app.extensions[KEY])
