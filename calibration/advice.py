"""What a view of a board is good for, and what to change about it, in sentences an organizer can follow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from math import ceil, floor

from calibration.legible import NEEDED_PX, letter_px, readable
from calibration.view import ColumnView, View

WELL, BADLY = 0.88, 0.75
"""Share of a title's letters expected right from which reading is good (sharp letters of 14 px have 0.92), and below which it is poor: two
words in three have then a fault."""

SPOILT = 0.03
"""Loss of that share from which blur is named as its cause."""

MOST_GLARE = 0.02
"""Share of a column burnt out: a sixth of a card in a column of eight."""

DARK_LEVEL = 45
"""Gray level of 255: the bright quarter of a board so low that noise eats pencil."""

MOST_DEGREES = 40.0
"""Angle off square from which cards on the far side lose a quarter of their width, and paper begins to shine."""

WHOLE = 0.995
"""Share of a column in the picture that counts as all of it."""

MOST_FILLED = 0.95
"""Share of the picture's width or height that the grid may take: the labels around it must be in the picture, too."""

LEAST_STEP_M = 0.15
"""Shorter steps are told as "a little": nobody measures them."""

TURNS = {"left": "turn the camera to the left", "right": "turn the camera to the right", "top": "tilt it up", "bottom": "tilt it down"}
OPPOSITE = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}


class Light(StrEnum):
    """What to expect of reading."""

    GOOD = "good"
    DOUBTFUL = "doubtful"
    POOR = "poor"


def expected(column: ColumnView) -> float:
    """Share of a title's letters (0..1) that should come out right in a column, as far as size and blur tell."""
    return readable(column.mm_per_px, column.blur_px)


def light_of(column: ColumnView) -> Light:
    """What to expect of reading one column."""
    share = expected(column)
    if share < BADLY or column.inside < WHOLE or column.glare > 10 * MOST_GLARE:
        return Light.POOR
    sharp = share >= WELL and letter_px(column.mm_per_px) >= NEEDED_PX
    return Light.GOOD if sharp and column.glare <= MOST_GLARE and column.brightness >= DARK_LEVEL else Light.DOUBTFUL


def quality(view: View) -> Light:
    """What to expect of reading the board: as in its worst column, and no better than doubtful from far aside."""
    found = {light_of(column) for column in view.columns}
    if Light.POOR in found:
        return Light.POOR
    return Light.GOOD if found == {Light.GOOD} and view.tilt_degrees <= MOST_DEGREES else Light.DOUBTFUL


def advise(view: View, labels: tuple[str, ...] = ()) -> tuple[str, ...]:
    """What to change, the most important first; empty where nothing is amiss. ``labels`` name the columns, left to right."""
    names = tuple(labels[i] if i < len(labels) else f"column {i + 1}" for i in range(len(view.columns)))
    parts = (_framing, _nearness, _tilt, _sharpness, _light, _glare)
    return tuple(sentence for part in parts for sentence in part(view, names))


def _framing(view: View, names: tuple[str, ...]) -> Iterator[str]:
    cut = {edge: [c.inside < WHOLE and c.cut_by == edge for c in view.columns] for edge in TURNS}
    cut = {edge: columns for edge, columns in cut.items() if any(columns)}
    for edge, columns in cut.items():
        least = min(column.inside for column in view.columns if column.cut_by == edge)
        way = "step back" if OPPOSITE[edge] in cut else f"{TURNS[edge]}, or step back"
        yield f"The {edge} edge of the picture cuts {_listed(names, columns)} ({least:.0%} inside): {way}."


def _nearness(view: View, names: tuple[str, ...]) -> Iterator[str]:
    sizes = [letter_px(column.mm_per_px) if column.inside else NEEDED_PX for column in view.columns]
    times = NEEDED_PX / min(sizes)
    if times <= 1:
        return
    where = _listed(names, [size < NEEDED_PX for size in sizes])
    letters = f"Letters would be {floor(min(sizes))} px high in {where}, {NEEDED_PX:.0f} are needed"
    if view.fills * times > MOST_FILLED:
        yield f"{letters}, and the board takes {view.fills:.0%} of the picture already: {_finer(times)}."
        return
    step = view.distance_mm / 1000 * (1 - 1 / times)
    metres = f"{'' if view.scale_is_known else 'about '}{step:.1f} m" if step >= LEAST_STEP_M else "a little"
    yield f"{letters}: move the camera {metres} closer, or zoom in {_up(times):.1f} times."


def _up(times: float) -> float:
    """The next tenth: "zoom in 1.0 times" would change nothing."""
    return ceil(10 * times) / 10


def _finer(times: float) -> str:
    return f"use a camera with {_up(times):.1f} times as many pixels across, or send photos of it from a phone"


def _tilt(view: View, _names: tuple[str, ...]) -> Iterator[str]:
    if view.tilt_degrees <= MOST_DEGREES:
        return
    if abs(view.yaw_degrees) >= abs(view.pitch_degrees):
        side, way = ("right", "left") if view.yaw_degrees > 0 else ("left", "right")
        side, way = f"the {side}", f"to the {way}"
    else:
        side, way = ("below", "higher") if view.pitch_degrees > 0 else ("above", "lower")
    yield f"The camera looks from {side}, {view.tilt_degrees:.0f} degrees off square ({MOST_DEGREES:.0f} at most): move it {way}."


def _sharpness(view: View, names: tuple[str, ...]) -> Iterator[str]:
    blurred = [_is_blurred(column) for column in view.columns]
    if not any(blurred):
        return
    worst = max(column.blur_px or 0.0 for column, is_blurred in zip(view.columns, blurred, strict=True) if is_blurred)
    everywhere = all(is_blurred or column.blur_px is None for column, is_blurred in zip(view.columns, blurred, strict=True))
    remedy = "focus on the board, clean the lens, hold the camera still, or give more light" if everywhere else "focus on that part"
    yield f"Edges are blurred by {worst:.1f} px in {_listed(names, blurred)}: {remedy}."


def _light(view: View, names: tuple[str, ...]) -> Iterator[str]:
    dark = [column.inside > 0 and column.brightness < DARK_LEVEL for column in view.columns]
    if any(dark):
        least = min(column.brightness for column in view.columns if column.inside) / 255
        yield f"It is dark in {_listed(names, dark)} (its brighter parts at {least:.0%} of the scale): switch a light on, or expose longer."


def _glare(view: View, names: tuple[str, ...]) -> Iterator[str]:
    """A lamp's mirror image goes along with the camera: it leaves the board over the nearer side."""
    burnt = [index for index, column in enumerate(view.columns) if column.glare > MOST_GLARE]
    if len(burnt) > len(view.columns) / 2:
        yield f"{view.glare:.0%} of the grid is burnt out: expose less, or move the lamps that shine on it."
        return
    for index in burnt:
        way = "left" if index < (len(view.columns) - 1) / 2 else "right"
        yield f"A lamp glares on {view.columns[index].glare:.0%} of {names[index]}: move it, or the camera, to the {way}."


def _is_blurred(column: ColumnView) -> bool:
    """Whether it is blur that keeps a column from being read well."""
    return expected(column) < WELL and readable(column.mm_per_px, None) - expected(column) > SPOILT


def _listed(names: tuple[str, ...], which: Sequence[bool]) -> str:
    """The columns that are meant, for the middle of a sentence."""
    found = [name for name, meant in zip(names, which, strict=True) if meant]
    if len(found) == len(names) > 1:
        return "every column"
    return " and ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found)
