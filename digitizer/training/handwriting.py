"""Lines of made-up handwriting with their text: fonts bent, glyph by glyph, until no two words are drawn alike.

Fonts alone teach a recogniser fonts. So each glyph is turned, scaled and set off its baseline on its own, the line is slanted, curved and
warped by a smooth random field (Simard et al. 2003), strokes are thickened or thinned, and the picture goes through what a photo of a
card does to it: uneven paper, shadow, neighbours' strokes, few pixels, blur, noise, JPEG.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pictures
from PIL import ImageDraw, ImageFont

from calibration.rig import Image

Ink = NDArray[np.float32]
"""HxW, 0 paper to 1 ink."""

HELD_OUT = ("gloria-hallelujah", "kalam", "sriracha", "swanky-and-moo-moo")
"""Families that the recogniser is never trained on: a marker, a pen, a quick hand and a child's. Figures on made-up hands are of these."""

FITTED = ("architects-daughter", "grandstander", "nanum-brush-script", "rock-salt", "zen-kurenaido")
"""Families of the others, every fifth, that the recogniser of letters is not trained on either: what its word counts is fitted on them."""

GLYPH_PX = 72
"""Font size at which glyphs are drawn: fine enough for any photo."""


@dataclass(frozen=True, eq=False)
class Signs:
    """``text`` of N signs, and ``pictures`` NxHxW u8 of each where it was written, 0 paper to 255 ink."""

    text: str
    pictures: Image


@dataclass(frozen=True)
class Wildness:
    """How far lines stray from the font, as standard deviations unless said otherwise."""

    turn_deg: float = 2.5
    scale: float = 0.05
    lift: float = 0.03
    slant: float = 0.12
    slope_deg: float = 1.0
    warp: float = 0.03
    gap: float = 0.02


def draw_line(
    text: str,
    font: ImageFont.FreeTypeFont,
    rng: np.random.Generator,
    wild: Wildness,
    foreign: Mapping[str, ImageFont.FreeTypeFont] | None = None,
    tracking: float = 0.0,
) -> Ink:
    """Draw one line, tight to its ink; some signs in a ``foreign`` face on the same baseline, all ``tracking`` font sizes further apart."""
    foreign = foreign or {}
    widest = max(face.getlength(text) for face in (font, *foreign.values()))
    above = GLYPH_PX if foreign else 0  # a foreign face may be taller
    wider = GLYPH_PX * max(tracking, 0.0) * len(text)
    canvas = np.zeros((GLYPH_PX * 3 + 2 * above, int(widest * 1.5 + wider) + GLYPH_PX * 4), np.float32)
    x = float(GLYPH_PX)
    capital_size = rng.normal(1, wild.scale / 2)
    for before, character in zip(" " + text[:-1], text, strict=True):
        face = foreign.get(character, font)
        advance = face.getlength(character) if face is not font else font.getlength(before + character) - font.getlength(before)
        if character != " ":
            glyph = _glyph(character, face, rng, wild, capital_size)
            lower = above + font.getmetrics()[0] - face.getmetrics()[0]
            _stamp(canvas, glyph, x - GLYPH_PX, lower + GLYPH_PX * rng.normal(0, wild.lift))
            x += GLYPH_PX * tracking
        else:
            advance *= rng.uniform(0.7, 1.8)
        x += advance * capital_size + GLYPH_PX * rng.normal(0, wild.gap)
    return _tight(_warp(canvas, rng, wild), rng)


def _glyph(character: str, font: ImageFont.FreeTypeFont, rng: np.random.Generator, wild: Wildness, size: float) -> Ink:
    """One character in a box of 3x3 font sizes, its origin at (1, 1) of them, turned and scaled about its middle."""
    return _strayed(_plain(character, font, GLYPH_PX, "la"), rng, wild, size)


def _plain(character: str, font: ImageFont.FreeTypeFont, y_px: int, anchor: str) -> Ink:
    picture = Pictures.new("L", (GLYPH_PX * 4, GLYPH_PX * 3))
    ImageDraw.Draw(picture).text((GLYPH_PX, y_px), character, fill=255, font=font, anchor=anchor)
    return np.asarray(np.asarray(picture, np.float32) / 255, np.float32)


def _strayed(ink: Ink, rng: np.random.Generator, wild: Wildness, size: float) -> Ink:
    scale = size * rng.normal(1, wild.scale)
    matrix = cv2.getRotationMatrix2D((GLYPH_PX * 1.3, GLYPH_PX * 1.7), rng.normal(0, wild.turn_deg), scale)
    matrix[0, 1] += rng.normal(0, wild.slant / 4)
    return np.asarray(cv2.warpAffine(ink, matrix, (ink.shape[1], ink.shape[0]), flags=cv2.INTER_LINEAR), np.float32)


def draw_sign(sign: str, font: ImageFont.FreeTypeFont, rng: np.random.Generator, wild: Wildness, thicker: float) -> Ink:
    """Draw one character by itself, slanted and warped, in a box of 4x3 font sizes; it stands on two thirds of the height."""
    return _pen(_warp(_strayed(_plain(sign, font, 2 * GLYPH_PX, "ls"), rng, wild, 1.0), rng, wild), thicker)


def _stamp(canvas: Ink, glyph: Ink, x: float, y: float) -> None:
    left, top = round(x), max(0, round(y))
    glyph = glyph[: canvas.shape[0] - top, max(0, -left) : canvas.shape[1] - left]
    region = canvas[top : top + glyph.shape[0], max(0, left) : max(0, left) + glyph.shape[1]]
    np.maximum(region, glyph, out=region)


