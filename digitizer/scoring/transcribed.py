"""Measures for photos of real boards, whose truth is boxes and texts: found, in the right cell, character error rate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import cv2
import numpy as np

from calibration.rig import Cell, Floats
from digitizer.edits import edits, plain, plain_handle
from digitizer.event import Board

LEAST_OVERLAP = 0.4
"""Intersection over union at which a card found is the card asked for; boxes drawn by eye round turned cards reach 0.6."""


@dataclass(frozen=True)
class TextTally:
    """Counts over cards asked for: ``found``; ``placed`` in the right cell of those ``celled``; characters of the text and edits to it."""

    want: int = 0
    found: int = 0
    celled: int = 0
    placed: int = 0
    chars: int = 0
    err: int = 0
    handles: int = 0
    handle: int = 0
    flagged: int = 0

    def __add__(self, other: TextTally) -> TextTally:
        """The counts of both."""
        return TextTally(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


def figures(tallies: Iterable[TextTally]) -> dict[str, float | None]:
    """The figures of one or more photos, by name; None where nothing was asked for."""
    parts = list(tallies)
    t = sum(parts, TextTally())
    return {
        "photos": len(parts),
        "cards": t.want,
        "recall": _share(t.found, t.want),
        "in_cell": _share(t.placed, t.celled),
        "text_cer": _share(t.err, t.chars),
        "handle_exact": _share(t.handle, t.handles),
        "handles": t.handles,
        "flagged": _share(t.flagged, t.want),
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def hold(asked: Sequence[Mapping[str, Any]], reading: Mapping[str, Any], board: Board) -> TextTally:
    """Hold a reading (``boardcast digitize --json``) against the asked cards of a transcription: pairs by overlap, best first."""
    found: list[tuple[Mapping[str, Any], Cell | None]] = [(card, board.cell_of(card["room"], card["slot"])) for card in reading["cards"]]
    found += [(card, None) for card in reading.get("outside", ())]
    overlaps = np.array([[overlap(card["polygon"], true["bbox"]) for card, _ in found] for true in asked]).reshape(len(asked), len(found))
    pairs: dict[int, int] = {}
    while overlaps.size and overlaps.max() >= LEAST_OVERLAP:
        row, column = (int(i) for i in np.unravel_index(int(overlaps.argmax()), overlaps.shape))
        pairs[row] = column
        overlaps[row, :] = overlaps[:, column] = 0
    return sum((_count(true, found[pairs[i]] if i in pairs else None) for i, true in enumerate(asked)), TextTally())


def overlap(polygon: Sequence[Sequence[float]], bbox: Sequence[float]) -> float:
    """Intersection over union of a convex 4x2 polygon and a box (x, y, width, height), both in photo px."""
    x, y, width, height = bbox
    box: Floats = np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], dtype=np.float64)
    area, _ = cv2.intersectConvexConvex(np.asarray(polygon, np.float32), box.astype(np.float32))
    union = float(cv2.contourArea(np.asarray(polygon, np.float32))) + width * height - area
    return float(area) / union if union > 0 else 0.0


def _count(true: Mapping[str, Any], found: tuple[Mapping[str, Any], Cell | None] | None) -> TextTally:
    text, celled = plain(" ".join(true["text"].splitlines())), true.get("row") is not None and true.get("col") is not None
    asked = TextTally(want=1, celled=celled, chars=len(text), handles=bool(true.get("handle")))
    if found is None:
        return asked + TextTally(err=len(text))
    card, cell = found
    return asked + TextTally(
        found=1,
        placed=celled and cell == Cell(true["row"], true["col"]),
        err=edits(text, plain(" ".join(card["lines"]))),
        handle=bool(true.get("handle")) and plain_handle(true["handle"]) == plain_handle(card.get("handle")),
        flagged=bool(card.get("needs_review", False)),
    )
