"""Synthetic photos of boards with exact truth: drawn flat, then seen through a pinhole camera with one radial coefficient.

``scene(seed)`` draws a random board; keyword options of :class:`Scene` settings pin whatever a test is about. Everything
follows from the seed. Frames are those of ``calibration.rig``; ``photo`` pixels here include the lens distortion.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import cv2
import numpy as np
from synth_flat import GRID_STYLES, STYLES, Flat, Scene, Spot, Style, random_board, random_layout, random_spots

from calibration.rig import Cell, Layout, Lens, readonly
from digitizer.event import Board
from digitizer.model import Photo, Pose, Sheet
from digitizer.rectify import rectify

__all__ = ["GRID_STYLES", "STYLES", "CardTruth", "Scene", "Style", "Synth", "apply", "distorted", "scene", "sheet_of"]


@dataclass(frozen=True, eq=False)
class CardTruth:
    """One drawn card: ``corners_px`` 4x2 photo px clockwise from its own top left, ``visible`` share that no person covers."""

    cell: Cell | None
    title: str
    handle: str
    bgr: tuple[int, int, int]
    corners_mm: np.ndarray
    corners_px: np.ndarray
    visible: float


@dataclass(frozen=True, eq=False)
class Synth:
    """A photo and all that is true of it. ``board_from_photo`` 3x3 takes undistorted px to mm; ``person`` HxW bool."""

    photo: Photo
    board: Board
    layout: Layout
    board_from_photo: np.ndarray
    lens: Lens
    cards: tuple[CardTruth, ...]
    grid_corners_px: np.ndarray
    person: np.ndarray
    scene: Scene

    def photo_from_mm(self, points_mm: np.ndarray) -> np.ndarray:
        """Nx2 board mm -> Nx2 photo px, lens distortion included."""
        return distorted(apply(np.linalg.inv(self.board_from_photo), points_mm), self.lens)


def sheet_of(drawn: Synth, image: np.ndarray | None = None) -> Sheet:
    """The sheet of a drawn board through its true pose; ``image`` another photo of it, of any kind of number."""
    pose = Pose(drawn.board_from_photo, drawn.layout, "truth", {}, 0.0, drawn.lens if drawn.scene.k1 else None)
    if image is None:
        return rectify(drawn.photo, pose)
    return rectify(replace(drawn.photo, image=readonly(np.clip(image, 0, 255).astype(np.uint8))), pose)


def apply(homography: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Nx2 points through a 3x3 homography."""
    mapped = np.c_[points, np.ones(len(points))] @ homography.T
    return mapped[:, :2] / mapped[:, 2:]


def distorted(points_px: np.ndarray, lens: Lens) -> np.ndarray:
    """Nx2 undistorted px -> Nx2 px as the lens bends them."""
    rays = apply(np.linalg.inv(lens.matrix), points_px)
    bent = rays * (1 + lens.distortion[0] * (rays**2).sum(1, keepdims=True))
    return apply(lens.matrix, bent)


def scene(seed: int, **options: object) -> Synth:
    """Draw a random board. ``options`` are fields of :class:`Scene`; the same seed and options give the same picture."""
    rng = np.random.default_rng(seed)
    wish = replace(Scene(), **options)
    style = STYLES[wish.style] if isinstance(wish.style, str) else wish.style
    rows, columns = wish.rows or int(rng.integers(4, 9)), wish.columns or int(rng.integers(3, 9))
    layout, head = random_layout(rng, rows, columns, wish.unequal)
    board = random_board(rng, layout, wish.reserved)
    spots = random_spots(rng, layout, wish)
    flat = Flat(layout, wish.head_mm or head, style, wish)
    flat.draw(rng, replace(board, rooms=wish.rooms or board.rooms, slots=wish.slots or board.slots), spots)
    seen_by = camera(rng, flat.outline_mm, wish)
    return _photograph(rng, flat, seen_by, board, spots)


def camera(rng: np.random.Generator, outline_mm: np.ndarray, wish: Scene) -> tuple[np.ndarray, Lens]:
    """Photo-from-board 3x3 (undistorted) of a pinhole camera that has the whole outline in view, and its lens."""
    width, height = wish.size_px
    tilt = wish.tilt_deg if wish.tilt_deg is not None else tuple(rng.uniform(-25, 25, 2))
    roll = wish.roll_deg if wish.roll_deg is not None else float(rng.uniform(-4, 4))
    focal = width * rng.uniform(0.75, 1.1)
    matrix = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1.0]])
    turn = cv2.Rodrigues(np.array([0, 0, np.radians(roll)]))[0]
    turn = turn @ cv2.Rodrigues(np.array([0, np.radians(tilt[1]), 0]))[0] @ cv2.Rodrigues(np.array([np.radians(tilt[0]), 0, 0]))[0]
    (left, top), (right, bottom) = outline_mm
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    place = np.array([0, 0, 3 * np.hypot(right - left, bottom - top)])
    middle = np.array([[1, 0, -(left + right) / 2], [0, 1, -(top + bottom) / 2], [0, 0, 1]])
    for _ in range(30):
        homography = matrix @ np.c_[turn[:, :2], place] @ middle
        seen = apply(homography, corners)
        low, high = seen.min(0), seen.max(0)
        place[2] *= max((high - low) / (np.array([width, height]) * wish.zoom)) ** 0.7
        place[:2] += ((width, height) - low - high) / 2 / focal * place[2]
    lens = Lens(readonly(matrix), readonly(np.array([wish.k1, 0, 0, 0, 0])), wish.size_px, 0.0)
    return homography, lens


