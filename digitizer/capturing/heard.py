"""What a stream's decoder says while it opens an address: whether a login was refused is told nowhere else."""

from __future__ import annotations

import ctypes
import os
import re
import sys
from collections.abc import Callable
from tempfile import TemporaryFile

import cv2

LEVEL = ("OPENCV_FFMPEG_LOGLEVEL", "24")
"""Warnings: that a login was refused is one over HTTP, and an error over RTSP."""

REFUSED = re.compile(r"\b(?:error|failed:|returned) 40[13]\b", re.IGNORECASE)

MOST_HEARD = 1 << 16
"""Bytes of what is said that are looked at: a refusal is among the first lines."""


class Ear:
    """Listens to a process's own standard output, where OpenCV has FFmpeg's messages printed. Only where nothing else is printed."""

    def __init__(self) -> None:
        """From now on nothing reaches standard output but what is heard; where faults are looked for that goes to standard error."""
        os.environ.setdefault(*LEVEL)
        self._elsewhere = os.dup(2) if os.environ.get("BOARDCAST_DEBUG") == "1" else os.open(os.devnull, os.O_WRONLY)
        self._libc = ctypes.CDLL(None)
        self._turn(self._elsewhere)
        self.is_login_refused = False

    def listen(self, opening: Callable[[], cv2.VideoCapture]) -> cv2.VideoCapture:
        """Open an address; note whether it refused the login."""
        with TemporaryFile(buffering=0) as said:
            self._turn(said.fileno())
            try:
                camera = opening()
            finally:
                self._turn(self._elsewhere)
            text = os.pread(said.fileno(), MOST_HEARD, 0)
        os.write(self._elsewhere, text)
        self.is_login_refused = not camera.isOpened() and REFUSED.search(text.decode("utf-8", "replace")) is not None
        return camera

    def _turn(self, to: int) -> None:
        """Have what is printed go there from now on; what was printed before may wait in a buffer."""
        sys.stdout.flush()
        self._libc.fflush(None)
        os.dup2(to, 1)
