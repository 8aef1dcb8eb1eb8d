"""Is this the board, and where exactly? A supposed pose is refined and judged by the picture, square by square.

A square of a label that agrees is worth much, one of a drawn line little: grid lines agree with every shift by a whole cell.
So only *telling* squares count towards belief (see ``calibration.patches``), while all that agree steer the refinement.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from calibration.covered import forgiven_part, lying_in
from calibration.gone import rows_gone
from calibration.lens import undistorted
from calibration.patches import HALF, Flags, Found, Patches, improve, look_up, soften, told
from calibration.plane import apply, density, inverse, resizing
from calibration.rig import Floats, Image, Lens, Reference
from calibration.steady import labelled_places, level_from_reference, squares

COARSE, COARSE_PX, COARSE_RADIUS_PX = 0.25, 350, 8
"""Least scale of the first comparison, the long side that it leaves a reference, and its radius: 8 px at a quarter catch a nudge of
32 px. A board far away has a small reference, of whose labels a quarter keeps nothing."""

FINE, FINE_RADIUS_PX, ROUNDS = (1.0, 0.5, 0.25), 4, 6
"""Scales of the last one, of which the finest is taken that the photo carries; a px at a quarter is 4 px at full scale. A right pose
settles in one to three rounds."""

STRAY_PX = 1.5
"""Distance from the fit up to which a found square agrees with it: 1.5 mm on a board 1.4 m wide."""

PLACE_SHARE = 0.4
"""Share of the telling squares of a place that must agree: half a label may curl or shine."""

UNLIKE = 0.5
"""Correlation below which a square with contrast shows something else: other words on the same ground give 0 to 0.5."""

CALM_SHARE = 0.6
"""Share of the squares of a place from which on it counts as one state: seen, or showing something else."""

SETTLED_PX = 0.5
"""A round that moves no corner of the grid further than this is the last; a pose that never settles is not believed."""

SHARPER = 1.3
"""How much finer than the photo a scale of the reference may be to be compared with it."""

LEAST_TO_GO_ON = 6
"""Squares that must be found at a level for the next, finer one to be worth its time; a homography takes four."""


@dataclass(frozen=True)
class Limits:
    """What it takes to believe a pose."""

    least_telling: int = 12
    """Agreeing squares that no neighbouring cell could stand for."""

    few_places: int = 3
    """Labelled places of a board that has fewer than ``least_places`` in all: each must agree. Other boards of the make agree in half."""

    least_places: int = 5
    least_share: float = 0.35
    """Cell-sized places in which they agree, and the share of those that the photo shows: people may hide the rest. Counting places
    and not squares keeps one large title, which all boards of an event have, from outvoting the labels."""

    most_contradicted: float = 0.12
    """Contradicted places over agreeing ones, though one is forgiven: a label may be rewritten, two boards of an event differ in more."""

    least_extent: float = 0.4
    """Extent of the agreeing squares over that of the grid, across and down: a pose is not carried far beyond its evidence."""

    least_covered: float = 0.7
    """Share of the grid inside the photo: half a board is not read as a whole one."""


@dataclass(frozen=True, eq=False)
class Photo:
    """A photo to look in: ``gray`` HxW as taken, and the ``lens`` that took it if known."""

    gray: Image
    lens: Lens | None

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in px."""
        return self.gray.shape[1], self.gray.shape[0]

    def shrunk(self, scale: float) -> tuple[Image, Floats]:
        """The undistorted photo at ``scale`` (1 or less), and 3x3 ``view_from_photo``."""
        view, view_from_photo = _shrunk(self.gray, scale)
        return undistorted(view, self.lens), view_from_photo


@dataclass(frozen=True, eq=False)
class Judged:
    """A refined pose, 3x3 ``reference_from_photo``, and what the picture says of it.

    ``agreeing`` of ``visible`` squares, ``telling`` ones among them, which make ``places`` of ``places_visible`` cell-sized places agree;
    ``contradicted`` places show other labels; ``places_known`` of the reference, in view or not; ``extent`` of the agreeing squares over
    the grid's width and height; ``rms_px`` of their residuals in the reference; ``settled``: another round would not move it;
    ``forgiving``: somebody hid a part when the board was calibrated, which cannot speak against it, so nothing else may;
    ``gone`` lines across the grid that are not there.
    """

    pose: Floats
    agreeing: int
    visible: int
    telling: int
    places: int
    places_visible: int
    contradicted: int
    extent: tuple[float, float]
    rms_px: float
    settled: bool = False
    places_known: int = 0
    forgiving: bool = False
    gone: int = 0

    def needed(self, limits: Limits) -> int:
        """Places that must agree at the least: on a board with fewer labels than usual, all of them."""
        return min(limits.least_places, max(limits.few_places, self.places_known))

    def believed(self, limits: Limits) -> bool:
        """Whether that is enough."""
        strict = self.forgiving or self.places_known < limits.least_places
        enough = self.places >= max(self.needed(limits), limits.least_share * self.places_visible)
        enough = enough and not self.gone and self.contradicted <= (0.0 if strict else max(1.0, limits.most_contradicted * self.places))
        return self.settled and enough and self.telling >= limits.least_telling and min(self.extent) >= limits.least_extent


