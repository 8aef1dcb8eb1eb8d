"""Drawn boards looked at again and again while somebody stands before them, truth known: what finder and schedule make of it together.

A look is segmented as a photo is; what stands on a card is told by the truth, as a reader would that is sure of all it sees: of a card
that is found in part it reads that part, without any doubt. So whatever is published wrongly is the fault of what was seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count

import cv2
import numpy as np
from standing import Thing, before
from synth import CardTruth, Synth, apply, scene

from calibration.rig import readonly
from digitizer.model import BoardReading, Card, CardReading, Entry, Guess, Pose, Schedule, Status
from digitizer.reconcile import apply as applied
from digitizer.reconcile import reconcile
from digitizer.rectify import rectify
from digitizer.segment import segment

SIZE = (1600, 1200)
WHOLE = 0.85
"""Share of a card from which its words are all there: a margin is left on each side."""


@dataclass
class Watched:
    """A board and its schedule. ``told`` what went wrong, a line each; ``shown`` whole titles that were published."""

    drawn: Synth
    schedule: Schedule = field(default_factory=lambda: Schedule("b", 0, ()))
    at: datetime = datetime(2026, 5, 17, 9, tzinfo=UTC)
    told: list[str] = field(default_factory=list)
    shown: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.ids = count()

    def look(self, hanging: Sequence[CardTruth], things: Sequence[Thing], seed: int, times: int = 1) -> None:
        """So many photos, half a minute apart, that all show the same."""
        reading = self._reading(hanging, things, seed)
        for _ in range(times):
            self.at += timedelta(seconds=30)
            now = replace(reading, taken_at=self.at)
            changes = reconcile(self.schedule, now)
            self.schedule = applied(self.schedule, changes, self.at, lambda: f"e{next(self.ids)}")
            self._judge(hanging, f"look at {self.at:%H:%M:%S} with {[thing.kind for thing in things]}")

    def live(self) -> dict[str, list[Entry]]:
        """Sessions that are published, by title."""
        found: dict[str, list[Entry]] = {}
        for entry in self.schedule.entries:
            if entry.status is Status.LIVE:
                found.setdefault(entry.title, []).append(entry)
        return found

    def _judge(self, hanging: Sequence[CardTruth], when: str) -> None:
        live, titles = self.live(), {card.title for card in hanging}
        self.told += [f"{when}: {title} hangs and was cancelled" for title in sorted((self.shown & titles) - set(live))]
        half = [entry for title, entries in live.items() if title and title not in self.all_titles() for entry in entries]
        self.told += [f"{when}: {entry.title!r} is published unflagged" for entry in half if not entry.needs_review]
        self.shown |= set(live) & titles
        self.shown &= titles

    def all_titles(self) -> set[str]:
        """Of all cards that ever hung."""
        return {card.title for card in self.drawn.cards} | self.shown

    def _reading(self, hanging: Sequence[CardTruth], things: Sequence[Thing], seed: int) -> BoardReading:
        photo = before(self.drawn.photo, things, seed).photo
        layout = self.drawn.layout
        found = segment(rectify(photo, Pose(readonly(self.drawn.board_from_photo), layout, "given", {}, 0.0)), layout)
        cards = tuple(self._read(card, hanging) for card in found.cards)
        return BoardReading(photo.sha256, self.at, cards, found.hidden, layout, None, found.people_mm)

    def _read(self, card: Card, hanging: Sequence[CardTruth]) -> CardReading:
        shares = [_shared(card.corners_mm, truth.corners_mm) for truth in hanging]
        doubtful = card.guessed or card.obstructed
        if not shares or max(max(pair) for pair in shares) < 0.3:
            return CardReading(card, Guess("", 0.0), None, None, (), True)
        best = int(np.argmax([max(pair) for pair in shares]))
        title, share = hanging[best].title, shares[best][1]
        said = title if share > WHOLE else title[: max(1, round(share * len(title)))]
        return CardReading(card, Guess(said, 0.95), None, None, (), doubtful)


def _shared(found: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """What two outlines have in common, as shares of the one found and of the true one."""
    common = cv2.intersectConvexConvex(found.astype(np.float32), truth.astype(np.float32))[0]
    return tuple(common / max(abs(cv2.contourArea(quad.astype(np.float32))), 1.0) for quad in (found, truth))  # type: ignore[return-value]


def board(seed: int) -> Synth:
    """A board whose cards all say something else."""
    styles = ("whiteboard", "painters-tape", "cork-tape", "marker", "felt-strips", "column-lines")
    drawn = scene(seed, style=styles[seed % len(styles)], rows=4, columns=4, size_px=SIZE, tilt_deg=(4.0, -6.0), fill=0.6)
    return replace(
        drawn, cards=tuple(replace(card, title=f"{card.title} {k} with {chr(97 + k) * 3}") for k, card in enumerate(drawn.cards))
    )


def things(drawn: Synth, kind: str, card: CardTruth, share: float, rng: np.random.Generator) -> list[Thing]:
    """Something of a kind before a ``share`` of a card, from its right."""
    cell = np.array([drawn.layout.width_mm / drawn.layout.columns, drawn.layout.height_mm / drawn.layout.rows])
    low, high = card.corners_mm.min(0), card.corners_mm.max(0)
    at = np.array([high[0] - share * (high[0] - low[0]), rng.uniform(low[1], high[1])])
    px = lambda point: apply(np.linalg.inv(drawn.board_from_photo), np.atleast_2d(point))[0]  # noqa: E731 - a short name
    cell_px = np.abs(px(at + cell / 2) - px(at - cell / 2))
    reach = {"person": 0.65, "pole": 0.15, "chair": 0.5, "tripod": 0.35, "lamp": 0.4, "heads": 0.8, "arm": 0.1, "plant": 0.3}[kind]
    middle = px(at) + np.array([reach * cell_px[0], 0])
    return [Thing(kind, (float(middle[0]), float(middle[1])), (float(cell_px[0]), float(cell_px[1])))]


def visits(seed: int) -> Iterator[tuple[Watched, str]]:
    """The board of a seed, watched while one thing after another happens to a card; after each comes what was done."""
    rng = np.random.default_rng([seed, 5])
    drawn = board(seed)
    kinds = list(rng.permutation(["person", "person", "chair", "pole", "arm", "lamp", "tripod", "plant", "heads"]))
    card = drawn.cards[int(rng.integers(len(drawn.cards)))]
    first = things(drawn, str(kinds[0]), card, float(rng.uniform(0.35, 0.65)), rng)
    seen = Watched(drawn)
    seen.look(drawn.cards, first, seed, times=3)
    yield seen, f"a {kinds[0]} before a card in the first photos"
    seen.look(drawn.cards, [], seed, times=3)
    yield seen, "gone again"
    for k, kind in enumerate(kinds[1:5]):
        other = drawn.cards[int(rng.integers(len(drawn.cards)))]
        long = int(rng.choice([12, 30, 120]))
        seen.look(drawn.cards, things(drawn, str(kind), other, float(rng.uniform(0.2, 1.1)), rng), seed * 100 + k, times=long)
        yield seen, f"a {kind} for {long} looks"
        if rng.random() < 0.5:
            seen.look(drawn.cards, [], seed, times=1)
    pair = [
        thing for kind in ("person", "person") for thing in things(drawn, kind, drawn.cards[int(rng.integers(len(drawn.cards)))], 0.7, rng)
    ]
    seen.look(drawn.cards, pair, seed * 100 + 9, times=20)
    yield seen, "two people"
    seen.look(drawn.cards, [], seed, times=3)
    yield seen, "nobody"
