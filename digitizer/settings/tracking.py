"""Thresholds of telling what became of each card from one look to the next."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ReconcileSettings:
    """When a card of a look is a known entry, and when an entry is gone."""

    looks_to_vanish: int = 3
    """Photos in a row that must show a place without its card. A finder that misses a card in one look of 200 misses it twice running
    once in a day of 14 cards, three times once in two hundred days. While somebody stands anywhere before the board each such look
    counts a quarter: the card may be in a hand, or hang behind that person."""

    outside_looks: int = 4
    """The same outside the grid, where nothing tells whether a person covers the place."""

    changed_looks: int = 2
    """Looks in which a card's picture must differ before the difference counts: one may be a shadow."""

    young_s: float = 300.0
    """Seconds in which a card that seemed new may turn out to be one that was lost before: ten looks, one of which will be a good one."""

    mass_share: float = 0.5
    """Missing share of a board's cards from which a photo is doubted rather than the board: another board, lights out, a wrong pose."""

    mass_least: int = 3
    """Missing cards from which a photo can be doubted: a board of two may well be cleared at once."""

    mass_looks: int = 6
    """Photos in a row that must show such a change before it is believed: three minutes of a camera that looks every 30 s."""

    shift_scatter: float = 0.03
    """Scatter, in cells, of the shifts of cards below which they moved as one: the pose did it. A hand re-hangs to 0.1 at best."""

    sure_picture: float = 0.12
    """Share of fingerprint bits that may differ for a picture to be the same whatever is read on it: the median of a card cut out
    twice with its edges off by 1.5 %; no two cards of 55,000 pairs came so near."""

    moved_picture: float = 0.20
    """The same for a card found elsewhere on the board: 85 % of cards cut out with edges off by 2 %, 1 in 5,000 pairs of strangers."""

    near_picture: float = 0.26
    """The same for a card found within ``near_place``: 92 % of the former, 1 in 1,000 of the latter."""

    changed_picture: float = 0.30
    """Share of bits from which a picture has changed: 95 % of the former, 1 in 100 of the latter; strangers differ in 0.4 in the median."""

    in_place: float = 0.5
    """Card sides between two centres within which two cards would cover each other: it is the same place."""

    near_place: float = 1.5
    """Card sides within which a card is straightened, re-pinned or shifted by a bump of the camera."""

    same_words: float = 0.85
    """Share of letters in common of two readings of the same title: one letter in seven misread."""

    like_words: float = 0.6
    """The same when the place or the picture agrees as well."""

    unlike_words: float = 0.35
    """Unrelated titles share fewer letters than this."""

    trusted: float = 0.5
    """Confidence of both readings from which words alone can join or part two cards."""

    sure_words: float = 0.85
    """Confidence of a title from which a new card is shown that is flagged for what stands beside it alone; others wait."""

    covered: float = 0.6
    """Visible share of a card below which neither its picture nor its words are believed."""

    border: float = 0.08
    """Share of a cell by which a card must pass a line before it counts as moved: jitter of a pose must not move cards that hang on it."""

    hidden_by_card: float = 0.12
    """Share of a card over which another hangs from which its absence is no evidence: the finder may miss what is left."""

    touched: float = 0.05
    """Share of a card's place that a card or a person takes from which what shows of it may be a part; less is jitter of outlines."""

    taken_over: float = 0.75
    """Share of a card's place from which another card there has taken it, rather than hanging over a part of it."""

    grown: float = 1.08
    """Area of an outline, over the card's that hung there, from which it may hold that card and another: four times the jitter."""

    same_corner_mm: float = 5.0
    """Distance within which a corner is where it was: twice the median jitter of an outline; a hand pins to 10 mm at best."""

    part: float = 0.8
    """Area of an outline, over the card's, below which it is only a part of the card where something hangs or stands over it."""

    whole: float = 0.93
    """Share of its area, and of its letters, from which a card that looks as it did is whole, whatever seems to hang over it."""

    in_part: float = 0.85
    """Share by which a new card counts as seen where an older one hangs over it: enough to be read, too little to be taken for whole."""

    finer: float = 1.3
    """How many times over a look must carry more detail than another for its reading to outrank the other's: measured again, the blur of
    one camera differs by a tenth; from 1.3 on a line has two pixels more for every six."""

    late_s: float = 900.0
    """Seconds for which a photo of a part of the board may come too late and still tell what known cards say: a walk along the board and
    a slow upload, while a camera looks on."""

    worse_view: float = 0.1
    """Share of a card by which a look may show less of it than the best one and still speak for its words."""

    near_hidden: float = 0.15
    """Share of a cell; a card whose centre is nearer to a hidden cell may be covered too."""

    same_outline: float = 0.7
    """Shared by covered area of two outlines of one card, each off by 5 % of its side; a small card on a large one shares half."""

    vote_fade: float = 0.85
    """What a look leaves of the weight of wordings it does not support."""

    vote_cap: float = 2.7
    """Most weight one wording gathers: three sure looks, so that a card that is edited is believed at its third look."""

    take_over: float = 1.5
    """Weight by which another wording must surpass the published one: less and two equal readings would flicker."""

    surer: float = 0.15
    """Confidence by which a single reading must surpass the published one to replace it at once, unless clearly more looks hold that."""

    absent: float = 0.3
    """Confidence of a look that finds no handle or host on a card: lines are lost more often than invented."""

    second_opinion: float = 0.5
    """Confidence with which a second opinion votes, where it may: a coin's toss, since nobody measured the model that was asked."""

    contested: float = 0.6
    """Weight of the runner-up, as a share of the winner's, from which a person should look."""
