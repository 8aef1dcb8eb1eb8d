"""The recogniser on drawn lines."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest

from digitizer.decoder import decode_greedy
from digitizer.errors import ReaderUnavailable
from digitizer.readers.base import Lattice
from digitizer.readers.onnx_recogniser import SECOND, OnnxRecogniser, batches, scale_line, stack, sureness, to_gray
from digitizer.readers.tesseract import read_words
from digitizer.settings import RecogniserSettings, TesseractSettings
from digitizer.training.prune import pruned_wheel

TEXTS = ("Python", "a", "Testing in the wild", "@sam_lee", "Board games", "Kubernetes for beginners and experts")


def drawn(text: str, scale: float = 2.0) -> np.ndarray:
    """A line of print HxWx3, tight to the ink."""
    (width, height), below = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 4)
    image = np.full((height + below + 8, width + 12, 3), (120, 220, 240), np.uint8)
    cv2.putText(image, text, (6, height + 4), cv2.FONT_HERSHEY_SIMPLEX, scale, (60, 30, 20), 4, cv2.LINE_AA)
    return image


@pytest.fixture(scope="module")
def recogniser() -> OnnxRecogniser:
    return OnnxRecogniser()


def test_reads_lines_in_the_order_given(recogniser: OnnxRecogniser) -> None:
    """Widths differ, so batches are sorted; answers are not."""
    lattices = recogniser.recognise([drawn(t) for t in TEXTS])
    assert [decode_greedy(x).text.replace(" ", "") for x in lattices] == [t.replace(" ", "") for t in TEXTS]


def test_latin_head_reads_as_the_full_one(tmp_path: Path) -> None:
    """The weights of the wheel, all 18,710 classes, give the same greedy path on Latin writing: training starts from nothing less."""
    onnx.save(pruned_wheel(), str(tmp_path / "pruned.onnx"))
    latin = OnnxRecogniser(tmp_path / "pruned.onnx")
    wheel = metadata.distribution("rapidocr").locate_file("rapidocr/models/PP-OCRv6_rec_small.onnx")
    full = onnxruntime.InferenceSession(str(wheel), providers=["CPUExecutionProvider"])
    alphabet = ("", *full.get_modelmeta().custom_metadata_map["character"].split("\n"), " ")
    for text in TEXTS:
        line = scale_line(to_gray(drawn(text)))
        best = full.run(None, {"x": stack([line], 0)})[0][0].argmax(axis=1)
        (pruned,) = latin.recognise_lines([line])
        steps = min(len(best), len(pruned))
        assert [alphabet[i] for i in best[:steps]] == [latin.alphabet[i] for i in pruned[:steps].argmax(axis=1)]


def test_gray_and_colour_read_alike(recogniser: OnnxRecogniser) -> None:
    """The network is given gray either way."""
    colour = drawn("Python")
    first, second = recogniser.recognise([colour, cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY)])
    assert np.allclose(first.log_probs, second.log_probs, atol=1e-4)


def test_a_line_reads_alike_alone_and_in_a_batch(recogniser: OnnxRecogniser) -> None:
    """Padding for a wider neighbour does not change what a line says."""
    alone = recogniser.recognise([drawn("Python")])[0]
    among = recogniser.recognise([drawn(t) for t in TEXTS])[0]
    assert decode_greedy(alone).text == decode_greedy(among).text
    assert alone.log_probs.shape == among.log_probs.shape


def test_lattices_are_log_probabilities(recogniser: OnnxRecogniser) -> None:
    """Each step sums to one; the blank comes first; the lattice is as long as the line is wide, and read-only."""
    lattice = recogniser.recognise([drawn("Testing in the wild")])[0]
    assert np.allclose(np.exp(lattice.log_probs).sum(axis=1), 1.0, atol=1e-3)
    assert lattice.alphabet[0] == ""
    assert {"@", "_", " ", "ä", "é", "ñ", "ß"} <= set(lattice.alphabet)
    assert not lattice.log_probs.flags.writeable


def test_no_lines_no_lattices(recogniser: OnnxRecogniser) -> None:
    """An empty card is no error."""
    assert recogniser.recognise([]) == []


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (200, 3), (48, 2)])
def test_slivers_do_no_harm(recogniser: OnnxRecogniser, shape: tuple[int, int]) -> None:
    """Crops of any shape give a lattice."""
    lattice = recogniser.recognise([np.full(shape, 128, np.uint8)])[0]
    assert lattice.log_probs.shape[1] == len(lattice.alphabet)


def test_batches_hold_each_line_once_and_like_widths() -> None:
    """No batch mixes a narrow line with one much wider, or grows beyond the limit."""
    settings = RecogniserSettings()
    widths = [int(w) for w in np.random.default_rng(1).integers(20, 900, 100)]
    found = list(batches(widths, settings))
    assert sorted(i for batch in found for i in batch) == list(range(100))
    for batch in found:
        inside = [max(widths[i], settings.least_width_px) for i in batch]
        assert len(batch) <= settings.batch
        assert max(inside) <= settings.width_spread * min(inside)


def test_lines_are_48_px_high_and_padded_with_zeros() -> None:
    """Zero is mid-gray once scaled to -1..1."""
    line = scale_line(to_gray(drawn("Python")))
    out = stack([line], line.shape[1] + 40)
    assert line.shape[0] == 48
    assert out.shape == (1, 3, 48, line.shape[1] + 40)
    assert not out[..., line.shape[1] :].any()
    assert out.min() >= -1
    assert out.max() <= 1


def test_missing_weights_are_told(tmp_path: Path) -> None:
    """The message names the file."""
    with pytest.raises(ReaderUnavailable, match=r"none\.onnx"):
        OnnxRecogniser(tmp_path / "none.onnx")


def test_tesseract_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the program: a clear error with a remedy."""
    monkeypatch.setattr("pytesseract.pytesseract.tesseract_cmd", "/nowhere/tesseract")
    with pytest.raises(ReaderUnavailable, match="apt install"):
        read_words(drawn("Room 1"))


