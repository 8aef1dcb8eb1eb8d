"""Lines that the recogniser is trained on, how trained weights come into it, and how it is put into whole numbers."""

from itertools import islice
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from digitizer.decoder import decode_greedy
from digitizer.readers.onnx_recogniser import HEIGHT_PX, MODEL, SECOND, OnnxRecogniser
from digitizer.scoring.cardset import CardSet
from digitizer.scoring.cases import find_cases
from digitizer.training.blend import SINGLE, blend, floats
from digitizer.training.handwriting import load_fonts
from digitizer.training.judged import drawn
from digitizer.training.lines import SILENT, WIDEST_PX, Lines, has_one_case
from digitizer.training.pointwise import find_pairs, without_identities
from digitizer.training.prune import pruned_wheel
from digitizer.training.quantise import quantise
from digitizer.training.rounding import LARGEST_WEIGHT, best_scale, round_weights
from digitizer.training.unseen import write_set

FONTS = Path(__file__).parent.parent / "digitizer" / "kit" / "fonts"


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
    model = onnx.load(str(SINGLE))
    here = floats(model)
    name = max(here, key=lambda n: here[n].size)
    goal = {name: here[name] + 1}
    out = blend(model, goal, share)
    there = floats(out)
    assert np.allclose(there[name], here[name] + share, atol=2e-3)  # half precision near 1
    assert all(np.array_equal(there[n], here[n]) for n in here if n != name)
    assert [t.data_type for t in out.graph.initializer] == [t.data_type for t in model.graph.initializer]


def test_blending_leaves_its_source_alone():
    """A model is a value: the same source can be blended again with another share."""
    model = onnx.load(str(SINGLE))
    before = model.SerializeToString()
    blend(model, {name: array * 0 for name, array in floats(model).items()}, 1.0)
    assert model.SerializeToString() == before


def test_cards_in_unseen_hands_are_written_as_a_set_that_score_reads(tmp_path):
    """Each picture lies beside its title, and the set is found as one of cards."""
    count = write_set(drawn(4, load_fonts(FONTS), seed=3), tmp_path / "unseen")
    (cards,) = find_cases(tmp_path)
    assert isinstance(cards, CardSet)
    assert len(cards.cards) == len(cards.pictures) == count == 4
    assert all(card["title"] and (card["handle"] is None or card["handle"].startswith("@")) for card in cards.cards)


def test_rounding_keeps_nought_and_moves_nothing_in_range_by_more_than_half_a_step():
    """Padding is nought and must stay so; what is cut off is a value in a thousand, for finer steps of the others."""
    values = np.random.default_rng(1).normal(0.5, 1, (4000, 8)).astype(np.float32)
    scale = best_scale(values)
    moved = np.abs(scale.rounded(values) - values)
    assert scale.rounded(np.zeros(1, np.float32))[0] == 0
    assert np.quantile(moved, 0.99) <= 0.501 * scale.step
    assert scale.step < 0.97 * (values.max() - values.min()) / 255


def test_rounded_weights_err_less_than_the_nearest_whole_numbers():
    """Inputs go together, so that one weight makes up for another; none grows beyond what 16 bits allow."""
    rng = np.random.default_rng(2)
    inputs = (rng.normal(0, 1, (2000, 6)) @ rng.normal(0, 1, (6, 24))).astype(np.float32)
    weights, scale = rng.normal(0, 1, (10, 24)).astype(np.float32), best_scale(inputs)
    whole, steps = round_weights(weights, inputs, scale)
    nearest = np.round(weights.T / steps).clip(-LARGEST_WEIGHT, LARGEST_WEIGHT)
    ours, plain = (np.square(scale.rounded(inputs) @ (w * steps) - inputs @ weights.T).mean() for w in (whole, nearest))
    assert ours < 0.75 * plain
    assert np.abs(whole.astype(int)).max() <= LARGEST_WEIGHT


@pytest.fixture(scope="module")
def whole(lines):
    return quantise(onnx.load(str(SINGLE)), [line.image for line in lines[:40]])


def test_all_pairs_are_put_into_whole_numbers_and_their_source_stays(whole, lines):
    """Thirteen pairs, no GELU left in single precision, nothing stored that is not read; the same lines give the same file."""
    model = onnx.load(str(SINGLE))
    before = model.SerializeToString()
    assert quantise(model, [line.image for line in lines[:40]]).SerializeToString() == whole.SerializeToString()
    assert model.SerializeToString() == before
    operators = [node.op_type for node in whole.graph.node]
    assert len(find_pairs(without_identities(model))) == 13
    assert operators.count("MatMulIntegerToFloat") == 26
    assert "Erf" not in operators
    read = {name for node in whole.graph.node for name in node.input}
    assert {tensor.name for tensor in whole.graph.initializer} <= read


def test_whole_numbers_read_what_single_precision_reads(whole, lines, tmp_path):
    """Nine lines in ten letter for letter: the others stand on an edge that a little noise moves too."""
    onnx.save(whole, str(tmp_path / "whole.onnx"))
    images = [line.image for line in lines[40:]]
    ours, theirs = ([decode_greedy(x).text for x in OnnxRecogniser(path).glance(images)] for path in (tmp_path / "whole.onnx", SINGLE))
    assert sum(a == b for a, b in zip(ours, theirs, strict=True)) > 0.85 * len(images)


@pytest.mark.parametrize(("name", "made_from"), [(MODEL, lambda: onnx.load(str(SINGLE))), (SECOND, pruned_wheel)], ids=["first", "second"])
def test_what_ships_is_in_whole_numbers_with_the_alphabet_of_its_source(name, made_from):
    """The files of the package were made from the one beside the training code and from the wheel's, and say so."""
    shipped, source = onnx.load(str(name)), made_from()
    told, known = ({prop.key: prop.value for prop in model.metadata_props} for model in (shipped, source))
    assert told["character"] == known["character"]
    assert told["notice"].startswith(known["notice"])
    weights = [numpy_helper.to_array(t) for t in shipped.graph.initializer if t.name.endswith(".weights")]
    assert len(weights) == 26
    assert all(w.dtype == np.int8 and np.abs(w.astype(int)).max() <= LARGEST_WEIGHT for w in weights)
