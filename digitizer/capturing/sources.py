"""Where photos come from while nobody uploads them: a watched folder, a camera, a stream."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

from digitizer.capturing import clock
from digitizer.capturing.camera import Camera, Look, numbered, source_name
from digitizer.capturing.dslr import Dslr
from digitizer.capturing.files import name_of
from digitizer.capturing.folder import Folder
from digitizer.capturing.health import CameraFault, Condition, Report, Tell
from digitizer.capturing.virtual import Player
from digitizer.capturing.whole import header
from digitizer.errors import SourceError
from digitizer.settings import CaptureSettings

__all__ = ["Pace", "Shot", "shots", "source_name"]

SETTINGS = CaptureSettings()

OFF_BEAT = 0.7
"""Share of the time between two polls while a file is written again and again: one a second would be met half written each time."""

log = logging.getLogger("boardcast.capture")


@dataclass(frozen=True)
class Pace:
    """How time is told and passed: the time now (UTC), and what is called with seconds to pass. Another one only in tests."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    wait: Callable[[float], object] = time.sleep


@dataclass(frozen=True)
class Shot:
    """The bytes of one photo as they came, and when it was taken (UTC); none where its file is ``refused``, which tells why."""

    data: bytes
    name: str
    taken_at: datetime
    refused: str = ""


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
    coming = _folder_shots(Folder(folder, every_s, pace.now), min(every_s, SETTINGS.settle_s), zone, pace, told)
    return coming if known_until is None else _unknown(coming, {name_of(path) for path in folder.iterdir()}, known_until)


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

    def still(self, report: Report) -> None:
        """Pass on that all is as it was, without a try."""
        self._tell(report)


def _nobody(_report: Report) -> None:
    """Listen to no report."""


def _camera(spec: str, settings: CaptureSettings) -> Camera:
    if spec.startswith("virtual:"):
        return Camera(spec, settings, Player.of(spec))
    return Camera(spec, settings, Dslr(spec) if spec.startswith("gphoto2:") else None)


def _folder_shots(folder: Folder, poll_s: float, zone: tzinfo, pace: Pace, tell: Tell) -> Iterator[Shot]:
    """New files at each poll. A folder that goes, as a share or a memory card does, is waited for."""
    taker = _Taker(folder, zone, pace)
    while True:
        try:
            paths = folder.ready()
        except SourceError as error:
            tell(Report(Condition.GONE, pace.now(), str(error)))
            paths = []
        else:
            tell(Report(Condition.LOOKING, pace.now()))
        for told_at, path in _in_order(paths, zone, pace):
            if (shot := taker.shot(path, told_at)) is not None:
                yield shot
        taker.tell_of_gone()
        pace.wait(poll_s * (OFF_BEAT if folder.is_restless else 1.0))


@dataclass
class _Taker:
    """Takes files that are ready out of a folder, and tells once of each that cannot be taken."""

    folder: Folder
    zone: tzinfo
    pace: Pace
    _refused: set[Path] = field(default_factory=set)
    _gone: dict[Path, datetime] = field(default_factory=dict)

    def shot(self, path: Path, told_at: datetime | None) -> Shot | None:
        """The shot of a file that was taken at ``told_at``, or when its bytes tell; why there is none, where that is not known already."""
        taken_at, why = told_at or self.pace.now(), ""
        try:
            data = self.folder.take(path)
            if data is not None and told_at is None:
                taken_at = clock.taken_at_of(data, path, self.zone)
        except FileNotFoundError:
            self._gone[path] = self.pace.now()
            return None
        except OSError as error:
            self.folder.again(path)
            data, why = None, _unreadable(path, error)
        if data is not None:
            self._refused.discard(path)
            return Shot(data, name_of(path), taken_at)
        why = why or (_never_whole(path) if self.folder.is_never_whole(path) else "")
        if not why or path in self._refused:
            return None
        self._refused.add(path)
        return Shot(b"", name_of(path), taken_at, why)

    def tell_of_gone(self) -> None:
        """Log which files were there, could not be taken and stay away; many a camera removes its file before it writes the next."""
        self._gone = {path: since for path, since in self._gone.items() if not path.exists()}
        for path in [path for path, since in self._gone.items() if self.pace.now() - since >= timedelta(seconds=SETTINGS.whole_s)]:
            log.warning("%s was there and is gone.", name_of(path))
            del self._gone[path]


