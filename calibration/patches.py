"""Small squares of a reference picture, looked up again in a later view of the same plane.

Each square that is found votes for the true pose only in the directions in which it has contrast: a piece of a drawn line
says where the line is, not where along it. The structure tensor weighs the votes (Förstner & Gülch, "A fast operator for
detection and precise location of distinct points", 1987); the update of the homography is one Gauss-Newton step, as in
Baker & Matthews, "Lucas-Kanade 20 years on", IJCV 56, 2004, over squares instead of pixels so that a person, a new card or
a lamp costs some votes instead of the fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.rig import Floats, Image, readonly

HALF = 15
"""Half a square's side in px: 31 px hold one or two characters of a label in a reference 1400 px wide."""

MOST_TELLING, MOST_OTHERS = 240, 120
"""Squares a picture, by whether they tell cells apart; more cost time (50 us each) and no longer steady the fit."""

TILE_PX = 20
"""One square a tile of this side is chosen at first; neighbours overlap, since which of them tells cells apart is not known yet."""

LEAST_CONTRAST = 5.0
"""Standard deviation, gray levels, below which a square shows paper grain and sensor noise only."""

LOOKALIKE = 0.92
"""Correlation with a neighbouring cell's square from which on noise and blur hide what tells the two apart."""

ALIKE = 0.7
"""Correlation from which on a square counts as found. Right poses give 0.8 to 0.99, another label on the same ground 0.2 to 0.6."""

LEAST_CORNER = 0.04
"""Ratio of the structure tensor's eigenvalues below which a square shows one straight edge, which many places do."""

FAR_PENALTY = 0.1
"""Correlation taken off at the rim of the search: among equals, along a line say, the nearest place is meant."""

Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Patches:
    """Squares of one picture.

    ``image`` HxW gray u8, lightly smoothed; ``centres_px`` Nx2 whole px; ``tensors`` Nx2x2, largest eigenvalue 1;
    ``rivals`` N, the best correlation with what hangs one cell further, 1 where the square tells nothing of its cell.
    """

    image: Image
    centres_px: NDArray[np.int32]
    tensors: Floats
    rivals: Floats

    @property
    def telling(self) -> Flags:
        """N, True where only the right pose shows the square; a pose off by a cell shows something less like it."""
        return self.rivals < LOOKALIKE


@dataclass(frozen=True, eq=False)
class Found:
    """Squares looked up in another view.

    ``offsets_px`` Nx2 from where each was expected; ``likeness`` N, correlation -1..1;
    ``inside`` N, whether the place lies in that view at all.
    """

    offsets_px: Floats
    likeness: Floats
    inside: Flags

    @property
    def alike(self) -> Flags:
        """N, True where the square was found."""
        return self.inside & (self.likeness > ALIKE)


def told(patches: Patches, found: Found) -> Flags:
    """N, True for telling squares that look clearly more like themselves than their rivals do."""
    return found.alike & patches.telling & (found.likeness > (1 + patches.rivals) / 2)


def choose(image: Image, steady: Image, pitch_px: tuple[float, float]) -> Patches:
    """Squares with contrast, evenly spread over the part of ``image`` (HxW gray) where ``steady`` (HxW mask) is set.

    ``pitch_px`` is the mean width and height of a cell, where lookalikes are expected.
    """
    smooth = soften(image)
    tensor = _structure(smooth)
    centres = _spread(tensor, steady, smooth)
    tensors = tensor[centres[:, 1], centres[:, 0]]
    values = np.linalg.eigvalsh(tensors)
    patches = Patches(smooth, centres, tensors / np.maximum(values[:, 1], 1e-9)[:, None, None], np.ones(len(centres)))
    rivals = np.where(values[:, 0] < LEAST_CORNER * values[:, 1], 1.0, _rivals(patches, pitch_px))
    kept = np.sort(np.concatenate([_thin(rivals < LOOKALIKE, MOST_TELLING), _thin(rivals >= LOOKALIKE, MOST_OTHERS)]))
    return Patches(readonly(smooth), readonly(centres[kept]), readonly(patches.tensors[kept]), readonly(rivals[kept]))


def soften(image: Image) -> Image:
    """Take off the noise that differs from photo to photo."""
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 1.0), dtype=np.uint8)


