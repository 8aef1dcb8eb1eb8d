"""The process that holds a camera or stream open: it drains frames all the time, so that a look is never an old one."""

from __future__ import annotations

import hashlib
import os
import socket
import sys
import threading
import time
from typing import Any

import cv2
import numpy as np

from calibration.rig import Image
from digitizer.capturing import channel
from digitizer.capturing.channel import ChannelError

JPEG = [cv2.IMWRITE_JPEG_QUALITY, 95, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
"""Ink is thin and coloured: halved colour would smear it, a lower quality would ring around it."""

LARGEST = 10000
"""Asked for as width and height, a driver gives the largest it has."""


class Grabber:
    """Reads the camera in a thread of its own. Frames are unpacked only while somebody waits for one."""

    def __init__(self, spec: str) -> None:
        self._spec = spec
        self._changed = threading.Condition()
        self._frame: Image | None = None
        self._wanted, self._taken_at, self._open = False, 0.0, True
        self._began = time.monotonic()
        threading.Thread(target=self._run, daemon=True).start()

    def newest(self, within_s: float) -> tuple[Image, float] | None:
        """The first frame that arrives after this call, and its time in seconds of the epoch; None where none does."""
        with self._changed:
            self._wanted, self._frame = True, None
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._frame is not None or not self._open, within_s)
            return None if self._frame is None else (self._frame, self._taken_at)

    def why_none(self) -> dict[str, Any]:
        """Why the last call brought no frame: it could not be opened, or it was and stays silent."""
        return {"refused": "frame" if self._open else "open", "open_s": time.monotonic() - self._began}

    def _run(self) -> None:
        """Read until the end. What ends after a frame is the address of a snapshot, or lost its line: it is opened again when wanted."""
        while self._read_to_end():
            with self._changed:
                self._changed.wait_for(lambda: self._wanted)
        with self._changed:
            self._open = False
            self._changed.notify_all()

    def _read_to_end(self) -> bool:
        camera, frames = _open(self._spec), 0
        while camera.isOpened() and camera.grab():
            frames += 1
            if self._wanted:
                self._hand_out(*camera.retrieve())
        camera.release()
        return frames > 0

    def _hand_out(self, good: bool, frame: cv2.typing.MatLike) -> None:
        if not good:
            return
        with self._changed:
            self._frame, self._taken_at, self._wanted = np.asarray(frame, np.uint8), time.time(), False
            self._changed.notify_all()


def _open(spec: str) -> cv2.VideoCapture:
    if not spec.isdigit():
        return cv2.VideoCapture(spec, cv2.CAP_FFMPEG)
    camera = cv2.VideoCapture(int(spec), cv2.CAP_V4L2)
    camera.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))  # raw frames of full size do not fit through USB 2
    camera.set(cv2.CAP_PROP_FRAME_WIDTH, LARGEST)
    camera.set(cv2.CAP_PROP_FRAME_HEIGHT, LARGEST)
    return camera


def describe(frame: Image) -> dict[str, Any]:
    """What tells a blackout or a freeze: mean and spread of its gray (0..255), a digest of its pixels."""
    mean, spread = cv2.meanStdDev(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY))
    digest = hashlib.blake2b(np.ascontiguousarray(frame).data, digest_size=16).hexdigest()
    return {"mean": float(mean[0, 0]), "spread": float(spread[0, 0]), "digest": digest}


def serve(link: socket.socket, spec: str) -> None:
    """Answer looks until the other side closes."""
    grabber = Grabber(spec)
    while True:
        try:
            request, _ = channel.receive(link)
        except ChannelError:
            return
        found = grabber.newest(request["within_s"])
        if found is None:
            channel.send(link, grabber.why_none())
            continue
        frame, taken_at = found
        channel.send(link, {"taken_at": taken_at} | describe(frame), [cv2.imencode(".jpg", frame, JPEG)[1].tobytes()])


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[2])), sys.argv[1])
    os._exit(0)  # the thread that reads may hang in a driver: nothing is left to tidy up
