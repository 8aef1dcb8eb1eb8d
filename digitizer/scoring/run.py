"""Cases through Boardcast and through stock engines, each measured and timed in the same run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from digitizer import score
from digitizer.capture import load
from digitizer.errors import BoardNotFound
from digitizer.lexicon import Lexicon
from digitizer.model import Photo
from digitizer.pipeline import Tools, default_tools, digitize
from digitizer.readers.base import TextReader
from digitizer.report import to_json
from digitizer.score import Miss, Tally
from digitizer.scoring import cardset, transcribed
from digitizer.scoring.cardset import CardSet
from digitizer.scoring.cases import Case, asked
from digitizer.scoring.stock import cut, engine, fields
from digitizer.scoring.transcribed import TextTally

OURS = "boardcast"
READER = "reader"
"""Boardcast's reader alone, given perfect crops as the stock engines are."""

Form: TypeAlias = Literal["rendered", "transcribed", "cards"]

Contestant = Callable[[Case, Photo], Mapping[str, Any]]
"""Reads a case's photo; returns the JSON object of ``boardcast digitize --json``."""


@dataclass(frozen=True)
class Row:
    """One photo, or one set of cards' pictures (``crops``), read by one engine; ``failure`` tells why nothing was read."""

    id: str
    engine: str
    tally: Tally | TextTally
    misses: tuple[Miss, ...]
    seconds: float
    failure: str | None = None
    crops: bool = False

    @property
    def form(self) -> Form:
        """The form of its truth; rows of different forms are not added up."""
        return "cards" if self.crops else "rendered" if isinstance(self.tally, Tally) else "transcribed"

    @property
    def figures(self) -> dict[str, float | None]:
        """The figures of this photo, and the seconds it took."""
        return totals([self])


def totals(rows: Sequence[Row]) -> dict[str, float | None]:
    """The figures of rows of one engine and one form of truth, and the seconds a photo."""
    seconds: dict[str, float | None] = {"seconds": round(sum(row.seconds for row in rows) / max(1, len(rows)), 2)}
    rendered = [row.tally for row in rows if isinstance(row.tally, Tally)]
    if rendered:
        return {**score.figures(rendered), **seconds}
    return transcribed.figures(row.tally for row in rows if isinstance(row.tally, TextTally)) | seconds


def run(cases: Iterable[Case | CardSet], versus: Sequence[str] = ()) -> Iterator[Row]:
    """Read each case with Boardcast and with each engine of ``versus``, :data:`READER` among them.

    Raises ``ReaderUnavailable`` and what decoding raises.
    """
    reader = default_tools().reader
    contestants: dict[str, Contestant] = {OURS: _ours(reader)} | {
        name: _given(reader) if name == READER else _stock(name) for name in versus
    }
    for case in cases:
        if isinstance(case, CardSet):
            yield from _crops(case, reader, [name for name in versus if name != READER])
            continue
        photo = load(case.photo)
        for name, contestant in contestants.items():
            yield _row(case, photo, name, contestant)


def _row(case: Case, photo: Photo, name: str, contestant: Contestant) -> Row:
    began, failure = time.perf_counter(), None
    try:
        reading = contestant(case, photo)
    except BoardNotFound as error:
        reading, failure = {"cards": []}, str(error)
    seconds = time.perf_counter() - began
    if case.transcribed:
        return Row(case.id, name, transcribed.hold(asked(case), reading, case.board), (), seconds, failure)
    return Row(case.id, name, *score.score(case.truth, reading), seconds, failure)


def _crops(cards: CardSet, reader: TextReader, versus: Sequence[str]) -> Iterator[Row]:
    """A set of cards' pictures through each engine; the seconds are those of the whole set."""
    truth = cardset.with_cells(cards.cards)
    for name in (OURS, *versus):
        began = time.perf_counter()
        if name == OURS:
            found = cardset.read_all(cards, reader)
        else:
            read_card = engine(name)
            found = tuple(fields(read_card(cardset.load_picture(path))) for path in cards.pictures)
        seconds = time.perf_counter() - began
        yield Row(cards.id, name, *score.score(truth, cardset.with_cells(found)), seconds, crops=True)


def _ours(reader: TextReader) -> Contestant:
    """Boardcast as it runs at a venue: the recogniser is loaded once, the lexicon made for each event."""
    lexicons: dict[str, Lexicon] = {}

    def read(case: Case, photo: Photo) -> Mapping[str, Any]:
        lexicon = lexicons.setdefault(case.id, Lexicon.for_event(case.event))
        return to_json(digitize(photo, case.board, Tools(reader, lexicon), case.rig), case.board)

    return read


def _given(reader: TextReader) -> Contestant:
    """Boardcast's reader on perfect crops whose cells it is told: what finding cards costs is left out."""

    def read(case: Case, photo: Photo) -> Mapping[str, Any]:
        cards = asked(case)
        found = cardset.read_pictures([cut(photo.image, card) for card in cards], reader, case.event)
        return {"cards": [_place(case, card) | reading for card, reading in zip(cards, found, strict=True)]}

    return read


def _stock(name: str) -> Contestant:
    """A stock engine, card by card, on perfect crops whose cells it is told."""
    read_card = engine(name)

    def read(case: Case, photo: Photo) -> Mapping[str, Any]:
        return {"cards": [_place(case, card) | fields(read_card(cut(photo.image, card))) for card in asked(case)]}

    return read


def _place(case: Case, card: Mapping[str, Any]) -> dict[str, Any]:
    """Cell and outline of a card, as its truth tells them."""
    if not case.transcribed:
        return {"room": card["room"], "slot": card["slot"], "polygon": card["polygon"]}
    x, y, width, height = card["bbox"]
    polygon = [[x, y], [x + width, y], [x + width, y + height], [x, y + height]]
    row, column = card.get("row") or 0, card.get("col") or 0
    return {"room": case.board.rooms[column], "slot": case.board.slots[row], "polygon": polygon}
