"""Thresholds of reading a card: its lines, the recogniser, the decoders, the letters' shapes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RecogniserSettings:
    """How lines are put through the network."""

    threads: int = 2
    """Batches at a time, a core each; onnxruntime would take all there are and starve the web server beside it."""

    batch: int = 4
    """Lines a run, at most: 16 are no faster and take 75 MB more."""

    width_spread: float = 1.25
    """Widest by narrowest line of a batch: beyond it padding costs more than a run of its own."""

    least_width_px: int = 160
    """Narrower lines are padded to this. The trained weights read short words as well as at 240 (decision 29), for a sixth less time."""

    sure: float = 0.7
    """A line whose least certain character reaches this is not looked at again."""

    room: float = 0.08
    """Margin of a look with more room, share of the line's height."""

    stretch: float = 1.18
    """Width of a stretched look by that of the first."""


@dataclass(frozen=True)
class CombSettings:
    """How writing on topic cards is told from what is printed there. Lengths are mm of the card."""

    paper_mm: float = 7.0
    """Within this there is paper, whatever is written: a box is 7.4 mm wide."""
    ink: float = 0.4
    """How far toward the darkest of a comb's ink a pixel must go to be ink: less than half, since thin strokes are blurred."""
    ink_levels: tuple[float, float] = (0.6, 0.86)
    """Least and largest share of the paper's light below which a pixel is ink: noise of 2 % stays far above."""
    line_mm: float = 0.7
    """A box's own line and what a shaky cut of half a pixel leaves of it."""
    least_mm2: float = 0.5
    """Ink in a box that is written in: a short _ has 1, a stray dot 0.2."""
    low_mm: float = 1.8
    """Ink no taller is a ``_``: the smallest letters have 2.5 mm, the thickest pen 1.2."""
    thin_least: float = 0.03
    """How much darker than paper the row of a stroke must be that is no ink pixel by pixel, as a share of the paper's light: the palest
    pencils leave 0.052, rows of empty boxes 0.022 at the most."""
    thin_over_noise: float = 2.0
    """The same over the darkest row in the upper half of any empty box of the comb: chance has as many tries there."""
    thin_over_line: float = 1.5
    """How much darker than the printed line a stroke on it must be: printed in gray, lines stay."""
    thin_side_mm: float = 2.0
    """Kept off a box's sides for it: what reaches over from the boxes beside. The narrowest ``_`` has 2 mm."""
    thin_foot_mm: float = 1.2
    """How far off a box's foot its printed line tells, above and below. The words under the comb are 3 mm away."""
    room_mm: float = 0.4
    """White kept beside a sign."""
    least_height_mm: float = 6.0
    """A line of small letters only is given the height that it would have with tall ones: else an o is taken for an O."""
    gap: float = 0.5
    """White between two signs in the height of the line: wide enough that no sign's steps speak of the next."""
    stands_over: float = 0.5
    """Height of writing over a printed line, in steps from line to line, from which it may stand there: half of a row of capitals."""
    hangs_under: float = 0.6
    """The same under it, from which it is another row's: tails of large letters reach half a step."""
    foot_mm: float = 1.0
    """How far under a printed line two rows are parted: letters stand a little under it as often as above."""


@dataclass(frozen=True)
class LinesSettings:
    """How the lines of a card are found. Lengths in ``work`` pixels unless a share is named."""

    comb: CombSettings = CombSettings()
    work_px: int = 320
    """Longer side of a card while lines are sought: letters of a ten-line card still have 15 px, and a card takes 10 ms."""
    blur_px: float = 1.0
    """Sigma that takes sensor noise down without closing letters whose strokes are 3 px."""
    noise_sigmas: float = 4.5
    """Ink differs from paper by this many of the paper's own noises: one pixel in 10,000 passes by chance, alone, and is dropped."""
    local_share: float = 0.55
    """Share of the strongest ink nearby that counts as ink: just above the half that the edge of a blurred stroke has, so that letters
    of neighbouring lines come apart (0.33 and 0.45 left more of them joined, 0.65 broke thin pens)."""
    weak_share: float = 0.25
    """The same for ink that only adds to lines already found: thin strokes of a blurred photo keep a quarter of a thick one's strength.
    On drawn cards 0.2 and 0.3 read alike, 0.4 brings half as much."""
    most_skew_deg: float = 12.0
    """Residual turn of writing on an upright card; hands slope by up to 10 degrees."""
    margin: float = 0.06
    """Margin around the ink, share of the line's height; 0.25 cost five points of character error rate (shared reading notes)."""
    dearer_rows: float = 0.7
    """Cost over the best cut's up to which more rows are read too: as much as four lines cost for being there, or one line for being
    twice as tall as the others."""


