"""How likely a name is as a handle: parts (names, words, numbers) set side by side, small letters standing in for digits now and then."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from digitizer.characters import END, START, CharacterModel, load_characters
from digitizer.lexicon import MODELS, WordList, first_names, load_words

PART_SHARE = 0.9
"""Share of handles' letters that listed parts explain; the rest is spelled by the character model."""

FEW_SHARE = 0.6
"""Of parts, the share of first names and of the words typical of handles; the rest are general words."""

ANOTHER_PART = 0.35
"""Probability that a part is followed by another at once, without a sign between."""

SHORTEST_WORD = 3
"""Shorter general words would explain anything."""

LEET = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t"}
LEET_SHARE = 0.02
"""How often a letter that has a digit's shape is written as that digit."""

DIGIT_FIRST = 0.02
DIGIT_AFTER_LETTERS = 0.12
DIGIT_AFTER_DIGIT = 0.6
SIGN = 0.12
LEAST_CUT = 1e-4
"""Ways to cut a run of letters that are this much rarer than the best are dropped."""

CACHE = 100_000


@dataclass(frozen=True)
class Run:
    """A run of letters: ``begins``, the probability that one begins so; ``new_part``, how likely its last letter begins a part.

    ``cuts``: where parts may begin, with the probability of what stands before; ``log_spelled`` is that of its letters without parts.
    """

    begins: float
    new_part: float
    cuts: tuple[tuple[int, float], ...]
    log_spelled: float


@dataclass(frozen=True, eq=False)
class HandleWords:
    """Parts of handles: ``few`` typical ones and ``many`` general words. Keep it: it remembers what it worked out."""

    few: WordList
    many: WordList
    characters: CharacterModel
    _runs: dict[str, Run] = field(default_factory=dict, repr=False)
    _begins: dict[str, tuple[float, float]] = field(default_factory=dict, repr=False)
    _ends: dict[str, float] = field(default_factory=dict, repr=False)

    def begins(self, text: str) -> tuple[float, float]:
        """Log probability that a handle begins so (lower case, without ``@``), and how likely its last sign begins a part."""
        known = self._begins.get(text)
        if known is None:
            known = self._begins[text] = self._work_out_begins(text)
            _bound(self._begins)
        return known

    def ends(self, text: str) -> float:
        """Log probability that a name is ``text``; the number of its parts is as it is."""
        known = self._ends.get(text)
        if known is None:
            known = self._ends[text] = self._work_out_ends(text)
            _bound(self._ends)
        return known

    def _work_out_begins(self, text: str) -> tuple[float, float]:
        run = _last_run(text)
        before = text[: len(text) - len(run)]
        log = self.ends(before) if before else 0.0
        if not run:
            return 0.0, 1.0
        if run.isdigit():
            return log + self._number(run, bool(before)), 1.0
        if not run[0].isalnum():
            return log + math.log(SIGN), 0.0
        letters = self._letters(run)
        return log + math.log(max(letters.begins, 1e-300)), 1.0 if len(run) == 1 else letters.new_part

    def _work_out_ends(self, text: str) -> float:
        run = _last_run(text)
        if not run or not run[0].isalnum() or run.isdigit():
            return self.begins(text)[0]
        letters, odd = _letters_of(run)
        whole = PART_SHARE * sum(p * self._whole(letters[start:]) for start, p in self._letters(run).cuts)
        spelled = (1 - PART_SHARE) * math.exp(self._letters(run).log_spelled + self.characters.log_prob(START + letters, END))
        before = text[: len(text) - len(run)]
        return (self.ends(before) if before else 0.0) + math.log(max((whole + spelled) * odd, 1e-300))

    def _number(self, digits: str, after_letters: bool) -> float:
        share = DIGIT_AFTER_LETTERS if after_letters else DIGIT_FIRST
        return math.log(share) + math.log(DIGIT_AFTER_DIGIT) * (len(digits) - 1) - math.log(10) * len(digits)

    def _letters(self, run: str) -> Run:
        known = self._runs.get(run)
        if known is None:
            known = self._runs[run] = self._work_out(run)
            _bound(self._runs)
        return known

    def _work_out(self, run: str) -> Run:
        if not run:
            return Run(1.0, 1.0, ((0, 1.0),), 0.0)
        shorter = self._letters(run[:-1])
        letters, odd = _letters_of(run)
        log_spelled = shorter.log_spelled + self.characters.log_prob(START + letters[:-1], letters[-1])
        parts = [p * self._mass(letters[start:]) for start, p in shorter.cuts]
        total = PART_SHARE * sum(parts) + (1 - PART_SHARE) * math.exp(log_spelled)
        new = sum(p for (start, _), p in zip(shorter.cuts, parts, strict=True) if start == len(run) - 1)
        kept = [cut for cut, p in zip(shorter.cuts, parts, strict=True) if p > LEAST_CUT * total]
        ends = ANOTHER_PART * sum(p * self._whole(letters[start:]) for start, p in kept)
        if ends > LEAST_CUT * total:
            kept.append((len(run), ends))
        return Run(total * odd, PART_SHARE * new / max(total, 1e-300), tuple(kept), log_spelled)

    def _mass(self, part: str) -> float:
        return FEW_SHARE * self.few.mass(part) + (1 - FEW_SHARE) * self.many.mass(part)

    def _whole(self, part: str) -> float:
        general = self.many.probability(part) if len(part) >= SHORTEST_WORD else 0.0
        return FEW_SHARE * self.few.probability(part) + (1 - FEW_SHARE) * general


def _bound(memory: dict[str, Any]) -> None:
    """Forget all once there is too much: it is worked out again in no time."""
    if len(memory) > CACHE:
        memory.clear()


def _last_run(text: str) -> str:
    """The run of letters (with digits among them that stand for letters), or of digits, or the ``_`` that a text ends with."""
    if not text or not text[-1].isalnum():
        return text[-1:]
    start = len(text)
    while start and text[start - 1].isalnum():
        start -= 1
    run = text[start:]
    tail = len(run.rstrip("0123456789"))
    return run[tail:] if tail < len(run) else run


def _letters_of(run: str) -> tuple[str, float]:
    """A run with digits read as the letters they stand for, and what that costs."""
    odd = 1.0
    letters = []
    for c in run:
        if c.isdigit():
            odd *= LEET_SHARE if c in LEET else LEET_SHARE / 10
        letters.append(LEET.get(c, c))
    return "".join(letters), odd


@lru_cache(maxsize=1)
def load_handle_words(path: Path = MODELS / "handle_words.txt") -> HandleWords:
    """The parts of handles that come with the package; read once a process."""
    lines = path.read_text(encoding="utf-8").splitlines()
    words = {word: 4.0 for line in lines if not line.startswith("#") for word in line.split()}
    names = {name: 1.0 for name in first_names() if name.isalpha()}
    return HandleWords(WordList.of(names | words), load_words(), load_characters())
