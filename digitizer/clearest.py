"""Two looks at one cell: whether they show the same, and which of them shows it more clearly.

Neither light nor noise is clarity: both pictures are brought to one level first, noise is measured where nothing is drawn and taken off,
and dim light is charged for what it costs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.rig import Cell, Image, Layout
from digitizer.model import Card
from digitizer.settings import ClearestSettings
from digitizer.tracking.likeness import bits_apart

Grays = NDArray[np.float32]

EDGE_PX = 8
"""Rim of a cell that is not compared: what lies beyond it, which is not kept, would come in with every blur."""


@dataclass(frozen=True)
class Hung:
    """A card in a cell: its middle in shares of the cell, and its fingerprint."""

    at: tuple[float, float]
    fingerprint: bytes


@dataclass(frozen=True)
class Look:
    """What is kept of the look that a cell is shown by: its time, how bright the board was in it (0 to 255), the cards in the cell."""

    taken_at: datetime
    light: float
    cards: tuple[Hung, ...]


@dataclass(frozen=True, eq=False)
class View:
    """A cell in one look.

    ``image`` HxWx3 u8, brought to the picture's level, and ``burnt`` HxW bool, where the photo was burnt out, both with ``rim_px`` more
    on each side. ``arrived``: cards that newly hang in other cells.
    """

    image: Image
    burnt: Image
    rim_px: int
    look: Look
    arrived: tuple[Hung, ...] = ()

    def at(self, shift: tuple[int, int] = (0, 0)) -> Image:
        """The cell without the rim, moved by (x, y) px within it."""
        return self._inner(self.image, shift)

    def burnt_at(self, shift: tuple[int, int] = (0, 0)) -> Image:
        """The same of what was burnt out."""
        return self._inner(self.burnt, shift)

    def _inner(self, picture: Image, shift: tuple[int, int]) -> Image:
        rim, (x, y) = self.rim_px, shift
        height, width = picture.shape[:2]
        return picture[rim + y : height - rim + y, rim + x : width - rim + x]


def hung_in(cards: Sequence[Card], layout: Layout, cell: Cell) -> tuple[Hung, ...]:
    """The cards whose middle lies in a cell."""
    corners = layout.corners_mm(cell)
    size = corners[2] - corners[0]
    inside = (card for card in cards if card.cell == cell)
    places = ((card, (card.corners_mm.mean(axis=0) - corners[0]) / size) for card in inside)
    return tuple(Hung((float(place[0]), float(place[1])), card.fingerprint) for card, place in places)


def new_in(now: Sequence[Hung], before: Look | None, settings: ClearestSettings) -> tuple[Hung, ...]:
    """Cards of a cell that hung elsewhere, looked otherwise or were not there in the look before; none where that is not known."""
    return tuple(card for card in now if before is not None and not any(_same_card(card, known, settings) for known in before.cards))


def has_left(view: View, before: Look, settings: ClearestSettings) -> bool:
    """Whether a card that hung in the cell does no more, and one of its likeness arrived elsewhere: it was moved, nobody hides it."""
    stayed = [any(_same_card(card, known, settings) for card in view.look.cards) for known in before.cards]
    gone = [known for known, stays in zip(before.cards, stayed, strict=True) if not stays]
    return any(bits_apart(card.fingerprint, there.fingerprint) <= settings.other_card for card in gone for there in view.arrived)


def _same_card(one: Hung, other: Hung, settings: ClearestSettings) -> bool:
    return math.dist(one.at, other.at) <= settings.moved_cells and bits_apart(one.fingerprint, other.fingerprint) <= settings.other_card


class Verdict(Enum):
    """What becomes of a cell.

    A view is ``TAKEN``, or what is shown is ``KEPT``, or that is kept until a second look shows the same (``DOUBTED``), which then is
    ``BORNE_OUT``, or the view says nothing (``VEILED``).
    """

    TAKEN, KEPT, DOUBTED, BORNE_OUT, VEILED = "taken", "kept", "doubted", "borne out", "veiled"


def judged(view: View, shown: Image, was: Look | None, doubted: View | None, settings: ClearestSettings) -> tuple[Verdict, tuple[int, int]]:
    """Whether a view takes over a cell that is shown as HxWx3 by the look ``was`` (None: nothing is known of it), and moved by how much.

    News is shown at once: a card that was not there, or one that moved elsewhere. Whatever else differs, a shadow or an arm that was not
    known for one, is shown when a second look shows it unmoved, and a glare only when what it hides is too old. What looks the same is
    shown by the clearer look, what is old counting less.
    """
    shift = shift_px(view, shown)
    glared = veil(view, shift, shown, settings) > settings.most_veil
    age = 0.0 if was is None else (view.look.taken_at - was.taken_at).total_seconds() / settings.recent_s
    if not differs(view, shift, shown, settings):
        is_clearer = gain(view, shift, shown, was, settings) > settings.least_gain * (1 - age)
        return (Verdict.TAKEN if is_clearer and (not glared or age >= 1) else Verdict.VEILED if glared else Verdict.KEPT), shift
    news = was is None or bool(new_in(view.look.cards, was, settings)) or has_left(view, was, settings)
    if news and not glared:
        return Verdict.TAKEN, (0, 0)
    again = doubted is not None and not differs(view, shift_px(view, doubted.at()), doubted.at(), settings)
    if again and (news or not glared or age >= 1):
        return Verdict.BORNE_OUT, (0, 0)
    return Verdict.DOUBTED, (0, 0)


def clearer(view: View, doubted: View, settings: ClearestSettings) -> View:
    """Which of two looks that bear each other out shows a cell more clearly; the later one where they are alike."""
    return view if gain(view, (0, 0), doubted.at(), doubted.look, settings) * settings.least_gain > 1 else doubted


def shift_px(view: View, shown: Image) -> tuple[int, int]:
    """By how much a view must be moved within its rim to lie on HxWx3 of the same cell: no pose is the same to the pixel twice."""
    whole, part = (_flat(_gray(image))[EDGE_PX:-EDGE_PX, EDGE_PX:-EDGE_PX] for image in (view.image, shown))
    if min(part.std(), whole.std()) < 1:
        return 0, 0
    fits = cv2.matchTemplate(whole, part, cv2.TM_CCOEFF_NORMED)
    row, column = np.unravel_index(int(fits.argmax()), fits.shape)
    return int(column) - view.rim_px, int(row) - view.rim_px


def differs(view: View, shift: tuple[int, int], shown: Image, settings: ClearestSettings) -> bool:
    """Whether a cell looks otherwise than HxWx3 of it, but for light, blur, noise, a px of jitter, and where the photo is burnt out."""
    veiled = cv2.dilate(view.burnt_at(shift).astype(np.uint8), np.ones((2 * settings.halo_px + 1,) * 2, np.uint8))
    now, then = (_calm(image, settings) for image in (view.at(shift), shown))
    apart = _apart(*_equally_blurred(now, then, settings), settings)
    apart[veiled > 0] = 0
    inner = cv2.blur(apart, (settings.blob_px,) * 2)[EDGE_PX:-EDGE_PX, EDGE_PX:-EDGE_PX]
    return float(inner.max()) > settings.change_gray


def veil(view: View, shift: tuple[int, int], shown: Image, settings: ClearestSettings) -> float:
    """Share of a cell that a look burnt out and that is shown darker, with what the glare covers."""
    brighter = cv2.subtract(view.at(shift).min(axis=2), shown.min(axis=2)) > settings.change_gray
    lost = view.burnt_at(shift) & brighter
    return float(lost.mean())


def clarity(image: Image, settings: ClearestSettings) -> float:
    """How steep the strongest slopes of HxWx3 are, gray levels a px, without what noise adds to them.

    Noise adds to the square of all slopes alike, so that it is taken off as it is where nothing is drawn.
    """
    slope = _slopes(_gray(_calm(image, settings)))
    steep = slope[slope >= np.quantile(slope, 1 - settings.edge_share)]
    noise = float(np.median(slope)) / math.sqrt(math.log(2.0))  # root mean square of a Rayleigh distribution by its median
    return math.sqrt(max(float(np.square(steep).mean()) - noise**2, 0.0)) + settings.least_slope


def gain(view: View, shift: tuple[int, int], shown: Image, was: Look | None, settings: ClearestSettings) -> float:
    """How many times clearer a view is than what is shown. The signal over a sensor's noise grows with the root of the light."""
    light = math.sqrt(view.look.light / was.light) if was is not None else 1.0
    return light * clarity(view.at(shift), settings) / clarity(shown, settings)


