"""Thresholds of telling a grid by the names beside it."""

from __future__ import annotations

from dataclasses import dataclass

from digitizer.settings.reading import LinesSettings


@dataclass(frozen=True)
class LeanSettings:
    """When what is straight on a board contradicts a grid. Cells are counted along the edge, or across it where it drifts."""

    edges_px: int = 1400
    """Long side at which straight edges are looked for: a card on a board of ten columns is 80 px wide then."""
    least_edge: float = 0.2
    """Length from which an edge counts, in cells: strokes of writing on cards are shorter, sides of cards are half a cell."""
    most_edge: float = 3.0
    """Length, in cells, beyond which an edge of no sheet counts no more: one shadow's must not outweigh the whole board."""
    most_lean_deg: float = 30.0
    """Lean up to which an edge is taken to be meant along the grid's lines: half way to those of a sheet turned by design."""
    margin_cells: float = 1.5
    """How far outside the grid edges count: as far as names are looked for. There are labels, and beyond them the board's own rim, which is
    the straightest of all; beside a grid whose plane is wrong it is up to a cell further off at the far end."""
    hung_deg: float = 4.0
    """Standard error of what hangs in one cell, all its edges together: a sheet hung by eye is turned so far, and its edges lean alike."""
    built_cells: float = 1.25
    """Length, in cells, from which an edge is of no sheet, which hangs in a cell, but of a line, a strip or a rim."""
    built_deg: float = 1.0
    """Standard error of such an edge: drawn along a ruler, or along the board."""
    usual_deg: float = 3.0
    """Lean expected of a grid before any edge is seen, one standard deviation: as much as of one sheet, so that one sheet tells nothing."""
    most_drift: float = 0.25
    """Drift at the far end, in cells, from which a grid is another than the board's: by this much two grids are told apart, too."""
    errors: float = 2.0
    """Standard errors by which the drift must be beyond that: a board with few sheets, hung askew, is not refused for these."""


@dataclass(frozen=True)
class NamesSettings:
    """How names are read beside a grid that is not believed yet, and when they vouch for it."""

    reach_cells: tuple[float, ...] = (0.9, 1.5)
    """How far from the grid names are looked for, in mean cells: a header column is as broad as a cell, or half as broad again where cells
    are small; further out hang posters."""
    most_px: int = 480
    """Long side at which a name's place is looked at: capitals of 20 px in a name that fills a third of it."""
    least_px: int = 16
    """Short side below which nothing is read in a place."""
    lines: LinesSettings = LinesSettings(work_px=200)
    """How lines are found in a name's place: names are large and short."""
    least_names: int = 2
    """Names along an axis: one may be misread, and tells no step."""
    least_share: float = 0.5
    """Share of the columns, or rows, whose name must be read in its place: a person or the sun hides the others."""
    most_drift: float = 0.15
    """Standard deviation of where names stand in their places, in cells: put up by eye they vary by 0.05; with one column too few over
    the whole width they would drift by 0.3."""
    writing_px: int = 2000
    """Long side at which writing is looked for where no grid is known: a label's letters are a hundredth of the board, or more."""
    around: tuple[float, ...] = (0.012, 0.035)
    """What is around a stroke, as a share of the long side: wider than the strokes of thin and of bold letters."""
    ink: float = 0.15
    """Share of its paper's light by which a stroke is darker at least: pencil takes away a fifth, a marker two thirds."""
    letter_px: tuple[int, int] = (9, 110)
    """Height of a letter at ``writing_px``: nothing smaller is read across a room."""
    filled: tuple[float, float] = (0.08, 0.9)
    """Share of a letter's box that is ink: frames leave theirs empty, stains fill it."""
    most_letters: int = 2500
    """Strokes beyond which a picture shows texture, not writing."""
    gaps: tuple[float, ...] = (0.45, 1.0)
    """Gaps, in heights of a letter, below which letters make a word: tight hands, and names of two words."""
    most_words: int = 400
    """Words read at most, the highest first: names are written larger than cards."""
    near_middle: float = 0.35
    """Distance of a card from its cell's middle, in cells, up to which it speaks for a grid: half of all places are so near."""
    least_near: float = 0.65
    """Share of the cards that must be so near: names tell where columns begin, not how they go on where the board is seen aslant."""
    lean: LeanSettings = LeanSettings()
    """When edges all over the board contradict the plane on which names are in their places."""
