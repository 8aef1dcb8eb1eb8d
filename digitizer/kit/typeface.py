"""The kit's typeface: Open Sans, which comes with Boardcast, and a font of the organizer's for signs that it lacks.

Latin, Greek and Cyrillic are in Open Sans. Widths and coverage are those of the fonts as they are embedded in the PDF.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFError, TTFont

from digitizer.errors import EventError
from digitizer.shipped import FONTS


@dataclass(frozen=True, eq=False)
class Font:
    """A TrueType font: its name in the PDF, its file, and what it has."""

    name: str
    path: Path
    loaded: TTFont

    def has(self, sign: str) -> bool:
        """Whether the font draws this sign."""
        return ord(sign) in self.loaded.face.charToGlyph

    def width(self, text: str, size: float) -> float:
        """Width of a line in the unit of ``size``."""
        return float(self.loaded.stringWidth(text, size))


@dataclass(frozen=True, eq=False)
class Typeface:
    """``regular`` and ``bold``, and what stands in where they lack a sign."""

    regular: Font
    bold: Font
    other: Font | None = None

    def runs(self, text: str, bold: bool) -> list[tuple[Font, str]]:
        """The text in parts of one font each, without ornaments that no font has. Raises ``EventError`` where a letter is missing.

        And where letters run from right to left: they would be printed in the wrong order, those of Arabic unjoined.
        """
        first = self.bold if bold else self.regular
        chosen = [(self._font_for(sign, first), sign) for sign in text]
        kept = [(font, sign) for font, sign in chosen if font is not None or not _is_ornament(sign)]
        if any(sign.strip() for _, sign in kept):
            chosen = kept
        if any(unicodedata.bidirectional(sign) in ("R", "AL") for sign in text):
            raise EventError(f'The kit cannot write "{text}", from right to left.', remedy="Write the name in Latin letters.")
        missing = "".join(dict.fromkeys(sign for font, sign in chosen if font is None))
        if missing:
            raise EventError(
                f'The kit\'s typeface lacks signs of "{text}".',
                f"{len(missing)} of them: {missing}.",
                "Give a TrueType font that has them as --font, or write the name in Latin letters.",
            )
        return [(font, "".join(sign for _, sign in part)) for font, part in groupby(chosen, key=lambda pair: pair[0]) if font is not None]

    def width(self, text: str, size: float, bold: bool = False) -> float:
        """Width of a line in the unit of ``size``."""
        return sum(font.width(part, size) for font, part in self.runs(text, bold))

    def fitting(self, text: str, width: float, size: float, bold: bool = False) -> float:
        """The size, ``size`` at most, at which a line is no wider than ``width``."""
        natural = self.width(text, size, bold)
        return size if natural <= width else size * width / natural

    def wrapped(self, text: str, width: float, size: float, bold: bool = False) -> list[str]:
        """The text in lines no wider than ``width``, where its words allow."""
        lines = [""]
        for word in text.split():
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and self.width(longer, size, bold) > width:
                lines.append(word)
            else:
                lines[-1] = longer
        return lines

    def shortened(self, text: str, width: float, size: float, bold: bool = False) -> str:
        """The text, its end cut off with an ellipsis where it is too wide."""
        if self.width(text, size, bold) <= width:
            return text
        while text and self.width(f"{text}…", size, bold) > width:
            text = text[:-1].rstrip()
        return f"{text}…"

    def _font_for(self, sign: str, first: Font) -> Font | None:
        return next((font for font in (first, self.other) if font is not None and font.has(sign)), None)


def _is_ornament(sign: str) -> bool:
    """Whether it is an emoji, or one of the signs that join and tint them: no part of a name that is read."""
    return unicodedata.category(sign) in ("So", "Sk", "Cf", "Me") or sign == "\N{VARIATION SELECTOR-16}"


def load_typeface(other: Path | None = None) -> Typeface:
    """The typeface, with a font file beside it. Raises ``EventError`` where that is no TrueType font."""
    regular, bold = (_load(f"OpenSans-{weight}", FONTS / f"OpenSans-{weight}.ttf") for weight in ("Regular", "Bold"))
    return Typeface(regular, bold, _load("Other", other) if other else None)


def _load(name: str, path: Path) -> Font:
    try:
        font = TTFont(name, str(path))
    except (TTFError, OSError) as error:
        raise EventError(f"{path} is no TrueType font that can be embedded.", f"{error}.", "Give another one as --font.") from error
    registerFont(font)
    return Font(name, path, font)
