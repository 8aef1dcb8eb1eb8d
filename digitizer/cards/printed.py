"""Papers of the kit on a sheet: topic cards by their markers, exactly; tiles and strips, which are no cards.

A marker tells number, place and turn of its card; two black discs at the lower corners tell exactly where the far end lies. A marker
without any of its discs is not believed: codes of 25 bits occur by chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from calibration import topic_card
from calibration.kit import BOARD_DICTIONARY, CARD_DICTIONARY
from calibration.rig import Floats, Image, readonly
from digitizer.cards.canvas import Canvas, Mask, painted
from digitizer.cards.choose import Candidate
from digitizer.grid.markers import find_markers_of
from digitizer.model import Sheet
from digitizer.settings import PrintedSettings


@dataclass(frozen=True, eq=False)
class Papers:
    """``cards`` of the kit, as candidates; ``others_px`` Nx2 work px: middles of the markers on tiles and strips."""

    cards: tuple[Candidate, ...]
    others_px: Floats

    def among(self, found: Sequence[Candidate], shape: tuple[int, ...]) -> list[Candidate]:
        """The candidates found otherwise that are none of these papers nor mostly covered by them, and the topic cards."""
        covered = painted(shape[:2], [card.quad_px for card in self.cards])
        kept = [c for c in found if c.number is None and not self._is_one(c, covered)]
        return [*kept, *self.cards]

    def _is_one(self, card: Candidate, covered: Mask) -> bool:
        outline = card.quad_px.astype(np.float32)
        if any(cv2.pointPolygonTest(outline, (float(x), float(y)), False) >= 0 for x, y in self.others_px):
            return True
        if not self.cards:
            return False
        own = painted(covered.shape, [card.quad_px])
        return float(covered[own].mean() if own.any() else 0.0) > 0.5


def find_papers(sheet: Sheet, canvas: Canvas, settings: PrintedSettings) -> Papers:
    """All papers of the kit that a sheet shows."""
    gray = np.asarray(cv2.cvtColor(sheet.image, cv2.COLOR_BGR2GRAY), np.uint8)
    scale = canvas.sheet_from_work
    cards = []
    topics, others = find_markers_of(gray, (CARD_DICTIONARY, BOARD_DICTIONARY), settings.markers)
    for number, marker_px in topics.items():
        quad = card_quad(gray, marker_px, settings)
        if quad is not None:
            work = (quad + 0.5) / scale - 0.5
            cards.append(Candidate(work, _paper(canvas, work), 1.0, np.ones(4), False, number))
    middles = np.array([quad.mean(axis=0) for quad in others.values()]).reshape(-1, 2)
    return Papers(tuple(cards), (middles + 0.5) / scale - 0.5)


def card_quad(gray: Image, marker_px: Floats, settings: PrintedSettings) -> Floats | None:
    """4x2 corners px of the topic card that has a marker at ``marker_px`` (4x2), from its own top left; None without a disc."""
    marker_mm = topic_card.MARKER.corners()
    sheet_from_card = similarity(marker_mm, marker_px)
    discs = [_disc(gray, sheet_from_card, at, settings) for at in topic_card.ANCHORS_MM]
    seen = [(at, disc) for at, disc in zip(topic_card.ANCHORS_MM, discs, strict=True) if disc is not None]
    if not seen:
        return None
    points_mm, points_px = np.vstack([marker_mm, *(at[None] for at, _ in seen)]), np.vstack([marker_px, *(px[None] for _, px in seen)])
    fit = affine if len(seen) == len(discs) else similarity
    exact = fit(points_mm, points_px)
    return readonly(np.asarray(topic_card.corners_mm() @ exact[:, :2].T + exact[:, 2]))


def similarity(points_b: Floats, points_a: Floats) -> Floats:
    """2x3 ``a_from_b`` of turn, scale and shift, by least squares over Nx2 points."""
    x, y = points_b.T
    one, zero = np.ones_like(x), np.zeros_like(x)
    rows = np.vstack([np.c_[x, -y, one, zero], np.c_[y, x, zero, one]])
    a, b, dx, dy = np.linalg.lstsq(rows, np.r_[points_a[:, 0], points_a[:, 1]], rcond=None)[0]
    return np.array([[a, -b, dx], [b, a, dy]])


def affine(points_b: Floats, points_a: Floats) -> Floats:
    """2x3 ``a_from_b`` by least squares over Nx2 points."""
    return np.asarray(np.linalg.lstsq(np.c_[points_b, np.ones(len(points_b))], points_a, rcond=None)[0].T)


def _disc(gray: Image, sheet_from_card: Floats, at_mm: Floats, settings: PrintedSettings) -> Floats | None:
    """Where (2, px) a disc is seen near its place; None where nothing there looks like one."""
    half, fine = settings.disc_reach_mm + settings.disc_ring_mm, settings.disc_px_per_mm
    side = 2 * round(half * fine) + 1
    card_from_patch = np.array([[1 / fine, 0, at_mm[0] - (side // 2) / fine], [0, 1 / fine, at_mm[1] - (side // 2) / fine], [0, 0, 1]])
    sheet_from_patch = sheet_from_card @ card_from_patch
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    patch = cv2.warpAffine(gray, sheet_from_patch, (side, side), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    template = _disc_template(fine, settings.disc_ring_mm)
    match = cv2.matchTemplate(np.asarray(patch, np.uint8), template, cv2.TM_CCOEFF_NORMED)
    _, best, _, (x, y) = cv2.minMaxLoc(match)
    if best < settings.least_disc:
        return None
    middle = np.array([x + template.shape[1] // 2, y + template.shape[0] // 2, 1.0])
    return np.asarray(sheet_from_patch @ middle)


def _disc_template(px_per_mm: float, ring_mm: float) -> Image:
    """A black disc in a ring of white, slightly soft."""
    radius = round(ring_mm * px_per_mm)
    x, y = np.meshgrid(np.arange(-radius, radius + 1), np.arange(-radius, radius + 1))
    drawn = np.where(np.hypot(x, y) <= topic_card.ANCHOR_RADIUS_MM * px_per_mm, 0, 255).astype(np.uint8)
    return np.asarray(cv2.GaussianBlur(drawn, (0, 0), 0.4 * px_per_mm), np.uint8)


def _paper(canvas: Canvas, quad_px: Floats) -> Floats:
    """Colour (Lab) of the paper inside a quad."""
    inside = painted(canvas.slope.shape, [quad_px])
    return np.asarray(np.median(canvas.lab[inside], axis=0) if inside.any() else canvas.board_lab, np.float64)
