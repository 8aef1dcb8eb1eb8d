"""Fit what turns evidence into probabilities: draw cards, read them, see what was right. Writes models/confidence.json.

    python -m digitizer.training.confidence FOLDER_OF_TTF_FONTS [--cards 440] [--seed 7] [--photos FOLDER_OF_TRUTHS]

The weights are fitted on drawn cards; photos with known truth (``*.json`` beside ``*.jpg``) then fit two numbers a field, slope and
offset (Platt 1999): drawn cards are harder or easier to read than photographed ones, but what makes one card harder than another is
the same.
"""

from __future__ import annotations

import argparse
import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from calibration.rig import Floats, Image
from digitizer.confidence import MODEL
from digitizer.lexicon import Lexicon
from digitizer.lines import find_lines
from digitizer.model import Card
from digitizer.parse import Role, join_title, parse
from digitizer.read import SeenLine, absence, evidence_of_handle, evidence_of_title, read_line, see
from digitizer.readers.onnx_recogniser import OnnxRecogniser
from digitizer.training.cards import CardTexts, draw_card
from digitizer.training.handwriting import load_fonts

RIDGE = 0.3
"""Strength of the prior that a weight is 0: some 700 cards carry a dozen weights."""

HOLD = 2.0
"""Strength of the prior that slope and offset stay as drawn cards have them: as much as some ten cards."""

log = logging.getLogger(__name__)


@dataclass
class Samples:
    """Evidence with what came of it, by field."""

    rows: dict[str, list[tuple[Mapping[str, float], bool]]] = field(default_factory=lambda: {"title": [], "handle": [], "none": []})

    def add(self, kind: str, features: Mapping[str, float], right: bool) -> None:
        """One reading and whether it was right."""
        self.rows[kind].append((features, right))


@dataclass(frozen=True, eq=False)
class Known:
    """A picture of a card HxWx3 u8 BGR and what stands on it."""

    image: Image
    title: str
    handle: str


def drawn(count: int, fonts: Path, seed: int) -> Iterator[Known]:
    """Made-up cards."""
    rng = np.random.default_rng(seed)
    texts, faces = CardTexts(rng), load_fonts(fonts)
    for _ in range(count):
        card = draw_card(texts, faces, rng)
        yield Known(card.image, card.text_of("title"), card.text_of("handle"))


def photographed(folder: Path) -> Iterator[Known]:
    """Cards of photos with truth, cut along their known corners; those that something covers are left out."""
    for path in sorted(folder.rglob("*.json")):
        truth, photo = json.loads(path.read_text(encoding="utf-8")), cv2.imread(str(path.with_suffix(".jpg")))
        if photo is None or "cards" not in truth:
            continue
        for card in truth["cards"]:
            if card.get("visible", 1) >= 0.95:
                yield Known(_cut(np.asarray(photo, np.uint8), card["polygon"]), card["title"], card["handle"] or "")


def _cut(photo: Image, polygon: Sequence[Sequence[float]]) -> Image:
    corners = np.array(polygon, np.float32)
    width, height = (float(np.linalg.norm(corners[1] - corners[0])), float(np.linalg.norm(corners[3] - corners[0])))
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, flat)
    return np.asarray(cv2.warpPerspective(photo, matrix, (round(width), round(height)), flags=cv2.INTER_CUBIC), np.uint8)


def collect(cards: Iterable[Known]) -> Samples:
    """Read cards and note the evidence for each field and whether the field was right."""
    reader, lexicon, samples = OnnxRecogniser(), Lexicon.for_event(None), Samples()
    for known in cards:
        full = np.full(known.image.shape[:2], 255, np.uint8)
        crops = find_lines(Card(None, np.zeros((4, 2)), known.image, full, b""))
        lattices = reader.recognise([crop.image for crop in crops])
        (lines,) = see([crops], lattices, lexicon)
        judge(known, lines, lexicon, samples)
    return samples