def judge(photo: Photo, reference: Reference, pose: Floats) -> Judged:
    """Refine ``pose``, 3x3 ``reference_from_photo``, from coarse to as fine as the photo is, and judge where it ends."""
    grid_px = apply(inverse(reference.board_from_image), reference.layout.grid_corners_mm())
    photo_per_reference = abs(float(density(inverse(pose), grid_px.mean(axis=0))[0]))
    cell_px = (grid_px[2] - grid_px[0]) / (reference.layout.columns, reference.layout.rows)
    finest = next((scale for scale in FINE if scale <= SHARPER * photo_per_reference), FINE[-1])
    view, view_from_photo = photo.shrunk(min(1.0, finest / max(photo_per_reference, 1e-6)))
    covered = forgiven_part(reference)
    coarse, settled = min(finest, max(COARSE, COARSE_PX / max(reference.image.shape))), False
    for scale, radius in ((coarse, COARSE_RADIUS_PX), *((finest, FINE_RADIUS_PX),) * ROUNDS):
        small, small_from_view = _shrunk(view, min(1.0, scale / finest))
        level = Level(squares(reference, scale), level_from_reference(reference, scale), grid_px, cell_px, photo.size, covered)
        step = improved(level, pose, (small, small_from_view @ view_from_photo), radius)
        settled = step.held and scale == finest and _moved(pose, step.pose, grid_px) * scale < SETTLED_PX
        pose = step.pose
        if settled or not step.held:
            break
    judged = replace(_counted(level, step), settled=settled)
    gone = rows_gone(reference, level.level_from_reference, level.patches, step.view, (step.found.inside, step.agrees)) if settled else 0
    return replace(judged, places_known=labelled_places(reference), forgiving=covered is not None, gone=gone)


def _moved(before: Floats, after: Floats, grid_px: Floats) -> float:
    """The furthest that a corner of the grid (4x2, reference px) moves from one pose to the next."""
    return float(np.linalg.norm(apply(after @ inverse(before), grid_px) - grid_px, axis=1).max())


def _shrunk(image: Image, scale: float) -> tuple[Image, Floats]:
    height, width = image.shape
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = image if size == (width, height) else cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8), resizing((width, height), size)


@dataclass(frozen=True, eq=False)
class Level:
    """One scale of a reference.

    ``grid_px`` 4x2 corners of the grid and ``cell_px`` mean cell (width, height) at full scale; ``covered`` HxW mask there of what need
    not agree, since somebody stood before it.
    """

    patches: Patches
    level_from_reference: Floats
    grid_px: Floats
    cell_px: Floats
    photo_size: tuple[int, int]
    covered: Image | None = None

    @property
    def scale(self) -> float:
        """Size of a px of the reference at this scale."""
        return float(self.level_from_reference[0, 0])


@dataclass(frozen=True, eq=False)
class Step:
    """A pose after a round, 3x3 ``reference_from_photo``, and what was found on the way, in the view warped to the level."""

    pose: Floats
    found: Found
    agrees: Flags
    view: Image
    rms_px: float

    @property
    def held(self) -> bool:
        """Whether enough agrees for another round to mean anything."""
        return int(np.count_nonzero(self.agrees)) >= LEAST_TO_GO_ON


def improved(level: Level, pose: Floats, view: tuple[Image, Floats], radius: int) -> Step:
    """Look the squares up where the pose expects them, and improve the pose."""
    patches, level_from_photo = level.patches, level.level_from_reference @ pose
    height, width = patches.image.shape
    warped = soften(np.asarray(cv2.warpPerspective(view[0], level_from_photo @ inverse(view[1]), (width, height)), np.uint8))
    found = look_up(patches, warped, _inside(patches, level_from_photo, level.photo_size), radius)
    if np.count_nonzero(found.alike) < LEAST_TO_GO_ON:
        return Step(pose, found, np.zeros_like(found.inside), warped, 0.0)
    update, residuals = improve(patches, found, found.alike)
    agrees = found.alike & (residuals < STRAY_PX)
    pose = inverse(level.level_from_reference) @ update @ level_from_photo
    return Step(pose / pose[2, 2], found, agrees, warped, _rms(residuals[agrees]) / level.scale)


