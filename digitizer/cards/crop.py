"""Upright pictures of cards from the sheet at full density."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from calibration.rig import Floats, Image, Layout, readonly
from digitizer.cards.canvas import Mask
from digitizer.cards.fingerprint import fingerprint
from digitizer.model import Card, Sheet


def from_top_left(quad: Floats) -> Floats:
    """A clockwise 4x2 quad begun at the corner that makes its first side point right, within 45 degrees."""
    sides = np.roll(quad, -1, axis=0) - quad
    turns = np.abs(np.degrees(np.arctan2(sides[:, 1], sides[:, 0])))
    return np.asarray(np.roll(quad, -int(np.argmin(turns)), axis=0))


@dataclass(frozen=True, eq=False)
class Cover:
    """What stands before a card: ``quads_px``, 4x2 sheet px each, of cards in front; ``occluder`` HxW at working size, or None."""

    quads_px: tuple[Floats, ...] = ()
    occluder: Mask | None = None
    sheet_from_work: float = 1.0


def cut(sheet: Sheet, layout: Layout, quad_px: Floats, cover: Cover, number: int | None = None) -> Card:
    """The card of a clockwise 4x2 quad in sheet px, upright, with a mask of what shows of it.

    Where it has a ``number``, its marker told which way up it is: the quad begins at its own top left.
    """
    quad = from_top_left(quad_px) if number is None else quad_px
    width = round(float(np.linalg.norm(quad[1] - quad[0]) + np.linalg.norm(quad[2] - quad[3])) / 2)
    height = round(float(np.linalg.norm(quad[3] - quad[0]) + np.linalg.norm(quad[2] - quad[1])) / 2)
    width, height = max(width, 8), max(height, 8)
    frame = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) - 0.5
    card_from_sheet = np.asarray(cv2.getPerspectiveTransform(quad.astype(np.float32), frame.astype(np.float32)), np.float64)
    flags, border = cv2.INTER_CUBIC, cv2.BORDER_REPLICATE
    picture = np.asarray(cv2.warpPerspective(sheet.image, card_from_sheet, (width, height), flags=flags, borderMode=border), np.uint8)
    mask = _mask(sheet, card_from_sheet, (width, height), cover)
    corners_mm = quad @ sheet.board_from_sheet[:2, :2].T + sheet.board_from_sheet[:2, 2]
    centre = corners_mm.mean(axis=0)
    return Card(
        cell=layout.cell_at(float(centre[0]), float(centre[1])),
        corners_mm=readonly(corners_mm),
        image=readonly(picture),
        mask=readonly(mask),
        fingerprint=fingerprint(picture, mask),
        visible=float((mask > 0).mean()),
        number=number,
    )


def _mask(sheet: Sheet, card_from_sheet: Floats, size: tuple[int, int], cover: Cover) -> Image:
    """255 where the photo reaches and nothing stands before the card."""
    shown = cv2.warpPerspective(sheet.seen.view(np.uint8), card_from_sheet, size, flags=cv2.INTER_NEAREST)
    for quad in cover.quads_px:
        front = cv2.perspectiveTransform(quad[None], card_from_sheet)[0]
        cv2.fillConvexPoly(shown, np.rint(front).astype(np.int32), 0)
    if cover.occluder is not None:
        card_from_work = card_from_sheet @ np.diag([cover.sheet_from_work, cover.sheet_from_work, 1.0])
        shown[cv2.warpPerspective(cover.occluder.view(np.uint8), card_from_work, size, flags=cv2.INTER_NEAREST) > 0] = 0
    return np.asarray(np.where(shown > 0, 255, 0), np.uint8)
