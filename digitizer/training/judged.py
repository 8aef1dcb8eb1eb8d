"""Cards with known words -> evidence for each field, and whether the field was read right."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import ImageFont

from calibration.rig import Image
from digitizer.confidence import Features
from digitizer.edits import plain, plain_handle
from digitizer.evidence import SeenLine, absence, evidence_of_handle, evidence_of_sheet, evidence_of_title
from digitizer.lexicon import Lexicon
from digitizer.lines import find_lines
from digitizer.model import Card
from digitizer.parse import Role, join_title
from digitizer.read import see
from digitizer.readers.base import TextReader
from digitizer.readers.onnx_recogniser import OnnxRecogniser
from digitizer.training.cards import CardTexts, draw_card
from digitizer.weigh import weighed

LEAST_VISIBLE = 0.95
"""Share of a photographed card that must be in view: what is covered is not the reader's fault."""


FOLDS = 5
"""Parts into which made-up cards fall; photos are parts of their own."""


@dataclass(frozen=True, eq=False)
class Known:
    """A picture of a card HxWx3 u8 BGR and what stands on it; ``group``: the photo it is from, or a fold of made-up ones."""

    image: Image
    title: str
    handle: str
    group: str


@dataclass(frozen=True, eq=False)
class Judged:
    """A card that was read: the evidence for its title, and for its handle or for having none; whether each was right; its group."""

    title: Features | None
    handle: Features | None
    none: Features | None
    title_right: bool
    handle_right: bool
    group: str


def drawn(count: int, faces: Sequence[ImageFont.FreeTypeFont], seed: int) -> Iterator[Known]:
    """Made-up cards in these hands."""
    rng = np.random.default_rng(seed)
    texts = CardTexts(rng)
    for k in range(count):
        card = draw_card(texts, faces, rng)
        yield Known(card.image, card.text_of("title"), card.text_of("handle"), f"fold {k % FOLDS}")


def photographed(folder: Path) -> Iterator[Known]:
    """Cards of photos with truth (``*.json`` beside ``*.jpg``), cut along their known corners; covered ones are left out."""
    for path in sorted(folder.rglob("*.json")):
        truth, photo = json.loads(path.read_text(encoding="utf-8")), cv2.imread(str(path.with_suffix(".jpg")))
        if photo is None or "cards" not in truth:
            continue
        for card in truth["cards"]:
            if card.get("visible", 1) >= LEAST_VISIBLE and not card.get("stray"):
                yield Known(_cut(np.asarray(photo, np.uint8), card["polygon"]), card["title"], card["handle"] or "", path.stem)


def _cut(photo: Image, polygon: Sequence[Sequence[float]]) -> Image:
    corners = np.array(polygon, np.float32)
    width, height = (float(np.linalg.norm(corners[1] - corners[0])), float(np.linalg.norm(corners[3] - corners[0])))
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, flat)
    return np.asarray(cv2.warpPerspective(photo, matrix, (round(width), round(height)), flags=cv2.INTER_CUBIC), np.uint8)


def judge_all(cards: Iterable[Known]) -> list[Judged]:
    """Read cards and see what was right."""
    reader, lexicon = OnnxRecogniser(), Lexicon.for_event(None)
    out = []
    for known in cards:
        card = Card(None, np.zeros((4, 2)), known.image, np.full(known.image.shape[:2], 255, np.uint8), b"")
        crops = find_lines(card)
        lattices = reader.recognise([crop.image for crop in crops])
        (lines,) = see([crops], lattices, lexicon)
        out.append(judge(known, card, lines, reader, lexicon))
    return out


def judge(known: Known, card: Card, lines: Sequence[SeenLine], reader: TextReader, lexicon: Lexicon) -> Judged:
    """One card's evidence and outcome; equal as :mod:`digitizer.score` has it."""
    lines, parsed, _ = weighed(lines, lexicon, reader.glance)
    titles = [line for line, role in zip(lines, parsed.roles, strict=True) if role == Role.TITLE and line.as_title]
    handle = next((line for line, role in zip(lines, parsed.roles, strict=True) if role == Role.HANDLE and line.as_handle), None)
    sheet = evidence_of_sheet(card, lines)
    text = join_title([line.as_title[0].text for line in titles], lexicon.knows)
    return Judged(
        title=evidence_of_title(titles, sheet) if titles else None,
        handle=evidence_of_handle(card, handle, parsed, sheet) if handle else None,
        none=None if handle else absence(lines, parsed, sheet),
        title_right=plain(text) == plain(known.title),
        handle_right=plain_handle(handle.as_handle[0].text if handle else "") == plain_handle(known.handle),
        group=known.group,
    )
