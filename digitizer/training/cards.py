"""Whole cards of made-up handwriting, with what stands on them and where: to fit and check how cards are read.

A card has a title over one to four lines and a handle, a host's name, or neither; one writer, one or two pens. Around it the crop shows
what crops of real boards show: a sliver of board, a shadow, vote marks, ruled paper.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ImageFont

from calibration.rig import Image
from digitizer.training.handwriting import Wildness, draw_line
from digitizer.training.texts import ENDINGS, LANGUAGES, Texts, listed

Role: TypeAlias = Literal["title", "handle", "host"]
Colour: TypeAlias = tuple[float, float, float]
PAPERS: tuple[Colour, ...] = (
    (120, 240, 250),
    (150, 120, 245),
    (245, 205, 130),
    (140, 235, 160),
    (90, 165, 250),
    (245, 245, 245),
    (225, 240, 245),
    (60, 130, 230),
    (70, 190, 210),
)
PENS: tuple[Colour, ...] = ((25, 25, 25), (25, 25, 25), (30, 30, 30), (120, 45, 30), (40, 30, 170), (40, 110, 30), (60, 60, 60))
"""BGR of common sticky notes and markers."""

COMMON, TECHNICAL = 0.7, 0.35
"""Power of a word's rank that its share falls with, between even (0) and as spoken (1): titles have few function words, and common nouns.
Share of technical words: every third word of a conference's titles."""

FORMS = (
    *(
        "_",
        "_ _",
        "_ & _",
        "_ for _",
        "_ in _",
        "_ with _",
        "Intro to _",
        "_ 101",
        "How to _",
        "_ vs _",
        "The _ of _",
        "_ and _",
        "_ meetup",
    ),
    *("Let's _", "_ help desk", "_: _ _", "Why _?", "_ for beginners", "What is _?", "_ without _", "Open _", "Building _ with _", "_ Q&A"),
)
"""How titles of sessions are built; ``_`` is any word."""


@dataclass(frozen=True)
class DrawnLine:
    """One line as drawn. ``box_px`` (x, y, width, height) in the card's picture."""

    text: str
    role: Role
    box_px: tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class DrawnCard:
    """``image`` HxWx3 u8 BGR with its lines, top to bottom."""

    image: Image
    lines: tuple[DrawnLine, ...]

    def text_of(self, role: Role) -> str:
        """What stands on the card in that role, lines joined."""
        return " ".join(line.text for line in self.lines if line.role == role)


class CardTexts(Texts):
    """What stands on a card, line by line: titles as sessions have them, mostly of common words, and handles as people choose them."""

    def __init__(self, rng: np.random.Generator) -> None:
        """Words are drawn by a power of their frequency: by the frequency itself nearly all would be of three letters."""
        super().__init__(rng)
        ranks = {language: np.arange(1, len(words) + 1) ** -COMMON for language, words in self.words.items()}
        self._sums = {language: np.cumsum(shares) / shares.sum() for language, shares in ranks.items()}
        self._parts = listed("handle_words.txt")

    def card(self) -> list[tuple[str, Role]]:
        """Titles are wrapped at words; then a handle (60 %), a host (20 %) or nothing."""
        words = self._title().split()
        widest = int(self.rng.integers(8, 19))
        lines = [words[0]]
        for word in words[1:]:
            if len(lines[-1]) + 1 + len(word) <= widest:
                lines[-1] += " " + word
            else:
                lines.append(word)
        out: list[tuple[str, Role]] = [(line, "title") for line in lines[:5]]
        chance = self.rng.random()
        if chance < 0.6:
            out.append(("@" + self.user_name_of_parts(), "handle"))
        elif chance < 0.8:
            out.append((self._pick(self.names).capitalize(), "host"))
        return out

    def _word(self, language: str) -> str:
        if self.rng.random() < TECHNICAL:
            return self._pick(self.technical)
        return self.words[language][int(np.searchsorted(self._sums[language], self.rng.random()))]

    def _title(self) -> str:
        language = "en" if self.rng.random() < 0.6 else str(self.rng.choice([name for name, _ in LANGUAGES], p=[s for _, s in LANGUAGES]))
        form = self._pick(FORMS) if language == "en" and self.rng.random() < 0.7 else " ".join(["_"] * int(self.rng.integers(1, 5)))
        text = re.sub("_", lambda _: self._word(language), form)
        return self._cased(text) + (self._pick(ENDINGS) if self.rng.random() < 0.06 else "")

    def user_name_of_parts(self) -> str:
        """A name and a word or two, at times digits or digits for letters; what Twitter allows."""
        parts = [self._pick(self.names).lower() if self.rng.random() < 0.8 else self._pick(self._parts).lower()]
        if self.rng.random() < 0.75:
            parts.append(self._pick(self._parts).lower() if self.rng.random() < 0.6 else self._word("en").lower())
        if self.rng.random() < 0.2:
            parts.append(str(self.rng.integers(0, 10 ** int(self.rng.integers(1, 5)))))
        text = self._pick(("", "", "_")).join(parts)
        text = re.sub(r"[^A-Za-z0-9_]", "", text)
        if self.rng.random() < 0.08:
            letter = self._pick("oeial")
            text = text.replace(letter, "03141"["oeial".index(letter)])
        if self.rng.random() < 0.15:
            text = text.upper() if self.rng.random() < 0.4 else text.title()
        return (text[:14] + "_" if self.rng.random() < 0.06 else text[:15]) or "me"


