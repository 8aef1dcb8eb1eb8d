"""Thresholds of every stage: frozen, each with its unit and the reason for its value. One class a stage."""

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

    sure: float = 0.5
    """A line whose least certain character reaches this is not looked at again."""

    room: float = 0.08
    """Margin of the second look, share of the line's height."""

    stretch: float = 1.18
    """Width of the third look by that of the first."""


@dataclass(frozen=True)
class RefreshSettings:
    """When a look may take over from the last one."""

    look_px: int = 1008
    """Long side of the compared pictures: a stroke of 1 mm at 0.6 mm a pixel still covers half a pixel."""
    tile_px: int = 24
    """Side of a compared tile: about a quarter of a cell of a board that fills the picture."""
    texture_gray: float = 4.0
    """A tile with less spread than this is blank: sensor noise alone makes 1 to 2 after the shrinking."""
    tile_correlation: float = 0.9
    """Two tiles of the same thing under noise correlate above this; a shift of two pixels breaks it."""
    related_correlation: float = 0.5
    """Tiles above this show the same thing, shifted perhaps: the shift is measured on them."""
    agreement: float = 0.5
    """Half of the textured tiles may be hidden behind people before the view counts as another one."""
    shift_px: float = 1.0
    """In photo pixels: less than the width of a pen stroke, so that crops still match."""
    change_gray: float = 12.0
    """Gray levels of difference, high-passed and averaged over 3x3, that noise does not reach (5 sigma at sigma 7)."""
    crop_px: int = 96
    """Side to which two crops are shrunk for comparison: handwriting strokes stay two pixels wide."""
    crop_size_change: float = 0.06
    """Relative difference in size of two crops of one card: twice what edge jitter of 2 px on 70 px makes."""
    crop_change: float = 0.10
    """Share of the paper's brightness by which 3x3 pixels may differ beyond a pixel's jitter: a new stroke makes 0.2 and more."""


@dataclass(frozen=True)
class CaptureSettings:
    """What is accepted as a photo, and when a camera counts as failed."""

    max_megapixels: int = 100
    """Largest phone photos in use have 50; 100 leave room and stay within ``memory_mb`` at 4 bytes a pixel, twice."""
    max_file_mb: int = 100
    """A 50-megapixel photo as PNG; the web sets a tighter limit of its own."""
    memory_mb: int = 1500
    """Address space of the decoder: 100 megapixels decoded, turned and packed, and the interpreter."""
    decode_s: int = 20
    """Time to decode one file: 12 megapixels take 0.1 s, 100 take 2 s on a slow core."""
    least_side_px: int = 200
    """A single card needs 200 px across to be read: nothing smaller can show a board."""
    settle_s: float = 1.0
    """A file in a watched folder whose size and time stood still this long is taken to be written in full."""
    camera_s: float = 15.0
    """Time for a camera to give a frame: network cameras take up to 10 s to open a stream."""
    frames_a_look: int = 4
    """Their mean halves a sensor's noise; more would only make a look longer."""
    frame_gap_s: float = 0.1
    """Time between the frames of a look: 3 to 6 frames of a camera, so that a hand passing by does not cover them all alike."""
    burst_s: float = 1.5
    """Time for the frames after the first one: what is slower gives fewer."""
    still_ratio: float = 3.0
    """How much more a patch may differ between two frames than the quiet ones do: noise grows with the root of light, three times at
    most between a dark and a white patch. Ink that moved by half a pixel differs tenfold."""
    quiet_share: float = 0.1
    """Share of the patches that are taken for bare: wall, paper, floor. What differs there is noise, even where the camera shook."""
    still_gray: float = 2.0
    """Gray levels that a patch may differ in any case: an encoder's rounding, where there is no noise at all."""
    torn_share: float = 0.05
    """Share of the height that is filled in one colour, from the bottom, in a frame whose rest never came."""
    dark_gray: float = 16.0
    """Gray that nine tenths of a picture in the dark stay below: 0.2 % of a sensor's full scale, with its exposure as long as it goes."""
    blank_spread: float = 3.0
    """Spread of gray below which a picture without its noise shows nothing: a lens that is covered, a decoder's one colour."""
    stirred_gray: int = 2
    """Gray levels by which a sample must differ to count as another: one is an encoder's rounding."""
    stirred_share: float = 0.005
    """Share of samples that differ in any two looks of a live sensor: noise of half a gray level makes 5 %, a clock drawn over a
    frozen picture 0.05 %."""
    freeze_looks: int = 3
    """Looks in a row without such a difference that make a freeze."""
    back_off_s: tuple[float, ...] = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
    """Waits before a failed camera is opened again; the last one repeats. None is longer than the time between two looks."""
    least_back_off_s: float = 5.0
    """What the longest wait is at least: starting a process costs half a second of a core, which fast looks must not burn for days."""


