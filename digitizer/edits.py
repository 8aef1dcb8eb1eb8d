"""Texts compared: made alike in what does not count, and by how many edits they differ."""

from __future__ import annotations

import re
import unicodedata


def plain(text: str | None) -> str:
    """A text as it is compared: case folded, one form of quotes and dashes, single spaces, no punctuation at either end."""
    folded = unicodedata.normalize("NFKC", text or "").casefold()
    folded = re.sub(r"[\u2018\u2019`\u00b4]", "'", folded)
    folded = re.sub(r"[\u2010-\u2015]", "-", folded)
    return re.sub(r"\s+", " ", folded).strip(" .,;:'\"-_|")


def plain_handle(text: str | None) -> str:
    """A handle as it is compared: case folded, without spaces and leading @."""
    return re.sub(r"\s+", "", text or "").casefold().lstrip("@")


def edits(a: str, b: str) -> int:
    """Levenshtein distance: insertions, deletions and substitutions of single characters."""
    return edit_costs(a, b)[-1][-1]


def edit_costs(a: str, b: str) -> list[list[int]]:
    """Levenshtein distances of all beginnings of ``a`` to all beginnings of ``b``, by their lengths."""
    costs = [list(range(len(b) + 1))]
    for i, x in enumerate(a, 1):
        above, row = costs[-1], [i]
        for j, y in enumerate(b, 1):
            row.append(min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (x != y)))
        costs.append(row)
    return costs