def draw_card(texts: CardTexts, fonts: Sequence[ImageFont.FreeTypeFont], rng: np.random.Generator) -> DrawnCard:
    """One card as a camera would see it, 160 to 420 px wide: as legible as cards on boards whose photos are sharp enough to be used."""
    font = fonts[int(rng.integers(len(fonts)))]
    width = int(rng.uniform(420, 560))
    height = int(width * rng.choice([1.0, 0.62, 1.0, rng.uniform(0.55, 1.3)]))
    coverage = np.zeros((height, width), np.float32)
    pens = [np.array(PENS[int(rng.integers(len(PENS)))])] * 2
    if rng.random() < 0.15:
        pens[1] = np.array(PENS[int(rng.integers(len(PENS)))])
    card = texts.card()
    lines = _write(coverage, card, font, rng)
    last = [line for line in lines if line.role != "title"]
    split = last[0].box_px[1] - 2 if last else height
    image = _paper(coverage.shape, rng)
    ink = np.where(np.arange(height)[:, None, None] < split, pens[0], pens[1])
    contrast = rng.choice([1.0, 0.9, 0.75, 0.6], p=[0.5, 0.3, 0.15, 0.05])
    image = image * (1 - coverage[..., None] * contrast) + ink * coverage[..., None] * contrast
    return _photograph(_votes(image, lines, rng), lines, rng)


def _write(
    coverage: NDArray[np.float32], card: list[tuple[str, Role]], font: ImageFont.FreeTypeFont, rng: np.random.Generator
) -> list[DrawnLine]:
    """Draw the lines onto ``coverage``; title from the top, the rest at the bottom, all as large as they fit."""
    height, width = coverage.shape
    wild = Wildness(slope_deg=0.5, warp=0.015)
    inks = [draw_line(text, font, rng, wild) for text, _ in card]
    titles = sum(role == "title" for _, role in card)
    margin = rng.uniform(0.03, 0.1) * width
    room = height - 2 * margin
    pitch = rng.uniform(0.95, 1.5)
    tall = min(rng.uniform(0.12, 0.24) * width, room / (pitch * (titles + (len(card) > titles) * rng.uniform(0.8, 1.0))))
    scale = min([tall / 72] + [0.97 * (width - 2 * margin) / ink.shape[1] for ink in inks[:titles]])
    align, slope = rng.choice(["left", "left", "centre"]), np.tan(np.radians(rng.normal(0, 1.5)))
    top, out = margin, []
    for k, ((text, role), ink) in enumerate(zip(card, inks, strict=True)):
        own = scale if role == "title" else min(scale * rng.uniform(0.55, 1.0), 0.95 * (width - 2 * margin) / ink.shape[1])
        small = np.asarray(cv2.resize(ink, None, fx=own, fy=own, interpolation=cv2.INTER_AREA), np.float32)
        place = align if role == "title" else rng.choice(["left", "right", "right", "centre"])
        spare = width - 2 * margin - small.shape[1]
        x = margin + max(0.0, {"left": 0.0, "centre": spare / 2, "right": spare}[str(place)]) + (k > 0) * rng.uniform(0, 0.05) * width
        base = top + scale * 72 * 0.9
        y = base - small.shape[0] * (0.8 if any(c in "gjpqy,_" for c in text) else 1.0)
        if role != "title":
            y = max(top, height - margin - small.shape[0] - (rng.uniform(0, 0.3) * (height - top) if rng.random() < 0.3 else 0))
        if y + small.shape[0] > height + 2:
            break
        out.append(DrawnLine(text, role, _stamp(coverage, small, x, y + slope * (x - width / 2), slope)))
        top = max(top + scale * 72 * pitch, y + small.shape[0] * 0.9)
    return out


