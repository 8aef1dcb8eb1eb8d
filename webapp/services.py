"""What the routes of every surface share: settings, store, the worker's bell and the clock. Kept on the app, never in a global.

Also what several of them ask of a request: a board that the event has, a photo that is not too large.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, cast

from flask import abort, current_app

from digitizer.errors import UploadRefused
from digitizer.event import Board
from digitizer.readers.base import TextReader
from webapp.config import Config
from webapp.limit import Limiter, LimitSettings
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
    names on boards that organizers calibrate or aim a camera at; it is loaded at the first question. ``checking`` is held
    while a password is checked.
    """

    config: Config
    store: Store
    watcher: Watcher
    wake: Callable[[], None]
    clock: Callable[[], datetime]
    memo: Memo
    offers: Recent[Offer]
    reader: TextReader
    checking: Lock = field(default_factory=Lock)

    def remembered(self, key: str, make: Callable[[], bytes]) -> bytes:
        """An answer that everybody gets, made anew when the store changes and each minute, since "now" moves on."""
        return self.memo.get(f"{self.store.revision()} {self.clock():%d %H:%M}", key, make)


def services() -> Services:
    """The services of the app that handles this request."""
    return cast(Services, current_app.extensions[KEY])


def board_or_404(board_id: str) -> Board:
    """The event's board of that id, or a 404."""
    found = next((board for board in services().config.event.boards if board.id == board_id), None)
    if found is None:
        abort(404)
    return found


def limiter(name: str, settings: LimitSettings | None = None) -> Limiter:
    """The bound of that name on tries at the app that handles this request; made at the first, by ``settings``."""
    return cast(Limiter, current_app.extensions.setdefault(f"{KEY}-{name}-limiter", Limiter(settings or LimitSettings())))


def bounded(data: bytes) -> bytes:
    """The bytes of a photo again. Raises ``UploadRefused`` where there are too many."""
    most = services().config.max_upload_bytes
    if len(data) > most:
        raise UploadRefused("The photo is too large.", f"It has {len(data):,} bytes; {most:,} are the most.", "Send a smaller one.")
    return data
