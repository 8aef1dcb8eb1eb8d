"""Fit what makes a line a handle: a check on the weights that stand in digitizer/parse.py as ``HANDLE_WEIGHTS``.

    python -m digitizer.training.roles FOLDER_OF_TTF_FONTS [--cards 300] [--seed 5]

Prints the weights, and how often the right line, or rightly none, is chosen with them and with those that stand. Fonts draw ``@`` too
well: the weights that stand trust form and place less and lookalikes of ``@`` more than the fitted ones, and choose no worse.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from digitizer.evidence import read_line
from digitizer.lexicon import Lexicon
from digitizer.lines import find_lines
from digitizer.model import Card
from digitizer.parse import HANDLE_WEIGHTS, handle_features
from digitizer.read import see
from digitizer.readers.onnx_recogniser import OnnxRecogniser
from digitizer.training.cards import CardTexts, DrawnCard, draw_card
from digitizer.training.handwriting import load_fonts
from digitizer.training.logistic import fit

log = logging.getLogger(__name__)
Sample = tuple[Mapping[str, float], bool]


def collect(cards: Iterable[DrawnCard]) -> list[list[Sample]]:
    """A list a card of its lines' features, each with whether that line was drawn as a handle."""
    reader, lexicon = OnnxRecogniser(), Lexicon.for_event(None)
    out: list[list[Sample]] = []
    for drawn in cards:
        full = np.full(drawn.image.shape[:2], 255, np.uint8)
        crops = find_lines(Card(None, np.zeros((4, 2)), drawn.image, full, b""))
        lattices = reader.recognise([crop.image for crop in crops])
        (seen,) = see([crops], lattices, lexicon)
        lines = [read_line(line, lexicon) for line in seen if any(c.isalnum() for c in line.plain.text)]
        out.append([(handle_features(lines, k), is_handle(drawn, line.box_px)) for k, line in enumerate(lines)])
    return out


def is_handle(drawn: DrawnCard, box_px: tuple[int, int, int, int]) -> bool:
    """Whether the drawn line nearest in height to a found one is a handle."""
    middle = box_px[1] + box_px[3] / 2
    return min(drawn.lines, key=lambda line: abs(line.box_px[1] + line.box_px[3] / 2 - middle)).role == "handle"


def chosen_rightly(cards: Iterable[list[Sample]], weights: Mapping[str, float]) -> float:
    """Share of the cards on which the likeliest line is the handle, or none is likely and none is one."""
    right = []
    for lines in cards:
        totals = [sum(weights[name] * value for name, value in features.items()) for features, _ in lines]
        chosen = int(np.argmax(totals)) if totals and max(totals) > 0 else None
        truth = next((k for k, (_, handle) in enumerate(lines) if handle), None)
        right.append(chosen == truth)
    return float(np.mean(right))


def main() -> None:
    """Draw, read, fit, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fonts", type=Path)
    parser.add_argument("--cards", type=int, default=300)
    parser.add_argument("--seed", type=int, default=5)
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    rng = np.random.default_rng(given.seed)
    texts, fonts = CardTexts(rng), load_fonts(given.fonts)
    cards = collect([draw_card(texts, fonts, rng) for _ in range(given.cards)])
    half = len(cards) // 2
    weights = fit([sample for card in cards[:half] for sample in card])
    log.info("%s\nright on the other half: %.3f", weights, chosen_rightly(cards[half:], weights))
    log.info("with the weights that stand: %.3f", chosen_rightly(cards[half:], HANDLE_WEIGHTS))


if __name__ == "__main__":
    main()