def _photograph(rng: np.random.Generator, flat: Flat, camera: tuple[np.ndarray, Lens], board: Board, spots: list[Spot]) -> Synth:
    wish, (photo_from_board, lens) = flat.wish, camera
    width, height = wish.size_px
    grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1).reshape(-1, 1, 2).astype(np.float64)
    straight = cv2.undistortPoints(grid, lens.matrix, lens.distortion, P=lens.matrix).reshape(-1, 2) if wish.k1 else grid.reshape(-1, 2)
    source = flat.at(apply(np.linalg.inv(photo_from_board), straight)).astype(np.float32).reshape(height, width, 2)
    image = cv2.remap(flat.image, source, None, cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    board_from_photo = np.linalg.inv(photo_from_board)
    see = lambda mm: distorted(apply(photo_from_board, mm), lens)  # noqa: E731 - a short name for two steps
    person = np.zeros((height, width), bool)
    if wish.person:
        image, person = _person(rng, image, see(flat.layout.grid_corners_mm()))
    image = _expose(rng, image, wish)
    cards = tuple(
        CardTruth(s.cell, s.title, s.handle, s.bgr, s.corners_mm, see(s.corners_mm), _visible(see(s.corners_mm), person)) for s in spots
    )
    photo = Photo(readonly(image), datetime(2026, 11, 22, 12, tzinfo=UTC), "synth.png", hashlib.sha256(image.tobytes()).hexdigest())
    corners_px = see(flat.layout.grid_corners_mm())
    return Synth(photo, board, flat.layout, readonly(board_from_photo), lens, cards, corners_px, person, wish)


def _visible(corners_px: np.ndarray, person: np.ndarray) -> float:
    mask = np.zeros(person.shape, np.uint8)
    cv2.fillPoly(mask, [np.round(corners_px).astype(np.int32)], 1)
    return float(1 - person[mask > 0].mean()) if mask.any() else 0.0


def _person(rng: np.random.Generator, image: np.ndarray, grid_px: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Head and shoulders before a third of the grid, from the left or the right."""
    side = rng.choice([-1, 1])
    span = grid_px.max(0) - grid_px.min(0)
    x, y = grid_px.mean(0) + span * [side * 0.42, rng.uniform(-0.25, 0.05)]
    head = (int(span[0] * 0.09), int(span[0] * 0.12))
    mask = np.zeros(image.shape[:2], np.uint8)
    cv2.ellipse(mask, (int(x), int(y + head[1] * 3.4)), (int(head[0] * 2), int(head[1] * 2.5)), 0, 0, 360, 2, -1)
    cv2.rectangle(mask, (int(x - head[0] * 2), int(y + head[1] * 3.4)), (int(x + head[0] * 2), image.shape[0]), 2, -1)
    cv2.ellipse(mask, (int(x), int(y)), head, 0, 0, 360, 1, -1)
    image = image.copy()
    for part, bgr in ((1, (60, 90, 130)), (2, tuple(rng.integers(40, 190, 3)))):
        shade = np.linspace(1.1, 0.7, image.shape[1])[None, :, None]
        image[mask == part] = np.clip(np.broadcast_to(np.array(bgr) * shade, image.shape), 0, 255)[mask == part]
    return image, mask > 0


def _expose(rng: np.random.Generator, image: np.ndarray, wish: Scene) -> np.ndarray:
    """Uneven light, blur of the lens, noise of the sensor."""
    height, width = image.shape[:2]
    slope = rng.uniform(-0.15, 0.15, 2)
    light = 1 + slope[0] * np.linspace(-1, 1, width)[None, :] + slope[1] * np.linspace(-1, 1, height)[:, None]
    seen = image * (light * 0.93 * wish.light)[..., None]
    if wish.blur_px:
        seen = cv2.GaussianBlur(seen, (0, 0), wish.blur_px)
    return np.clip(seen + rng.normal(0, wish.noise, image.shape), 0, 255).astype(np.uint8)
