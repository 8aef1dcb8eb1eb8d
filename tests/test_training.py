"""Lines that the recogniser is trained on, and how trained weights come into the shipped model."""

from itertools import islice
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from digitizer.decoder import decode_greedy
from digitizer.readers.onnx_recogniser import HEIGHT_PX, MODEL, OnnxRecogniser
from digitizer.scoring.cardset import CardSet
from digitizer.scoring.cases import find_cases
from digitizer.training.blend import HALF, blend
from digitizer.training.handwriting import load_fonts
from digitizer.training.judged import drawn
from digitizer.training.lines import SILENT, WIDEST_PX, Lines, has_one_case
from digitizer.training.unseen import write_set

FONTS = Path(__file__).parent.parent / "digitizer" / "kit" / "fonts"


def stored(model: onnx.ModelProto) -> dict[str, np.ndarray]:
    """The floating weights of a model, by the names that the graph's operators use."""
    arrays = {t.name.removesuffix(HALF): numpy_helper.to_array(t) for t in model.graph.initializer}
    return {name: array.astype(np.float32) for name, array in arrays.items() if array.dtype.kind == "f"}


@pytest.fixture(scope="module")
def lines():
    return list(islice(Lines(load_fonts(FONTS), seed=4), 150))


def test_lines_are_as_high_as_the_recogniser_wants_and_never_too_wide(lines):
    """Each is a gray picture that goes into a batch as it is."""
    assert all(line.image.shape[0] == HEIGHT_PX and line.image.dtype == np.uint8 for line in lines)
    assert max(line.image.shape[1] for line in lines) <= WIDEST_PX


def test_few_crops_hold_nothing_to_read(lines):
    """Marks alone are answered with silence; most crops have a text."""
    silent = sum(line.text == "" for line in lines)
    assert 0 < silent < 4 * SILENT * len(lines)


def test_the_same_seed_draws_the_same_lines_and_another_does_not(lines):
    """Training is reproducible from one command."""
    again, other = (list(islice(Lines(load_fonts(FONTS), seed), 5)) for seed in (4, 5))
    assert all(a.text == b.text and np.array_equal(a.image, b.image) for a, b in zip(again, lines, strict=False))
    assert [line.text for line in other] != [line.text for line in again]


def test_lines_can_be_read_when_drawn_in_a_printed_face(lines):
    """What a line is said to say stands there: the recogniser, which reads print, finds a third of them exactly, hard as many are."""
    texts = [line for line in lines if len(line.text) > 3]
    lattices = OnnxRecogniser().glance([line.image for line in texts])
    exact = sum(line.text.casefold() == decode_greedy(read).text.casefold() for line, read in zip(texts, lattices, strict=True))
    assert exact > len(texts) / 3


def test_a_face_with_small_letters_has_two_cases():
    """Print tells a from A; a face that draws both alike would teach the recogniser to guess."""
    assert not any(has_one_case(font) for font in load_fonts(FONTS))


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_a_blend_stands_as_far_from_the_shipped_weights_as_it_was_told(share):
    """Every trained weight goes the same share of its way; the others, and all precisions, stay."""
    model = onnx.load(str(MODEL))
    here = stored(model)
    name = max(here, key=lambda n: here[n].size)
    goal = {name: here[name] + 1}
    out = blend(model, goal, share)
    there = stored(out)
    assert np.allclose(there[name], here[name] + share, atol=2e-3)  # half precision near 1
    assert all(np.array_equal(there[n], here[n]) for n in here if n != name)
    assert [t.data_type for t in out.graph.initializer] == [t.data_type for t in model.graph.initializer]


def test_blending_leaves_its_source_alone():
    """A model is a value: the same source can be blended again with another share."""
    model = onnx.load(str(MODEL))
    before = model.SerializeToString()
    blend(model, {name: array * 0 for name, array in stored(model).items()}, 1.0)
    assert model.SerializeToString() == before


def test_cards_in_unseen_hands_are_written_as_a_set_that_score_reads(tmp_path):
    """Each picture lies beside its title, and the set is found as one of cards."""
    count = write_set(drawn(4, load_fonts(FONTS), seed=3), tmp_path / "unseen")
    (cards,) = find_cases(tmp_path)
    assert isinstance(cards, CardSet)
    assert len(cards.cards) == len(cards.pictures) == count == 4
    assert all(card["title"] and (card["handle"] is None or card["handle"].startswith("@")) for card in cards.cards)
