"""A store on a database of its own, and an ingest whose eyes are scripted: for the tests of what keeps the schedule."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import numpy as np
from made_up import card_reading, event
from PIL import Image as Pillow
from sqlalchemy import select

from calibration.rig import Cell, Layout, Rig
from digitizer.event import Board
from digitizer.model import BoardReading, CardReading, Digitization, LabelCheck, Photo, Pose, Segmentation, Sheet
from webapp.db import read_session
from webapp.ingest import Ingest
from webapp.models import PhotoRow
from webapp.store import Store, open_store
from webapp.values import InboxPhoto

TAKEN = datetime(2024, 5, 17, 13, 0, tzinfo=UTC)
Act = Callable[[], object]
UNSEEN = Cell(0, 1)
"""A cell that no picture shows."""


def fresh_store(folder) -> Store:
    """A store of the made-up event on a new database."""
    return open_store(f"sqlite:///{folder / 'board.db'}", event())


def inbox_of(store: Store) -> tuple[InboxPhoto, ...]:
    """All photos of an inbox, read ones too, newest first."""
    with read_session(store.engine) as session:
        ids = session.scalars(select(PhotoRow.id).order_by(PhotoRow.id.desc())).all()
    return tuple(store.photo(photo_id) for photo_id in ids)


def jpeg(shade: int = 200) -> bytes:
    """A photo of nothing."""
    out = io.BytesIO()
    Pillow.new("RGB", (320, 240), (shade, shade, shade)).save(out, "JPEG")
    return out.getvalue()


@dataclass
class Eyes:
    """Stands where ``digitize`` stands: shows, photo after photo, the cards it was told to, or raises what it was told to.

    ``meanwhile`` is done while a photo is being read; ``previous`` keeps what each call was given of the look before.
    """

    shows: list[Sequence[CardReading] | Exception]
    meanwhile: Act = lambda: None
    photos: list[Photo] = field(default_factory=list)
    previous: list[Digitization | None] = field(default_factory=list)

    def __call__(self, photo: Photo, board: Board, _rig: Rig | None, previous: Digitization | None, _charted: object) -> Digitization:
        """Read a photo."""
        self.photos.append(photo)
        self.previous.append(previous)
        self.meanwhile()
        shown = self.shows[len(self.photos) - 1]
        if isinstance(shown, Exception):
            raise shown
        return digitization(photo, board, tuple(shown))


@dataclass(frozen=True, eq=False)
class Plain:
    """A picture of a board."""

    image: np.ndarray

    def cell(self, cell: Cell, _since: datetime | None = None) -> np.ndarray | None:
        """A cell, of the shade of its picture."""
        return None if cell == UNSEEN else np.full((40, 50, 3), self.image[0, 0, 0], np.uint8)


def ingest(store: Store, *shows: Sequence[CardReading] | Exception, meanwhile: Act = lambda: None) -> Ingest:
    """An ingest that sees these, one after the other."""
    shades = iter(range(180, 0, -20))  # each look's picture is darker than the one before
    return Ingest(store, Eyes(list(shows), meanwhile), lambda _before, _found, _board: Plain(np.full((60, 90, 3), next(shades), np.uint8)))


def card(title: str, cell: Cell, handle: str | None = None) -> CardReading:
    """A card in the middle of its cell, with a picture of its own."""
    reading = card_reading(title, cell, handle)
    middle = np.array([200.0 * cell.column + 100, 160.0 * cell.row + 80])
    corners = middle + np.array([[-38, -38], [38, -38], [38, 38], [-38, 38]])
    picture = hashlib.sha256(title.encode()).digest()
    return replace(reading, card=replace(reading.card, corners_mm=corners, fingerprint=picture))


def receive(store: Store, minute: int, data: bytes | None = None, board_id: str = "friday") -> int:
    """A photo taken so many minutes after nine."""
    return store.receive(board_id, data or jpeg(), f"{minute}.jpg", TAKEN + timedelta(minutes=minute), "test")


def digitization(photo: Photo, board: Board, cards: tuple[CardReading, ...]) -> Digitization:
    """A whole way of a photo in which these cards are read."""
    rows, columns = board.shape
    layout = Layout(columns, rows, tuple(200.0 * i for i in range(columns + 1)), tuple(160.0 * i for i in range(rows + 1)))
    pose = Pose(np.diag([2.0, 2.0, 1.0]), layout, "grid", MappingProxyType({}), 0.5)
    gray = np.full((60, 90, 3), 200, np.uint8)
    sheet = Sheet(gray, gray, gray[:, :, 0] > 0, 0.2, np.diag([5.0, 5.0, 1.0]))
    reading = BoardReading(photo.sha256, photo.taken_at, cards, frozenset())
    segmentation = Segmentation(tuple(card.card for card in cards), frozenset())
    return Digitization(
        photo, photo, pose, sheet, LabelCheck(), segmentation, cards, reading, MappingProxyType({}), ("The light is poor.",)
    )
