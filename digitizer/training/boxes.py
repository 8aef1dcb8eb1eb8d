"""Boxes of a topic card's comb to train on, without end: a printed card, a sign in each box, as photographed and as the reader sees it.

The card is the kit's own page. One writer fills all boxes of a card: a face bent as ``digitizer.training.handwriting`` bends it, large or
small, high or low, not quite in the middle; signs that are too wide reach into the box beside. Then comes what a camera does: the picture
is cut a little askew, has few pixels, is blurred, noisy, tinted, packed as JPEG.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

import cv2
import numpy as np
from PIL import ImageFont

from calibration import topic_card
from calibration.kit import Box
from calibration.rig import Floats, Image
from digitizer.decoder.comb import BOX_SIGNS
from digitizer.event import parse_event
from digitizer.kit.card_pages import topic_card as printed_shapes
from digitizer.kit.order import Order
from digitizer.kit.raster import to_picture
from digitizer.kit.shapes import Page
from digitizer.kit.typeface import load_typeface
from digitizer.lines.comb import ink_share, whole_boxes
from digitizer.settings import CombSettings
from digitizer.training.handwriting import GLYPH_PX, Ink, Signs, draw_sign
from digitizer.training.lines import hand

DRAWN_PX_A_MM = 6.0
"""Fineness of the drawn card: above that of any photo."""

COARSE_PX, FINE_PX = 1.5, 4.5
"""Px a mm in photos: below, nobody reads a box; above, boxes are shrunk."""

CAPITAL_MM, BASE_MM = 5.6, 3.1
"""Usual height of capitals, and of the line that signs stand on above the foot of their box."""

OVER = 0.1
"""Share of signs too wide for their box that are not made to fit."""

MOST_TURN_DEG = 6.0
"""Nobody turns single signs further; where letters are joined the line's slope adds to it."""

EVENT = '[event]\nname = "Unconference"\ntimezone = "UTC"\n[[board]]\nid = "a"\ndate = 2026-11-27\nrooms = ["A"]\nslots = ["10:00"]\n'


class DrawnBoxes:
    """Combs in the hands of ``fonts``. Iterating never ends; the same seed gives the same combs."""

    def __init__(self, fonts: Sequence[ImageFont.FreeTypeFont], seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._fonts = fonts

    def __iter__(self) -> Iterator[Signs]:
        while True:
            yield self._comb()

    @cached_property
    def _paper(self) -> Image:
        order = Order(parse_event(EVENT), load_typeface(), "a4", None, range(1, 2))
        page = Page("", topic_card.CARD_MM, tuple(printed_shapes(order, 1)))
        return to_picture(page, DRAWN_PX_A_MM, order.typeface)

    def _comb(self) -> Signs:
        rng = self._rng
        signs = "".join(BOX_SIGNS[i] for i in rng.integers(len(BOX_SIGNS), size=topic_card.BOXES))
        ink = self._written(signs, self._fonts[int(rng.integers(len(self._fonts)))])
        colour = _ink_colour(rng)
        card = self._paper * (1 - ink[..., None] * (1 - colour / 255))
        share = ink_share(photographed(card, rng), CombSettings())
        return Signs(signs, whole_boxes(share, range(topic_card.BOXES)))

    def _written(self, signs: str, font: ImageFont.FreeTypeFont) -> Ink:
        """The ink of a whole card, HxW, its comb filled by one writer."""
        rng = self._rng
        capital_mm, base_mm = CAPITAL_MM * float(np.exp(rng.normal(0, 0.14))), BASE_MM + rng.normal(0, 0.5)
        wild, thicker = hand(rng), float(rng.normal(0.3, 1.2))
        wild = replace(wild, turn_deg=min(wild.turn_deg, MOST_TURN_DEG))
        _, top, _, bottom = font.getbbox("H", anchor="ls")
        layer = np.zeros(self._paper.shape[:2], np.float32)
        for number, sign in enumerate(signs):
            glyph = draw_sign(sign, font, rng, wild, thicker)
            scale = capital_mm * float(rng.normal(1, 0.05)) * DRAWN_PX_A_MM / max(bottom - top, 1)
            if glyph.max() > 0.3:  # else the pen was too thin for this face
                np.maximum(layer, self._placed(glyph, scale, topic_card.box(number), base_mm), out=layer)
        return layer

    def _placed(self, glyph: Ink, scale: float, box: Box, base_mm: float) -> Ink:
        """The ink of a whole card that has one sign, ``scale`` px a px of the drawn one, ``base_mm`` above the foot of its box."""
        rng = self._rng
        columns = np.flatnonzero(glyph.max(axis=0) > 0.3)
        wide_mm = (columns[-1] + 1 - columns[0]) * scale / DRAWN_PX_A_MM
        if rng.random() >= OVER:
            scale *= min(1.0, (box.width - 0.6) / wide_mm)
        x = (box.x + box.width / 2 + rng.normal(0, 0.45)) * DRAWN_PX_A_MM - (columns[0] + columns[-1]) / 2 * scale
        y = (box.bottom - base_mm + rng.normal(0, 0.35)) * DRAWN_PX_A_MM - 2 * GLYPH_PX * scale
        card_from_glyph = np.array([[scale, 0, x], [0, scale, y]])
        height, width = self._paper.shape[:2]
        return np.asarray(cv2.warpAffine(glyph, card_from_glyph, (width, height), flags=cv2.INTER_AREA), np.float32)


def _ink_colour(rng: np.random.Generator) -> Floats:
    """BGR of a pen: black, blue, green, red, pencil and what is between."""
    usual = np.array([[28, 25, 25], [130, 50, 40], [50, 90, 30], [40, 30, 150], [74, 72, 70], [110, 108, 105]], np.float64)
    return np.asarray(np.clip(usual[int(rng.integers(len(usual)))] + rng.normal(0, 14, 3), 0, 200))


def photographed(card: Floats, rng: np.random.Generator) -> Image:
    """A card HxWx3 as a photo shows it, cut out along its corners but for a fraction of a millimetre."""
    px_per_mm = float(np.exp(rng.uniform(np.log(COARSE_PX), np.log(FINE_PX))))
    width, height = (round(side * px_per_mm) for side in topic_card.CARD_MM)
    corners = np.array([[0, 0], [card.shape[1], 0], [card.shape[1], card.shape[0]], [0, card.shape[0]]], np.float64)
    askew = (corners + rng.normal(0, 0.2 * DRAWN_PX_A_MM, (4, 2))).astype(np.float32)
    photo_from_card = cv2.getPerspectiveTransform(askew, np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32))
    shrunk = cv2.GaussianBlur(card.astype(np.float32), (0, 0), 0.45 * card.shape[1] / width)  # as pixels average what falls on them
    seen = cv2.warpPerspective(shrunk, photo_from_card, (width, height), flags=cv2.INTER_LINEAR)
    seen = cv2.GaussianBlur(seen, (0, 0), max(0.05, rng.gamma(1.5, 0.35)))
    light = rng.uniform(0.35, 1.0) * (1 + rng.normal(0, 0.1) * np.linspace(-1, 1, width)[None, :, None])
    seen = seen * light * rng.normal(1, 0.04, 3) + rng.normal(0, rng.uniform(0.5, 5), seen.shape)
    picture = np.asarray(np.clip(seen, 0, 255), np.uint8)
    if rng.random() < 0.5:
        _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(60, 96))])
        picture = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return picture
