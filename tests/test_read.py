"""Cards -> readings: one run for all lines, each decoded as what it is, doubt where it is due."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from digitizer import read as reading
from digitizer.decoder import Hypothesis
from digitizer.known import Known
from digitizer.lexicon import Lexicon
from digitizer.model import Card
from digitizer.readers.base import Lattice
from digitizer.settings import ReadSettings
from digitizer.wayup import legibility, turn, turned_to_read, unturned

SIGNS = " abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@_-+&'."
ALPHABET = ("", *SIGNS)


def spell(text, sure=0.97, second=None):
    """A lattice that says ``text``, each sign with probability ``sure``, the rest on ``second`` (a text of the same length) or on all."""
    rows = []
    for k, sign in enumerate(text):
        row = np.full(len(ALPHABET), (1 - sure) / len(ALPHABET))
        if second:
            row[:] = 1e-6
            row[ALPHABET.index(second[k])] += 1 - sure
        row[ALPHABET.index(sign)] += sure
        blank = np.full(len(ALPHABET), 1e-6)
        blank[0] = 1
        rows += [row / row.sum(), blank / blank.sum()]
    return Lattice(np.log(np.array(rows)).astype(np.float32), ALPHABET)


class Replay:
    """A reader that answers what it was told, in order, and counts its runs."""

    def __init__(self, *lattices):
        self.lattices, self.runs = list(lattices), 0

    def recognise(self, crops):
        """Hand out the lattices."""
        self.runs += 1
        assert len(crops) == len(self.lattices), f"{len(crops)} lines found, {len(self.lattices)} expected"
        return self.lattices

    def glance(self, crops):
        """No card of these tests is legible on its side."""
        return [spell("xqzjv", 0.3) for _ in crops]


def card(*lines, size=(300, 240), visible=1.0):
    """A yellow card; each line (text, x, baseline, scale)."""
    image = np.full((size[1], size[0], 3), (120, 240, 250), np.uint8)
    noise = np.random.default_rng(0).normal(0, 2, image.shape)
    for text, x, y, scale in lines:
        cv2.putText(image, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, scale, (20, 20, 20), 2, cv2.LINE_AA)
    image = np.clip(image + noise, 0, 255).astype(np.uint8)
    return Card(None, np.zeros((4, 2)), image, np.full(image.shape[:2], 255, np.uint8), b"", visible)


@pytest.fixture(scope="module")
def lexicon():
    return Lexicon.for_event(None)


TITLE_AND_HANDLE = (("Board games", 12, 50, 1.1), ("night", 12, 95, 1.1), ("@sam_codes", 150, 220, 0.7))


def test_it_reads_title_and_handle(lexicon):
    """Two lines of title and a handle: joined, sure, not flagged; every line kept with its box and alternatives."""
    replay = Replay(spell("Board games"), spell("night"), spell("@sam_codes"))
    (found,) = reading.read([card(*TITLE_AND_HANDLE)], replay, lexicon)
    assert found.title.text == "Board games night"
    assert found.handle is not None
    assert found.handle.text == "@sam_codes"
    assert found.host is None
    assert [line.text for line in found.lines] == ["Board games", "night", "@sam_codes"]
    assert found.title.confidence > 0.85
    assert not found.needs_review
    assert found.title.alternatives[0] == found.title.text


def test_a_card_in_capitals_is_published_as_a_sentence(lexicon):
    """Title, its alternatives and the handle in small letters; the lines stay as written."""
    replay = Replay(spell("BOARD GAMES"), spell("FOR API FANS"), spell("@SAM_CODES"))
    lines = (("BOARD GAMES", 12, 50, 1.0), ("FOR API FANS", 12, 95, 1.0), ("@SAM_CODES", 150, 220, 0.6))
    (found,) = reading.read([card(*lines)], replay, lexicon)
    assert found.title.text == "Board games for API fans"
    assert found.title.alternatives[0] == found.title.text
    assert found.handle.text == "@sam_codes"
    assert [line.text for line in found.lines] == ["BOARD GAMES", "FOR API FANS", "@SAM_CODES"]


def test_a_title_that_the_event_knows_is_taken_where_the_picture_agrees():
    """Laid over the card's two lines; a reading that another list would have made otherwise, and surer than without it."""
    lines = [spell("Blorb quwx", 0.4, "Blorb quux"), spell("for beg1nners", 0.6, "for beginners")]
    cards = [card(("Blorb quwx", 12, 50, 1.0), ("for beg1nners", 12, 95, 1.0))]
    (alone,) = reading.read(cards, Replay(*lines), Lexicon.for_event(None))
    (known,) = reading.read(cards, Replay(*lines), Lexicon.for_event(None, Known(titles=("Blorb QUUX for Beginners", "Quux for all"))))
    assert known.title.text == "Blorb QUUX for Beginners"
    assert known.title.confidence > alone.title.confidence
    assert [line.text.lower() for line in known.lines] == ["blorb quux", "for beginners"]