def _counted(level: Level, step: Step) -> Judged:
    """What agrees, in numbers."""
    patches, found = level.patches, step.found
    says = step.agrees & told(patches, found)
    centres = apply(inverse(level.level_from_reference), patches.centres_px.astype(np.float64))
    right = step.agrees & (says | ~patches.telling)
    places, places_visible, contradicted = _places(level, centres, (found.inside, right, something_else(patches, step.view, found)))
    return Judged(
        pose=step.pose,
        agreeing=int(step.agrees.sum()),
        visible=int(found.inside.sum()),
        telling=int(says.sum()),
        places=places,
        places_visible=places_visible,
        contradicted=contradicted,
        extent=extent_of(centres[step.agrees], level.grid_px[2] - level.grid_px[0]),
        rms_px=step.rms_px,
    )


def _places(level: Level, centres_px: Floats, flags: tuple[Flags, Flags, Flags]) -> tuple[int, int, int]:
    """Cell-sized places around the grid: how many have a label that agrees, have one in view, and have one that is contradicted.

    ``flags``: squares inside the photo, those that agree, and those that show something else. Contradicted is a label that shows
    something else while the place below agrees: people stand on the floor, what hides a label hides what is under it. A place of which
    somebody hid most when the board was calibrated counts if it agrees, and is not missed if it does not.
    """
    inside, right, other = flags
    low, high = level.grid_px[0], level.grid_px[2]
    label = ((centres_px < low) | (centres_px > high)).any(axis=1) & inside & level.patches.telling
    cells, place = np.unique(np.floor((centres_px - low) / level.cell_px).astype(int), axis=0, return_inverse=True)
    masks = (label, label & right, label & other, label & lying_in(level.covered, centres_px), inside, right)
    labels, agreeing, others, hidden, squares_in, squares_right = (np.bincount(place.ravel(), m.astype(float), len(cells)) for m in masks)
    calm = {tuple(cell) for cell in cells[(squares_in > 2) & (squares_right > CALM_SHARE * squares_in)]}
    agrees = (labels > 0) & (agreeing >= PLACE_SHARE * labels)
    asked = (labels > 0) & (agrees | (2 * hidden < labels))
    denied = [(column, row + 1) in calm for column, row in cells[asked & (labels > 1) & (others > CALM_SHARE * labels)]]
    return int(agrees.sum()), int(asked.sum()), sum(denied)


def something_else(patches: Patches, view: Image, found: Found) -> Flags:
    """Telling squares whose place in the view, HxW gray, has contrast of its own but not theirs."""
    other = found.inside & patches.telling & (found.likeness < UNLIKE)
    for i in np.flatnonzero(other):
        x, y = patches.centres_px[i]
        window = (slice(y - HALF, y + HALF + 1), slice(x - HALF, x + HALF + 1))
        other[i] = cv2.meanStdDev(view[window])[1][0, 0] > 0.5 * cv2.meanStdDev(patches.image[window])[1][0, 0]
    return other


def _rms(residuals: Floats) -> float:
    return float(np.sqrt(np.mean(residuals**2))) if len(residuals) else 0.0


def _inside(patches: Patches, level_from_photo: Floats, photo_size: tuple[int, int]) -> Flags:
    """Which squares lie inside the photo with all their corners."""
    reach = HALF + FINE_RADIUS_PX
    corners = patches.centres_px[:, None, :] + reach * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    photo_from_level = inverse(level_from_photo)
    depth = corners @ photo_from_level[2, :2] + photo_from_level[2, 2]
    places = apply(photo_from_level, corners.reshape(-1, 2).astype(np.float64)).reshape(corners.shape)
    in_frame = ((places >= 0) & (places <= np.array(photo_size) - 1)).all(axis=(1, 2))
    front = np.sign(depth) == np.sign(np.median(depth)) if len(depth) else np.zeros((0, 4), bool)
    return np.asarray(in_frame & front.all(axis=1))


def extent_of(places_px: Floats, whole_px: Floats) -> tuple[float, float]:
    """Width and height that the middle nine tenths of Nx2 places span, over those (2) of the whole."""
    if len(places_px) == 0:
        return 0.0, 0.0
    low, high = np.percentile(places_px, (5, 95), axis=0)
    across, down = (high - low) / whole_px
    return float(across), float(down)