@dataclass(frozen=True)
class LexiconSettings:
    """How often a word on a card comes from what is known of the event: shares of all words, each that of a source that knows much.

    A source of few texts speaks for fewer cards: of its share it gets n / (n + ``half``). Measured: docs/decisions/0016-event-words.md.
    """

    planned: float = 0.2
    """Announced sessions: each is expected to hang."""
    ideas: float = 0.2
    """What people said they might do: many of them hang, in these words or in others."""
    titles: float = 0.1
    """Earlier years' titles: the subjects come back, seldom the wording."""
    people: float = 0.05
    """Speakers and known people: one card in two carries a name, of ten words or so."""
    confirmed_titles: float = 0.05
    """What reviewers confirmed today: a series, an answer to another card; the card itself is not read again."""
    name: float = 0.01
    """The event's name."""
    half: float = 10.0
    """Texts from which a source gets half of its share: what a board of 30 to 60 cards takes from a list that short."""
    whole: float = 0.3
    """Of the cards of an event that lists many titles, those that carry one of them word for word."""
    like: float = 0.5
    """Likeness from which a known title is held against a card: two titles that share every second word reach it."""
    compared: int = 40
    """Titles that are compared in full, those with the most pairs of letters in common."""
    offered: int = 2
    """Known titles that are held against one card, and offered for one-tap correction."""


@dataclass(frozen=True)
class DecoderSettings:
    """How far lattices are searched, and what priors weigh against the picture. Tuned on drawn lines (digitizer/training)."""

    beam: int = 10
    """Texts kept at each step."""

    keep: int = 8
    """Texts answered, at most."""

    least_probability: float = 1e-3
    """Characters below this at a step are not tried."""

    least_share: float = 1e-5
    """Texts below this share of the best one's score are not begun."""

    candidates: int = 16
    """Characters tried at a step, at most: bounds the work on scribbles, where all are unlikely alike."""

    tried: int = 48
    """Longer texts that the prior is asked about at a step, at most; the likeliest before it."""

    lines_at_once: int = 128
    """Lines searched together: fewer waste array calls, more leave the processor's cache."""

    slipped: int = 3
    """Texts of a line whose best one has a word that no list holds, that are asked what they may have been written as. On 3,206 lines in
    unseen hands 1, 2 and 3 mend 31, 36 and 37 of 146 that were wrong, and spoil none."""

    lexicon_weight: float = 0.6
    """Exponent of the words' prior."""

    pair_weight: float = 0.75
    """Exponent of what neighbouring words lend one another."""

    pair_most: float = 5.0
    """Nats that a pair lends at most: beyond, counts are too small to tell more."""

    character_bonus: float = 1.4
    """Nats for each character: a prior alone would favour short texts."""


@dataclass(frozen=True)
class HandleSettings:
    """What the grammar of handles thinks of odd forms, in nats, and how far known handles are preferred."""

    search: DecoderSettings = DecoderSettings(least_probability=1e-3, beam=8)
    """How far the lattice is searched; lookalikes of ``@`` need rarer classes than titles do."""

    longest_line: int = 21
    """Signs of a plain reading above which a line without ``@`` and full stop is no handle: 16, and a few that are read twice."""

    like_at: float = 0.1
    """How often a sign in the lookalikes of ``@`` is one, where a handle begins."""

    log_no_at: float = -6.0
    """The ``@`` was not seen at all."""

    log_server: float = -3.0
    """A full stop or second ``@``: Mastodon and Bluesky names are rarer than a stray dot."""

    log_odd_underscore: float = -4.0
    """``_`` first, or twice: more often a gap than a sign."""

    log_long: float = -1.0
    """Each sign past Twitter's 15 of a name that only a server may still save."""

    known_share: float = 0.5
    """Of the handles on a board whose event lists known ones, those that are listed."""

    plainest: float = 7.5
    """Nats that even the likeliest handles cost: what a reading costs beyond that is all that another could gain."""

    words_weight: float = 0.4
    """Exponent of the prior of names and known handles: one wins where the picture nearly agrees."""

    boxed_weight: float = 0.2
    """The same, and for slips too, where each sign was seen in a box of its own: a digit there is meant as one, however it is spelled."""

    slips_weight: float = 0.25
    """The same for texts that the picture does not show, where a slip of the recogniser would explain them: they are many."""

    character_bonus: float = 1.0
    """Nats for each sign."""