def test_a_known_title_is_only_offered_where_the_picture_says_otherwise():
    """One word is another: the card is right, and the known title one tap away."""
    lines = [spell("Knitting for"), spell("experts")]
    cards = [card(("Knitting for", 12, 50, 1.0), ("experts", 12, 95, 1.0))]
    (found,) = reading.read(cards, Replay(*lines), Lexicon.for_event(None, Known(titles=("Knitting for starters",))))
    assert found.title.text == "Knitting for experts"
    assert "Knitting for starters" in found.title.alternatives
    assert found.title.alternatives[0] == found.title.text


def test_capitals_beside_a_small_handle_are_kept(lexicon):
    """The writer chose them."""
    replay = Replay(spell("BOARD GAMES"), spell("@sam_codes"))
    (found,) = reading.read([card(("BOARD GAMES", 12, 50, 1.0), ("@sam_codes", 150, 220, 0.7))], replay, lexicon)
    assert found.title.text == "BOARD GAMES"


def test_all_cards_are_recognised_in_one_run(lexicon):
    """Batches pay only across cards; readings come back in the cards' order."""
    replay = Replay(spell("Tea"), spell("Juggling"), spell("Origami"))
    cards = [card((text, 12, 60, 1.2)) for text in ("Tea", "Juggling", "Origami")]
    found = reading.read(cards, replay, lexicon)
    assert replay.runs == 1
    assert [reading.title.text for reading in found] == ["Tea", "Juggling", "Origami"]
    assert [reading.card for reading in found] == cards


def test_a_card_whose_outline_was_guessed_is_flagged(lexicon):
    """However surely its words are read: a person has to see whether it is a card, and all of it."""
    replay = Replay(spell("Board games"), spell("night"), spell("@sam_codes"))
    (found,) = reading.read([replace(card(*TITLE_AND_HANDLE), guessed=True)], replay, lexicon)
    assert found.title.text == "Board games night"
    assert found.needs_review


def test_a_card_beside_which_something_stands_is_flagged(lexicon):
    """However well it is read: more of it may be behind that."""
    replay = Replay(spell("Board games"), spell("night"), spell("@sam_codes"))
    (found,) = reading.read([replace(card(*TITLE_AND_HANDLE), obstructed=True)], replay, lexicon)
    assert found.needs_review


@pytest.mark.parametrize(("visible", "flagged"), [(1.0, False), (0.92, False), (0.85, True)])
def test_a_card_that_shows_in_part_is_flagged(lexicon, visible: float, flagged: bool) -> None:
    """However surely what shows was read: behind what hides a tenth of it a word may stand."""
    replay = Replay(spell("Board games", 0.9999), spell("night", 0.9999), spell("@sam_codes", 0.9999))
    (found,) = reading.read([card(*TITLE_AND_HANDLE, visible=visible)], replay, lexicon)
    assert found.title.text == "Board games night"
    assert found.needs_review is flagged


