"""The process that holds a camera or stream open: it drains frames all the time, so that a look is never an old one."""

from __future__ import annotations

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
from digitizer.capturing.address import why_closed
from digitizer.capturing.channel import ChannelError
from digitizer.capturing.heard import Ear
from digitizer.capturing.shown import combine, describe
from digitizer.settings import CaptureSettings

JPEG = [cv2.IMWRITE_JPEG_QUALITY, 95, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
"""Ink is thin and coloured: halved colour would smear it, a lower quality would ring around it."""

LARGEST = 10000
"""Asked for as width and height, a driver gives the largest it has."""

WARM_FRAMES = 15
"""Frames of a webcam that are passed over after it was opened: its exposure and white balance settle in half a second."""

ASK_S = 3.0
"""Seconds in which an address that cannot be opened has to say why: beside those for a frame, the other side must not lose patience."""


class Grabber:
    """Reads the camera in a thread of its own. Frames are unpacked only while somebody waits for them."""

    def __init__(self, spec: str) -> None:
        self._spec, self._ear = spec, Ear()
        self._changed = threading.Condition()
        self._frames: list[Image] = []
        self._missing, self._not_before, self._taken_at, self._open = 0, 0.0, 0.0, True
        self._gap_s = 0.0
        self._began = time.monotonic()
        threading.Thread(target=self._run, daemon=True).start()

    def newest(self, within_s: float, count: int, gap_s: float, burst_s: float) -> tuple[list[Image], float]:
        """The first frames that arrive after this call, ``gap_s`` apart, and the time of the last in seconds of the epoch.

        As many of ``count`` as come in ``burst_s`` after the first; none where none comes ``within_s``.
        """
        with self._changed:
            self._missing, self._frames, self._gap_s, self._not_before = count, [], gap_s, 0.0
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._frames or not self._open, within_s)
            self._changed.wait_for(lambda: not self._missing or not self._open, burst_s if self._frames else 0)
            self._missing = 0
            return self._frames, self._taken_at

    def why_none(self) -> dict[str, Any]:
        """Why the last call brought no frame: it could not be opened, or it was and stays silent."""
        if self._open:
            return {"refused": "frame", "open_s": time.monotonic() - self._began}
        if self._spec.isdigit():
            return {"refused": "open"}
        return {"refused": "open", "told": why_closed(self._spec, ASK_S), "login_refused": self._ear.is_login_refused}

    def _run(self) -> None:
        """Read until the end. What ends after a frame is the address of a snapshot, or lost its line: it is opened again when wanted."""
        while self._read_to_end() or self._makes_do():
            with self._changed:
                self._changed.wait_for(lambda: self._missing)
        with self._changed:
            self._open = False
            self._changed.notify_all()

    def _makes_do(self) -> bool:
        """Whether the last look has a picture, though another so soon after it was refused: some cameras take one picture a second."""
        with self._changed:
            if not self._frames:
                return False
            self._missing = 0
            self._changed.notify_all()
            return True

    def _read_to_end(self) -> bool:
        camera, frames = self._ear.listen(lambda: _open(self._spec)), 0
        warm = WARM_FRAMES if self._spec.isdigit() else 0
        while camera.isOpened() and camera.grab():
            frames += 1
            if self._missing and frames > warm and time.monotonic() >= self._not_before:
                self._hand_out(*camera.retrieve())
        camera.release()
        return frames > 0

    def _hand_out(self, good: bool, frame: cv2.typing.MatLike | None) -> None:
        with self._changed:
            if not good or frame is None or not self._missing:
                return
            self._frames.append(np.array(frame, np.uint8))
            self._taken_at, self._missing, self._not_before = time.time(), self._missing - 1, time.monotonic() + self._gap_s
            self._changed.notify_all()


def _open(spec: str) -> cv2.VideoCapture:
    if not spec.isdigit():
        return cv2.VideoCapture(spec, cv2.CAP_FFMPEG)
    camera = cv2.VideoCapture(int(spec), cv2.CAP_V4L2)
    camera.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))  # raw frames of full size do not fit through USB 2
    camera.set(cv2.CAP_PROP_FRAME_WIDTH, LARGEST)
    camera.set(cv2.CAP_PROP_FRAME_HEIGHT, LARGEST)
    return camera


def answer(frames: list[Image], settings: CaptureSettings) -> tuple[dict[str, Any], bytes | None]:
    """What is said of a look's frames, and its picture as JPEG; a refusal where all of them are torn."""
    picture = combine(frames, settings)
    if picture is None:
        return {"refused": "torn", "frames": len(frames)}, None
    return describe(frames[-1]), cv2.imencode(".jpg", picture, JPEG)[1].tobytes()


def serve(link: socket.socket, spec: str) -> None:
    """Answer looks until the other side closes."""
    grabber, settings = Grabber(spec), CaptureSettings()
    while True:
        try:
            request, _ = channel.receive(link)
        except ChannelError:
            return
        frames, taken_at = grabber.newest(request["within_s"], settings.frames_a_look, settings.frame_gap_s, settings.burst_s)
        if not frames:
            channel.send(link, grabber.why_none())
            continue
        said, jpeg = answer(frames, settings)
        channel.send(link, {"taken_at": taken_at} | said, None if jpeg is None else [jpeg])


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[2])), sys.argv[1])
    os._exit(0)  # the thread that reads may hang in a driver: nothing is left to tidy up
