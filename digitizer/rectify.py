"""Photo and pose -> the board seen square on, lens and light undone, in one interpolation."""

from __future__ import annotations

import cv2
import numpy as np

from calibration.rig import Floats, Image, Layout, readonly
from digitizer import cores
from digitizer.frames import photo_from_board
from digitizer.model import Photo, Pose, Sheet
from digitizer.settings import RectifySettings

MAP_STEP_PX = 16
"""A lens bends by far less than a tenth of a pixel between samples this far apart (checked by bilinear growth of the map)."""

STRIP_ROWS = 256
"""Rows that are resampled at a time where a map or field as large as the picture would take more memory than the picture."""

LUMA_AND_CHROMA = np.array([[1 / 3, 1 / 3, 1 / 3], [1.0, -1.0, 0.0], [0.0, -1.0, 1.0]])
"""Takes log B, G, R to their mean and the two ratios B/G and R/G."""


def rectify(photo: Photo, pose: Pose, settings: RectifySettings = RectifySettings()) -> Sheet:
    """See the board square on: ``photo`` px -> ``sheet`` px, with the lens undone in the same interpolation.

    The sheet holds the grid and ``settings.margin_cells`` mean cells around it as far as the photo reaches, at the density that
    the photo itself has on the grid. ``even`` divides the light by a smooth field fitted to the board's own colour.
    """
    extent_mm = _extent_mm(pose, photo.image.shape[:2], settings)
    px_per_mm = _density(pose, photo.image.shape[:2], extent_mm, settings)
    board_from_sheet = np.array([[1 / px_per_mm, 0, extent_mm[0]], [0, 1 / px_per_mm, extent_mm[1]], [0, 0, 1]])
    size = (round((extent_mm[2] - extent_mm[0]) * px_per_mm), round((extent_mm[3] - extent_mm[1]) * px_per_mm))
    image, seen = _remap(photo.image, pose, board_from_sheet, size)
    even = even_light(image, seen, _grid_box_px(pose.layout, board_from_sheet), settings)
    return Sheet(readonly(image), readonly(even), readonly(seen), px_per_mm, readonly(board_from_sheet))


def rectify_again(photo: Photo, pose: Pose, before: Sheet, box_px: tuple[int, int, int, int]) -> Sheet:
    """See one part of the board anew: ``box_px`` (left, top, right, bottom) in ``before``'s pixels, its light evened as it was there.

    Returns a sheet of that part alone, in the same board frame and at the same density.
    """
    left, top, right, bottom = box_px
    board_from_sheet = before.board_from_sheet @ np.array([[1, 0, left], [0, 1, top], [0, 0, 1]], dtype=np.float64)
    image, seen = _remap(photo.image, pose, board_from_sheet, (right - left, bottom - top))
    even = cv2.multiply(image, _gain_before(before, box_px), dtype=cv2.CV_8U)
    return Sheet(readonly(image), readonly(np.asarray(even, np.uint8)), readonly(seen), before.px_per_mm, readonly(board_from_sheet))


