"""The shell where the two halves meet: bytes -> inbox -> digitize -> reconcile -> commit.

Upload, worker, folder watch and command line all come here.
"""

from __future__ import annotations

import logging
import threading
import weakref
from collections import Counter
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from calibration.chart import Chart
from calibration.rig import Rig
from digitizer import capture, cores
from digitizer.capturing import clock, files, pixels
from digitizer.compose import chart_of, compose
from digitizer.draw import board_picture
from digitizer.errors import BoardcastError, BoardNotFound
from digitizer.event import Board
from digitizer.frames import outline_mm
from digitizer.glance import Glances
from digitizer.model import BoardReading, Change, Digitization, Ignored, Looked, Photo
from digitizer.partial import shown_cells
from digitizer.reconcile import apply, reconcile
from digitizer.settings import ReconcileSettings
from digitizer.turned import why_not_whole
from webapp.config import KEEP_DAYS
from webapp.db import OUT_OF_ORDER
from webapp.labelled import Labelled, kept_cells
from webapp.proving import Picture, proofs_of
from webapp.store import Look, StaleWrite, Store, WaitingPhoto
from webapp.store.pictures import BOARD_PX, to_jpeg
from webapp.table import successor
from webapp.values import MOUNTED

log = logging.getLogger("boardcast.ingest")

MOST_ATTEMPTS = 3
"""A photo that was begun this often and never ended takes the worker down with it: out of memory, most likely."""

MOST_RETRIES = 8
"""Times a commit is tried while people correct: each takes milliseconds, so that this many in a row mean a fault."""


KEPT_LOOKS = 2
"""Boards whose last look is kept in memory: today's and tomorrow's. A look of 12 megapixels takes 150 MB."""

Charted = Callable[[], Chart | None]
Digitize = Callable[[Photo, Board, Rig | None, Digitization | None, Charted], Digitization]
Glance = Callable[[WaitingPhoto, Digitization | None], Digitization | None]
"""The last look once more where the photo shows nothing new; None where it must be digitized."""
Compose = Callable[[Any, Digitization, Board], Picture]
Explain = Callable[[Photo, BoardNotFound, Charted, Digitization | None, Rig | None], BoardNotFound]
"""Why a mounted camera does not show the whole board."""
Draw = Callable[[Any, Board, Rig | None], Chart | None]
"""What is known of a board's face, by its last picture, if there is one, and its calibration."""


def accept(
    store: Store,
    board_id: str,
    data: bytes,
    name: str,
    taken_at: datetime | None = None,
    *,
    source: str = "upload",
    key: str | None = None,
    fallback: datetime | None = None,
) -> int:
    """Check a photo quickly and keep it in the inbox; it is safe once this returns its id.

    Without ``taken_at`` its EXIF tells, read in the event's zone, else ``fallback``, else it was taken now. The same ``key`` again
    gives the same id. Raises ``PhotoError``, ``NotStored``.
    """
    name = files.readable(name)
    answer, _ = pixels.ask("times", data, name)
    moment = taken_at or clock.taken_at(answer["exif"], ZoneInfo(store.event.timezone)) or fallback
    return store.receive(board_id, data, name, moment, source, key=key)


