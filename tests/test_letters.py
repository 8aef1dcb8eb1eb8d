"""Letters in a line: the windows that show them, drawn to learn from, and what the recogniser of letters says where heights say nothing."""

from itertools import islice

import numpy as np
import pytest
from kit_scenes import OPEN_SANS
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont
from test_glyphs import read, said, tight
from test_signs import share_named

from digitizer.decoder.comb import BOX_SIGNS
from digitizer.glyphs.windows import WINDOW_PX, windows
from digitizer.readers.signs import letter_reader
from digitizer.training.handwriting import GLYPH_PX
from digitizer.training.letters import DrawnLetters

WIDE, HIGH = WINDOW_PX


def line(height: int = 48, width: int = 300, strokes: tuple[int, ...] = (150,)):
    """A line of paper with upright strokes, 6 px wide at 48 px of height."""
    image = np.full((height, width * height // 48), 220, np.uint8)
    for x in strokes:
        image[:, (x - 3) * height // 48 : (x + 3) * height // 48] = 40
    return image


def typed(text: str):
    """A line in the kit's face HxW u8, 48 px high and tight to the ink, and the middle of each character in pixels."""
    face = ImageFont.truetype(str(OPEN_SANS), 60)
    picture = Pillow.new("L", (round(face.getlength(text)) + 60, 130), 225)
    ImageDraw.Draw(picture).text((30, 20), text, fill=40, font=face)
    return tight(np.asarray(picture), [face.getlength(text[:k]) + 30 for k in range(len(text) + 1)])


def letters(seed: int, count: int):
    """Drawn as for training, in the kit's own face."""
    return list(islice(DrawnLetters([ImageFont.truetype(str(OPEN_SANS), GLYPH_PX)], seed), count))


@pytest.mark.parametrize("height", [16, 48, 90])
def test_a_window_has_its_place_in_the_middle(height):
    """Whatever the height of the line in the photo; paper is 0, ink 255."""
    (picture,) = windows(line(height), [150.0])
    inked = np.flatnonzero(picture[HIGH // 2] > 128)
    assert picture.shape == (HIGH, WIDE)
    assert abs(inked.mean() - WIDE / 2) <= 1
    assert picture[:, :8].max() < 20
    assert picture.max() > 235


def test_beyond_the_ends_of_a_line_is_paper():
    """Its first and its last letter have windows like all others."""
    first, last = windows(line(strokes=(4, 296)), [4.0, 296.0])
    assert first[:, : WIDE // 2 - 4].max() == 0
    assert last[:, WIDE // 2 + 4 :].max() == 0
    assert first[HIGH // 2, WIDE // 2] > 200
    assert last[HIGH // 2, WIDE // 2] > 200


def test_windows_know_no_light():
    """The same strokes on darker paper, in paler ink, are the same; a line without ink stays one."""
    dim = (line() * 0.3 + 40).astype(np.uint8)
    assert np.abs(windows(dim, [150.0]).astype(int) - windows(line(), [150.0])).max() < 12
    assert windows(np.full((48, 200), 130, np.uint8), [100.0]).max() == 0


def test_the_recogniser_of_letters_knows_what_may_stand_in_a_handle():
    """No more, no less: signs are asked about by name."""
    assert set(letter_reader().read(np.zeros((1, HIGH, WIDE), np.uint8)).alphabet) == set(BOX_SIGNS)


def test_drawn_letters_come_with_their_windows():
    """One a sign, in their order; the same seed draws the same, another others."""
    first, again, other = letters(5, 3), letters(5, 3), letters(6, 3)
    assert all(len(drawn.text) == len(drawn.pictures) and set(drawn.text) <= set(BOX_SIGNS) for drawn in first)
    assert all(a.text == b.text and np.array_equal(a.pictures, b.pictures) for a, b in zip(first, again, strict=True))
    assert [drawn.text for drawn in first] != [drawn.text for drawn in other]


def test_letters_in_a_face_that_was_never_drawn_are_read():
    """Most of them, bent and photographed as in training, though half of the handles' ``o`` are zeros there."""
    assert share_named(letter_reader(), letters(7, 40)) > 0.75


@pytest.mark.parametrize("written", ["@r0b0t", "@robot"])
def test_zeros_are_seen_where_the_recogniser_of_lines_is_sure_of_a_word(written):
    """It says ``robot``, nine to one, of either: what stands there is what is read."""
    image, middles = typed(written)
    lattice = said("@robot", middles, image.shape[1], sure=0.9, second="@r0b0t")
    assert read(image, lattice)[0].text == written