def judge(known: Known, lines: Sequence[SeenLine], lexicon: Lexicon, samples: Samples) -> None:
    """Add one card's evidence to ``samples``."""
    parsed = parse([read_line(line, lexicon) for line in lines], lexicon.knows_name)
    titles = [line for line, role in zip(lines, parsed.roles, strict=True) if role == Role.TITLE and line.as_title]
    handles = [line for line, role in zip(lines, parsed.roles, strict=True) if role == Role.HANDLE and line.as_handle]
    if titles:
        text = join_title([line.as_title[0].text for line in titles], lexicon.knows)
        samples.add("title", evidence_of_title(titles, 1.0), _bare(text) == _bare(known.title))
    if handles:
        right = handles[0].as_handle[0].text.casefold() == known.handle.casefold()
        samples.add("handle", evidence_of_handle(handles[0], parsed), right)
    else:
        samples.add("none", absence(lines, parsed), not known.handle)


def _bare(text: str) -> str:
    return re.sub(r"\s+", " ", text.casefold()).strip(" .,;:'\"-_|")


def fit(samples: Sequence[tuple[Mapping[str, float], bool]]) -> dict[str, float]:
    """Logistic regression by Newton's method, ridge on all weights but the bias."""
    names = list(samples[0][0])
    x = np.array([[features[name] for name in names] for features, _ in samples])
    y = np.array([float(right) for _, right in samples])
    weights, ridge = np.zeros(len(names)), np.diag([0.0 if name == "bias" else RIDGE for name in names]) + 1e-6 * np.eye(len(names))
    for _ in range(60):
        p = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
        hessian = (x * (p * (1 - p))[:, None]).T @ x + ridge
        weights = weights - np.linalg.solve(hessian, x.T @ (p - y) + ridge @ weights)
    return {name: round(float(weight), 4) for name, weight in zip(names, weights, strict=True)}


def rescale(weights: Mapping[str, float], samples: Sequence[tuple[Mapping[str, float], bool]]) -> dict[str, float]:
    """The weights with slope and offset fitted to other samples, held near 1 and 0."""
    z = np.array([sum(weights[name] * value for name, value in features.items()) for features, _ in samples])
    y, x = np.array([float(right) for _, right in samples]), np.column_stack([z, np.ones(len(z))])
    start = np.array([1.0, 0.0])
    found = start
    for _ in range(60):
        p = 1 / (1 + np.exp(-np.clip(x @ found, -30, 30)))
        hessian = (x * (p * (1 - p))[:, None]).T @ x + np.diag([HOLD, HOLD])
        found = found - np.linalg.solve(hessian, x.T @ (p - y) + HOLD * (found - start))
    return {name: round(weight * float(found[0]) + (float(found[1]) if name == "bias" else 0.0), 4) for name, weight in weights.items()}


def reliability(weights: Mapping[str, float], samples: Sequence[tuple[Mapping[str, float], bool]]) -> list[tuple[float, float, int]]:
    """(mean probability, share right, count) in five bins of equal count."""
    p: Floats = np.array([1 / (1 + np.exp(-sum(weights[name] * value for name, value in features.items()))) for features, _ in samples])
    right, order = np.array([right for _, right in samples], float), np.argsort(p)
    return [(float(p[bin_].mean()), float(right[bin_].mean()), len(bin_)) for bin_ in np.array_split(order, 5) if len(bin_)]


def main() -> None:
    """Draw, read, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fonts", type=Path)
    parser.add_argument("--cards", type=int, default=440)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--photos", type=Path)
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    samples = collect(drawn(given.cards, given.fonts, given.seed)).rows
    weights = {kind: fit(rows) for kind, rows in samples.items()}
    if given.photos:
        samples = collect(photographed(given.photos)).rows
        weights = {kind: rescale(weights[kind], rows) for kind, rows in samples.items()}
    for kind, rows in samples.items():
        log.info("%s: %d, right %.3f, reliability %s", kind, len(rows), np.mean([r for _, r in rows]), reliability(weights[kind], rows))
    MODEL.write_text(json.dumps({"cards": given.cards, "seed": given.seed, "weights": weights}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
