"""When a photo was taken."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path

from digitizer.capturing import pixels
from digitizer.capturing.files import name_of
from digitizer.errors import PhotoError

PAIRS = (("DateTimeOriginal", "OffsetTimeOriginal"), ("DateTimeDigitized", "OffsetTimeDigitized"), ("DateTime", "OffsetTime"))
TOLERANCE = timedelta(hours=1)
"""A photo from further in the future than this comes from a camera whose clock is wrong: its time is worth nothing."""


def taken_at(exif: Mapping[str, str], zone: tzinfo) -> datetime | None:
    """The time in ``exif`` (tag name -> text), in UTC; ``zone`` is meant where EXIF names no offset. None: it tells nothing usable."""
    for name, offset_name in PAIRS:
        moment = _moment(exif.get(name, ""), exif.get(offset_name, ""), zone)
        if moment is not None and moment <= datetime.now(UTC) + TOLERANCE:
            return moment
    return None


def taken_at_of(data: bytes, path: Path, zone: tzinfo) -> datetime:
    """When the photo file at ``path``, with the bytes ``data``, was taken (UTC): by EXIF, else by the file's own time.

    Raises ``OSError`` where the file is gone.
    """
    modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    try:
        answer, _ = pixels.ask("times", data, name_of(path))
    except PhotoError:  # decoding it says what is wrong with it
        return modified
    return taken_at(answer["exif"], zone) or modified


def _moment(text: str, offset: str, zone: tzinfo) -> datetime | None:
    try:
        naive = datetime.strptime(text.strip(" \0"), "%Y:%m:%d %H:%M:%S")
        return naive.replace(tzinfo=_offset(offset) or zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _offset(text: str) -> timezone | None:
    try:
        shift = datetime.strptime(text.strip(" \0"), "%z").utcoffset()
    except ValueError:
        return None
    return None if shift is None else timezone(shift)
