"""Segment: every card in its cell, nothing that is no card, and what could not be seen said so."""

from dataclasses import replace
from datetime import UTC, datetime

import cv2
import numpy as np
import pytest
from synth import CardTruth, Style, Synth, scene, sheet_of

from calibration.rig import Cell, Layout, readonly
from digitizer.cards.fingerprint import fingerprint
from digitizer.model import Card, Photo, Pose, Segmentation, Sheet
from digitizer.rectify import rectify
from digitizer.segment import segment
from digitizer.tracking.likeness import bits_apart

SIZE = (1600, 1200)
"""Some 230 px a cell: what a phone makes of a board of ten columns."""


def look(drawn: Synth) -> tuple[Sheet, Segmentation]:
    """A drawn board through its true pose."""
    sheet = sheet_of(drawn)
    return sheet, segment(sheet, drawn.layout)


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    """Intersection over union of two convex quads."""
    a, b = one.astype(np.float32), other.astype(np.float32)
    common, _ = cv2.intersectConvexConvex(a, b)
    return common / (cv2.contourArea(a) + cv2.contourArea(b) - common)


def match(drawn: Synth, found: Segmentation) -> list[tuple[CardTruth, Card | None]]:
    """Each drawn card with the found one that covers it best, None where none covers most of it."""
    pairs = []
    for truth in drawn.cards:
        best = max(found.cards, key=lambda card: overlap(card.corners_mm, truth.corners_mm), default=None)
        pairs.append((truth, best if best is not None and overlap(best.corners_mm, truth.corners_mm) > 0.8 else None))
    return pairs


def worst_corner_px(drawn: Synth, sheet: Sheet, found: Segmentation) -> list[float]:
    """The largest error of a corner of each matched card, in sheet px; corner order counts."""
    return [float(np.abs(c.corners_mm - t.corners_mm).max()) * sheet.px_per_mm for t, c in match(drawn, found) if c is not None]


@pytest.mark.parametrize("style", ["marker", "cork-tape", "painters-tape", "hairline", "column-lines", "lineless"])
def test_it_finds_every_card_in_its_cell_and_no_other(style: str) -> None:
    """On every kind of board, also white paper on white: each card once, in the cell where its centre lies."""
    drawn = scene(21, style=style, rows=4, columns=5, size_px=SIZE)
    sheet, found = look(drawn)
    assert [truth.title for truth, card in match(drawn, found) if card is None or card.cell != truth.cell] == []
    assert len(found.cards) == len(drawn.cards)
    assert found.hidden == frozenset()
    assert np.median(worst_corner_px(drawn, sheet, found)) < 2.0


def test_it_finds_cards_among_white_strips() -> None:
    """The strips of a felt board are no cards, and cards that hang on them end where their paper does."""
    drawn = scene(22, style="felt-strips", rows=3, columns=4, size_px=SIZE, paper_bgr=(90, 235, 250))
    sheet, found = look(drawn)
    assert [t.title for t, c in match(drawn, found) if c is None or c.cell != t.cell] == []
    assert len(found.cards) == len(drawn.cards)
    assert np.median(worst_corner_px(drawn, sheet, found)) < 2.0


def test_it_finds_white_on_white_by_its_edges() -> None:
    """Paper of the whiteboard's own colour has only its shadow and its writing."""
    drawn = scene(8, style="whiteboard", rows=4, columns=4, size_px=SIZE, paper_bgr=(240, 241, 240))
    _, found = look(drawn)
    missing = [truth.title for truth, card in match(drawn, found) if card is None or card.cell != truth.cell]
    assert len(missing) <= 0.15 * len(drawn.cards)
    assert len(found.cards) <= len(drawn.cards)


def test_it_follows_cards_that_hang_askew() -> None:
    """A turn of 15 degrees is found and undone: the picture's own corners stand where the paper's do."""
    drawn = scene(22, rows=4, columns=4, size_px=SIZE, turn_deg=15.0)
    sheet, found = look(drawn)
    assert all(card is not None for _, card in match(drawn, found))
    assert np.median(worst_corner_px(drawn, sheet, found)) < 2.5


def test_it_cuts_pictures_upright_and_tight() -> None:
    """A picture is as large as its card is on the sheet, and paper reaches to its rim all around."""
    drawn = scene(22, rows=4, columns=4, size_px=SIZE, turn_deg=15.0)
    sheet, found = look(drawn)
    for truth, card in match(drawn, found):
        assert card is not None
        wide, high = (np.linalg.norm(truth.corners_mm[i] - truth.corners_mm[0]) * sheet.px_per_mm for i in (1, 3))
        assert np.allclose(card.image.shape[:2], [high, wide], atol=4)
        rim = np.concatenate([card.image[4, 6:-6], card.image[-5, 6:-6], card.image[6:-6, 4], card.image[6:-6, -5]]).astype(float)
        assert np.abs(np.median(rim, axis=0) / max(truth.bgr) - np.array(truth.bgr) / max(truth.bgr)).max() < 0.3