def _equally_blurred(now: Grays, then: Grays, settings: ClearestSettings) -> tuple[Grays, Grays]:
    """Both HxWx3, the sharper one blurred until what is drawn in ``then`` is as steep in either; by that alone, as news is not blur."""
    steep = _slopes(_gray(then))
    drawn = steep >= max(float(np.quantile(steep, 1 - settings.edge_share)), settings.drawn_slope)
    if not drawn.any():
        return now, then
    there, here = _steepness(then, drawn), _steepness(now, drawn)
    sharper = then if here < there else now
    blurred = [sharper, *(np.asarray(cv2.GaussianBlur(sharper, (0, 0), blur), np.float32) for blur in settings.blurs_px)]
    best = min(blurred, key=lambda image: abs(_steepness(image, drawn) - min(here, there)))
    return (now, best) if sharper is then else (best, then)


def _steepness(image: Grays, drawn: NDArray[np.bool_]) -> float:
    """Slope of HxWx3 at some places, to within a px."""
    return float(np.median(cv2.dilate(_slopes(_gray(image)), np.ones((3, 3), np.uint8))[drawn]))


def _apart(now: Grays, then: Grays, settings: ClearestSettings) -> Grays:
    """HxW: how far either leaves the range of the other within a px, the slow part of their difference left out: it is light."""
    reach = max(9, round(min(now.shape[:2]) * settings.slow_share) | 1)
    slow = cv2.blur(now, (reach, reach)) - cv2.blur(then, (reach, reach))
    now = now - slow
    around = np.ones((3, 3), np.uint8)
    above = np.maximum(now - cv2.dilate(then, around), then - cv2.dilate(now, around))
    below = np.maximum(cv2.erode(then, around) - now, cv2.erode(now, around) - then)
    return np.asarray(np.maximum(np.maximum(above, below), 0).max(axis=2), np.float32)


def _calm(image: Image, settings: ClearestSettings) -> Grays:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), settings.calm_px), np.float32)


def _slopes(gray: Grays) -> Grays:
    """HxW gray levels a px."""
    return np.asarray(
        cv2.magnitude(cv2.Sobel(gray, cv2.CV_32F, 1, 0, scale=1 / 8), cv2.Sobel(gray, cv2.CV_32F, 0, 1, scale=1 / 8)), np.float32
    )


def _flat(gray: Grays) -> Grays:
    return np.asarray(gray - cv2.blur(gray, (2 * EDGE_PX - 1,) * 2), np.float32)


def _gray(image: Image | Grays) -> Grays:
    return np.asarray(cv2.transform(np.asarray(image, np.float32), np.full((1, 3), 1 / 3, np.float32)), np.float32)
