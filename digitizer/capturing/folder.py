"""A watched folder: which photo files in it are new and written in full."""

from __future__ import annotations

import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from digitizer.capturing.files import read
from digitizer.capturing.whole import is_whole
from digitizer.errors import SourceError
from digitizer.settings import CaptureSettings

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".heic", ".heif", ".avif", ".gif"})
"""What cameras, phones and sync tools name photos; a file named otherwise (.part, .tmp, a dot file) is none yet."""

SETTINGS = CaptureSettings()

Stamp = tuple[int, int]
"""Size in bytes and time of change in nanoseconds: both stand still once a file is written."""


@dataclass
class _Wait:
    """A new file that is waited for: since when, and since when as it is now; polls in a row that found it another.

    ``anew``: it did not only grow, but was begun again.
    """

    stamp: Stamp
    since: datetime
    still_since: datetime
    changes: int = 0
    anew: bool = False

    def see(self, stamp: Stamp, now: datetime) -> None:
        """Note how a poll finds it."""
        if stamp == self.stamp:
            self.changes = 0
            return
        self.anew |= stamp[0] <= self.stamp[0]
        self.stamp, self.still_since, self.changes = stamp, now, self.changes + 1


class Folder:
    """Remembers what it has handed out; a file that is written anew counts as a new one, but not more often than a look is due."""

    def __init__(self, path: Path, every_s: float = 0.0, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """``every_s``: seconds between two looks at one name, which some cameras write again and again."""
        self.path, self._every, self._now = path, timedelta(seconds=every_s), now
        self._waits: dict[Path, _Wait] = {}
        self._given: dict[Path, Stamp] = {}
        self._due: dict[Path, datetime] = {}

    @property
    def is_restless(self) -> bool:
        """Whether a file was found another at the last poll."""
        return any(wait.changes for wait in self._waits.values())

    def ready(self) -> list[Path]:
        """New files to be taken, oldest first: those that stood still between the last call and this one, and those that never do.

        Raises ``SourceError`` where the folder is gone.
        """
        found, now = self._scan(), self._now()
        new = {path: stamp for path, stamp in found.items() if self._given.get(path) != stamp}
        full = [path for path, stamp in new.items() if self._see(path, stamp, now) and self._is_due(path, now)]
        # a name may be gone between two versions of it
        self._waits = {path: wait for path, wait in self._waits.items() if path in new or _is_within(now, wait.still_since)}
        self._due = {path: due for path, due in self._due.items() if path in found or due > now}
        # without any photo the folder is most likely the empty place where a share was mounted: what it held will be back
        kept = {path: stamp for path, stamp in self._given.items() if path in found} if found else self._given
        self._given = kept | {path: found[path] for path in full}
        return sorted(full, key=lambda path: (found[path][1], path.name))

    def take(self, path: Path) -> bytes | None:
        """The bytes of a file that is ready; none where they are not whole, and it is waited for. Raises ``OSError``.

        One that stands still for long without its end is given as it is: decoding it tells what is wrong with it.
        """
        data, stamp, now = read(path), _stamp(path), self._now()
        wait = self._waits[path]
        is_one = stamp is not None and stamp == wait.stamp  # nobody wrote while it was read
        whole = is_one and is_whole(data)
        if not whole and (not is_one or _is_within(now, wait.still_since)):
            self.again(path)
            return None
        del self._waits[path]
        if whole:
            self._due[path] = self._next(path, now)
        return data

    def again(self, path: Path) -> None:
        """Hand this file out again though it stays as it is: it could not be read."""
        self._given.pop(path, None)

    def is_never_whole(self, path: Path) -> bool:
        """Whether a file that is written again and again has not been whole at any look for long."""
        wait, now = self._waits[path], self._now()
        return wait.anew and not _is_within(now, max(wait.since, self._due.get(path, wait.since)))

    def _see(self, path: Path, stamp: Stamp, now: datetime) -> bool:
        """Note a new file; whether it may be whole. An empty one is none yet, unless it stays so."""
        wait = self._waits.get(path)
        if wait is None:
            self._waits[path] = _Wait(stamp, now, now)
            return False
        wait.see(stamp, now)
        if not stamp[0]:
            return not _is_within(now, wait.still_since)
        return not wait.changes or wait.changes >= SETTINGS.restless_polls

    def _is_due(self, path: Path, now: datetime) -> bool:
        """Whether it is time for another look at a name; a clock that was put back must not make a pause of an hour."""
        due = self._due.get(path, now)
        return not timedelta(0) < due - now <= self._every

    def _next(self, path: Path, now: datetime) -> datetime:
        """When the next look is due: by the last time that one was, so that polls that come a little late do not add up."""
        due = self._due.get(path)
        is_late = due is not None and timedelta(0) <= now - due < self._every
        return (due if due is not None and is_late else now) + self._every

    def _scan(self) -> dict[Path, Stamp]:
        try:
            names = [p for p in self.path.iterdir() if p.suffix.lower() in SUFFIXES and not p.name.startswith(".")]
        except OSError as error:
            raise SourceError(f"The folder {self.path} cannot be read any more: {error.strerror}.", remedy="Mount it again.") from error
        return {path: stamp for path in names if (stamp := _stamp(path)) is not None}


def _is_within(now: datetime, since: datetime) -> bool:
    """Whether the end of a file may still come."""
    return now - since < timedelta(seconds=SETTINGS.whole_s)


def _stamp(path: Path) -> Stamp | None:
    try:
        status = path.stat()
    except OSError:  # it went away between the listing and the look
        return None
    if not stat.S_ISREG(status.st_mode):  # a folder of that name
        return None
    return status.st_size, status.st_mtime_ns
