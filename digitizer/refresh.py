"""What a new look of a mounted camera may take over from the last one: the pose, and all that did not change.

Two photos are compared small and high-passed, so that slow light (a cloud, a lamp) is no change but a stroke of ink is.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.rig import Image
from digitizer.medians import median_level
from digitizer.model import Photo
from digitizer.settings import RefreshSettings

Grays = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Comparison:
    """How a photo differs from an earlier one of the same size.

    ``agreement`` share of textured tiles that look alike; ``shift_px`` movement of the picture in photo pixels; ``gain`` brightness ratio;
    ``changed`` HxW bool in a picture smaller than the photo by ``scale``.
    """

    agreement: float
    shift_px: float
    gain: float
    changed: Mask
    scale: float


def compare(photo: Photo, earlier: Photo, settings: RefreshSettings | None = None) -> Comparison | None:
    """Compare two photos; None where their sizes differ and nothing can be said."""
    settings = settings or RefreshSettings()
    if photo.image.shape != earlier.image.shape:
        return None
    scale = min(1.0, settings.look_px / max(photo.image.shape[:2]))
    (new, level), (old, before) = (_detail(_Handle(one), scale) for one in (photo, earlier))
    gain = level / max(1.0, before)
    old = old * np.float32(gain)
    gray, gray_before = _gray(new), _gray(old)
    correlation, textured = _tiles(gray, gray_before, settings)
    related = textured & (correlation > settings.related_correlation)
    if not related.any():
        return None
    shift = _shift(gray, gray_before, related, settings.tile_px)
    changed = cv2.blur(_largest(np.asarray(cv2.absdiff(new, old, dst=old), np.float32)), (3, 3)) > settings.change_gray
    agreement = (textured & (correlation > settings.tile_correlation)).sum() / textured.sum()
    return Comparison(float(agreement), shift / scale, gain, changed, scale)


def same_view(comparison: Comparison | None, settings: RefreshSettings | None = None) -> bool:
    """Tell whether the camera stands where it stood: enough of the picture is alike, and it did not shift."""
    settings = settings or RefreshSettings()
    return comparison is not None and comparison.agreement >= settings.agreement and comparison.shift_px <= settings.shift_px


class _Handle:
    """A photo that hashes by its content, so that its small picture is made once and not once a comparison.

    It does not keep the photo: 12 megapixels have 36 MB, and whoever compares has them.
    """

    def __init__(self, photo: Photo) -> None:
        self.image = weakref.ref(photo.image)
        self._hash = hash((photo.sha256, photo.image.shape))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Handle) and self.image() is not None and other.image() is self.image()


@lru_cache(maxsize=4)
def _detail(handle: _Handle, scale: float) -> tuple[Grays, float]:
    """The small picture of a photo without what changes slowly across it, and its brightness.

    It is halved as long as it is large: twice by two takes a fifth of the time of once by four.
    """
    image = handle.image()
    assert image is not None, "whoever compares photos keeps them meanwhile"
    while scale <= 0.5:
        height, width = (side // 2 for side in image.shape[:2])
        image = np.asarray(cv2.resize(image[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA), np.uint8)
        scale *= 2
    small = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    return _high_pass(small), median_level(small[::4, ::4].ravel())  # every fourth pixel both ways tells brightness as well as all


def _gray(image: Grays) -> Grays:
    """Mean of the three channels."""
    return np.asarray(cv2.transform(image, np.full((1, 3), 1 / 3, np.float32)), dtype=np.float32)


def _largest(image: Grays) -> Grays:
    """Largest of the three channels."""
    return np.asarray(cv2.reduce(image.reshape(-1, 3), 1, cv2.REDUCE_MAX), np.float32).reshape(image.shape[:2])


def _high_pass(image: Image) -> Grays:
    return np.asarray(cv2.subtract(image, cv2.boxFilter(image, cv2.CV_32F, (31, 31)), dtype=cv2.CV_32F), np.float32)


def _tiles(new: Grays, old: Grays, settings: RefreshSettings) -> tuple[Grays, Mask]:
    """Per tile: how the two correlate, and whether there is texture to tell by."""
    means = [_means(one, settings.tile_px) for one in (new, old, new * new, old * old, new * old)]
    mean_new, mean_old, power_new, power_old, common = means
    spread_new, spread_old = (np.sqrt(np.maximum(power - mean * mean, 0)) for power, mean in ((power_new, mean_new), (power_old, mean_old)))
    correlation = (common - mean_new * mean_old) / (spread_new * spread_old + 1e-6)
    return np.asarray(correlation, np.float32), spread_old > settings.texture_gray


def _means(image: Grays, tile: int) -> Grays:
    """Mean of each whole tile; what has slow light taken out is near nothing, and its squares lose no digits."""
    rows, columns = image.shape[0] // tile, image.shape[1] // tile
    whole = image[: rows * tile, : columns * tile]
    return np.asarray(cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)


def _shift(new: Grays, old: Grays, tiles: Mask, tile: int) -> float:
    """Length of the shift between two small pictures, least squares over the pixels of some tiles (Lucas & Kanade 1981, one step)."""
    height, width = tile * tiles.shape[0], tile * tiles.shape[1]
    inside = cv2.resize(tiles.astype(np.float32), (width, height), interpolation=cv2.INTER_NEAREST)
    slopes = (cv2.Sobel(old, cv2.CV_32F, *order, scale=1 / 8)[:height, :width] * inside for order in ((1, 0), (0, 1)))
    slope_x, slope_y = (slope.ravel() for slope in slopes)
    rise = (old - new)[:height, :width].ravel()
    normal = np.array([[slope_x @ slope_x, slope_x @ slope_y], [slope_x @ slope_y, slope_y @ slope_y]], dtype=np.float64)
    dx, dy = np.linalg.lstsq(normal, np.array([slope_x @ rise, slope_y @ rise], dtype=np.float64), rcond=None)[0]
    return float(np.hypot(dx, dy))


def unchanged_picture(new: Image, old: Image, settings: RefreshSettings | None = None) -> bool:
    """Tell whether two upright crops show the same card with the same writing, whatever the light."""
    settings = settings or RefreshSettings()
    (h0, w0), (h1, w1) = old.shape[:2], new.shape[:2]
    if max(abs(h0 - h1) / max(h0, h1), abs(w0 - w1) / max(w0, w1)) > settings.crop_size_change:
        return False
    a, b = (_even_crop(image, settings.crop_px) for image in (new, old))
    added, taken = _beyond(a, b), _beyond(b, a)
    return float(cv2.blur(np.maximum(added, taken), (3, 3)).max()) < settings.crop_change


def is_plain(image: Image, settings: RefreshSettings | None = None) -> bool:
    """Tell whether a crop shows nothing by which it could be known again: bare paper looks like any other, the board included."""
    settings = settings or RefreshSettings()
    crop = _even_crop(image, settings.crop_px)
    return float(np.abs(crop - 1).max()) < 2 * settings.crop_change


def _beyond(a: Grays, b: Grays) -> Grays:
    """How far ``a`` leaves the range that ``b`` has within a pixel: jitter of a pixel is no change."""
    around = np.ones((3, 3), dtype=np.uint8)
    return np.asarray(np.maximum(np.maximum(a - cv2.dilate(b, around), cv2.erode(b, around) - a), 0), dtype=np.float32)


def _even_crop(image: Image, width: int) -> Grays:
    """The middle of a crop at a fixed size, gray and relative to its own paper, the outermost edge left out: it is where jitter shows."""
    gray = _gray(np.asarray(cv2.resize(image, (width, width), interpolation=cv2.INTER_AREA), dtype=np.float32))
    rim = width // 16
    inner = gray[rim:-rim, rim:-rim]
    return np.asarray(cv2.GaussianBlur(inner / max(1.0, float(np.median(inner))), (0, 0), 1.2), dtype=np.float32)
