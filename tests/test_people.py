"""Whether a line is somebody's name, by its picture."""

from __future__ import annotations

import math

import numpy as np
import pytest
from lattices import ALPHABET, spelled

from calibration.rig import readonly
from digitizer.decoder import likely_name
from digitizer.decoder.forward import log_probabilities
from digitizer.lexicon import first_names
from digitizer.readers.base import Lattice

NAMES = first_names()
A_NOR_O = {"a": 0.3, "o": 0.699}


@pytest.mark.parametrize("written", ["Anjali", "anjali", "ANJALI"])
def test_a_name_is_found_whatever_its_case(written):
    """And the picture bears it out."""
    found = likely_name(spelled(written), NAMES)
    assert found is not None
    assert found.text == "anjali"
    assert found.picture > -0.1
    assert found.prior == pytest.approx(-math.log(len([name for name in NAMES if set(name) <= set(ALPHABET)])))


def test_the_nearest_name_is_found_where_a_letter_was_misread():
    """``Olof``, its second o perhaps an a, is Olaf: names know that, the recogniser alone does not."""
    found = likely_name(spelled("Ol", A_NOR_O, "f"), NAMES)
    assert found is not None
    assert found.text == "olaf"
    assert found.picture == pytest.approx(math.log(0.3), abs=0.1)


def test_a_name_must_account_for_all_that_is_written():
    """The picture of another word leaves every name far behind, also those whose letters it has."""
    found = likely_name(spelled("kubernetes"), NAMES)
    assert found is not None
    assert found.picture < -20


def test_the_summed_up_name_is_the_best_of_all():
    """What the bounds leave foremost holds the name that a search through all of them finds."""
    rng = np.random.default_rng(3)
    names = sorted(name for name in NAMES if set(name) <= set(ALPHABET))
    for name in rng.choice(names, 12):
        steps = [{letter: 0.4, str(rng.choice(list("aeiourlnm"))): 0.5} for letter in name]
        lattice = spelled(*steps)
        found = likely_name(lattice, NAMES)
        assert found is not None
        assert found.picture >= log_probabilities([lattice.log_probs], [0] * len(names), names, ALPHABET).max() - 1e-6


def test_an_announced_host_is_preferred():
    """Where the picture leaves it open."""
    between = spelled("Mari", {"o": 0.51, "a": 0.489})
    alone, announced = likely_name(between, NAMES), likely_name(between, NAMES, frozenset({"maria"}))
    assert alone is not None
    assert announced is not None
    assert (alone.text, announced.text) == ("mario", "maria")


def test_without_names_or_picture_there_is_none():
    """No error."""
    assert likely_name(spelled("Anna"), frozenset()) is None
    assert likely_name(Lattice(readonly(np.zeros((0, len(ALPHABET)), np.float32)), ALPHABET), NAMES) is None
