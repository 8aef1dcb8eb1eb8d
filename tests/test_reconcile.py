"""What a look changes in what is known: presence, absence, moves, words."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from looks import LAYOUT, SIDE_MM, VIEW, Script

from calibration.rig import Cell, Layout
from digitizer.model import BoardReading, Status
from digitizer.reconcile import apply, reconcile
from digitizer.tracking.assignment import assign


@pytest.fixture
def script() -> Script:
    return Script(np.random.default_rng(7))


def entry(script, title):
    return next(e for e in script.schedule.entries if e.title == title)


def person_confirms(script, said, **words):
    """What the store does when a person stands for a text."""
    old = entry(script, said)
    new = replace(old, **words, confirmed=True, confirmed_fingerprint=old.fingerprint, needs_review=False, version=old.version + 1)
    script.schedule = replace(script.schedule, entries=tuple(new if e.id == old.id else e for e in script.schedule.entries))


def test_it_publishes_a_card_at_its_first_look(script):
    """Presence needs one photo."""
    script.look(script.paper("Board games", 1, 2, "@sam"))
    assert script.kinds() == ["Appeared"]
    assert script.live() == {"Board games": (1, 2)}
    assert entry(script, "Board games").handle == "@sam"


def test_it_cancels_only_what_three_photos_in_a_row_miss(script):
    """Two photos may catch a card badly; seen in between, the count begins anew."""
    card = script.paper("Board games", 1, 2)
    script.look(card)
    for shown in (False, False, True, False, False):
        script.look(*([card] if shown else []))
        assert script.live() == {"Board games": (1, 2)}
    script.look()
    assert script.kinds() == ["Vanished"]
    assert script.live() == {}


def test_places_are_carried_from_one_grid_to_the_next(script):
    """Without a calibration each photo measures the grid anew: here 12 % taller, its columns uneven. Nothing moved."""
    cards = [script.paper(title, i, i % 4) for i, title in enumerate(("Board games", "Choir", "Origami", "Salary talk", "Sourdough"))]
    script.look(*cards)
    other = Layout(4, 5, (0.0, 230.0, 410.0, 590.0, 800.0), tuple(180.0 * i for i in range(6)))
    readings = [
        script.reading(replace(card, at_mm=(_middle(other.column_edges_mm, i % 4), 180.0 * i + 90))) for i, card in enumerate(cards)
    ]
    placed = [replace(r, card=replace(r.card, cell=Cell(i, i % 4))) for i, r in enumerate(readings)]
    changes = reconcile(script.schedule, BoardReading("0" * 64, script.at, tuple(placed[1:]), frozenset(), other, VIEW))
    assert {type(c).__name__ for c in changes} == {"Looked", "Seen", "Missed"}
    after = apply(script.schedule, changes, script.at)
    assert after.layout == other
    assert after.entries[0].centre_mm == pytest.approx((115, 90), abs=4)


def _middle(edges_mm, index):
    return (edges_mm[index] + edges_mm[index + 1]) / 2


def test_it_never_cancels_a_hidden_card(script):
    """A person before the board for an hour."""
    card = script.paper("Board games", 1, 2)
    script.look(card)
    for _ in range(120):
        script.look(hidden=((1, 2),))
    assert script.live() == {"Board games": (1, 2)}
    assert script.schedule.cells_seen_at[Cell(1, 2)] < script.schedule.cells_seen_at[Cell(0, 0)]


def test_it_never_cancels_a_card_at_the_edge_of_what_is_hidden(script):
    """A card whose middle is 10 mm from a covered cell may be covered itself."""
    card = script.paper("Board games", 1, 2, dx=-90)
    script.look(card)
    for _ in range(5):
        script.look(hidden=((1, 1),))
    assert script.live() == {"Board games": (1, 2)}


def test_it_never_cancels_what_the_photo_does_not_reach(script):
    """A photo of the left half says nothing of the right."""
    left, right, outside = script.paper("Left", 1, 0), script.paper("Right one", 1, 3), script.paper("Outside", 1, 4, dx=-20)
    script.look(left, right, outside)
    half = VIEW.copy()
    half[1:3, 0] = 500
    for _ in range(6):
        script.look(left, view=half)
    assert script.live() == {"Left": (1, 0), "Right one": (1, 3), "Outside": None}


def test_it_keeps_cards_outside_the_grid_while_it_is_not_known_what_the_photo_shows(script):
    """Without the photo's outline nothing is known of places outside the grid."""
    outside = script.paper("Outside", 1, 4)
    script.look(outside)
    for _ in range(8):
        script.look(view=None)
    assert script.live() == {"Outside": None}


