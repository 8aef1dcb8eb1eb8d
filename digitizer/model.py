"""Every value that crosses a stage boundary. Frozen, arrays read-only; this module computes nothing.

Frames (``photo``, ``board``, ``sheet``, ``card``) are those of :mod:`calibration.rig`; units live in names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from calibration.rig import Cell, Floats, Image, Layout, Lens

NOTHING: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Photo:
    """A decoded photo. ``image`` HxWx3 u8 BGR, upright after EXIF; ``sha256`` hex of the file's bytes."""

    image: Image
    taken_at: datetime
    name: str
    sha256: str


@dataclass(frozen=True, eq=False)
class Pose:
    """Where the board lies in a photo, and how its grid is divided.

    ``board_from_photo`` 3x3 takes *undistorted* photo pixels to board mm (``lens`` undoes the distortion first; without a
    lens the photo is taken as it is). ``method`` names what found it: "markers", "reference", "grid", "headers", "overlap".
    ``evidence`` holds the numbers behind it; ``rms_mm`` is the residual of the fit; ``blur_px`` standard deviation of the blur in photo
    px, 0 where it was not measured. ``whole``: False where the photo shows a part of the board alone.
    """

    board_from_photo: Floats
    layout: Layout
    method: str
    evidence: Mapping[str, float]
    rms_mm: float
    lens: Lens | None = None
    warnings: tuple[str, ...] = ()
    blur_px: float = 0.0
    whole: bool = True


@dataclass(frozen=True, eq=False)
class Sheet:
    """The rectified board: its plane seen square on, grid plus a margin that holds headers and cards outside.

    ``image`` HxWx3 u8 BGR, the light as photographed; ``even`` the same with the light evened out (a blank board is flat);
    ``seen`` HxW bool, False where the photo does not reach. ``board_from_sheet`` 3x3.
    """

    image: Image
    even: Image
    seen: Image
    px_per_mm: float
    board_from_sheet: Floats


@dataclass(frozen=True, eq=False)
class Card:
    """One sheet of paper on the board.

    ``cell`` by its centre, None outside the grid; ``corners_mm`` 4x2 clockwise from the card's own top left; ``image`` upright
    crop HxWx3 u8 BGR; ``mask`` HxW u8, 255 where the crop shows this card and nothing in front of it; ``fingerprint`` bytes that
    stay near each other (Hamming) for pictures of the same card; ``visible`` share of the card that nothing covers; ``number`` of a
    topic card of the printed kit, which is its own at the event; ``detail_mm``: over how much of the board a point is smeared, by pixels
    and blur together, 0 where that is not known; ``guessed``: its outline was hardly seen, so that a person has to look; ``obstructed``:
    something that is no card stands at a side of it, or the edge of a shadow crosses it, so that it may go on there, and a person has to
    look, too.
    """

    cell: Cell | None
    corners_mm: Floats
    image: Image
    mask: Image
    fingerprint: bytes
    visible: float = 1.0
    number: int | None = None
    detail_mm: float = 0.0
    guessed: bool = False
    obstructed: bool = False


@dataclass(frozen=True, eq=False)
class Segmentation:
    """Cards found, and cells that could not be seen. Hidden cells are unknown, never empty.

    ``people_mm``: outlines Nx2 in the board frame of whatever stands before the board.
    """

    cards: tuple[Card, ...]
    hidden: frozenset[Cell]
    warnings: tuple[str, ...] = ()
    people_mm: tuple[Floats, ...] = ()


@dataclass(frozen=True)
class Line:
    """One line of writing. ``box_px`` (x, y, width, height) in the card frame; ``alternatives`` best first, ``text`` among them."""

    text: str
    confidence: float
    box_px: tuple[int, int, int, int]
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True)
class Guess:
    """A text and the probability that it is right, letter for letter but for case."""

    text: str
    confidence: float
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class CardReading:
    """What a card says."""

    card: Card
    title: Guess
    handle: Guess | None
    host: Guess | None
    lines: tuple[Line, ...]
    needs_review: bool


@dataclass(frozen=True, eq=False)
class BoardReading:
    """What one photo says of the board.

    ``layout`` the grid it was read by; ``view_mm`` Nx2 outline of what the photo covers, on the board. Without them nothing is
    known of places outside the grid, and no card there is ever missed. ``people_mm``: outlines Nx2 of whatever stands before the board.
    ``whole``: False where the photo shows a part of the board alone; then nothing is known of what it does not show wholly.
    """

    photo_sha256: str
    taken_at: datetime
    cards: tuple[CardReading, ...]
    hidden: frozenset[Cell]
    layout: Layout | None = None
    view_mm: Floats | None = None
    people_mm: tuple[Floats, ...] = ()
    whole: bool = True


@dataclass(frozen=True)
class LabelCheck:
    """What the printed labels say against the event; ``finished``: whether they could be checked in time, or the next look has to."""

    disagreements: tuple[str, ...] = ()
    finished: bool = True


@dataclass(frozen=True, eq=False)
class Digitization:
    """A photo's whole way, every stage's value kept. ``timings_ms`` by stage name.

    ``anchor`` is the photo in which the pose was found: this one, or an earlier one of a camera that has not moved since.
    ``readings`` are those of all cards, ``reading`` leaves out what hangs in blocked cells. ``warnings`` hold all there is to tell, what
    the printed ``labels`` say against the event among it.
    """

    photo: Photo
    anchor: Photo
    pose: Pose
    sheet: Sheet
    labels: LabelCheck
    segmentation: Segmentation
    readings: tuple[CardReading, ...]
    reading: BoardReading
    timings_ms: Mapping[str, float]
    warnings: tuple[str, ...] = ()