@dataclass(frozen=True)
class RectifySettings:
    """How the board is seen square on."""

    margin_cells: float = 1.5
    """Mean cells around the grid that the sheet keeps: headers are rarely deeper than one, cards outside hang next to the grid."""
    density_quantile: float = 0.8
    """The sheet is as dense as this share of the grid is in the photo: writing keeps its pixels also on the near side of a tilted board."""
    max_share_of_photo: float = 1.0
    """Sheet pixels per photo pixel at most: memory and time stay those of the photo."""
    light_field_px: float = 220.0
    """Long side at which the light is fitted; light changes slowly, so more pixels bring only time."""
    light_bins: float = 0.12
    """Bin of the colour histogram, natural log: 12 %, about the fall-off of light within a cell or two."""
    rim_share: float = 0.06
    """Width of the rim of the grid, of the grid's size: some 0.3 of a cell of a five-column board."""
    rim_weight: int = 3
    """How often a sample of the rim counts where the board's colour is looked for."""
    light_scales: tuple[float, ...] = (0.2, 0.2, 0.15, 0.1, 0.08, 0.08)
    """Scales of the reweighting, natural log: from a whole room's fall-off down to a board's own texture."""
    light_damping: float = 0.002
    """Keeps slopes at rest where next to no board is seen."""
    chroma_weight: float = 3.0
    """Light changes in level, hardly in hue: a hue of 5 % off the board's tells as much as a level of 15 %."""
    chroma_damping: float = 0.2
    """Lets the hue of the light drift only where a great part of the board agrees (two kinds of lamps)."""
    max_light_gain: float = 2.0
    """More than a factor of two would amplify noise into texture."""
    min_light_samples: int = 200
    """Fewer samples do not hold up a quadratic."""


@dataclass(frozen=True)
class PartialSettings:
    """What of a photo of a part of a board counts as shown."""

    rim_mm: float = 8.0
    """A card nearer to the photo's rim may be cut by it: nine outlines in ten are found to 8 mm."""
    around_mm: float = 40.0
    """A place nearer to it is not missed: half a card, by which one may have been shifted over the rim."""


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
    room_mm: float = 0.4
    """White kept beside a sign."""
    least_height_mm: float = 6.0
    """A line of small letters only is given the height that it would have with tall ones: else an o is taken for an O."""
    gap: float = 0.5
    """White between two signs in the height of the line: wide enough that no sign's steps speak of the next."""


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
class MarkerSettings:
    """How markers of the kit are found, and what is concluded from them."""

    look_px: int = 2000
    """Long side at which they are looked for: a corner's module has 8 px there where the board fills the picture."""
    error_correction: float = 0.2
    """Share of the bits that a code could correct: one bit of 36. With OpenCV's 0.6 one chance quad in 4,000 passes for a marker."""
    least_perimeter: float = 0.02
    """Least outline of a marker over the photo's long side: 10 px a side at ``look_px``, one module a pixel."""
    reach: float = 0.06
    """Half the width of the band in which a side is followed, as a share of the side: half a module, so that no bit comes into view."""
    corner_share: float = 0.12
    """Share of a side left out at either end: one module, where the other side's blur reaches."""
    least_corners: int = 2
    """Corners without which nothing is concluded: one tells the board, but neither its size nor how straight it hangs."""
    tile_mm: float = 1.0
    """How far a tile's inner corner hangs from the grid's: the width of a drawn line."""
    tile_turn_mm: float = 2.2
    """How far a tile's other corners are off then, at a turn of one degree."""
    strip_mm: float = 5.0
    """How far a strip stands from the middle of its column: judged by eye on 150 mm."""
    most_doubt: float = 0.12
    """Standard deviation of the grid's worst corner, in cells: an eighth moves the middle of one card in a hundred across a line."""
    most_turn_deg: float = 20.0
    """A tile turned by more hangs wrongly, or is another corner's."""
    uneven_cells: float = 0.12
    """A strip this far off its even place, in cells, is no slip of the hand: columns differ on purpose."""
    least_cell: float = 0.3
    """Narrowest column in mean columns: half of a narrow one on real boards."""