def test_it_lets_go_of_a_card_outside_the_grid_in_the_end(script):
    """More photos than inside: a person there is not told of."""
    script.look(script.paper("Outside", 1, 4))
    for _ in range(3):
        script.look()
        assert script.live() == {"Outside": None}
    script.look()
    assert script.live() == {}


def test_a_moved_card_keeps_its_id(script):
    """Its corrections and calendar entries go with it."""
    card, other = script.paper("Board games", 1, 2), script.paper("Choir", 0, 0)
    script.look(card, other)
    before = script.ids()
    script.look(card.moved_to(3, 1), other)
    assert script.kinds() == ["Moved"]
    assert script.live() == {"Board games": (3, 1), "Choir": (0, 0)}
    assert script.ids() == before


def test_swapped_cards_keep_their_ids(script):
    """Each goes to where the other hung: settled for both at once."""
    one, two = script.paper("Board games", 1, 2), script.paper("Choir", 0, 0)
    script.look(one, two)
    before = script.ids()
    script.look(one.moved_to(0, 0), two.moved_to(1, 2))
    assert script.kinds() == ["Moved", "Moved"]
    assert script.live() == {"Board games": (0, 0), "Choir": (1, 2)}
    assert script.ids() == before


def test_a_card_that_hangs_on_a_line_does_not_flicker_between_cells(script):
    """Jitter of the pose carries its middle over the line and back."""
    card = script.paper("Board games", 1, 2, dx=-98)
    script.look(card)
    for step in range(20):
        script.look(replace(card, at_mm=(400.0 + (3 if step % 2 else -3), 240.0)))
        assert script.kinds() == []


def test_a_card_that_creeps_over_a_line_is_moved_once(script):
    """A hand may push it in small steps; the place is measured from where it last was inside its cell."""
    card = script.paper("Board games", 1, 1, dx=60)
    script.look(card)
    kinds = []
    for step in range(1, 20):
        script.look(replace(card, at_mm=(360.0 + 5 * step, 240.0)))
        kinds += script.kinds()
    assert kinds == ["Moved"]
    assert script.live() == {"Board games": (1, 2)}


def test_two_cards_share_a_cell(script):
    """Neither is taken for the other, and one may leave."""
    one, two = script.paper("Board games", 1, 2, dx=-45), script.paper("Choir", 1, 2, dx=45)
    script.look(one)
    script.look(one, two)
    assert script.live() == {"Board games": (1, 2), "Choir": (1, 2)}
    for _ in range(3):
        script.look(two)
    assert script.live() == {"Choir": (1, 2)}


def test_two_cards_that_say_the_same_are_two_sessions(script):
    """A session held twice."""
    one, two = script.paper("Board games", 0, 0), script.paper("Board games", 3, 3)
    for _ in range(3):
        script.look(one, two)
    assert [e.cell for e in script.schedule.entries] == [Cell(0, 0), Cell(3, 3)]


def test_a_card_found_twice_in_one_photo_is_one_card(script):
    """Two outlines on nearly the same spot."""
    card = script.paper("Board games", 1, 2)
    script.look(card, replace(card, at_mm=(card.at_mm[0] + 6, card.at_mm[1])))
    assert len(script.schedule.entries) == 1


