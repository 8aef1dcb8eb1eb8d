"""Sheet -> the cards that hang on the board, and the cells that could not be seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import cv2
import numpy as np

from calibration.rig import Cell, Floats, Layout, readonly
from digitizer import cores
from digitizer.cards.canvas import Canvas, Mask, disc, make_canvas, painted
from digitizer.cards.choose import (
    Candidate,
    Size,
    common_sizes,
    cut_short,
    of_like_size,
    overlap_px,
    plausible,
    plausible_zone,
    side_lengths,
    size_rank,
    too_large,
    unstacked,
    without_doubles,
    without_labels,
)
from digitizer.cards.crop import Cover, cut
from digitizer.cards.edges import refine
from digitizer.cards.extend import complete, extend, uncut
from digitizer.cards.faint import but_for_shadows, few_sizes
from digitizer.cards.grain import by_its_grain
from digitizer.cards.halves import in_two_lights
from digitizer.cards.light import in_any_light
from digitizer.cards.lit import is_lit_cell
from digitizer.cards.marks import Ink, find_ink
from digitizer.cards.occluders import broken_cells, find_occluders, hidden_cells
from digitizer.cards.overlap import find_stacks, may_be_several, take_apart
from digitizer.cards.printed import find_papers
from digitizer.cards.rims import with_rims
from digitizer.cards.strangers import at_whose_sides, find_strangers, find_things, outlines_mm, share_seen, with_blanks
from digitizer.cards.written import find_written
from digitizer.cards.zones import Zone, find_zones, holds_paper, readings
from digitizer.model import Card, Segmentation, Sheet
from digitizer.settings import SegmentSettings


def segment(
    sheet: Sheet,
    layout: Layout,
    settings: SegmentSettings = SegmentSettings(),
    known: Sequence[Card] = (),
    wanted: Callable[[Floats], bool] = lambda _: True,
) -> Segmentation:
    """All cards of a rectified board, those outside the grid too (``cell`` None), and the cells that something hides.

    Labels of rows and columns, title signs, drawn lines and empty cells are no cards. Sheets that block a cell are. ``known``: cards of
    this board seen before, by whose sizes a part of it is read as the whole was. Cards whose corners (4x2 board mm) are not ``wanted``
    are left out in the end: they tell the others' sizes, and cover them.
    """
    plain = by_its_grain(make_canvas(sheet, layout, settings), settings.grain)
    with cores.beside() as other:
        marked, inked = other.submit(find_papers, sheet, plain, settings.printed), other.submit(find_ink, plain, settings)
        canvas = in_any_light(plain, settings)
        zones = with_rims(canvas, find_zones(canvas, settings), settings)
        papers, ink = marked.result(), inked.result()
    known_px = few_sizes([side_lengths(canvas.from_mm(card.corners_mm)) for card in known])
    known_px = few_sizes([*known_px, *(card.size_px for card in papers.cards)])
    candidates = papers.among(_coloured(sheet, canvas, ink, zones, known_px, settings), canvas.slope.shape)
    candidates = candidates + _faint(sheet, canvas, ink, (candidates, zones), known_px, settings)
    chosen = without_doubles(candidates, settings)
    chosen = papers.among(of_like_size(chosen, settings), canvas.slope.shape)
    lit = [c for c in chosen if is_lit_cell(canvas, ink, c, settings)]
    sizes = [*common_sizes(chosen, settings), *known_px]
    things = find_things(canvas, ink, chosen, lit, sizes, settings)
    chosen = [c for c in chosen if not any(c is thing for thing in things)]
    centres = canvas.to_mm(np.array([c.centre_px for c in chosen]).reshape(-1, 2))
    kept = [c for c, keep in zip(chosen, without_labels(chosen, layout, centres, settings), strict=True) if keep or c.number is not None]
    taken = painted(canvas.slope.shape, [c.quad_px for c in chosen])
    with cores.beside() as other:
        before = other.submit(find_occluders, canvas, taken, settings)
        strangers = find_strangers(canvas, chosen, settings) | painted(canvas.slope.shape, [c.quad_px for c in things])
    occluders = before.result()
    kept = [c for c in kept if not any(c is one for one in lit)]
    kept = [c for c in kept if not _is_cut_off(canvas, c, kept, occluders.mask, settings)]
    broken = broken_cells(canvas, layout, ink.dividers, taken, settings)
    asked = [c for c in kept if wanted(canvas.to_mm(c.quad_px))]
    cards = cores.each(lambda c: _card(sheet, layout, canvas, c, _cover(canvas, c, kept, occluders.mask)), asked)
    beside = _beside(canvas, kept, with_blanks(canvas, ink, kept, strangers, settings), settings) | in_two_lights(canvas, kept, settings)
    cards = [_in_part(card, c, sizes, settings) if id(c) in beside else card for card, c in zip(cards, asked, strict=True)]
    hidden = hidden_cells(canvas, layout, occluders.mask | strangers, broken, settings)
    people = tuple(readonly(canvas.to_mm(outline)) for outline in occluders.outlines_px)
    return Segmentation(_in_reading_order(cards), hidden, people_mm=people + outlines_mm(canvas, layout, strangers))


def _coloured(
    sheet: Sheet, canvas: Canvas, ink: Ink, zones: Sequence[Zone], known_px: Sequence[Size], settings: SegmentSettings
) -> list[Candidate]:
    """Cards of paper that differs from the board: whole zones first; those then tell the sizes by which the others are taken apart."""
    whole = [z for z in zones if plausible_zone(z, canvas, settings)]
    drawn_out = cores.each(lambda z: _drawn_out(canvas, z, settings.extend_gap, settings), whole)
    sizes = common_sizes(without_doubles(drawn_out, settings), settings, known_px)
    found = cores.each(lambda k: _of_common_size(canvas, whole[k], drawn_out[k], sizes, settings), range(len(whole)))
    read = {id(z): card for z, card in zip(whole, found, strict=True)}
    shreds = [
        z for z in zones if id(z) not in read and max(z.box[2:]) < settings.max_card * canvas.cell_px and z.solid > settings.min_solid
    ]
    pieced = cores.each(lambda z: _of_common_size(canvas, z, _drawn_out(canvas, z, settings.extend_gap, settings), sizes, settings), shreds)
    pieced = [replace(c, fill=settings.min_fill) for c in pieced if size_rank(c, sizes, settings) < len(sizes)]
    pieced = [c for c in pieced if _hidden_share(canvas, c, whole, settings) <= settings.double]
    single = without_doubles([*read.values(), *pieced], settings, sizes)
    apart = unstacked(sizes, settings)
    stacks = find_stacks(canvas, ink, zones, read, apart, settings)
    single = [c for c in single if not any(c is other for other in stacks.wrong)]
    rest = [z for z in zones if id(z) not in stacks.zones]
    several = [z for z in rest if id(z) not in read and z.solid > settings.min_solid and may_be_several(z, canvas, apart, settings)]
    on_strips = [z for z in rest if z.on_strips and id(z) in read and sizes]
    large = [z for z in rest if any(read.get(id(z)) is c for c in single) and too_large(read[id(z)], apart, settings)]
    for zone in several + large + on_strips:
        pieces = [c for c in take_apart(canvas, ink, zone, apart, settings) if plausible(c, canvas.cell_px, settings)]
        if id(zone) not in read or len(pieces) > 1 or (zone.on_strips and pieces):
            single = [c for c in single if c is not read.get(id(zone))] + pieces
    cards = of_like_size(without_doubles(single, settings, sizes, stacks.cards), settings)
    return cores.each(lambda card: _refined(sheet, canvas, card, settings), cards)


def _hidden_share(canvas: Canvas, card: Candidate, zones: Sequence[Zone], settings: SegmentSettings) -> float:
    """Share of a rectangle that zones of other paper fill: what hangs before it."""
    others = np.zeros(canvas.slope.shape, bool)
    for zone in zones:
        if np.linalg.norm(zone.lab - card.lab) >= settings.same_paper_lab and overlap_px(zone.quad_px, card.quad_px) > 0:
            x, y, width, height = zone.box
            others[y : y + height, x : x + width] |= zone.region
    return float(others[painted(canvas.slope.shape, [card.quad_px])].mean())


def _drawn_out(canvas: Canvas, zone: Zone, gap: float, settings: SegmentSettings) -> Candidate:
    known = zone.drawn_px if zone.rimmed or gap == settings.extend_gap else None
    quad = extend(canvas, zone.quad_px, zone.lab, gap, settings) if known is None else known
    return Candidate(quad, zone.lab, zone.fill, np.ones(4), False)


def _of_common_size(canvas: Canvas, zone: Zone, first: Candidate, sizes: Sequence[Size], settings: SegmentSettings) -> Candidate:
    """A zone's rectangle ``first``; where that is no size that other cards have, another reading of the same pixels that is.

    Where it is a more frequent size but for a line of writing, other cards may be cut off alike.
    """
    rank = size_rank(first, sizes, settings)
    if rank < len(sizes):
        more = [size for size in sizes[:rank] if cut_short(first.size_px, size, settings)]
        return replace(first, quad_px=uncut(canvas, first.quad_px, first.lab, more, settings)) if more else first
    zones = (zone, *readings(canvas, zone, settings))
    others = [_drawn_out(canvas, z, gap, settings) for z in zones for gap in (0.0, settings.extend_far)]
    grown = [replace(c, quad_px=complete(canvas, c.quad_px, c.lab, sizes, settings)) for c in (first, *others)]
    whole = [c for c in (*others, *grown) if holds_paper(zone, c.quad_px, settings)]
    return min([first, *whole], key=lambda c: size_rank(c, sizes, settings))


def _faint(
    sheet: Sheet,
    canvas: Canvas,
    ink: Ink,
    finds: tuple[Sequence[Candidate], Sequence[Zone]],
    known_px: Sequence[Size],
    settings: SegmentSettings,
) -> list[Candidate]:
    """Cards of the board's colour where neither the cards found already nor other large zones are."""
    known, zones = finds
    taken = painted(canvas.slope.shape, [c.quad_px for c in known])
    solid = taken.copy()
    for zone in zones:
        if zone.bare.sum() > settings.large_zone * canvas.cell_px**2:
            x, y, width, height = zone.bare_box
            taken[y : y + height, x : x + width] |= zone.bare
            solid[y : y + height, x : x + width] |= but_for_shadows(zone, canvas, settings)
    found = find_written(canvas, ink, taken, solid, [*known_px, *(c.size_px for c in known)], settings)
    least = settings.guessed_support
    rough = [Candidate(f.quad_px, canvas.board_lab, 1.0, f.support, True, guessed=bool(f.support.sum() < least)) for f in found]
    likely = [c for c in rough if plausible(c, canvas.cell_px, settings)]
    return cores.each(lambda c: _refined(sheet, canvas, c, settings), likely)


