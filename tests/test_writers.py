"""Lines of more writers than there are faces, and weights of several runs."""

from itertools import islice
from pathlib import Path

import numpy as np
import onnx
import pytest

from digitizer.decoder import decode_greedy
from digitizer.readers.onnx_recogniser import HEIGHT_PX, OnnxRecogniser
from digitizer.training.blend import SINGLE, blend, floats, soup, trained_end
from digitizer.training.handwriting import GLYPH_PX, Wildness, draw_line, load_fonts
from digitizer.training.prune import pruned_wheel
from digitizer.training.writers import HANDLES, WritersLines, as_tall_as, chiselled, uneven

FONTS = Path(__file__).parent.parent / "digitizer" / "kit" / "fonts"
STILL = Wildness(turn_deg=0.0, scale=0.0, lift=0.0, slant=0.0, slope_deg=0.0, warp=0.0, gap=0.0)


@pytest.fixture(scope="module")
def lines():
    """A hundred lines in the two printed faces of the kit."""
    return list(islice(WritersLines(load_fonts(FONTS), seed=4), 100))


def test_lines_are_as_the_recogniser_wants_them_and_half_are_handles(lines):
    """They go into batches beside the lines of the first run."""
    assert all(line.image.shape[0] == HEIGHT_PX and line.image.dtype == np.uint8 for line in lines)
    assert sum(line.text.startswith("@") for line in lines) > 0.8 * HANDLES * len(lines)


def test_handles_keep_to_what_handles_may_hold(lines):
    """Letters, digits and ``_``, fifteen at most: what the decoder's grammar can answer."""
    handles = [line.text[1:] for line in lines if line.text.startswith("@")]
    assert all(0 < len(handle) <= 15 and handle.replace("_", "a").isalnum() for handle in handles)
    assert any("_" in handle for handle in handles)


def test_the_same_seed_draws_the_same_lines(lines):
    """Training is reproducible from one command."""
    again = list(islice(WritersLines(load_fonts(FONTS), seed=4), 5))
    assert all(a.text == b.text and np.array_equal(a.image, b.image) for a, b in zip(again, lines, strict=False))


def test_what_a_line_says_stands_there(lines):
    """The recogniser, which reads print, finds a third of the titles exactly, hard as many are."""
    titles = [line for line in lines if len(line.text) > 3 and not line.text.startswith("@")]
    lattices = OnnxRecogniser().glance([line.image for line in titles])
    exact = sum(line.text.casefold() == decode_greedy(read).text.casefold() for line, read in zip(titles, lattices, strict=True))
    assert exact > len(titles) / 3


def test_a_foreign_face_stands_on_the_same_line():
    """Faces have their own heights above the line: by those alone every second sign would dance."""
    font, other = load_fonts(FONTS)[:2]
    larger = other.font_variant(size=round(1.5 * GLYPH_PX))
    drawn = draw_line("xzxz", font, np.random.default_rng(2), STILL, {"z": larger}, 0.2)
    columns = np.flatnonzero(np.diff(np.r_[0, (drawn.max(axis=0) > 0.5).astype(int), 0]))
    feet = [np.flatnonzero(drawn[:, start:end].max(axis=1) > 0.5)[-1] for start, end in columns.reshape(-1, 2)]
    assert len(feet) == 4
    assert np.ptp(feet) < 0.12 * GLYPH_PX


def test_a_second_face_is_brought_to_the_height_of_the_first():
    """By its small letters, not by its size in points."""
    font, other = load_fonts(FONTS)[:2]
    larger = other.font_variant(size=round(1.5 * GLYPH_PX))
    heights = [face.getbbox("x")[3] - face.getbbox("x")[1] for face in (font, as_tall_as(font, larger))]
    assert heights[0] == pytest.approx(heights[1], abs=2)


@pytest.mark.parametrize("seed", range(6))
def test_a_chisel_tip_widens_strokes_and_draws_nothing_beyond_ink(seed):
    """Also at the rim of the picture, where dilating knows no ink: a corner of minus infinity once was a white square in the photo."""
    ink = np.zeros((30, 60), np.float32)
    ink[:, 28:31] = 1
    wide = chiselled(ink, np.random.default_rng(seed))
    assert wide.min() == 0
    assert wide.max() == 1
    assert wide.sum() > 1.2 * ink.sum()


def test_uneven_heights_move_rows_and_keep_the_order():
    """A line stays as high as it was, and its rows do not cross."""
    ramp = np.repeat(np.linspace(0, 1, 40, dtype=np.float32)[:, None], 8, axis=1)
    out = uneven(ramp, np.random.default_rng(1))
    assert out.shape == ramp.shape
    assert np.all(np.diff(out[:, 0]) >= -1e-6)
    assert np.abs(out - ramp).max() > 0.01


def test_the_trained_end_is_what_a_blend_goes_towards():
    """Going on, a second run sets out where the first one ended, though its weights were not kept."""
    wheel, goal = pruned_wheel(), floats(onnx.load(str(SINGLE)))
    end = trained_end(blend(wheel, goal, 0.5), 0.5)
    assert all(np.allclose(end[name], goal[name], atol=0.02 * max(1.0, float(np.abs(goal[name]).max()))) for name in goal)


def test_a_soup_is_the_mean_of_its_runs():
    """Weight by weight, whatever their order."""
    runs = [{"a": np.array([1.0, 3.0]), "b": np.array([[2.0]])}, {"a": np.array([3.0, 5.0]), "b": np.array([[4.0]])}]
    assert soup(runs)["a"].tolist() == soup(runs[::-1])["a"].tolist() == [2.0, 4.0]
    assert soup(runs)["b"].tolist() == [[3.0]]
