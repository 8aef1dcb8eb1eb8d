"""What stands before a board, painted over any photo of one: people, arms, poles, plants, chairs, heads, lamps; where is known.

``before`` puts things of ``KINDS`` before a board; all follows from a seed. Cloth is plain, striped or checked, and of any colour.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from calibration.rig import readonly
from digitizer.model import Photo

BGR = tuple[float, float, float]
Shape = tuple[np.ndarray, np.ndarray]
"""(HxW u8 mask 0..255, HxWx3 float32 BGR): where something is, and what it looks like."""

PAPERS: tuple[BGR, ...] = ((110, 240, 250), (140, 150, 245), (120, 170, 250), (130, 240, 170), (230, 190, 110), (245, 245, 245))
SKINS: tuple[BGR, ...] = ((150, 175, 220), (110, 140, 195), (70, 95, 150), (45, 60, 95))
HAIRS: tuple[BGR, ...] = ((25, 25, 30), (40, 60, 90), (90, 140, 180), (130, 130, 135))


@dataclass(frozen=True, eq=False)
class Thing:
    """``kind`` of ``KINDS``; ``at_px`` where its middle, or the tip of an arm, is; ``cell_px`` (width, height) of a mean cell there."""

    kind: str
    at_px: tuple[float, float]
    cell_px: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Covered:
    """A photo with something before the board: ``hidden`` HxW bool, where."""

    photo: Photo
    hidden: np.ndarray


def before(photo: Photo, things: Sequence[Thing], seed: int) -> Covered:
    """The photo with things before its board, the last one in front."""
    rng = np.random.default_rng([seed, 7])
    image, hidden = photo.image.astype(np.float32), np.zeros(photo.image.shape[:2], bool)
    for thing in things:
        for mask, look in KINDS[thing.kind](rng, image.shape[:2], thing):
            soft = cv2.GaussianBlur(mask, (0, 0), 1.0).astype(np.float32)[..., None] / 255
            image += soft * (look * _light(rng, image.shape[:2]) + rng.normal(0, 3, look.shape).astype(np.float32) - image)
            hidden |= mask > 127
    coded = cv2.imencode(".jpg", np.clip(image, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 92])[1]
    seen = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    return Covered(replace(photo, image=readonly(seen), sha256=hashlib.sha256(seen.tobytes()).hexdigest()), hidden)


def _light(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """HxWx1: folds and the round of a body."""
    x = np.linspace(0, 1, shape[1], dtype=np.float32)[None, :, None]
    return (1 + 0.06 * np.sin(2 * np.pi * (rng.uniform(4, 14) * x + rng.random()))).astype(np.float32)


def _cloth(rng: np.random.Generator, shape: tuple[int, int], scale: float) -> np.ndarray:
    """HxWx3: plain, striped across or down, or checked."""
    colour = np.array(PAPERS[rng.integers(len(PAPERS))] if rng.random() < 0.25 else rng.uniform(20, 235, 3), np.float32)
    other = np.clip(colour * rng.uniform(0.5, 0.9), 0, 255).astype(np.float32)
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    pattern = {0: 0 * x, 1: 0 * x, 2: x, 3: y, 4: (x // (0.15 * scale) + y // (0.15 * scale)) * 0.15 * scale}[int(rng.integers(5))]
    on = ((pattern // (0.15 * scale)) % 2).astype(np.float32)[..., None]
    return colour * (1 - on) + other * on


def _plain(shape: tuple[int, int], bgr: Sequence[float]) -> np.ndarray:
    return np.broadcast_to(np.asarray(bgr, np.float32), (*shape, 3))


def _filled(shape: tuple[int, int], *polygons: np.ndarray) -> np.ndarray:
    mask = np.zeros(shape, np.uint8)
    for points in polygons:
        cv2.fillPoly(mask, [np.round(points).astype(np.int32)], 255, cv2.LINE_AA)
    return mask


def _oval(centre: Sequence[float], axes: Sequence[float], turn_deg: float = 0.0) -> np.ndarray:
    angles, turn = np.linspace(0, 2 * np.pi, 48, endpoint=False), np.radians(turn_deg)
    points = np.c_[np.cos(angles) * axes[0], np.sin(angles) * axes[1]]
    return points @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) + centre


def _limb(from_px: np.ndarray, to_px: np.ndarray, thick: tuple[float, float]) -> np.ndarray:
    """A long piece that grows thinner, its ends round."""
    along = (to_px - from_px) / max(float(np.hypot(*(to_px - from_px))), 1e-6)
    across = np.array([-along[1], along[0]])
    ends = []
    for at, radius, start in ((from_px, thick[0] / 2, 90), (to_px, thick[1] / 2, -90)):
        turns = np.radians(np.linspace(start, start + 180, 12))
        ends.append(at + radius * (np.cos(turns)[:, None] * along + np.sin(turns)[:, None] * across))
    return np.concatenate(ends)


def _person(rng: np.random.Generator, shape: tuple[int, int], thing: Thing) -> list[Shape]:
    """Head, neck, shoulders and trunk down to the foot of the photo, arms hanging; ``at_px`` is the middle of the shoulders."""
    (x, y), unit = thing.at_px, float(np.sqrt(np.prod(thing.cell_px))) * rng.uniform(0.8, 1.3)
    foot, wide = float(shape[0]), unit * rng.uniform(0.55, 0.75)
    slope, hip = unit * 0.25, wide * rng.uniform(0.75, 1.0)
    bend = np.c_[np.linspace(0, 1, 12), 0.06 * wide * np.sin(np.linspace(0, 7, 12))]
    left = np.c_[x - wide + bend[:, 0] * (wide - hip) + bend[:, 1], y + slope + bend[:, 0] * (foot - y - slope)]
    right = np.c_[x + wide - bend[:, 0] * (wide - hip) + bend[:, 1], y + slope + bend[:, 0] * (foot - y - slope)]
    shoulder = lambda side: _oval((x + side * (wide - slope), y + slope), (slope, slope))  # noqa: E731 - twice the same
    trunk = np.r_[[[x - 0.3 * wide, y - 0.1 * unit]], left, right[::-1], [[x + 0.3 * wide, y - 0.1 * unit]]]
    head = _oval((x + rng.normal(0, 0.05) * unit, y - 0.45 * unit), (0.27 * unit, 0.36 * unit))
    neck = _limb(np.array([x, y - 0.3 * unit]), np.array([x, y + 0.1 * unit]), (0.24 * unit, 0.3 * unit))
    skin, hair = SKINS[rng.integers(len(SKINS))], HAIRS[rng.integers(len(HAIRS))]
    back = rng.random() < 0.5
    crown = head if back else head[24:]
    return [
        (_filled(shape, trunk, shoulder(-1), shoulder(1)), _cloth(rng, shape, unit)),
        (_filled(shape, neck, head), _plain(shape, skin)),
        (_filled(shape, crown), _plain(shape, hair)),
    ]


def _arm(rng: np.random.Generator, shape: tuple[int, int], thing: Thing) -> list[Shape]:
    """A sleeve from a side or from below, a forearm and a hand with fingers."""
    tip, unit = np.array(thing.at_px), float(np.sqrt(np.prod(thing.cell_px)))
    angle = rng.uniform(-0.4, 0.4) + rng.choice([0.0, np.pi, np.pi / 2, np.pi / 2])
    along = np.array([np.cos(angle), np.sin(angle)])
    thick = unit * rng.uniform(0.3, 0.42)
    wrist, elbow, out = tip + along * 0.3 * unit, tip + along * rng.uniform(0.7, 1.2) * unit, tip + along * 6 * unit
    skin = SKINS[rng.integers(len(SKINS))]
    fingers = [
        _limb(
            wrist + np.array([-along[1], along[0]]) * o * thick,
            tip + np.array([-along[1], along[0]]) * 1.25 * o * thick - along * r * unit,
            (0.3 * thick, 0.2 * thick),
        )
        for o, r in ((-0.42, -0.1), (-0.15, 0.08), (0.12, 0.1), (0.4, 0.02))
    ]
    hand = [_limb(wrist, wrist - along * 0.12 * unit, (1.15 * thick, thick)), *fingers, _limb(elbow, wrist, (1.1 * thick, 0.75 * thick))]
    return [
        (_filled(shape, *hand), _plain(shape, skin)),
        (_filled(shape, _limb(out, elbow, (1.7 * thick, 1.25 * thick))), _cloth(rng, shape, unit)),
    ]


def _pole(rng: np.random.Generator, shape: tuple[int, int], thing: Thing) -> list[Shape]:
    """A pillar, a stand, a cable: from top to bottom, hardly askew."""
    (x, _), wide = thing.at_px, thing.cell_px[0] * rng.uniform(0.12, 0.5)
    lean = rng.normal(0, 0.03) * shape[0]
    body = _limb(np.array([x - lean, -50.0]), np.array([x + lean, shape[0] + 50.0]), (wide, wide))
    return [(_filled(shape, body), _plain(shape, rng.uniform(30, 220) + rng.normal(0, 15, 3)))]


def _lamp(rng: np.random.Generator, shape: tuple[int, int], thing: Thing) -> list[Shape]:
    """A floor lamp: a shade on a thin stand."""
    (x, y), unit = thing.at_px, float(np.sqrt(np.prod(thing.cell_px))) * rng.uniform(0.7, 1.1)
    top, foot, high = unit * rng.uniform(0.25, 0.5), unit * rng.uniform(0.5, 0.7), unit * rng.uniform(0.5, 0.8)
    shade = np.array([[x - top, y - high / 2], [x + top, y - high / 2], [x + foot, y + high / 2], [x - foot, y + high / 2]])
    stand = _limb(np.array([x, y]), np.array([x, shape[0] + 20.0]), (0.08 * unit, 0.08 * unit))
    bgr = np.array([rng.uniform(150, 220), rng.uniform(200, 245), 250]) if rng.random() < 0.5 else rng.uniform(40, 240, 3)
    return [(_filled(shape, stand), _plain(shape, (60, 60, 60))), (_filled(shape, shade), _plain(shape, bgr))]


def _plant(rng: np.random.Generator, shape: tuple[int, int], thing: Thing) -> list[Shape]:
    """Leaves about a stem, each of its own green, the board between them."""
    (x, y), unit = thing.at_px, float(np.sqrt(np.prod(thing.cell_px)))
    parts = [(_filled(shape, _limb(np.array([x, y]), np.array([x, shape[0] + 20.0]), (0.06 * unit,) * 2)), _plain(shape, (50, 80, 90)))]
    for _ in range(int(rng.integers(14, 40))):
        centre = np.array([x, y]) + rng.normal(0, 0.38, 2) * unit
        leaf = _oval(centre, (rng.uniform(0.1, 0.28) * unit, rng.uniform(0.04, 0.11) * unit), rng.uniform(0, 180))
        parts.append((_filled(shape, leaf), _plain(shape, (rng.uniform(30, 80), rng.uniform(80, 160), rng.uniform(30, 90)))))
    return parts


def _chair(rng: np.random.Generator, shape: tuple[int, int], thing: Thing) -> list[Shape]:
    """The back of a chair, round at its corners, on two posts; slats or one piece."""
    (x, y), unit = thing.at_px, float(np.sqrt(np.prod(thing.cell_px))) * rng.uniform(0.8, 1.4)
    wide, high, thick = unit * rng.uniform(0.4, 0.55), unit * rng.uniform(0.4, 0.7), unit * 0.1
    bgr = rng.uniform(20, 230, 3)
    posts = [_limb(np.array([x + s * wide * 0.85, y]), np.array([x + s * wide * 0.9, shape[0] + 20.0]), (thick, thick)) for s in (-1, 1)]
    if rng.random() < 0.5:
        round_px = 0.35 * min(wide, high)
        corners = [_oval((x + a * (wide - round_px), y + b * (high - round_px)), (round_px, round_px)) for a in (-1, 1) for b in (-1, 1)]
        body = [cv2.convexHull(np.concatenate(corners).astype(np.float32))[:, 0]]
    else:
        rows = np.linspace(y - high, y + high, int(rng.integers(3, 5)))
        body = [_limb(np.array([x - wide, r]), np.array([x + wide, r]), (1.6 * thick, 1.6 * thick)) for r in rows]
        posts += [_limb(np.array([x + s * wide, y - high]), np.array([x + s * wide, y + high]), (thick, thick)) for s in (-1, 1)]
    return [(_filled(shape, *posts), _plain(shape, bgr * 0.7)), (_filled(shape, *body), _plain(shape, bgr))]


def _heads(rng: np.random.Generator, shape: tuple[int, int], thing: Thing) -> list[Shape]:
    """Some of an audience from behind: heads and shoulders in a row."""
    parts: list[Shape] = []
    (x, y), unit = thing.at_px, float(np.sqrt(np.prod(thing.cell_px))) * rng.uniform(0.7, 1.1)
    for k in range(int(rng.integers(1, 4))):
        at, low = x + (k - 1) * unit * rng.uniform(1.0, 1.5), y + rng.normal(0, 0.15) * unit
        body = np.r_[
            _oval((at, low + 1.15 * unit), (0.85 * unit, 0.6 * unit))[24:],
            [[at + 0.85 * unit, shape[0] + 9.0], [at - 0.85 * unit, shape[0] + 9.0]],
        ]
        parts.append((_filled(shape, cv2.convexHull(body.astype(np.float32))[:, 0]), _cloth(rng, shape, unit)))
        head = _oval((at, low), (0.33 * unit, 0.42 * unit))
        parts.append(
            (_filled(shape, _limb(np.array([at, low]), np.array([at, low + 0.7 * unit]), (0.3 * unit,) * 2)), _plain(shape, SKINS[1]))
        )
        parts.append((_filled(shape, head), _plain(shape, HAIRS[rng.integers(len(HAIRS))])))
    return parts


def _tripod(rng: np.random.Generator, shape: tuple[int, int], thing: Thing) -> list[Shape]:
    """Three legs and a camera."""
    (x, y), unit = thing.at_px, float(np.sqrt(np.prod(thing.cell_px)))
    legs = [_limb(np.array([x, y]), np.array([x + s * 0.9 * unit, shape[0] + 20.0]), (0.09 * unit, 0.07 * unit)) for s in (-1, 0.1, 1)]
    body = np.array([[-0.35, -0.5], [0.35, -0.5], [0.35, 0], [-0.35, 0]]) * unit * rng.uniform(0.8, 1.2) + [x, y]
    lens = _oval((x, y - 0.25 * unit), (0.18 * unit, 0.18 * unit))
    return [(_filled(shape, *legs, body), _plain(shape, (35, 35, 38))), (_filled(shape, lens), _plain(shape, (15, 15, 15)))]


KINDS: dict[str, Callable[[np.random.Generator, tuple[int, int], Thing], list[Shape]]] = {
    "person": _person,
    "arm": _arm,
    "pole": _pole,
    "lamp": _lamp,
    "plant": _plant,
    "chair": _chair,
    "heads": _heads,
    "tripod": _tripod,
}
