"""Whose grid it is: the names of rooms and times, read beside a grid where its columns and rows have theirs.

A grid that is off by a column has the wrong name beside each of them, and one that is no grid has none. So names that are read in
their places are evidence of another kind than lines and labels: they tell a grid that lines alone leave in doubt.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np

from calibration.plane import homography
from calibration.rig import Floats, Image, Layout, Reference
from digitizer import cores, labels
from digitizer.decoder import decode_greedy
from digitizer.event import Board
from digitizer.frames import photo_from_board
from digitizer.lines import LineCrop, find_lines
from digitizer.model import Card, Photo, Pose
from digitizer.names.grids import named_grids
from digitizer.names.lean import leans
from digitizer.names.strangers import Name, strangers
from digitizer.readers.base import TextReader
from digitizer.rehung import Stranger
from digitizer.settings import NamesSettings
from digitizer.straight import straight_edges_at


@dataclass(frozen=True)
class Beside:
    """What is read beside the ``count`` columns or rows of a grid: ``own`` places with their own name, ``strange`` with another's."""

    count: int
    own: frozenset[int]
    strange: frozenset[int]
    drift: float

    def vouches(self, drawn: bool, settings: NamesSettings) -> bool:
        """Whether the names are enough to believe the grid along this axis: none stands elsewhere, many are read, and no gap is wide.

        Where two neighbours are not read, where the one ends is a guess, unless all lines are ``drawn`` and in view.
        """
        enough = max(min(settings.least_names, self.count), settings.least_share * self.count)
        unread = [place for place in range(self.count - 1) if not self.own & {place, place + 1}]
        return not self.strange and len(self.own) >= enough and (drawn or not unread) and self.drift <= settings.most_drift

    def denies(self, settings: NamesSettings) -> bool:
        """Whether the names are those of other columns or rows than the grid has there."""
        return len(self.strange) >= settings.least_names and len(self.strange) > len(self.own)


class Names:
    """Reads the names of a board in a photo."""

    def __init__(self, photo: Photo, board: Board, reader: TextReader, settings: NamesSettings | None = None) -> None:
        self._photo, self._board, self._reader = photo, board, reader
        self._settings = settings or NamesSettings()

    def grids(self) -> Iterator[Pose]:
        """Grids that the names themselves span, wherever they stand, and what else hangs there; to be vouched for as any other."""
        return named_grids(self._photo, self._board, self._reader, self._settings)

    def vouch(self, pose: Pose, drawn: bool = False) -> tuple[frozenset[int], frozenset[int]] | None:
        """The columns and the rows with their own name beside them, where both speak for a grid; None where one of them does not.

        None, too, where the grid drifts off what is straight on the board: names stand where columns and rows begin, not where they end.
        ``drawn``: all lines of the grid are in view. Where nothing is read near the grid, names are looked for further out.
        """
        found = []
        for across in (True, False):
            beside = self._beside(pose, across, self._settings.reach_cells[:1])
            if not beside.vouches(drawn, self._settings) and not beside.strange:
                beside = self._beside(pose, across, self._settings.reach_cells)
            if not beside.vouches(drawn, self._settings):
                return None
            found.append(beside.own)
        return None if self.leans(pose) else (found[0], found[1])

    def leans(self, pose: Pose) -> bool:
        """Whether what is straight on the board contradicts the plane of a grid."""
        return leans(self._edges_px, pose, self._settings.lean)

    def deny(self, pose: Pose) -> bool:
        """Whether what is read beside a grid are the names of other columns or rows."""
        return any(self._beside(pose, across, self._settings.reach_cells[:1]).denies(self._settings) for across in (True, False))

    def strangers(self, pose: Pose, reference: Reference) -> tuple[Stranger, ...]:
        """Names that stand where others stood when the board was calibrated; none where one alone may be misread, or too few are read.

        What stood there is read in the picture of the ``reference``; where it cannot be read, it is what the event file says, if that
        has the others in their order. Labels that were in another order from the first have not moved.
        """
        found = [Stranger(*pair) for across in (True, False) for pair in self._moved(pose, reference, across)]
        return tuple(found) if len({stranger.read for stranger in found}) >= self._settings.least_names else ()

    def _moved(self, pose: Pose, reference: Reference, across: bool) -> Iterator[tuple[str, str]]:
        """What stood beside a column or row, and what is read there instead."""
        expected = self._expected(across)
        read = strangers(self._named(pose, across))
        if read:
            before = self._of(reference)._named(_as_pose(reference), across)
            stood = {name.place: name.index for name in before if name.place == name.index} | strangers(before)
            in_order = all(place == index for place, index in stood.items())
            for place, index in read.items():
                own = stood.get(place, place if in_order else index)
                if own != index:
                    yield expected[own], expected[index]

    def _of(self, reference: Reference) -> Names:
        """The same names, to be read in the picture of a calibration."""
        image = np.asarray(cv2.cvtColor(reference.image, cv2.COLOR_GRAY2BGR), np.uint8)
        return Names(replace(self._photo, image=image), self._board, self._reader, self._settings)

    @cached_property
    def _edges_px(self) -> Floats:
        """Straight edges of the photo: found once, for all grids that are asked about."""
        return straight_edges_at(self._photo.image, self._settings.lean.edges_px)

    def _expected(self, across: bool) -> tuple[str, ...]:
        return self._board.column_labels if across else self._board.row_labels

    def _named(self, pose: Pose, across: bool) -> list[Name]:
        """What is read on the usual side of a grid; where that is nothing, on the other."""
        reach, expected = self._settings.reach_cells[0], self._expected(across)
        return self._read(pose, across, reach, expected) or self._read(pose, across, -reach, expected)

    def _beside(self, pose: Pose, across: bool, reaches: Sequence[float]) -> Beside:
        """What is read beside the columns or rows within any of some reaches, in cells."""
        expected = self._expected(across)
        names = [name for reach in reaches for name in self._read(pose, across, reach, expected)]
        own = frozenset(name.place for name in names if name.place == name.index)
        strange = frozenset(name.place for name in names) - own
        along = [name.along for name in names if name.place == name.index]
        return Beside(len(expected), own, strange, float(np.std(along)) if along else 0.0)

    def _read(self, pose: Pose, across: bool, reach: float, expected: Sequence[str]) -> list[Name]:
        places = range(len(expected))
        found = cores.each(lambda place: self._lines(pose, across, place, reach), places)
        where = [(place, along) for place, lines in zip(places, found, strict=True) for _, along in lines]
        crops = [line.image for lines in found for line, _ in lines]
        texts = [decode_greedy(lattice).text for lattice in self._reader.glance(crops)] if crops else []
        read = [(place, along, labels.named(text, expected)) for (place, along), text in zip(where, texts, strict=True)]
        return [Name(place, place if place in whose else whose[0], along) for place, along, whose in read if whose]

    def _lines(self, pose: Pose, across: bool, place: int, reach: float) -> list[tuple[LineCrop, float]]:
        """Lines of writing in a name's place, and how far along it each stands, 0..1."""
        seen = _picture(self._photo, photo_from_board(pose, _place_mm(pose.layout, across, place, reach)), self._settings)
        if seen is None:
            return []
        image, mask = seen
        axis = 0 if across else 1
        lines = find_lines(Card(None, np.zeros((4, 2)), image, mask, b""), self._settings.lines)
        return [(line, (line.box_px[axis] + line.box_px[axis + 2] / 2) / image.shape[1 - axis]) for line in lines]


