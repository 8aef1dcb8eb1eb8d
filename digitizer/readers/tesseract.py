"""Tesseract, for printed labels only: on handwriting half of its characters are wrong."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import pytesseract

from calibration.rig import Image
from digitizer.errors import ReaderBusy, ReaderUnavailable
from digitizer.settings import TesseractSettings

INSTALL = "Install it, for example: apt install tesseract-ocr."

os.environ.setdefault("OMP_THREAD_LIMIT", "1")  # Tesseract's four threads wait for each other spinning: thrice the time, the same text


@dataclass(frozen=True)
class PrintedWord:
    """A word that Tesseract read. ``box_px`` (x, y, width, height) in the picture given; ``confidence`` 0..1, its own."""

    text: str
    confidence: float
    box_px: tuple[int, int, int, int]


def read_words(image: Image, settings: TesseractSettings | None = None) -> tuple[PrintedWord, ...]:
    """Printed words of a picture HxWx3 u8 BGR or HxW, in Tesseract's reading order.

    Raises ``ReaderUnavailable`` where the program is missing or fails, ``ReaderBusy`` where it takes longer than ``settings.timeout_s``.
    """
    settings = settings or TesseractSettings()
    rgb = cv2.cvtColor(image, cv2.COLOR_BGR2RGB if image.ndim == 3 else cv2.COLOR_GRAY2RGB)
    rows = _run(np.asarray(rgb, dtype=np.uint8), settings)
    boxes = zip(rows["left"], rows["top"], rows["width"], rows["height"], strict=True)
    return tuple(
        PrintedWord(text.strip(), float(confidence) / 100, box)
        for text, confidence, box in zip(rows["text"], rows["conf"], boxes, strict=True)
        if text.strip() and float(confidence) >= 0
    )


def _run(rgb: Image, settings: TesseractSettings) -> dict[str, list[Any]]:
    config = f"--psm {settings.page_segmentation} -c thresholding_method=0"
    try:
        rows: dict[str, list[Any]] = pytesseract.image_to_data(
            rgb, lang=settings.language, config=config, timeout=settings.timeout_s, output_type=pytesseract.Output.DICT
        )
    except pytesseract.TesseractNotFoundError as error:
        raise ReaderUnavailable("Tesseract is not installed.", remedy=INSTALL) from error
    except pytesseract.TesseractError as error:
        raise ReaderUnavailable("Tesseract failed.", f"It says: {error.message}", INSTALL) from error
    except RuntimeError as error:
        raise ReaderBusy(
            "Tesseract did not finish.",
            f"It had {settings.timeout_s:g} s for {rgb.shape[1]}x{rgb.shape[0]} px.",
            "Try again, or raise the timeout.",
        ) from error
    return rows
