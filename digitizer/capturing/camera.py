"""A camera or stream, held open by a process of its own: drivers and network streams hang, and a process can be ended."""

from __future__ import annotations

import mmap
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from digitizer.capturing.child import Child, ChildFell
from digitizer.errors import SourceError
from digitizer.settings import CaptureSettings


@dataclass(frozen=True)
class Look:
    """One frame: JPEG bytes, and when it was taken (UTC)."""

    jpeg: bytes
    taken_at: datetime


class Camera:
    """A camera by device number or address. Frames that show nothing, and frames that repeat, are failures."""

    def __init__(self, spec: str, settings: CaptureSettings) -> None:
        """Nothing is opened before the first ``look``."""
        self.spec, self.settings = spec, settings
        self.name = f"camera {spec}" if spec.isdigit() else re.sub(r"//[^/@]*@", "//", spec)  # no password in names or logs
        self.has_seen = False
        self._child = Child("digitizer.capturing.grabber", spec)
        self._last, self._repeats = "", 0

    def look(self) -> Look:
        """The newest frame. Raises ``SourceError``; the camera is then closed, and the next look opens it again."""
        try:
            answer, block = self._ask()
            if block is None:
                raise self._refused(answer)
            self._check(answer)
        except SourceError:
            self.close()
            raise
        self.has_seen = True
        return Look(bytes(block), datetime.fromtimestamp(answer["taken_at"], UTC))

    def close(self) -> None:
        """Give the camera back to other programs."""
        self._child.stop()

    def _ask(self) -> tuple[dict[str, Any], mmap.mmap | None]:
        deadline_s = self.settings.camera_s + 5  # the child knows best why no frame came: it may answer first
        try:
            return self._child.ask({"ask": "look", "within_s": self.settings.camera_s}, timeout_s=deadline_s)
        except TimeoutError:
            raise self._error("hangs", f"It gave no frame within {deadline_s:.0f} s.") from None
        except ChildFell as fall:
            raise self._error("broke down", f"Its driver ended: {fall}.") from fall

    def _check(self, answer: dict[str, Any]) -> None:
        """Blackout and freeze, by the numbers that came with a frame."""
        mean, spread = answer["mean"], answer["spread"]
        if mean < self.settings.dark_gray and spread < self.settings.dark_spread:
            raise self._error("shows nothing", f"Its frame has a mean gray of {mean:.1f} and a spread of {spread:.1f}.", "Is its lid open?")
        self._repeats = self._repeats + 1 if answer["digest"] == self._last else 0
        self._last = answer["digest"]
        if self._repeats + 1 >= self.settings.freeze_looks:
            raise self._error("is frozen", f"Its last {self._repeats + 1} frames are the same in every pixel.")

    def _refused(self, answer: dict[str, Any]) -> SourceError:
        if answer["refused"] == "frame":
            return self._error("gives no frame", f"It was open for {answer['open_s']:.0f} s.")
        if not self.spec.isdigit():
            return self._error("cannot be opened", "Nothing there answers with a video stream.", "Try the address in a video player.")
        present = ", ".join(sorted(p.name.removeprefix("video") for p in Path("/dev").glob("video*"))) or "none"
        return self._error("cannot be opened", f"Cameras on this machine: {present}.", "Close other programs that use it.")

    def _error(self, what: str, evidence: str, remedy: str = "Check its cable, power and network.") -> SourceError:
        return SourceError(f"{self.name[0].upper()}{self.name[1:]} {what}.", evidence, remedy)
