"""A camera or stream, held open by a process of its own: drivers and network streams hang, and a process can be ended."""

from __future__ import annotations

import mmap
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from digitizer.capturing.address import UNKNOWN, without_login
from digitizer.capturing.child import Child, ChildFell
from digitizer.capturing.files import readable
from digitizer.capturing.health import CameraFault, Condition
from digitizer.capturing.shown import stirred
from digitizer.settings import CaptureSettings


@dataclass(frozen=True)
class Look:
    """One picture: JPEG bytes, and when it was taken (UTC). ``dark``: why it is the dark and shows no board, empty by day."""

    jpeg: bytes
    taken_at: datetime
    dark: str = ""


Answer = tuple[dict[str, Any], bytes | mmap.mmap | None]
"""What was said of a look, and its picture as JPEG; none where the look is refused."""


PASSWORD = re.compile(r"([?&;][^=&;]*(?:us(?:e)?r|login|pass|pwd|token|key|auth|secret)[^=&;]*=)[^&;#]*", re.IGNORECASE)
"""What a query tells of who asks, as many cameras want it: ``?usr=admin&pwd=...``."""


DEVICE = re.compile(r"/dev/video(\d{1,3})")


def numbered(spec: str) -> str:
    """A camera that is named by its file, ``/dev/video0`` or a lasting name below ``/dev/v4l``, by its number; anything else as it is."""
    found = DEVICE.fullmatch(os.path.realpath(spec)) if spec.startswith("/dev/") else None
    return found[1] if found else spec


def source_name(spec: str) -> str:
    """What a source is called in names and logs: without the password that an address may hold, before its host or in its query.

    A password may itself hold an ``@``; the host stands behind the last one before the path, as video players take it.
    """
    spec = numbered(spec)
    if spec.startswith("gphoto2:"):
        return f"DSLR {spec.removeprefix('gphoto2:')}".strip()[:200]
    if re.fullmatch(r"\d{1,3}", spec):
        return f"camera {spec}"
    return PASSWORD.sub(r"\1...", without_login(readable(spec)))[:200]


class Holder(Protocol):
    """What holds a camera open and answers looks: a child process, or what plays one."""

    def ask(self, message: Mapping[str, Any], data: bytes | None = None, timeout_s: float = 30.0) -> Answer:
        """Answer a look. Raises ``TimeoutError`` or ``ChildFell``."""

    def stop(self) -> None:
        """Give the camera back."""


class Camera:
    """A camera by device number or address. Pictures that show nothing, and pictures that repeat, are faults; the dark is none."""

    def __init__(self, spec: str, settings: CaptureSettings, holder: Holder | None = None) -> None:
        """Nothing is opened before the first ``look``."""
        self.spec, self.settings = spec, settings
        self.name = source_name(spec)
        self.has_seen = False
        self._holder: Holder = holder or Child("digitizer.capturing.grabber", spec)
        self._last: str | None = None
        self._repeats = 0

    def look(self) -> Look:
        """The newest picture. Raises ``CameraFault``; the camera is then closed, and the next look opens it again."""
        try:
            answer, block = self._ask()
            if block is None:
                raise self._refused(answer)
            dark = self._check(answer)
        except CameraFault:
            self.close()
            raise
        self.has_seen = True
        return Look(bytes(block), datetime.fromtimestamp(answer["taken_at"], UTC), dark)

    def close(self) -> None:
        """Give the camera back to other programs."""
        self._holder.stop()

    def _ask(self) -> Answer:
        deadline_s = self.settings.camera_s + self.settings.burst_s + 5  # the child knows best why no frame came: it may answer first
        try:
            return self._holder.ask({"ask": "look", "within_s": self.settings.camera_s}, timeout_s=deadline_s)
        except TimeoutError:
            raise self._fault(Condition.SILENT, "hangs", f"It gave no picture within {deadline_s:.0f} s.") from None
        except ChildFell as fall:
            raise self._fault(Condition.SILENT, "broke down", f"Its driver ended: {fall}.") from fall

    def _check(self, answer: Mapping[str, Any]) -> str:
        """Covered and frozen, by the numbers that came with a picture; what there is to say of a dark one."""
        level, spread = answer["level"], answer["spread"]
        if level < self.settings.dark_gray:
            self._last, self._repeats = None, 0
            return f"{self._name()} is in the dark. Nine tenths of its picture have a gray of {level:.0f} of 255 or less."
        if spread < self.settings.blank_spread:
            evidence = f"Its picture has one colour all over: its gray spreads by {spread:.1f}."
            raise self._fault(Condition.COVERED, "shows nothing", evidence, "Uncover its lens.")
        self._check_repeats(answer["sample"])
        return ""

    def _check_repeats(self, sample: str) -> None:
        share = 1.0 if self._last is None else stirred(sample, self._last, self.settings)
        self._last = sample
        self._repeats = self._repeats + 1 if share < self.settings.stirred_share else 0
        if self._repeats + 1 >= self.settings.freeze_looks:
            evidence = f"Its last {self._repeats + 1} pictures are the same: {share:.1%} of their pixels differ."
            raise self._fault(Condition.FROZEN, "is frozen", evidence, "Take its power off and put it on again.")

    def _refused(self, answer: Mapping[str, Any]) -> CameraFault:
        if answer["refused"] == "told":
            return self._fault(Condition(answer["condition"]), answer["what"], answer["evidence"], answer["remedy"])
        if answer["refused"] == "torn":
            evidence = f"Of {answer['frames']} frames the lower part never came."
            return self._fault(Condition.GARBLED, "sends torn pictures", evidence, "Try another cable or a better network.")
        if answer["refused"] == "frame":
            return self._fault(Condition.SILENT, "gives no picture", f"It was open for {answer['open_s']:.0f} s.")
        if not self.spec.isdigit():
            return self._closed(answer)
        present = ", ".join(sorted(p.name.removeprefix("video") for p in Path("/dev").glob("video*"))) or "none"
        remedy = "Plug it in; close other programs that use it."
        return self._fault(Condition.GONE, "cannot be opened", f"Cameras on this machine: {present}.", remedy)

    def _closed(self, answer: Mapping[str, Any]) -> CameraFault:
        """An address that cannot be opened. One without a login has none that could be wrong."""
        evidence, remedy = answer.get("told", UNKNOWN)
        has_login = without_login(self.spec) != self.spec or PASSWORD.search(self.spec) is not None
        login_refused = has_login and bool(answer.get("login_refused"))
        remedy = f"{remedy} {self._patience()}" if login_refused else remedy
        return self._fault(Condition.GONE, "cannot be opened", evidence, remedy, login_refused=login_refused)

    def _patience(self) -> str:
        *first, before, last = (f"{seconds / 60:g}" for seconds in self.settings.login_back_off_s)
        return (
            f"It is tried again after {', '.join(first)} and {before}, then every {last} minutes, as many cameras lock out whoever gives a "
            'wrong password often. Once it is mended, start "boardcast watch" again.'
        )

    def _fault(
        self,
        condition: Condition,
        what: str,
        evidence: str,
        remedy: str = "Check its cable, power and network.",
        *,
        login_refused: bool = False,
    ) -> CameraFault:
        return CameraFault(condition, f"{self._name()} {what}.", evidence, remedy, login_refused=login_refused)

    def _name(self) -> str:
        """What begins a sentence: an address keeps its small letters."""
        if re.match(r"[a-z0-9+]+:", self.name):
            return f"The {'stream' if '://' in self.name else 'source'} {self.name}"
        return self.name[0].upper() + self.name[1:]
