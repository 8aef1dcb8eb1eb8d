"""Cards of the board's own colour, all of a board together: what their writing and their common size tell.

White on white is seen by edges of one or two levels, here and there. But the cards of one board come in one or two sizes, so that the edges
seen of some tell how large the others are (a vote over all, as in a Hough transform), and writing tells where they hang. Words about which
no side of a sheet is seen are a remark on the board itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from digitizer.cards.boxes import Found, Patch, search
from digitizer.cards.canvas import Canvas, Mask
from digitizer.cards.choose import Size, like_in_size, side_lengths
from digitizer.cards.faint import few_sizes, make_patch, near_cards, on_board_colour
from digitizer.cards.marks import Ink, blocks
from digitizer.settings import SegmentSettings

Box = tuple[int, int, int, int]
"""x, y, width, height in work px."""


@dataclass(frozen=True, eq=False)
class _View:
    """What is searched: ``free`` HxW writing that no card holds; the ``patch`` of slopes."""

    canvas: Canvas
    free: Mask
    patch: Patch


def find_written(canvas: Canvas, ink: Ink, taken: Mask, solid: Mask, coloured_px: Sequence[Size], settings: SegmentSettings) -> list[Found]:
    """Rectangles about writing that no other card holds, in work px.

    ``taken``: pixels of the cards found already, of the sizes ``coloured_px``, and of other large zones, near which no writing counts;
    ``solid``: the same but for shadows, near which no edge does. Where the shadow about a white card ends is the card's edge.
    Where all that is found has one of these sizes, nothing is learnt, and it is not looked for again.
    """
    free = np.asarray(ink.writing & canvas.grid & ~near_cards(canvas, taken, settings), bool)
    boxes = tuple(box for box in blocks(free, canvas.cell_px, settings) if not _along_line(canvas, free, box, settings))
    view = _View(canvas, free, make_patch(canvas, ink, solid, free, settings))
    known = few_sizes(coloured_px)
    found = _about(view, boxes, known, settings)
    sizes, share = _agreed(found, known, settings)
    if settings.sizes_agree and sizes and not all(card.sized for card in found):
        parts = tuple(part for box in boxes for part in _parts(free, box, sizes, settings))
        bonus = settings.agreed_size_bonus if share > 0.5 else settings.known_size_bonus
        found = _about(view, parts, sizes, replace(settings, faint_score=settings.guess_score, known_size_bonus=bonus))
    return [card for card in found if _seen(card, settings) > settings.faint_edge]


def _about(view: _View, boxes: Sequence[Box], sizes: Sequence[Size], settings: SegmentSettings) -> list[Found]:
    """The best rectangle about each block of writing that none of those before it holds."""
    found: list[Found] = []
    covered = np.zeros(view.free.shape, np.uint8)
    for x, y, width, height in boxes:
        block = np.s_[y : y + height, x : x + width]
        if covered[block][view.free[block]].mean() > 0.5 or not on_board_colour(view.canvas, (x, y, width, height), settings):
            continue
        card = search(view.patch, (x, y, width, height), sizes, settings)
        if card is not None:
            found.append(card)
            cv2.fillConvexPoly(covered, np.rint(card.quad_px).astype(np.int32), 1)
    return found


def _along_line(canvas: Canvas, free: Mask, box: Box, settings: SegmentSettings) -> bool:
    """Whether a block lies within the bands of the dividers: pieces of a line that was not seen as drawn."""
    x, y, width, height = box
    part = free[y : y + height, x : x + width]
    on_line = np.zeros_like(part)
    for low, high in canvas.column_bands:
        on_line[:, max(low - x, 0) : max(high - x, 0)] = True
    for low, high in canvas.row_bands:
        on_line[max(low - y, 0) : max(high - y, 0)] = True
    return bool(on_line[part].mean() > settings.line_ink)


def _agreed(found: Sequence[Found], known: Sequence[Size], settings: SegmentSettings) -> tuple[list[Size], float]:
    """The sizes of this board's cards, and the share of the votes that agree on them: each rectangle votes with the support of its sides.

    Two votes or more make a size, and a share of what the first has. Where most do not agree, that of each well seen one stands too.
    """
    sizes = [side_lengths(card.quad_px) for card in found]
    votes = np.array([float(card.support.sum()) for card in found])
    alike = np.array([[like_in_size(one, other, settings) for other in sizes] for one in sizes], bool).reshape(len(found), len(found))
    agreed: list[tuple[float, Size]] = []
    told = np.array([any(like_in_size(size, other, settings) for other in known) for size in sizes], bool)
    free = np.ones(len(found), bool)
    while free.any():
        total = np.where(free, (alike & free) @ (votes * free), -1.0)
        best = int(np.argmax(total))
        group = alike[best] & free
        if group.sum() > 1 and (not agreed or total[best] > settings.size_votes * agreed[0][0]):
            wide, high = np.median([sizes[k] for k in np.flatnonzero(group)], axis=0)
            agreed.append((float(total[best]), (float(wide), float(high))))
            told |= group
        free &= ~group
    share = float(votes[told].sum() / max(votes.sum(), 1e-6))
    own = [] if share > 0.5 else [size for size, support in zip(sizes, votes, strict=True) if support > settings.own_size]
    return few_sizes([*known, *(size for _, size in agreed), *own]), share


def _parts(free: Mask, box: Box, sizes: Sequence[Size], settings: SegmentSettings) -> list[Box]:
    """A block of writing that is larger than any card, cut at its widest gap, and on until each part fits."""
    x, y, width, height = box
    part = free[y : y + height, x : x + width]
    for axis, span, most in ((0, width, max(w for w, _ in sizes)), (1, height, max(h for _, h in sizes))):
        if span <= settings.block_over * most:
            continue
        start, end = _widest_gap(np.asarray(part.any(axis=axis)))
        if end - start < settings.block_gap * most:
            continue
        first, rest = _tight(part, axis, 0, start), _tight(part, axis, end, span)
        return [p for (px, py, pw, ph) in (first, rest) for p in _parts(free, (x + px, y + py, pw, ph), sizes, settings)]
    return [box]


def _tight(part: Mask, axis: int, start: int, end: int) -> Box:
    """The box of the ink between two columns (``axis`` 0) or rows (1)."""
    inside = np.zeros_like(part)
    inside[(slice(None), slice(start, end)) if axis == 0 else (slice(start, end), slice(None))] = True
    x, y, width, height = cv2.boundingRect((part & inside).astype(np.uint8))
    return x, y, width, height


def _widest_gap(inked: np.ndarray) -> tuple[int, int]:
    """(from, to) of the longest run without ink between two with ink; (0, 0) where there is none."""
    at = np.flatnonzero(inked)
    steps = np.diff(at)
    if not len(steps) or steps.max() <= 1:
        return 0, 0
    widest = int(np.argmax(steps))
    return int(at[widest]) + 1, int(at[widest + 1])


def _seen(card: Found, settings: SegmentSettings) -> float:
    """Support of those sides that show: what lies on a line, or beside nothing, tells nothing."""
    return float(card.support[card.support > settings.unseen_side + 1e-3].sum())
