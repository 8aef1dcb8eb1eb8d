"""Stock engines as they come, given what they cannot do themselves: perfect crops of each card, and its cell.

Title and handle are told apart by the only rule that needs no knowledge of cards: the line with an @ is the handle.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike

from calibration.rig import Image
from digitizer.errors import ReaderUnavailable

Engine = Callable[[Image], list[str]]
"""Lines of text in a BGR picture of one card, top to bottom."""


def engine(name: str) -> Engine:
    """The stock engine of that name. Raises ``ReaderUnavailable`` where it is unknown or not installed."""
    if name not in ENGINES:
        raise ReaderUnavailable(f'There is no engine "{name}".', remedy=f"Give some of {', '.join(ENGINES)}, reader as --versus.")
    return ENGINES[name]()


def cut(image: Image, card: Mapping[str, Any]) -> Image:
    """The perfect crop of a card of a truth: its polygon made upright, or its box."""
    if "bbox" in card:
        x, y, width, height = (round(v) for v in card["bbox"])
        return image[max(0, y) : y + height, max(0, x) : x + width]
    return straightened(image, card["polygon"])


def straightened(image: Image, polygon: ArrayLike) -> Image:
    """The quadrangle of 4x2 photo px, clockwise from its own top left, as an upright rectangle of its mean sides."""
    corners = np.asarray(polygon, dtype=np.float32)
    top, right, bottom, left = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    width, height = max(8, round(float(top + bottom) / 2)), max(8, round(float(left + right) / 2))
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    card_from_photo = cv2.getPerspectiveTransform(corners, target)
    crop = cv2.warpPerspective(image, card_from_photo, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(crop, dtype=np.uint8)


def fields(lines: list[str]) -> dict[str, Any]:
    """Title and handle out of a card's lines."""
    handle = next((line for line in lines if "@" in line), None)
    return {"title": " ".join(line for line in lines if line is not handle), "handle": handle, "lines": lines, "needs_review": False}


def _rapidocr() -> Engine:
    try:
        from rapidocr import RapidOCR
    except ImportError as error:
        raise ReaderUnavailable("RapidOCR is not installed.", str(error), "pip install rapidocr") from error
    logging.getLogger("RapidOCR").setLevel(logging.ERROR)  # it reports every card without text
    run = RapidOCR()
    logging.getLogger("RapidOCR").setLevel(logging.ERROR)
    return lambda image: list(getattr(run(image), "txts", None) or ())


def _tesseract() -> Engine:
    import pytesseract

    try:
        pytesseract.get_tesseract_version()
    except (pytesseract.TesseractNotFoundError, OSError) as error:
        raise ReaderUnavailable("Tesseract is not installed.", remedy="apt install tesseract-ocr") from error

    def read(image: Image) -> list[str]:
        text = pytesseract.image_to_string(np.ascontiguousarray(image[:, :, ::-1]), config="--psm 6")
        return [line.strip() for line in text.splitlines() if line.strip()]

    return read


ENGINES: Mapping[str, Callable[[], Engine]] = {"tesseract": _tesseract, "rapidocr": _rapidocr}
