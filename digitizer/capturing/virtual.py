"""A camera that plays a folder, with faults by script: for rehearsals, demos and tests. It needs no hardware and no process."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import cv2
import numpy as np

from calibration.rig import Image
from digitizer.capturing.child import ChildFell
from digitizer.capturing.folder import SUFFIXES
from digitizer.capturing.grabber import answer
from digitizer.errors import SourceError
from digitizer.settings import CaptureSettings

NOISE_GRAY = 2.0
"""Standard deviation of the sensor that is played, in gray levels."""

DARK_GRAY = 3.0
"""What a sensor gives without light."""

ACTS = ("play", "hold", "freeze", "unplug", "silent", "slow", "crash", "dark", "cover", "torn", "garbage")
"""What a script may say, a look each: the next photo; the same again; the same in every pixel; and the faults."""

Answer = tuple[dict[str, Any], bytes | None]


class Player:
    """Answers looks as the process of a camera does, and fails as it does."""

    def __init__(self, folder: Path, script: str = "", *, now: Callable[[], float] = time.time) -> None:
        """``script`` is acts with commas between them, each with how often: ``play*2,freeze*4,hold``. After it photos are played.

        The last photo stays. ``now`` gives seconds of the epoch. Raises ``SourceError`` where folder or script make no sense.
        """
        self._photos = sorted(path for path in folder.glob("*") if path.suffix.lower() in SUFFIXES)
        if not self._photos:
            raise SourceError(f"There is nothing to play in {folder}.", "It holds no photo.", "Give a folder with JPEGs.")
        self._acts, self._now = _acts(script), now
        self._shown, self._looks = -1, 0
        self._frame: Image | None = None

    @classmethod
    def of(cls, spec: str) -> Player:
        """The player of an address: ``virtual:FOLDER``, or ``virtual:FOLDER?script=...``."""
        folder, _, query = spec.removeprefix("virtual:").partition("?")
        return cls(Path(folder), parse_qs(query).get("script", [""])[0])

    def ask(self, message: Mapping[str, Any], data: bytes | None = None, timeout_s: float = 30.0) -> Answer:  # noqa: ARG002  a child's
        """The next act. Raises ``TimeoutError`` and ``ChildFell`` where that is the act."""
        act = next(self._acts, "play")
        self._looks += 1
        if act == "slow":
            raise TimeoutError
        if act == "crash":
            raise ChildFell("SIGSEGV")
        if act in ("unplug", "silent"):
            return {"refused": "open" if act == "unplug" else "frame", "open_s": timeout_s}, None
        said, jpeg = answer([self._picture(act)], CaptureSettings())
        return {"taken_at": self._now()} | said, b"\xff\xd8 no photo" if act == "garbage" else jpeg

    def stop(self) -> None:
        """A player holds nothing open."""

    def _picture(self, act: str) -> Image:
        if act == "freeze" and self._frame is not None:
            return self._frame
        self._shown = min(self._shown + (act == "play"), len(self._photos) - 1)
        photo = np.asarray(cv2.imread(str(self._photos[max(0, self._shown)]), cv2.IMREAD_COLOR), np.uint8)
        if act == "cover":
            return np.full_like(photo, 90)
        frame = self._noisy(np.full(photo.shape, DARK_GRAY, np.uint8) if act == "dark" else photo)
        if act == "torn":
            frame[photo.shape[0] // 2 :] = 128
            return frame
        self._frame = self._frame if act == "dark" else frame
        return frame

    def _noisy(self, photo: Image) -> Image:
        """The photo as this look's sensor would give it: no two looks are alike, the same look always is."""
        noise = np.random.default_rng(self._looks).standard_normal(photo.shape, np.float32) * NOISE_GRAY
        return np.asarray(cv2.add(photo, noise.round().astype(np.int16), dtype=cv2.CV_8U), np.uint8)


def _acts(script: str) -> Iterator[str]:
    """Each act as often as it is to be played. Raises ``SourceError``."""
    acts = []
    for part in filter(None, script.split(",")):
        found = re.fullmatch(rf"({'|'.join(ACTS)})(?:\*(\d{{1,5}}))?", part.strip())
        if found is None:
            raise SourceError(f'The script says "{part}".', f"Acts are: {', '.join(ACTS)}.", "Write them as play*2,freeze*4.")
        acts += [found[1]] * int(found[2] or 1)
    return iter(acts)
