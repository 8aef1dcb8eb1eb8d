"""Days of a made-up board, look after look, with people, light, bumps and a finder that errs; what truly hangs is known.

Nothing is drawn: a look is a ``BoardReading`` as the digitizer makes it, its faults at the rates that docs/decisions/0020 measures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from itertools import count

import numpy as np
from looks import LAYOUT, START, TITLES, VIEW, middle

from calibration.rig import Cell
from digitizer.model import BoardReading, Card, CardReading, Guess

LOOKS = 50
SIDE_MM = 76.0
PICTURE = np.zeros((8, 8, 3), np.uint8)
COLOURS = (b"\x00" * 8, b"\xff\xff\x00\x00" * 2, b"\xf0" * 8)
WRONG = np.array(list("aeinorstlu"))
UNIT = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) / 2

Box = tuple[float, float, float, float]
"""(left, top, right, bottom) on the board, mm."""


@dataclass(frozen=True)
class Faults:
    """How often what goes wrong, a look; ``scale`` multiplies all that the finder does wrong.

    ``flips`` mean share of bits by which two pictures of a card that hangs still differ, ``bad_cut`` the chance that its outline is found
    badly, with a quarter of the bits; ``found_as_one`` the chance that two cards of one colour that overlap are;
    ``unnoticed`` the chance that a cell behind a person is not called hidden though its cards are
    not found.
    """

    scale: float = 1.0
    missed: float = 1 / 200
    spurious: float = 1 / 90
    flips: float = 0.035
    bad_cut: float = 0.03
    found_as_one: float = 0.3
    unnoticed: float = 0.03
    people: float = 0.08
    dim: float = 0.02
    blackout: float = 0.004
    bump: float = 0.02


@dataclass(frozen=True)
class Paper:
    """A card: where its middle hangs, how far it is turned, its true picture, and how well it is written (0 to 1)."""

    key: int
    title: str
    at_mm: tuple[float, float]
    bits: bytes
    side_mm: float
    legible: float
    misreadings: tuple[str, ...]
    turned: float = 0.0

    @cached_property
    def cell(self) -> Cell | None:
        """Where it belongs."""
        return LAYOUT.cell_at(*self.at_mm)

    @cached_property
    def box(self) -> Box:
        """What it covers, as if it hung straight."""
        (x, y), half = self.at_mm, self.side_mm / 2
        return x - half, y - half, x + half, y + half


@dataclass(frozen=True)
class Sight:
    """One paper in one look: the share of it that shows, whether the finder found it, whether nothing at all was amiss with it."""

    visible: float
    found: bool
    clear: bool


@dataclass(eq=False)
class Look:
    """One photo as read, and the truth about it. ``shown`` tells which paper a reading is of, None: of none."""

    reading: BoardReading
    shown: dict[int, int | None]
    sights: dict[int, Sight]
    person: Box | None
    calm: bool


@dataclass
class Day:
    """A board in use. ``papers`` hang, the later ones before the earlier; ``away`` were taken down; ``acts`` tells what was done to which.

    ``unseen`` are cards that no look has shown clearly since they were pinned: nobody covers those, as no camera could know of it.
    ``joined`` tells by card which card below it the finder takes for a part of it, so that it finds one outline about both.
    """

    seed: int
    faults: Faults = Faults()
    papers: list[Paper] = field(default_factory=list)
    away: list[Paper] = field(default_factory=list)
    acts: list[tuple[str, int]] = field(default_factory=list)
    unseen: set[int] = field(default_factory=set)
    joined: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)
        self.keys = count()
        self.titles = list(self.rng.permutation(TITLES))
        self.at = START
        self.person: Box | None = None
        self.leaves, self.dim_until, self.dark_until, self.number = 0, 0, 0, 0
        self.offset = np.zeros(2)

    def looks(self) -> Iterator[Look]:
        """Live through the day; what was done since the last look is in ``acts``."""
        for _ in range(6):
            self._pin(self._new(self._free()), "appeared")
        for self.number in range(LOOKS):
            self._people_and_light()
            if self.number:
                self._act()
            self.at += timedelta(seconds=30)
            if self.number and self.rng.random() < self.faults.bump:
                self.offset = self.rng.normal(0, 3, 2)
                continue  # the look in which the camera shakes is refused
            yield self._look()
            self.acts.clear()

    def _people_and_light(self) -> None:
        rng = self.rng
        if self.person and self.number >= self.leaves:
            self.person = None
        if self.person is None and rng.random() < self.faults.people:
            left, width = rng.uniform(-50, 700), rng.uniform(90, 260)
            self.person, self.leaves = (left, rng.uniform(-50, 350), left + width, 900.0), self.number + int(rng.integers(1, 9))
        elif self.person and rng.random() < 0.3:
            step = rng.normal(0, 60)
            self.person = (self.person[0] + step, self.person[1], self.person[2] + step, self.person[3])
        if rng.random() < self.faults.dim:
            self.dim_until = self.number + int(rng.integers(2, 10))
        if self.number and rng.random() < self.faults.blackout:
            self.dark_until = self.number + int(rng.integers(1, 4))

    # what people do

    def _act(self) -> None:
        acts: list[tuple[float, Callable[[], None]]] = [
            *((0.10, self._appear), (0.06, self._move), (0.03, self._swap), (0.03, self._straighten), (0.03, self._re_pin)),
            *((0.03, self._double), (0.03, self._cover), (0.02, self._rewrite), (0.02, self._replace), (0.04, self._tear_off)),
            *((0.03, self._put_back), (0.01, self._hang_outside)),
        ]
        draw = self.rng.random()
        for share, act in acts:
            if draw < share:
                return act()
            draw -= share
        return None

    def _appear(self) -> None:
        if len(self.papers) < 16 and self.titles:
            self._pin(self._new(self._free()), "appeared")

    def _move(self) -> None:
        if paper := self._take():
            self._pin(replace(paper, at_mm=self._free(), turned=self.rng.normal(0, 4)), "moved")

    def _swap(self) -> None:
        one, other = self._take(), self._take()
        if one and other and not _shared(one.box, other.box):
            jitter = self.rng.normal(0, 6, (2, 2))
            self._pin(replace(one, at_mm=_plus(other.at_mm, jitter[0])), "moved")
            self._pin(replace(other, at_mm=_plus(one.at_mm, jitter[1])), "moved")
        else:
            self.papers += [paper for paper in (other, one) if paper]

    def _straighten(self) -> None:
        if paper := self._take():
            self._pin(replace(paper, turned=float(self.rng.normal(0, 1)), at_mm=_plus(paper.at_mm, self.rng.normal(0, 5, 2))), "stirred")

    def _re_pin(self) -> None:
        """A hand's breadth away, over a line or not."""
        if paper := self._take():
            angle = self.rng.uniform(0, 2 * np.pi)
            at = _plus(paper.at_mm, 90 * np.array([np.cos(angle), np.sin(angle)]))
            fits = LAYOUT.cell_at(*at) is not None and not any(_shared(_box(at, 76), p.box) for p in self.papers)
            self._pin(replace(paper, at_mm=at) if fits else paper, "moved" if fits else "")

    def _double(self) -> None:
        """A second card beside the first in its cell."""
        alone = [p for p in self.papers if p.cell and sum(q.cell == p.cell for q in self.papers) == 1]
        if alone and self.titles and len(self.papers) < 16:
            old = alone[self.rng.integers(len(alone))]
            x, y = middle(old.cell.row, old.cell.column)
            self.papers.remove(old)
            self._pin(replace(old, at_mm=_plus((x - 48, y), self.rng.normal(0, 3, 2))), "stirred")
            self._pin(self._new(_plus((x + 48, y), self.rng.normal(0, 3, 2))), "appeared")

    def _cover(self) -> None:
        """A new card hangs over a part of another; it may be smaller."""
        bare = [p for p in self.papers if p.cell and not self._above(p) and p.key not in self.unseen]
        if bare and self.titles and len(self.papers) < 16:
            below = bare[self.rng.integers(len(bare))]
            small = self.rng.random() < 0.5
            reach = 12 if small else 45
            new = self._new(_plus(below.at_mm, self.rng.uniform(-reach, reach, 2)), side_mm=52.0 if small else SIDE_MM)
            share = _shared(new.box, below.box) / below.side_mm**2
            if new.cell == below.cell and 0.15 < share < 0.7:
                self._pin(replace(new, bits=new.bits[:24] + below.bits[24:]), "appeared")
                both = _about((*_square(new), *_square(below)), below.turned)
                sticks_out = np.linalg.norm(both[1] - both[0]) * np.linalg.norm(both[3] - both[0]) > 1.15 * below.side_mm**2
                if sticks_out and below.side_mm == SIDE_MM and self.rng.random() < self.faults.found_as_one:
                    self.joined[new.key] = below.key

    def _rewrite(self) -> None:
        if paper := self._take():
            fresh = replace(paper, bits=self.rng.bytes(24) + paper.bits[24:], at_mm=_plus(paper.at_mm, self.rng.normal(0, 4, 2)))
            self._pin(replace(fresh, legible=max(0.75, paper.legible)), "rewritten")

    def _replace(self) -> None:
        if self.titles and (paper := self._take()):
            self.acts.append(("removed", paper.key))
            self._pin(self._new(_plus(paper.at_mm, self.rng.normal(0, 3, 2))), "replaced")

    def _tear_off(self) -> None:
        if len(self.papers) > 4 and (paper := self._take()):
            self.away.append(paper)
            self.acts.append(("removed", paper.key))

    def _put_back(self) -> None:
        """After lunch, where it hung or elsewhere."""
        if self.away and len(self.papers) < 16:
            paper = self.away.pop(self.rng.integers(len(self.away)))
            taken = any(_shared(paper.box, p.box) for p in self.papers)
            self._pin(replace(paper, at_mm=self._free() if taken or self.rng.random() < 0.5 else paper.at_mm), "returned")

    def _hang_outside(self) -> None:
        if paper := self._take():
            at = 850.0 + self.rng.uniform(0, 60), self.rng.uniform(80, 720)
            fits = not any(_shared(_box(at, 76), p.box) for p in self.papers)
            self._pin(replace(paper, at_mm=at) if fits else paper, "moved" if fits else "")

    def _take(self) -> Paper | None:
        """Any card but one that hangs under another: nobody pulls those out."""
        free = [p for p in self.papers if not self._above(p)]
        if not free:
            return None
        paper = free[self.rng.integers(len(free))]
        self.papers.remove(paper)
        return paper

    def _pin(self, paper: Paper, act: str = "") -> None:
        self.papers.append(paper)
        self.unseen.add(paper.key)
        if act:
            self.acts.append((act, paper.key))

    def _above(self, paper: Paper) -> list[Paper]:
        """Cards that hang before a card."""
        later = self.papers[self.papers.index(paper) + 1 :] if paper in self.papers else []
        return [p for p in later if _shared(p.box, paper.box) > 0]

    def shows(self, paper: Paper) -> float:
        """Share of a card over which no other hangs: none can say that one wholly covered hangs on the board."""
        return max(0.0, 1 - sum(_shared(paper.box, above.box) for above in self._above(paper)) / paper.side_mm**2)

    def _free(self) -> tuple[float, float]:
        cells = [middle(row, column, *self.rng.normal(0, 12, 2)) for row in range(5) for column in range(4)]
        free = [at for at in cells if not any(_shared(_box(at, 90), p.box) for p in self.papers)]
        return free[self.rng.integers(len(free))]

    def _new(self, at_mm: tuple[float, float], side_mm: float = SIDE_MM) -> Paper:
        rng, title = self.rng, str(self.titles.pop() if self.titles else f"Session {self.number}")
        bits = rng.bytes(24) + COLOURS[rng.integers(3)]
        wrong = tuple(_misread(rng, title) for _ in range(3))
        return Paper(next(self.keys), title, at_mm, bits, side_mm, rng.uniform(0.6, 0.98), wrong, rng.normal(0, 4))

    # what the camera makes of it

    def _look(self) -> Look:
        rng, dark, dim = self.rng, self.number < self.dark_until, self.number < self.dim_until
        covered = {cell: _shared(_cell_box(cell), self.person) / 32000 if self.person else 0.0 for cell in _cells()}
        behind = {cell for cell, share in covered.items() if share > 0.25}
        hidden = {cell for cell in behind if rng.random() >= self.faults.unnoticed * self.faults.scale}
        people = () if self.person is None or behind - hidden else (_outline(self.person, 12),)
        shown: dict[int, int | None] = {}
        sights: dict[int, Sight] = {}
        cards = []
        for paper in self.papers:
            seen = self._sight(paper, dark, dim)
            sights[paper.key] = replace(seen, clear=seen.clear and not dark and paper.cell not in behind)
            if seen.found:
                cards.append(self._reading(paper, seen, dim))
                shown[id(cards[-1].card.corners_mm)] = paper.key
        self.unseen -= {key for key, seen in sights.items() if seen.clear}
        if rng.random() < self.faults.spurious * self.faults.scale * len(self.papers):
            cards.append(self._nothing())
            shown[id(cards[-1].card.corners_mm)] = None
        order = [cards[i] for i in rng.permutation(len(cards))]
        reading = BoardReading("0" * 64, self.at, tuple(order), frozenset(hidden), LAYOUT, VIEW, people)
        return Look(reading, shown, sights, self.person, not dark)

    def _sight(self, paper: Paper, dark: bool, dim: bool) -> Sight:
        area = paper.side_mm**2
        person = _shared(paper.box, self.person) / area if self.person else 0.0
        visible = max(0.0, self.shows(paper) - person)
        chance = self.faults.missed * self.faults.scale * (4 if dim else 1)
        if dark:
            chance = 0.85
        elif visible < 0.97:
            chance = float(np.interp(visible, [0.35, 0.65, 0.97], [1.0, 0.6, 0.05]))
        found = bool(self.rng.random() >= chance) and all(self.joined.get(above.key) != paper.key for above in self._above(paper))
        return Sight(visible, found, found and visible > 0.97)

    def _reading(self, paper: Paper, seen: Sight, dim: bool) -> CardReading:
        """A card as found: a covered one is either drawn out whole, or its rest is taken for a card."""
        rng, half, rest = self.rng, paper.side_mm / 2, seen.visible < 0.97
        centre = np.add(paper.at_mm, self.offset + rng.normal(0, 0.7, 2))
        corners = UNIT * paper.side_mm
        visible = 1.0
        if rest and rng.random() < 0.5:
            visible = float(np.clip(seen.visible + rng.normal(0, 0.06), 0, 1))
        elif rest:
            corners, centre = corners * np.sqrt(seen.visible), centre + self._away_from_cover(paper) * half * (1 - np.sqrt(seen.visible))
        corners = corners @ _turn(paper.turned) + centre
        below = next((p for p in self.papers if p.key == self.joined.get(paper.key) and _shared(p.box, paper.box)), None)
        if below is not None:
            corners = _about((*_square(below), *corners), below.turned) + self.offset + rng.normal(0, 0.7, 2)
        flips = min(rng.exponential(self.faults.flips), 0.15) * (1.5 if dim else 1.0) + 0.6 * (1 - seen.visible)
        if rng.random() < self.faults.bad_cut * self.faults.scale:
            corners, flips = corners + [0, rng.normal(0, 12)] * (corners[:, 1:] > centre[1]), rng.uniform(0.15, 0.37)
        said, sure = self._said(paper, seen, dim)
        card = Card(LAYOUT.cell_at(*corners.mean(axis=0)), corners, PICTURE, PICTURE[:, :, 0], _noisy(rng, paper.bits, flips), visible)
        return CardReading(card, Guess(said, sure), None, None, (), sure < 0.7)

    def _away_from_cover(self, paper: Paper) -> np.ndarray:
        boxes = [p.box for p in self._above(paper)] + ([self.person] if self.person else [])
        box = max(boxes, key=lambda b: _shared(b, paper.box))
        off = np.subtract(paper.at_mm, ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2))
        return np.sign(off)

    def _said(self, paper: Paper, seen: Sight, dim: bool) -> tuple[str, float]:
        rng = self.rng
        if seen.visible < 0.9:
            kept = paper.title[: max(1, int(len(paper.title) * seen.visible))] if rng.random() < 0.5 else paper.title[-6:]
            return kept, rng.uniform(0.1, 0.6)
        if rng.random() < paper.legible * (0.85 if dim else 1.0):
            return paper.title, rng.uniform(0.5, 0.98)
        return paper.misreadings[rng.integers(3)], rng.uniform(0.15, 0.8)

    def _nothing(self) -> CardReading:
        """A patch of light or a shirt, taken for a card."""
        rng = self.rng
        x, y = rng.uniform(0, 800), rng.uniform(0, 800)
        corners = UNIT * 70.0 + (x, y)
        card = Card(LAYOUT.cell_at(x, y), corners, PICTURE, PICTURE[:, :, 0], rng.bytes(32), 1.0)
        return CardReading(card, Guess(_misread(rng, "lnrtio") if rng.random() < 0.4 else "", rng.uniform(0, 0.4)), None, None, (), True)


