"""Files that come with the package: what the reader knows from, and the typeface of what is drawn and printed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

MODELS = Path(__file__).parent / "models"
"""Weights, word lists and frequencies; its README tells of each file what it is made from, and how."""

FONTS = Path(__file__).parent / "kit" / "fonts"
"""Open Sans, which has Latin, Greek and Cyrillic."""


@cache
def weights_in(path: Path) -> Mapping[str, Mapping[str, float]]:
    """Weights of logistic regressions, by what each tells and by feature, from the JSON that a training wrote."""
    stored: Mapping[str, Mapping[str, float]] = json.loads(path.read_text(encoding="utf-8"))["weights"]
    return stored
