"""Things that hang or stand on a board: sheets of paper and written words, as quadrangles in a photo.

Paper is a patch of one colour with a closed rim, whatever the colour; a word is a run of strokes darker than their ground.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.rig import Floats, Image, readonly

WORK_PX = 1200
"""Long side at which things are sought: a card of a large board is then 60 px wide, its writing mostly gone."""

RIM_LAB = 7.0
"""Step in Lab units over 2 px that makes a rim: three times the grain of cork, half the shade of a sheet lifting off."""

AREA_SHARE = (0.0004, 0.04)
"""Area of a card over the photo's: 1 in 2500 is a card of 16 px at full HD, a twenty-fifth is a poster."""

LEAST_FILL = 0.8
"""Area of a card's outline over that of the tightest rectangle: a sheet with a curled corner keeps 0.85."""

ELONGATION = 3.2
"""Longest side over shortest; a label strip is 3 to 1."""

TURN_DEGREES = 25.0
"""Turn against the photo's upright beyond which a rectangle is no label or card as they hang, perspective included."""


@dataclass(frozen=True, eq=False)
class Thing:
    """``corners_px`` 4x2 in the photo, clockwise from the top left; ``lab`` median colour; ``paper`` False for writing on the board."""

    corners_px: Floats
    lab: Floats
    paper: bool

    @property
    def centre_px(self) -> Floats:
        """Middle of the corners, photo px."""
        return np.asarray(self.corners_px.mean(axis=0), dtype=np.float64)


def find_things(image_bgr: Image) -> tuple[Thing, ...]:
    """Papers of a photo, HxWx3, and words that stand on none."""
    scale = min(1.0, WORK_PX / max(image_bgr.shape[:2]))
    small = np.asarray(cv2.resize(image_bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_BGR2LAB)
    papers = _without_nested([t for size in (1.0, 2.0) for t in _papers(lab, size)])
    words = [w for w in _words(lab) if not any(_holds(p.corners_px, w.centre_px) for p in papers)]
    return tuple(Thing(readonly((t.corners_px + 0.5) / scale - 0.5), t.lab, t.paper) for t in [*papers, *words])


def _papers(lab: NDArray[Any], blur: float) -> list[Thing]:
    """Areas between rims, at one strength of smoothing."""
    smooth = cv2.GaussianBlur(np.asarray(lab, np.float32), (0, 0), blur)
    gx, gy = (cv2.Sobel(smooth, cv2.CV_32F, dx, 1 - dx, scale=0.25) for dx in (1, 0))
    rim = (np.sqrt((gx * gx + gy * gy).sum(axis=2)) > RIM_LAB / blur).astype(np.uint8)
    flat = cv2.morphologyEx(1 - rim, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    contours, _ = cv2.findContours(flat, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found = (_rectangle(contour, smooth) for contour in contours)
    return [thing for thing in found if thing is not None]


def _rectangle(contour: NDArray[Any], lab: NDArray[Any], paper: bool = True) -> Thing | None:
    height, width = lab.shape[:2]
    area = cv2.contourArea(contour)
    if not AREA_SHARE[0] < area / (height * width) < AREA_SHARE[1]:
        return None
    box = cv2.minAreaRect(contour)
    (w, h), corners = box[1], _clockwise(np.asarray(cv2.boxPoints(box), dtype=np.float64))
    if max(w, h) > ELONGATION * min(w, h) or (paper and area < LEAST_FILL * w * h):
        return None
    side = corners[1] - corners[0]
    if abs(np.degrees(np.arctan2(side[1], side[0]))) > TURN_DEGREES:
        return None
    mask = np.zeros((height, width), np.uint8)
    cv2.drawContours(mask, [contour], -1, 255, cv2.FILLED)
    x, y, bw, bh = cv2.boundingRect(contour)
    inside = lab[y : y + bh, x : x + bw][mask[y : y + bh, x : x + bw] > 0]
    return Thing(corners, np.median(inside, axis=0).astype(np.float64), paper)


def _words(lab: NDArray[Any]) -> list[Thing]:
    """Runs of strokes that are darker than the board around them."""
    light = np.ascontiguousarray(np.asarray(lab, np.float32)[..., 0])
    side = max(9, WORK_PX // 40) | 1
    ink = (cv2.morphologyEx(light, cv2.MORPH_BLACKHAT, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))) > 25).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink)
    tall = stats[:, cv2.CC_STAT_HEIGHT]
    fits = (tall > 6) & (tall < 3 * side) & (stats[:, cv2.CC_STAT_WIDTH] < 4 * side)  # strokes, not lines and frames
    fits[0] = False
    strokes = fits[labels].astype(np.uint8)
    typical = float(np.median(tall[fits])) if fits.any() and count > 1 else 10.0
    joined = cv2.dilate(strokes, np.ones((3, max(3, round(0.7 * typical)) | 1), np.uint8))
    contours, _ = cv2.findContours(joined, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    found = (_rectangle(contour, lab, paper=False) for contour in contours)
    return [thing for thing in found if thing is not None]


def _without_nested(things: list[Thing]) -> list[Thing]:
    """One thing for each place: of two that hold each other's middle, the larger; a note inside a card goes."""
    kept: list[Thing] = []
    for thing in sorted(things, key=lambda t: -float(cv2.contourArea(t.corners_px.astype(np.float32)))):
        if not any(_holds(k.corners_px, thing.centre_px) for k in kept):
            kept.append(thing)
    return kept


def _holds(corners_px: Floats, point_px: Floats) -> bool:
    return cv2.pointPolygonTest(corners_px.astype(np.float32), (float(point_px[0]), float(point_px[1])), False) > 0


def _clockwise(corners: Floats) -> Floats:
    """4x2 corners of an upright-ish rectangle, clockwise from the top left."""
    centre = corners.mean(axis=0)
    angle = np.arctan2(corners[:, 1] - centre[1], corners[:, 0] - centre[0])
    ordered = corners[np.argsort(angle)]
    return np.asarray(np.roll(ordered, -int(np.argmin(ordered.sum(axis=1))), axis=0), dtype=np.float64)