def _stamp(coverage: NDArray[np.float32], ink: NDArray[np.float32], x: float, y: float, slope: float) -> tuple[float, float, float, float]:
    matrix = np.array([[1, 0, x], [slope, 1, y]], np.float64)
    drawn = cv2.warpAffine(ink, matrix, (coverage.shape[1], coverage.shape[0]), flags=cv2.INTER_LINEAR)
    np.maximum(coverage, drawn, out=coverage)
    rows, columns = np.flatnonzero(drawn.max(axis=1) > 0.3), np.flatnonzero(drawn.max(axis=0) > 0.3)
    if len(rows) == 0:
        return x, y, 1.0, 1.0
    return float(columns[0]), float(rows[0]), float(columns[-1] - columns[0] + 1), float(rows[-1] - rows[0] + 1)


def _paper(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float64]:
    """HxWx3 of a sheet: its colour, light that falls off, at times rules."""
    height, width = shape
    colour = np.clip(np.array(PAPERS[int(rng.integers(len(PAPERS)))]) + rng.normal(0, 10, 3), 20, 252)
    y, x = np.mgrid[0:height, 0:width] / max(shape)
    light = 1 + rng.normal(0, 0.06) * (x - 0.5) + rng.normal(0, 0.1) * (y - 0.5)
    if rng.random() < 0.1:
        light *= np.where(x * rng.normal(0, 1) + y * rng.normal(0, 1) > rng.normal(0, 0.3), 1.0, rng.uniform(0.65, 0.9))
    image = colour * light[..., None]
    if rng.random() < 0.06:
        pitch = int(rng.integers(28, 50))
        image[pitch // 2 :: pitch] *= rng.uniform(0.75, 0.92)
    return np.asarray(image)


def _votes(image: NDArray[np.float64], lines: Sequence[DrawnLine], rng: np.random.Generator) -> NDArray[np.float64]:
    """At times vote marks where nothing is written."""
    if rng.random() > 0.15:
        return image
    out, radius = np.ascontiguousarray(image), int(rng.integers(5, 12))
    for _ in range(int(rng.integers(2, 12))):
        x, y = rng.uniform(0, image.shape[1]), rng.uniform(0, image.shape[0])
        if all(not (b[0] - 25 < x < b[0] + b[2] + 25 and b[1] - 25 < y < b[1] + b[3] + 25) for b in (line.box_px for line in lines)):
            cv2.circle(out, (int(x), int(y)), radius, tuple(rng.uniform(0, 200, 3)), -1, cv2.LINE_AA)
    return out


def _photograph(image: NDArray[np.float64], lines: Sequence[DrawnLine], rng: np.random.Generator) -> DrawnCard:
    """Slivers of the board around the sheet, then few pixels, blur, noise, JPEG."""
    height, width = image.shape[:2]
    board = np.full((height + 40, width + 40, 3), rng.uniform(40, 250, 3))
    board[20:-20, 20:-20] = image
    left, top, right, bottom = (rng.uniform(0, 0.02 if rng.random() < 0.8 else 0.05) * width for _ in range(4))
    turn = np.tan(np.radians(rng.normal(0, 0.7)))
    size = (160 + 260 * rng.random() ** 1.5) / (width + left + right)
    matrix = np.array([[size, -size * turn, size * (left - 20)], [size * turn, size, size * (top - 20)]])
    out_size = (round(size * (width + left + right)), round(size * (height + top + bottom)))
    photo = cv2.warpAffine(
        cv2.GaussianBlur(board, (0, 0), 0.45 / size), matrix, out_size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    photo = cv2.GaussianBlur(photo, (0, 0), max(0.1, min(1.2, rng.gamma(1.5, 0.3)))) * rng.choice([1.0, 1.0, 0.7, 0.45])
    photo = np.clip(photo + rng.normal(0, rng.uniform(0.5, 5), photo.shape), 0, 255).astype(np.uint8)
    _, data = cv2.imencode(".jpg", photo, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(60, 95))])
    moved = tuple(DrawnLine(line.text, line.role, _moved(line.box_px, matrix)) for line in lines)
    return DrawnCard(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8), moved)


def _moved(box: tuple[float, float, float, float], matrix: NDArray[np.float64]) -> tuple[float, float, float, float]:
    corners = np.array([[box[0] + 20, box[1] + 20, 1], [box[0] + box[2] + 20, box[1] + box[3] + 20, 1]]) @ matrix.T
    return float(corners[0, 0]), float(corners[0, 1]), float(corners[1, 0] - corners[0, 0]), float(corners[1, 1] - corners[0, 1])