@dataclass(frozen=True)
class GlyphSettings:
    """How far the shape of glyphs may change a handle."""

    most_changes: int = 4
    """Glyphs changed in one handle, at most: more speak for a line that was not read at all."""

    log_zero: float = -2.0
    """Natural log of how often what may be ``o`` or ``0`` is a zero: one in eight; drawn lines have both alike."""

    keep: int = 8
    """Texts answered, at most."""


@dataclass(frozen=True)
class TesseractSettings:
    """How Tesseract is run on a montage of printed labels."""

    timeout_s: float = 10.0
    """Labels take under 2 s; a stuck process must not stop a photo."""
    page_segmentation: int = 11
    """Sparse text in no order: labels stand apart."""
    language: str = "eng"
    """The one language that every package of Tesseract brings."""


@dataclass(frozen=True)
class ReadSettings:
    """How cards are read, and when a person should look at them."""

    lines: LinesSettings = LinesSettings()
    """How lines are found."""
    cards_a_run: int = 10
    """Cards whose lines are recognised in one run, beside finding those of the next: enough for batches of lines of like width."""
    reads_on: float = 0.3
    """Share of one cut's probability that another needs where it says the same and more: longer texts are less sure, and of 2,400 drawn
    cards eight were such; the shorter one was wrong on all."""
    turn_below: float = 0.15
    """Below this probability a title is looked at on its side and upside down too: one card in twenty."""
    legible: float = -0.25
    """Mean log probability a character from which a card is not given up as it hangs, and is read turned: the longest line alone reaches it
    on 97 of 100 cards of samples/ as they hang, and on 3 of 100 when they are turned."""
    turn_heights: float = 6.0
    """How much of the longest line is looked at, in its heights: two words are enough to tell writing from nonsense."""
    turned_least: float = 0.93
    """A turned reading must be all but sure: three more tries at hopeless writing reach 0.9 by chance, and few cards hang turned."""
    whole_though_cut: float = 0.5
    """Most that a title's probability may be where the picture cuts through a row of writing: 1 card in 100 looks so by chance, and two in
    five are known by it of the pictures that do, 1 in 200. And a handle's whose last sign stands on the picture's side: 17 of 1,200 drawn
    cards look so, on 7 of them it was cut."""
    least_probability: float = 0.85
    """A card goes to review below this: a wrong entry on the public page costs as much as seven needless looks (1 / (1 - 0.85))."""
    least_visible: float = 0.9
    """A card of which less shows goes to review, however surely that was read: behind a tenth of it a word may stand. Of 12 cards in drawn
    stacks of which less showed and that were read surely 5 were right."""


@dataclass(frozen=True)
class LabelSettings:
    """How labels around the grid are read and compared with event.toml."""

    reach_cells: float = 0.9
    """How far from the grid a label may stand, in mean cells; further out hang posters."""
    text_px: int = 40
    """Height at which a line is shown to Tesseract: capitals of 30 px are what it likes best."""
    lines: LinesSettings = LinesSettings(work_px=200)
    """How lines are found in a label's place: labels are large and short."""
    least_labels: int = 2
    """Labels that must disagree before anything is said: one may be misread."""
    least_strange: int = 3
    """Labels unlike any known before another board is suspected."""
    sure: float = 0.85
    """Tesseract's own confidence from which a strange label counts."""
    unlike: float = 0.7
    """Share of letters in common with a known label under which a label is strange: above, it may be that one misread."""
