"""Channels of a layer are taken out so that those which stay answer for all."""

import numpy as np
import pytest

from digitizer.training.surgeon import take_out


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def power_of(inputs):
    """H'H with a last channel of ones, as the layer's bias wants it."""
    whole = np.hstack([inputs, np.ones((len(inputs), 1))])
    return whole.T @ whole


def error(inputs, weights, solved):
    """Share of the answer's power that is lost."""
    whole = np.hstack([inputs, np.ones((len(inputs), 1))])
    wanted = whole @ weights.T
    return np.sum((wanted - whole @ solved.T) ** 2) / np.sum(wanted**2)


def with_bias(weights):
    return np.hstack([weights, np.zeros((len(weights), 1))])


def test_channels_that_others_can_say_go_without_loss(rng):
    """Of eight channels, four are mixtures of the other four and a constant: any four that span them answer for all."""
    free = rng.normal(0, 1, (500, 4))
    inputs = np.hstack([free, free @ rng.normal(0, 1, (4, 4)) + rng.normal(0, 1, 4)])
    weights = with_bias(rng.normal(0, 1, (3, 8)))
    keep, solved = take_out(weights, power_of(inputs), 4)
    assert len(keep) == 4
    assert error(inputs, weights, solved) < 1e-3


def test_what_went_has_no_weight_and_what_stays_is_told(rng):
    """Columns that are not kept are zero, so that the slim layer may leave them out."""
    inputs, weights = rng.normal(0, 1, (200, 10)), with_bias(rng.normal(0, 1, (5, 10)))
    keep, solved = take_out(weights, power_of(inputs), 6)
    gone = np.setdiff1d(np.arange(10), keep)
    assert len(keep) == 6
    assert not solved[:, gone].any()
    assert solved[:, keep].all()


def test_a_channel_that_says_nothing_goes_first(rng):
    """One that is hardly ever active, and one that nobody listens to."""
    inputs, weights = rng.normal(0, 1, (300, 6)), rng.normal(0, 1, (4, 6))
    inputs[:, 1] *= 1e-3
    weights[:, 4] = 0
    keep, _ = take_out(with_bias(weights), power_of(inputs), 4)
    assert set(keep) == {0, 2, 3, 5}


def test_the_others_answer_better_than_if_channels_were_only_left_out(rng):
    """Inputs that hang together: solving anew loses less than half of what cutting loses."""
    inputs = rng.normal(0, 1, (400, 12)) @ rng.normal(0, 1, (12, 12))
    weights = with_bias(rng.normal(0, 1, (6, 12)))
    keep, solved = take_out(weights, power_of(inputs), 8)
    cut = np.zeros_like(weights)
    cut[:, keep] = weights[:, keep]
    assert error(inputs, weights, solved) < 0.5 * error(inputs, weights, cut)


def test_keeping_all_changes_nothing(rng):
    """No channel gone, no weight changed."""
    inputs, weights = rng.normal(0, 1, (100, 5)), with_bias(rng.normal(0, 1, (2, 5)))
    keep, solved = take_out(weights, power_of(inputs), 5)
    assert list(keep) == [0, 1, 2, 3, 4]
    assert np.array_equal(solved, weights)
