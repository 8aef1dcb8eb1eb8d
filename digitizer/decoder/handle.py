"""Handles: the prefix beam under a grammar.

Classes of the recogniser are folded onto the grammar's signs first: space and dashes to ``_``, accented letters to their base, and at the
start whatever ``@`` is read as.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from digitizer.decoder.beam import Found, prior_logs, ranked
from digitizer.decoder.greedy import decode_greedy
from digitizer.decoder.handle_prior import SIGNS, HandlePrior
from digitizer.decoder.handle_words import load_handle_words
from digitizer.decoder.hypothesis import Hypothesis, with_posteriors
from digitizer.decoder.slips import in_names, load_slips
from digitizer.decoder.views import search_views
from digitizer.readers.base import Lattice, LogProbs
from digitizer.settings import HandleSettings

LIKE_AT = frozenset("COQeac©®GoÔÓ0D(€6")
"""What ``@`` is read as, where it is misread."""

FOLDED = {
    " ": "_",
    "-": "_",
    "–": "_",
    "—": "_",
    "−": "_",
    "~": "_",
    "=": "_",
    "|": "l",
    "!": "l",
    "$": "S",
    "ß": "B",
    "ø": "o",
    "Ø": "O",
    ",": ".",
}
DOT_IS_UNDERSCORE = 0.05
"""How often what is read as a full stop is a short ``_``."""

SHAPES = {
    "O": {"0": 0.3, "o": 0.1},
    "o": {"0": 0.05},
    "0": {"O": 0.3, "o": 0.1},
    "1": {"l": 0.2, "i": 0.1, "I": 0.2},
    "l": {"1": 0.1, "I": 0.1},
}
"""What share of one sign's probability another of the same shape gets: by hand they are the same, only the words around tell."""

SHAPES_IN_BOXES = {sign: others for sign, others in SHAPES.items() if sign not in "1l"}
"""The same where each sign was seen in a box of its own: its flag and its foot tell a ``1``, where it has them, from ``l`` and ``I``."""


def decode_handle(lattice: Lattice, known: Collection[str] = (), settings: HandleSettings | None = None) -> tuple[Hypothesis, ...]:
    """The likeliest handles of a line, best first; empty where the line can be none. ``known`` ones are preferred, never forced."""
    return decode_handles([lattice], known, settings)[0]


def decode_handles(
    lattices: Sequence[Lattice], known: Collection[str] = (), settings: HandleSettings | None = None
) -> list[tuple[Hypothesis, ...]]:
    """The likeliest handles of each line, as :func:`decode_handle` does for one."""
    settings = settings or HandleSettings()
    boxed = replace(settings, words_weight=settings.boxed_weight, slips_weight=settings.boxed_weight)
    found: list[tuple[Hypothesis, ...]] = [() for _ in lattices]
    for in_boxes, own in ((False, settings), (True, boxed)):
        at = [k for k, lattice in enumerate(lattices) if (lattice.alphabet == SIGNS) == in_boxes]
        for k, options in zip(at, _decode([lattices[k] for k in at], known, own), strict=True):
            found[k] = options
    return found


def _decode(lattices: Sequence[Lattice], known: Collection[str], settings: HandleSettings) -> list[tuple[Hypothesis, ...]]:
    """The same of lines that are all written in boxes, or none of them."""
    if not lattices:
        return []
    found: list[tuple[Hypothesis, ...]] = [() for _ in lattices]
    at = [k for k, lattice in enumerate(lattices) if _may_be(decode_greedy(lattice).text, settings)]
    folded = [[fold(view, lattices[k].alphabet, settings) for view in (lattices[k].log_probs, *lattices[k].views)] for k in at]
    spelled = {handle.lower(): handle for handle in known}
    prior = HandlePrior(known, load_handle_words(), settings)
    texts = search_views(folded, SIGNS, prior, settings.search)
    if settings.search.slipped:
        texts = _with_slips(texts, known, settings)
    for k, line in zip(at, texts, strict=True):
        found[k] = _hypotheses(_merged(line, spelled), frozenset(known), settings.search.keep)
    return found


