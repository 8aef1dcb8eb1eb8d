"""Thresholds of telling what stands beside a card, before the board."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StrangerSettings:
    """What is neither board nor card nor line, and what that says of the cards beside it. Lengths are shares of the mean cell."""

    core: float = 0.02
    """Radius that fits into a lamp's stand, a leaf or a finger, not into marker or writing."""
    gap: float = 0.02
    """Kept free beside a card's outline, which is blurred and may be off by as much."""
    joint: float = 0.13
    """Half of the gap that the band about a divider, and what broad tape takes beside it, leave in what crosses it."""
    far: float = 0.15
    """Distance from all cards up to which their shadows, pins and tape reach."""
    rim: float = 0.5
    """How far around the grid legs of chairs and sleeves are followed."""
    side: float = 0.08
    """Length of a card's sides at which something stands, from which the card may go on behind it: what a finger takes."""
    straight: float = 0.25
    """Support of a side under which it is no straight edge: sides of blank sheets have 0.5 and more, but for one that is curled or covered;
    those of lamps, hands and faces, which a rectangle was drawn about, 0.1 to 0.2."""
    crooked: int = 2
    """Sides that are no straight edge, from which something blank is no sheet."""
    in_part: tuple[float, float] = (0.6, 0.85)
    """Least and most of a card that counts as seen at whose side something stands: enough to be read, too little to be taken for whole."""