def _gain_before(before: Sheet, box_px: tuple[int, int, int, int]) -> np.ndarray:
    """HxWx3 float32: by what the evened part of a sheet differs from the part as photographed; smooth, as the light is."""
    left, top, right, bottom = box_px
    size = (max(2, (right - left) // 64), max(2, (bottom - top) // 64))
    parts = (part[top:bottom, left:right] for part in (before.even, before.image))
    even, image = (cv2.resize(part, size, interpolation=cv2.INTER_AREA).astype(np.float32) for part in parts)
    ratio = cv2.blur(even, (3, 3)) / np.maximum(cv2.blur(image, (3, 3)), 1)
    return np.asarray(cv2.resize(ratio, (right - left, bottom - top), interpolation=cv2.INTER_LINEAR), np.float32)


def _extent_mm(pose: Pose, photo_shape: tuple[int, ...], settings: RectifySettings) -> tuple[float, float, float, float]:
    """(left, top, right, bottom) of the sheet: grid and margin, cut to what the photo shows; unless that is a part, the grid stays in."""
    cell_w, cell_h = pose.layout.cell_mm
    reach_x, reach_y = cell_w * settings.margin_cells, cell_h * settings.margin_cells
    xs = np.linspace(-reach_x, pose.layout.width_mm + reach_x, 81)
    ys = np.linspace(-reach_y, pose.layout.height_mm + reach_y, 81)
    grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    inside = _inside(photo_from_board(pose, grid), photo_shape).reshape(81, 81)
    columns, rows = np.flatnonzero(inside.any(axis=0)), np.flatnonzero(inside.any(axis=1))
    if len(columns) == 0:
        return 0.0, 0.0, pose.layout.width_mm, pose.layout.height_mm
    low_x, high_x = xs[max(columns[0] - 1, 0)], xs[min(columns[-1] + 1, 80)]
    low_y, high_y = ys[max(rows[0] - 1, 0)], ys[min(rows[-1] + 1, 80)]
    if not pose.whole:
        return float(low_x), float(low_y), float(high_x), float(high_y)
    return min(low_x, 0.0), min(low_y, 0.0), max(high_x, pose.layout.width_mm), max(high_y, pose.layout.height_mm)


def _inside(points_px: Floats, shape: tuple[int, ...]) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return np.asarray(((points_px >= 0) & (points_px < [shape[1], shape[0]])).all(axis=1))


def _density(pose: Pose, photo_shape: tuple[int, ...], extent_mm: tuple[float, ...], settings: RectifySettings) -> float:
    """Sheet px a mm: the photo's own density over most of the grid, capped so that the sheet stays near the photo's pixel count."""
    left, top, right, bottom = extent_mm if not pose.whole else (0.0, 0.0, pose.layout.width_mm, pose.layout.height_mm)
    xs, ys = left + np.linspace(0.05, 0.95, 9) * (right - left), top + np.linspace(0.05, 0.95, 9) * (bottom - top)
    points = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    if not pose.whole:
        points = points[_inside(photo_from_board(pose, points), photo_shape)]
    step = pose.layout.width_mm / 1000
    across = (photo_from_board(pose, points + np.array([step, 0.0])) - photo_from_board(pose, points)) / step
    down = (photo_from_board(pose, points + np.array([0.0, step])) - photo_from_board(pose, points)) / step
    densities = np.maximum(np.linalg.norm(across, axis=1), np.linalg.norm(down, axis=1))
    own = float(np.nanquantile(densities, settings.density_quantile))
    area_mm2 = (extent_mm[2] - extent_mm[0]) * (extent_mm[3] - extent_mm[1])
    cap = float(np.sqrt(settings.max_share_of_photo * photo_shape[0] * photo_shape[1] / area_mm2))
    return min(own, cap)


def _remap(image: Image, pose: Pose, board_from_sheet: Floats, size: tuple[int, int]) -> tuple[Image, np.ndarray]:
    """``image`` resampled onto the sheet, and HxW bool where the photo reaches."""
    coarse = _coarse_map(pose, board_from_sheet, size)
    if pose.lens is None:
        warped = _warped(image, np.linalg.inv(pose.board_from_photo) @ board_from_sheet, size)
    else:
        warped = _bent(image, coarse, size)
    reached = _inside(coarse.reshape(-1, 2), image.shape).reshape(coarse.shape[:2])
    return warped, _reached(reached, size)


def _reached(coarse: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """HxW bool for a sheet of ``size`` (width, height), of a mask that marks every ``MAP_STEP_PX``-th pixel."""
    if coarse.all():
        return np.ones(size[::-1], np.bool_)
    marks = np.where(coarse, 255, 0).astype(np.uint8)
    whole = cv2.resize(marks, None, fx=MAP_STEP_PX, fy=MAP_STEP_PX, interpolation=cv2.INTER_LINEAR)
    half = MAP_STEP_PX // 2  # a coarse pixel has grown to a square about its place
    return np.asarray(whole[half : half + size[1], half : half + size[0]] > 127)


def _bent(image: Image, coarse: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """``image`` resampled by a coarse map of photo px (as of :func:`_coarse_map`), a strip at a time: the whole map has 8 bytes a pixel."""
    warped = np.empty((size[1], size[0], 3), np.uint8)

    def bend(rows: tuple[int, int]) -> None:
        dense = _grown(coarse, 1 / MAP_STEP_PX, 0.0, rows, size[0])
        warped[slice(*rows)] = cv2.remap(image, dense[..., 0], dense[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    cores.each(bend, _strips(size[1]))
    return warped


def _warped(image: Image, photo_from_sheet: Floats, size: tuple[int, int]) -> np.ndarray:
    """``image`` resampled by a homography, a strip at a time."""
    warped = np.empty((size[1], size[0], 3), np.uint8)

    def warp(rows: tuple[int, int]) -> None:
        from_strip = photo_from_sheet @ np.array([[1, 0, 0], [0, 1, rows[0]], [0, 0, 1]], np.float64)
        strip, flags = warped[slice(*rows)], cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        cv2.warpPerspective(image, from_strip, (size[0], rows[1] - rows[0]), strip, flags=flags, borderMode=cv2.BORDER_REPLICATE)

    cores.each(warp, _strips(size[1]))
    return warped


def _strips(height: int) -> list[tuple[int, int]]:
    """(from, to) rows of a picture, some at a time."""
    return [(top, min(top + STRIP_ROWS, height)) for top in range(0, height, STRIP_ROWS)]


def _coarse_map(pose: Pose, board_from_sheet: Floats, size: tuple[int, int]) -> np.ndarray:
    """Photo px (float32, h x w x 2) of every ``MAP_STEP_PX``-th sheet pixel, from 0 to beyond the far edge."""
    xs = np.arange(0, size[0] + MAP_STEP_PX, MAP_STEP_PX, dtype=np.float64)
    ys = np.arange(0, size[1] + MAP_STEP_PX, MAP_STEP_PX, dtype=np.float64)
    sheet = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    board = sheet @ board_from_sheet[:2, :2].T + board_from_sheet[:2, 2]
    points = np.nan_to_num(photo_from_board(pose, board), nan=-1e4)
    return points.reshape(len(ys), len(xs), 2).astype(np.float32)


def _grown(coarse: np.ndarray, step: float | Floats, shift: float | Floats, rows: tuple[int, int], width: int) -> np.ndarray:
    """Some ``rows`` (from, to) of a coarse field grown bilinearly to a picture of that ``width``.

    Pixel (x, y) of the picture is read at ``step * (x, y) + shift`` of the field; both may differ by axis.
    """
    step_x, step_y = np.broadcast_to(np.asarray(step, np.float64), 2)
    shift_x, shift_y = np.broadcast_to(np.asarray(shift, np.float64), 2)
    to_coarse = np.array([[step_x, 0, shift_x], [0, step_y, step_y * rows[0] + shift_y]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(coarse, to_coarse, (width, rows[1] - rows[0]), flags=flags, borderMode=cv2.BORDER_REPLICATE))


def _grid_box_px(layout: Layout, board_from_sheet: Floats) -> tuple[int, int, int, int]:
    sheet_from_board = np.linalg.inv(board_from_sheet)
    corners = layout.grid_corners_mm() @ sheet_from_board[:2, :2].T + sheet_from_board[:2, 2]
    left, top = np.maximum(np.floor(corners.min(axis=0)), 0).astype(int)
    right, bottom = np.ceil(corners.max(axis=0)).astype(int)
    return int(left), int(top), int(right), int(bottom)


def even_light(image: Image, seen: np.ndarray, box_px: tuple[int, int, int, int], settings: RectifySettings) -> Image:
    """``image`` with a smooth light field divided out, so that the blank board has one colour inside ``box_px`` (x0, y0, x1, y1).

    The field is a quadratic in x and y of each channel's logarithm, fitted to the pixels that lie near the board's colour by iterated
    reweighting: cards and writing, however many, are outliers to it. The board's colour is the most frequent one, the rim of the
    grid counted more, but for its outermost line: cards of one colour may fill the cells, the rim they leave free.
    """
    shrink = max(1, round(max(image.shape[:2]) / settings.light_field_px))
    size = (max(8, image.shape[1] // shrink), max(8, image.shape[0] // shrink))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    share = np.array([size[0] / image.shape[1], size[1] / image.shape[0]] * 2)
    box = (np.array(box_px) * share).reshape(2, 2)
    in_view = cv2.resize(seen.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    inside = _box_mask(size, box) & in_view
    if inside.sum() < settings.min_light_samples:
        return image.copy()
    outward = settings.rim_share * np.array([box[0] - box[1], box[1] - box[0]])
    without, within = (_box_mask(size, box + step * outward) & ~_box_mask(size, box + (step - 0.6) * outward) for step in (1.0, -0.4))
    rim = (without | within) & in_view
    logs = np.log(small.astype(np.float64) + 1)
    board = _mode(np.concatenate([logs[inside], *[logs[rim]] * settings.rim_weight]) @ LUMA_AND_CHROMA.T, settings.light_bins)
    gain = _gain_field(logs, inside, board, settings)
    return _brightened(image, gain.astype(np.float32))


def _brightened(image: Image, gain: np.ndarray) -> Image:
    """``image`` times a smooth field of factors that covers it, a strip at a time: grown whole, the field has 12 bytes a pixel."""
    step = np.array(gain.shape[1::-1]) / image.shape[1::-1]
    even = np.empty_like(image)

    def brighten(rows: tuple[int, int]) -> None:
        factors = _grown(gain, step, step / 2 - 0.5, rows, image.shape[1])
        even[slice(*rows)] = cv2.multiply(image[slice(*rows)], factors, dtype=cv2.CV_8U)

    cores.each(brighten, _strips(image.shape[0]))
    return even


def _box_mask(size: tuple[int, int], box_px: np.ndarray) -> np.ndarray:
    """Mask, width x height, of the box from ``box_px[0]`` to ``box_px[1]``."""
    mask = np.zeros((size[1], size[0]), bool)
    (left, top), (right, bottom) = np.maximum(box_px.astype(int), 0)
    mask[top : max(bottom, top + 2), left : max(right, left + 2)] = True
    return mask


def _gain_field(logs: np.ndarray, inside: np.ndarray, board: np.ndarray, settings: RectifySettings) -> np.ndarray:
    """HxWx3 factors that bring the fitted field to its own middle value; ``logs`` HxWx3 natural logarithms of levels.

    ``board`` is where the fit starts: the logarithm of the board's luma and its two ratios of channels.
    """
    terms = _terms(inside)
    values, rows = logs[inside] @ LUMA_AND_CHROMA.T, terms[inside]
    fitted = np.tile(board, (len(values), 1))
    solution = np.zeros((terms.shape[-1], 3))
    for scale in settings.light_scales:
        distance = np.linalg.norm((values - fitted) * [1.0, settings.chroma_weight, settings.chroma_weight], axis=1)
        weight = 1 / (1 + (distance / scale) ** 2) ** 2
        for channel, damping in enumerate((settings.light_damping, settings.chroma_damping, settings.chroma_damping)):
            still = damping * weight.sum() * np.diag([0.0] + [1.0] * (terms.shape[-1] - 1))
            weighted = (rows * weight[:, None]).T
            solution[:, channel] = np.linalg.solve(weighted @ rows + still, weighted @ values[:, channel])
        fitted = rows @ solution
    field = (terms @ solution - np.median(fitted, axis=0)) @ np.linalg.inv(LUMA_AND_CHROMA).T
    limit = np.log(settings.max_light_gain)
    return np.asarray(np.exp(np.clip(-field, -limit, limit)))


def _terms(inside: np.ndarray) -> np.ndarray:
    """HxWx6 terms of a quadratic, coordinates -1..1 over the box that ``inside`` fills and held at its border beyond."""
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    axes = []
    for hits, length in ((rows, inside.shape[0]), (columns, inside.shape[1])):
        middle, half = (hits[0] + hits[-1]) / 2, max((hits[-1] - hits[0]) / 2, 1.0)
        axes.append(np.clip((np.arange(length) - middle) / half, -1.2, 1.2))
    y, x = np.meshgrid(*axes, indexing="ij")
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)


def _mode(values: np.ndarray, bins: float) -> np.ndarray:
    """The most frequent log colour of Nx3 ``values``: the fullest bin of width ``bins``, then the mean around it."""
    keys = np.floor(values / bins).astype(np.int64) @ np.array([1, 1000, 1000000])
    bins_hit, counts = np.unique(keys, return_counts=True)
    centre = values[keys == bins_hit[counts.argmax()]].mean(axis=0)
    for _ in range(5):
        near = np.linalg.norm(values - centre, axis=1) < bins
        centre = values[near].mean(axis=0) if near.any() else centre
    return np.asarray(centre)