def test_tesseract_that_hangs_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A stuck program is stopped after the timeout."""
    stuck = tmp_path / "tesseract"
    stuck.write_text("#!/bin/sh\ncase $1 in --version) echo tesseract 5.3.0;; *) exec sleep 30;; esac\n", encoding="utf-8")
    stuck.chmod(0o755)
    monkeypatch.setattr("pytesseract.pytesseract.tesseract_cmd", str(stuck))
    with pytest.raises(ReaderUnavailable, match="did not finish"):
        read_words(drawn("Room 1"), TesseractSettings(timeout_s=0.5))


def test_tesseract_reads_print(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Rows of the program's answer become words with boxes; empty rows and rows without confidence fall."""
    rows = "\t".join(
        ["level", "page_num", "block_num", "par_num", "line_num", "word_num", "left", "top", "width", "height", "conf", "text"]
    )
    answer = f"{rows}\n1\t1\t0\t0\t0\t0\t0\t0\t99\t40\t-1\t\n5\t1\t1\t1\t1\t1\t7\t8\t50\t20\t91\tRoom\n"
    program = tmp_path / "tesseract"
    (tmp_path / "answer.tsv").write_text(answer, encoding="utf-8")
    program.write_text(
        f'#!/bin/sh\ncase $1 in --version) echo tesseract 5.3.0;; *) cp {tmp_path}/answer.tsv "$2.tsv";; esac\n', encoding="utf-8"
    )
    program.chmod(0o755)
    monkeypatch.setattr("pytesseract.pytesseract.tesseract_cmd", str(program))
    (word,) = read_words(drawn("Room"))
    assert (word.text, word.box_px, word.confidence) == ("Room", (7, 8, 50, 20), pytest.approx(0.91))


def shrunk(text: str, height: int) -> np.ndarray:
    """A line of print of little height, in pixels: what a photo from afar holds."""
    line = drawn(text)
    return cv2.resize(line, (line.shape[1] * height // line.shape[0], height), interpolation=cv2.INTER_AREA)


def test_only_doubtful_lines_are_looked_at_again(recogniser: OnnxRecogniser) -> None:
    """A clear line has no further view; bare strokes side by side have three: by the second network, with room, stretched."""
    small = shrunk("rnmmrn ilIl1", 8)
    first, second = recogniser.recognise([drawn("Python"), small])
    assert first.views == ()
    assert sureness(second.log_probs) < recogniser.settings.sure
    assert len(second.views) == 3
    line = scale_line(to_gray(small))
    untrained = OnnxRecogniser(SECOND, second=None)
    assert np.allclose(second.views[0], untrained.recognise_lines([line])[0], atol=1e-4)
    assert not np.allclose(second.views[0], second.log_probs, atol=0.1)


def test_a_second_network_that_is_sure_of_the_same_settles_it(recogniser: OnnxRecogniser) -> None:
    """The first is in doubt and the second is not: no third look. Where the second doubts as well, or reads otherwise, there are three."""
    settled, doubted, otherwise = recogniser.recognise([shrunk("Rust in anger", 8), shrunk("Why Python?", 8), shrunk("il1", 8)])
    assert all(sureness(line.log_probs) < recogniser.settings.sure for line in (settled, doubted, otherwise))
    assert [len(line.views) for line in (settled, doubted, otherwise)] == [1, 3, 3]
    said = [decode_greedy(Lattice(view, settled.alphabet)).text for view in (settled.log_probs, *settled.views)]
    assert said == ["Rust in anger"] * 2
    assert sureness(doubted.views[0]) < recogniser.settings.sure
    assert decode_greedy(Lattice(doubted.views[0], doubted.alphabet)).text == decode_greedy(doubted).text


def test_without_a_second_network_a_doubtful_line_has_two_more_looks() -> None:
    """With room and stretched, by the only one there is."""
    alone = OnnxRecogniser(second=None)
    (line,) = alone.recognise([shrunk("Rust in anger", 8)])
    assert len(line.views) == 2


def test_both_networks_name_their_classes_alike(recogniser: OnnxRecogniser) -> None:
    """Their views of a line are weighed together, class by class; a network with other classes is refused."""
    assert OnnxRecogniser(SECOND, second=None).alphabet == recogniser.alphabet


def test_a_second_network_with_other_classes_is_refused(tmp_path: Path) -> None:
    """Its views would be read as other letters."""
    model = onnx.load(str(SECOND))
    characters = next(prop for prop in model.metadata_props if prop.key == "character")
    characters.value = characters.value[::-1]
    onnx.save(model, str(tmp_path / "other.onnx"))
    with pytest.raises(ReaderUnavailable, match=r"other\.onnx.*classes"):
        OnnxRecogniser(second=tmp_path / "other.onnx")
