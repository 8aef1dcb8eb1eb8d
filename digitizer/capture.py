"""Files -> Photo; folders, cameras and streams -> the bytes of photos. The only stage that does input.

Bytes are decoded by Pillow in a limited process of its own: docs/decisions/0002-decoding.md.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, tzinfo
from pathlib import Path

import numpy as np

from digitizer.capturing import clock, files, pixels
from digitizer.capturing.sources import Shot, shots, source_name
from digitizer.errors import PhotoError
from digitizer.model import Photo

__all__ = ["Shot", "decode", "load", "read_file", "shots", "source_name"]


def decode(
    data: bytes,
    name: str,
    taken_at: datetime | None = None,
    *,
    zone: tzinfo = UTC,
    fallback: datetime | None = None,
    long_side_px: int | None = None,
) -> Photo:
    """Decode the bytes of a photo file.

    ``taken_at`` is taken as given; without it EXIF tells, read in ``zone`` where it names no offset, else ``fallback``, else
    now. The image is upright after EXIF, read-only; a JPEG may be smaller where ``long_side_px`` is enough. Raises ``PhotoError``.
    """
    answer, block = pixels.ask("pixels", data, name, long_side_px=long_side_px)
    image = np.frombuffer(block or b"", dtype=np.uint8).reshape(answer["height"], answer["width"], 3)
    moment = taken_at or clock.taken_at(answer["exif"], zone) or fallback or datetime.now(UTC)
    return Photo(image, moment.astimezone(UTC), name, hashlib.sha256(data).hexdigest())


def load(path: Path, *, zone: tzinfo = UTC) -> Photo:
    """Read and decode a photo file; without a time in its EXIF the file's own time counts. Raises ``PhotoError``."""
    data, modified = read_file(path)
    return decode(data, files.name_of(path), zone=zone, fallback=modified)


def read_file(path: Path) -> tuple[bytes, datetime]:
    """The bytes of a photo file (see ``files.read``) and the file's own time, UTC. Raises ``PhotoError`` where it cannot be read."""
    try:
        return files.read(path), datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError as error:
        raise PhotoError(f"Cannot read {path}: {error.strerror}.", remedy="Check the path and your right to read it.") from error