def _unknown(coming: Iterator[Shot], there: set[str], until: datetime) -> Iterator[Shot]:
    """Shots but for those of files that were ``there`` at the start and were taken ``until`` then.

    What is written under their names later is new.
    """
    said = False
    for shot in coming:
        was_there = shot.name in there
        there.discard(shot.name)
        if not was_there or shot.taken_at > until:
            yield shot
        elif not said:
            log.warning("Photos that lay there and were taken before the last look are passed over: they tell nothing that is not known.")
            said = True


def _in_order(paths: Sequence[Path], zone: tzinfo, pace: Pace) -> list[tuple[datetime | None, Path]]:
    """The files of a poll in the order in which they were taken, and when; one that came alone tells that once it is read."""
    if len(paths) == 1:
        return [(None, paths[0])]
    return sorted((_taken_at(path, zone, pace), path) for path in paths)


def _taken_at(path: Path, zone: tzinfo, pace: Pace) -> datetime:
    """When a photo was taken, by its first bytes where these tell. None are kept: a folder may hold a thousand photos."""
    try:
        return clock.taken_at_of(header(path), path, zone)
    except OSError:
        return pace.now()


def _unreadable(path: Path, error: OSError) -> str:
    remedy = "Let whoever runs this program read it, or mend its disk or share: it is tried again until it can be read."
    return f"{name_of(path)} is there and cannot be read: {error.strerror}. {remedy}"


def _never_whole(path: Path) -> str:
    return (
        f"{name_of(path)} is written again and again, and was not whole at any look for {SETTINGS.whole_s:.0f} s. "
        "Have its camera write to another name and rename that when it is done, or write less often. It is read as soon as it is whole."
    )


def _camera_shots(camera: Camera, every_s: float, pace: Pace, tell: _Log) -> Iterator[Shot]:
    """One look every ``every_s``. The first must succeed; later failures wait and try again.

    A login that is refused is waited out from the first look on: whoever starts an ended program again would try it as often.
    """
    failures = refusals = 0
    try:
        while True:
            began = pace.now()
            try:
                look = camera.look()
            except CameraFault as fault:
                report = Report(fault.condition, pace.now(), str(fault))
                tell(report)
                if fault.login_refused:
                    _wait_out(_paused_s(camera.settings.login_back_off_s, refusals), report, pace, tell)
                    refusals += 1
                    continue
                if not camera.has_seen and not refusals and fault.condition in (Condition.GONE, Condition.SILENT):
                    raise
                pace.wait(_pause_s(failures, every_s, camera.settings))
                failures += 1
                continue
            failures = refusals = 0
            tell(Report(Condition.DARK if look.dark else Condition.LOOKING, pace.now(), look.dark))
            if not look.dark:
                yield _shot(camera, look)
            spent_s = (pace.now() - began).total_seconds()
            pace.wait(min(every_s, max(0.0, every_s - spent_s)))  # a clock that is put back must not make a pause of an hour
    finally:
        camera.close()


def _wait_out(seconds: float, report: Report, pace: Pace, tell: _Log) -> None:
    """Wait for long, and say now and then that nothing has changed."""
    while seconds > 0:
        step_s = min(seconds, SETTINGS.word_s)
        pace.wait(step_s)
        seconds -= step_s
        tell.still(Report(report.condition, pace.now(), report.message))


def _pause_s(failures: int, every_s: float, settings: CaptureSettings) -> float:
    """Seconds until a failed camera is opened again."""
    return min(_paused_s(settings.back_off_s, failures), max(every_s, settings.least_back_off_s))


def _paused_s(pauses: tuple[float, ...], failures: int) -> float:
    """The pause after so many failures before; the last one repeats."""
    return pauses[min(failures, len(pauses) - 1)]


def _shot(camera: Camera, look: Look) -> Shot:
    return Shot(look.jpeg, f"{camera.name} {look.taken_at:%Y-%m-%d %H:%M:%S}.jpg", look.taken_at)
