"""Whether the bytes of a photo's file are all of them: who writes it may pause, and may be at it while it is read."""

from __future__ import annotations

import re
from pathlib import Path

from digitizer.capturing import pixels
from digitizer.capturing.files import read

JPEG, END, SCAN = b"\xff\xd8", b"\xff\xd9", 0xDA
PADDING = b"\0\xff\r\n "
"""What cameras fill up a file with behind its end."""

ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
"""Markers of a JPEG that no length follows."""

PHOTO = re.compile(rb"\xff\xd8|\x89PNG|RIFF|II\*\0|MM\0\*|BM|GIF8|.{4}ftyp|\0{8}", re.DOTALL)
"""How a file begins that is a photo, or is room made for one whose bytes are still to come. Anything else will not become one."""


HEADER_BYTES = 1 << 18
"""What stands before the pixels of a JPEG: EXIF, at most 64 kB, and what editors add."""


def header(path: Path) -> bytes:
    """The first bytes of a JPEG, if all that it tells of itself is among them; else those of the whole file. Raises ``OSError``."""
    with path.open("rb") as file:
        data = file.read(HEADER_BYTES)
    return data if data.startswith(JPEG) and _scan(data) else read(path)


def is_whole(data: bytes) -> bool:
    """Whether waiting makes no more of these bytes: a JPEG that ends, any other photo that decodes, and what is no photo at all.

    What phones append to a JPEG, a film or a second picture, hides its end: such a file is decoded as well.
    """
    if not data:
        return False
    return _ends(data) or not (PHOTO.match(data) and pixels.is_cut(data))


def _ends(data: bytes) -> bool:
    """Whether a JPEG's end marker is its last sign, and stands behind the pixels: the small picture in its EXIF has one, too."""
    if not data.startswith(JPEG):
        return False
    kept = data.rstrip(PADDING)
    return kept.endswith(END) and 0 < _scan(kept) < len(kept) - len(END)


def _scan(jpeg: bytes) -> int:
    """Where the pixels of a JPEG begin; 0 where its segments do not lead there."""
    at = len(JPEG)
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF:
        marker = jpeg[at + 1]
        if marker == SCAN:
            return at
        if marker == 0xFF:
            at += 1
        else:
            at += 2 if marker in ALONE else 2 + int.from_bytes(jpeg[at + 2 : at + 4])
    return 0
