"""What the recogniser may have swallowed: readings with odd words, and what these may have been written as.

In a hand that it never met the recogniser swallows letters, and is as sure of what is left as of all else: against ``pagnation`` the
lattice gives ``pagination`` one chance in a thousand, and the beam rightly believes it. How often the recogniser slips so is another
matter, and was counted (:mod:`digitizer.training.slips`): a noisy channel (Kernighan, Church and Gale 1990) beside the lattice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from digitizer.shipped import MODELS

MODEL = MODELS / "slips.json"

Slips = Mapping[str, tuple[tuple[str, float], ...]]
"""For what was read, what may have been written, each with the natural log of how often the one is read as the other."""

WORD = re.compile(r"\S+")
LETTERS, LETTERS_BEFORE = re.compile(r"[^\W\d_]+"), re.compile(r"[^\W\d_]+$")
MOST_READ = 2
"""Letters read for a slip, at most."""

LEAST_LETTERS = 3
"""Shorter words are a letter away from too many others."""

SIGNS_OF_HANDLES = frozenset("@_")
"""A word with one of these is no title's, and a lexicon has nothing to say of it."""

COMPOUND_LETTERS = 4
"""Parts of compounds have as many; of words that ran together one is mostly shorter (``and``, ``to``, ``vs``)."""


@lru_cache(maxsize=2)
def load_slips(kind: str) -> Slips:
    """The slips that ``digitizer.training.slips`` counted in "titles" or in "handles", in lower case."""
    rates = json.loads(MODEL.read_text(encoding="utf-8"))[kind]
    by_read: dict[str, list[tuple[str, float]]] = {}
    for slip, rate in rates.items():
        true, _, read = slip.partition(">")
        by_read.setdefault(read, []).append((true, rate))
    return {read: tuple(options) for read, options in by_read.items()}


def in_titles(text: str, slips: Slips, knows: Callable[[str], bool]) -> Iterator[tuple[str, float]]:
    """What a title may have been written as, by one slip in or beside a word that is not known, and how often it is read so (log).

    All words that the slip touches are known then. Case follows the reading.
    """
    for begin, end in _unknown(text, knows):
        for at, read, true, rate in _slips_in(text, begin, end, slips):
            other = text[:at] + _cased(true, text, at, len(read)) + text[at + len(read) :]
            if _is_known(other, at, at + len(true), knows) and not _parts_a_compound(other, at, read, true):
                yield other, rate


def in_names(text: str, slips: Slips, least: float) -> Iterator[tuple[str, float]]:
    """Handles that a reading may have been written as, by one slip after its ``@``, and how often it is read so (log): ``least`` or more.

    ``_`` and zeros are none: shape tells (:mod:`digitizer.glyphs`). Nor are digits of which nothing is seen: they stand for letters.
    """
    for at, read, true, rate in _slips_in(text, int(text.startswith("@")), len(text), slips):
        is_name = (true + read).isalnum() and true.isascii() and "0" not in true + read
        if rate >= least and is_name and (read or true.isalpha()):
            yield text[:at] + _cased(true, text, at, len(read)) + text[at + len(read) :], rate


def _unknown(text: str, knows: Callable[[str], bool]) -> Iterator[tuple[int, int]]:
    """Begin and end of each word that no list holds; what is built like a handle is not looked up."""
    for word in WORD.finditer(text):
        letters = sum(map(str.isalpha, word.group()))
        if letters >= LEAST_LETTERS and not SIGNS_OF_HANDLES & set(word.group()) and not knows(word.group()):
            yield word.span()


def _slips_in(text: str, begin: int, end: int, slips: Slips) -> Iterator[tuple[int, str, str, float]]:
    """Where in a word or at its sides the recogniser may have slipped, what was read there, what may have been written, and the rate."""
    for length in range(MOST_READ + 1):
        for at in range(max(0, begin - 1), min(len(text), end + 1) - length + 1):
            read = text[at : at + length].lower()
            if (begin <= at and at + length <= end) or read == " ":
                yield from ((at, read, true, rate) for true, rate in slips.get(read, ()))


def _is_known(text: str, begin: int, end: int, knows: Callable[[str], bool]) -> bool:
    """Whether all words that touch a part of a text are known."""
    return all(knows(word.group()) for word in WORD.finditer(text) if word.end() >= begin and word.start() <= end)


def _parts_a_compound(text: str, at: int, read: str, true: str) -> bool:
    """Whether nothing but a sign or space is put between two long words: set together they are as often one (Nichtfunktionale, BarCamp)."""
    if read or any(map(str.isalnum, true)):
        return False
    before, after = LETTERS_BEFORE.search(text[:at]), LETTERS.match(text[at + len(true) :])
    return min(len(found.group()) if found else 0 for found in (before, after)) >= COMPOUND_LETTERS


def _cased(true: str, text: str, at: int, length: int) -> str:
    """What was written, in the case of what was read there, or of what stands beside it."""
    read = text[at : at + length]
    beside = read if any(map(str.isalpha, read)) else text[max(0, at - 1) : at] + text[at + length : at + length + 1]
    if beside.isupper() and (len(true) < 2 or text[at + length : at + length + 1].isupper() or text[max(0, at - 1) : at].isupper()):
        return true.upper()
    return true.capitalize() if read[:1].isupper() else true
