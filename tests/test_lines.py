"""From a card's crop to its lines: none lost, none made up, each upright and tight."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from digitizer.lines import find_lines, find_ways
from digitizer.lines.ink import find_ink
from digitizer.lines.ruled import evenly
from digitizer.model import Card
from digitizer.settings import LinesSettings

YELLOW, ORANGE, WHITE = (120, 240, 250), (60, 140, 250), (245, 245, 245)
BLACK, RED = (20, 20, 20), (40, 30, 170)


def paper(colour=YELLOW, size=(240, 240), noise=3.0):
    rng = np.random.default_rng(1)
    return np.clip(np.full((size[1], size[0], 3), colour, float) + rng.normal(0, noise, (size[1], size[0], 3)), 0, 255).astype(np.uint8)


def write(image, text, at, scale=1.0, ink=BLACK, pen_px=None, face=cv2.FONT_HERSHEY_SIMPLEX):
    """Draw one line with its baseline's left end ``at`` (x, y); return its box (x, y, width, height)."""
    before = image.copy()
    cv2.putText(image, text, at, face, scale, ink, pen_px or max(2, round(3 * scale)), cv2.LINE_AA)
    rows, columns = np.nonzero(np.abs(image.astype(int) - before).max(axis=2) > 30)
    return columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1


def card(image, mask=None):
    full = np.full(image.shape[:2], 255, np.uint8)
    return Card(None, np.zeros((4, 2)), image, full if mask is None else mask, b"")


def boxes(image, mask=None):
    return [line.box_px for line in find_lines(card(image, mask))]


def assert_at(found, wanted, slack=0.35):
    """Each found box lies on its wanted one, by ``slack`` of the line's height."""
    assert len(found) == len(wanted), f"found {found}, wanted {wanted}"
    for (x, y, w, h), (a, b, c, d) in zip(found, wanted, strict=True):
        off = max(abs(x - a), abs(y - b), abs(x + w - a - c), abs(y + h - b - d))
        assert off <= slack * d + 2, f"found {(x, y, w, h)}, wanted {(a, b, c, d)}"


def test_it_finds_lines_from_top_to_bottom():
    """A title over two lines and a handle in the corner, half its size."""
    image = paper()
    wanted = [write(image, "Board games", (12, 40), 1.0), write(image, "night", (12, 90), 1.0), write(image, "@sam_codes", (110, 225), 0.6)]
    assert_at(boxes(image), wanted)


def test_it_keeps_lines_that_touch_the_edge():
    """First and last line run to within two pixels of the card's edge."""
    image = paper()
    wanted = [write(image, "TOP LINE", (4, 26), 1.0), write(image, "last line", (60, 236), 0.8)]
    assert_at(boxes(image), wanted)


def test_it_keeps_dots_and_accents_of_a_line():
    """The dot of an i and what hangs below a g belong to their line."""
    image = paper()
    wanted = [write(image, "jiving", (20, 70), 1.4)]
    assert_at(boxes(image), wanted, slack=0.15)


def test_it_parts_lines_that_touch():
    """Descenders of one line reach into the next."""
    image = paper(size=(300, 200))
    write(image, "giggly puppy", (12, 60), 1.2)
    write(image, "THE LIFT", (12, 101), 1.2)
    found = boxes(image)
    assert len(found) == 2
    assert found[0][1] < 35 < found[1][1]
    assert found[1][1] + found[1][3] > 98


@pytest.mark.parametrize(("colour", "ink"), [(ORANGE, (50, 110, 220)), (WHITE, (190, 190, 190)), (YELLOW, (100, 200, 215))])
def test_it_sees_ink_like_paper(colour, ink):
    """Orange on orange, pencil on white and on yellow: some 30 levels apart in one channel."""
    image = paper(colour)
    wanted = [write(image, "Faint title", (12, 60), 1.0, ink), write(image, "by hand", (12, 120), 1.0, ink)]
    assert_at(boxes(image), wanted)


def test_it_reads_light_ink_on_black_paper():
    """Chalk on a black card."""
    image = paper((35, 35, 35))
    wanted = [write(image, "Night walk", (12, 60), 1.0, (240, 240, 240)), write(image, "at ten", (12, 120), 1.0, (240, 240, 240))]
    assert_at(boxes(image), wanted)


def test_it_sees_two_inks():
    """A blue title and a red handle: different channels tell them from yellow."""
    image = paper()
    wanted = [write(image, "Two pens", (12, 60), 1.0, (150, 40, 20)), write(image, "@redhand", (80, 220), 0.7, RED)]
    assert_at(boxes(image), wanted)