def test_it_leaves_an_empty_board_empty() -> None:
    """Lines, labels, title and poster are no cards, and an empty cell is neither a card nor hidden."""
    for style in ("whiteboard", "cork-tape", "felt-strips"):
        _, found = look(scene(3, style=style, rows=4, columns=5, fill=0.0, poster=True, size_px=SIZE))
        assert [card for card in found.cards if card.cell is not None] == []
        assert found.hidden == frozenset()


def test_it_keeps_cards_outside_the_grid_without_a_cell() -> None:
    """Strays to the right are cards; the labels on the other sides are not."""
    drawn = scene(12, style="lineless", rows=4, columns=4, stray=2, size_px=SIZE)
    _, found = look(drawn)
    strays = [card for truth, card in match(drawn, found) if truth.cell is None]
    assert all(card is not None and card.cell is None for card in strays)
    assert len([card for card in found.cards if card.cell is None]) == 2


def test_it_finds_several_in_a_cell() -> None:
    """Two cards side by side, or one over the other's corner, are two."""
    drawn = scene(31, rows=3, columns=3, size_px=SIZE, per_cell=2, fill=0.8)
    _, found = look(drawn)
    apart = [t for t in drawn.cards if all(t is o or overlap(t.corners_mm, o.corners_mm) < 0.02 for o in drawn.cards)]
    missing = [t.title for t, card in match(drawn, found) if t in apart and card is None]
    assert missing == []


def test_it_calls_cells_behind_a_person_hidden() -> None:
    """Nobody is a card; a cell that somebody covers is unknown; one that nobody is near is not."""
    for seed in (2, 11):
        drawn = scene(seed, rows=4, columns=5, person=True, size_px=SIZE)
        _, found = look(drawn)
        covered = _covered(drawn)
        assert {cell for cell, share in covered.items() if share > 0.5} <= found.hidden
        assert not {cell for cell, share in covered.items() if share == 0} & found.hidden
        for card in found.cards:
            truth = max(drawn.cards, key=lambda t, card=card: overlap(t.corners_mm, card.corners_mm))
            assert overlap(truth.corners_mm, card.corners_mm) > 0.3
        assert found.people_mm


def _covered(drawn: Synth) -> dict[Cell, float]:
    """Share of each cell that the person covers."""
    shares = {}
    for row in range(drawn.layout.rows):
        for column in range(drawn.layout.columns):
            mask = np.zeros(drawn.person.shape, np.uint8)
            corners = drawn.photo_from_mm(drawn.layout.corners_mm(Cell(row, column)))
            cv2.fillPoly(mask, [np.rint(corners).astype(np.int32)], 1)
            shares[Cell(row, column)] = float(drawn.person[mask > 0].mean())
    return shares


def test_it_sees_in_dim_light() -> None:
    """At a third of the light the same cards hang in the same cells."""
    drawn = scene(22, rows=4, columns=5, light=0.33, size_px=SIZE)
    _, found = look(drawn)
    assert [truth.title for truth, card in match(drawn, found) if card is None or card.cell != truth.cell] == []


def test_its_fingerprints_tell_the_same_card_from_others() -> None:
    """Other light, noise and blur change a few bits of 256; another card changes a third of them."""
    bright = scene(22, rows=4, columns=5, size_px=SIZE)
    dim = scene(22, rows=4, columns=5, size_px=SIZE, light=0.5, noise=3.0, blur_px=1.0)
    one, two = match(bright, look(bright)[1]), match(dim, look(dim)[1])
    marks = [(a.fingerprint, b.fingerprint, t) for (t, a), (_, b) in zip(one, two, strict=True) if a is not None and b is not None]
    assert len(marks) == len(bright.cards)
    same = [bits_apart(a, b) for a, b, _ in marks]
    other = [bits_apart(a, b) for i, (a, _, t) in enumerate(marks) for j, (_, b, o) in enumerate(marks) if i != j and t.title != o.title]
    assert 256 * np.median(same) < 20
    assert max(same) < min(other)


