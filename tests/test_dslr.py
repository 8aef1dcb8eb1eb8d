"""A DSLR through the program gphoto2: what it gives, how its faults are told apart, that a hanging one is ended."""

from __future__ import annotations

import os
import select
import stat
from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from digitizer.capturing.camera import Camera
from digitizer.capturing.dslr import Dslr
from digitizer.capturing.health import CameraFault, Condition, Report
from digitizer.capturing.sources import Pace, shots, source_name
from digitizer.errors import SourceError
from digitizer.settings import CaptureSettings


@pytest.fixture
def gphoto2(tmp_path, monkeypatch):
    """Put a program of that name on the PATH: call with its shell script. What it was called with is in ``arguments``."""
    shelf = tmp_path / "bin"
    shelf.mkdir()
    for number in range(4):
        noise = np.random.default_rng(number).normal(0, 4, (600, 800, 3))
        scene = np.full((600, 800, 3), 150.0)
        scene[:, 300:500] = 60
        cv2.imwrite(str(tmp_path / f"{number}.jpg"), np.clip(scene + noise, 0, 255).astype(np.uint8))
    monkeypatch.setenv("PATH", f"{shelf}:{os.environ['PATH']}")

    def write(script: str) -> Path:
        path = shelf / "gphoto2"
        path.write_text(f'#!/bin/sh\ncd "{tmp_path}"\necho "$@" >> arguments\n{script}\n', encoding="utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return tmp_path

    return write


NEXT = "n=$(($(wc -l < arguments) - 1)); cat $n.jpg"
"""A camera whose every picture has noise of its own."""


def looked(spec: str = "gphoto2:", settings: CaptureSettings | None = None) -> Camera:
    """A camera as a source opens it."""
    return Camera(spec, settings or CaptureSettings(), Dslr(spec))


def test_a_picture_is_the_cameras_own_file(gphoto2):
    """Its very bytes, EXIF and all, not encoded again."""
    folder = gphoto2(NEXT)
    look = looked().look()
    assert look.jpeg == (folder / "0.jpg").read_bytes()
    assert look.dark == ""


@pytest.mark.parametrize(
    ("spec", "option"),
    [("gphoto2:", ""), ("gphoto2:usb:001,005", "--port usb:001,005"), ("gphoto2:Canon EOS 80D", "--camera Canon EOS 80D")],
)
def test_one_of_several_is_named_by_port_or_model(gphoto2, spec, option):
    """The picture comes through stdout; nothing is written to disk."""
    folder = gphoto2(NEXT)
    looked(spec).look()
    asked = (folder / "arguments").read_text().strip()
    assert "--stdout" in asked
    assert asked.endswith(f"--capture-image-and-download {option}".strip())


def test_without_the_program_it_says_what_to_install(monkeypatch, tmp_path):
    """At the start, with the command; not a traceback of a file that is missing."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceError, match=r"gphoto2 is not installed. Install it: apt-get install gphoto2"):
        next(shots("gphoto2:"))


@pytest.mark.parametrize(
    ("says", "condition", "told"),
    [
        ("*** Error: No camera found. ***", Condition.GONE, "is not there"),
        ("*** Error (-53: 'Could not claim the USB device') ***", Condition.GONE, "held by another program"),
        ("ERROR: Canon EOS Capture failed: 0x2019 (Device Busy) out of focus", Condition.GONE, "held by another program|cannot focus"),
        ("*** Error (-1: 'Unspecified error') ***", Condition.SILENT, "gives no picture"),
        ("", Condition.SILENT, "said nothing"),
    ],
)
def test_what_it_complains_of_is_told_with_a_remedy(gphoto2, says, condition, told):
    """In the words of a state that the review page knows, with what gphoto2 said."""
    gphoto2(f'echo "{says}" >&2; exit 1')
    with pytest.raises(CameraFault, match=told) as caught:
        looked().look()
    assert caught.value.condition is condition
    assert says.strip("* ")[:20] in str(caught.value)


def test_a_raw_file_is_told_as_such(gphoto2):
    """The camera is set to a format that is not read."""
    gphoto2("printf 'II*\\0no photo at all'")
    with pytest.raises(CameraFault, match="Set it to JPEG") as caught:
        looked().look()
    assert caught.value.condition is Condition.GARBLED


def ended(process, within_s=5):
    """Whether a process that was told to end has: the kernel takes its moment."""
    try:
        descriptor = os.pidfd_open(process)
    except ProcessLookupError:
        return True
    gone, _, _ = select.select([descriptor], [], [], within_s)
    os.close(descriptor)
    return bool(gone)


def test_a_camera_that_hangs_is_ended(gphoto2):
    """With all that it started, within its time; the next look starts it anew."""
    folder = gphoto2("sleep 600 & echo $! > child; wait")
    camera = looked(settings=CaptureSettings(camera_s=-3.0, burst_s=0.0))  # a camera has 5 s more than its settings say
    with pytest.raises(CameraFault, match="hangs") as caught:
        camera.look()
    assert caught.value.condition is Condition.SILENT
    child = int((folder / "child").read_text())
    assert ended(child)


def test_it_comes_back_by_itself(gphoto2):
    """A cable that is pulled and put back: the state goes with the first picture, after a pause that grows."""
    gphoto2(f'if [ $(wc -l < arguments) = 2 ]; then echo "*** Error: No camera found. ***" >&2; exit 1; fi; {NEXT}')
    told: list[Report] = []
    pauses: list[float] = []
    coming = shots("gphoto2:", 30.0, pace=Pace(wait=pauses.append), tell=told.append)
    first, second = next(coming), next(coming)
    coming.close()
    assert [report.condition for report in told] == [Condition.LOOKING, Condition.GONE, Condition.LOOKING]
    assert second.taken_at - first.taken_at < timedelta(minutes=1)
    assert pauses[1] == CaptureSettings().back_off_s[0]


def test_its_name_is_fit_for_people():
    """In logs and on the review page."""
    assert source_name("gphoto2:") == "DSLR"
    assert source_name("gphoto2:usb:001,005") == "DSLR usb:001,005"