@dataclass
class Ingest:
    """Reads photos of the inbox, one at a time.

    Keeps the last look at each board, from which the next takes over what did not change, its people-free picture and calibration;
    ``set_aside`` counts the photos in a row that changed nothing, ``spared`` the attempts at a photo that the database ended;
    ``keep_days``: how long pictures of changes are kept. ``follow`` is called after each round and must return at once.
    Once ``ending`` is set, ``drain`` returns after the photo at hand.
    """

    store: Store
    digitize: Digitize
    compose: Compose
    follow: Callable[[], None] = lambda: None
    glance: Glance = lambda _photo, _last: None
    keep_days: int = KEEP_DAYS
    chart: Draw = lambda _picture, _board, _rig: None
    explain: Explain = lambda _photo, refused, _charted, _last, _rig: refused
    last: dict[str, Digitization] = field(default_factory=dict, repr=False)
    pictures: dict[str, Picture] = field(default_factory=dict, repr=False)
    rigs: dict[str, tuple[datetime, Rig | None]] = field(default_factory=dict, repr=False)
    set_aside: dict[str, int] = field(default_factory=dict, repr=False)
    spared: Counter[int] = field(default_factory=Counter, repr=False)
    ending: threading.Event = field(default_factory=threading.Event, repr=False)
    turn: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def drain(self) -> dict[int, BoardcastError | None]:
        """Read all that waits, in the order taken; return the photos settled, with the error where one failed."""
        settled: dict[int, BoardcastError | None] = {}
        with self.turn:
            known = frozenset(self.pictures)
            while not self.ending.is_set() and (waiting := self.store.pending()):
                for photo_id in waiting:
                    if not self.ending.is_set():
                        settled[photo_id] = self.read(photo_id)
                        cores.give_back()
            settled |= {photo_id: self._again(photo_id) for photo_id in self._too_early(settled, known)}
        self.follow()
        self.store.forget_raw()
        return settled

    def _too_early(self, settled: Mapping[int, BoardcastError | None], known: Set[str]) -> tuple[int, ...]:
        """Photos of late in which no board was found before anything was known of it: now that it is, a part of it may be placed."""
        seen: set[str] = set()
        after: set[int] = set()
        for photo_id, error in settled.items():
            board_id = self.store.photo(photo_id).board_id
            if error is None:
                seen.add(board_id)
            elif board_id in seen:
                after.add(photo_id)
        since = timedelta(seconds=ReconcileSettings().late_s)
        return tuple(photo_id for photo_id in self.store.not_found(self.pictures.keys() - known, since) if photo_id not in after)

    def _again(self, photo_id: int) -> BoardcastError | None:
        self.store.retry(photo_id)
        return self.read(photo_id)

    def read(self, photo_id: int) -> BoardcastError | None:
        """Read one photo. Whatever goes wrong is written beside it, for the organizer, and returned; the schedule stays as it was.

        Where it is the database that is out of order (locked, its disk full) the photo waits, and its error is raised.
        """
        photo = self.store.take(photo_id)
        if photo is None:
            return None
        try:
            self._read(photo)
        except BoardcastError as error:
            failure = error
        except OUT_OF_ORDER:
            self.spared[photo_id] += 1
            raise
        except Exception as error:
            log.exception("photo %d (%s) failed", photo_id, photo.name)
            what = f"Something went wrong inside Boardcast while reading this photo ({type(error).__name__}: {error})."
            failure = BoardcastError(what, remedy="The photo is kept; the log says more.")
        else:
            log.info("photo %d, %s", photo_id, about(photo.name, self.store.photo(photo_id).message or "read"))
            return None
        log.warning("photo %d, %s", photo_id, about(photo.name, failure))
        self.store.failed(photo_id, str(failure), type(failure).__name__)
        return failure

    def _read(self, photo: WaitingPhoto) -> None:
        if photo.attempts - self.spared[photo.id] > MOST_ATTEMPTS:
            raise BoardcastError(
                "Reading this photo ended the reader.", f"It was tried {photo.attempts - 1} times.", "Send it at a lower resolution."
            )
        board = self.store.event.board(photo.board_id)
        rig = self._rig(board.id)
        last = self.last.get(board.id)
        found = self.glance(photo, last)
        if found is None:
            charted: Charted = lambda: self.chart(self.pictures.get(board.id), board, rig)  # noqa: E731  a name for what may be asked
            image = capture.decode(photo.data, photo.name, photo.taken_at)
            mounted = photo.source == MOUNTED
            try:
                found = self.digitize(image, board, rig, last, (lambda: None) if mounted else charted)
            except BoardNotFound as refused:
                raise self.explain(image, refused, charted, last, rig) if mounted else refused  # noqa: B904  its reason is told with it
        self._commit(photo, found)

    def _rig(self, board_id: str) -> Rig | None:
        """A board's calibration, read once; with a new one the last look is worth nothing."""
        at = self.store.calibrated_at(board_id)
        if at is None:
            return None
        if board_id not in self.rigs or self.rigs[board_id][0] != at:
            self.last.pop(board_id, None)
            self.rigs[board_id] = at, self.store.rig(board_id)
        return self.rigs[board_id][1]

    def _remember(self, board_id: str, found: Digitization) -> None:
        if not found.pose.whole:
            return
        self.last.pop(board_id, None)
        self.last[board_id] = found
        while len(self.last) > KEPT_LOOKS:
            self.last.pop(next(iter(self.last)))

    def _late(self, photo: WaitingPhoto) -> tuple[str, ...]:
        """What is noted of a photo that somebody sent for a board whose day is over, on another board's day: most often a slip."""
        event = self.store.event
        today = successor(event, event.board(photo.board_id), photo.taken_at)
        return (f'Taken on the day of board "{today.id}", and read as "{photo.board_id}": was that board meant?',) if today else ()

    def _settings(self, board_id: str) -> ReconcileSettings:
        """Cards may move in step when the board was calibrated anew, or when the first of many photos was the wrong one."""
        settings = ReconcileSettings()
        calibrated, looked = self.store.calibrated_at(board_id), self.store.looked_at(board_id)
        anew = calibrated is not None and (looked is None or looked < calibrated)
        believed = self.set_aside.get(board_id, 0) >= settings.mass_looks
        return replace(settings, shift_scatter=-1.0) if anew or believed else settings

    def _commit(self, photo: WaitingPhoto, found: Digitization) -> None:
        """Reconcile and write, anew where a person was faster."""
        reading, picture = in_context(found), None
        settings = self._settings(photo.board_id)
        for _ in range(MOST_RETRIES):
            schedule = self.store.schedule(photo.board_id)
            changes = reconcile(schedule, reading, settings)
            note = _note(found, changes, self._late(photo))
            if not any(isinstance(change, Looked) for change in changes):
                self.store.done(photo.id, note)
                self.set_aside[photo.board_id] = self.set_aside.get(photo.board_id, 0) + 1
                return
            before = self.pictures.get(photo.board_id)
            picture = picture or self.compose(before, found, self.store.event.board(photo.board_id))
            drawn = None if before is not None and picture.image is before.image else to_jpeg(picture.image, BOARD_PX)
            new = apply(schedule, changes, reading.taken_at, settings=settings)
            proofs = proofs_of(schedule, new, (before, picture), reading.taken_at)
            look = Look(reading.taken_at, photo.id, note, drawn, proofs, reading.taken_at - timedelta(days=self.keep_days))
            try:
                self.store.commit(schedule.version, new, changes, look)
            except StaleWrite:
                continue
            self.pictures[photo.board_id] = picture
            self._remember(photo.board_id, found)
            self.set_aside.pop(photo.board_id, None)
            return
        raise BoardcastError("The schedule was changed faster than this photo could be written.", f"{MOST_RETRIES} tries.", "Try it again.")