def test_a_card_pinned_over_a_larger_one_is_a_card_of_its_own(script):
    """The one below is seen in part: its session goes on, the new one begins."""
    below, above = script.paper("Time series forecasting", 1, 2), script.paper("Nix & Guix", 1, 2, dx=-6, dy=6)
    script.look(below)
    small = script.reading(above)
    small = replace(small, card=replace(small.card, corners_mm=(small.card.corners_mm - above.at_mm) * 0.8 + above.at_mm))
    script.look(script.reading(below, flips=0.4, said="F", sure=0.1, visible=0.4), small)
    assert script.kinds() == ["Appeared"]
    assert script.live() == {"Time series forecasting": (1, 2), "Nix & Guix": (1, 2)}


def test_a_card_that_comes_back_revives_its_id(script):
    """Put back after lunch, somewhere else."""
    card = script.paper("Board games", 1, 2)
    script.look(card)
    before = script.ids()
    for _ in range(3):
        script.look()
    assert script.live() == {}
    script.look(card.moved_to(4, 0))
    assert script.kinds() == ["Returned"]
    assert script.ids() == before
    assert script.live() == {"Board games": (4, 0)}


def test_another_card_does_not_revive_one_that_is_gone(script):
    """Only the same picture does, though it hangs in the same place."""
    script.look(script.paper("Board games", 1, 2))
    for _ in range(3):
        script.look()
    script.look(script.paper("Choir", 1, 2))
    assert script.kinds() == ["Appeared"]


def test_a_card_pinned_in_place_of_another_is_another_session(script):
    """The old one is gone, the new one there, at the second look that shows it."""
    script.look(script.paper("Board games", 1, 2))
    new = script.paper("Choir", 1, 2)
    script.look(new)
    assert script.live() == {"Board games": (1, 2)}
    script.look(new)
    assert script.kinds() == ["Appeared", "Vanished"]
    assert script.live() == {"Choir": (1, 2)}


def test_a_doubtful_handle_does_not_make_another_card_the_same(script):
    """The title was read with confidence, and so is the other one in its place: two sessions, one after the other."""
    card = script.reading(script.paper("Time series forecasting", 1, 2, "@anadp5"), sure=0.95)
    script.look(replace(card, needs_review=True))
    new = script.paper("Nix & Guix", 1, 2)
    for _ in range(2):
        script.look(script.reading(new, sure=0.75))
    assert script.kinds() == ["Appeared", "Vanished"]
    assert script.live() == {"Nix & Guix": (1, 2)}


def test_a_better_look_at_a_card_that_was_hardly_read_is_the_same_session(script):
    """Its first picture was blurred beyond recognition."""
    script.look(script.reading(script.paper("", 1, 2), said="Sxe qf", sure=0.1))
    before = script.schedule.entries[0].id
    clear = script.paper("Board games", 1, 2)
    for _ in range(2):
        script.look(clear)
    assert script.ids() == {"Board games": before}


def test_a_rewritten_card_with_the_same_words_keeps_its_id(script):
    """Another picture, the same title: the session goes on."""
    script.look(script.paper("Type checking at scale", 1, 2))
    before = script.ids()
    fresh = script.paper("Type checking at scale", 1, 2)
    for _ in range(3):
        script.look(fresh)
    assert script.ids() == before


def test_a_shadow_over_a_clear_card_changes_nothing(script):
    """One look with another picture and nonsense on it."""
    card = script.paper("Board games", 1, 2)
    script.look(card)
    script.look(script.reading(card, flips=0.45, said="Bxxrq gnm", sure=0.3))
    assert script.kinds() == []
    script.look(card)
    assert script.live() == {"Board games": (1, 2)}
    assert entry(script, "Board games").misses == 0


