"""One look at a photo: the board's plane square on, and the lines drawn on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from calibration.plane import resizing
from calibration.rig import Floats, Image, readonly
from digitizer import cores
from digitizer.grid.arrays import Lab
from digitizer.grid.plane import Plane, flatten
from digitizer.grid.ridges import Lines, find_lines
from digitizer.grid.segments import find_segments, vanishing_point
from digitizer.settings import LocateSettings


@dataclass(frozen=True, eq=False)
class View:
    """What is seen of the plane.

    ``lab`` HxWx3 of the ``plane``; ``across``: lines that run down, placed along x; ``down``: lines that run across;
    ``photo_from_plane`` 3x3.
    """

    plane: Plane
    lab: Lab
    across: Lines
    down: Lines
    photo_from_plane: Floats


def looks(image: Image, settings: LocateSettings) -> Iterator[View]:
    """Looks at an HxWx3 BGR photo: directions from brightness first, then from colour, where tape is as bright as the board."""
    scale = min(1.0, settings.work_px / max(image.shape[:2]))
    work = _shrunk(image, scale)
    photo_from_work = resizing((work.shape[1], work.shape[0]), (image.shape[1], image.shape[0]))
    for gray in _channels(work, settings):
        plane = _plane(work, gray, settings)
        if plane is not None:
            yield _view(plane, photo_from_work, settings)


def _shrunk(image: Image, scale: float) -> Image:
    if scale >= 1:
        return image
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _channels(work: Image, settings: LocateSettings) -> Iterator[Image]:
    """Gray pictures in which straight edges are looked for, the likeliest first."""
    scale = min(1.0, settings.edge_px / max(work.shape[:2]))
    small = _shrunk(work, scale)
    yield np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
    lab = cv2.cvtColor(small, cv2.COLOR_BGR2Lab)
    for channel in (1, 2):
        stretched = (lab[..., channel].astype(np.float32) - 128) * 3 + 128
        yield np.clip(stretched, 0, 255).astype(np.uint8)


def _plane(work: Image, gray: Image, settings: LocateSettings) -> Plane | None:
    segments = find_segments(gray, settings)
    across, down = vanishing_point(segments, True, settings), vanishing_point(segments, False, settings)
    return flatten(work, segments, across, down, settings) if across and down else None


def _view(plane: Plane, photo_from_work: Floats, settings: LocateSettings) -> View:
    some = plane.image.reshape(-1, 3)[np.flatnonzero(plane.seen)[::50]]
    gain = np.clip(settings.bright / max(float(np.quantile(some, 0.9)), 1.0), 1, settings.max_gain) / 255
    lab = np.asarray(cv2.cvtColor(plane.image.astype(np.float32) * np.float32(gain), cv2.COLOR_BGR2Lab), dtype=np.float32)
    across, down = cores.each(lambda is_down: find_lines(lab, is_down, settings), (True, False))
    return View(plane, readonly(lab), across, down, readonly(photo_from_work @ plane.work_from_plane))
