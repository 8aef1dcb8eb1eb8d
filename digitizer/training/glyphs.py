"""Fit what the shape of a glyph says: writes models/glyphs.json.

    python -m digitizer.training.glyphs FOLDER_OF_TTF_FONTS [--kinds zero bar] [--lines 1500] [--seed 31]

Each place of a drawn handle where a zero or an underscore stands, or might, is a sample. The lines are in faces that the recogniser of
letters was not trained on, whose word would else count too much; right answers are counted on lines in faces that no recogniser was
trained on, with what the recogniser of lines says alone beside them.
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import ImageFont

from digitizer.glyphs.covered import looks_at
from digitizer.glyphs.questions import MODEL, evidence
from digitizer.readers.onnx_recogniser import OnnxRecogniser
from digitizer.training.handles import DrawnHandles
from digitizer.training.handwriting import FITTED, split_fonts
from digitizer.training.logistic import fit

KINDS = ("zero", "bar")
log = logging.getLogger(__name__)
Sample = tuple[Mapping[str, float], bool]


def collect(fonts: Sequence[ImageFont.FreeTypeFont], count: int, seed: int) -> dict[str, list[Sample]]:
    """Samples a question: the evidence for yes, and whether yes is right."""
    lines, reader = list(islice(DrawnHandles(fonts, seed), count)), OnnxRecogniser()
    samples: dict[str, list[Sample]] = {kind: [] for kind in KINDS}
    for (text, image), lattice in zip(lines, reader.recognise([image for _, image in lines]), strict=True):
        for doubt, features, _ in evidence(text, image, lattice, looks_at(image, reader.glance)):
            samples[doubt.kind].append((features, doubt.yes))
    return samples


def right(samples: Sequence[Sample], weights: Mapping[str, float]) -> float:
    """Share of the samples that the weights answer rightly."""
    return float(np.mean([(sum(weights[name] * value for name, value in features.items()) > 0) == yes for features, yes in samples]))


def main() -> None:
    """Draw, measure, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fonts", type=Path)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS, help="questions to fit; weights of others stay as they are")
    parser.add_argument("--lines", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=31)
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    (_, here), (_, there) = split_fonts(given.fonts, FITTED), split_fonts(given.fonts)
    fitted, kept = collect(here, given.lines, given.seed), collect(there, given.lines // 2, given.seed + 1)
    stored = json.loads(MODEL.read_text(encoding="utf-8"))
    for kind in given.kinds:
        weights = stored["weights"][kind] = fit(fitted[kind])
        alone = [({"nats": features["nats"]}, yes) for features, yes in kept[kind]]
        figures = len(kept[kind]), right(kept[kind], weights), right(alone, {"nats": 1.0})
        log.info("%s: %d places in other hands, right %.4f, by the recogniser alone %.4f", kind, *figures)
    MODEL.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