def test_it_takes_vote_marks_for_no_text():
    """Dots scattered and in a row beneath the title."""
    image = paper()
    wanted = [write(image, "Voted", (12, 60), 1.0)]
    for x, y in [(30, 150), (70, 152), (115, 149), (160, 151), (215, 60), (200, 110), (40, 200)]:
        cv2.circle(image, (x, y), 6, (40, 40, 200), -1, cv2.LINE_AA)
    assert_at(boxes(image), wanted)


def test_it_takes_slivers_of_background_for_no_text():
    """Dark board above and to the right of the card, a shadow below it."""
    image = paper()
    wanted = [write(image, "Sliver", (20, 100), 1.0)]
    image[:6] = (40, 60, 90)
    cv2.fillPoly(image, [np.array([[232, 0], [240, 0], [240, 240], [238, 240]])], (40, 60, 90))
    image[-4:] = (image[-4:] * 0.6).astype(np.uint8)
    assert_at(boxes(image), wanted)


def test_it_reads_ruled_paper():
    """Rules every 26 px, and a line of writing."""
    image = paper()
    image[20::26] = (image[20::26] * 0.75).astype(np.uint8)
    wanted = [write(image, "Ruled note", (20, 105), 1.0)]
    assert_at(boxes(image), wanted)


def test_it_reads_across_a_shadow():
    """Half of the card lies in a shadow with a hard edge."""
    image = paper(size=(260, 200))
    wanted = [write(image, "Half in shade", (12, 70), 1.0), write(image, "and half not", (12, 130), 1.0)]
    image[:, :120] = (image[:, :120] * 0.6).astype(np.uint8)
    assert_at(boxes(image), wanted)


@pytest.mark.parametrize("text", ["@sam_", "@sammi", "@sam7"])
def test_it_keeps_a_last_letter_that_stands_in_the_rim(text):
    """The host ran out of paper: the last sign ends two pixels from the edge, where the sheet's own edge leaves marks too."""
    image = paper(size=(320, 200))
    write(image, "BOLD", (12, 70), 1.5, pen_px=8)
    (width, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.8, 2)
    wanted = write(image, text, (317 - width, 170), 0.8)
    assert_at(boxes(image)[1:], [wanted], slack=0.2)


def test_bits_of_the_sheets_edge_beside_a_line_are_no_letters():
    """Short dark bits of the outermost pixels, in the height of the line, where the card was cut out a little too wide."""
    image = paper(size=(320, 200))
    wanted = [write(image, "Edge of the world", (18, 100), 0.95)]
    for y in range(70, 110, 14):
        image[y : y + 8, :3] = image[y : y + 8, -3:] = (60, 70, 80)
    assert_at(boxes(image), wanted, slack=0.2)


def test_it_keeps_a_title_that_fills_a_corner():
    """Bold letters from the very corner on, so that no bare paper is left there; the board shows around the card."""
    image = np.full((240, 320, 3), (60, 90, 70), np.uint8)
    image[8:-8, 8:-8] = paper((70, 120, 120), (304, 224))
    wanted = [write(image, "REMISSION", (10, 44), 1.5), write(image, "kubb", (20, 110), 1.2)]
    assert_at(boxes(image), wanted)


def test_a_corner_that_is_cut_off_is_no_writing():
    """What lies behind a sheet with a cut corner has no paper between its strokes."""
    image = paper(size=(320, 240))
    wanted = [write(image, "Cut corner", (60, 130), 1.1)]
    cv2.fillPoly(image, [np.array([[0, 0], [60, 0], [0, 70]])], (60, 90, 70))
    assert_at(boxes(image), wanted)


@pytest.mark.parametrize("joined", ["women", "sumac"])
def test_it_keeps_lines_beneath_a_joined_word(joined):
    """A word in one stroke is one piece of ink, many times a letter; the lines beneath it are in print, with a finer pen."""
    image = paper(size=(400, 300))
    wanted = [write(image, joined, (20, 80), 1.6, pen_px=6, face=cv2.FONT_HERSHEY_SCRIPT_SIMPLEX)]
    wanted += [write(image, text, (20, y), 0.9, pen_px=2) for text, y in (("for", 160), ("ninnies", 240))]
    assert_at(boxes(image), wanted)


