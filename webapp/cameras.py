"""One source, watched for days: each photo is brought in and read, and the organizers are told how the source fares."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from digitizer.capture import Shot
from digitizer.capturing.health import Condition, Report
from digitizer.capturing.sources import Pace
from digitizer.errors import BoardcastError, CameraMoved, PhotoError
from webapp.arrivals import Read
from webapp.ingest import accept
from webapp.store import Store, key_of
from webapp.table import predecessor, successor
from webapp.values import BY_HAND, MOUNTED

T = TypeVar("T")
log = logging.getLogger("boardcast")

HEARTBEAT = timedelta(seconds=15)
"""How often it is written down that nothing is new: a folder is looked at each second."""

RETRY_S = (1.0, 5.0, 30.0)
"""Pauses before a photo is brought in again that the database would not take; the last one repeats."""

MOVED_LOOKS = 3
"""Looks in a row with another view after which the camera counts as moved: a minute and a half, so that nobody who only adjusts it, or
takes it off to wipe the lens, is told."""

EARLY = timedelta(minutes=3)
"""How long before it comes a photo may be dated: cameras are set by hand, and their photos take a while over a network."""

BY_PHOTO = (Condition.GARBLED, Condition.UNREAD, Condition.MOVED, Condition.OVER, Condition.EARLY)
"""What only a better photo ends: that the source answers is not enough."""


@dataclass
class Camera:
    """What the organizers are told of a source of photos of one board; ``by_hand``: its photos may show parts of the board."""

    store: Store
    board_id: str
    source: str
    every_s: float
    pace: Pace = field(default_factory=Pace)
    by_hand: bool = False
    _last: Report | None = field(default=None, repr=False)
    _moved: int = field(default=0, repr=False)
    _early: int = field(default=0, repr=False)
    _is_ahead_told: bool = field(default=False, repr=False)

    def __call__(self, report: Report) -> None:
        """Hear from the source itself."""
        last = self._last
        if report.condition is Condition.LOOKING and last is not None and last.condition in BY_PHOTO:
            report = Report(last.condition, report.at, last.message)
        self._write(report)

    def watch(self, coming: Iterator[Shot], read: Read) -> None:
        """Bring in and read each photo, as long as any come; when this ends by itself or is told to, the organizers see that too."""
        try:
            for shot in coming:
                self.take(shot, read)
        except (KeyboardInterrupt, SystemExit):
            self._write(Report(Condition.STOPPED, self.pace.now(), "The program that watches it was ended."))
            raise

    def take(self, shot: Shot, read: Read) -> None:
        """Bring in and read one photo. Whatever is wrong with it is told; while the database is out of order it is tried again.

        What becomes of a photo that was brought in is logged by ``read``, and not again. On another board's day nothing is brought in: the
        next day's cards hang before the camera, or will, and on this board they would cancel all that was there.
        """
        if message := self._over(shot.taken_at):
            if self._last is None or self._last.condition is not Condition.OVER:
                log.warning("%s", message)
            self._write(Report(Condition.OVER, self.pace.now(), message))
            return
        try:
            if shot.refused:
                raise PhotoError(shot.refused)
            photo_id = insist(lambda: self._accept(shot), self.pace)
        except PhotoError as error:
            log.warning("%s", error)
            self._write(Report(Condition.GARBLED, self.pace.now(), str(error)))
            return
        came_at = self.pace.now()
        with self._heard_of():
            failure = insist(lambda: read(photo_id), self.pace)
        self._moved = self._moved + 1 if isinstance(failure, CameraMoved) else 0
        moved = Condition.MOVED if self._moved >= MOVED_LOOKS else Condition.UNREAD
        early = "" if failure else self._dated_early(shot.taken_at, came_at)
        condition = moved if failure else Condition.EARLY if early else Condition.LOOKING
        told = str(failure or early)
        self._write(Report(condition, self.pace.now(), told), seen_at=None if told else shot.taken_at)

    def _dated_early(self, taken_at: datetime, came_at: datetime) -> str:
        """What to tell of photos in a row that changed nothing, as they are dated before one that was read; empty before that.

        Parts that people take come late at times.
        """
        newest = insist(lambda: self.store.looked_at(self.board_id), self.pace)
        behind = came_at - taken_at
        is_old = newest is not None and newest > taken_at and behind > EARLY and not self.by_hand
        self._early = self._early + 1 if is_old else 0
        if self._early < MOVED_LOOKS:
            return ""
        minutes = round(behind / timedelta(minutes=1))
        return (
            f"Its photos are dated {minutes} minutes before they come, and one that is dated later was read, from a phone most likely. "
            "So what it sees counts as old, and changes nothing. Set the clock and the time zone of the camera."
        )

    def _over(self, at: datetime) -> str:
        """Why a photo taken then tells nothing of this board any more; empty where it does."""
        event = self.store.event
        today = successor(event, event.board(self.board_id), at)
        if today is None:
            return ""
        return (
            f'The day of board "{self.board_id}" is over, and today is that of "{today.id}". What this camera sees is not read, so that '
            f'nothing is lost of "{self.board_id}". Once "{today.id}" hangs, start "boardcast watch" again with --board {today.id}.'
        )

    def _ahead(self, at: datetime) -> str:
        """What to tell while the board's day is still to come and today is another board's; empty else.

        It is read: the next day's cards are hung in the evening. Nothing in a picture tells them from today's.
        """
        event = self.store.event
        board = event.board(self.board_id)
        today = predecessor(event, board, at)
        if today is None:
            return ""
        return (
            f'Board "{board.id}" is that of {board.date:%A, %-d %B}, and today is the day of "{today.id}". What this camera sees is read '
            f'and published for "{board.id}". If the cards of "{today.id}" hang before it, start "boardcast watch" again with '
            f"--board {today.id}."
        )

    def _accept(self, shot: Shot) -> int:
        """Of photos taken by hand the last quarter of an hour comes again at each start: each is one look, however often it comes."""
        key = key_of(self.board_id.encode(), shot.data) if self.by_hand else None
        source = BY_HAND if self.by_hand else MOUNTED
        return accept(self.store, self.board_id, shot.data, shot.name, shot.taken_at, source=source, key=key)

    @contextmanager
    def _heard_of(self) -> Iterator[None]:
        """Say now and then that all is as it was, while a photo is read or waits: behind a hundred of phones that takes minutes.

        Without a word this program would be told to have died, and somebody would start a second one.
        """
        over, last = threading.Event(), self._last or Report(Condition.LOOKING, self.pace.now())

        def say() -> None:
            while not over.wait(HEARTBEAT.total_seconds()):
                self._write(Report(last.condition, self.pace.now(), last.message))

        saying = threading.Thread(target=say, name="boardcast-heard-of", daemon=True)
        saying.start()
        try:
            yield
        finally:
            over.set()
            saying.join()

    def _write(self, report: Report, seen_at: datetime | None = None) -> None:
        last = self._last
        if report.condition is Condition.LOOKING and (ahead := self._ahead(report.at)):
            report = Report(Condition.AHEAD, report.at, ahead)
            if not self._is_ahead_told:
                log.warning("%s", ahead)
                self._is_ahead_told = True
        if seen_at is None and last is not None and report.condition is last.condition and report.at - last.at < HEARTBEAT:
            return
        try:
            self.store.report_camera(self.board_id, self.source, report, self.every_s, seen_at=seen_at)
        except (BoardcastError, SQLAlchemyError) as error:
            log.warning("How %s fares could not be written down (%s).", self.source, type(error).__name__)
            return
        self._last = report


def insist(act: Callable[[], T], pace: Pace) -> T:
    """Do it, again and again while the database cannot be written or read: locked, or its disk is full."""
    tries = 0
    while True:
        try:
            return act()
        except SQLAlchemyError as error:
            log.warning("The database does not answer (%s). It is tried again.", type(error).__name__)
            pace.wait(RETRY_S[min(tries, len(RETRY_S) - 1)])
            tries += 1
