"""Thresholds of finding the board and its grid in a photo."""

from __future__ import annotations

from dataclasses import dataclass


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
class HeaderSettings:
    """When sheets and words are taken for the labels of a grid that has no lines to tell it. A step leads from one label to the next."""

    stray: float = 0.6
    """How far a label may hang off its row, in its own height."""
    alike: float = 2.0
    """Times that one label may be as large as another, across their row: a name in large letters is, a title or a card is not."""
    spare: int = 2
    """Things more than labels in a row: a corner and a title. Among more, which ones are the labels is a guess."""
    width_weight: float = 0.5
    """Strain of labels unequal in width over that of labels unequal in height: names are of unequal length."""
    colour_lab: float = 20.0
    """Spread of the labels' colour that is as strange as one by the height of a label: sheets of one pack differ by a few units."""
    other_kinds: float = 0.3
    """Strain of written labels on one side and sheets on the other: some boards have that, most have one kind."""
    outside: float = 0.5
    """Strain of as many things beside the grid as in it."""
    empty: float = 0.5
    """Strain of a grid with nothing in it: that of one with as many things beside it as in it."""
    alone: float = 2.0
    """Strain that stands for the next choice where there is none: both groups are hardly labels."""
    same: float = 0.3
    """Steps that two groups may be apart and mean the same labels."""
    line_reach: float = 0.4
    """Steps by which a column's line may be off the middle between its labels: they hang by eye; nearly half of one would be the next's."""
    least_column: float = 0.3
    """Narrowest column between drawn lines, in steps: half of a narrow one on real boards."""
    sure_reach: float = 0.3
    """The same reach for the lines of which the colour is learnt: what is farther off may be a frame."""
    like_colour: float = 0.8
    """Cosine between the ways in which two lines differ from the board in Lab from which they are of one pen or tape: 37 degrees."""
    edge_reach: float = 0.3
    """Steps by which an edge without a line may move to where it cuts fewer cards."""
    edge_width: float = 0.06
    """Steps over which the share of cut cards is averaged: cards of one column end as unevenly as they were hung."""
    edge_pull: float = 0.15
    """Share of cut cards that must be gained for an edge to move by its whole reach."""


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
class LocateSettings:
    """How the board's plane and grid are found. Lengths without a unit are shares of the photo's long side."""

    markers: MarkerSettings = MarkerSettings()
    headers: HeaderSettings = HeaderSettings()
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
    """Cost, in lines, of one such spread, squared: up to four times it while sequences are sought, nine where two make a grid."""
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
    """Share of the lines that are in view."""
    line_seen: float = 0.25
    """Support from which a line is in view."""
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
    one_line: float = 0.1
    """Share of a usual cell within which two candidates are one line, seen twice where it wavers."""
    pen_octaves: float = 1.5
    """Widths further apart than this are of two pens: one tape is seen up to an octave off, bold capitals are four hairlines high."""
    least_inside: float = 0.95
    """Share of the grid that must lie in the photo: half a board is no board."""
    clear_lead: float = 0.5
    """Lead over the next other grid, in lines, below which a person is asked to look: half the worth of a line."""
    sure_lead: float = 1.0
    """Lead, in lines, below which the names are asked: where one line would decide otherwise, a header may have been taken for a row."""
    least_labels: float = 0.75
    """Share of the header places with something there below which a person is asked to look."""
    least_strain_lead: float = 0.4
    """Strain by which the next other choice of labels must be worse: one label more or fewer makes 0.05 to 0.2."""
    fit_points: int = 1000
    """Points on lines that are fitted, about: waves make neighbours alike, so more tell nothing."""
    most_blur: float = 0.02
    """Standard deviation of the blur over a column's width: 4 mm where a column is 20 cm, half the distance of a marker's strokes."""
    rival_worth: float = 0.3
    """Score over lines from which a grid is worth asking the names about: below, it has more against it than for it."""
    rivals_fitted: int = 12
    """Grids of a search that are fitted at most; half of them are another's twin."""
    one_grid: float = 0.15
    """Share of a cell by which some corner must be off for two grids to be two."""