def look_up(patches: Patches, view: Image, inside: Flags, radius: int) -> Found:
    """Find each square within ``radius`` px of its place in ``view``, HxW gray of the same size and frame as ``patches.image``.

    ``inside`` N tells which squares, with their search windows, lie within that view.
    """
    count = len(patches.centres_px)
    offsets, likeness = np.zeros((count, 2)), np.zeros(count)
    bias = _bias(radius)
    reach = HALF + radius
    height, width = view.shape
    inside = inside & _within(patches.centres_px, reach, (width, height))
    for i in np.flatnonzero(inside):
        x, y = patches.centres_px[i]
        square = patches.image[y - HALF : y + HALF + 1, x - HALF : x + HALF + 1]
        window = view[y - reach : y + reach + 1, x - reach : x + reach + 1]
        offsets[i], likeness[i] = _peak(cv2.matchTemplate(window, square, cv2.TM_CCOEFF_NORMED), bias, radius)
    return Found(offsets, likeness, inside)


def improve(patches: Patches, found: Found, keep: Flags) -> tuple[Floats, Floats]:
    """Homography update from the squares in ``keep``, and every square's residual.

    Returns 3x3 ``patches_from_view`` (near the identity) and N residuals in px, each measured only where the square has contrast.
    """
    seen_px = patches.centres_px + found.offsets_px
    scale = float(max(patches.image.shape[0], patches.image.shape[1])) / 2
    middle = np.array([patches.image.shape[1], patches.image.shape[0]]) / 2
    normalise = np.array([[1 / scale, 0, -middle[0] / scale], [0, 1 / scale, -middle[1] / scale], [0, 0, 1]])
    unit = (seen_px - middle) / scale
    wanted = (patches.centres_px - middle) / scale
    weights = keep.astype(np.float64)
    step = np.eye(3)
    for _ in range(6):
        step = _step(unit, wanted, patches.tensors, weights)
        residuals = _residuals(step, unit, wanted, patches.tensors) * scale
        spread = max(1.48 * float(np.median(residuals[keep])), 0.25) if keep.any() else 1.0
        weights = keep / (1 + (residuals / (2 * spread)) ** 2) ** 2
    update = np.linalg.inv(normalise) @ step @ normalise
    return update / update[2, 2], residuals


def _step(unit: Floats, wanted: Floats, tensors: Floats, weights: Floats) -> Floats:
    """One weighted least-squares homography near the identity from ``unit`` to ``wanted``, both Nx2."""
    x, y = unit[:, 0], unit[:, 1]
    zero, one = np.zeros_like(x), np.ones_like(x)
    jacobian = np.stack(
        [np.stack([one, x, y, zero, zero, zero, x * x, x * y], 1), np.stack([zero, zero, zero, one, x, y, x * y, y * y], 1)], 1
    )
    pull = np.einsum("n,nij,njk->nik", weights, tensors, jacobian)
    normal = np.einsum("nij,nik->jk", jacobian, pull) + 1e-4 * max(weights.sum(), 1.0) * np.eye(8)
    a = np.linalg.solve(normal, np.einsum("nij,ni->j", pull, wanted - unit))
    return np.array([[1 + a[1], a[2], a[0]], [a[4], 1 + a[5], a[3]], [-a[6], -a[7], 1.0]])


def _residuals(step: Floats, unit: Floats, wanted: Floats, tensors: Floats) -> Floats:
    moved = np.column_stack([unit, np.ones(len(unit))]) @ step.T
    error = wanted - moved[:, :2] / moved[:, 2:]
    return np.asarray(np.sqrt(np.maximum(np.einsum("ni,nij,nj->n", error, tensors, error), 0)), dtype=np.float64)


def _peak(surface: NDArray[Any], bias: NDArray[np.float32], radius: int) -> tuple[Floats, float]:
    """Offset (x, y) of the best place of a correlation surface, to a fraction of a px, and the correlation there."""
    row, column = divmod(int(np.argmax(surface - bias)), surface.shape[1])
    best = float(surface[row, column])
    if not -1.0 <= best <= 1.001:  # a window without any contrast
        return np.zeros(2), 0.0
    dx = _vertex(surface[row], column)
    dy = _vertex(surface[:, column], row)
    return np.array([column + dx - radius, row + dy - radius]), best


