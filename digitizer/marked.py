"""Where the board is, by the markers of the printed kit; and what is told where they do not suffice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from calibration.kit import Corner, board_and_corner, corner_id
from calibration.lens import lens_for, undistorted_points
from calibration.plane import UNIT, checked_corners, inverse
from calibration.rig import Floats, Layout, Rig, readonly
from digitizer.errors import BoardNotFound
from digitizer.event import Board
from digitizer.frames import photo_from_board, transform
from digitizer.grid.hung import Hung, edges, hung, markers_of, stray_mm, touched, turns_deg
from digitizer.grid.markers import find_markers
from digitizer.model import Photo, Pose
from digitizer.settings import MarkerSettings

FAR_CELLS = 0.5
"""A pose found otherwise that puts a marked corner this many columns off is another grid."""


class Marked:
    """The markers that a photo shows of a board. Raises ``BoardNotFound`` where they are those of another board."""

    def __init__(self, photo: Photo, board: Board, rig: Rig | None, settings: MarkerSettings) -> None:
        self._photo, self._board, self._rig, self._settings = photo, board, rig, settings
        size_px = photo.image.shape[1], photo.image.shape[0]
        self._size_px, self._lens = size_px, lens_for(rig.lens if rig else None, size_px)
        found = find_markers(photo.image, settings)
        straight = {marker: undistorted_points(quad, self._lens) for marker, quad in found.items()}
        self.seen = markers_of(straight, board.number, board.shape)
        self._raw = markers_of(found, board.number, board.shape)
        if not self.seen.corners:
            self._refuse_another(found)

    def pose(self) -> Pose | None:
        """The pose that the markers tell, if they do. Raises ``BoardNotFound`` where tiles hang at wrong corners."""
        found = hung(self.seen, self._board.shape, self._settings)
        if found is None or not self._sure(found):
            return None
        self._check_places(found)
        width, height = found.size_mm.tolist()
        across, down = self._edges(found)
        rows, columns = self._board.shape
        layout = Layout(columns, rows, tuple((across * width).tolist()), tuple((down * height).tolist()), True)
        evidence = {"corners": float(len(self.seen.corners)), "strips": float(self.seen.strips), "corner_doubt_mm": found.doubt_mm}
        return Pose(
            board_from_photo=readonly(np.diag([width, height, 1.0]) @ inverse(found.photo_from_unit)),
            layout=layout,
            method="markers",
            evidence=MappingProxyType(evidence),
            rms_mm=stray_mm(found, self.seen),
            lens=self._lens,
        )

    def contradict(self, pose: Pose) -> bool:
        """Whether a pose found otherwise puts a marked corner elsewhere."""
        corners_px = photo_from_board(pose, pose.layout.grid_corners_mm())
        column_px = float(np.hypot(*(corners_px[1] - corners_px[0]))) / pose.layout.columns
        off = [np.hypot(*(touched(corner, quad) - corners_px[corner])) for corner, quad in self._raw.corners.items()]
        return any(far > FAR_CELLS * column_px for far in off)

    def too_few(self) -> BoardNotFound | None:
        """What is told where some markers were seen but not enough; None where there was none."""
        if not self.seen.corners:
            return None
        ids = [corner_id(self._board.number, corner) for corner in self.seen.corners]
        missing = [corner_id(self._board.number, corner) for corner in Corner if corner not in self.seen.corners]
        needed = (
            f"{self._settings.least_corners} are needed."
            if len(ids) < self._settings.least_corners
            else f"with {self.seen.strips} of {sum(self._board.shape)} strips they do not tell how large the grid is."
        )
        return BoardNotFound(
            f"Found {len(ids)} of {len(Corner)} board markers ({_ids(ids)}) in {self._photo.name}; {needed}",
            remedy=f"Uncover {'marker' if len(missing) == 1 else 'markers'} {_listed(missing)} or step back.",
        )

    def _sure(self, found: Hung) -> bool:
        cell_mm = float((found.size_mm / np.array(self._board.shape)[::-1]).min())
        return found.doubt_mm < self._settings.most_doubt * cell_mm

    def _edges(self, found: Hung) -> tuple[Floats, Floats]:
        """Of the calibration, if there is one: a person put them there; else by the strips."""
        if self._rig is None:
            return edges(found, self.seen, self._board.shape, self._settings)
        own = self._rig.layout
        return np.array(own.column_edges_mm) / own.width_mm, np.array(own.row_edges_mm) / own.height_mm

    def _check_places(self, found: Hung) -> None:
        """Each tile upright at its own corner."""
        names = {corner: corner_id(self._board.number, corner) for corner in Corner}
        places = ", ".join(f"{names[corner]} {corner.words}" for corner in Corner)
        try:
            checked_corners(transform(found.photo_from_unit, UNIT), self._size_px)
        except ValueError as error:
            raise BoardNotFound(f"The board markers in {self._photo.name} hang at wrong corners.", str(error), f"Hang {places}.") from error
        for corner, turn in turns_deg(found, self.seen).items():
            if abs(turn) > self._settings.most_turn_deg:
                raise BoardNotFound(
                    f"Board marker {names[corner]} in {self._photo.name} hangs turned by {turn:.0f} degrees.",
                    f"{self._settings.most_turn_deg:.0f} are let pass.",
                    f"Hang {places}, each with its coloured angle on the grid's corner.",
                )

    def _refuse_another(self, found: Mapping[int, Floats]) -> None:
        """Another board's markers, two or more of them, and none of this one's."""
        others = Counter(of[0] for marker in found if (of := board_and_corner(marker)) is not None)
        number, count = max(others.items(), key=lambda item: item[1], default=(0, 0))
        if count < self._settings.least_corners or number >= len(self._board.siblings):
            return
        ids = sorted(marker for marker in found if (of := board_and_corner(marker)) is not None and of[0] == number)
        own, other = self._board.id, self._board.siblings[number]
        raise BoardNotFound(
            f'{self._photo.name} shows board "{other}", not "{own}".',
            f'Found {count} markers of "{other}" ({_ids(ids)}) and none of "{own}" ({_ids([4 * self._board.number + c for c in Corner])}).',
            f'Give it as board "{other}", or take a photo of "{own}".',
        )


def _ids(ids: list[int]) -> str:
    return f"{'id' if len(ids) == 1 else 'ids'} {_listed(ids)}"


def _listed(ids: list[int]) -> str:
    return ", ".join(map(str, ids))
