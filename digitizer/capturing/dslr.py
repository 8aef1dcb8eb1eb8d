"""A DSLR or system camera on a USB cable, through the program ``gphoto2``: each look is one release of its shutter.

The program runs anew for each look and is ended where it does not answer: a process of its own, as other cameras have. It gives the camera
back between looks, so that it goes to sleep and wakes by its own rules. See gphoto2(1); what it says on stderr tells its faults apart.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from digitizer.capturing import pixels
from digitizer.capturing.health import Condition
from digitizer.capturing.shown import describe
from digitizer.errors import PhotoError

PROGRAM = "gphoto2"
PREFIX = "gphoto2:"
RELEASE = ("--quiet", "--stdout", "--force-overwrite", "--capture-image-and-download")
"""Release the shutter, write the file's bytes to stdout, and keep none on the card where the camera allows that."""

SPARE_S = 1.0
"""By how much the program is ended before whoever waits for it gives up."""

FAULTS = (
    (r"no camera found|unknown port|could not detect|not find the requested device", "is not there", "Switch it on, check its cable."),
    (r"claim|busy|lock", "is held by another program", "Close it, or end gvfs-gphoto2-volume-monitor, which desktops start."),
    (r"focus|0x2019|ptp timeout|out of focus", "cannot focus", "Set its lens to manual focus, focus once, and leave it."),
    (r"battery|power", "has no power", "Put it on mains."),
)
"""What ``gphoto2`` says of a camera that takes no picture, what that means, and what to do."""

Answer = tuple[dict[str, Any], bytes | None]


class Dslr:
    """Answers looks as the process of a camera does. ``spec``: ``gphoto2:``, with a port (``usb:001,005``) or a model behind it."""

    def __init__(self, spec: str) -> None:
        which = spec.removeprefix(PREFIX)
        self._which = () if not which else ("--port", which) if re.match(r"(usb|ptpip|serial):", which) else ("--camera", which)
        self._running: subprocess.Popen[bytes] | None = None

    def ask(self, message: Mapping[str, Any], data: bytes | None = None, timeout_s: float = 30.0) -> Answer:  # noqa: ARG002  a child's
        """Take one picture. Raises ``TimeoutError`` where the camera hangs."""
        program = shutil.which(PROGRAM)
        if program is None:
            return _told(Condition.GONE, "cannot be used", "The program gphoto2 is not installed.", "Install it: apt-get install gphoto2.")
        jpeg, complaint = self._release([program, *RELEASE, *self._which], timeout_s - SPARE_S)
        if not jpeg:
            return _fault(complaint)
        try:
            said, block = pixels.ask("pixels", jpeg, "its picture")
        except PhotoError as error:
            return _told(Condition.GARBLED, "sends no usable picture", str(error), "Set it to JPEG: raw files are not read.")
        frame = np.frombuffer(block or b"", np.uint8).reshape(said["height"], said["width"], 3)
        return {"taken_at": time.time(), **describe(frame)}, jpeg

    def stop(self) -> None:
        """End the program, if it runs."""
        process, self._running = self._running, None
        if process is None or process.poll() is not None:
            return
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def _release(self, command: list[str], within_s: float) -> tuple[bytes, str]:
        """The bytes of the picture, and what was said where there is none."""
        environ = {**os.environ, "LC_ALL": "C"}  # its words are read below
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, env=environ, start_new_session=True)
        self._running = process
        try:
            jpeg, complaint = process.communicate(timeout=within_s)
        except subprocess.TimeoutExpired:
            raise TimeoutError from None
        finally:
            self.stop()
        return (jpeg if process.returncode == 0 else b""), complaint.decode("utf-8", "replace")


def _fault(complaint: str) -> Answer:
    """A refusal by what ``gphoto2`` said; only its first line is repeated, for the rest is advice to programmers."""
    lines = [line.strip(" *") for line in complaint.splitlines() if line.strip(" *")]
    evidence = f'gphoto2 says: "{lines[0][:160]}".' if lines else "gphoto2 gave no picture and said nothing."
    for pattern, what, remedy in FAULTS:
        if re.search(pattern, complaint, re.IGNORECASE):
            return _told(Condition.GONE, what, evidence, remedy)
    return _told(Condition.SILENT, "gives no picture", evidence, "Switch it off and on again.")


def _told(condition: Condition, what: str, evidence: str, remedy: str) -> Answer:
    return {"refused": "told", "condition": condition.value, "what": what, "evidence": evidence, "remedy": remedy}, None