def test_doubtful_writing_is_flagged_and_keeps_alternatives(lexicon):
    """Two words nearly as likely: one is chosen, the other kept, and a person is asked."""
    replay = Replay(spell("Ruby", 0.52, second="Rugy"), spell("@samcodes", 0.5, second="@somcudos"))
    (found,) = reading.read([card(("Ruby", 12, 60, 1.2), ("@samcodes", 120, 210, 0.7))], replay, lexicon)
    assert found.needs_review
    assert found.handle is not None
    assert len(found.handle.alternatives) > 1


def test_a_host_is_no_part_of_the_title(lexicon):
    """A first name at the bottom right."""
    replay = Replay(spell("Mob programming"), spell("Nicole"))
    (found,) = reading.read([card(("Mob programming", 12, 60, 0.95), ("Nicole", 190, 215, 0.8))], replay, lexicon)
    assert (found.title.text, found.handle) == ("Mob programming", None)
    assert found.host is not None
    assert found.host.text == "Nicole"


def test_a_misread_host_is_told_from_the_title(lexicon):
    """``Olof`` in the corner, its second o perhaps an a, is Olaf, and the title ends above it; what was read may be tapped."""
    signed = card(("Board games", 12, 50, 1.1), ("night", 12, 95, 1.1), ("Olof", 190, 220, 0.7))
    (found,) = reading.read([signed], Replay(spell("Board games"), spell("night"), spell("Olof", 0.7, "Olaf")), lexicon)
    assert found.title.text == "Board games night"
    assert found.handle is None
    assert found.host is not None
    assert found.host.text == "Olaf"
    assert "Olof" in found.host.alternatives


def test_title_and_handle_in_one_line_come_apart(lexicon):
    """``Tea time @anna_k`` is one line of ink and two readings; their boxes lie side by side."""
    replay = Replay(spell("Tea time @anna_k"))
    (found,) = reading.read([card(("Tea time @anna_k", 8, 60, 0.95))], replay, lexicon)
    assert found.title.text == "Tea time"
    assert found.handle is not None
    assert found.handle.text == "@anna_k"
    left, right = (line.box_px for line in found.lines)
    assert left[0] + left[2] == right[0]


def test_a_blank_card_reads_as_nothing(lexicon):
    """No title, no handle, and a person should look: blank cards mean something that no reader knows."""
    (found,) = reading.read([card()], Replay(), lexicon)
    assert (found.title.text, found.handle, found.lines) == ("", None, ())
    assert found.needs_review


def test_no_cards_no_readings(lexicon):
    """An empty board."""
    assert reading.read([], Replay(), lexicon) == ()


def test_the_threshold_is_a_setting(lexicon):
    """Who wants to see every card can."""
    replay = Replay(spell("Board games"), spell("night"), spell("@sam_codes"))
    (found,) = reading.read([card(*TITLE_AND_HANDLE)], replay, lexicon, ReadSettings(least_probability=1.0))
    assert found.needs_review


def test_a_covered_card_is_less_sure(lexicon):
    """What a person covers may be part of the title: the share that hides is evidence."""
    sheet = reading.evidence_of_sheet(card(*TITLE_AND_HANDLE, visible=0.5), ())
    assert sheet.features["hidden"] == 0.5


def test_at_is_looked_for_where_a_line_begins():
    """Sure in a handle, next to nothing in a title, none in an empty line."""
    assert reading.at_start(spell("@sam")) > 0.9
    assert reading.at_start(spell("Tea at @sam")) < 0.1
    assert reading.at_start(Lattice(np.zeros((0, len(ALPHABET)), np.float32), ALPHABET)) == 0.0


def test_a_doubtful_at_counts_among_the_signs_it_may_be():
    """Half of the step is blank; of what is not, nine parts in ten are ``@``."""
    row = np.full(len(ALPHABET), 1e-6)
    row[[0, ALPHABET.index("@"), ALPHABET.index("O")]] = 0.45, 0.495, 0.055
    lattice = Lattice(np.concatenate([np.log(row)[None], spell("sam").log_probs]).astype(np.float32), ALPHABET)
    assert reading.at_start(lattice) == pytest.approx(0.9, abs=0.01)


