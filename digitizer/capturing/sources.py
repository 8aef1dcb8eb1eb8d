"""Where photos come from while nobody uploads them: a watched folder, a camera, a stream."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from digitizer.capturing import clock
from digitizer.capturing.camera import Camera, Look, numbered, source_name
from digitizer.capturing.dslr import Dslr
from digitizer.capturing.files import name_of, read
from digitizer.capturing.folder import Folder
from digitizer.capturing.health import CameraFault, Condition, Report, Tell
from digitizer.capturing.virtual import Player
from digitizer.errors import SourceError
from digitizer.settings import CaptureSettings

__all__ = ["Pace", "Shot", "shots", "source_name"]

SETTINGS = CaptureSettings()
log = logging.getLogger("boardcast.capture")


@dataclass(frozen=True)
class Pace:
    """How time is told and passed: the time now (UTC), and what is called with seconds to pass. Another one only in tests."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    wait: Callable[[float], object] = time.sleep


@dataclass(frozen=True)
class Shot:
    """The bytes of one photo as they came, and when it was taken (UTC)."""

    data: bytes
    name: str
    taken_at: datetime


def shots(
    spec: str,
    every_s: float = 30.0,
    *,
    zone: tzinfo = UTC,
    pace: Pace = Pace(),
    tell: Tell | None = None,
    known_until: datetime | None = None,
) -> Iterator[Shot]:
    """The photos of a source as bytes, without end; :func:`digitizer.capture.decode` decodes them.

    ``spec`` is a folder, a camera's number or file (0 is /dev/video0), an rtsp:// or http(s):// address, gphoto2: or virtual:FOLDER. Raises
    ``SourceError`` where there is nothing to open; a source that fails later is waited for with growing pauses. ``tell`` hears of
    each try without a photo why there is none. EXIF times without an offset are read in ``zone``. ``known_until``: what lies in a folder
    at the start and was taken then or before is passed over: a look at least as late has been read.
    """
    spec, told = numbered(spec), _Log(tell or _nobody)
    if re.match(r"\d{1,3}$|(rtsps?|https?)://|virtual:|gphoto2:", spec):
        return _camera_shots(_camera(spec, SETTINGS), every_s, pace, told)
    folder = Path(spec)
    if not folder.is_dir():
        raise SourceError(
            f"There is no source {spec}.",
            "It is a file, not a folder." if folder.is_file() else "No such folder exists.",
            "Give a folder, the number of a camera, or an rtsp:// or http:// address.",
        )
    coming = _folder_shots(Folder(folder), min(every_s, SETTINGS.settle_s), zone, pace, told)
    return coming if known_until is None else _unknown(coming, frozenset(name_of(path) for path in folder.iterdir()), known_until)


class _Log:
    """Passes reports on, and writes each change of condition to the log: one line, not one a try."""

    def __init__(self, tell: Tell) -> None:
        self._tell, self._condition, self._tries = tell, Condition.LOOKING, 0

    def __call__(self, report: Report) -> None:
        if report.condition is not self._condition:
            again = f"There are pictures again after {self._tries} tries without."
            log.warning("%s", again if report.condition is Condition.LOOKING else report.message)
            self._condition, self._tries = report.condition, 0
        self._tries += 1
        self._tell(report)


def _nobody(_report: Report) -> None:
    """Listen to no report."""


def _camera(spec: str, settings: CaptureSettings) -> Camera:
    if spec.startswith("virtual:"):
        return Camera(spec, settings, Player.of(spec))
    return Camera(spec, settings, Dslr(spec) if spec.startswith("gphoto2:") else None)


def _folder_shots(folder: Folder, every_s: float, zone: tzinfo, pace: Pace, tell: Tell) -> Iterator[Shot]:
    """New files at each poll. A folder that goes, as a share or a memory card does, is waited for."""
    while True:
        try:
            paths = folder.ready()
        except SourceError as error:
            tell(Report(Condition.GONE, pace.now(), str(error)))
            paths = []
        else:
            tell(Report(Condition.LOOKING, pace.now()))
        found = [shot for path in paths if (shot := _file_shot(path, zone)) is not None]
        yield from sorted(found, key=lambda shot: (shot.taken_at, shot.name))
        pace.wait(every_s)


def _unknown(coming: Iterator[Shot], there: frozenset[str], until: datetime) -> Iterator[Shot]:
    """Shots but for those of files that were ``there`` at the start and were taken ``until`` then."""
    said = False
    for shot in coming:
        if shot.name not in there or shot.taken_at > until:
            yield shot
        elif not said:
            log.warning("Photos that lay there and were taken before the last look are passed over: they tell nothing that is not known.")
            said = True


def _file_shot(path: Path, zone: tzinfo) -> Shot | None:
    try:
        data = read(path)
        return Shot(data, name_of(path), clock.taken_at_of(data, path, zone))
    except OSError as error:
        log.warning("%s was there and cannot be read: %s.", name_of(path), error.strerror)
        return None


def _camera_shots(camera: Camera, every_s: float, pace: Pace, tell: Tell) -> Iterator[Shot]:
    """One look every ``every_s``. The first must succeed; later failures wait and try again."""
    failures = 0
    try:
        while True:
            began = pace.now()
            try:
                look = camera.look()
            except CameraFault as fault:
                tell(Report(fault.condition, pace.now(), str(fault)))
                if not camera.has_seen and fault.condition in (Condition.GONE, Condition.SILENT):
                    raise
                pace.wait(_pause_s(failures, every_s, camera.settings))
                failures += 1
                continue
            failures = 0
            tell(Report(Condition.DARK if look.dark else Condition.LOOKING, pace.now(), look.dark))
            if not look.dark:
                yield _shot(camera, look)
            spent_s = (pace.now() - began).total_seconds()
            pace.wait(min(every_s, max(0.0, every_s - spent_s)))  # a clock that is put back must not make a pause of an hour
    finally:
        camera.close()


def _pause_s(failures: int, every_s: float, settings: CaptureSettings) -> float:
    """Seconds until a failed camera is opened again."""
    pauses = settings.back_off_s
    return min(pauses[min(failures, len(pauses) - 1)], max(every_s, settings.least_back_off_s))


def _shot(camera: Camera, look: Look) -> Shot:
    return Shot(look.jpeg, f"{camera.name} {look.taken_at:%Y-%m-%d %H:%M:%S}.jpg", look.taken_at)
