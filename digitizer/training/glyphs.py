"""Fit what the shape of a glyph says: writes models/glyphs.json.

    python -m digitizer.training.glyphs FOLDER_OF_TTF_FONTS [--lines 1000] [--seed 31]

Handles are drawn in the faces that the recogniser was trained on, half of their ``o`` as ``0``, some with a gap; each place where a zero
or an underscore stands, or might, is a sample. Right answers are counted on lines in faces held out, with what the recogniser says alone
beside them.
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import ImageFont

from digitizer.glyphs.questions import MODEL, evidence
from digitizer.readers.onnx_recogniser import OnnxRecogniser
from digitizer.training.handwriting import Wildness, draw_line, photograph, split_fonts
from digitizer.training.logistic import fit
from digitizer.training.texts import Texts

HEIGHTS_PX = (12, 16, 20, 26, 34, 48)
GAPS = 0.25
"""Share of the lines that are drawn with a gap somewhere."""

KINDS = ("zero", "bar")
log = logging.getLogger(__name__)
Sample = tuple[Mapping[str, float], bool]


def collect(fonts: Sequence[ImageFont.FreeTypeFont], count: int, seed: int) -> dict[str, list[Sample]]:
    """Samples a question: the evidence for yes, and whether yes is right."""
    rng = np.random.default_rng(seed)
    texts = [_with_zeros(text, rng) for text in _handles(count, rng)]
    written = [_with_gap(text, rng) for text in texts]
    inks = [draw_line(text, fonts[int(rng.integers(len(fonts)))], rng, Wildness()) for text in written]
    crops = [photograph(ink, rng, int(rng.choice(HEIGHTS_PX))) for ink in inks]
    samples: dict[str, list[Sample]] = {kind: [] for kind in KINDS}
    for text, crop, lattice in zip(texts, crops, OnnxRecogniser().recognise(crops), strict=True):
        for doubt, features, _ in evidence(text, crop, lattice):
            samples[doubt.kind].append((features, doubt.yes))
    return samples


def _handles(count: int, rng: np.random.Generator) -> list[str]:
    texts, out = Texts(rng), list[str]()
    while len(out) < count:
        line = texts.line()
        if line.startswith("@") and len(line) > 3:
            out.append(line)
    return out


def _with_zeros(text: str, rng: np.random.Generator) -> str:
    """The handle with half of its ``o`` written as zeros."""
    return "".join("0" if character in "oO" and rng.random() < 0.5 else character for character in text)


def _with_gap(text: str, rng: np.random.Generator) -> str:
    """Now and then a gap between two letters, as hands leave them: it is read as a space, and is no ``_``."""
    places = [k for k in range(2, len(text)) if "_" not in text[k - 1 : k + 1]]
    if not places or rng.random() > GAPS:
        return text
    at = places[int(rng.integers(len(places)))]
    return text[:at] + " " + text[at:]


def right(samples: Sequence[Sample], weights: Mapping[str, float]) -> float:
    """Share of the samples that the weights answer rightly."""
    return float(np.mean([(sum(weights[name] * value for name, value in features.items()) > 0) == yes for features, yes in samples]))


def main() -> None:
    """Draw, measure, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fonts", type=Path)
    parser.add_argument("--lines", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=31)
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    here, there = split_fonts(given.fonts)
    fitted, kept = collect(here, given.lines, given.seed), collect(there, given.lines // 2, given.seed + 1)
    weights = {kind: fit(fitted[kind]) for kind in KINDS}
    for kind in KINDS:
        alone = [({"nats": features["nats"]}, yes) for features, yes in kept[kind]]
        figures = len(kept[kind]), right(kept[kind], weights[kind]), right(alone, {"nats": 1.0})
        log.info("%s: %d places in other hands, right %.4f, by the recogniser alone %.4f", kind, *figures)
    stored = {"lines": given.lines, "seed": given.seed, "weights": weights}
    MODEL.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
