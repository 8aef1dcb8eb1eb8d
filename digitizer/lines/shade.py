"""A card that lies half in the shade: two papers of one hue, and a border between them that is neither's.

A smooth paper (see ``paper``) follows lamps and curls, and cannot follow the border of a hard shadow: along it the shade would be ink.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from digitizer.lines.paper import Channels, Plane, evenly_lit, total, without_ink
from digitizer.lines.pieces import Mask

DARK = 15.0
"""Added to sums of channels before their logarithm is taken: noise of dark paper is no change of light."""

LEAST_STEP = 0.11
"""Natural logarithm of the light's step from which it is a shadow: 12 %, more than a lamp falls off within a card."""

MOST_SPREAD = 0.2
"""Spread within the two lights by the step between them: light that falls off evenly over a card has 0.29."""

LEAST_SHARE = 0.04
"""Of the card, that each light must have: less is a curled corner."""

MOST_TINT = 0.05
"""Change of a channel's share of the light across the border: the shade of the sun is lit by the sky, and a little bluer."""

BORDER_PX = 2
"""Width beyond its steep part, each way, to which the border of a shadow reaches in the small picture, about a fortieth of a card."""

REACH_PX = 4.0
"""Sigma with which each paper is carried on under the border."""


@dataclass(frozen=True, eq=False)
class Shadow:
    """Two lights on one small picture of paper: ``shade`` HxW bool; ``border`` HxW bool, where one goes over into the other."""

    shade: Mask
    border: Mask


def paper_under(work: Channels, sheet: Mask) -> Channels:
    """HxWx3 f32: the paper of ``sheet`` HxW under the ink of ``work`` HxWx3, in the light that falls there."""
    local, known = without_ink(work, sheet)
    shadow = shadow_on(local, known)
    return paper_in_shade(work, local, shadow, known) if shadow else evenly_lit(local, (work.shape[1], work.shape[0]))


def shadow_on(local: Channels, known: Mask) -> Shadow | None:
    """The shadow on paper without ink ``local`` HxWx3, of which ``known`` is the card; None where the light has no step.

    Otsu's threshold (1979) on the logarithm of the light parts it in two; they are a shadow where each is even and the paper's hue goes on.
    """
    light: Plane = np.log(total(local) + np.float32(DARK))
    values = light[known]
    if len(values) < 100:
        return None
    levels = np.clip((values - values.min()) / max(float(np.ptp(values)), 1e-6) * 255, 0, 255).astype(np.uint8)
    share, _ = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    dark = levels <= share
    if min(dark.mean(), 1 - dark.mean()) < LEAST_SHARE:
        return None
    low, high = float(np.median(values[dark])), float(np.median(values[~dark]))
    spread = float(np.hypot(_spread(values[dark]), _spread(values[~dark])) / np.sqrt(2))
    if high - low < LEAST_STEP or spread > MOST_SPREAD * (high - low) or _tint(local[known], dark) > MOST_TINT:
        return None
    step = (light - low) / (high - low)
    shade, steep = np.asarray(step < 0.5, np.uint8), np.asarray((step > 0.2) & (step < 0.8) & known, np.uint8)
    over = cv2.max(steep, cv2.morphologyEx(shade, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)))
    return Shadow(shade > 0, np.asarray(cv2.dilate(over, np.ones((2 * BORDER_PX + 1,) * 2, np.uint8)) > 0))


def paper_in_shade(work: Channels, local: Channels, shadow: Shadow, known: Mask) -> Channels:
    """HxWx3: the paper under ``work`` HxWx3, lit, shaded, or at the border the mix of both that is nearest to what is seen there."""
    size = (work.shape[1], work.shape[0])
    shade, lit = (
        cv2.resize(_carried_on(local, known & at & ~shadow.border), size, interpolation=cv2.INTER_LINEAR)
        for at in (shadow.shade, ~shadow.shade)
    )
    inside, border = (cv2.resize(m.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0 for m in (shadow.shade, shadow.border))
    across = lit - shade
    mix = total((work - shade) * across) / np.maximum(total(across * across), 1)
    share = np.where(border, np.clip(mix, 0, 1), np.where(inside, np.float32(0), np.float32(1)))
    return np.asarray(shade + share[..., None] * across, np.float32)


def _carried_on(local: Channels, at: Mask) -> Channels:
    """HxWx3: the mean of the pixels ``at`` HxW around each; where none is near, of all."""
    weight = at.astype(np.float32)
    near = cv2.GaussianBlur(weight, (0, 0), REACH_PX)[..., None] + 1e-4
    mean = local[at].mean(axis=0) if at.any() else local.reshape(-1, 3).mean(axis=0)
    return np.asarray((cv2.GaussianBlur(local * weight[..., None], (0, 0), REACH_PX) + 1e-4 * mean) / near, np.float32)


def _spread(values: Plane) -> float:
    return 1.4826 * float(np.median(np.abs(values - np.median(values))))


def _tint(paper: Channels, dark: Mask) -> float:
    """The most that a channel's share of the light changes between the two lights of N x 3 pixels."""
    shares = [np.median(paper[at], axis=0) for at in (dark, ~dark)]
    return float(np.abs(shares[0] / max(float(shares[0].sum()), 1) - shares[1] / max(float(shares[1].sum()), 1)).max())