class ByPicture:
    """A reader for which a card is legible in one way up only: it knows the lines of that way, and takes all others for nonsense."""

    def __init__(self, legible, text):
        self.legible, self.text, self.recognised = legible, text, 0

    def recognise(self, crops):
        """The text for crops that it knows, nonsense for the others."""
        self.recognised += len(crops)
        return self.glance(crops)

    def glance(self, crops):
        """The same; the beginning of a line is enough."""
        known = [any(np.array_equal(crop, line.image[:, : crop.shape[1]]) for line in self.legible) for crop in crops]
        return [spell(self.text) if right else spell("xqzjv", 0.3) for right in known]


def test_a_card_on_its_side_is_turned(lexicon):
    """Hopeless as it hangs, plain when turned: read that way, its boxes told as it hangs."""
    upright = card(("Board games", 12, 50, 1.1))
    on_its_side = turn(upright, 1)
    (found,) = reading.read([on_its_side], ByPicture(reading.find_ways(upright)[0], "Board games"), lexicon)
    assert found.title.text == "Board games"
    assert found.card is on_its_side
    x, y, w, h = found.lines[0].box_px
    assert h > 4 * w, "the line stands upright on the card as it hangs"
    assert x >= 0
    assert x + w <= on_its_side.image.shape[1]
    assert y + h <= on_its_side.image.shape[0]


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_boxes_are_turned_back_with_the_card(quarters):
    """A mark drawn in a box stands in the box told for the card as it hangs."""
    image = np.zeros((90, 140, 3), np.uint8)
    turned = turn(Card(None, np.zeros((4, 2)), image, np.full((90, 140), 255, np.uint8), b""), quarters)
    marked = turned.image.copy()
    marked[7:19, 11:41] = 255
    x, y, w, h = unturned((11, 7, 30, 12), quarters, (140, 90))
    back = np.rot90(marked, quarters)
    assert back[y : y + h, x : x + w].all()
    assert back.sum() == 255 * 3 * w * h


def test_only_the_legible_way_up_is_read():
    """Of the three ways a glance at one line each chooses one; the lines of the others are never recognised as a whole."""
    upright = card(("Board games", 12, 50, 1.1), ("tonight", 12, 110, 1.1))
    reader = ByPicture(reading.find_ways(upright)[0], "Board games")
    (way,) = turned_to_read([turn(upright, 1)], reader, ReadSettings())
    assert way is not None
    quarters, turned, lines = way
    assert quarters == 3
    assert np.array_equal(turned.image, upright.image)
    assert len(lines) == 2
    assert reader.recognised == 0


def test_a_card_without_lines_any_way_up_is_not_turned():
    """A blank card asks the reader nothing."""
    assert turned_to_read([card()], Replay(), ReadSettings()) == [None]


def test_legibility_is_a_mean_over_characters():
    """Lines weigh by their length, spaces and empty lines by nothing; where nothing was read it is hopeless."""
    lines = [Hypothesis("ab cd", -1.0, 0.5, 0.0, -1.0), Hypothesis("e", -4.0, 0.5, 0.0, -4.0), Hypothesis("", -9.0, 1.0, 0.0, -9.0)]
    assert legibility(lines) == pytest.approx(-1.0)
    assert legibility(lines[2:]) < -10


def test_nonsense_stays_as_it_hangs(lexicon):
    """Where no way up can be read, the card is not turned, and is flagged."""
    (found,) = reading.read([card(("Board games", 12, 50, 1.1))], ByPicture((), ""), lexicon)
    assert found.needs_review
    _, _, w, h = found.lines[0].box_px
    assert w > 4 * h


