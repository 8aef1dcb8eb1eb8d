"""wordfreq and words_technical.txt -> ``digitizer/models/words.npz`` and ``characters.npz``.

Run ``python -m digitizer.training.words``. No title of any board goes in.
"""

from __future__ import annotations

import math
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import click
import numpy as np
import wordfreq
from numpy.typing import NDArray

from digitizer.characters import END, START, STEPS_A_NAT
from digitizer.shipped import MODELS

TECHNICAL = MODELS / "words_technical.txt"
LANGUAGES = {"en": (0.85, 120_000), "de": (0.07, 50_000), "fr": (0.04, 30_000), "es": (0.04, 30_000)}
"""Share of a language's words on boards, and how many of its words are worth keeping."""

TECHNICAL_SHARE = 0.25
"""Of the words on a technical board."""

WEIGHT_STEP = 3.0
"""What one step of weight in the technical list multiplies a word's count by."""

Counts: TypeAlias = dict[str, defaultdict[str, float]]
"""Weights of characters by the context they follow."""

ORDER = 6
LEAST_COUNT = 4.0
"""n-grams of order 4 and more that weigh less are left to shorter contexts."""

UNSEEN = 1e-6
"""Probability of a character that is not known at all."""


def frequencies() -> dict[str, float]:
    """Words folded to lower case with their probabilities, all lists together."""
    mixed: defaultdict[str, float] = defaultdict(float)
    for language, (share, count) in LANGUAGES.items():
        _add(mixed, _general(language, count), share * (1 - TECHNICAL_SHARE))
    _add(mixed, _technical(), TECHNICAL_SHARE)
    return dict(mixed)


def _general(language: str, count: int) -> Mapping[str, float]:
    frequency = wordfreq.get_frequency_dict(language, "large" if language in wordfreq.available_languages("large") else "best")
    words = sorted((w for w in frequency if is_word(w)), key=lambda w: (-frequency[w], w))[:count]
    return {w: frequency[w] for w in words}


def _technical() -> Mapping[str, float]:
    counts: dict[str, float] = {}
    for line in TECHNICAL.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("# "):
            weight, *words = line.lower().split()
            for word in words:
                counts[word] = max(counts.get(word, 0.0), WEIGHT_STEP ** (int(weight) - 1))
    return counts


def _add(mixed: dict[str, float], counts: Mapping[str, float], share: float) -> None:
    total = sum(counts.values())
    for word, count in counts.items():
        mixed[word] += share * count / total


def is_word(word: str) -> bool:
    """Letters of the Latin script, with apostrophes or full stops inside; no shapes of numbers."""
    return any(c.isalpha() for c in word) and all(c in "'." or (c.isalpha() and "LATIN" in unicodedata.name(c, "")) for c in word)


def n_grams(words: Mapping[str, float]) -> tuple[dict[str, float], dict[str, float]]:
    """Natural logs of n-grams' probabilities and of contexts' back-off weights. Near type counts: unlisted words are rare words."""
    least = min(words.values())
    counts: Counts = defaultdict(lambda: defaultdict(float))
    for word, frequency in sorted(words.items()):
        count_into(counts, any_digit(word), 1.0 + math.log(frequency / least))
    return witten_bell(counts, _heavy)


def any_digit(word: str) -> str:
    """A word with ``0`` for any digit: a character model knows digits, not which."""
    return "".join("0" if c.isdigit() else c for c in word)


def count_into(counts: Counts, word: str, weight: float) -> None:
    """Add a word's characters after all contexts that it has for them."""
    text = START + word + END
    for end in range(1, len(text)):
        for start in range(max(0, end - ORDER + 1), end + 1):
            counts[text[start:end]][text[end]] += weight


def _heavy(context: str, seen: Mapping[str, float]) -> list[str]:
    """The characters after a context that weigh enough there."""
    return [c for c in seen if len(context) < 3 or seen[c] >= LEAST_COUNT * len(context)]


def witten_bell(counts: Counts, kept_of: Callable[[str, Mapping[str, float]], list[str]]) -> tuple[dict[str, float], dict[str, float]]:
    """Natural logs of n-grams' probabilities (Witten and Bell's estimate) and of contexts' back-off weights.

    ``kept_of`` tells for a context which of the characters seen after it are kept; all others are left to shorter contexts. Where it keeps
    a context it must keep that context's own beginning.
    """
    log_probs: dict[str, float] = {}
    back_offs: dict[str, float] = {}
    full: dict[str, float] = {}
    for context in sorted(counts, key=lambda c: (len(c), c)):
        seen = counts[context]
        total, kinds = sum(seen.values()), len(seen)
        kept = kept_of(context, seen)
        if not kept:
            continue
        shorter = {c: full.get(_shorten(context, c, full), UNSEEN) if context else UNSEEN for c in kept}
        for c in kept:
            full[context + c] = (seen[c] + kinds * shorter[c]) / (total + kinds)
            log_probs[context + c] = math.log(full[context + c])
        held = 1 - sum(full[context + c] for c in kept)
        lower = 1 - sum(shorter.values()) if context else 1.0
        back_offs[context] = math.log(max(held, 1e-5) / max(lower, 1e-5))
    return log_probs, back_offs


def _shorten(context: str, character: str, full: Mapping[str, float]) -> str:
    for start in range(1, len(context) + 1):
        if context[start:] + character in full:
            return context[start:] + character
    return character


def _column(values: Mapping[str, float]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    names = sorted(values)
    costs = np.round([-STEPS_A_NAT * values[n] for n in names]).clip(0, 255).astype(np.uint8)
    return np.frombuffer("\n".join(names).encode("utf-8"), np.uint8), costs


def save(path: Path, columns: Iterable[tuple[str, Mapping[str, float]]], **more: int) -> None:
    """Write texts with their natural logs, a name for each table, as ``digitizer.characters`` reads them."""
    arrays: dict[str, Any] = dict(more)
    for name, values in columns:
        arrays[name], arrays[f"{name}_costs"] = _column(values)
    np.savez_compressed(path, **arrays)
    click.echo(f"{path}: {path.stat().st_size / 1e6:.2f} MB")


@click.command()
def main() -> None:
    """Write the word list and the character model."""
    words = frequencies()
    log_probs, back_offs = n_grams(words)
    save(MODELS / "words.npz", [("words", {w: math.log(p) for w, p in words.items()})])
    save(MODELS / "characters.npz", [("grams", log_probs), ("contexts", back_offs)], order=ORDER)
    click.echo(f"{len(words)} words, {len(log_probs)} n-grams, {len(back_offs)} contexts")


if __name__ == "__main__":
    main()