def _vertex(values: NDArray[Any], i: int) -> float:
    """Where the parabola through a maximum and its neighbours peaks, relative to it."""
    if not 0 < i < len(values) - 1:
        return 0.0
    left, mid, right = (float(v) for v in values[i - 1 : i + 2])
    bend = left - 2 * mid + right
    return max(-0.5, min(0.5, 0.5 * (left - right) / bend)) if bend < -1e-6 else 0.0


def _bias(radius: int) -> NDArray[np.float32]:
    span = np.arange(-radius, radius + 1, dtype=np.float64) / max(radius, 1)
    return np.asarray(FAR_PENALTY * (span[:, None] ** 2 + span[None, :] ** 2) / 2, dtype=np.float32)


def _within(centres_px: NDArray[np.int32], reach: int, size_px: tuple[int, int]) -> Flags:
    low = centres_px.min(axis=1, initial=2**30) >= reach
    return np.asarray(low & (centres_px[:, 0] + reach < size_px[0]) & (centres_px[:, 1] + reach < size_px[1]))


def _structure(image: Image) -> Floats:
    """HxWx2x2 structure tensor, summed over a square."""
    gx, gy = (cv2.Sobel(image, cv2.CV_32F, dx, 1 - dx) for dx in (1, 0))
    side = (2 * HALF + 1, 2 * HALF + 1)
    xx, xy, yy = (cv2.boxFilter(product, cv2.CV_32F, side) for product in (gx * gx, gx * gy, gy * gy))
    return np.asarray(np.stack([np.stack([xx, xy], -1), np.stack([xy, yy], -1)], -2), dtype=np.float64)


def _spread(tensor: Floats, steady: Image, image: Image) -> NDArray[np.int32]:
    """Centres Nx2: the best place of each tile of the picture that is steady and has contrast."""
    trace, det = tensor[..., 0, 0] + tensor[..., 1, 1], tensor[..., 0, 0] * tensor[..., 1, 1] - tensor[..., 0, 1] ** 2
    root = np.sqrt(np.maximum(trace**2 / 4 - det, 0))
    worth = trace / 2 - root + 0.1 * (trace / 2 + root)  # corners before edges, edges before nothing
    worth[(steady == 0) | (_deviation(image) < LEAST_CONTRAST)] = 0
    worth[: HALF + 1], worth[-HALF - 1 :], worth[:, : HALF + 1], worth[:, -HALF - 1 :] = 0, 0, 0, 0
    centres = []
    for top in range(0, worth.shape[0], TILE_PX):
        for left in range(0, worth.shape[1], TILE_PX):
            part = worth[top : top + TILE_PX, left : left + TILE_PX]
            y, x = divmod(int(np.argmax(part)), part.shape[1])
            if part[y, x] > 0:
                centres.append((left + x, top + y))
    return np.array(centres, dtype=np.int32).reshape(-1, 2)


def _deviation(image: Image) -> Floats:
    side = (2 * HALF + 1, 2 * HALF + 1)
    values = image.astype(np.float32)
    mean = cv2.boxFilter(values, cv2.CV_32F, side)
    return np.asarray(np.sqrt(np.maximum(cv2.boxFilter(values * values, cv2.CV_32F, side) - mean * mean, 0)), dtype=np.float64)


def _rivals(patches: Patches, pitch_px: tuple[float, float]) -> Floats:
    """How much each square looks like what hangs one cell further left, right, up or down."""
    rivals = np.zeros(len(patches.centres_px))
    for dx, dy in ((pitch_px[0], 0), (-pitch_px[0], 0), (0, pitch_px[1]), (0, -pitch_px[1])):
        shift = np.array([[1, 0, -dx], [0, 1, -dy]], dtype=np.float64)
        height, width = patches.image.shape
        neighbour = np.asarray(cv2.warpAffine(patches.image, shift, (width, height)), dtype=np.uint8)
        moved = patches.centres_px + np.array([dx, dy])
        inside = ((moved >= HALF) & (moved < np.array([width, height]) - HALF)).all(axis=1)
        radius = int(np.clip(0.15 * abs(dx + dy), 4, 20))
        rivals = np.maximum(rivals, look_up(patches, neighbour, inside, radius).likeness)
    return rivals


def _thin(flags: Flags, most: int) -> NDArray[np.intp]:
    """Indices of at most ``most`` of the flagged, evenly taken from their order."""
    index = np.flatnonzero(flags)
    return index if len(index) <= most else index[np.linspace(0, len(index) - 1, most).astype(int)]