def test_a_bold_ampersand_by_itself_is_a_line():
    """It fills its box like a vote mark, in strokes."""
    image = paper(size=(320, 240))
    wanted = [
        write(image, "benchmarks", (12, 60), 1.0),
        write(image, "&", (20, 120), 1.0, pen_px=4),
        write(image, "introduction", (12, 180), 1.0),
    ]
    assert_at(boxes(image), wanted)


@pytest.mark.parametrize("dark", [0.5, 0.65, 0.8])
@pytest.mark.parametrize("lean_px", [-120, 0, 120])
def test_the_border_of_a_shadow_is_no_writing(dark, lean_px):
    """A hard shadow that crosses a card of little writing at any lean, soft over three pixels as the sun draws it."""
    image = paper((70, 120, 130), (320, 240))
    wanted = [write(image, "Horn", (20, 60), 1.0), write(image, "Desmond", (170, 210), 0.9, (110, 30, 20))]
    lit = np.ones((240, 320), np.float32)
    cv2.fillPoly(lit, [np.array([[0, 0], [140 + lean_px // 2, 0], [140 - lean_px // 2, 240], [0, 240]])], dark)
    image = np.round(image * cv2.GaussianBlur(lit, (0, 0), 1.5)[..., None]).astype(np.uint8)
    assert_at(boxes(image), wanted)


def test_it_levels_lines_that_slope():
    """Writing that rises by six degrees comes out level: hardly taller than it was drawn."""
    image = paper(size=(320, 220), noise=0)
    *_, height = write(image, "uphill all the way", (15, 80), 0.9)
    write(image, "second line too", (15, 150), 0.9)
    turn = cv2.getRotationMatrix2D((160, 110), 6, 1)
    lines = find_lines(card(cv2.warpAffine(image, turn, (320, 220), borderMode=cv2.BORDER_REPLICATE)))
    assert len(lines) == 2
    assert lines[0].image.shape[0] < 1.45 * height
    assert lines[0].image.shape[0] < 0.75 * lines[0].box_px[3], "the upright box of a sloping line is taller than the level crop"


def test_it_parts_a_name_in_the_corner_from_the_line_beside_it():
    """One row, two texts far from each other."""
    image = paper(size=(420, 160))
    wanted = [write(image, "Oracle", (12, 60), 1.0), write(image, "Steve", (310, 60), 0.9)]
    assert_at(boxes(image), wanted)


def test_it_reads_nothing_off_a_blank_card_or_a_covered_part():
    """Paper alone has no lines, nor has what the mask says is not this card."""
    assert boxes(paper()) == []
    image, mask = paper(), np.full((240, 240), 255, np.uint8)
    wanted = [write(image, "Mine", (12, 60), 1.0)]
    write(image, "Theirs", (100, 200), 1.0)
    mask[150:] = 0
    assert_at(boxes(image, mask), wanted)


def test_crops_are_gray_tight_and_read_only():
    """The margin is 6 % of the height of the ink."""
    image = paper()
    _, _, width, height = write(image, "TIGHT", (40, 120), 1.5)
    (line,) = find_lines(card(image))
    assert line.image.ndim == 2
    assert not line.image.flags.writeable
    assert abs(line.image.shape[0] - 1.12 * height) <= 4
    assert abs(line.image.shape[1] - (width + 0.12 * height)) <= 5


@pytest.mark.parametrize("size", [(8, 8), (15, 200), (40, 40)])
def test_it_survives_cards_too_small_to_read(size):
    """A crop of a few pixels gives no line and no error."""
    assert boxes(paper(size=size)) == []


def test_ink_is_told_from_noise_whatever_the_noise():
    """Less than one pixel in 500 of blank paper counts as ink, on clean and on noisy paper."""
    for noise in (0.0, 2.0, 8.0):
        image = paper(noise=noise)
        ink = find_ink(image, np.full((240, 240), 255, np.uint8), LinesSettings())
        assert ink.mask.mean() < 0.002, f"noise {noise}"


def test_it_keeps_letters_that_a_dry_pen_left_faint():
    """The first and the last letter, close to the others, have a third of their ink; the crop holds them."""
    image = paper()
    faint = tuple(round(p + 0.38 * (i - p)) for p, i in zip(YELLOW, BLACK, strict=True))
    left, _, width, _ = write(image, "Honda", (50, 120), 1.2)
    first = write(image, "I", (left - 14, 120), 1.2, faint)
    last = write(image, "I", (left + width - 6, 120), 1.2, faint)
    ((x, _, width, _),) = boxes(image)
    assert x <= first[0] + 2
    assert x + width >= last[0] + last[2] - 2


def test_faint_ink_of_another_row_stays_out():
    """A faint line of small writing under a bold one does not stretch the bold one's crop."""
    image = paper()
    faint = tuple(round(p + 0.38 * (i - p)) for p, i in zip(YELLOW, BLACK, strict=True))
    bold = write(image, "Capture", (20, 80), 1.3)
    write(image, "the flag", (20, 170), 1.3, faint)
    found = boxes(image)
    assert_at(found[:1], [bold])


def test_a_crease_beside_a_line_is_not_taken_into_it():
    """A long faint streak at the height of the letters lies too far from them and is no letter."""
    image = paper()
    wanted = write(image, "Sewing", (10, 120), 1.0)
    cv2.line(image, (150, 112), (226, 108), (80, 190, 200), 2, cv2.LINE_AA)
    assert_at(boxes(image), [wanted])


def test_rows_that_touch_are_offered_apart():
    """Letters that hang down into the next row make one row of two likelier; the other cut is there for a reader in doubt."""
    image = paper()
    wanted = [write(image, "SEWING", (14, 50), 1.2), write(image, "CIRCLE", (14, 84), 1.2), write(image, "@nia", (120, 225), 1.0)]
    for x in (24, 46):
        cv2.line(image, (x, 44), (x + 2, 62), BLACK, 4)
    assert len(boxes(image)) == 2
    assert_at([line.box_px for line in find_ways(card(image))[1]()], wanted)


def test_rows_that_are_clear_are_cut_one_way():
    """No second opinion on a card whose rows stand apart."""
    image = paper()
    write(image, "Board games", (12, 40), 1.0)
    write(image, "@sam_codes", (110, 225), 0.6)
    assert find_ways(card(image))[1]() == ()


def rule(image, y, parts, colour=(150, 170, 130)):
    """A printed line at ``y``, drawn where ``parts`` (from, to) say."""
    for first, last in parts:
        cv2.line(image, (first, y), (last, y), colour, 1, cv2.LINE_AA)


def test_broken_rules_beside_writing_are_no_letters():
    """Faint rules of ruled paper break up; their dashes beside a line do not widen it, nor lead it up and down the card."""
    image = paper()
    wanted = [write(image, "Sewing", (10, 62), 0.9), write(image, "circle", (10, 112), 0.9)]
    for y in range(20, 240, 16):
        beside = [(130, 152), (168, 186), (206, 236)] if y < 125 else [(4, 236)]
        rule(image, y, beside)
    assert_at(boxes(image), wanted)


def blurred(image, text, at, scale, sigma):
    """Write a line out of focus: its letters run together. Gives its box."""
    layer = np.full(image.shape, 255, np.uint8)
    box = write(layer, text, at, scale)
    image[:] = np.minimum(image, cv2.GaussianBlur(layer, (0, 0), sigma))
    return box


def test_a_word_out_of_focus_is_no_rule():
    """Its letters make one long bar of one thickness, but for heads and tails."""
    image = paper(size=(320, 200))
    wanted = [blurred(image, "Stained glass", (12, 60), 0.9, 2.5), blurred(image, "mothballed", (12, 130), 0.7, 2.5)]
    assert_at(boxes(image), wanted, slack=0.6)


def test_joined_letters_near_the_foot_belong_to_their_line():
    """A name out of focus near the foot of the card looks like a bit of its edge; it goes on with the letters before it."""
    image = paper(size=(320, 200))
    write(image, "Stained glass", (12, 50), 0.9)
    name = write(image, "@al", (60, 183), 0.6)
    bar = blurred(image, "ma_iam", (60 + name[2] + 3, 183), 0.6, 2.5)
    found = boxes(image)[-1]
    assert found[0] + found[2] > bar[0] + 0.85 * bar[2]


def test_a_speck_far_above_a_line_leaves_it_tight():
    """A mark between title and handle belongs to neither."""
    image = paper()
    wanted = [write(image, "Board games", (12, 40), 0.9), write(image, "@sam_codes", (20, 225), 0.7)]
    cv2.line(image, (215, 120), (216, 132), BLACK, 3)
    assert_at(boxes(image), wanted)


def test_evenly_ruled_paper_is_known_where_lines_are_missing():
    """Four lines at even distances foretell those between and beyond; lines at any distance foretell none."""
    even = evenly(np.array([20.0, 40.5, 80.0, 100.0]), 150)
    assert np.allclose(even, np.arange(0, 141, 20), atol=1.5)
    assert len(evenly(np.array([20.0, 33.0, 80.0, 99.0]), 150)) == 4