def _warp(canvas: Ink, rng: np.random.Generator, wild: Wildness) -> Ink:
    """Slant, slope, curve and a smooth random field, in one resampling."""
    height, width = canvas.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    middle = height / 2
    slant, slope = rng.normal(0.02, wild.slant), np.tan(np.radians(rng.normal(0, wild.slope_deg)))
    curve = rng.normal(0, 0.06) * GLYPH_PX * np.sin(x / width * np.pi * rng.uniform(0.5, 2) + rng.uniform(0, 6))
    shift_x, shift_y = (_field(canvas.shape, rng, wild.warp * GLYPH_PX) for _ in range(2))
    map_x, map_y = x + slant * (y - middle) + shift_x, y + slope * (x - width / 2) + curve + shift_y
    return np.asarray(cv2.remap(canvas, map_x.astype(np.float32), map_y.astype(np.float32), cv2.INTER_LINEAR), np.float32)


def _field(shape: tuple[int, ...], rng: np.random.Generator, amplitude_px: float) -> Ink:
    """A smooth random field: noise on a mesh of a third of a letter, grown bicubically."""
    mesh = (max(4, shape[1] * 3 // GLYPH_PX // 2), max(4, shape[0] * 3 // GLYPH_PX // 2))
    noise = rng.normal(0, amplitude_px, (mesh[1], mesh[0])).astype(np.float32)
    return np.asarray(cv2.resize(noise, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC), np.float32)


def _tight(canvas: Ink, rng: np.random.Generator) -> Ink:
    canvas = _pen(canvas, rng.normal(0.3, 1.4))
    rows, columns = np.flatnonzero(canvas.max(axis=1) > 0.3), np.flatnonzero(canvas.max(axis=0) > 0.3)
    if len(rows) == 0:
        return canvas[:8, :8]
    return canvas[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _pen(canvas: Ink, thicker: float) -> Ink:
    """Strokes of a thicker or thinner pen; a pen so thin that strokes break is not taken."""
    if abs(thicker) < 0.5:
        return canvas
    blurred = cv2.GaussianBlur(canvas, (0, 0), 1.5 + abs(thicker) / 2)
    cut = np.clip(0.5 - thicker * 0.12, 0.22, 0.7)
    drawn = np.clip((blurred - cut) * 6 + 0.5, 0, 1).astype(np.float32)
    return drawn if drawn.sum() > 0.7 * canvas.sum() else canvas


def photograph(ink: Ink, rng: np.random.Generator, height_px: int) -> Image:
    """A gray picture HxW u8 of a line on paper, ``height_px`` of ink high before margins, as a camera would see it."""
    margin = rng.uniform(0.02, 0.16, 4) * ink.shape[0]
    (top, bottom), (left, right) = margin[:2].astype(int), (margin[2:] * rng.uniform(0.5, 2.5)).astype(int)
    ink = np.pad(ink, ((top, bottom), (left, right)))
    ink = _neighbours(ink, rng) if rng.random() < 0.25 else ink
    scale = height_px / ink.shape[0]
    ink = np.asarray(cv2.resize(ink, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.float32)
    paper, contrast = rng.uniform(90, 245), rng.uniform(0.25, 0.95)
    gray = paper * (1 - ink * contrast * rng.uniform(0.8, 1) * (1 + _field(ink.shape, rng, 0.05)))
    gray = gray * (1 + _slow(ink.shape, rng)) + _field(ink.shape, rng, 1.5)
    gray = np.asarray(cv2.GaussianBlur(gray, (0, 0), max(0.05, min(rng.gamma(1.5, 0.3), height_px / 18))), np.float32)
    gray += rng.normal(0, rng.uniform(0.3, 5), gray.shape)
    picture = np.clip(gray, 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(45, 95))])
        picture = np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)
    return np.asarray(picture, np.uint8)


def _slow(shape: tuple[int, ...], rng: np.random.Generator) -> Ink:
    """Light that falls off across the line, at times with the edge of a shadow."""
    across = np.linspace(-1, 1, shape[1], dtype=np.float32)[None] * rng.normal(0, 0.06)
    down = np.linspace(-1, 1, shape[0], dtype=np.float32)[:, None] * rng.normal(0, 0.04)
    return np.asarray(across + down, np.float32)


def _neighbours(ink: Ink, rng: np.random.Generator) -> Ink:
    """Strokes of the lines above and below that reach into the crop: descenders, ascenders, or the card's edge."""
    out = ink.copy()
    reach = max(2, int(ink.shape[0] * rng.uniform(0.03, 0.12)))
    source = np.roll(ink, int(rng.integers(ink.shape[1] // 4 + 1, ink.shape[1] // 2 + 2)), axis=1)
    if rng.random() < 0.5:
        out[:reach] = np.maximum(out[:reach], source[-reach - int(ink.shape[0] * 0.1) :][:reach])
    else:
        out[-reach:] = np.maximum(out[-reach:], source[int(ink.shape[0] * 0.1) :][:reach])
    return out


def load_fonts(folder: Path, without: Sequence[str] = ()) -> list[ImageFont.FreeTypeFont]:
    """The .ttf files of a folder at drawing size, without the families named."""
    files = sorted(path for path in folder.glob("*.ttf") if not any(path.name.startswith(name + "-") for name in without))
    return [ImageFont.truetype(str(path), GLYPH_PX) for path in files]


def split_fonts(folder: Path, held_out: Sequence[str] = HELD_OUT) -> tuple[list[ImageFont.FreeTypeFont], list[ImageFont.FreeTypeFont]]:
    """The faces of a folder to fit on, and those to check on that nothing was fitted to."""
    learned = load_fonts(folder, without=held_out)
    known = {str(font.path) for font in learned}
    return learned, [font for font in load_fonts(folder) if str(font.path) not in known]