def _refined(sheet: Sheet, canvas: Canvas, candidate: Candidate, settings: SegmentSettings) -> Candidate:
    scale = canvas.sheet_from_work
    reach = settings.edge_reach * canvas.cell_px * scale
    fit = refine(sheet.even, (candidate.quad_px + 0.5) * scale - 0.5, reach, settings)
    return replace(candidate, quad_px=(fit.quad_px + 0.5) / scale - 0.5, support=fit.support)


def _card(sheet: Sheet, layout: Layout, canvas: Canvas, card: Candidate, cover: Cover) -> Card:
    shown = cut(sheet, layout, (card.quad_px + 0.5) * canvas.sheet_from_work - 0.5, cover, card.number)
    return replace(shown, guessed=card.guessed)


def _beside(canvas: Canvas, cards: Sequence[Candidate], strangers: Mask, settings: SegmentSettings) -> frozenset[int]:
    """Ids of the cards at whose sides something stands, and of those behind one of them: it may be a hand, and no card."""
    beside = at_whose_sides(canvas, cards, strangers, settings)
    behind = [c for c in cards if any(one is not c and _before(canvas, one, c) for one in beside)]
    return frozenset(id(c) for c in (*beside, *behind))


def _in_part(card: Card, candidate: Candidate, sizes: Sequence[Size], settings: SegmentSettings) -> Card:
    """A card at whose side something stands, or the edge of a light: more of it may be behind that, or in the other light."""
    return replace(card, visible=min(card.visible, share_seen(candidate, sizes, settings)), obstructed=True)


