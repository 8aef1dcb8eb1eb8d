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
from digitizer.capturing.camera import Camera, Look
from digitizer.capturing.folder import Folder
from digitizer.errors import SourceError
from digitizer.settings import CaptureSettings

SETTINGS = CaptureSettings()
log = logging.getLogger("boardcast.capture")
Wait = Callable[[float], object]
"""Called with seconds to pass between two looks; ``time.sleep`` but in tests."""


@dataclass(frozen=True)
class Shot:
    """The bytes of one photo as they came, and when it was taken (UTC)."""

    data: bytes
    name: str
    taken_at: datetime


def shots(
    spec: str, every_s: float = 30.0, *, zone: tzinfo = UTC, wait: Wait = time.sleep, settings: CaptureSettings = SETTINGS
) -> Iterator[Shot]:
    """The photos of a source as bytes, without end; ``open_source`` decodes them.

    ``spec`` is a folder, a device number (0 is /dev/video0), or an rtsp:// or http(s):// address. Raises ``SourceError`` where
    there is nothing to open; a camera that fails later is reopened with growing pauses, and each failure logged. EXIF times
    without an offset are read in ``zone``.
    """
    if re.fullmatch(r"\d{1,3}", spec) or re.match(r"(rtsps?|https?)://", spec):
        return _camera_shots(Camera(spec, settings), every_s, wait)
    folder = Path(spec)
    if not folder.is_dir():
        raise SourceError(
            f"There is no source {spec}.",
            "It is a file, not a folder." if folder.is_file() else "No such folder exists.",
            "Give a folder, the number of a camera, or an rtsp:// or http:// address.",
        )
    return _folder_shots(Folder(folder), min(every_s, settings.settle_s), zone, wait)


def _folder_shots(folder: Folder, every_s: float, zone: tzinfo, wait: Wait) -> Iterator[Shot]:
    while True:
        found = [shot for path in folder.ready() if (shot := _file_shot(path, zone)) is not None]
        yield from sorted(found, key=lambda shot: (shot.taken_at, shot.name))
        wait(every_s)


def _file_shot(path: Path, zone: tzinfo) -> Shot | None:
    try:
        data = path.read_bytes()
        return Shot(data, path.name, clock.taken_at_of(data, path, zone))
    except OSError as error:
        log.warning("%s was there and cannot be read: %s.", path.name, error.strerror)
        return None


def _camera_shots(camera: Camera, every_s: float, wait: Wait) -> Iterator[Shot]:
    """One look every ``every_s``. The first must succeed; later failures wait and try again."""
    failures = 0
    try:
        while True:
            due = time.monotonic() + every_s
            try:
                look = camera.look()
            except SourceError as error:
                if not camera.has_seen:
                    raise
                wait(camera.settings.back_off_s[min(failures, len(camera.settings.back_off_s) - 1)])
                failures += 1
                log.warning("%s", error)
                continue
            if failures:
                log.warning("%s gives pictures again after %d failed tries.", camera.name, failures)
            failures = 0
            yield _shot(camera, look)
            wait(max(0.0, due - time.monotonic()))
    finally:
        camera.close()


def _shot(camera: Camera, look: Look) -> Shot:
    return Shot(look.jpeg, f"{camera.name} {look.taken_at:%Y-%m-%d %H:%M:%S}.jpg", look.taken_at)
