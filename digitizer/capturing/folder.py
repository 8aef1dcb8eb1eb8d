"""A watched folder: which photo files in it are new and written in full."""

from __future__ import annotations

import stat
from pathlib import Path

from digitizer.errors import SourceError

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".heic", ".heif", ".avif", ".gif"})
"""What cameras, phones and sync tools name photos; a file named otherwise (.part, .tmp, a dot file) is none yet."""

Stamp = tuple[int, int]
"""Size in bytes and time of change in nanoseconds: both stand still once a file is written."""


class Folder:
    """Remembers what it has handed out; a file that is written anew counts as a new one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._waiting: dict[Path, Stamp] = {}
        self._given: dict[Path, Stamp] = {}

    def ready(self) -> list[Path]:
        """New files written in full: those that stood still between the last call and this one, oldest first.

        Raises ``SourceError`` where the folder is gone.
        """
        found = self._scan()
        new = {path: stamp for path, stamp in found.items() if self._given.get(path) != stamp}
        full = [path for path, stamp in new.items() if self._waiting.get(path) == stamp and stamp[0] > 0]
        self._waiting = {path: stamp for path, stamp in new.items() if path not in full}
        # without any photo the folder is most likely the empty place where a share was mounted: what it held will be back
        kept = {path: stamp for path, stamp in self._given.items() if path in found} if found else self._given
        self._given = kept | {path: found[path] for path in full}
        return sorted(full, key=lambda path: (found[path][1], path.name))

    def again(self, path: Path) -> None:
        """Hand this file out again though it stays as it is: it could not be read."""
        self._given.pop(path, None)

    def _scan(self) -> dict[Path, Stamp]:
        try:
            names = [p for p in self.path.iterdir() if p.suffix.lower() in SUFFIXES and not p.name.startswith(".")]
        except OSError as error:
            raise SourceError(f"The folder {self.path} cannot be read any more: {error.strerror}.", remedy="Mount it again.") from error
        return {path: stamp for path in names if (stamp := _stamp(path)) is not None}


def _stamp(path: Path) -> Stamp | None:
    try:
        status = path.stat()
    except OSError:  # it went away between the listing and the look
        return None
    if not stat.S_ISREG(status.st_mode):  # a folder of that name
        return None
    return status.st_size, status.st_mtime_ns
