"""A board's first look, and how a later photo finds the board again by the parts of it that do not change.

Two ways lead to a pose: the pose of the first photo is tried as it is (a mounted camera, perhaps nudged), then poses that
keypoints suggest (another angle, a phone). Neither is believed before the picture itself has been compared square by square;
see docs/decisions/0010-finding-a-board-again.md for what was measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np

from calibration.features import VIEW_KEYPOINTS, VIEW_PX, Features, detect, match, poses, tilted
from calibration.judge import Judged, Limits, Photo, judge
from calibration.lens import lens_for, undistorted
from calibration.plane import apply, density, inverse, resizing
from calibration.rig import Floats, Image, Layout, Lens, Reference, readonly
from calibration.steady import MARGIN_CELLS, squares, steady_part

LONG_SIDE_PX = 1400
"""Long side of a reference picture: a cell of a large board is then 90 px across and one character of its label fills a square."""

KEYPOINTS = 1600
"""Keypoints of a reference: their number times that of a photo's is what matching costs (80 ms)."""

STRETCH = 6.0
"""Most that a pose may shrink one direction against another, or one corner against another: beyond it nothing on the board is legible."""


@dataclass(frozen=True, eq=False)
class Match:
    """Where a known board lies in a photo.

    ``board_from_photo`` 3x3 from undistorted photo px to board mm; ``inliers`` squares of the reference that agree, of ``matched``
    that the photo shows; ``rms_mm`` of those; ``covered`` share of the grid inside the photo's frame; ``lens`` the one that
    held for this photo, or None.
    """

    board_from_photo: Floats
    inliers: int
    matched: int
    rms_mm: float
    covered: float
    lens: Lens | None


class BoardMissing(ValueError):
    """The board, or enough of it, is not in the photo: ``what`` happened and the ``evidence`` in numbers."""

    def __init__(self, what: str, evidence: str) -> None:
        self.what, self.evidence = what, evidence
        super().__init__(f"{what} {evidence}")


def make_reference(
    image_bgr: Image, board_from_photo: Floats, layout: Layout, lens: Lens | None = None, covered_mm: tuple[Floats, ...] = ()
) -> Reference:
    """Keep what a photo shows of a board's unchanging parts.

    ``image_bgr`` HxWx3 as taken, ``board_from_photo`` 3x3 from undistorted px to board mm, ``covered_mm`` outlines Nx2 of what stands
    before the board. Raises ``ValueError`` where so little
    around the grid has contrast that no later photo could be told from one of another board.
    """
    size = (image_bgr.shape[1], image_bgr.shape[0])
    photo = undistorted(_gray(image_bgr), lens_for(lens, size))
    board_from_image, shape = _frame(board_from_photo, layout, size)
    image = readonly(_rectified(photo, inverse(board_from_image) @ board_from_photo, shape))
    none = Features(np.zeros((0, 2)), np.zeros((0, 128), np.uint8))
    bare = Reference(
        image, readonly(board_from_image), none.points_px, none.descriptors, size, readonly(board_from_photo), layout, covered_mm
    )
    found = detect(image, KEYPOINTS, steady_part(bare))
    reference = replace(bare, points_px=found.points_px, descriptors=found.descriptors)
    telling, least = int(squares(reference, 1.0).telling.sum()), 2 * Limits().least_telling
    if telling < least:
        raise ValueError(
            f"Around the grid only {telling} places look unlike their neighbours; {least} are needed to find this board again. "
            "Put up the labels first, and have them in the photo."
        )
    return reference


def find_again(image_bgr: Image, reference: Reference, lens: Lens | None = None, *, limits: Limits | None = None) -> Match:
    """Find a known board in another photo, HxWx3 as taken.

    Raises ``BoardMissing`` (a ``ValueError``) with numbers where it is not there, or too little of it is.
    """
    limits = limits or Limits()
    photo = Photo(_gray(image_bgr), lens_for(lens, (image_bgr.shape[1], image_bgr.shape[0])))
    best: Judged | None = None
    for judged in _candidates(photo, reference):
        if judged.believed(limits):
            return _accepted(photo, reference, judged, limits)
        best = judged if best is None or (judged.settled, judged.telling) > (best.settled, best.telling) else best
    raise _refusal(photo, reference, best, limits)


def _refusal(photo: Photo, reference: Reference, best: Judged | None, limits: Limits) -> BoardMissing:
    """Why no pose was believed, with the numbers of the likeliest."""
    if best is None:
        return BoardMissing("The board is not in this photo.", "Fewer than 8 of its details agree on where it would be.")
    if not best.settled:
        return BoardMissing(
            "The board is not in this photo, or blurred.", f"{best.agreeing} of {best.visible} details agree, too few to place it."
        )
    numbers = (
        f"{best.places} of {best.places_visible} labelled places in view agree ({best.needed(limits)} and {limits.least_share:.0%} are "
        f"needed) with {best.telling} details ({limits.least_telling}), over {best.extent[0]:.0%} of the grid's width and "
        f"{best.extent[1]:.0%} of its height ({limits.least_extent:.0%}); {best.contradicted} show other labels."
    )
    covered = _covered(reference.board_from_image @ best.pose, reference.layout, photo.size)
    if covered < limits.least_covered and best.telling >= limits.least_telling:
        return BoardMissing(f"Only {covered:.0%} of the board's grid is in this photo.", numbers)
    if best.gone and best.telling >= limits.least_telling:
        drawn = "A line is" if best.gone == 1 else f"{best.gone} lines are"
        return BoardMissing(
            "This looks like another board of the same make, with fewer rows.", f"{drawn} not there, but bare board or wall. {numbers}"
        )
    if best.contradicted > 1 and best.telling >= limits.least_telling:
        return BoardMissing("This looks like another board of the same make.", numbers)
    return BoardMissing("The board is not in this photo, or too much of it is hidden.", numbers)


