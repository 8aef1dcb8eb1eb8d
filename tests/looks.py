"""Looks at a made-up board: cards with noisy fingerprints and readings, without any picture. Truth is what the script says."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from calibration.rig import Cell, Layout
from digitizer.model import BoardReading, Card, CardReading, Guess, Schedule
from digitizer.reconcile import apply, reconcile

START = datetime(2026, 5, 17, 9, 0, tzinfo=UTC)
LAYOUT = Layout(4, 5, tuple(200.0 * i for i in range(5)), tuple(160.0 * i for i in range(6)))
VIEW = np.array([[-300, -300], [1100, -300], [1100, 1100], [-300, 1100]], dtype=np.float64)
SIDE_MM = 76.0
FLIPS = 0.06
"""Share of fingerprint bits that change from look to look: the median measured with edges off by 1 %."""

TITLES = (
    *("Board games", "Rust for Python people", "Knitting circle", "Vim golf", "Home assistants", "Type checking at scale", "Origami"),
    *("Mentoring juniors", "Postgres internals", "Juggling", "Accessible charts", "Remote pair work", "Bird watching", "Zig vs C"),
    *("Ask me about taxes", "Open hardware radios", "Lightning kittens", "Fermenting at home", "Queues considered harmful", "Choir"),
    *("Maps without Google", "Salary talk", "Debugging the GIL", "Sourdough", "Packaging woes", "Chess blitz", "Kubernetes therapy"),
    *("Writing docs", "Static sites", "Solar power at home", "Game jams", "Yoga for coders", "Interview practice", "Cryptic crosswords"),
)


@dataclass(frozen=True)
class Paper:
    """One card of the script: what is on it, where it hangs, what its picture is."""

    title: str
    at_mm: tuple[float, float]
    bits: bytes
    handle: str | None = None

    def moved_to(self, row: int, column: int, dx: float = 0.0, dy: float = 0.0) -> Paper:
        """The same card in the middle of another cell."""
        return replace(self, at_mm=middle(row, column, dx, dy))


def middle(row: int, column: int, dx: float = 0.0, dy: float = 0.0) -> tuple[float, float]:
    """The middle of a cell, or a point off it by (dx, dy) mm."""
    return 200.0 * column + 100 + dx, 160.0 * row + 80 + dy


@dataclass
class Script:
    """A board that is looked at every 30 s. All chance comes from ``rng``."""

    rng: np.random.Generator
    schedule: Schedule = field(default_factory=lambda: Schedule("b", 0, ()))
    at: datetime = START
    made: int = 0
    changes: list = field(default_factory=list)

    def paper(self, title: str, row: int, column: int, handle: str | None = None, dx: float = 0.0, dy: float = 0.0) -> Paper:
        """A new card: 192 random bits of writing, 64 of one of three papers."""
        colour = self.rng.choice([b"\x00" * 8, b"\xff\xff\x00\x00" * 2, b"\xf0" * 8])
        return Paper(title, middle(row, column, dx, dy), self.rng.bytes(24) + colour.ljust(8, b"\x00"), handle)

    def reading(
        self,
        paper: Paper,
        *,
        flips: float = FLIPS,
        said: str | None = None,
        sure: float = 0.9,
        visible: float = 1.0,
        detail_mm: float = 0.0,
    ) -> CardReading:
        """How a look shows a card: ``said`` where it is misread, ``sure`` how confident the reader is, ``detail_mm`` how fine it is."""
        bits = np.frombuffer(paper.bits, np.uint8)
        noisy = np.packbits(np.unpackbits(bits) ^ (self.rng.random(bits.size * 8) < flips)).tobytes()
        x, y = np.add(paper.at_mm, self.rng.normal(0, 1.0, 2))
        corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * SIDE_MM / 2 + (x, y)
        picture = np.zeros((8, 8, 3), np.uint8)
        card = Card(LAYOUT.cell_at(x, y), corners, picture, picture[:, :, 0], noisy, visible, None, detail_mm)
        title = Guess(paper.title if said is None else said, sure)
        return CardReading(card, title, Guess(paper.handle, sure) if paper.handle else None, None, (), sure < 0.7)

    def look(
        self,
        *cards: Paper | CardReading,
        hidden: tuple[tuple[int, int], ...] = (),
        view: np.ndarray | None = VIEW,
        people: tuple[np.ndarray, ...] = (),
        whole: bool = True,
        seconds: float = 30.0,
    ) -> Schedule:
        """The next photo, taken so many ``seconds`` after the last, shows these cards, and these outlines of people."""
        readings = tuple(card if isinstance(card, CardReading) else self.reading(card) for card in cards)
        cells = frozenset(Cell(*cell) for cell in hidden)
        self.at += timedelta(seconds=seconds)
        reading = BoardReading("0" * 64, self.at, readings, cells, LAYOUT, view, people, whole)
        self.changes = list(reconcile(self.schedule, reading))
        self.schedule = apply(self.schedule, self.changes, self.at, self._new_id)
        return self.schedule

    def _new_id(self) -> str:
        self.made += 1
        return f"e{self.made}"

    def kinds(self) -> list[str]:
        """Names of the last look's changes that a person could see."""
        return sorted(type(c).__name__ for c in self.changes if type(c).__name__ not in ("Looked", "Seen", "Missed", "Covered"))

    def live(self) -> dict[str, tuple[int, int] | None]:
        """Title -> (row, column) of what hangs."""
        return {e.title: (e.cell.row, e.cell.column) if e.cell else None for e in self.schedule.entries if e.status == "live"}

    def ids(self) -> dict[str, str]:
        """Title -> id of what hangs."""
        return {e.title: e.id for e in self.schedule.entries if e.status == "live"}
