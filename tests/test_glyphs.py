"""Handles weighed anew by the shape of their glyphs: zeros by their height, underscores by their ink, nothing else changed."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest

from digitizer.decoder import decode_handle
from digitizer.glyphs import recheck
from digitizer.glyphs.covered import covered, looks_at
from digitizer.glyphs.hand import align, barred, hand_of
from digitizer.glyphs.questions import doubts
from digitizer.readers.base import Lattice

SIGNS = " abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@_-."
ALPHABET = ("", *SIGNS)
STEP_PX, HEIGHT_PX = 8, 48


def drawn(text):
    """A line of Hershey letters HxW u8, 48 px high and tight to the ink, and the middle of each character in pixels."""
    font, scale = cv2.FONT_HERSHEY_SIMPLEX, 1.2
    image = np.full((90, 60 + 26 * len(text)), 230, np.uint8)
    cv2.putText(image, text, (20, 60), font, scale, 30, 3, cv2.LINE_AA)
    return tight(image, [20, *(cv2.getTextSize(text[: k + 1], font, scale, 3)[0][0] + 20 for k in range(len(text)))])


def tight(image, ends):
    """A line cut tight to its ink and 48 px high, and the middles of its characters there, which stand between ``ends`` px."""
    rows, columns = np.nonzero(image < 128)
    left, top = columns.min() - 3, rows.min() - 3
    crop = image[top : rows.max() + 4, left : columns.max() + 4]
    zoom = HEIGHT_PX / crop.shape[0]
    middles = [((start + end) / 2 - left) * zoom for start, end in pairwise(ends)]
    return cv2.resize(crop, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA), middles


def said(text, middles, width, sure=0.9, second=None):
    """A lattice that says ``text`` at ``middles`` of a line ``width`` px wide, and ``second``, as long, with what is left of certainty."""
    probabilities = np.full((width // STEP_PX + 2, len(ALPHABET)), 1e-5)
    probabilities[:, 0] = 1.0
    for k, (character, x) in enumerate(zip(text, middles, strict=True)):
        row = probabilities[round(x / STEP_PX - 0.5)]
        row[0] = 1e-3
        row[ALPHABET.index((second or text)[k])] += 1 - sure
        row[ALPHABET.index(character)] += sure
    return Lattice(np.log(probabilities / probabilities.sum(axis=1, keepdims=True)).astype(np.float32), ALPHABET)


def hinted(lattice, character, x, probability):
    """The lattice with a trace of a character at ``x`` px."""
    log_probs = lattice.log_probs.copy()
    log_probs[round(x / STEP_PX - 0.5), ALPHABET.index(character)] = np.log(probability)
    return Lattice(log_probs, ALPHABET)


def unsure(crops):
    """What a recogniser that expects nothing sees in lines with a place covered: any sign is as likely as any other."""
    steps = [crop.shape[1] // STEP_PX + 2 for crop in crops]
    return [Lattice(np.full((count, len(ALPHABET)), -np.log(len(ALPHABET)), np.float32), ALPHABET) for count in steps]


def read(image, lattice, known=(), glance=unsure):
    return recheck(decode_handle(lattice, known), image, lattice, glance, known)


def test_an_underscore_that_was_read_over_comes_back():
    """There is flat ink on the baseline between two letters where the recogniser saw a trace of it, and read on."""
    image, middles = drawn("@ann_lee")
    lattice = hinted(said("@annlee", middles[:4] + middles[5:], image.shape[1]), "_", middles[4], 0.05)
    assert decode_handle(lattice)[0].text == "@annlee"
    assert read(image, lattice)[0].text == "@ann_lee"


def test_an_underscore_at_the_end_comes_back():
    """The same behind the last letter."""
    image, middles = drawn("@annlee_")
    lattice = said("@annlee", middles[:-1], image.shape[1])
    assert read(image, lattice)[0].text == "@annlee_"


def test_a_gap_without_ink_is_no_underscore():
    """A wide space between two letters was read as ``_``; a handle has no spaces."""
    image, middles = drawn("@ann lee")
    lattice = said("@ann lee", middles, image.shape[1])
    assert decode_handle(lattice)[0].text == "@ann_lee"
    assert read(image, lattice)[0].text == "@annlee"


def test_an_o_as_tall_as_the_capitals_is_a_zero():
    """The recogniser prefers the letter two to one."""
    image, middles = drawn("@samw0rld")
    lattice = said("@samworld", middles, image.shape[1], sure=0.66, second="@samw0rld")
    assert decode_handle(lattice)[0].text == "@samworld"
    assert read(image, lattice)[0].text == "@samw0rld"


@pytest.mark.parametrize("text", ["@samworld", "@ann_lee", "@quinn42", "@zoe_smith_"])
def test_what_was_read_well_stays(text):
    """No glyph of these is in doubt."""
    image, middles = drawn(text)
    assert read(image, said(text, middles, image.shape[1]))[0].text == text


def test_a_known_handle_stays():
    """What the event lists is not argued with, even where its zero is drawn small."""
    image, middles = drawn("@samworld")
    lattice = said("@samworld", middles, image.shape[1], sure=0.5, second="@samw0rld")
    assert read(image, lattice, known=("@samw0rld",))[0].text == "@samw0rld"


def test_posteriors_are_those_of_all_texts_kept():
    """Alternatives of doubtful glyphs share in the sum; the best comes first."""
    image, middles = drawn("@samworld")
    found = read(image, said("@samworld", middles, image.shape[1], sure=0.8, second="@samw0rld"))
    assert [h.posterior for h in found] == sorted((h.posterior for h in found), reverse=True)
    assert 0.5 < sum(h.posterior for h in found) <= 1 + 1e-9
    assert "@samw0rld" in [h.text for h in found]


def test_nothing_read_is_nothing_changed():
    """No handle was decoded."""
    image, middles = drawn("@ann")
    assert recheck((), image, said("@ann", middles, image.shape[1]), unsure) == ()


def test_characters_are_aligned_with_their_steps():
    """On a sure lattice each character's step is the one it was said at."""
    image, middles = drawn("@annlee")
    lattice = said("@annlee", middles, image.shape[1])
    steps = align("@annlee", lattice.log_probs, lattice.alphabet)
    assert np.allclose(steps, [round(x / STEP_PX - 0.5) for x in middles])


