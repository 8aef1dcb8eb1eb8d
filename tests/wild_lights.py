"""What a camera makes of flat surfaces in a room: perspective, light and shadow, people, the lens, the sensor, JPEG."""

from __future__ import annotations

import cv2
import numpy as np
from synth import apply
from wild_surface import Surface, smooth_noise
from wild_wishes import Wish

TO_LINEAR = ((np.arange(256) / 255) ** 2.2).astype(np.float32)


class Picture:
    """Linear light as it falls on the sensor, HxWx3 float32, with ``gloss`` HxW of what is seen there."""

    def __init__(self, rng: np.random.Generator, size_px: tuple[int, int], bgr: np.ndarray, uneven: float) -> None:
        width, height = size_px
        room = 1 + uneven * smooth_noise(rng, (height // 8, width // 8), width / 24)
        self.light = np.ascontiguousarray(np.broadcast_to((np.asarray(bgr) / 255) ** 2.2, (height, width, 3)).astype(np.float32))
        self.light *= np.clip(cv2.resize(room, size_px), 0.4, 1.6)[..., None]
        self.gloss = np.zeros((height, width), np.float32)

    def lay(self, surface: Surface, photo_from_mm: np.ndarray, feathered: bool = False) -> None:
        """A flat surface before what is there; ``feathered`` where it goes over into it."""
        height, width = self.gloss.shape
        start = np.array([[1 / surface.px, 0, surface.origin_mm[0]], [0, 1 / surface.px, surface.origin_mm[1]], [0, 0, 1]])
        matrix = photo_from_mm @ start @ np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
        full = np.full(surface.shade.shape, 255, np.uint8)
        full[[0, -1]] = full[:, [0, -1]] = 0
        if feathered:
            rim = 0.12 * min(full.shape)
            full = np.minimum(cv2.distanceTransform(np.asarray(full > 0, np.uint8), cv2.DIST_L2, 3) / rim, 1) * 255
            full = full.astype(np.uint8)
        parts = (cv2.GaussianBlur(surface.colour, (0, 0), 0.55), cv2.GaussianBlur(surface.shade, (0, 0), 0.55), surface.gloss, full)
        colour, shade, gloss, mask = (cv2.warpPerspective(part, matrix, (width, height), flags=cv2.INTER_LINEAR) for part in parts)
        alpha = mask.astype(np.float32) / 255
        seen = cv2.LUT(colour, TO_LINEAR) * shade[..., None]
        self.light += alpha[..., None] * (seen - self.light)
        self.gloss += alpha * (gloss - self.gloss)


def illuminate(rng: np.random.Generator, picture: Picture, grid_px: np.ndarray, wish: Wish) -> None:
    """The room's light: uneven, sunny, shady, mirrored, coloured. ``grid_px`` 4x2 corners of the grid in the photo."""
    height, width = picture.gloss.shape
    y, x = np.mgrid[0 : height : height / 64, 0 : width : width / 64].astype(np.float32)[:, :64, :64]
    slope = rng.uniform(-0.22, 0.22, 2)
    coarse = 1 + slope[0] * (2 * x / width - 1) + slope[1] * (2 * y / height - 1)
    off = ((x - width / 2) ** 2 + (y - height / 2) ** 2) / (width**2 + height**2) * 4
    even = cv2.resize((coarse * (1 - rng.uniform(0.05, 0.3) * off)).astype(np.float32), (width, height))
    if wish.light == "sunbeam":
        even *= 0.55 + rng.uniform(0.7, 1.3) * _shape(rng, (height, width), grid_px, rng.uniform(0.15, 0.45))
    elif wish.light == "hard shadow":
        even *= 1 - rng.uniform(0.3, 0.65) * _shape(rng, (height, width), grid_px, rng.uniform(0.2, 0.7))
    picture.light *= even[..., None]
    if wish.light == "glare":
        for _ in range(int(rng.integers(1, 4))):
            picture.light += (_mirrored(rng, (height, width), grid_px) * picture.gloss * rng.uniform(0.15, 0.7))[..., None]
    elif wish.wall == "glass":
        picture.light += (_mirrored(rng, (height, width), grid_px) * picture.gloss * 0.12)[..., None]
    if wish.cast:
        picture.light *= np.array(rng.uniform(0.75, 1.15, 3), np.float32)


def _shape(rng: np.random.Generator, shape: tuple[int, int], grid_px: np.ndarray, size: float) -> np.ndarray:
    """HxW 0..1: where a window's light, or the shadow of something with straight sides, falls."""
    span = np.ptp(grid_px, axis=0)
    centre = grid_px.min(0) + span * rng.uniform(0.1, 0.9, 2)
    half = span * size * rng.uniform(0.6, 1.4, 2) / 1.5
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half + rng.normal(0, 0.12, (4, 2)) * span
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [np.round(centre + corners).astype(np.int32)], 255, cv2.LINE_AA)
    blur = float(span.max()) * rng.uniform(0.002, 0.01)
    return cv2.GaussianBlur(mask, (0, 0), blur).astype(np.float32) / 255


def _mirrored(rng: np.random.Generator, shape: tuple[int, int], grid_px: np.ndarray) -> np.ndarray:
    """HxW 0..1: a lamp or a window in a glossy surface, out of focus."""
    span = np.ptp(grid_px, axis=0)
    centre = grid_px.min(0) + span * rng.uniform(0.05, 0.95, 2)
    small = np.zeros((shape[0] // 8, shape[1] // 8), np.float32)
    axes = tuple(int(v) for v in np.maximum(span / 8 * rng.uniform(0.04, 0.22, 2), 2))
    if rng.random() < 0.5:
        cv2.ellipse(small, tuple((centre / 8).astype(int).tolist()), axes, rng.uniform(0, 90), 0, 360, 1, -1)
    else:
        low, high = centre / 8 - axes, centre / 8 + axes
        cv2.rectangle(small, tuple(low.astype(int).tolist()), tuple(high.astype(int).tolist()), 1, -1)
    return cv2.resize(cv2.GaussianBlur(small, (0, 0), float(span.max()) / 8 * rng.uniform(0.008, 0.05)), shape[::-1])


def people(rng: np.random.Generator, picture: Picture, grid_px: np.ndarray, wish: Wish) -> np.ndarray:
    """Heads before the lower rows, a body before a side -> HxW bool of where they stand."""
    height, width = picture.gloss.shape
    span, low = np.ptp(grid_px, axis=0), grid_px.min(0)
    mask = np.zeros((height, width), np.uint8)
    places = [(rng.uniform(0, 1), rng.uniform(0.85, 1.1), rng.uniform(0.05, 0.09)) for _ in range(wish.heads)]
    if wish.body:
        places.append((float(rng.choice([rng.uniform(-0.05, 0.2), rng.uniform(0.8, 1.05)])), rng.uniform(0.1, 0.4), 0.1))
    for across, down, size in places:
        x, y, r = low[0] + across * span[0], low[1] + down * span[1], size * span[0]
        cloth, skin = rng.uniform(15, 200, 3), np.array([90, 120, 170]) * rng.uniform(0.4, 1.1)
        body = np.array([[x - 2 * r, height + 5], [x - 1.9 * r, y + 2.2 * r], [x - 0.6 * r, y + 1.3 * r], [x + 0.6 * r, y + 1.3 * r]])
        body = np.r_[body, [[x + 1.9 * r, y + 2.2 * r], [x + 2 * r, height + 5]]]
        head = cv2.ellipse2Poly((int(x), int(y)), (int(r * 0.8), int(r)), 0, 0, 360, 8)
        for points, bgr in ((np.round(body).astype(np.int32), cloth), (head, skin), (head[len(head) // 2 :], skin * 0.3)):
            part = np.zeros_like(mask)
            cv2.fillPoly(part, [points], 255, cv2.LINE_AA)
            alpha = cv2.GaussianBlur(part, (0, 0), 1.5).astype(np.float32)[..., None] / 255
            fold = 1 + 0.15 * np.sin(np.arange(width, dtype=np.float32) / (0.35 * r))[None, :, None]
            picture.light += alpha * (((bgr / 255) ** 2.2).astype(np.float32) * fold - picture.light)
            picture.gloss *= 1 - alpha[..., 0]
            mask |= part
    return mask > 127


def expose(rng: np.random.Generator, picture: Picture, wish: Wish) -> np.ndarray:
    """HxWx3 u8 BGR: exposure by the brightest parts, blur of the lens, noise by the light, gamma, JPEG."""
    bright = float(np.percentile(picture.light[::8, ::8], 97))
    target = rng.uniform(0.12, 0.3) if wish.light == "dim" else rng.uniform(0.68, 0.95)
    seen = cv2.GaussianBlur(picture.light * np.float32(target / max(bright, 1e-3)), (0, 0), wish.blur_px)
    noise = wish.noise * (1.8 if wish.light == "dim" else 1.0) / 255 * 1.6
    grain = rng.standard_normal(seen.shape, np.float32)
    if rng.random() < 0.6:  # what a camera's own smoothing leaves
        grain = cv2.GaussianBlur(grain, (0, 0), 0.7) * 1.8
    seen += noise * grain * np.sqrt(np.clip(seen, 0.01, 1))
    steps = np.clip(seen * 4095, 0, 4095).astype(np.uint16)
    gamma = np.round((np.arange(4096) / 4095) ** (1 / 2.2) * 255).astype(np.uint8)
    coded = cv2.imencode(".jpg", gamma[steps], [cv2.IMWRITE_JPEG_QUALITY, wish.quality])[1]
    return cv2.imdecode(coded, cv2.IMREAD_COLOR)


def covered(corners_px: np.ndarray, mask: np.ndarray) -> float:
    """Share of a polygon that a mask covers, or that lies outside of the picture."""
    low = np.floor(corners_px.min(0)).astype(int)
    size = np.ceil(corners_px.max(0)).astype(int) - low + 1
    own = np.zeros((size[1], size[0]), np.uint8)
    cv2.fillPoly(own, [np.round(corners_px - low).astype(np.int32)], 1)
    x, y = np.meshgrid(np.arange(size[0]) + low[0], np.arange(size[1]) + low[1])
    out = (x < 0) | (y < 0) | (x >= mask.shape[1]) | (y >= mask.shape[0])
    hidden = out | mask[np.clip(y, 0, mask.shape[0] - 1), np.clip(x, 0, mask.shape[1] - 1)]
    return float(hidden[own > 0].mean()) if own.any() else 1.0


def seen_from(photo_from_mm: np.ndarray, points_mm: np.ndarray) -> np.ndarray:
    """Nx2 mm -> Nx2 photo px."""
    return apply(photo_from_mm, points_mm)
