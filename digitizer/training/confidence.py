"""Fit what turns evidence into probabilities: draw cards, read them, see what was right. Writes models/confidence.json.

    python -m digitizer.training.confidence FOLDER_OF_TTF_FONTS [--cards 360] [--seed 7] [--photos FOLDER_OF_TRUTHS]

The weights are fitted to faces that the recogniser was trained on. Cards in faces that it never saw, and on photos with known truth
(``*.json`` beside ``*.jpg``), then give two numbers a field, slope and offset: how far the weights may be trusted elsewhere. Both are
checked on cards they were not fitted to, one photo or one fold of faces left out at a time. ``make reliability`` draws what was found.
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibration.rig import Floats
from digitizer.confidence import MODEL
from digitizer.settings import ReadSettings
from digitizer.training.handwriting import split_fonts
from digitizer.training.judged import Judged, drawn, judge_all, photographed
from digitizer.training.logistic import Sample, figures, fit, predict, reliability, rescale

Weights = Mapping[str, Mapping[str, float]]
Outcome = tuple[Floats, NDArray[np.bool_]]
"""Probabilities, and what came true."""

FIELDS = ("title", "handle", "none")

log = logging.getLogger(__name__)


def samples(cards: Sequence[Judged], field: str) -> list[Sample]:
    """Evidence and outcome of one field: "title", "handle" or "none"."""
    found = [(getattr(card, field), card.title_right if field == "title" else card.handle_right) for card in cards]
    return [(features, right) for features, right in found if features is not None]


def outcomes(weights: Weights, cards: Sequence[Judged]) -> dict[str, Outcome]:
    """For the title, for the handle or its absence, and for the whole card: what was promised and what came true."""
    titles = np.array([predict(weights["title"], card.title) if card.title else 0.0 for card in cards])
    handles = np.array([_handle(weights, card) for card in cards])
    right = np.array([[card.title_right, card.handle_right] for card in cards], bool).reshape(-1, 2)
    return {"title": (titles, right[:, 0]), "handle": (handles, right[:, 1]), "card": (titles * handles, right[:, 0] & right[:, 1])}


def _handle(weights: Weights, card: Judged) -> float:
    if card.handle is not None:
        return predict(weights["handle"], card.handle)
    assert card.none is not None
    return predict(weights["none"], card.none)


def rescaled(weights: Weights, cards: Sequence[Judged]) -> dict[str, dict[str, float]]:
    """The weights as far as other cards bear them out."""
    return {field: rescale(weights[field], samples(cards, field)) for field in FIELDS}


def left_out(weights: Weights, cards: Sequence[Judged], series: Sequence[Judged]) -> dict[str, Outcome]:
    """Outcomes of a ``series`` among ``cards``, each of its groups under a scale that was fitted to all cards but that group."""
    parts = []
    for group in dict.fromkeys(card.group for card in series):
        scaled = rescaled(weights, [card for card in cards if card.group != group])
        parts.append(outcomes(scaled, [card for card in series if card.group == group]))
    return {field: tuple(np.concatenate(column) for column in zip(*(part[field] for part in parts), strict=True)) for field in parts[0]}  # type: ignore[misc]


def checked(found: Mapping[str, Outcome], name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Figures and reliability by field, logged too."""
    numbers = {field: figures(p, right, ReadSettings().least_probability) for field, (p, right) in found.items()}
    for field, figure in numbers.items():
        log.info("%s, %s: %s", name, field, figure)
    return numbers, {field: reliability(p, right) for field, (p, right) in found.items()}


def main() -> None:
    """Draw, read, fit, check, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fonts", type=Path)
    parser.add_argument("--cards", type=int, default=360)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--photos", type=Path)
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    fitted, unseen = split_fonts(given.fonts)
    cards = judge_all(drawn(given.cards, fitted, given.seed))
    weights = {field: fit(samples(cards, field)) for field in FIELDS}
    others = {"faces": judge_all(drawn(given.cards // 2, unseen, given.seed + 1))}
    if given.photos:
        others["photos"] = judge_all(photographed(given.photos))
    pool = [card for judged in others.values() for card in judged]
    checks = {name: checked(left_out(weights, pool, judged), name) for name, judged in others.items()}
    model = {
        "cards": given.cards,
        "seed": given.seed,
        "weights": rescaled(weights, pool),
        "figures": {name: numbers for name, (numbers, _) in checks.items()},
        "reliability": {name: bins for name, (_, bins) in checks.items()},
    }
    MODEL.write_text(json.dumps(model, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
