"""What was seen of a line, and the evidence it gives: which line it is, and how likely what was read of it is right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from digitizer.confidence import LineEvidence, SheetEvidence, handle_features, none_features, title_features
from digitizer.decoder import Hypothesis, decode_greedy
from digitizer.lexicon import Lexicon
from digitizer.lines import LineCrop
from digitizer.lines.unread import ledges, unread
from digitizer.model import Card
from digitizer.parse import Parsed, ReadLine
from digitizer.readers.base import Lattice


@dataclass(frozen=True, eq=False)
class SeenLine:
    """A line with all that was made of it: its crop, lattice and the three readings of it (handles: empty where it can be none)."""

    crop: LineCrop
    lattice: Lattice
    plain: Hypothesis
    as_title: tuple[Hypothesis, ...]
    as_handle: tuple[Hypothesis, ...]


def evidence_of_sheet(card: Card, lines: Sequence[SeenLine]) -> SheetEvidence:
    """What a card shows around its lines; what is printed on a topic card is read by nobody."""
    width_px, boxes = card.image.shape[1], [line.crop.box_px for line in lines]
    if card.number is not None:
        return SheetEvidence(card.visible, 0.0, width_px)
    left, cut = unread(card, boxes)
    return SheetEvidence(card.visible, left, width_px, cut)


def absence(lines: Sequence[SeenLine], parsed: Parsed, sheet: SheetEvidence) -> dict[str, float]:
    """Evidence that a card without a handle has none."""
    worst = min((line.plain.log_prob / max(1, len(line.plain.text)) for line in lines), default=0.0)
    return none_features(parsed.handle_confidence, worst, len(lines), sheet)


def evidence_of_title(lines: Sequence[SeenLine], sheet: SheetEvidence) -> dict[str, float]:
    """Evidence for the title that stands on ``lines``."""
    return title_features([_evidence(line, line.as_title) for line in lines], sheet)


def evidence_of_handle(card: Card, line: SeenLine, parsed: Parsed, sheet: SheetEvidence) -> dict[str, float]:
    """Evidence for the handle that stands on ``line`` of a card."""
    low = ledges(card, line.crop.box_px)
    return handle_features(_evidence(line, line.as_handle), at_start(line.lattice), parsed.handle_confidence, low, sheet)


def _evidence(line: SeenLine, options: Sequence[Hypothesis]) -> LineEvidence:
    views = [decode_greedy(replace(line.lattice, log_probs=view, views=())).text for view in line.lattice.views]
    return LineEvidence(options, [line.plain.text, *views], line.crop.box_px, line.lattice.log_probs)


def read_line(line: SeenLine, lexicon: Lexicon) -> ReadLine:
    """What the parser needs to know of a line."""
    words = known_share(line.plain.text, line.as_title, lexicon)
    best = line.as_handle[0] if line.as_handle else None
    fit = (best.log_prob - line.plain.log_prob) / max(1, len(line.plain.text)) if best else -3.0
    known = bool(best and best.text in lexicon.handles)
    guess = line.as_title[0].text if line.as_title else ""
    return ReadLine(line.plain.text, line.crop.box_px, at_start(line.lattice), min(fit, 0.0), words, known, guess)


def known_share(plain: str, titles: Sequence[Hypothesis], lexicon: Lexicon) -> float:
    """Share of a line's letters in known words: mean of what was read with the lexicon's help and what without."""
    words = plain.split()
    letters = sum(map(len, words))
    alone = sum(len(word) for word in words if lexicon.knows(word)) / letters if letters else 0.0
    return (alone + (titles[0].lexicon_share if titles else 0.0)) / 2


def at_start(lattice: Lattice) -> float:
    """Probability of ``@`` in the steps up to the first sign that is read, or that this sign is one, if that is more."""
    if "@" not in lattice.alphabet or len(lattice.log_probs) == 0:
        return 0.0
    at, read = lattice.alphabet.index("@"), np.flatnonzero(lattice.log_probs.argmax(axis=1) != 0)
    if not len(read):
        return float(np.exp(lattice.log_probs[:, at].max()))
    until = float(np.exp(lattice.log_probs[: int(read[0]) + 2, at].max()))
    first = lattice.log_probs[read[0]]
    return max(until, math.exp(first[at]) / max(1 - math.exp(first[0]), 1e-9))
