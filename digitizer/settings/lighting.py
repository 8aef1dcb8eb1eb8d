"""Thresholds of what a board looks like by itself: its grain, and the light that falls on it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class GrainSettings:
    """How bare board is told by its grain. Lengths are shares of the mean cell, slopes Lab units a pixel of the canvas."""

    least_grain: float = 0.67
    """Median slope of a board up to which nothing counts as grain."""
    grain_over_noise: float = 2.2
    """The same over the slope of the smoothest parts in view, which noise alone has: smooth boards have 1.3 to 1.7, in the dark as in the
    light, cork has 3 in the dark and 6 in the light."""
    smooth_window: float = 0.08
    """Side of the parts that are compared: some letters wide, of a label's paper or a strip of tape."""
    smoothest: float = 2.0
    """Percentile of the parts that are the smoothest in view: a title's paper, or the wall."""
    burnt_out: float = 97.0
    """Lightness from which a camera's highest level hides all slopes."""
    texture: float = 0.08
    """Window over which the grain is told, and its colour averaged: some grains, and wider than a letter of a card."""
    surely: float = 2.0
    """Board spreads within which a pixel shows how rough the board is."""
    like_grain: float = 0.5
    """How rough a place is over what is usual on the board, where it is lighter: cork has 0.7 to 1.3 anywhere, paper on it 0.2."""
    like_grain_shaded: float = 0.7
    """The same where it is darker, which raises noise: that of somebody's brown hair makes 0.6; nine tenths of cork have more."""
    deepest_shade: float = 0.65
    """Factor of L + 16 down to which grain tells the board: the cube root of a quarter of the light. Hair is darker."""
    broad: float = 0.06
    """Radius of the discs that bare board fills: what is narrower may be a line of writing."""
    large: float = 0.15
    """Least area of a part of bare board: more than all the writing of a card of the board's hue, and the end of a cell beside a card."""
    written: float = 2.0
    """Mean slope of a place over what is usual on the board, from which there are strokes of ink: cork has 1.7, in 2 of 100 places more."""
    hue_lab: float = 10.0
    """Distance in hue and chroma within which a colour is the board's in other light, as within one sheet of paper."""


@dataclass(frozen=True)
class LightSettings:
    """How bare board is told that is lit otherwise than most of it. Lengths are shares of the mean cell unless a unit is named."""

    rounds: int = 4
    """Times that board in other light is looked for: what is found makes more of it known beside it."""
    rim: float = 0.03
    """Kept free beside the bands of the dividers: the blurred edge of the broadest tape."""
    edge: float = 0.1
    """Length without an edge over which a region goes over into the board: more than a gap that blur or a worn edge leaves."""
    surely: float = 2.0
    """Board spreads under which a pixel is board: inside a sheet whose colour is near the board's hardly any are."""
    ground: float = 0.05
    """Least area of what is surely board that a region goes over into."""
    backed: float = 0.25
    """The same over the area of the regions that go over into it."""
    facing: float = 0.15
    """Length of a divider along which two regions face each other in one colour: the rim of a board beside its grid is a fifth of a cell,
    and a card that hangs across a line faces no board, but itself."""
    near: float = 0.5
    """Gaussian over which the board's colour in other light is known beside where it was seen."""
    weight: float = 0.1
    """Share of that Gaussian in which it must have been seen."""
    along: float = 0.1
    """Length of a line over which noise is averaged before the line is looked for: it slants by less than it is broad."""
    line: float = 2.5
    """Board spreads by which a line differs from what is beside it, at least."""
    paler: float = 0.4
    """What of its contrast a line keeps in deep shade or glaring sun, at least; the seam between two sheets has less."""
    one_hue: float = 0.8
    """Cosine between how a line differs from what is beside it in Lab, here and elsewhere."""
    gap: float = 0.1
    """Share of the way from region to region across a line that may be board as it is elsewhere: the blur of the line."""
    penumbra: float = 0.08
    """Half of the breadth of the edge of a shadow, at most."""
    average: float = 0.08
    """Window over which the texture of a board is averaged before its light is compared from place to place."""
    around: float = 0.2
    """How far around a card the board's light is looked at."""
    least: int = 50
    """Least number of pixels that tell it."""
    twice: float = 0.21
    """Difference of the natural log of L + 16, from the tenth to the ninetieth percentile, that two lights make: the cube root of 1.9 times
    as much light. Cork alone has 0.1 to 0.2, smooth boards in a lamp's light less."""