def reached(paper: Paper, at_mm: tuple[float, float]) -> bool:
    """Whether a card hangs over a part of the place of another, by more than a corner."""
    return overlap_share(paper, at_mm) > 0.05


def overlap_share(paper: Paper, at_mm: tuple[float, float]) -> float:
    """Share of the place of a usual card, its middle ``at_mm``, over which a card hangs."""
    return _shared(paper.box, _box(at_mm, SIDE_MM)) / SIDE_MM**2


def _cells() -> list[Cell]:
    return [Cell(row, column) for row in range(5) for column in range(4)]


def _cell_box(cell: Cell) -> Box:
    return 200.0 * cell.column, 160.0 * cell.row, 200.0 * cell.column + 200, 160.0 * cell.row + 160


def _box(at_mm: tuple[float, float], side_mm: float) -> Box:
    return at_mm[0] - side_mm / 2, at_mm[1] - side_mm / 2, at_mm[0] + side_mm / 2, at_mm[1] + side_mm / 2


def _shared(one: Box, other: Box) -> float:
    """Area in common, mm2."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(width, 0.0) * max(height, 0.0)


def _outline(box: Box, margin: float) -> np.ndarray:
    left, top, right, bottom = box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])


def _plus(at_mm: tuple[float, float], step: np.ndarray | tuple[float, float]) -> tuple[float, float]:
    return float(at_mm[0] + step[0]), float(at_mm[1] + step[1])


def _square(paper: Paper) -> np.ndarray:
    """4x2 corners of a card as it hangs."""
    return UNIT * paper.side_mm @ _turn(paper.turned) + paper.at_mm


def _about(corners: tuple[np.ndarray, ...], turned: float) -> np.ndarray:
    """The rectangle about some corners, turned as the lower card is."""
    upright = np.array(corners) @ _turn(-turned)
    (left, top), (right, bottom) = upright.min(axis=0), upright.max(axis=0)
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]]) @ _turn(turned)


def _turn(degrees: float) -> np.ndarray:
    angle = np.radians(degrees)
    return np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


def _noisy(rng: np.random.Generator, bits: bytes, share: float) -> bytes:
    flips = np.packbits(rng.random(256) < share).tobytes()
    return (int.from_bytes(bits) ^ int.from_bytes(flips)).to_bytes(32)


def _misread(rng: np.random.Generator, title: str) -> str:
    letters = list(title)
    for i in rng.integers(0, len(letters), int(rng.integers(1, 4))):
        letters[i] = str(WRONG[rng.integers(len(WRONG))])
    return "".join(letters)
