"""What people write on cards, made up: words of the lexicon, names and handles, in the casings that hands use."""

from __future__ import annotations

import string
from collections.abc import Sequence

import numpy as np
import wordfreq

from digitizer.shipped import MODELS

LANGUAGES = (("en", 0.74), ("de", 0.13), ("fr", 0.07), ("es", 0.06))
JOINERS = (" & ", " + ", " vs. ", ": ", " - ", ", ", "/", " (")
ENDINGS = ("?", "!", "...", ".", " 101", " 2", ")", ",")


class Texts:
    """An endless source of lines. ``line`` draws one of them."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.words = {language: _common(language) for language, _ in LANGUAGES}
        self.technical = listed("words_technical.txt")
        self.names = listed("first_names.txt")

    def line(self) -> str:
        """A title's line, a handle, a name or a few digits, in the shares in which cards carry them."""
        kind = self.rng.random()
        if kind < 0.60:
            return self._title()
        if kind < 0.88:
            return "@" + self.user_name()
        if kind < 0.95:
            return self._cased(" ".join(self._pick(self.names) for _ in range(self.rng.integers(1, 3))))
        return "".join(self.rng.choice(list(string.ascii_letters + string.digits + "-_.:#'&+ "), self.rng.integers(2, 10))).strip() or "7"

    def _pick(self, options: Sequence[str]) -> str:
        return options[int(self.rng.integers(len(options)))]

    def _word(self, language: str) -> str:
        if self.rng.random() < 0.3:
            return self._pick(self.technical)
        words = self.words[language]
        return words[int(len(words) * self.rng.random() ** 2)]

    def _title(self) -> str:
        language = str(self.rng.choice([name for name, _ in LANGUAGES], p=[share for _, share in LANGUAGES]))
        words = [self._word(language) for _ in range(int(self.rng.choice([1, 2, 3, 4], p=[0.34, 0.38, 0.2, 0.08])))]
        text = words[0]
        for word in words[1:]:
            text += (self._pick(JOINERS) if self.rng.random() < 0.1 else " ") + word
        return self._cased(text) + (self._pick(ENDINGS) if self.rng.random() < 0.1 else "")

    def _cased(self, text: str) -> str:
        style = self.rng.random()
        if style < 0.3:
            return text.upper()
        if style < 0.55:
            return text[:1].upper() + text[1:]
        return text.title() if style < 0.7 else text

    def user_name(self) -> str:
        """A handle without its ``@``: a name, a word or both, at times digits, at times such as stand for letters."""
        parts = [self._pick(self.names).lower(), self._word("en").lower()]
        self.rng.shuffle(parts)
        parts = parts[: int(self.rng.integers(1, 3))]
        if self.rng.random() < 0.45:
            parts.append(str(self.rng.integers(0, 10 ** int(self.rng.integers(1, 5)))))
        text = self._pick(("", "_", "_", "__" if self.rng.random() < 0.05 else "")).join(parts)
        text = "".join(character for character in text if character in string.ascii_letters + string.digits + "_")
        text = "".join(c.upper() if self.rng.random() < 0.02 else c for c in text)
        if self.rng.random() < 0.2:
            text = text.upper() if self.rng.random() < 0.5 else text.title()
        if self.rng.random() < 0.12:
            text = text.replace(self._pick("oeia"), self._pick("0314"), 1)
        return (text[:15] + ("_" if self.rng.random() < 0.04 else ""))[:15] or "me"


def _common(language: str) -> list[str]:
    words = wordfreq.top_n_list(language, 30_000)
    return [word for word in words if not any(ord(character) > 0x17F for character in word)]


def listed(name: str) -> list[str]:
    """The words of a list under models/: many a line, comments and the leading weight left out."""
    lines = (MODELS / name).read_text(encoding="utf-8").splitlines()
    words = [word for line in lines if not line.startswith("#") for word in line.split()]
    return [word for word in words if not word.isdigit()]
