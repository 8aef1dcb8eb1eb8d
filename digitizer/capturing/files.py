"""A photo's file: its bytes, never more of them than a photo may have, and its name as it can be told and stored."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from digitizer.settings import CaptureSettings

MOST_BYTES = CaptureSettings().max_file_mb << 20

UNKNOWN = "\ufffd"
"""What stands for a sign that cannot be shown."""


def read(path: Path) -> bytes:
    """The bytes of a file; of one that is longer than a photo may be, one byte more than that, by which it is refused.

    A film beside the photos, or a device that never ends, would fill the memory else. Raises ``OSError``.
    """
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)


def name_of(path: Path) -> str:
    """A file's name on one line; see ``readable``."""
    return readable(path.name)


def readable(text: str) -> str:
    """A text of the file system without what neither UTF-8 nor a line can hold: names there are bytes, of older cameras in other codes."""
    shown = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(UNKNOWN if unicodedata.category(sign) == "Cc" else sign for sign in shown)
