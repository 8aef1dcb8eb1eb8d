"""Tells, on a card's ink map, writing from what is none: background at the rim, drawn lines, ruled paper, pins, stickers, specks."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from digitizer.lines.ink import Ink
from digitizer.lines.pieces import Labels, Mask, Pieces, pieces_of, weighted_median
from digitizer.lines.ruled import continued, ruled, rules
from digitizer.masks import told

RIM = 0.03
"""Share of the longer side within which the sheet's own edge, its shadow and its neighbours leave marks."""

EDGE_PX = 3
"""Width of the sheet's own edge in work pixels, where all paper looks a little like ink."""

FAINT = 7.0
"""Paper noises that a small piece must reach somewhere to count as a letter: grain of the paper passes for ink now and then."""


@dataclass(frozen=True, eq=False)
class Marks:
    """``labels`` HxW i32: pieces of ink, 0 none; ``letters`` K+1 bool: sized and placed like letters, so that lines may be built from them.

    The other pieces (dots, accents, specks, what touches the rim) belong to a line only if they lie in one; so does ``weak`` HxW bool, all
    ink cut low, without what was told to be no writing. ``ends`` K+1 bool: pieces in the rim that may be what a line ends with, or its
    first letter, and as well bits of the sheet's edge: they belong to a line only if they go on with it.
    """

    labels: Labels
    letters: Mask
    ends: Mask
    weak: Mask


def clean(ink: Ink) -> Marks:
    """The pieces of ink that may be writing."""
    longer = max(ink.mask.shape)
    framed = cv2.copyMakeBorder(ink.sheet.view(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    inside = cv2.distanceTransform(framed, cv2.DIST_L2, 3)[1:-1, 1:-1]
    near = np.asarray(inside <= RIM * longer)
    lines = rules(ink.mask)
    mask = ink.mask & ~lines
    labels, pieces, lined = _without_lines(mask & ~_edge(mask & near, np.asarray(inside <= 2)), lines, ink)
    hugging = np.bincount(labels[near], minlength=len(pieces.area)) > 0.6 * pieces.area
    letters = ~pieces.solid() & ~hugging & (pieces.area >= 12)
    typical, tall = (weighted_median(values[letters], pieces.area[letters]) for values in (pieces.a_letter(), pieces.height))
    letters &= (pieces.area >= 0.12 * typical) & ~pieces.dots(0.5 * tall)
    unlike = (pieces.area < 0.3 * typical) | (pieces.length > 0.15 * longer)
    faint = (pieces.peak < FAINT) & (pieces.area < typical)
    outer = np.bincount(labels[inside <= 2.5 * RIM * longer], minlength=len(pieces.area)) > 0.6 * pieces.area
    letters &= ~faint & ~(outer & pieces.bars(longer))
    gone = (pieces.area < 5) | (faint & hugging) | lined | (hugging & pieces.ruled(longer))
    # In the rim small pieces are the sheet's own edge or a line's last letter: none makes a line, but a line may claim it.
    ends = hugging & unlike & ~gone
    deep = np.bincount(labels[inside > EDGE_PX], minlength=len(pieces.area)) > 0.5 * pieces.area
    gone |= ends & ~deep
    gone[0] = True
    ends &= ~gone
    dropped = cv2.dilate((ink.mask & told(gone | ends, labels)).view(np.uint8), np.ones((3, 3), np.uint8)) > 0
    labels = np.where(gone, 0, np.arange(len(gone), dtype=np.int32)).take(labels)
    return Marks(labels, letters & ~gone & ~ends, ends, np.asarray(ink.weak & ~dropped & (inside > EDGE_PX)))


def _without_lines(mask: Mask, lines: Mask, ink: Ink) -> tuple[Labels, Pieces, Mask]:
    """Pieces of ``mask`` without what ``lines`` and pieces that are lines lead on to; and K+1 bool: those that are lines still."""
    longer = max(mask.shape)
    labels, pieces = pieces_of(mask, ink.strength)
    lined = ruled(labels, pieces, longer)
    on = continued(mask, lines | told(lined, labels))
    if not on.any():
        return labels, pieces, lined
    labels, pieces = pieces_of(mask & ~on & ~told(lined, labels), ink.strength)
    return labels, pieces, ruled(labels, pieces, longer)


def _edge(band: Mask, outermost: NDArray[np.bool_]) -> Mask:
    """Ink near the sheet's edge that runs along it for long: the edge itself. A letter that touches the edge crosses it."""
    longer = max(band.shape)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(band.astype(np.uint8), connectivity=8)
    reach = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    along = (reach > 0.12 * longer) | (np.bincount(labels[outermost], minlength=len(reach)) > 0.06 * longer)
    along[0] = False
    return told(along, labels)