@dataclass(frozen=True)
class PrintedSettings:
    """How papers of the kit are found on a sheet."""

    markers: MarkerSettings = MarkerSettings(look_px=5000, error_correction=0.0, least_perimeter=0.012)
    """At full density, since a card's marker is a fifth of a corner's; no bit is corrected: of 25, one quad in 8,000 passes as it is."""
    disc_reach_mm: float = 4.0
    """How far a disc may be from where the marker alone puts it: two degrees on 125 mm."""
    disc_ring_mm: float = 2.6
    """Outer radius of the white ring that a disc stands in."""
    disc_px_per_mm: float = 4.0
    """Density at which discs are looked for: a quarter of a millimetre is a third of a pixel of a sheet at 0.8 mm."""
    least_disc: float = 0.6
    """Correlation with an ideal disc; letters and lines stay below 0.5."""


@dataclass(frozen=True)
class LocateSettings:
    """How the board's plane and grid are found. Lengths without a unit are shares of the photo's long side."""

    markers: MarkerSettings = MarkerSettings()
    work_px: int = 1600
    """Long side at which lines are looked for: a line of 3 px in 12 megapixels still covers one."""
    edge_px: int = 1000
    """Long side at which straight edges are looked for: they only tell directions."""
    max_segments: int = 600
    """Longest edges kept: a full board has about 400 of ten pixels and more."""
    min_segment: float = 0.015
    """Shorter edges tell no direction: half a pixel at each end turns 15 px by four degrees."""
    max_slope_deg: float = 52.0
    """A photo taken upright shows horizontals below this slope, even from 50 degrees aside; the overlap with verticals is harmless."""
    vanishing_trials: int = 1500
    """Pairs tried: with one edge in ten on the board's lines the chance to miss all good pairs is below one in a million."""
    aim_deg: float = 2.0
    """Aim within this counts: lens distortion bends a board's lines by one to two degrees."""
    min_depth: float = 0.2
    """Parts of the plane more than five times as far as its middle are left out: nothing can be read there."""
    plane_oversampling: float = 1.0
    """Plane pixels per work pixel at the middle."""
    plane_px: int = 1500
    """Long side of the plane picture at most: bounds time."""
    strips: int = 96
    """Strips along which the plane is averaged before lines are looked for: about seven a cell on a board of 12 rows."""
    bend: float = 0.0035
    """Share of the plane by which a line may stray from straight: waves of a hand, what is left of lens distortion."""
    line_widths_px: tuple[int, ...] = (2, 4, 8, 16, 28)
    """Octaves from a hairline to a strip of 4 cm on a board of 2 m."""
    least_contrast: float = 2.5
    """Lab units: a line that is just visible (2.3 is a just noticeable difference)."""
    noise_factor: float = 3.0
    """Contrast over the median contrast of the surface's own grain: letters and lines stand out of cork from here on."""
    peak_over_median: float = 2.5
    """Height of a line's peak over the profile's median."""
    min_strips: float = 5.0
    """Strips that must agree for a candidate: less than one cell's height is no line of a grid."""
    min_gap: float = 0.012
    """Share of the plane between two candidates: a third of the narrowest column of a board of 14."""
    max_lines: int = 48
    """Candidates kept: twice the lines of the largest board, frame and poster included."""
    max_grid_lines: int = 26
    """Candidates of one colour that may be lines of the grid: those of the largest board and its frame come first."""
    least_weight: float = 0.15
    """Share of a typical line's support below which a candidate is none: that much stays in sight behind a person."""
    max_weight: float = 1.2
    """A frame is seen along more of the plane than a line; that must not outweigh regularity."""
    skip_cost: float = 0.5
    """Cost, in lines, of a line passed over inside a cell: it speaks against the spacing."""
    miss_cost: float = 0.45
    """Cost, in lines, of one that is not seen."""
    uneven: float = 0.15
    """Usual spread (natural log) of widths on one board drawn by hand."""
    uneven_cost: float = 0.1
    """Cost, in lines, of one such spread, squared up to four."""
    max_uneven: float = 0.6
    """Cells beyond 1.8 times or below 0.55 of the usual are no cells of one grid."""
    header_cells: tuple[float, float] = (0.3, 1.9)
    """Width of a header column (height of a header row) in cells."""
    min_lines_share: float = 0.5
    """Half of the lines must be seen: a person covers a third at most without hiding the schedule."""
    sequences_kept: int = 4
    """Best sequences of each kind that are weighed against those of the other axis."""
    ends_tried: int = 6
    """Ends of a sequence tried for each spacing: frame, header and last line compete."""
    coarse: int = 2
    """Plane pixels per pixel of the map of what is not bare board: a thin pen's digits must still show."""
    foreign_lab: float = 7.0
    """Lab units from the bare board's colour at which something lies or is written there: three just noticeable differences."""
    foreign_spreads: float = 4.0
    """The same in spreads of the bare board's own grain."""
    busy_share: float = 0.02
    """Share of a header cell that a label covers at least: three digits of a thin pen cover 3 %."""
    line_worth: float = 0.3
    """Support from which a line speaks for a grid rather than against it."""
    beyond_cost: float = 0.6
    """Cost of a line that runs on past the grid, as those of a frame do."""
    bare_cost: float = 0.5
    """Cost of a stretch of bare board where a line should be, against the worth of one where it is."""
    label_worth: float = 1.0
    """Worth, in lines, of a whole header row or column of labels."""
    even: float = 0.03
    """Least spread (natural log) of widths that a board is held to: ruled by eye, seen through what is left of the lens."""
    half_headed_cost: float = 0.4
    """Cost, in lines, of header lines on one axis only: people draw both or none."""
    turns_kept: int = 8
    """Sequences of one axis for which the other is solved again."""
    width_change: float = 0.3
    """A line looks this much wider or narrower where a card or a shadow lies on its edge; such points are left out."""
    least_support: float = 0.55
    """Mean share of the lines in view: a person before a third of the board and cards on a third of the lines leave this much."""
    least_axis_support: float = 0.45
    """The same for the weaker of the two axes."""
    least_lines_seen: float = 0.75
    """Share of the lines of which a quarter is in view."""
    lens_errors: float = 9.0
    """Standard errors from which a bend is the lens's: the waves of a hand are alike along a line and make three of them."""
    even_wobble: float = 0.03
    """Lines off their even place by less than this share of a cell were meant to be even: rulers and eyes waver by 1 to 2 %."""
    worth_trying: float = 2.5
    """Sequences this many lines behind the best cannot win: the other axis and the labels are worth less."""
    plain_support: float = 0.8
    """Mean support from which lines of other colours need not be tried."""
    last_cost: float = 0.7
    """Cost, in lines, of headers to the right or below: rare on the boards studied."""
    bright: float = 200.0
    """Level to which the light parts of a dim photo are raised: contrasts in Lab then mean the same in any light."""
    max_gain: float = 5.0
    """More gain would make lines of noise."""
    sheet_core: float = 0.022
    """Share of the plane's long side that a sheet of paper covers both ways: the strokes of marked labels are half as wide."""
    letter: float = 0.008
    """Share of the plane's long side from which a speck counts as a letter."""
    long_line: float = 0.2
    """Share of the plane along which a drawn line goes on unbroken somewhere; a stack of labels does not."""
    letter_spacings: tuple[float, ...] = (0.3, 0.6, 1.0)
    """Gaps, in heights of a letter, below which letters make a word: handwriting is tight, printed capitals are wide."""
    label_stray: float = 0.6
    """How far a label may hang off its row, in its own height."""
    outside_strain: float = 0.5
    """Strain of as many things beside the grid as in it."""
    most_strain: float = 0.75
    """Unevenness of labels beyond which they are none: sticky notes put up by eye have 0.3 to 0.6."""
    strain_worth: float = 2.0
    """Lines that a unit of strain is worth, where the lead over the next choice is told."""
    hollow_cost: float = 2.0
    """Cost, in lines, of bare board where all lines should cross the header or an outer cell: a frame stands alone."""
    least_worth: float = 0.7
    """Score over lines: a person before a third of the board leaves 0.8, half a board and another board's grid reach 0.65."""
    most_flawed: float = 0.5
    """Share of bare board in an outer cell or along an inner line, or of lines that run on past the grid: half is a contradiction."""
    idle_cost: float = 1.0
    """Cost of a line of the grid's colour within the grid that belongs to no cell, against the worth of one that does."""
    most_idle: float = 0.88
    """Support of such a line from which it is a contradiction: a row of labels or cards makes up to 0.8 of a line."""
    least_inside: float = 0.95
    """Share of the grid that must lie in the photo: half a board is no board."""
    clear_lead: float = 0.5
    """Lead over the next other grid, in lines, below which a person is asked to look: half the worth of a line."""
    least_labels: float = 0.75
    """Share of the header places with something there below which a person is asked to look."""
    least_strain_lead: float = 0.4
    """Strain by which the next other choice of labels must be worse: one label more or fewer makes 0.05 to 0.2."""
    fit_points: int = 1000
    """Points on lines that are fitted, about: waves make neighbours alike, so more tell nothing."""
    most_blur: float = 0.02
    """Standard deviation of the blur over a column's width: 4 mm where a column is 20 cm, half the distance of a marker's strokes."""


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

    lexicon_weight: float = 0.6
    """Exponent of the words' prior."""

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

    words_weight: float = 0.2
    """Exponent of the prior of words and known handles: one wins where the picture nearly agrees."""

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
class SegmentSettings:
    """How cards are told from board, lines, labels and people. Lengths are shares of the mean cell unless a unit is named."""

    printed: PrintedSettings = PrintedSettings()
    cell_px: float = 160.0
    """Side of a mean cell at working size: a card's edge is then some 60 px, its shadow 2 to 4 px, a stroke of ink 2 px."""
    paper_level: float = 235.0
    """Level out of 255 to which the brightest paper of a dim photo is raised before edges are judged."""
    max_gain: float = 3.0
    """More would raise noise over the slope of faint edges."""
    smooth_px: float = 1.2
    """Gaussian at working size: takes out sensor noise, keeps a stroke."""
    flat_slopes: tuple[float, ...] = (1.5, 4.0)
    """Lab units a pixel under which paper counts as flat, one after the other: sensor noise stays under 1, and a card's edge on paper of
    its colour makes 2; small photos, grain and vote dots make 3, a card's edge on a board of another colour 5 and more."""
    texture_share: float = 0.02
    """Gaussian over which a board's texture (cork, felt) is averaged before its colour is compared."""
    board_bins_lab: tuple[float, float, float] = (6.0, 4.0, 4.0)
    """Histogram bins in which the board's most frequent colour is looked for."""
    board_seeds: int = 6
    """Fullest bins that are tried as the board's: more than a board in uneven light and two people before it fill."""
    board_reach_lab: tuple[float, float, float] = (12.0, 6.0, 6.0)
    """First reach around that colour: light varies more than hue."""
    board_floor_lab: tuple[float, float, float] = (3.0, 1.6, 1.6)
    """Least spread of a blank board: an even white one with JPEG noise."""
    off_board: float = 3.5
    """Board spreads from which a pixel is something else: one in a thousand of a normal spread in three channels."""
    min_zone: float = 0.02
    """Least area of a zone, of a cell's: a half-covered 76 mm note in the widest cells seen is 0.04."""
    max_card: float = 2.5
    """Longest side of a card: a letter sheet in narrow cells spans two."""
    grow: float = 0.6
    """How far paper of one colour is followed across its writing: most of a card."""
    same_paper_lab: float = 10.0
    """Lab distance within one sheet of paper: shading and curl change it by up to 8, the next neon colour differs by 30."""
    hued_lab: float = 20.0
    """Chroma from which paper is known by its hue in the shade: neon and pastel notes have 25 and more, white 10."""
    deepest_shade: float = 0.65
    """Factor of L + 16 that a card's shade leaves: the cube root of a quarter of the light."""
    stroke: float = 0.02
    """Half of the gap that a stroke of ink tears into paper."""
    held_paper: float = 0.9
    """Share of a zone's bare paper that any reading of it must hold; strips that run into it and its curled rim may stay out."""
    over_strip: float = 1.6
    """How much thicker than the strips a card of their colour must be; where two strips cross they are 1.41 thick from corner to corner."""
    over_crossing: float = 2.5
    """Area of a card over that of a crossing of strips, by which one is told from the other."""
    full: float = 0.9
    """Share of its rectangle that a whole card fills: writing that touches the edge eats up to a tenth."""
    corner_share: float = 0.17
    """Side of the squares in a rectangle's corners that paper fills and a circle does not reach: it leaves 0.15."""
    corner_filled: float = 0.5
    """Share of such a square that is no board, where it counts as filled: curl takes the rest."""
    corner_paper: float = 0.12
    """Share of it that must be the card's own paper: writing takes the rest."""
    notched: float = 0.5
    """Share of its rectangle that a zone fills where writing takes the rest."""
    least_paper: float = 0.4
    """Share of a card's rectangle that is paper of its colour; writing and cards before it take the rest."""
    min_solid: float = 0.35
    """Share of a card that is bare paper, at least: bold writing that fills the card leaves half, a frame of lines a tenth."""
    letter_hole: float = 0.03
    """Largest hole that writing tears into paper, of a cell's area."""
    strip: float = 0.065
    """Half of the width of strips and tape that run into a card of their colour: 40 mm tape between 300 mm columns."""
    edge_clip_lab: float = 4.0
    """Slope at which an edge counts in full: a drawn line beside a card is no better an edge than the card's own."""
    edge_drift: float = 0.15
    """What an edge at the end of the reach must have over one where it was expected."""
    ink_window: float = 0.1
    """Window whose median is the paper: twice the widest stroke, half of the smallest card."""
    ink_lab: float = 9.0
    """Lab distance from which a thin mark is ink: a pencil on white makes 12, noise 4."""
    line_run: float = 0.25
    """A mark that runs straight this far is a drawn line or a card's shadow, not writing."""
    word_gap: float = 0.1
    """Gap that words and lines of one block of writing keep."""
    min_writing: float = 0.003
    """Ink of the shortest title, "AI", as a share of a cell."""
    faint_reach: float = 0.8
    """How far beyond its writing a card's edge is looked for."""
    faint_clip_lab: float = 1.5
    """Slope at which a faint edge counts in full; more is a mark."""
    stroke_slope: float = 4.0
    """Steeper than any edge of paper on its own colour: a stroke of ink."""
    stroke_over_noise: float = 6.0
    """The same in units of the board's median slope: cork has a grain."""
    large_zone: float = 0.1
    """A flat region off the board's colour that is larger than a shadow: no place for a faint card."""
    stroke_window: float = 0.035
    """Gaussian in which slopes are compared: half a letter, so that strokes of several directions fall into it."""
    one_way: float = 0.55
    """Agreement of slopes under which steep ones are writing; along an edge it is 0.8 and more."""
    drawn_share: float = 0.6
    """Share of a divider along which ink runs straight, from which it counts as drawn; cards may hide the rest."""
    faint_step_lab: float = 0.2
    """Slope at which one pixel of a side shows the edge: above half of all noise."""
    gappy: float = 0.35
    """Share of a side's pixels that show the edge, of writing in a row ..."""
    gapless: float = 0.7
    """... and of a sheet's edge."""
    unseen_side: float = 0.2
    """What a side is worth that lies on a drawn line or another card, where no edge could show."""
    faint_floor_lab: float = 0.12
    """Mean slope along a side that noise alone reaches."""
    faint_plain_lab: float = 0.3
    """Mean slope above the floor at which a side counts two thirds: a plain white-on-white edge makes 0.5 to 1."""
    faint_score: float = 1.4
    """Sum over four sides, less costs, from which a rectangle is believed: two plain sides, or three weak ones."""
    faint_noise: float = 2.5
    """Noise of a mean over n pixels is the slope's noise over the root of n; this many of it pass for nothing."""
    faint_dark_trust: float = 0.7
    """Weight of a rectangle that is darker than the board around it."""
    crossed_line_cost: float = 20.0
    """Cost of drawn lines that show inside a rectangle, by share of its area: one line across a card is a twentieth."""
    crossed_card_cost: float = 4.0
    """The same for other cards: a quarter of overlap costs a side."""
    held_ink_bonus: float = 0.8
    """For a rectangle that holds all the writing around: writing hangs on some card."""
    cut_ink_cost: float = 4.0
    """For a rectangle whose sides run through writing, by share of a side: nobody writes over a card's edge. A line of letters cut through
    is ink for a quarter of its length, which costs a side."""
    faint_area_cost: float = 0.15
    """Of two rectangles with like sides the smaller is the card: what a cell of area more must bring."""
    known_size_bonus: float = 0.4
    """A rectangle as large as other cards of this board needs less of an edge."""
    max_turn_deg: float = 16.0
    """Cards hang turned by up to 15 degrees."""
    turn_step_deg: float = 2.0
    """A side of 60 px drifts by 1 px within half of this step: the width of its edge."""
    min_side: float = 0.18
    """Shortest side of a card: a 76 mm note in the widest cells seen is 0.2."""
    seam_lab: float = 0.7
    """Mean slope, all along, of the edge of another sheet of the same colour."""
    extend_gap: float = 0.18
    """Writing that may separate a card's paper from its margin: two bold lines."""
    size_alike: float = 0.08
    """How much two sheets of one size differ as they are seen: curl, and what is cut off at the rim of a zone."""
    most_sizes: int = 6
    """Sizes of cards on one board that are told apart."""
    much_larger: float = 1.3
    """Area over that of the smallest size, from which a zone may be two cards of which one covers the other."""
    most_cards: float = 14.0
    """Cards that one zone is taken apart into; the tallest stack seen has five."""
    outside_zone_cost: float = 8.0
    """Cost of a rectangle's share that lies outside of the zone it is part of: an eighth costs a side."""
    least_part: float = 0.3
    """Share of a card that must be in view to count as one."""
    part_fill: float = 0.6
    """Share of its rectangle that the visible part of a covered card fills; an L of two thirds does."""
    extend_far: float = 0.5
    """The same where the result is a size that other cards have: four lines of writing."""
    completed_share: float = 0.93
    """Share of the strip that is added to a card which must be no board."""
    completed_paper: float = 0.15
    """Share of it that must be the card's paper: what shows between bold letters."""
    completed_most: float = 0.7
    """Share of a card's height that may be added."""
    cut_off: float = 0.65
    """Area of what is left of a card beside somebody, over the usual, under which it is not read but called hidden."""
    max_aspect: float = 3.0
    """Longest side over shortest: 127 x 76 is 1.7, a sentence strip 3."""
    min_fill: float = 0.82
    """A circle fills 0.79 of its square: nothing round is a card."""
    double: float = 0.6
    """Two rectangles that share more than this of the smaller are one card."""
    size_spread: tuple[float, float] = (0.3, 5.0)
    """Areas of one board's cards over their median: a 76 mm square among letter sheets is a tenth, but then squares are the rule."""
    label_line: float = 0.4
    """How far labels may stand off their common line, of a cell."""
    label_share: float = 0.6
    """Share of the rows or columns that have a label beside them where objects in line count as labels."""
    edge_reach: float = 0.04
    """How far a rough side may be off: the width of a shadow and a half."""
    shadow: float = 0.07
    """How far a card's shadow falls."""
    occluder_core: float = 0.08
    """Radius that fits into an arm or a head, not into tape or thick marker."""
    min_occluder: float = 0.1
    """Least area of what counts as standing before the board: two fingers."""
    tape_share: float = 0.25
    """Share of the strips about the dividers that is not board, from which tape may be there: it is a third as wide as the strip."""
    tape_lab: float = 15.0
    """Lab distance within the tape of one board: its gloss and its shadows."""
    min_stranger: float = 0.02
    """Least area of what is kept out of pictures of the board: a finger and a half."""
    keep_off: float = 0.15
    """Distance kept from it: hair, thin fingers and shadows reach out of what stands out."""
    line_in_view: float = 0.5
    """Share of a cell's side that no card may hide, to judge whether its line shows."""
    line_gone: float = 0.15
    """Share of that part which shows ink, under which the line is hidden; worn and wiped lines keep more."""
    hidden_share: float = 0.25
    """Share of a cell that may be covered before a card in it could be missed."""


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
    """Confidence by which a single reading must surpass the published one to replace it at once."""

    absent: float = 0.3
    """Confidence of a look that finds no handle or host on a card: lines are lost more often than invented."""

    second_opinion: float = 0.5
    """Confidence with which a second opinion votes, where it may: a coin's toss, since nobody measured the model that was asked."""

    contested: float = 0.6
    """Weight of the runner-up, as a share of the winner's, from which a person should look."""


