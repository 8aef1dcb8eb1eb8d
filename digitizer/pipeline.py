"""The way of a photo, in one straight line; every stage's value is kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from calibration.chart import Chart
from calibration.rig import Layout, Rig
from digitizer import blocked, cores, labels, partial, patch, refresh, rehung
from digitizer.event import Board, Event
from digitizer.lexicon import Lexicon
from digitizer.locate import locate
from digitizer.model import BoardReading, Card, CardReading, Digitization, LabelCheck, Photo, Pose, Segmentation, Sheet
from digitizer.names import Names
from digitizer.patch import Part
from digitizer.read import read
from digitizer.readers.base import TextReader
from digitizer.readers.lazily import default_reader
from digitizer.rectify import rectify, rectify_again
from digitizer.segment import segment


@dataclass(frozen=True, eq=False)
class Tools:
    """What reading needs and is slow to build: made once, shared by all photos of an event."""

    reader: TextReader
    lexicon: Lexicon


def default_tools(event: Event | None = None) -> Tools:
    """The recogniser and lexicon that come with Boardcast, the lexicon fed with the event's own words."""
    cores.one_thread_a_call()
    cores.one_heap()
    return Tools(default_reader(), Lexicon.for_event(event))


def digitize(
    photo: Photo,
    board: Board,
    tools: Tools,
    rig: Rig | None = None,
    previous: Digitization | None = None,
    chart: Callable[[], Chart | None] = lambda: None,
) -> Digitization:
    """Read a photo of a board.

    ``rig`` is the board's calibration, if there is one; ``previous`` the last look at the whole of the same board, from which pose and
    readings are taken over where nothing changed; ``chart`` gives what is known of its face, on which a photo of a part of it is placed.
    Raises ``BoardNotFound`` with numbers where the board is not in the photo, or its labels are not where they were calibrated.
    """
    watch = Stopwatch()
    with watch("locate"):
        moved = refresh.compare(photo, previous.anchor) if previous else None
        still = previous if refresh.same_view(moved) else None
        names = Names(photo, board, tools.reader)
        pose = still.pose if still else locate(photo, board, rig, chart, names=names)
        changes = moved if still and still.photo is still.anchor else refresh.compare(photo, still.photo) if still else None
        part = patch.changed_part(changes, still) if still else None
        beside = still is not None and (part is None or rehung.beside(part.blobs_mm, pose.layout))
        if beside and rig and rig.reference:
            rehung.refuse(photo.name, names.strangers(pose, rig.reference))
    with cores.beside() as other:  # Tesseract is a process of its own: it takes the second core meanwhile
        with watch("rectify"):
            anew = _seen_anew(photo, pose, still, part)
            whole = other.submit(_whole, anew, still, part)
        to_check = pose.whole and (still is None or beside or not still.labels.finished)
        labelled = other.submit(lambda: labels.check(whole.result(), pose.layout, board)) if to_check else None
        with watch("segment"):
            segmentation, sheet = _segmented(anew, pose.layout, still, part), whole.result()
            if previous and pose.whole:
                segmentation = patch.keep_what_hangs(segmentation, previous.segmentation, sheet, pose.layout)
            segmentation = partial.with_detail(partial.only_whole(segmentation, pose, photo.image.shape[1::-1]), pose)
        with watch("read"):
            readings = _read(segmentation.cards, tools, previous if pose.whole else None)  # a part is seen to be read better
        with watch("labels"):
            checked = labelled.result() if labelled else still.labels if still else LabelCheck()
    sessions, aside = blocked.set_aside(labels.without_labels(readings, pose.layout, board), board)
    return Digitization(
        photo=photo,
        anchor=still.anchor if still else photo,
        pose=pose,
        sheet=sheet,
        labels=checked,
        segmentation=segmentation,
        readings=readings,
        reading=BoardReading(
            photo.sha256, photo.taken_at, sessions, segmentation.hidden, people_mm=segmentation.people_mm, whole=pose.whole
        ),
        timings_ms=MappingProxyType(watch.spent_ms),
        warnings=(*pose.warnings, *checked.disagreements, *segmentation.warnings, *aside),
    )


class Stopwatch:
    """Milliseconds spent by stage."""

    def __init__(self) -> None:
        self.spent_ms: dict[str, float] = {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Measure a block under a stage's name."""
        begun = time.perf_counter()
        yield
        self.spent_ms[stage] = (time.perf_counter() - begun) * 1000


def _seen_anew(photo: Photo, pose: Pose, still: Digitization | None, part: Part | None) -> Sheet:
    """The sheet as far as it must be seen anew: all of it, or the changed part; as it was where nothing changed."""
    if still is None or part is None:
        return rectify(photo, pose)
    return rectify_again(photo, pose, still.sheet, part.window_px) if part.window_px else still.sheet


def _whole(anew: Sheet, still: Digitization | None, part: Part | None) -> Sheet:
    """The whole sheet, what was seen anew put in."""
    return patch.paste(still.sheet, anew, part.window_px) if still and part and part.window_px else anew


def _segmented(anew: Sheet, layout: Layout, still: Digitization | None, part: Part | None) -> Segmentation:
    if still is None or part is None:
        return segment(anew, layout)
    if part.window_px is None:
        return still.segmentation
    seen = segment(anew, layout, known=still.segmentation.cards, wanted=part.touches)
    return patch.merge(still.segmentation, seen, part, layout, still.sheet)


def _read(cards: Sequence[Card], tools: Tools, previous: Digitization | None) -> tuple[CardReading, ...]:
    """Read the cards that the last look did not show, and keep what was read of the others."""
    known = {id(card): _same_card(card, previous.readings) for card in cards} if previous else {}
    kept = {key: reading for key, reading in known.items() if reading}
    fresh = read([card for card in cards if id(card) not in kept], tools.reader, tools.lexicon)
    by_card = {id(reading.card): reading for reading in fresh} | kept
    return tuple(replace(by_card[id(card)], card=card) for card in cards)


def _same_card(card: Card, before: Sequence[CardReading]) -> CardReading | None:
    """The earlier reading of a card that hangs where it hung and looks as it looked; a card that was not seen anew is the same.

    Not of one beside which something stood that is gone, or has come: whether it is whole is another question then.
    """
    kept = next((reading for reading in before if reading.card is card), None)
    if kept is not None:
        return kept
    centre, reach = card.corners_mm.mean(axis=0), np.ptp(card.corners_mm, axis=0) / 4
    alike = [reading for reading in before if reading.card.obstructed == card.obstructed]
    near = [reading for reading in alike if (np.abs(reading.card.corners_mm.mean(axis=0) - centre) < reach).all()]
    return next((reading for reading in near if refresh.unchanged_picture(card.image, reading.card.image)), None)