def test_a_doubtful_picture_that_stays_is_for_a_person_to_judge(script):
    """Glare for several looks: the words stay, and the card is flagged."""
    card = script.paper("Board games", 1, 2)
    script.look(card)
    glare = script.paper("", 1, 2)
    for _ in range(2):
        script.look(script.reading(glare, said="Bxxrq", sure=0.3))
    assert script.live() == {"Board games": (1, 2)}
    assert entry(script, "Board games").needs_review


def test_confirmed_words_outrank_any_later_reading(script):
    """A hundred surer readings of the same picture do not change them."""
    card = script.paper("Bord gams", 1, 2)
    script.look(script.reading(card, sure=0.5))
    person_confirms(script, "Bord gams", title="Board games", handle="@sam")
    for _ in range(100):
        script.look(script.reading(card, sure=0.99))
    assert script.live() == {"Board games": (1, 2)}
    assert entry(script, "Board games").handle == "@sam"
    assert not entry(script, "Board games").needs_review


def test_confirmed_words_go_with_a_card_that_moves(script):
    """A move changes the place, not who stands for the text."""
    card = script.paper("Bord gams", 1, 2)
    script.look(card)
    person_confirms(script, "Bord gams", title="Knitting for beginners")
    script.look(card.moved_to(2, 3))
    assert script.live() == {"Knitting for beginners": (2, 3)}
    assert entry(script, "Knitting for beginners").confirmed


def test_a_changed_picture_of_a_confirmed_card_is_a_conflict_at_the_second_look(script):
    """The old words stay published until a person decides; the new ones are offered."""
    script.look(script.paper("Board games", 1, 2))
    person_confirms(script, "Board games")
    new = script.paper("Choir practice", 1, 2)
    script.look(new)
    assert script.kinds() == []
    script.look(new)
    assert script.kinds() == ["Conflict"]
    script.look(new)
    assert script.kinds() == []
    known = entry(script, "Board games")
    assert known.needs_review
    assert known.alternatives[0] == "Choir practice"
    assert script.live() == {"Board games": (1, 2)}


def test_a_conflict_that_was_a_shadow_resolves_itself(script):
    """The card looks again as it did when the person confirmed it."""
    card = script.paper("Board games", 1, 2)
    script.look(card)
    person_confirms(script, "Board games")
    for _ in range(3):
        script.look(script.reading(card, flips=0.45, said="Xqq", sure=0.2))
    assert entry(script, "Board games").needs_review
    for _ in range(2):
        script.look(card)
    assert not entry(script, "Board games").needs_review


def test_two_readings_of_like_confidence_do_not_flicker(script):
    """The published one has the edge."""
    card = script.paper("Board games", 1, 2)
    titles = []
    for step in range(40):
        script.look(script.reading(card, said="Board games" if step % 2 else "Bored games", sure=0.72 + 0.02 * (step % 3)))
        titles += script.live()
    assert sum(a != b for a, b in pairwise(titles)) <= 1


def test_a_much_surer_reading_replaces_the_published_one_at_once(script):
    """The first look was blurred."""
    card = script.paper("Board games", 1, 2)
    script.look(script.reading(card, said="Bcard qames", sure=0.4))
    script.look(script.reading(card, sure=0.95))
    assert script.kinds() == ["Reworded"]
    assert script.live() == {"Board games": (1, 2)}


def test_a_surer_reading_is_never_replaced_by_one_that_is_less_sure(script):
    """Not by one look of it."""
    card = script.paper("Board games", 1, 2)
    script.look(script.reading(card, sure=0.95))
    script.look(script.reading(card, said="Bcard qames", sure=0.4))
    assert script.live() == {"Board games": (1, 2)}


