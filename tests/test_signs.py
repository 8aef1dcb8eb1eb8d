"""Single signs in the boxes of topic cards: drawn to train on, cut out whole, read by themselves and beside the recogniser of words."""

from dataclasses import replace
from itertools import islice

import cv2
import numpy as np
import pytest
from kit_scenes import OPEN_SANS, kit_comb
from PIL import ImageFont

from calibration import topic_card
from digitizer.decoder.comb import BOX_SIGNS
from digitizer.errors import ReaderUnavailable
from digitizer.lexicon import Lexicon
from digitizer.lines.comb import BOX_PX, find_comb, ink_share
from digitizer.model import Card
from digitizer.read import read
from digitizer.readers.lazily import default_reader
from digitizer.readers.signs import SignReader, sign_reader
from digitizer.settings import CombSettings
from digitizer.training.boxes import DrawnBoxes
from digitizer.training.handwriting import GLYPH_PX


def card_with(handle: str) -> Card:
    """A topic card with a handle in its comb, seen at 3 px a mm."""
    picture = kit_comb(handle, 3.0)
    return Card(None, np.zeros((4, 2)), picture, np.full(picture.shape[:2], 255, np.uint8), b"", number=7)


def comb_of(card: Card):
    """The signs in its comb."""
    return find_comb(ink_share(card.image, CombSettings()), CombSettings()).comb


def combs(seed: int, count: int):
    """Drawn as for training, in the kit's own face."""
    return list(islice(DrawnBoxes([ImageFont.truetype(str(OPEN_SANS), GLYPH_PX)], seed), count))


def share_named(reader, drawn):
    """Share of drawn signs that a recogniser names, but for case."""
    named = [reader.read(one.pictures) for one in drawn]
    said = ["".join(lattice.alphabet[k] for k in lattice.log_probs.argmax(axis=1)) for lattice in named]
    pairs = [(a.lower(), b.lower()) for one, text in zip(drawn, said, strict=True) for a, b in zip(one.text, text, strict=True)]
    return np.mean([a == b for a, b in pairs])


def test_the_recogniser_of_signs_knows_what_may_stand_in_a_box():
    """No more, no less: the decoder takes its classes by name."""
    assert set(sign_reader().read(np.zeros((1, BOX_PX[1], BOX_PX[0]), np.uint8)).alphabet) == set(BOX_SIGNS)


def test_a_missing_network_is_told(tmp_path):
    """With its name, and what to do."""
    with pytest.raises(ReaderUnavailable, match=r"signs\.onnx"):
        SignReader(tmp_path / "signs.onnx")


def test_boxes_are_cut_whole_and_in_their_order():
    """Only those written in; a small sign stands low and small in its box, a tall one fills it."""
    comb = comb_of(card_with("oL_"))
    small, tall, bar = (np.flatnonzero((box > 128).any(axis=1)) for box in comb.boxes)
    assert comb.boxes.shape == (3, BOX_PX[1], BOX_PX[0])
    assert len(tall) > 1.25 * len(small) > 2.5 * len(bar)
    assert tall[0] < small[0] < bar[0]
    assert abs(tall[-1] - small[-1]) < 3 < bar[0]


def stroked(handle: str, number: int, above_foot_mm: float, level: int) -> Card:
    """A card with a handle, and a stroke of half a millimetre in one more box; noise as in a photo."""
    card = card_with(handle)
    picture, box = card.image.astype(np.float64), topic_card.box(number)
    y, left, right = (round(3 * v) for v in (box.bottom - above_foot_mm, box.x + 1.8, box.right - 1.8))
    picture[y : y + 2, left:right] = np.minimum(picture[y : y + 2, left:right], level)
    noisy = np.clip(picture + np.random.default_rng(2).normal(0, 4, picture.shape), 0, 255).astype(np.uint8)
    return replace(card, image=noisy)


@pytest.mark.parametrize(("above_foot_mm", "level"), [(3.0, 215), (0.2, 120), (-0.6, 120)], ids=["pale", "on the line", "under it"])
def test_a_stroke_that_is_hardly_ink_is_an_underscore_beside_a_sign(above_foot_mm, level):
    """In a box between two, or after the last; too pale, or where the box's own line is left out, it was lost."""
    for handle, number in (("sam code", 3), ("samcode", 7)):
        comb = comb_of(stroked(handle, number, above_foot_mm, level))
        assert comb.low.tolist() == [k == number for k in range(8)]


@pytest.mark.parametrize("handle", ["sam code", "samcode", "AGNESSTARSEVEN"])
@pytest.mark.parametrize("gray", [False, True], ids=["colour", "gray"])
def test_an_empty_box_is_no_underscore(handle, gray):
    """Whatever the noise, and printed in gray, where lines stay: who leaves a box free has written nothing there."""
    card = card_with(handle)
    if gray:
        card = replace(card, image=cv2.cvtColor(cv2.cvtColor(card.image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR))
    for sigma in (2, 6, 12):
        noisy = np.clip(card.image + np.random.default_rng(sigma).normal(0, sigma, card.image.shape), 0, 255).astype(np.uint8)
        assert comb_of(replace(card, image=noisy)).low.tolist() == [False] * len(handle.replace(" ", ""))


def test_a_stroke_far_from_all_signs_is_a_mark():
    """No handle begins again four boxes on."""
    assert len(comb_of(stroked("sam", 9, 3.0, 215)).low) == 3


def test_drawn_boxes_hold_their_signs_and_the_same_seed_draws_the_same():
    """Training is reproducible; nothing is drawn beside its box."""
    first, again, other = combs(5, 6), combs(5, 6), combs(6, 6)
    assert all(a.text == b.text and np.array_equal(a.pictures, b.pictures) for a, b in zip(first, again, strict=True))
    assert [comb.text for comb in first] != [comb.text for comb in other]
    middles = [box[8:36, 8:22].max() for comb in first for box in comb.pictures]
    assert np.quantile(middles, 0.05) > 120


def test_print_in_boxes_is_read_sign_by_sign():
    """Drawn as hard as for training: of a face that it never saw it names four in five, but for case."""
    assert share_named(sign_reader(), combs(8, 40)) > 0.8


@pytest.mark.parametrize("handle", ["sam_c0de", "sam_code", "n0ra", "nora", "b0b", "bob"])
def test_a_zero_is_told_from_an_o_by_how_it_stands_in_its_box(handle):
    """In a line cut out of its boxes all were read with an o: words are likelier, and nothing tells how tall a sign stood."""
    (reading,) = read([card_with(handle)], default_reader(), Lexicon.for_event(None))
    assert reading.handle.text == f"@{handle}"