def _candidates(photo: Photo, reference: Reference) -> Iterator[Judged]:
    """Poses refined and judged, the cheapest way first."""
    image_from_board = inverse(reference.board_from_image)
    if abs(photo.size[0] * reference.photo_size_px[1] / (photo.size[1] * reference.photo_size_px[0]) - 1) < 0.01:
        first_from_photo = resizing(photo.size, reference.photo_size_px)
        yield judge(photo, reference, image_from_board @ reference.board_from_photo @ first_from_photo)
    for long_side in VIEW_PX:
        scale_down = min(1.0, long_side / max(photo.size))
        view, view_from_photo = photo.shrunk(scale_down)
        found = detect(view, VIEW_KEYPOINTS)
        for features in _features(reference):
            for pose, _ in poses(*match(found, features)):
                if _plausible(pose @ view_from_photo, reference):
                    yield judge(photo, reference, pose @ view_from_photo)
        if scale_down == 1.0:
            return


def _features(reference: Reference) -> Iterator[Features]:
    """The reference's keypoints, then those it would show from far aside."""
    yield Features(reference.points_px, reference.descriptors)
    yield _tilted(reference)


@lru_cache(maxsize=8)
def _tilted(reference: Reference) -> Features:
    return tilted(reference.image, steady_part(reference), KEYPOINTS // 2)


def _accepted(photo: Photo, reference: Reference, judged: Judged, limits: Limits) -> Match:
    pose = reference.board_from_image @ judged.pose
    covered = _covered(pose, reference.layout, photo.size)
    if covered < limits.least_covered:
        raise BoardMissing(
            "Only a part of the board is in this photo.", f"{covered:.0%} of its grid; {limits.least_covered:.0%} are needed."
        )
    rms_mm = judged.rms_px * float(reference.board_from_image[0, 0])
    return Match(readonly(pose / pose[2, 2]), judged.agreeing, judged.visible, rms_mm, covered, photo.lens)


def _plausible(pose: Floats, reference: Reference) -> bool:
    """Whether a 3x3 ``reference_from_photo`` could be a view of a board from its front: no flip, no horizon, no absurd skew."""
    if abs(np.linalg.det(pose)) < 1e-15:
        return False
    photo_from_reference = inverse(pose)
    corners = apply(inverse(reference.board_from_image), reference.layout.grid_corners_mm())
    depth = np.column_stack([corners, np.ones(4)]) @ photo_from_reference[2]
    if not (np.sign(depth) == np.sign(depth[0])).all():
        return False
    scales = np.array([density(photo_from_reference, corner) for corner in corners])
    return bool((scales > 0).all() and scales[:, 0].min() * STRETCH > scales[:, 1].max())


def _covered(board_from_photo: Floats, layout: Layout, size_px: tuple[int, int]) -> float:
    """Share of the grid of cells that lies inside the photo's frame."""
    across, down = np.meshgrid((np.arange(40) + 0.5) / 40 * layout.width_mm, (np.arange(40) + 0.5) / 40 * layout.height_mm)
    places = apply(inverse(board_from_photo), np.column_stack([across.ravel(), down.ravel()]))
    return float(((places >= 0) & (places < np.array(size_px))).all(axis=1).mean())


def _frame(board_from_photo: Floats, layout: Layout, size_px: tuple[int, int]) -> tuple[Floats, tuple[int, int]]:
    """``board_from_image`` 3x3 and the (height, width) of a reference picture: grid and belt, no finer than the photo."""
    margin = MARGIN_CELLS * max(layout.cell_mm)
    width, height = layout.width_mm + 2 * margin, layout.height_mm + 2 * margin
    centre = apply(inverse(board_from_photo), np.array([[layout.width_mm / 2, layout.height_mm / 2]]))[0]
    if not ((centre >= 0) & (centre < np.array(size_px))).all():
        raise ValueError(f"The middle of the grid lies at {centre.round().tolist()}, outside the photo of {size_px[0]}x{size_px[1]} px.")
    mm_per_px = max(float(density(board_from_photo, centre)[0]), max(width, height) / LONG_SIDE_PX)
    board_from_image = np.array([[mm_per_px, 0, -margin], [0, mm_per_px, -margin], [0, 0, 1]])
    return board_from_image, (round(height / mm_per_px), round(width / mm_per_px))


def _rectified(photo: Image, image_from_photo: Floats, shape: tuple[int, int]) -> Image:
    """The photo, HxW gray, in the frame of the reference, HxW."""
    size = (shape[1], shape[0])
    middle = apply(inverse(image_from_photo), np.array([[size[0] / 2, size[1] / 2]]))[0]
    finest = float(density(image_from_photo, middle)[1])
    smooth = cv2.GaussianBlur(photo, (0, 0), 0.4 / finest) if finest < 0.8 else photo  # what the reference cannot hold would alias
    return np.asarray(cv2.warpPerspective(smooth, image_from_photo, size, borderMode=cv2.BORDER_REPLICATE), dtype=np.uint8)


def _gray(image_bgr: Image) -> Image:
    return np.asarray(cv2.cvtColor(image_bgr, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
