"""Names that stand in the places of others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Name:
    """A name read beside the column or row ``place``; ``index``: whose name it is; ``along`` 0..1: where in the place it stands."""

    place: int
    index: int
    along: float


def strangers(names: Sequence[Name]) -> dict[int, int]:
    """Places that have another's name, and whose: those beside which their own is read, too, have none.

    Every name hangs once. One that is read in its own place, and in another's, was misread there.
    """
    own = {name.place for name in names if name.place == name.index}
    return {name.place: name.index for name in names if name.place not in own and name.index not in own}
