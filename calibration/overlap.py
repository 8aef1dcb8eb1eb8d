"""A close photo of a part of a board, placed by what it shares with the board's chart.

Keypoints suggest poses; each is refined by squares of the chart looked up in the photo, as a known board's is (see
``calibration.judge``), and believed by what hangs there: in most cell-sized places that the photo shows and of which something telling
is known, the known must be seen again. Lines, and what all cells have in common, steer the fit and prove nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from calibration.chart import Chart, features_of
from calibration.features import VIEW_KEYPOINTS, VIEW_PX, detect, match, poses
from calibration.judge import ROUNDS, SETTLED_PX, Level, Photo, Step, extent_of, improved, something_else
from calibration.lens import lens_for
from calibration.patches import HALF, Flags, choose, told
from calibration.plane import apply, density, inverse
from calibration.rig import Floats, Image, Lens, readonly

RADIUS_PX = 6
"""How far a square is looked for from where keypoints put it: they agree to 5 px of the chart."""

PLACE_SHARE, OTHER_SHARE = 0.4, 0.6
"""Share of a place's telling squares that must agree for the place to agree (half a card may be hidden, shine or curl), and that must
show something else for it to contradict."""

STRETCH = 4.0
"""Most that a photo may shrink one direction against another, or one corner against another: beyond it nothing is legible."""

SHRUNK = 1.15
"""A photo that is coarser than the chart by more than this shows no more than is known: it is no close photo."""


@dataclass(frozen=True)
class Enough:
    """What it takes to believe the pose of a close photo."""

    least_telling: int = 16
    """Agreeing squares that no neighbouring cell could stand for: a written card or two give that many."""

    least_places: int = 2
    least_share: float = 0.6
    """Cell-sized places that agree, and their share of those that agree or contradict: cards come and go, yet a photo in which two of
    five known ones are others shows another board, or one that must be seen whole first."""

    least_extent: float = 0.35
    """Extent of the agreeing squares over that of the photo, across and down: a pose is not carried far beyond its evidence."""


@dataclass(frozen=True, eq=False)
class Placed:
    """A pose, 3x3 ``board_from_photo`` from undistorted px, and what the picture says of it.

    ``agreeing`` squares, ``telling`` ones of them; ``places`` agree and ``contradicted`` show something else; ``extent``
    of the agreeing squares over the photo's width and height; ``rms_mm`` of their residuals; ``settled``: another round would not move it.
    """

    board_from_photo: Floats
    agreeing: int
    telling: int
    places: int
    contradicted: int
    extent: tuple[float, float]
    rms_mm: float
    settled: bool
    lens: Lens | None

    def believed(self, enough: Enough) -> bool:
        """Whether that is enough."""
        share = self.places / max(self.places + self.contradicted, 1)
        seen = self.telling >= enough.least_telling and self.places >= enough.least_places and share >= enough.least_share
        return self.settled and seen and min(self.extent) >= enough.least_extent

    def numbers(self, enough: Enough) -> str:
        """The evidence in words. Shares are rounded down: what is told as enough is enough."""
        shares = [f"{math.floor(100 * extent)}%" for extent in self.extent]
        return (
            f"{self.places} of {self.places + self.contradicted} known places in view look as they did ({enough.least_places} and "
            f"{enough.least_share:.0%} are needed) with {self.telling} details ({enough.least_telling}), over {shares[0]} of the "
            f"photo's width and {shares[1]} of its height ({enough.least_extent:.0%}){'' if self.settled else ', in no one place'}."
        )


def place(image_bgr: Image, chart: Chart, lens: Lens | None = None, enough: Enough | None = None) -> tuple[Placed | None, bool]:
    """Place a photo, HxWx3 as taken, on a chart: the first pose that is believed and True, else the likeliest, if any, and False."""
    enough = enough or Enough()
    photo = Photo(np.asarray(cv2.cvtColor(image_bgr, cv2.COLOR_BGR2GRAY), np.uint8), lens_for(lens, image_bgr.shape[1::-1]))
    best: Placed | None = None
    for pose in _candidates(photo, chart):
        placed = _judged(photo, chart, pose)
        if placed.believed(enough):
            return placed, True
        best = placed if best is None or (placed.settled, placed.telling) > (best.settled, best.telling) else best
    return best, False


def _candidates(photo: Photo, chart: Chart) -> Iterator[Floats]:
    """Poses, 3x3 ``chart_from_photo``, that keypoints suggest and that could be a view from the board's front."""
    known = features_of(chart)
    for long_side in VIEW_PX:
        scale = min(1.0, long_side / max(photo.size))
        view, view_from_photo = photo.shrunk(scale)
        for pose, _ in poses(*match(detect(view, VIEW_KEYPOINTS), known)):
            if _plausible(pose @ view_from_photo, photo.size):
                yield pose @ view_from_photo
        if scale == 1.0:
            return


