"""How reading depends on the height of letters and on blur: the table that ``calibration.legible`` expects readings from.

    python docs/benchmarks/bench_legibility.py FOLDER_OF_TTF_FONTS [--cards 64] [--seed 11]

Made-up cards (``digitizer.training.cards``) whose letters are large enough are photographed from further and further away: made
smaller, so that the letters of the title have each height of ``HEIGHTS_PX``, blurred by each share of that height in ``BLURS``, with a
sensor's noise and JPEG on top. Each is read as a card of a board is. Printed: the share of the titles' characters that came out right, a
row for each blur, to be written into ``calibration/legible.py``.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import ImageFont

from calibration.legible import BLURS, HEIGHTS_PX
from calibration.rig import Image
from digitizer.edits import edits, plain
from digitizer.lexicon import Lexicon
from digitizer.model import Card
from digitizer.read import read
from digitizer.readers.onnx_recogniser import OnnxRecogniser
from digitizer.training.cards import CardTexts, DrawnCard, draw_card
from digitizer.training.handwriting import GLYPH_PX

DESCENDING, ABOVE = "gjpqyQ,;_", 0.78
"""Characters below the baseline, and how much of a line's height is above it where it has one of them."""

NOISE_GRAY, JPEG_QUALITY = 2.0, 92
"""Of a webcam by day."""


def main() -> None:
    """Draw, photograph, read, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fonts", type=Path)
    parser.add_argument("--cards", type=int, default=64)
    parser.add_argument("--seed", type=int, default=11)
    given = parser.parse_args()
    faces = [ImageFont.truetype(str(path), GLYPH_PX) for path in sorted(given.fonts.glob("*.ttf"))]
    cards = list(_drawn(given.cards, faces, given.seed))
    reader, lexicon, rng = OnnxRecogniser(), Lexicon.for_event(None), np.random.default_rng(given.seed)
    sys.stdout.write(f"{len(cards)} cards; letters {' '.join(f'{height:5g}' for height in HEIGHTS_PX)} px\n")
    for blur in BLURS:
        shares = []
        for height in HEIGHTS_PX:
            pictures = [_photographed(card, height, blur, rng) for card in cards]
            read_cards = read([_card(picture) for picture in pictures], reader, lexicon)
            shares.append(_right([card.text_of("title") for card in cards], [found.title.text for found in read_cards]))
        sys.stdout.write(f"    ({', '.join(f'{share:.2f}' for share in shares)}),  # blur {blur:g} of a letter\n")
        sys.stdout.flush()


def letter_px(card: DrawnCard) -> float:
    """Height of a tall letter of the title: the median over its lines, without what hangs below the baseline."""
    lines = [line for line in card.lines if line.role == "title"]
    heights = [line.box_px[3] * (ABOVE if any(sign in DESCENDING for sign in line.text) else 1.0) for line in lines]
    return statistics.median(heights) if heights else 0.0


def _drawn(count: int, faces: Sequence[ImageFont.FreeTypeFont], seed: int) -> Iterator[DrawnCard]:
    """Cards whose letters are at least as high as the highest that is asked for: they only ever shrink."""
    rng = np.random.default_rng(seed)
    texts = CardTexts(rng)
    while count:
        card = draw_card(texts, faces, rng)
        if letter_px(card) >= max(HEIGHTS_PX):
            count -= 1
            yield card


def _photographed(card: DrawnCard, height_px: float, blur: float, rng: np.random.Generator) -> Image:
    scale = height_px / letter_px(card)
    small = cv2.resize(card.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    if blur:
        small = cv2.GaussianBlur(small, (0, 0), blur * height_px)
    noisy = np.clip(small + rng.normal(0, NOISE_GRAY, small.shape), 0, 255).astype(np.uint8)
    _, data = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def _card(picture: Image) -> Card:
    return Card(None, np.zeros((4, 2)), picture, np.full(picture.shape[:2], 255, np.uint8), b"")


def _right(wanted: Sequence[str], found: Sequence[str]) -> float:
    """Share of characters that came out right, at least 0 a card."""
    pairs = [(plain(want), plain(got)) for want, got in zip(wanted, found, strict=True)]
    wrong = sum(min(len(want), edits(want, got)) for want, got in pairs)
    return 1 - wrong / sum(len(want) for want, _ in pairs)


if __name__ == "__main__":
    main()