def _cover(canvas: Canvas, card: Candidate, cards: Sequence[Candidate], occluders: Mask) -> Cover:
    """What stands before a card: other cards, people."""
    scale = canvas.sheet_from_work
    front = [c for c in cards if c is not card and _before(canvas, c, card)]
    return Cover(tuple((c.quad_px + 0.5) * scale - 0.5 for c in front), occluders, scale)


def _is_cut_off(canvas: Canvas, card: Candidate, cards: Sequence[Candidate], occluders: Mask, settings: SegmentSettings) -> bool:
    """Whether little is left of a card beside what stands before it."""
    if card.number is not None or not occluders.any():
        return False
    usual = float(np.median([c.area_px for c in cards]))
    sizes = common_sizes(cards, settings)
    if card.area_px > settings.cut_off * usual or size_rank(card, sizes, settings) < len(sizes):
        return False
    around = cv2.dilate(painted(canvas.slope.shape, [card.quad_px]).view(np.uint8), disc(settings.shadow * canvas.cell_px)) > 0
    return bool((around & occluders).any())


def _before(canvas: Canvas, one: Candidate, other: Candidate) -> bool:
    """Whether ``one`` hangs before ``other``: their common part has the paper of ``one``."""
    if overlap_px(one.quad_px, other.quad_px) < 0.01 * other.area_px:
        return False
    common = painted(canvas.slope.shape, [one.quad_px]) & painted(canvas.slope.shape, [other.quad_px])
    if not common.any():
        return False
    paper = np.median(canvas.lab[common], axis=0)
    near_one, near_other = np.linalg.norm(paper - one.lab), np.linalg.norm(paper - other.lab)
    if abs(near_one - near_other) < 3:
        return bool(one.support.min() > other.support.min())
    return bool(near_one < near_other)


def _in_reading_order(cards: Sequence[Card]) -> tuple[Card, ...]:
    """By cell, row by row, then from the top; cards outside last."""

    def place(card: Card) -> tuple[Cell, float]:
        return card.cell or Cell(10**6, 0), float(card.corners_mm[:, 1].mean())

    return tuple(sorted(cards, key=place))
