"""Draw cards that are read wrong, with what stands on them and what was read: failures.jpg.

    python docs/pictures/failures.py FOLDER_OF_TTF_FONTS

The cards are made up, in faces that nothing was fitted to: the surest of the wrong readings first, then others in the order drawn.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from calibration.rig import Image
from digitizer.edits import plain, plain_handle
from digitizer.lexicon import Lexicon
from digitizer.model import Card, CardReading
from digitizer.read import read
from digitizer.readers.onnx_recogniser import OnnxRecogniser
from digitizer.training.handwriting import split_fonts
from digitizer.training.judged import Known, drawn

OUT = Path(__file__).parent / "failures.jpg"
CARDS, SEED, SHOWN, SUREST = 90, 23, 8, 4
TILE_PX, CAPTION_PX, COLUMNS = 300, 74, 4


@dataclass(frozen=True, eq=False)
class Failure:
    """A card and its wrong reading."""

    known: Known
    reading: CardReading

    @property
    def sureness(self) -> float:
        """What the reader thought of it."""
        return self.reading.title.confidence * (self.reading.handle.confidence if self.reading.handle else 1.0)


def failures(fonts: Path) -> list[Failure]:
    """Wrong readings of made-up cards, in the order drawn."""
    known = list(drawn(CARDS, split_fonts(fonts)[1], SEED))
    cards = [Card(None, np.zeros((4, 2)), k.image, np.full(k.image.shape[:2], 255, np.uint8), b"") for k in known]
    readings = read(cards, OnnxRecogniser(), Lexicon.for_event(None))
    return [Failure(k, reading) for k, reading in zip(known, readings, strict=True) if not _right(k, reading)]


def _right(known: Known, reading: CardReading) -> bool:
    handle = reading.handle.text if reading.handle else ""
    return plain(reading.title.text) == plain(known.title) and plain_handle(handle) == plain_handle(known.handle)


def choose(found: Sequence[Failure]) -> list[Failure]:
    """The surest, then the first of the others."""
    surest = sorted(found, key=lambda failure: -failure.sureness)[:SUREST]
    return [*surest, *[failure for failure in found if failure not in surest][: SHOWN - SUREST]]


def tile(failure: Failure) -> Image:
    """A card over what stands on it, what was read, and what came of it."""
    reading, known = failure.reading, failure.known
    scale = TILE_PX / max(known.image.shape[:2])
    card = cv2.resize(known.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    out = np.full((TILE_PX + CAPTION_PX, TILE_PX, 3), 255, np.uint8)
    out[: card.shape[0], : card.shape[1]] = card[:TILE_PX, :TILE_PX]
    read_as = f"{reading.title.text} {reading.handle.text if reading.handle else ''}"
    texts = (f"{known.title} {known.handle}", read_as, f"p {failure.sureness:.2f}, {'flagged' if reading.needs_review else 'NOT FLAGGED'}")
    for k, (text, colour) in enumerate(zip(texts, ((60, 60, 60), (30, 30, 190), (120, 120, 120)), strict=True)):
        at = (4, TILE_PX + 20 + 22 * k)
        cv2.putText(out, text[:40], at, cv2.FONT_HERSHEY_SIMPLEX, 0.42, colour, 1, cv2.LINE_AA)
    return np.asarray(out, np.uint8)


if __name__ == "__main__":
    tiles = [tile(failure) for failure in choose(failures(Path(sys.argv[1])))]
    tiles += [np.full_like(tiles[0], 255)] * (-len(tiles) % COLUMNS)
    rows = [np.hstack(tiles[k : k + COLUMNS]) for k in range(0, len(tiles), COLUMNS)]
    cv2.imwrite(str(OUT), np.vstack(rows), [cv2.IMWRITE_JPEG_QUALITY, 80])
