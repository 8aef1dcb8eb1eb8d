"""Keypoints of a board's unchanging parts, and the poses that keypoints of another photo suggest.

SIFT (Lowe, IJCV 60, 2004) with the ratio test, homographies by MAGSAC (Barath et al., CVPR 2020) as OpenCV's USAC has it. One
photo may show the same structure several times (two boards of one event, a board in a mirror): what the first pose explains
is set aside and the rest asked again, so the caller gets several poses to judge by the picture itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.plane import apply
from calibration.rig import Floats, Image, readonly

VIEW_PX = (1250, 2600)
"""Long side at which keypoints of a photo are sought; the second only if the first fails, for boards that fill a third of it or less."""

VIEW_KEYPOINTS = 4000
"""Keypoints of a photo, at most."""

RATIO = 0.8
"""Lowe's bound on the distance to the nearest over that to the second nearest; keeps one character of a label from matching another."""

REPROJECTION_PX = 5.0
"""Scatter of a right match in a reference 1400 px wide: labels curl and lines bulge, MAGSAC weighs the rest."""

LEAST_AGREEING = 8
"""Keypoints that must agree before a pose is worth judging by the picture; four always do."""

POSES = 3
"""Poses drawn from one set of matches."""

TILES = 24
"""The reference is cut into this many tiles a side, each giving its strongest keypoints, so that a poster does not take all."""

RIVALS = 6
RIVAL_PX = 8.0
"""Of the nearest few, the first this far off is the second nearest of the ratio test: a place found twice is no rival of itself."""

TILTS = ((0.45, 1.0), (1.0, 0.5), (0.28, 1.0))
"""Shrinking of width and height that imitates looking from the side (63 degrees), from below (60) and along the wall (74).
SIFT bridges about 45 degrees by itself (Morel & Yu, "ASIFT", SIAM J. Imaging Sciences 2, 2009)."""


@dataclass(frozen=True, eq=False)
class Features:
    """``points_px`` Nx2 and ``descriptors`` Nx128 u8 of one picture."""

    points_px: Floats
    descriptors: NDArray[np.uint8]


def detect(gray: Image, most: int, steady: Image | None = None) -> Features:
    """SIFT keypoints of a picture, HxW gray, where ``steady`` (HxW mask) is set; contrast is stretched first, a dim photo has as many."""
    sift = cv2.SIFT.create(nfeatures=0 if steady is not None else most, contrastThreshold=0.03)
    keypoints, descriptors = sift.detectAndCompute(stretched(gray), steady)
    if descriptors is None:
        return Features(np.zeros((0, 2)), np.zeros((0, 128), np.uint8))
    points = np.array([k.pt for k in keypoints], dtype=np.float64)
    packed = np.clip(np.rint(descriptors), 0, 255).astype(np.uint8)
    if steady is None:
        return Features(points, packed)
    chosen = _spread(points, np.array([k.response * k.size for k in keypoints]), (gray.shape[1], gray.shape[0]), most)
    return Features(readonly(points[chosen]), readonly(packed[chosen]))


def stretched(gray: Image) -> Image:
    """The picture with its darkest and brightest hundredth at 0 and 255."""
    low, high = np.percentile(gray[::8, ::8], (1, 99))
    table = np.clip((np.arange(256) - low) * 255.0 / max(high - low, 16.0), 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(gray, table), dtype=np.uint8)


def tilted(gray: Image, steady: Image, most: int) -> Features:
    """Keypoints of a picture as they would look from far aside, in the px of the picture itself."""
    found = []
    for across, down in TILTS:
        size = (round(gray.shape[1] * across), round(gray.shape[0] * down))
        blurred = cv2.GaussianBlur(gray, (0, 0), sigmaX=0.8 * np.sqrt(across**-2 - 1) + 1e-3, sigmaY=0.8 * np.sqrt(down**-2 - 1) + 1e-3)
        picture = np.asarray(cv2.resize(blurred, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        mask = np.asarray(cv2.resize(steady, size, interpolation=cv2.INTER_NEAREST), dtype=np.uint8)
        part = detect(picture, most, mask)
        scale = np.array([gray.shape[1] / size[0], gray.shape[0] / size[1]])
        found.append(Features((part.points_px + 0.5) * scale - 0.5, part.descriptors))
    return Features(np.vstack([f.points_px for f in found]), np.vstack([f.descriptors for f in found]))


def match(view: Features, reference: Features) -> tuple[Floats, Floats]:
    """Places Nx2 in the view and Nx2 in the reference that look alike and like nothing else in the reference."""
    if len(view.points_px) < 2 or len(reference.points_px) < 2:
        return np.zeros((0, 2)), np.zeros((0, 2))
    ours, theirs = view.descriptors.astype(np.float32), reference.descriptors.astype(np.float32)
    squared = (ours**2).sum(1)[:, None] + (theirs**2).sum(1)[None] - 2 * ours @ theirs.T
    nearest = _nearest(squared)
    distance = np.maximum(np.take_along_axis(squared, nearest, axis=1), 0)
    place = reference.points_px[nearest]
    rival = np.linalg.norm(place - place[:, :1], axis=2) > RIVAL_PX
    second = np.where(rival, distance, np.inf).min(axis=1)
    good = (distance[:, 0] < RATIO**2 * second) & np.isfinite(second)
    return view.points_px[good], place[good, 0]


def _nearest(squared: NDArray[np.float32]) -> NDArray[np.intp]:
    """NxRIVALS columns with the smallest values of each row, smallest first."""
    count = min(RIVALS, squared.shape[1])
    few = np.argpartition(squared, count - 1, axis=1)[:, :count]
    return np.take_along_axis(few, np.argsort(np.take_along_axis(squared, few, axis=1), axis=1), axis=1)


def poses(view_px: Floats, reference_px: Floats) -> Iterator[tuple[Floats, int]]:
    """Up to ``POSES`` 3x3 ``reference_from_view``, each with the number of distinct keypoints that agree on it."""
    for _ in range(POSES):
        if len(view_px) < LEAST_AGREEING:
            return
        found, mask = cv2.findHomography(view_px, reference_px, cv2.USAC_MAGSAC, REPROJECTION_PX, maxIters=5000, confidence=0.999)
        if found is None or mask is None or not np.isfinite(found).all():
            return
        agreeing = mask.ravel() > 0
        count = len(np.unique(reference_px[agreeing].round(), axis=0))
        if count < LEAST_AGREEING:
            return
        yield np.asarray(found, dtype=np.float64), count
        near = np.linalg.norm(apply(np.asarray(found, dtype=np.float64), view_px) - reference_px, axis=1) < 4 * REPROJECTION_PX
        view_px, reference_px = view_px[~(near | agreeing)], reference_px[~(near | agreeing)]


def _spread(points_px: Floats, strength: Floats, size_px: tuple[int, int], most: int) -> NDArray[np.intp]:
    """Indices of at most ``most`` keypoints: the strongest of each tile first, then each tile's second, and so on."""
    tile = (points_px / np.array(size_px) * TILES).astype(int).clip(0, TILES - 1)
    key = tile[:, 1] * TILES + tile[:, 0]
    order = np.lexsort((-strength, key))
    start = np.r_[True, key[order][1:] != key[order][:-1]]
    rank = np.arange(len(order)) - np.maximum.accumulate(np.where(start, np.arange(len(order)), 0))
    return np.asarray(order[np.argsort(rank, kind="stable")][:most])
