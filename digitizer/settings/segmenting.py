"""Thresholds of finding the cards on a board."""

from __future__ import annotations

from dataclasses import dataclass, field

from digitizer.settings.lighting import GrainSettings, LightSettings
from digitizer.settings.locating import MarkerSettings
from digitizer.settings.standing import StrangerSettings


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
class SegmentSettings:
    """How cards are told from board, lines, labels and people. Lengths are shares of the mean cell unless a unit is named."""

    printed: PrintedSettings = PrintedSettings()
    strangers: StrangerSettings = field(default_factory=StrangerSettings)
    grain: GrainSettings = field(default_factory=GrainSettings)
    light: LightSettings = field(default_factory=LightSettings)
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
    deepest_shade: float = 0.58
    """Factor of L + 16 that a card's shade leaves: the cube root of a fifth of the light."""
    stroke: float = 0.02
    """Half of the gap that a stroke of ink tears into paper."""
    held_paper: float = 0.9
    """Share of a zone's bare paper that any reading of it must hold; strips that run into it and its curled rim may stay out."""
    rim_depth: float = 0.35
    """How far beyond a zone the margin of its sheet may lie: the bar of a printed form is a fifth of it high."""
    rim_margin: float = 0.1
    """Broadest margin outside of a printed rim: a tenth of a card."""
    rim_step_lab: float = 3.0
    """How much print, and what lies beyond, must differ from a margin: the median along a side has noise of less than one."""
    rim_mixed: float = 0.6
    """Distance of a margin from the paper over that of what lies beyond, at most: blurred, half of it is paper."""
    rim_level: float = 0.1
    """Growth from px to px, over what was risen so far, under which the colour beyond an edge is reached."""
    rim_sides: int = 3
    """Sides on which a margin tells a rim, whatever parts it from the card; a card beneath sticks out on two."""
    rim_alike: float = 0.2
    """How much margins of forms that are printed alike differ as they are seen."""
    rim_held: float = 0.3
    """Least share of a sheet that its flat paper within the rim is: a bar, margins, their blur and two lines of writing take two thirds."""
    rim_covered: float = 0.97
    """Share of what a rim encloses that is no board: paper and print all over; blurred corners may be board."""
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
    least_dash: float = 0.04
    """Shortest dash of a dashed line: longer than the broadest pen is thick, an 8 mm marker in a cell of 200 mm."""
    dash_alike: float = 0.5
    """How much dashes of one line, drawn by hand, and the steps between them differ from the usual one."""
    dash_step: float = 3.0
    """Longest step from dash to dash, in dashes: a gap of two; what is further apart shows no line to the eye."""
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
    line_ink: float = 0.9
    """Share of a block of writing within the bands of the dividers from which it is pieces of a line; a card's writing reaches out."""
    sizes_agree: bool = True
    """Whether cards of one size are seen as such: not where the perspective is a guess, as for a proposal."""
    size_votes: float = 0.25
    """Support of a size of cards over that of the board's most frequent size: boards have one or two, chance has many."""
    own_size: float = 1.6
    """Sum of the support of four sides from which a rectangle alone tells a size: chance reaches it once in eight."""
    guess_score: float = 0.8
    """Like ``faint_score``, once the board's cards have agreed on their size: writing and size alone reach it."""
    agreed_size_bonus: float = 0.8
    """Like ``known_size_bonus``, once most of the board's cards have agreed on their size: one plain side."""
    faint_edge: float = 0.5
    """Support of the sides that show from which words hang on a card: one fairly plain side. Of twelve remarks on the board itself two have
    that, and three of four cards about which a rectangle of the common size can be drawn at all."""
    guessed_support: float = 1.0
    """Sum of the support of four sides under which a card's outline is a guess, for a person to check."""
    block_over: float = 1.02
    """Width of a block of writing over the widest card's from which it stands on two; writing leaves a margin."""
    block_gap: float = 0.04
    """Least gap between the writing of two cards, over a card's width: the two margins."""
    lit_lab: float = 10.0
    """Distance in hue and chroma within which paper and board may be one in two lights, as within one sheet; neon notes differ by 25."""
    lit_sides: int = 2
    """Sides on drawn lines from which a blank rectangle is a cell in other light: the edge of a shadow cuts the others."""
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
    cut_short: float = 0.75
    """What a line of writing leaves of a card's height, at least; formats of one width differ by more, 76 by 76 and 76 by 102 mm."""
    most_sizes: int = 6
    """Sizes of cards on one board that are told apart."""
    much_larger: float = 1.3
    """Area over that of the smallest size, from which a zone may be two cards of which one covers the other."""
    most_cards: float = 14.0
    """Cards that one zone is taken apart into; the tallest stack seen has five."""
    stacked: float = 1.8
    """Height over another size of that width, from which it may be two such cards, one hanging from the other's foot: cards of 127 x 76
    beside square ones of 76 have 1.67."""
    seam_seen: float = 0.1
    """Least support of each side of a card that a zone is taken apart into: it ends at the zone's rim, or at a seam that shows."""
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
