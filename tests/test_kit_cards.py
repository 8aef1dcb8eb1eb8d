"""Topic cards of the kit: found exactly, known by their numbers, their lines and boxes read without what is printed on them."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from kept import card, fresh_store, ingest, receive
from kit_scenes import EVENT, kit_scene, typeface
from looks import Script

from calibration import topic_card
from calibration.rig import Cell
from digitizer.decoder import box_lattice, decode_handle
from digitizer.decoder.comb import BOX_SIGNS
from digitizer.event import parse_event
from digitizer.kit import card_pages, shapes
from digitizer.kit.order import Order
from digitizer.kit.raster import to_picture
from digitizer.lines import find_printed_ways
from digitizer.lines.comb import ink_share
from digitizer.lines.crop import Comb
from digitizer.locate import locate
from digitizer.model import Card
from digitizer.readers.base import Lattice
from digitizer.rectify import rectify
from digitizer.segment import segment
from digitizer.settings import CombSettings, HandleSettings, LinesSettings, ReconcileSettings

PX_PER_MM = 3.0


@pytest.fixture(scope="module")
def hung():
    """A board with topic cards and sticky notes, and what is found on it."""
    truth = kit_scene(11, size_px=(2400, 1800), tilt_deg=(10.0, -12.0), plain=0.3, cards=0.7, surface_rgb=(150, 152, 150))
    pose = locate(truth.photo, truth.event.board("friday"))
    return truth, segment(rectify(truth.photo, pose), pose.layout)


def blank_card(number: int = 7) -> np.ndarray:
    """A topic card as printed, BGR."""
    order = Order(parse_event(EVENT), typeface(), "a4", "https://schedule.example.org", range(1))
    return to_picture(shapes.Page("", topic_card.CARD_MM, tuple(card_pages.topic_card(order, number))), PX_PER_MM, typeface())


def card_of(picture: np.ndarray) -> Card:
    """The card that a crop of it shows."""
    return Card(None, np.zeros((4, 2)), picture, np.full(picture.shape[:2], 255, np.uint8), b"", number=7)


def write(picture: np.ndarray, text: str, at_mm: tuple[float, float], size_mm: float, bgr: tuple[int, int, int]) -> None:
    """Write into a picture with its left end on a baseline."""
    at = tuple(round(v * PX_PER_MM) for v in at_mm)
    cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, size_mm * PX_PER_MM / 22, bgr, 2, cv2.LINE_AA)


def test_each_card_is_found_with_its_number_in_its_cell_to_a_millimetre_and_a_half(hung):
    """The marker tells which, the discs exactly where."""
    truth, found = hung
    numbered = {card.number: card for card in found.cards if card.number is not None}
    wanted = {card.number: card for card in truth.cards if card.number is not None}
    assert sorted(numbered) == sorted(wanted)
    for number, true in wanted.items():
        assert numbered[number].cell == true.cell
        assert np.abs(numbered[number].corners_mm - true.corners_mm).max() < 1.6


def test_sticky_notes_beside_them_are_found_as_ever(hung):
    """Each in its cell, without a number; tiles and strips are no cards."""
    truth, found = hung
    plain = [card for card in found.cards if card.number is None]
    assert sorted(c.cell for c in plain if c.cell is not None) == sorted(c.cell for c in truth.cards if c.number is None)
    assert [card for card in plain if card.cell is None] == []


def test_a_card_upside_down_is_cut_upright():
    """Its marker tells the way up; its corners begin at its own top left."""
    truth = kit_scene(12, size_px=(1800, 1350), turn_deg=0.0, cards=0.3, surface_rgb=(150, 152, 150), roll_deg=0.0)
    true = truth.cards[0]
    image = truth.photo.image.copy()
    low, high = np.floor(true.corners_px.min(0)).astype(int) + 2, np.ceil(true.corners_px.max(0)).astype(int) - 2
    part = image[low[1] : high[1], low[0] : high[0]]
    part[:] = part[::-1, ::-1].copy()
    pose = locate(truth.photo, truth.event.board("friday"))
    found = segment(rectify(replace(truth.photo, image=image), pose), pose.layout)
    turned = next(c for c in found.cards if c.number == true.number)
    assert np.abs(np.roll(turned.corners_mm, 2, axis=0) - true.corners_mm).mean() < 2.0
    marker = topic_card.MARKER
    scale = turned.image.shape[1] / topic_card.CARD_MM[0]
    assert turned.image[round(marker.y * scale) + 4, round(marker.x * scale) + 4].mean() < 90


def test_a_marker_without_its_discs_is_no_card():
    """Chance makes codes of 25 bits; it does not make discs 125 mm away as well."""
    truth = kit_scene(13, size_px=(1800, 1350), cards=0.3, surface_rgb=(150, 152, 150))
    image = truth.photo.image.copy()
    true = truth.cards[0]
    for corner in true.corners_px[2:]:
        inward = corner + 0.09 * (true.corners_px.mean(0) - corner)
        cv2.circle(image, tuple(int(v) for v in inward), 26, (205, 205, 205), -1)
    pose = locate(truth.photo, truth.event.board("friday"))
    found = segment(rectify(replace(truth.photo, image=image), pose), pose.layout)
    assert true.number not in {c.number for c in found.cards}


INKS = {"black": (30, 25, 25), "blue": (140, 60, 40), "red": (40, 40, 190), "green": (60, 110, 40), "pencil": (120, 120, 120)}


@pytest.mark.parametrize("ink", INKS.values(), ids=INKS)
def test_printed_lines_vanish_and_ink_of_any_colour_stays(ink):
    """Red ink too, which a red filter alone would take away."""
    blank = card_of(blank_card())
    part = np.s_[round(31 * PX_PER_MM) : round(88 * PX_PER_MM), round(16 * PX_PER_MM) : round(125 * PX_PER_MM)]
    assert ink_share(blank.image, CombSettings())[part].min() > 0.95
    picture = blank_card()
    write(picture, "Board games", (10, 42), 9, ink)
    assert ink_share(picture, CombSettings())[part].min() < 0.7


def test_a_blank_card_has_no_lines():
    """Nothing that is printed on it passes for writing."""
    assert find_printed_ways(card_of(blank_card()), LinesSettings())[0] == ()


def test_title_lines_come_first_and_the_comb_is_one_line():
    """With as many signs as boxes are written in; flat strokes are told."""
    picture = blank_card()
    write(picture, "Board games", (10, 42), 9, (40, 30, 30))
    for i, sign in enumerate("sai_c"):
        write(picture, sign, (topic_card.box(i).x + 1.5, topic_card.box(i).bottom - 3.5), 5, (40, 30, 30))
    (title, comb), _ = find_printed_ways(card_of(picture), LinesSettings())
    assert title.comb is None
    assert abs(title.box_px[1] / PX_PER_MM - 35) < 5
    assert comb.comb.low.tolist() == [False, False, False, True, False]
    assert (np.diff(comb.comb.spans.ravel()) > 0).all()


def test_letters_that_touch_those_of_the_row_above_are_parted_at_the_printed_line():
    """The first way takes both rows for one; the other way has each by itself, and the comb once."""
    picture = blank_card()
    write(picture, "WINTER", (10.0, 44.0), 14.0, (40, 30, 30))
    write(picture, "BOATS", (12.0, 57.5), 14.0, (40, 30, 30))
    write(picture, "s", (topic_card.box(0).x + 1.5, 86.0), 5.0, (40, 30, 30))
    (both, comb), otherwise = find_printed_ways(card_of(picture), LinesSettings())
    upper, lower, same = otherwise()
    assert both.box_px[3] > 1.5 * upper.box_px[3]
    assert upper.box_px[1] < lower.box_px[1]
    assert same is comb


def test_rows_that_rise_are_parted_where_they_touch_and_not_at_the_foot_of_the_box_around_them():
    """The box of a row that slopes reaches further down than its writing."""
    picture = blank_card()
    for k, (upper, lower) in enumerate(zip("WINTER", "BOATSY", strict=True)):
        write(picture, upper, (12.0 + 11 * k, 50.0 - 2.0 * k), 14.0, (40, 30, 30))
        write(picture, lower, (12.0 + 11 * k, 63.5 - 2.0 * k), 14.0, (40, 30, 30))
    whole, otherwise = find_printed_ways(card_of(picture), LinesSettings())
    assert len(whole) == 1
    assert len(otherwise()) == 2


def test_one_row_of_tall_letters_with_tails_is_parted_nowhere():
    """They reach over the printed line above theirs, and far below their own."""
    picture = blank_card()
    write(picture, "gypsy", (10.0, 57.5), 15.0, (40, 30, 30))
    assert find_printed_ways(card_of(picture), LinesSettings())[1]() == ()


def test_a_boxs_sign_is_what_its_steps_say_and_none_is_lost_or_doubled():
    """Also where the recogniser says nothing in a box: then the handle still has a sign for it."""
    alphabet = ("", "a", "b", " ", "_")
    steps = np.full((12, 5), np.log(1e-3), np.float32)
    steps[:, 0] = np.log(0.9)
    for step, sign in ((1, 1), (4, 2), (5, 2)):
        steps[step] = np.log(1e-3)
        steps[step, sign] = np.log(0.99)
    spans = np.array([[0.05, 0.15], [0.35, 0.45], [0.6, 0.7], [0.85, 0.95]])
    comb = Comb(spans, np.array([False, False, False, True]), np.zeros((4, 1, 1), np.uint8))
    undecided = Lattice(np.full((4, len(BOX_SIGNS)), np.log(1 / len(BOX_SIGNS)), np.float32), BOX_SIGNS)
    best = decode_handle(box_lattice(Lattice(steps, alphabet), undecided, comb, HandleSettings()))[0].text
    assert best.startswith("@ab")
    assert len(best) == 5
    assert best.endswith("_")


def test_a_one_that_is_seen_in_its_box_is_no_l_though_a_name_would_have_one():
    """In a line a bare stroke may be either, and the words around tell; in boxes its flag and foot do."""
    alphabet, signs = ("", *"karl1"), "kar1"
    steps, alone = np.full((2 * len(signs) + 1, len(alphabet)), 1e-3, np.float32), np.full((len(signs), len(BOX_SIGNS)), 1e-6, np.float32)
    steps[0::2, 0] = 0.99
    for i, sign in enumerate(signs):
        steps[2 * i + 1, alphabet.index(sign)], alone[i, BOX_SIGNS.index(sign)] = 0.66, 0.9999
    steps[7, alphabet.index("l")] = 0.13
    spans = (np.arange(len(signs))[:, None] * 2 + [0.9, 1.1]) / (2 * len(signs))
    comb = Comb(spans, np.zeros(len(signs), bool), np.zeros((len(signs), 1, 1), np.uint8))
    in_boxes = box_lattice(Lattice(np.log(steps), alphabet), Lattice(np.log(alone), BOX_SIGNS), comb, HandleSettings())
    assert decode_handle(in_boxes)[0].text == "@kar1"
    assert decode_handle(Lattice(np.log(steps), alphabet))[0].text == "@karl"


def numbered(script, paper, number):
    """A look at a topic card."""
    reading = script.reading(paper)
    return replace(reading, card=replace(reading.card, number=number))


def test_a_number_alone_tells_which_card_it_is():
    """Rewritten, with another picture, in another cell: it is the same card, moved."""
    script = Script(np.random.default_rng(3))
    script.look(numbered(script, script.paper("Board games", 1, 2), 17))
    first = script.ids()["Board games"]
    script.look(numbered(script, script.paper("Chess for all", 3, 0), 17))
    moved = next(e for e in script.schedule.entries if e.id == first)
    assert (moved.cell, moved.number, moved.status) == (Cell(3, 0), 17, "live")
    assert len(script.schedule.entries) == 1


def test_two_numbers_are_two_cards_however_alike():
    """The same words and picture in the same place: the first is gone once enough looks missed it, the second is new."""
    script = Script(np.random.default_rng(4))
    paper = script.paper("Board games", 1, 2)
    script.look(numbered(script, paper, 1))
    first = script.ids()["Board games"]
    for _ in range(ReconcileSettings().looks_to_vanish):
        script.look(numbered(script, paper, 2))
    assert {e.number: e.status.value for e in script.schedule.entries} == {1: "gone", 2: "live"}
    script.look(numbered(script, paper.moved_to(0, 0), 1), numbered(script, paper, 2))
    assert script.ids()["Board games"] in {first, "e2"}
    assert {e.number: e.status.value for e in script.schedule.entries} == {1: "live", 2: "live"}


def test_a_card_whose_marker_is_covered_once_stays_the_same():
    """Picture and place tell it then, and its number is kept."""
    script = Script(np.random.default_rng(5))
    paper = script.paper("Board games", 1, 2)
    script.look(numbered(script, paper, 9))
    script.look(paper)
    assert [(e.number, e.status.value) for e in script.schedule.entries] == [(9, "live")]
    assert script.kinds() == []


def test_the_store_keeps_a_cards_number(tmp_path):
    """With all else that is known of it."""
    reading = card("Board games", Cell(1, 0), "@sam")
    store = fresh_store(tmp_path)
    receive(store, 0)
    ingest(store, [replace(reading, card=replace(reading.card, number=23))]).drain()
    assert [entry.number for entry in store.schedule("friday").entries] == [23]