class Status(StrEnum):
    """What is known of an entry: ``LIVE`` hangs on the board, ``GONE`` was taken off, ``DISMISSED`` a person said it is no session."""

    LIVE = "live"
    GONE = "gone"
    DISMISSED = "dismissed"


@dataclass(frozen=True)
class Vote:
    """One wording of a field and what speaks for it over all looks.

    ``weight`` sum of confidences, faded; ``confidence`` the best of them; ``clear``: some look needed no review.
    """

    text: str
    weight: float
    confidence: float
    clear: bool
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """A card followed through time; its id, calendar UID and corrections move with it.

    ``cell`` None while it hangs outside the grid; ``centre_mm`` its last place. ``confirmed``: a person stands for title, handle and
    host, and ``confirmed_fingerprint`` is the picture that person saw. ``misses`` counts the photos in a row in which its place was
    seen without it, in quarter looks. ``version`` rises with each write to it that a person could see; being seen again is none.
    ``assigned``: a person gave it its cell, which stays while the card hangs where it hung. The votes are what the looks so far speak
    for. ``number`` is that of a topic card of the printed kit: it alone tells which card it is. ``covered`` counts the looks in which
    another card hung over it; ``shape_mm`` are x and y of its corners about its centre, none where they are not known, ``best_view``
    the largest share of it by which its words were read, ``detail_mm`` the finest detail of a look that they were read in (0: not known),
    and ``odd_fingerprint`` a picture unlike ``fingerprint`` that was seen once.
    """

    id: str
    cell: Cell | None
    title: str
    handle: str | None
    host: str | None
    fingerprint: bytes
    centre_mm: tuple[float, float]
    status: Status
    version: int
    title_confidence: float
    handle_confidence: float
    needs_review: bool
    confirmed: bool
    confirmed_fingerprint: bytes | None
    misses: int
    first_seen: datetime
    seen_at: datetime
    changed_at: datetime
    alternatives: tuple[str, ...] = ()
    handle_alternatives: tuple[str, ...] = ()
    assigned: bool = False
    title_votes: tuple[Vote, ...] = ()
    handle_votes: tuple[Vote, ...] = ()
    host_votes: tuple[Vote, ...] = ()
    number: int | None = None
    covered: int = 0
    shape_mm: tuple[float, ...] = ()
    best_view: float = 0.0
    odd_fingerprint: bytes = b""
    detail_mm: float = 0.0


@dataclass(frozen=True)
class Schedule:
    """One board's entries, whatever their status.

    ``version`` rises with each committed change; ``cells_seen_at`` tells when each cell was last in view; ``layout`` is the grid of
    the last look, in whose millimetres the entries' places are.
    """

    board_id: str
    version: int
    entries: tuple[Entry, ...]
    cells_seen_at: Mapping[Cell, datetime] = field(default_factory=lambda: MappingProxyType({}))
    layout: Layout | None = None


@dataclass(frozen=True, eq=False)
class Appeared:
    """A card that was not there before."""

    reading: CardReading


@dataclass(frozen=True, eq=False)
class Moved:
    """A known card hangs elsewhere."""

    entry_id: str
    reading: CardReading
    from_cell: Cell | None
    to_cell: Cell | None


@dataclass(frozen=True, eq=False)
class Reworded:
    """A known card is read differently: a better reading, or its picture changed."""

    entry_id: str
    reading: CardReading


@dataclass(frozen=True)
class Vanished:
    """A card's place was seen without it often enough."""

    entry_id: str


@dataclass(frozen=True, eq=False)
class Conflict:
    """The picture of a card changed whose text a person confirmed: a person decides."""

    entry_id: str
    reading: CardReading


@dataclass(frozen=True, eq=False)
class Seen:
    """A known card hangs where it did and says the same; nothing to publish but the time."""

    entry_id: str
    reading: CardReading


@dataclass(frozen=True)
class Covered:
    """Another card hangs over a card, or over its place. Not ``seen``, it may hang below, so that it stays, in doubt."""

    entry_id: str
    seen: bool = False


@dataclass(frozen=True)
class Superseded:
    """What was taken for a new card is one that was known: its own entry took it over, and this one ends."""

    entry_id: str


@dataclass(frozen=True)
class Missed:
    """A card's place was seen without it, not often enough yet to call it gone. ``misses`` in quarter looks."""

    entry_id: str
    misses: int


@dataclass(frozen=True, eq=False)
class Returned:
    """A card that was gone hangs again."""

    entry_id: str
    reading: CardReading


@dataclass(frozen=True)
class Looked:
    """These cells were in view, in a grid of this ``layout``."""

    cells: frozenset[Cell]
    layout: Layout | None = None


@dataclass(frozen=True)
class Ignored:
    """The photo changes nothing, for a ``reason`` that is told to the organizer."""

    reason: str


Change: TypeAlias = Appeared | Moved | Reworded | Vanished | Conflict | Seen | Covered | Superseded | Missed | Returned | Looked | Ignored