def test_what_more_looks_have_voted_down_does_not_come_back_with_the_next(script):
    """One look was surer, but all since say otherwise: each of the two replaced the other, look by look."""
    card = script.paper("Board games", 1, 2)
    script.look(script.reading(card, said="Bcard qames", sure=0.65))
    titles = []
    for _ in range(8):
        script.look(script.reading(card, sure=0.3))
        titles += script.live()
    assert sum(a != b for a, b in pairwise(titles)) == 1
    assert titles[-1] == "Board games"


def test_an_edited_card_is_believed_at_its_third_look(script):
    """Somebody adds a word; picture and place stay nearly the same."""
    card = script.paper("Board games", 1, 2)
    for _ in range(10):
        script.look(card)
    edited = replace(card, title="Board games and cake")
    for _ in range(3):
        script.look(edited)
    assert script.live() == {"Board games and cake": (1, 2)}
    assert len(script.schedule.entries) == 1


def test_half_a_card_behind_a_shoulder_is_seen_but_not_read(script):
    """What shows of it is not its text."""
    card = script.paper("Board games", 1, 2)
    script.look(card)
    for _ in range(4):
        script.look(script.reading(card, flips=0.4, said="ames", sure=0.9, visible=0.4))
    assert script.live() == {"Board games": (1, 2)}
    assert entry(script, "Board games").seen_at == script.at


def test_a_dismissed_card_stays_dismissed_while_its_picture_stays(script):
    """Also after it hung elsewhere, and after it was away."""
    card = script.paper("Toilets this way", 1, 2)
    script.look(card)
    old = entry(script, "Toilets this way")
    script.schedule = replace(script.schedule, entries=(replace(old, status=Status.DISMISSED, confirmed_fingerprint=old.fingerprint),))
    for shown in ([card], [card.moved_to(0, 0)], [], [], [], [], [card]):
        script.look(*shown)
        assert script.live() == {}
        assert len(script.schedule.entries) == 1


def test_a_new_card_in_place_of_a_dismissed_one_is_a_session(script):
    """The picture changed."""
    script.look(script.paper("Toilets this way", 1, 2))
    old = script.schedule.entries[0]
    script.schedule = replace(script.schedule, entries=(replace(old, status=Status.DISMISSED, confirmed_fingerprint=old.fingerprint),))
    new = script.paper("Choir", 1, 2)
    script.look(new)
    script.look(new)
    assert script.live() == {"Choir": (1, 2)}


def test_a_cell_given_by_a_person_stays_while_the_card_hangs_outside(script):
    """Assigned from the outside tray; taken down from the wall and pinned inside, the board speaks again."""
    card = script.paper("Board games", 2, 4, dx=-30)
    script.look(card)
    script.schedule = replace(script.schedule, entries=(replace(script.schedule.entries[0], cell=Cell(2, 3), assigned=True),))
    for _ in range(3):
        script.look(card)
        assert script.live() == {"Board games": (2, 3)}
    script.look(card.moved_to(0, 1))
    assert script.live() == {"Board games": (0, 1)}


def test_it_ignores_a_photo_older_than_what_is_known(script):
    """Nothing is applied backwards, and the organizer is told."""
    script.look(script.paper("Board games", 1, 2))
    late = BoardReading("0" * 64, script.at - timedelta(seconds=1), (), frozenset(), LAYOUT, VIEW)
    (ignored,) = reconcile(script.schedule, late)
    assert "09:00:29" in ignored.reason
    assert apply(script.schedule, (ignored,), late.taken_at).entries == script.schedule.entries


