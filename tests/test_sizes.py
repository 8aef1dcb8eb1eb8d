"""Sizes of cards: what others of a board have, and what is only cut off from them."""

import numpy as np
import pytest

from digitizer.cards.choose import Candidate, common_sizes
from digitizer.settings import SegmentSettings


def card(width: float, height: float) -> Candidate:
    """A rectangle of a size, px."""
    return Candidate(np.array([[0.0, 0], [width, 0], [width, height], [0, height]]), np.zeros(3), 1.0, np.ones(4), False)


WHOLE = [card(93, 96), card(92, 94), card(94, 95)] * 2


@pytest.mark.parametrize("cut", [(92.0, 81.0), (76.0, 95.0)])
def test_what_a_line_of_writing_cuts_off_is_no_size_of_cards(cut: tuple[float, float]) -> None:
    """Two square cards that end above their last line are alike, and square all the same: they are to be drawn out to that."""
    assert common_sizes([*WHOLE, card(*cut), card(cut[0] + 1, cut[1])], SegmentSettings()) == [(93, 95)]


@pytest.mark.parametrize("other", [(158.0, 95.0), (93.0, 128.0), (93.0, 70.0), (76.0, 80.0)])
def test_another_format_of_paper_is_a_size(other: tuple[float, float]) -> None:
    """Twice as broad, a third higher or lower, or smaller on both sides: people bring what they have."""
    assert common_sizes([*WHOLE, card(*other), card(*other)], SegmentSettings()) == [(93, 95), other]


def test_labels_of_a_format_near_that_of_the_cards_are_a_size() -> None:
    """What half of all sheets have is not cut off by chance."""
    assert common_sizes([*WHOLE, *[card(92, 81)] * 4], SegmentSettings()) == [(93, 95), (92, 81)]
