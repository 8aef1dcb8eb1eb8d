"""A photo of a mounted camera that shows nothing new is known by a small picture of it, before it is decoded in full.

JPEGs are decoded to a half, a quarter or an eighth by their low coefficients alone (libjpeg, "scale_num" in its libjpeg.txt),
in half the time of all pixels; and what the photo shows need not be looked for again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from digitizer import capture, patch, refresh
from digitizer.model import Digitization, Photo
from digitizer.settings import RefreshSettings

KEPT = 4
"""Small pictures that are kept: the last looks at two boards, and those that changed nothing in the schedule. Each takes 2 MB."""


class Glances:
    """Remembers small pictures of the photos that were looked at last."""

    def __init__(self, settings: RefreshSettings | None = None) -> None:
        self._settings = settings or RefreshSettings()
        self._kept: dict[str, Photo] = {}

    def again(self, data: bytes, name: str, taken_at: datetime, last: Digitization | None) -> Digitization | None:
        """The ``last`` look at the time of the photo file ``data``, where that shows the same; None where it must be looked at in full.

        The picture of ``last`` stays the one that later photos are compared with, so that slow drift cannot add up. Raises ``PhotoError``.
        """
        glance = capture.decode(data, name, taken_at, long_side_px=self._settings.look_px)
        before = self._kept.get(last.photo.sha256) if last else None
        if last is not None and before is not None and last.labels.finished and _shows_the_same(glance, before, last):
            reading = replace(last.reading, photo_sha256=glance.sha256, taken_at=glance.taken_at)
            return replace(last, photo=replace(last.photo, name=name, taken_at=glance.taken_at), reading=reading)
        self._kept[glance.sha256] = glance
        while len(self._kept) > KEPT:
            self._kept.pop(next(iter(self._kept)))
        return None


def _shows_the_same(glance: Photo, before: Photo, last: Digitization) -> bool:
    """Whether the camera stands where it stood and nothing changed on the sheet, in light that is about the same."""
    found = refresh.compare(glance, before)
    if found is None:
        return False
    share = glance.image.shape[1] / last.photo.image.shape[1]
    found = replace(found, scale=found.scale * share, shift_px=found.shift_px / share)  # from pixels of the glance to those of the photo
    if not refresh.same_view(found):
        return False
    part = patch.changed_part(found, last)
    return part is not None and len(part.blobs_mm) == 0