def test_a_doubtful_card_is_read_with_its_rows_apart(lexicon, monkeypatch):
    """What two rows say, read as one, is in doubt; cut apart they are words, and that reading is taken."""
    crop, _ = reading.find_ways(card(("Sewing circle", 20, 60, 1.0)))
    monkeypatch.setattr(reading, "find_ways", lambda *_: (crop, lambda: (*crop, *crop)))

    class TwoCuts(Replay):
        def recognise(self, crops):
            self.lattices = [spell("Sewing"), spell("circle")] if self.runs else [spell("Seling", 0.4)]
            return super().recognise(crops)

    (found,) = reading.read([card(("Sewing circle", 20, 60, 1.0))], TwoCuts(), lexicon)
    assert found.title.text == "Sewing circle"


class Runs:
    """A reader that answers each run with the next list of lattices."""

    def __init__(self, *runs):
        self.runs = list(runs)

    def recognise(self, crops):
        """Hand out the lattices of the next run, if it has as many lines."""
        lattices = self.runs.pop(0)
        assert len(crops) == len(lattices), f"{len(crops)} lines found, {len(lattices)} expected"
        return lattices

    def glance(self, crops):
        """No card of these tests is turned."""
        assert not crops
        return []


@pytest.mark.parametrize(("second", "title"), [("CIRCLE", "sewing circle"), ("xqzjvk", "sewing")])
def test_a_row_hidden_in_another_is_read_though_the_first_reading_was_sure(second, title):
    """Rows that touch are read as the bolder one; what says the same and goes on is taken, and nonsense is not."""
    touching = card(("SEWING", 14, 50, 1.2), ("CIRCLE", 14, 84, 1.2), ("@nia", 120, 225, 1.0))
    image = touching.image.copy()
    for x in (24, 46):
        cv2.line(image, (x, 44), (x + 2, 62), (20, 20, 20), 4)
    touching = replace(touching, image=image)
    handle = spell("@nia", 0.999)
    sure = 0.999 if second == "CIRCLE" else 0.4
    reader = Runs([spell("SEWING", 0.999), handle], [spell("SEWING", 0.999), spell(second, sure), handle])
    (found,) = reading.read([touching], reader, Lexicon.for_event(None))
    assert reader.runs == []
    assert found.title.text.casefold() == title
    assert found.handle.text == "@nia"


@pytest.mark.parametrize(("rows", "title"), [(("Sewing", "by", "night"), "Sewing by night"), (("Sewing", "of", "day"), "Sewing night")])
def test_a_row_lost_in_the_middle_is_read(lexicon, monkeypatch, rows, title):
    """The other cut says the same words, with one between them, and is taken though less sure; one that says other words is not."""
    two = card(("Sewing", 20, 60, 1.0), ("night", 20, 180, 1.0))
    crops, _ = reading.find_ways(two)
    monkeypatch.setattr(reading, "find_ways", lambda *_: (crops, lambda: (*crops, crops[0])))
    first = [spell("Sewing", 0.999), spell("night", 0.999)]
    reader = Runs(first, [spell(row, 0.6) for row in rows])
    (found,) = reading.read([two], reader, lexicon)
    assert found.title.text == title


@pytest.mark.parametrize(("right", "kept"), [(0.9, "board games night"), (0.2, "board games")])
def test_a_cut_that_loses_a_word_is_not_believed_for_having_less_to_be_wrong(lexicon, monkeypatch, right, kept):
    """What says the same in fewer words is likelier to be right in all of them; only where more words are hardly likely it is believed."""

    def judged(title, share):
        lines = Replay(spell(title), spell("@sam_codes"))
        (found,) = reading.read([card((title, 12, 50, 0.8), ("@sam_codes", 150, 220, 0.7))], lines, lexicon)
        return reading.JudgedReading(found, share)

    more, less = judged("board games night", right), judged("board games", 0.95)
    monkeypatch.setattr(reading, "_first_readings", lambda *_: ([[]], [more], {0: less}))
    (found,) = reading.read([more.reading.card], Replay(), lexicon)
    assert found.title.text.casefold() == kept