def about(name: str, told: object) -> str:
    """What is told of a photo, with its name once: most errors of a photo begin with it."""
    text = str(told)
    return text if text.startswith(name) else f"{name}: {text}"


def in_context(found: Digitization) -> BoardReading:
    """A reading with the grid and the outline of its photo, by which places are told that it could not see."""
    height, width = found.photo.image.shape[:2]
    return replace(found.reading, layout=found.pose.layout, view_mm=outline_mm(found.pose, (width, height)))


def _note(found: Digitization, changes: tuple[Change, ...], late: tuple[str, ...]) -> str:
    part = [] if found.pose.whole else [f"A part of the board: {len(shown_cells(found))} cells are wholly in this photo."]
    return "\n".join([*part, *late, *(change.reason for change in changes if isinstance(change, Ignored)), *found.warnings])


def default_ingest(store: Store, follow: Callable[[], None] = lambda: None, keep_days: int = KEEP_DAYS) -> Ingest:
    """An ingest with the engines that come with Boardcast. Raises ``ReaderUnavailable``."""
    from digitizer.pipeline import default_tools, digitize  # heavy engines are loaded by those who read, not by those who take photos in
    from webapp.learning import Learning

    learning, glances = Learning(store, default_tools(store.event)), Glances()

    def read(photo: Photo, board: Board, rig: Rig | None, previous: Digitization | None, charted: Charted) -> Digitization:
        found = digitize(photo, board, learning.tools(), rig, learning.reopened(board.id, previous), charted)
        if found.pose.whole:
            learning.looked(board.id)
        return found

    def glance(photo: WaitingPhoto, last: Digitization | None) -> Digitization | None:
        learning.tools()
        known = learning.reopened(photo.board_id, last) is last  # else new words may settle what is doubtful
        return glances.again(photo.data, photo.name, photo.taken_at, last if known else None)

    def picture(before: Labelled | None, found: Digitization, board: Board) -> Labelled:
        if before is not None and before.sheet() is found.sheet and not before.cells.doubted:  # nothing was seen anew
            return before.again(found.photo.taken_at)
        cells = before.cells if before else None if found.pose.whole else kept_cells(store, board)
        cells = compose(cells, found.sheet, found.pose.layout, found.segmentation, found.photo.taken_at)
        return Labelled(cells, board_picture(cells, board), weakref.ref(found.sheet))

    def chart(before: Labelled | None, board: Board, rig: Rig | None) -> Chart | None:
        return chart_of(before.cells if before else kept_cells(store, board), rig)

    def explain(photo: Photo, refused: BoardNotFound, charted: Charted, last: Digitization | None, rig: Rig | None) -> BoardNotFound:
        return why_not_whole(photo, refused, charted, last, rig.lens if rig else None)

    return Ingest(store, read, picture, follow, glance, keep_days, chart, explain)
