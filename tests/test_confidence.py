"""Evidence and what is made of it: more doubt in what was read must never make a reading surer."""

import json
import runpy
import xml.etree.ElementTree as Xml
from pathlib import Path

import numpy as np
import pytest
from lattices import spelled

from digitizer import confidence
from digitizer.confidence import LineEvidence, SheetEvidence, handle_features, none_features, probability, spacing, title_features
from digitizer.decoder import Hypothesis
from digitizer.training import logistic
from digitizer.training.confidence import left_out, outcomes, rescaled
from digitizer.training.judged import Judged

ROOT = Path(__file__).parents[1]
BOX = (10, 10, 200, 36)


def line(*options: tuple[str, float], plain: str | None = None, words: float = 1.0, steps=None, box=BOX) -> LineEvidence:
    """A line whose readings have these posteriors; read plainly as the first of them unless told otherwise."""
    found = [Hypothesis(text, -1.0, share, words, -0.05 * len(text)) for text, share in options]
    lattice = spelled(options[0][0]) if steps is None else steps
    return LineEvidence(found, [options[0][0] if plain is None else plain], box, lattice.log_probs)


def title(evidence: LineEvidence, sheet: SheetEvidence | None = None) -> float:
    """Probability of a title on one line."""
    return probability("title", title_features([evidence], sheet or SheetEvidence()))


def test_readings_that_differ_in_case_count_together():
    """A title is right in any case."""
    assert line(("Genomics", 0.5), ("genomics", 0.45), ("Denomics", 0.05)).posterior == pytest.approx(0.95)


def test_a_rival_reading_makes_a_title_less_sure():
    """Two words nearly as likely."""
    assert title(line(("Ruby", 0.55), ("Rugy", 0.45))) < title(line(("Ruby", 0.99), ("Rugy", 0.01)))


def test_unknown_words_make_a_title_less_sure():
    """Nobody wrote "Boand gomes"."""
    assert title(line(("Board games", 0.9), words=0.0)) < title(line(("Board games", 0.9), words=1.0))


def test_ink_that_no_line_holds_makes_the_title_and_a_missing_handle_less_sure():
    """A line was lost: the title is not whole, or the handle is not there. Of a handle that is there it says nothing."""
    some, none = SheetEvidence(unread=0.5), SheetEvidence()
    handle = line(("@sam_codes", 0.95))
    assert title(line(("Board games", 0.9)), some) < title(line(("Board games", 0.9)), none)
    assert probability("none", none_features(0.95, -0.1, 2, some)) < probability("none", none_features(0.95, -0.1, 2, none))
    assert handle_features(handle, 0.9, 0.9, 1, some) == handle_features(handle, 0.9, 0.9, 1, none)


def test_a_line_at_the_edge_is_noticed():
    """The crop may have cut its first or last letter."""
    sheet = SheetEvidence(width_px=300)
    assert [sheet.cuts([(x, 50, 100, 30)]) for x in (0, 20, 200)] == [True, False, True]


def test_a_wide_gap_and_a_long_tail_are_measured():
    """Where a ``_`` stands that was not read."""
    even, gap, tail = (spelled(*steps) for steps in (("abcdef",), ("abc", {"": 1.0}, {"": 1.0}, "def"), ("abcdef", {"": 1.0}, {"": 1.0})))
    assert spacing(gap.log_probs)[0] > spacing(even.log_probs)[0]
    assert spacing(tail.log_probs)[1] > spacing(even.log_probs)[1]
    assert spacing(np.zeros((0, 5), np.float32)) == (pytest.approx(1 / 3), 0.0)


def test_the_stored_weights_fit_the_evidence():
    """Each field's weights name its evidence, no more and no less: whoever changes one must fit anew."""
    weights = json.loads(confidence.MODEL.read_text(encoding="utf-8"))["weights"]
    sheet, one = SheetEvidence(), line(("@sam", 0.9))
    assert set(weights["title"]) == set(title_features([one], sheet))
    assert set(weights["handle"]) == set(handle_features(one, 1.0, 1.0, 0, sheet))
    assert set(weights["none"]) == set(none_features(1.0, 0.0, 1, sheet))


def test_a_fit_finds_the_odds_it_was_drawn_from():
    """Probabilities of a known regression, in raw units, come back calibrated."""
    rng = np.random.default_rng(3)
    x = rng.normal(5.0, 2.0, 4000)
    right = rng.random(4000) < logistic.sigmoid(1.5 * (x - 5.0) + 0.5)
    weights = logistic.fit([({"bias": 1.0, "x": float(a)}, bool(b)) for a, b in zip(x, right, strict=True)])
    assert weights["x"] == pytest.approx(1.5, abs=0.15)
    p = np.array([logistic.predict(weights, {"bias": 1.0, "x": float(a)}) for a in x])
    assert all(abs(promised - came) < 0.05 for promised, came, _ in logistic.reliability(p, right))


def test_measures_of_probabilities():
    """Perfect order, none, and what must be flagged to let one in a hundred pass."""
    right = np.array([True] * 90 + [False] * 10)
    p = np.where(right, 0.9, 0.2)
    assert (logistic.auroc(p, right), logistic.auroc(p * 0, right)) == (1.0, 0.5)
    assert logistic.brier(right.astype(float), right) == 0.0
    assert logistic.flagged_for(p, right) == pytest.approx(0.09)


def test_the_diagram_is_that_of_the_stored_model():
    """``make reliability`` was run after the last fit."""
    made = runpy.run_path(str(ROOT / "docs" / "pictures" / "reliability.py"))
    stored = json.loads(confidence.MODEL.read_text(encoding="utf-8"))["reliability"]
    assert (ROOT / "docs" / "pictures" / "reliability.svg").read_text(encoding="utf-8") == made["drawing"](stored)
    Xml.fromstring(made["drawing"](stored))


def test_a_scale_repairs_what_is_sure_of_itself():
    """Weights from easy cards are too sure on hard ones: slope and offset bring their promises down, and keep their order."""
    rng = np.random.default_rng(4)
    x = rng.normal(0.0, 2.0, 3000)
    right = rng.random(3000) < logistic.sigmoid(0.5 * x - 1.0)
    samples = [({"bias": 1.0, "x": float(a)}, bool(b)) for a, b in zip(x, right, strict=True)]
    scaled = logistic.rescale({"bias": 0.0, "x": 1.0}, samples)
    assert scaled == pytest.approx({"bias": -1.0, "x": 0.5}, abs=0.15)


def test_no_group_is_checked_under_a_scale_that_was_fitted_to_it():
    """A photo that is read unlike all others must not be able to repair its own promises."""
    odd = [judged("odd", right=False)] * 20
    cards = [*[judged("one", right=True)] * 20, *[judged("two", right=True)] * 20, *odd]
    weights = {field: {"bias": 2.0} for field in ("title", "handle", "none")}
    promised, _ = left_out(weights, cards, odd)["title"]
    repaired, _ = outcomes(rescaled(weights, cards), odd)["title"]
    assert promised.min() > 0.85 > repaired.max()


def judged(group: str, right: bool) -> Judged:
    """A card about which nothing is known but what came of it."""
    return Judged({"bias": 1.0}, None, {"bias": 1.0}, right, right, group)