def test_its_fingerprint_ignores_what_stands_before_the_card() -> None:
    """With a mask, what covers a corner of the card changes less than it does without."""
    drawn = scene(22, rows=4, columns=5, size_px=SIZE)
    card = look(drawn)[1].cards[0]
    height, width = card.image.shape[:2]
    covered, mask = card.image.copy(), np.full((height, width), 255, np.uint8)
    corner = np.s_[height * 2 // 3 :, width // 2 :]
    covered[corner], mask[corner] = (40, 60, 90), 0
    assert bits_apart(fingerprint(covered, mask), card.fingerprint) < bits_apart(fingerprint(covered), card.fingerprint)


def test_fingerprints_of_other_lengths_are_of_other_cards():
    """Bytes from another version are no fingerprint."""
    assert bits_apart(b"\0" * 31, b"\0" * 32) == 1


def test_it_reads_a_part_of_a_sheet_as_in_the_whole() -> None:
    """A window of the sheet, cut out with its frame, has the cards that it holds whole; sizes are known from the last look."""
    drawn = scene(21, rows=4, columns=5, size_px=SIZE)
    sheet, found = look(drawn)
    height, width = sheet.seen.shape
    box = np.s_[: height * 2 // 3, : width * 2 // 3]
    part = replace(sheet, image=sheet.image[box], even=sheet.even[box], seen=sheet.seen[box])
    inside = np.array([width, height]) * 2 / 3 / sheet.px_per_mm + sheet.board_from_sheet[:2, 2] - 8
    whole = [card for card in found.cards if (card.corners_mm < inside).all()]
    again = segment(part, drawn.layout, known=found.cards).cards
    assert whole
    assert all(any(overlap(card.corners_mm, other.corners_mm) > 0.9 and card.cell == other.cell for other in again) for card in whole)


def test_a_sunlit_cell_is_no_card() -> None:
    """A sunbeam on two empty cells, cut by the drawn lines, makes no sheets of them; cards in the sun are found all the same."""
    drawn = scene(5, style="marker", size_px=(1400, 1000), rows=4, columns=5, fill=0.4, unequal=0.0)
    dim = drawn.photo.image * 0.62
    left, right = drawn.layout.column_edges_mm[1], drawn.layout.column_edges_mm[3]
    beam = drawn.photo_from_mm(np.array([[left, 0.0], [right, 0.0], [right, 700.0], [left, 700.0]]))
    mask = np.zeros(dim.shape[:2], np.float32)
    cv2.fillPoly(mask, [np.rint(beam).astype(np.int32)], 1.0)
    lit = np.clip(dim * (1 + 0.5 * cv2.GaussianBlur(mask, (0, 0), 3.0))[..., None], 0, 255).astype(np.uint8)
    _, found = look(replace(drawn, photo=replace(drawn.photo, image=lit)))
    filled = {card.cell for card in drawn.cards}
    assert [card.cell for card in found.cards if card.cell is not None and card.cell not in filled] == []
    assert sum(card is not None for _, card in match(drawn, found)) == len(drawn.cards)


def in_light(drawn: Synth, factor: float, soft_px: float) -> Synth:
    """The drawn board behind the slanting edge of a shadow or a sunbeam, whose light is ``factor`` of the rest's."""
    rows, columns = np.mgrid[: drawn.photo.image.shape[0], : drawn.photo.image.shape[1]].astype(np.float32)
    beyond = ((columns - 0.5 * columns.shape[1]) * 0.8 + (rows - 0.5 * rows.shape[0]) * 0.6) / soft_px
    light = 1 + (factor - 1) / (1 + np.exp(-np.clip(beyond, -30, 30)))
    lit = np.clip(0.6 * drawn.photo.image * light[..., None], 0, 255).astype(np.uint8)
    return replace(drawn, photo=replace(drawn.photo, image=lit))


@pytest.mark.parametrize(("style", "factor"), [("painters-tape", 0.6), ("marker", 0.6), ("marker", 1.6)])
def test_cells_beyond_the_edge_of_a_shadow_are_board(style: str, factor: float) -> None:
    """Half of the board in the shade or in the sun, the edge slanting through cells and cards: no empty cell is a sheet, none is lost."""
    drawn = scene(14, style=style, size_px=(1400, 1000), rows=5, columns=5, fill=0.4, unequal=0.0, paper_bgr=(120, 225, 250))
    lit = in_light(drawn, factor, 6.0)
    _, found = look(lit)
    filled = {card.cell for card in drawn.cards}
    assert [card.cell for card in found.cards if card.cell is not None and card.cell not in filled] == []
    assert [truth.title for truth, card in match(lit, found) if card is None] == []


def test_a_card_goes_on_into_the_deep_shade_of_the_one_above() -> None:
    """A curled card throws a shade on the top of the next, in which a fifth of the light is left: writing there is the card's."""
    drawn = scene(21, style="marker", rows=4, columns=5, size_px=SIZE)
    light = np.ones(drawn.photo.image.shape[:2], np.float32)
    for card in drawn.cards:
        top_left, top_right, right, left = card.corners_mm
        band = np.array([top_left, top_right, top_right + 0.15 * (right - top_right), top_left + 0.15 * (left - top_left)])
        cv2.fillConvexPoly(light, np.rint(drawn.photo_from_mm(band)).astype(np.int32), 0.5)
    shaded = (drawn.photo.image * cv2.GaussianBlur(light, (0, 0), 1.5)[..., None]).astype(np.uint8)
    _, found = look(replace(drawn, photo=replace(drawn.photo, image=shaded)))
    shares = [max(overlap(card.corners_mm, truth.corners_mm) for card in found.cards) for truth in drawn.cards]
    assert np.median(shares) > 0.9


def test_a_reflection_is_no_card() -> None:
    """Soft patches of light of the size of a sheet, as a window pane and a lamp throw on glass and whiteboards, are board."""
    drawn = scene(11, style="marker", size_px=(1400, 1000), rows=5, columns=5, fill=0.3, unequal=0.0)
    filled = {card.cell for card in drawn.cards}
    empty = [Cell(row, column) for row in range(5) for column in range(5) if Cell(row, column) not in filled]
    patches = np.zeros(drawn.photo.image.shape[:2], np.float32)
    for cell in empty[::2]:
        corners = drawn.layout.corners_mm(cell)
        inner = corners.mean(axis=0) + 0.5 * (corners - corners.mean(axis=0))
        cv2.fillPoly(patches, [np.rint(drawn.photo_from_mm(inner)).astype(np.int32)], 1.0)
    glow = 0.6 * drawn.photo.image + cv2.GaussianBlur(patches, (0, 0), 12.0)[..., None] * np.array([90.0, 70.0, 55.0])
    _, found = look(replace(drawn, photo=replace(drawn.photo, image=np.clip(glow, 0, 255).astype(np.uint8))))
    assert [card.cell for card in found.cards if card.cell is not None and card.cell not in filled] == []
    assert sum(card is not None for _, card in match(drawn, found)) == len(drawn.cards)


def test_dashed_lines_are_no_writing() -> None:
    """Dashes along the dividers are lines: no card is found about them, and sheets of the board's colour are found beside them."""
    dashed = Style((238, 240, 238), 1, (60, 60, 190), 7, 1.5, dash_mm=22)
    drawn = scene(22, style=dashed, rows=4, columns=5, size_px=SIZE, fill=0.4, paper_bgr=dashed.surface_bgr)
    _, found = look(drawn)
    assert [truth.title for truth, card in match(drawn, found) if card is None or card.cell != truth.cell] == []
    assert len(found.cards) == len(drawn.cards)


def dark_board() -> tuple[Photo, Pose]:
    """A navy board 4x4, neon cards in all but its last column; around it white labels, on a white wall."""
    cell_px, from_px = 160, 200
    edges = tuple(float(edge) for edge in range(0, 5 * cell_px, cell_px))
    picture = np.full((from_px + 5 * cell_px, from_px + 5 * cell_px, 3), (236, 238, 236), np.uint8)
    end = from_px + 4 * cell_px
    picture[from_px - 20 : end + 6, from_px - 20 : end + 6] = (70, 45, 30)
    for k in range(4):
        low, high = from_px + k * cell_px + 6, from_px + (k + 1) * cell_px - 6
        picture[from_px - 90 : from_px + 12, low:high] = (245, 245, 245)
        picture[low:high, from_px - 90 : from_px + 12] = (245, 245, 245)
    for k in range(12):
        left, top = from_px + k % 3 * cell_px + 22, from_px + k // 3 * cell_px + 22
        picture[top : top + 122, left : left + 122] = ((90, 235, 250), (150, 120, 245), (140, 235, 160), (245, 205, 130))[k % 4]
    noisy = picture + np.random.default_rng(3).normal(0, 2, picture.shape)
    photo = Photo(readonly(np.clip(noisy, 0, 255).astype(np.uint8)), datetime(2026, 11, 22, 12, tzinfo=UTC), "navy.png", "0" * 64)
    board_from_photo = np.array([[1.0, 0, -from_px], [0, 1, -from_px], [0, 0, 1]])
    return photo, Pose(readonly(board_from_photo), Layout(4, 4, edges, edges), "truth", {}, 0.0)


def test_a_dark_board_among_white_labels_is_board() -> None:
    """Labels and wall have more of what lies around the grid than the board has: its cells are neither hidden nor cards."""
    photo, pose = dark_board()
    found = segment(rectify(photo, pose), pose.layout)
    assert found.hidden == frozenset()
    assert {card.cell for card in found.cards if card.cell} == {Cell(k // 3, k % 3) for k in range(12)}