def _as_pose(reference: Reference) -> Pose:
    """The pose of a board in the picture of its calibration."""
    return Pose(reference.board_from_image, reference.layout, "reference", {}, 0.0)


def _place_mm(layout: Layout, across: bool, place: int, reach_cells: float) -> Floats:
    """4x2 corners, mm, of where a column's or row's name stands, clockwise from the top left; a reach below 0 is beyond the far side."""
    if across:
        left, right = layout.column_edges_mm[place : place + 2]
        top, bottom = _reach(reach_cells * layout.height_mm / layout.rows, layout.height_mm)
    else:
        top, bottom = layout.row_edges_mm[place : place + 2]
        left, right = _reach(reach_cells * layout.width_mm / layout.columns, layout.width_mm)
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])


def _reach(reach_mm: float, side_mm: float) -> tuple[float, float]:
    """From where to where a belt beside a grid reaches: before its beginning, or beyond its end."""
    return (-reach_mm, 0.0) if reach_mm > 0 else (side_mm, side_mm - reach_mm)


def _picture(photo: Photo, corners_px: Floats, settings: NamesSettings) -> tuple[Image, Image] | None:
    """A quadrangle of the photo, square on, and which of its pixels (255) the photo shows; None where it shows too little."""
    size_px = photo.image.shape[1::-1]
    if not np.isfinite(corners_px).all() or not _mostly_within(corners_px, size_px):
        return None
    sides = np.linalg.norm(np.roll(corners_px, -1, axis=0) - corners_px, axis=1)
    sides_px = np.maximum(sides[:2], sides[2:])
    width, height = (round(float(side)) for side in sides_px * min(1.0, settings.most_px / float(sides_px.max())))
    if min(width, height) < settings.least_px:
        return None
    place_from_photo = homography(corners_px, np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float64))
    image = cv2.warpPerspective(photo.image, place_from_photo, (width, height), borderMode=cv2.BORDER_REPLICATE)
    mask = cv2.warpPerspective(np.full(size_px[::-1], 255, np.uint8), place_from_photo, (width, height), flags=cv2.INTER_NEAREST)
    return np.asarray(image, np.uint8), np.asarray(mask, np.uint8)


def _mostly_within(corners_px: Floats, size_px: tuple[int, ...]) -> bool:
    """Whether the middle of a quadrangle and two of its corners lie in the photo."""
    inside = [bool(((point >= 0) & (point < size_px)).all()) for point in (*corners_px, corners_px.mean(axis=0))]
    return inside[-1] and sum(inside[:-1]) >= 2