def test_it_doubts_a_photo_that_misses_most_cards(script):
    """Lights out, another board: nothing is cancelled for some looks, nothing appears or moves, and the organizer is told."""
    cards = [script.paper(title, i // 4, i % 4) for i, title in enumerate(("Board games", "Choir", "Origami", "Salary talk", "Sourdough"))]
    script.look(*cards)
    before, stranger = script.live(), script.paper("Vim golf", 4, 3)
    for _ in range(5):
        script.look(stranger, cards[0].moved_to(3, 3))
        assert script.kinds() == ["Ignored"]
        assert script.live() == before
    script.look(stranger, cards[0].moved_to(3, 3))
    assert script.live() == {"Vim golf": (4, 3), "Board games": (3, 3)}


def test_blank_cards_are_no_reason_to_doubt_a_photo(script):
    """Patches of light, found once."""
    cards = [script.paper("Board games", 0, 0), script.paper("Choir", 0, 1)]
    blanks = [script.reading(script.paper("", 3, i), sure=0.0) for i in range(4)]
    script.look(*cards, *blanks)
    for _ in range(3):
        script.look(*cards)
    assert script.live() == {"Board games": (0, 0), "Choir": (0, 1)}


def test_doubted_photos_do_not_add_to_those_that_count(script):
    """Five dark looks and two that miss a card are not seven that miss it."""
    cards = [script.paper(title, i // 4, i % 4) for i, title in enumerate(("Board games", "Choir", "Origami", "Salary talk", "Sourdough"))]
    script.look(*cards)
    for _ in range(5):
        script.look()
    for _ in range(2):
        script.look(*cards[1:])
        assert len(script.live()) == 5
    script.look(*cards[1:])
    assert set(script.live()) == {"Choir", "Origami", "Salary talk", "Sourdough"}


def test_it_doubts_a_photo_whose_grid_slipped_by_a_cell(script):
    """All cards one column to the right, exactly: the pose did it."""
    cards = [script.paper(title, i, 1) for i, title in enumerate(("Board games", "Choir", "Origami", "Salary talk", "Sourdough"))]
    script.look(*cards)
    before = script.live()
    script.look(*(replace(card, at_mm=(card.at_mm[0] + 200, card.at_mm[1])) for card in cards))
    assert script.kinds() == ["Ignored"]
    assert script.live() == before


def test_it_believes_hands_that_move_all_cards(script):
    """People do not re-hang a column to the millimetre."""
    cards = [script.paper(title, i, 1) for i, title in enumerate(("Board games", "Choir", "Origami", "Salary talk", "Sourdough"))]
    script.look(*cards)
    script.look(*(card.moved_to(i, 2, *script.rng.normal(0, 20, 2)) for i, card in enumerate(cards)))
    assert script.kinds() == ["Moved"] * 5


def test_being_seen_again_leaves_the_version_of_an_entry(script):
    """A form that a person has open stays valid while the camera looks."""
    card = script.paper("Board games", 1, 2)
    script.look(card)
    version = entry(script, "Board games").version
    for _ in range(5):
        script.look(card)
    assert entry(script, "Board games").version == version
    assert script.schedule.version == 6


def test_an_assignment_has_the_highest_sum():
    """Against all assignments there are."""
    from itertools import permutations

    rng = np.random.default_rng(3)
    for _ in range(100):
        rows, columns = rng.integers(1, 6, 2)
        scores = rng.normal(size=(rows, columns))
        square = np.zeros((6, 6))
        square[:rows, :columns] = np.maximum(scores, 0)
        best = max(sum(square[i, order[i]] for i in range(6)) for order in permutations(range(6)))
        assert sum(scores[i, j] for i, j in assign(scores)) == pytest.approx(best)


def test_the_fingerprint_side_of_a_card_is_that_of_its_area(script):
    """Places are measured in card sides."""
    from digitizer.tracking.likeness import side_mm

    assert side_mm(script.reading(script.paper("Board games", 1, 2))) == pytest.approx(SIDE_MM)


def over(script, paper, share: float = 0.8):
    """A smaller card that hangs over a part of another's place."""
    small = script.reading(paper)
    return replace(small, card=replace(small.card, corners_mm=(small.card.corners_mm - paper.at_mm) * share + paper.at_mm))


def test_a_card_under_another_is_in_doubt_but_never_cancelled(script):
    """A smaller card of the same colour hangs over it, and nothing of it is found any more, for an hour."""
    below, above = script.paper("Time series forecasting", 1, 2), script.paper("Nix & Guix", 1, 2, dx=-6, dy=6)
    script.look(below)
    for _ in range(120):
        script.look(over(script, above))
    assert script.live() == {"Time series forecasting": (1, 2), "Nix & Guix": (1, 2)}
    assert entry(script, "Time series forecasting").needs_review


def test_a_card_that_was_under_another_is_known_again(script):
    """Its id is the same, and no doubt is left."""
    below, above = script.paper("Time series forecasting", 1, 2), script.paper("Nix & Guix", 1, 2, dx=-6, dy=6)
    script.look(below)
    before = script.ids()
    for _ in range(5):
        script.look(over(script, above))
    for _ in range(3):
        script.look(below)
    assert script.ids() == before
    assert not entry(script, "Time series forecasting").needs_review


def test_what_hung_under_a_card_and_is_gone_with_it_is_cancelled(script):
    """Once its place is seen bare, as often as any."""
    below, above = script.paper("Time series forecasting", 1, 2), script.paper("Nix & Guix", 1, 2, dx=-6, dy=6)
    script.look(below)
    for _ in range(5):
        script.look(over(script, above))
    for _ in range(3):
        script.look()
    assert script.live() == {}


def test_what_a_person_wrote_stays_while_another_card_hangs_over_it(script):
    """Nobody has to decide anything."""
    below, above = script.paper("Time series", 1, 2), script.paper("Nix & Guix", 1, 2, dx=-6, dy=6)
    script.look(below)
    person_confirms(script, "Time series", title="Forecasting")
    for _ in range(5):
        script.look(over(script, above))
    assert script.live() == {"Forecasting": (1, 2), "Nix & Guix": (1, 2)}
    assert not entry(script, "Forecasting").needs_review


def test_a_piece_beside_a_shoulder_is_no_card_and_no_wording(script):
    """The finder takes what shows of a card for a card; the person's outline tells."""
    card = script.paper("Type checking at scale", 1, 2)
    script.look(card)
    person = np.array([[512.0, 0.0], [700.0, 0.0], [700.0, 900.0], [512.0, 900.0]])
    piece = script.reading(card, flips=0.3, said="Type che", sure=0.5)
    left = piece.card.corners_mm.copy()
    left[:, 0] = np.minimum(left[:, 0], 512.0)
    for _ in range(6):
        script.look(replace(piece, card=replace(piece.card, corners_mm=left)), people=(person,))
    assert script.live() == {"Type checking at scale": (1, 2)}
    assert len(script.schedule.entries) == 1


def test_a_card_before_which_somebody_stands_is_not_missed(script):
    """Though its cell is not called hidden: little of it is."""
    script.look(script.paper("Type checking at scale", 1, 2))
    person = np.array([[520.0, 0.0], [560.0, 0.0], [560.0, 900.0], [520.0, 900.0]])
    for _ in range(20):
        script.look(people=(person,))
    assert script.live() == {"Type checking at scale": (1, 2)}


def test_a_card_that_was_moved_behind_somebody_is_not_cancelled(script):
    """Its old place is bare, its new one hidden, for three minutes."""
    card, other = script.paper("Board games", 1, 1), script.paper("Choir", 0, 0)
    script.look(card, other)
    before = script.ids()
    hidden = tuple((row, 3) for row in range(5))
    for _ in range(6):
        script.look(other, hidden=hidden)
    assert script.ids() == before
    script.look(card.moved_to(2, 3), other)
    assert script.ids() == before
    assert script.live() == {"Board games": (2, 3), "Choir": (0, 0)}


def test_a_card_taken_off_while_somebody_stays_is_cancelled_in_the_end(script):
    """Six minutes of a camera that looks every 30 s."""
    card, other = script.paper("Board games", 1, 1), script.paper("Choir", 0, 0)
    script.look(card, other)
    for _ in range(12):
        script.look(other, hidden=((4, 3),))
    assert script.live() == {"Choir": (0, 0)}


def test_a_first_bad_look_at_a_moved_card_is_made_good(script):
    """It was taken for a new one; the next look shows which it is, and its id goes on."""
    card = script.paper("Board games", 1, 2)
    script.look(card)
    before = script.ids()
    away = card.moved_to(3, 0)
    script.look(script.reading(away, flips=0.36, said="8oaxd qrnes", sure=0.3))
    assert len(script.live()) == 2
    script.look(away)
    assert script.ids() == before
    assert script.live() == {"Board games": (3, 0)}


def test_a_single_badly_cut_picture_is_not_what_a_card_looks_like(script):
    """Else it would not be known when it is moved next."""
    card = script.paper("Board games", 1, 2)
    script.look(card)
    before = script.ids()
    script.look(script.reading(card, flips=0.36, sure=0.6))
    script.look(script.reading(card.moved_to(3, 0), said="Bomrd gnmss", sure=0.3))
    assert script.ids() == before


def test_a_card_put_where_another_was_seen_gone_covers_nothing(script):
    """The place was bare before it came."""
    script.look(script.paper("Board games", 1, 2))
    script.look()
    script.look()
    script.look(over(script, script.paper("Choir", 1, 2, dx=20)))
    assert script.live() == {"Choir": (1, 2)}


def test_two_cards_found_as_one_are_two_sessions(script):
    """The outline of the lower one has grown, its upper corners are where they were to the millimetre, and it reads otherwise."""
    script.look(script.paper("Time series forecasting", 1, 2))
    x, y = script.schedule.entries[0].centre_mm
    both = script.reading(script.paper("Nix & Guix", 1, 2))
    corners = np.array([[x - 38, y - 38], [x + 38, y - 38], [x + 38, y + 52], [x - 38, y + 52]])
    for _ in range(6):
        script.look(replace(both, card=replace(both.card, corners_mm=corners)))
    assert script.live() == {"Time series forecasting": (1, 2), "Nix & Guix": (1, 2)}
    assert entry(script, "Time series forecasting").needs_review


def test_a_card_that_was_first_cut_out_too_small_is_not_doubled(script):
    """One look at it, in doubt, is no shape to hold a larger outline against: it is the card itself, under the id it has."""
    card = script.paper("The state of Java", 1, 2)
    part = script.reading(card, said="of Java", sure=0.4)
    script.look(part)
    before = set(script.ids().values())
    (left, top), (right, bottom) = part.card.corners_mm[[0, 2]]
    whole = np.array([[left, top - 14], [right, top - 14], [right, bottom], [left, bottom]])
    other = script.reading(script.paper("The state of Java", 1, 2))
    for _ in range(4):
        script.look(replace(other, card=replace(other.card, corners_mm=whole)))
    assert script.live() == {"The state of Java": (1, 2)}
    assert set(script.ids().values()) == before


def test_a_nudge_of_the_camera_is_taken_off_before_places_are_compared(script):
    """All cards shift by some millimetres at once."""
    titles = ("Board games", "Choir", "Origami", "Salary talk", "Sourdough")
    cards = [script.paper(title, i, 1) for i, title in enumerate(titles)]
    script.look(*cards)
    x, y = script.schedule.entries[2].centre_mm
    both = script.reading(script.paper("Nix & Guix", 2, 1))
    corners = np.add([[x - 38, y - 38], [x + 38, y - 38], [x + 38, y + 52], [x - 38, y + 52]], [7, -6])
    others = [replace(card, at_mm=(card.at_mm[0] + 7, card.at_mm[1] - 6)) for i, card in enumerate(cards) if i != 2]
    for _ in range(6):
        script.look(*others, replace(both, card=replace(both.card, corners_mm=corners)))
    assert set(script.live()) == {*titles, "Nix & Guix"}
