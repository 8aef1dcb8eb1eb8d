"""What stands before a board: cards beside it are in doubt, what is a part of it is no card, and no session is cancelled for it."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from looks import Script
from standing import before
from standing_days import board, things, visits
from synth import Synth, apply

from calibration.rig import readonly
from digitizer.model import CardReading, Pose, Segmentation
from digitizer.rectify import rectify
from digitizer.segment import segment
from digitizer.settings import ReconcileSettings
from digitizer.tracking.leftover import half_hidden

KINDS = ("person", "pole", "chair", "lamp", "tripod", "arm")
FURNITURE = ("chair", "lamp", "tripod")


def seen(drawn: Synth, kind: str | None, share: float = 0.5, seed: int = 1) -> tuple[Segmentation, np.ndarray]:
    """What is found on a board, something of a kind before its first card, and how much of each card shows."""
    rng = np.random.default_rng(seed)
    covered = before(drawn.photo, things(drawn, kind, drawn.cards[0], share, rng) if kind else [], seed)
    pose = Pose(readonly(drawn.board_from_photo), drawn.layout, "given", {}, 0.0)
    shown = []
    for card in drawn.cards:
        mask = np.zeros(covered.hidden.shape, np.uint8)
        cv2.fillPoly(mask, [np.round(apply(np.linalg.inv(drawn.board_from_photo), card.corners_mm)).astype(np.int32)], 1)
        shown.append(1 - covered.hidden[mask > 0].mean())
    return segment(rectify(covered.photo, pose), drawn.layout), np.array(shown)


@pytest.fixture(scope="module")
def boards() -> tuple[Synth, ...]:
    """A whiteboard, and one with taped lines."""
    return board(0), board(1)


def test_nothing_is_doubted_on_a_board_before_which_nobody_stands(boards):
    """Shadows of cards, tape, drawn lines and labels stand before nothing."""
    for drawn in boards:
        found, _ = seen(drawn, None)
        assert len(found.cards) == len(drawn.cards)
        assert not found.hidden
        assert not any(card.obstructed for card in found.cards)
        assert not found.people_mm


@pytest.mark.parametrize("kind", KINDS)
def test_a_card_that_goes_on_behind_something_is_doubted_or_hidden(boards, kind):
    """In the first photo, too, where no earlier look tells how large it is."""
    for drawn in boards:
        found, shown = seen(drawn, kind)
        for card, share in zip(drawn.cards, shown, strict=True):
            if 0.2 < share < 0.8:
                on_it = [
                    one
                    for one in found.cards
                    if cv2.pointPolygonTest(card.corners_mm.astype(np.float32), tuple(one.corners_mm.mean(0)), False) > 0
                ]
                assert all(one.obstructed and one.visible < 0.9 for one in on_it), (kind, card.title, share)
                assert on_it or card.cell in found.hidden


@pytest.mark.parametrize("kind", FURNITURE)
def test_what_stands_before_the_board_is_no_blank_card(boards, kind):
    """The back of a chair, a shade, a camera on its tripod; what is behind them is not seen."""
    for drawn in boards:
        found, _ = seen(drawn, kind, share=1.3)
        true = [card.corners_mm.astype(np.float32) for card in drawn.cards]
        inside = [card for card in found.cards if card.cell is not None]
        assert all(any(cv2.pointPolygonTest(quad, tuple(card.corners_mm.mean(0)), False) > 0 for quad in true) for card in inside)
        assert found.people_mm


@pytest.mark.parametrize("seed", [1])
def test_no_session_is_lost_to_whoever_stands_before_it(seed):
    """For an hour, two at once, in the first photos and later; no half title is published surely, nor in place of a whole one."""
    for watched, what in visits(seed):
        assert watched.told == [], what
        if what == "nobody":
            assert set(watched.live()) >= {card.title for card in watched.drawn.cards}


@pytest.fixture
def script() -> Script:
    return Script(np.random.default_rng(3))


def in_part(reading: CardReading, visible: float = 0.6) -> CardReading:
    """The reading of a card beside which something stands."""
    return replace(reading, card=replace(reading.card, obstructed=True, visible=visible), needs_review=True)


def test_a_clear_look_reads_anew_what_was_first_seen_in_part(script):
    """However sure the half was: the same session, its whole title, no doubt left."""
    whole = script.paper("Fermenting things at home", 1, 1)
    half = script.paper("Ferment", 1, 1, dx=-20.0)
    script.look(*(in_part(script.reading(half, sure=0.99)) for _ in range(1)), people=(np.array([[300.0, 160], [400, 160], [400, 320]]),))
    (first,) = script.schedule.entries
    assert first.needs_review
    script.look(whole)
    (entry,) = script.schedule.entries
    assert (entry.id, entry.title, entry.needs_review) == (first.id, whole.title, False)


def test_a_piece_does_not_replace_what_was_read_whole(script):
    """Though it is read without a doubt in sixty looks; it is told to be doubtful."""
    paper = script.paper("Fermenting things at home", 1, 1)
    script.look(paper)
    for _ in range(60):
        script.look(script.reading(paper, said="Fermenting things", sure=0.95))
    (entry,) = script.schedule.entries
    assert (entry.title, entry.needs_review) == (paper.title, True)


def test_a_card_is_gone_after_three_clear_looks_though_somebody_stood_before_it(script):
    """A card in part that was taken off is no session for ever."""
    script.look(in_part(script.reading(script.paper("Choir", 1, 1), sure=0.9)))
    for _ in range(3):
        script.look()
    assert script.live() == {}


def test_a_new_card_that_is_read_surely_does_not_wait_for_whoever_stands_beside_it(script):
    """It is flagged for that alone."""
    person, settings = np.array([[300.0, 160], [400, 160], [400, 320], [300, 320]]), ReconcileSettings()
    reading = in_part(script.reading(script.paper("Choir", 1, 1), sure=0.95))
    assert not half_hidden(reading, (person,), settings)
    assert half_hidden(replace(reading, title=replace(reading.title, confidence=0.4)), (person,), settings)