def _plausible(chart_from_photo: Floats, size_px: tuple[int, int]) -> bool:
    """Whether all of a photo lies on the board's front side, before its horizon, at a density that is no absurdity."""
    corners = _frame_px(size_px)
    depth = np.column_stack([corners, np.ones(4)]) @ chart_from_photo[2]
    if not (np.sign(depth) == np.sign(depth[0])).all():
        return False
    scales = np.array([density(chart_from_photo, corner) for corner in corners])
    return bool((scales > 0).all() and scales[:, 0].min() * STRETCH > scales[:, 1].max() and scales[:, 0].min() < SHRUNK)


def _judged(photo: Photo, chart: Chart, pose: Floats) -> Placed:
    """Refine a pose by the squares of the chart that the photo shows, and count what agrees."""
    frame = apply(pose, _frame_px(photo.size))
    window, offset = _window(chart, frame)
    shift = np.array([[1, 0, -offset[0]], [0, 1, -offset[1]], [0, 0, 1.0]])
    patches = choose(chart.image[window], chart.known[window], chart.cell_px)
    finest = float(density(pose, np.array(photo.size) / 2)[1])
    view = photo.shrunk(min(1.0, max(finest, 1e-3)))
    level = Level(patches, np.eye(3), frame, np.array(chart.cell_px), photo.size)
    step, settled = improved(level, shift @ pose, view, RADIUS_PX), False
    for _ in range(ROUNDS):
        if settled or not step.held:
            break
        before, step = step, improved(level, step.pose, view, RADIUS_PX)
        settled = step.held and _moved(before, step, photo.size) < SETTLED_PX
    return _counted(photo, chart, level, step, (inverse(shift), settled))


def _moved(before: Step, after: Step, size_px: tuple[int, int]) -> float:
    """The furthest, in px of the chart, that a corner of the photo moves from one round to the next."""
    corners = _frame_px(size_px)
    return float(np.linalg.norm(apply(after.pose, corners) - apply(before.pose, corners), axis=1).max())


def _counted(photo: Photo, chart: Chart, level: Level, step: Step, where: tuple[Floats, bool]) -> Placed:
    """What agrees, in numbers. ``where``: 3x3 chart from window, and whether the pose settled."""
    patches, found = level.patches, step.found
    says, other = step.agrees & told(patches, found), something_else(patches, step.view, found)
    places, contradicted = _places(level, says, found.inside & patches.telling, other)
    pose = chart.board_from_image @ where[0] @ step.pose
    on_photo = apply(inverse(step.pose), patches.centres_px[step.agrees].astype(np.float64))
    return Placed(
        board_from_photo=readonly(pose / pose[2, 2]),
        agreeing=int(step.agrees.sum()),
        telling=int(says.sum()),
        places=places,
        contradicted=contradicted,
        extent=extent_of(on_photo, np.array(photo.size)),
        rms_mm=step.rms_px * float(chart.board_from_image[0, 0]),
        settled=where[1],
        lens=photo.lens,
    )


def _places(level: Level, says: Flags, telling: Flags, other: Flags) -> tuple[int, int]:
    """Cell-sized places with telling squares in view: how many agree, and how many show something else."""
    keys = np.floor(level.patches.centres_px / level.cell_px).astype(int)
    cells, at = np.unique(keys, axis=0, return_inverse=True)
    counts = (np.bincount(at.ravel(), flags.astype(float), len(cells)) for flags in (telling, says, other & telling))
    all_of, agreeing, others = counts
    known = all_of >= 2
    right = known & (agreeing >= PLACE_SHARE * all_of)
    return int(right.sum()), int((known & ~right & (others >= OTHER_SHARE * all_of)).sum())


def _window(chart: Chart, frame_px: Floats) -> tuple[tuple[slice, slice], Floats]:
    """The part of a chart about a photo's frame (4x2 chart px) and a cell around it, for neighbours to compare; and where it begins."""
    margin = np.array(chart.cell_px) + 2 * HALF
    low = np.clip(np.floor(frame_px.min(axis=0) - margin), 0, None).astype(int)
    high = np.minimum(np.ceil(frame_px.max(axis=0) + margin), chart.image.shape[::-1]).astype(int)
    high = np.maximum(high, low + 4 * HALF)
    return (slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0]))), low.astype(np.float64)


def _frame_px(size_px: tuple[int, int]) -> Floats:
    width, height = size_px
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float64)