@dataclass(frozen=True)
class ReadSettings:
    """How cards are read, and when a person should look at them."""

    lines: LinesSettings = LinesSettings()
    """How lines are found."""
    cards_a_run: int = 10
    """Cards whose lines are recognised in one run, beside finding those of the next: enough for batches of lines of like width."""
    reads_on: float = 0.8
    """Share of the first cut's probability that a cut of more rows needs where it says the same and more: longer texts are less sure."""
    turn_below: float = 0.15
    """Below this probability a title is looked at on its side and upside down too: one card in twenty."""
    legible: float = -0.25
    """Mean log probability a character from which a card is not given up as it hangs, and is read turned: the longest line alone reaches it
    on 97 of 100 cards of samples/ as they hang, and on 3 of 100 when they are turned."""
    turn_heights: float = 6.0
    """How much of the longest line is looked at, in its heights: two words are enough to tell writing from nonsense."""
    turned_least: float = 0.93
    """A turned reading must be all but sure: three more tries at hopeless writing reach 0.9 by chance, and few cards hang turned."""
    least_probability: float = 0.85
    """A card goes to review below this: a wrong entry on the public page costs as much as seven needless looks (1 / (1 - 0.85))."""


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


@dataclass(frozen=True)
class PatchSettings:
    """When a part of the board may be seen anew instead of the whole."""

    least_px: int = 6
    """Changed pixels of the compared pictures that make a change: one stroke of a marker, a letter high, changes 2 by 8; noise and JPEG
    leave up to 2 by 2 where a stroke was."""
    least_gain: float = 0.8
    """Brightness ratio of two looks: beyond it the evened light of the last look no longer fits."""
    most_cells: float = 3.0
    """Area of one change in cells: a card and where it came from; people are larger."""
    most_of_sheet: float = 0.5
    """Share of the sheet from which patching saves nothing."""
    margin_cells: float = 1.0
    """Around the change: a whole card on each side, by which size and colour are judged."""


@dataclass(frozen=True)
class ComposeSettings:
    """How the people-free picture is put together."""

    width_px: int = 1600
    """Of the grid: cards of a ten-column board stay readable on a laptop."""
    most_height: float = 3.0
    """Times the width: a board that is higher is drawn shorter."""
    board_level: float = 215.0
    """Brightness of the board's middle in every look, so that cells of different looks fit together."""
    most_gain: float = 3.0
    """More would show noise rather than cards."""
    reach_cells: float = 0.2
    """Around a cell: somebody that near may have a finger or a shadow in it."""
