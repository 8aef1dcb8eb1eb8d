"""Draw the organizer's picture of the kit: some of its pages side by side. Run by ``make picture``."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from calibration.rig import Image
from digitizer.event import parse_event
from digitizer.kit.make import kit_pages
from digitizer.kit.order import Order
from digitizer.kit.raster import to_picture
from digitizer.kit.typeface import load_typeface

PICTURE = Path(__file__).with_suffix(".jpg")
EVENT = """
[event]
name = "Unconference 2026"
timezone = "Europe/Berlin"
[[board]]
id = "friday"
date = 2026-11-27
rooms = ["Aula", "Küche", "306", "307"]
slots = ["10:00", "11:00", "12:00", "14:00", "15:00", "16:00"]
"""
SHOWN = ("How to use this kit", "Corners of board friday", "Rooms of board friday", "Topic cards 001 to 004")
PX_PER_MM = 2.4
GAP_PX = 18
GROUND = 232
"""Gray around the pages."""


def main() -> None:
    """Draw the pages in one row, on gray."""
    typeface = load_typeface()
    order = Order(parse_event(EVENT), typeface, "a4", "https://schedule.example.org", range(1, 5))
    pages = {page.name: page for page in kit_pages(order)}
    pictures = [to_picture(pages[name], PX_PER_MM, typeface) for name in SHOWN]
    height = max(picture.shape[0] for picture in pictures)
    row = np.hstack([_framed(picture, height) for picture in pictures])
    PICTURE.write_bytes(cv2.imencode(".jpg", row, [cv2.IMWRITE_JPEG_QUALITY, 88])[1].tobytes())


def _framed(picture: Image, height: int) -> Image:
    """A page in the middle of a gray strip of that height and a margin."""
    spare = height - picture.shape[0]
    above = GAP_PX + spare // 2
    return np.asarray(
        cv2.copyMakeBorder(
            picture, above, 2 * GAP_PX + spare - above, GAP_PX // 2, GAP_PX // 2, cv2.BORDER_CONSTANT, value=(GROUND, GROUND, GROUND)
        ),
        dtype=np.uint8,
    )


if __name__ == "__main__":
    main()