def _with_slips(found: Sequence[list[Found]], known: Collection[str], settings: HandleSettings) -> list[list[Found]]:
    """The same texts, and those that the best of them may have been written as, best first.

    That a text is a likelier name counts for less here than in the search; that it is a less likely one counts in full, else the many ways
    to put a letter into a good handle would together make it doubtful. A slip is not asked about where not even the likeliest handle would
    make up for it.
    """
    slips, names = load_slips("handles"), HandlePrior(known, load_handle_words(), replace(settings, words_weight=1.0, character_bonus=0.0))
    read = [(k, texts[0]) for k, texts in enumerate(found) if texts and not {".", "@"} & set(texts[0].text[1:])]
    ways = [
        (k, f, log, text, rate)
        for (k, f), log in zip(read, prior_logs([f.text for _, f in read], SIGNS, names).tolist(), strict=True)
        for text, rate in in_names(f.text, slips, settings.slips_weight * (log + settings.plainest))
    ]
    out = [list(texts) for texts in found]
    for (k, f, before, text, rate), log in zip(ways, prior_logs([way[3] for way in ways], SIGNS, names).tolist(), strict=True):
        gain = min(log - before, settings.slips_weight * (log - before)) + settings.character_bonus * (len(text) - len(f.text))
        out[k].append(Found(text, f.log_prob + rate, f.log_prior + gain))
    return [ranked(texts)[: settings.search.keep] for texts in out]


def _may_be(plain: str, settings: HandleSettings) -> bool:
    return len(plain) <= settings.longest_line or bool({"@", "."} & set(plain))


def _merged(found: Sequence[Found], spelled: Mapping[str, str]) -> list[Found]:
    """Texts as handles are written, known ones in their own spelling; the likeliest of those that are then alike."""
    merged: dict[str, Found] = {}
    for f in found:
        text = _written(f.text)
        text = spelled.get(text.lower(), text)
        merged.setdefault(text, replace(f, text=text))
    return list(merged.values())


def fold(log_probs: LogProbs, alphabet: tuple[str, ...], settings: HandleSettings) -> LogProbs:
    """TxS log-probabilities of the grammar's signs, from TxC of the recogniser's classes."""
    probabilities = np.exp(log_probs)
    seen = np.flatnonzero(probabilities.max(axis=0, initial=0.0) > settings.search.least_probability)
    with np.errstate(divide="ignore"):
        return np.log(probabilities[:, seen] @ _folding(alphabet, settings.like_at)[seen])


@lru_cache(maxsize=4)
def _folding(alphabet: tuple[str, ...], like_at: float) -> NDArray[np.float32]:
    """CxS: which share of a class counts for which sign. Lattices in the alphabet of handles are those of boxes (``comb.box_lattice``)."""
    shapes = SHAPES_IN_BOXES if alphabet == SIGNS else SHAPES
    shares = np.zeros((len(alphabet), len(SIGNS)), dtype=np.float32)
    for row, character in zip(shares, alphabet, strict=True):
        sign = FOLDED.get(character, unicodedata.normalize("NFD", character)[:1])
        if sign in SIGNS:
            row[SIGNS.index(sign)] = 1.0
        if sign == ".":
            row[SIGNS.index("_")] = DOT_IS_UNDERSCORE
        for other, share in shapes.get(sign, {}).items():
            row[SIGNS.index(other)] = share
        if character in LIKE_AT:
            row[SIGNS.index("@")] = like_at
    return shares


def _written(text: str) -> str:
    """A found text as a handle is written: with its ``@``; a domain has dashes where a name has ``_``."""
    text = "@" + text.lstrip("@") if not text.startswith("@") else text
    if "@" in text[1:]:
        name, _, server = text[1:].partition("@")
        return f"@{name}@{server.replace('_', '-').lower()}"
    return text.replace("_", "-").lower() if "." in text else text


def _hypotheses(found: Sequence[Found], known: frozenset[str], keep: int) -> tuple[Hypothesis, ...]:
    return tuple(Hypothesis(f.text, f.score, share, float(f.text in known), f.log_prob) for f, share in with_posteriors(found)[:keep])