def test_a_hand_is_measured_by_its_letters():
    """Small letters rise to two thirds of the tall ones, above one baseline."""
    image, middles = drawn("@hannah")
    lattice = said("@hannah", middles, image.shape[1])
    hand = hand_of("@hannah", image, lattice.log_probs, lattice.alphabet, barred(lattice))
    assert 0.55 < hand.small / hand.tall < 0.75
    assert abs(hand.base - (hand.boxes[1][3])) <= 2


def test_doubts_are_single_changes():
    """Each zero, o, underscore and place for one, but none right behind the @ and none twice."""
    others = {doubt.other for doubt in doubts("@bo_1")}
    assert others == {"@b0_1", "@bo1", "@b_o_1", "@bo_1_"}


def test_a_covered_place_keeps_its_ink_and_loses_its_form():
    """Each column as gray as it was on average; what stands beside it is as it was, and so is the picture that was handed in."""
    image, _ = drawn("@bo1")
    before, (height, width) = image.copy(), image.shape
    shown = covered(image, 40, 70)
    assert shown.shape == (height, width)
    assert np.abs(shown[:, 40:70].mean(axis=0) - image[:, 40:70].mean(axis=0)).max() <= 1
    assert shown[:, 40:70].std(axis=0).max() == 0
    assert np.array_equal(np.delete(shown, range(40, 70), axis=1), np.delete(image, range(40, 70), axis=1))
    assert np.array_equal(image, before)


@pytest.mark.parametrize("columns", [(-30, 5), (0, 0), (95, 400), (400, 500)])
def test_places_at_the_ends_of_a_line_are_covered_too(columns):
    """Letters there may be measured to begin or end beyond it."""
    image = np.tile(np.arange(100, dtype=np.uint8), (48, 1))
    image[:24] += 100
    shown = covered(image, *columns)
    assert 1 <= (shown != image).any(axis=0).sum() <= 5


def test_each_place_is_looked_at_once():
    """Changing one glyph raises the other questions anew; the recogniser need not be asked again."""
    asked = []
    image, _ = drawn("@bo1")
    look = looks_at(image, lambda crops: asked.extend(crops) or unsure(crops))
    assert look(10, 30) is look(10, 30)
    assert look(30, 50) is not look(10, 30)
    assert len(asked) == 2


@pytest.mark.parametrize(("expected", "best"), [("@samworld", "@samw0rld"), ("@samw0rld", "@samworld")])
def test_what_is_expected_unseen_is_no_evidence(expected, best):
    """It says ``o``, sixteen to one, of a zero: if it says so of the covered place, too, that is the word and not the sign."""
    image, middles = drawn("@samw0rld")
    lattice = said("@samworld", middles, image.shape[1], sure=0.94, second="@samw0rld")
    other = "@samw0rld" if expected == "@samworld" else "@samworld"
    unseen = said(expected, middles, image.shape[1], sure=0.999, second=other)
    assert read(image, lattice, glance=lambda crops: [unseen for _ in crops])[0].text == best


def test_a_recogniser_that_is_sure_and_right_is_not_asked_again():
    """Where the one of letters says the same."""
    image, middles = drawn("@robot")
    asked = []
    read(image, said("@robot", middles, image.shape[1], sure=0.999), glance=lambda crops: asked.extend(crops) or unsure(crops))
    assert not asked
