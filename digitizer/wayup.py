"""Which way up a card hangs, from one look at a line each way: writing on its side or head is nonsense, and looks unsure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from calibration.rig import Image, readonly
from digitizer import cores
from digitizer.decoder import Hypothesis, decode_greedy
from digitizer.lines import LineCrop, find_lines
from digitizer.model import Card, CardReading
from digitizer.readers.base import TextReader
from digitizer.settings import ReadSettings

NOTHING_READ = -99.0
"""Natural log of a probability that no line has."""


def turn(card: Card, quarters: int) -> Card:
    """The card turned by quarter turns, clockwise."""
    image, mask = (readonly(np.ascontiguousarray(np.rot90(picture, -quarters))) for picture in (card.image, card.mask))
    return replace(card, image=image, mask=mask)


def unturned(box_px: tuple[int, int, int, int], quarters: int, size_px: tuple[int, int]) -> tuple[int, int, int, int]:
    """A box of a card turned by quarter turns clockwise, in the frame of the card as it hangs; ``size_px`` (width, height) of that."""
    x, y, w, h = box_px
    width, height = size_px
    return {1: (y, height - x - w, h, w), 2: (width - x - w, height - y - h, w, h), 3: (width - y - h, x, h, w)}[quarters]


def as_it_hangs(card: Card, reading: CardReading, quarters: int) -> CardReading:
    """What was read of a card turned by quarter turns, as a reading of the card as it hangs."""
    height, width = card.image.shape[:2]
    lines = tuple(replace(line, box_px=unturned(line.box_px, quarters, (width, height))) for line in reading.lines)
    return replace(reading, card=card, lines=lines)


def legibility(plain: Sequence[Hypothesis]) -> float:
    """How sure the recogniser alone is of what it reads in lines: its mean log probability a character."""
    characters = sum(len(line.text.replace(" ", "")) for line in plain)
    return sum(line.log_prob for line in plain if line.text) / characters if characters else NOTHING_READ


def turned_to_read(cards: Sequence[Card], reader: TextReader, settings: ReadSettings) -> list[tuple[int, Card, Sequence[LineCrop]] | None]:
    """For each card the quarter turns that make it legible, the card so turned and its lines; None where none does."""
    turned = [(quarters, turn(card, quarters)) for card in cards for quarters in (1, 2, 3)]
    found = cores.each(lambda way: find_lines(way[1], settings.lines), turned)
    ways = [(*way, lines) for way, lines in zip(turned, found, strict=True)]
    asked = [n for n, (_, _, lines) in enumerate(ways) if lines]
    looks = reader.glance([_sample(ways[n][2], settings) for n in asked])
    sure = {n: legibility([decode_greedy(look)]) for n, look in zip(asked, looks, strict=True)}
    best = [max(range(3 * k, 3 * k + 3), key=lambda n: sure.get(n, NOTHING_READ)) for k in range(len(cards))]
    return [ways[n] if sure.get(n, NOTHING_READ) >= settings.legible else None for n in best]


def _sample(lines: Sequence[LineCrop], settings: ReadSettings) -> Image:
    """The beginning of the longest line's picture."""
    image = max(lines, key=lambda line: line.box_px[2]).image
    return image[:, : round(settings.turn_heights * image.shape[0])]
