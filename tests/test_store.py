"""The store: compare-and-set, history, undo, what the public sees."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from kept import inbox_of, jpeg
from made_up import EVENT_TOML, card_reading, event, hang, seeded
from sqlalchemy import text

from calibration.rig import Cell, Layout, Rig
from digitizer.errors import ConfigError, NotStored, StoreError
from digitizer.event import parse_event
from digitizer.model import Looked, Missed, Moved, Seen, Status, Vanished
from digitizer.reconcile import apply
from webapp.db import open_engine
from webapp.feeds.atom import sentence
from webapp.store import Look, StaleWrite, open_store, stored_event
from webapp.values import ChangeKind, PhotoState, SessionStatus

LATER = datetime(2024, 5, 17, 14, 0, tzinfo=UTC)


@pytest.fixture
def ids(store):
    return seeded(store)


def session(store, entry_id):
    return next(s for s in store.published() if s.id == entry_id)


def change(store, *changes, at=LATER):
    """Apply changes as a look would."""
    before = store.schedule("friday")
    store.commit(before.version, apply(before, changes, at), changes, Look(at))


def test_it_returns_the_entries_that_were_committed(store, ids):
    """All fields, times with their zone."""
    entry = store.entry(ids["Board games"])
    assert entry in store.schedule("friday").entries
    assert (entry.cell, entry.handle, entry.host) == (Cell(1, 0), "@sam_codes", "Sam")
    assert entry.seen_at.utcoffset() == timedelta(0)
    assert store.schedule("saturday").entries == ()


def test_it_keeps_the_grid_of_the_last_look(store, ids):
    """In whose millimetres places are."""
    grid = Layout(2, 3, (0.0, 180.0, 400.0), (0.0, 160.0, 320.0, 480.0), scale_is_known=True)
    change(store, Looked(frozenset({Cell(0, 0)}), grid))
    assert store.schedule("friday").layout == grid
    change(store, Seen(ids["Board games"], card_reading("Board games", Cell(1, 0))))
    assert store.schedule("friday").layout == grid


def test_it_refuses_a_commit_on_a_schedule_that_has_gone_on(store, ids):
    """The second of two writers reads again; nothing of its write stays."""
    before = store.schedule("friday")
    store.correct(ids["Board games"], 1, "Board games!", None, None, "ada")
    with pytest.raises(StaleWrite, match="gone on"):
        store.commit(before.version, apply(before, [Vanished(ids["Board games"])], LATER), (), Look(LATER))
    assert store.entry(ids["Board games"]).title == "Board games!"
    assert store.entry(ids["Board games"]).status is Status.LIVE


def test_it_refuses_a_step_on_an_entry_that_has_changed(store, ids):
    """The reviewer is shown what stands there now."""
    store.correct(ids["Board games"], 1, "Chess", None, None, "ada")
    with pytest.raises(StaleWrite, match="Chess") as refusal:
        store.correct(ids["Board games"], 1, "Checkers", None, None, "bob")
    assert refusal.value.entry.title == "Chess"
    assert store.entry(ids["Board games"]).title == "Chess"


def test_of_many_that_write_at_once_one_wins(store, ids):
    """Eight threads correct the same version."""
    outcomes = []

    def correct(number):
        try:
            store.correct(ids["Board games"], 1, f"Title {number}", None, None, "ada")
            outcomes.append(number)
        except StaleWrite:
            outcomes.append(None)

    threads = [threading.Thread(target=correct, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winners = [n for n in outcomes if n is not None]
    assert len(outcomes) == 8
    assert len(winners) == 1
    assert store.entry(ids["Board games"]).title == f"Title {winners[0]}"


def test_a_correction_holds_no_signs_that_feeds_cannot_carry(store, ids):
    """Pasted along with a title; an emoji that is joined of several stays."""
    store.correct(ids["Board games"], 1, "Bored\x07 games \N{MAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER}\x00", None, None, "Eva")
    assert store.entry(ids["Board games"]).title == "Bored games \N{MAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER}"


def test_a_correction_is_public_at_once_and_confirmed(store, ids):
    """With a sequence one higher, for calendars."""
    store.correct(ids["Rust for snakes"], 1, " Rust  for Pythonistas ", "@ada", "", "ada")
    shown = session(store, ids["Rust for snakes"])
    assert (shown.title, shown.handle, shown.host) == ("Rust for Pythonistas", "@ada", None)
    assert (shown.doubtful, shown.sequence) == (False, 1)
    assert store.entry(ids["Rust for snakes"]).confirmed


def test_it_refuses_a_title_without_letters_and_one_that_never_ends(store, ids):
    """A session needs a title; no card holds a thousand characters."""
    with pytest.raises(StoreError, match="needs a title"):
        store.correct(ids["Board games"], 1, "  ", None, None, "ada")
    with pytest.raises(StoreError, match="1000 characters"):
        store.correct(ids["Board games"], 1, "x" * 1000, None, None, "ada")
    assert store.entry(ids["Board games"]).version == 1


def test_confirming_changes_no_word_and_no_sequence(store, ids):
    """Calendars need not hear of it."""
    store.confirm(ids["Rust for snakes"], 1, "ada")
    shown = session(store, ids["Rust for snakes"])
    assert (shown.title, shown.doubtful, shown.sequence) == ("Rust for snakes", False, 0)
    assert store.entry(ids["Rust for snakes"]).confirmed


def test_a_dismissed_card_is_cancelled_for_those_who_knew_it(store, ids):
    """Feeds keep it as cancelled, with a higher sequence; undo brings it back with a higher one still."""
    store.dismiss(ids["Board games"], 1, "ada")
    assert session(store, ids["Board games"]).status is SessionStatus.CANCELLED
    store.undo(ids["Board games"], 2, "ada")
    shown = session(store, ids["Board games"])
    assert (shown.status, shown.sequence) == (SessionStatus.CONFIRMED, 2)
    told = store.changes(2)
    assert [c.kind for c in told] == [ChangeKind.RETURNED, ChangeKind.CANCELLED]
    # its card hung all the while: "taken off the board" was not true
    assert [sentence(c) for c in told] == [
        "Board games: back in the schedule, 306, 10:00",
        "Board games: taken out of the schedule by the organizers (306, 10:00)",
    ]


def test_undo_takes_back_one_step_at_a_time(store, ids):
    """Down to what the camera read, and no further."""
    entry_id = ids["Rust for snakes"]
    read = store.entry(entry_id)
    store.correct(entry_id, 1, "First", None, None, "ada")
    store.correct(entry_id, 2, "Second", "@x", None, "ada")
    store.undo(entry_id, 3, "ada")
    assert store.entry(entry_id).title == "First"
    store.undo(entry_id, 4, "ada")
    undone = store.entry(entry_id)
    assert replace(undone, version=read.version, changed_at=read.changed_at) == read
    with pytest.raises(NotStored, match="nothing to take back"):
        store.undo(entry_id, 5, "ada")


def test_undo_leaves_a_card_where_it_has_been_moved_to(store, ids):
    """Where it hangs is the camera's to say."""
    entry_id = ids["Board games"]
    store.correct(entry_id, 1, "Chess", None, None, "ada")
    reading = card_reading("Board games", Cell(2, 1))
    change(store, Moved(entry_id, reading, Cell(1, 0), Cell(2, 1)))
    store.undo(entry_id, 3, "ada")
    assert (store.entry(entry_id).title, store.entry(entry_id).cell) == ("Board games", Cell(2, 1))


def test_a_cell_given_by_a_person_publishes_a_card_of_the_outside_tray(store, ids):
    """And undo puts it back into the tray."""
    entry_id = ids["Fell off"]
    assert entry_id not in {s.id for s in store.published()}
    store.assign(entry_id, 1, Cell(2, 1), "ada")
    assert (session(store, entry_id).room, session(store, entry_id).slot) == ("Großer <Saal>", "10:30")
    with pytest.raises(StoreError, match="no cell in row 4"):
        store.assign(entry_id, 2, Cell(3, 1), "ada")
    store.undo(entry_id, 2, "ada")
    assert store.entry(entry_id).cell is None
    assert session(store, entry_id).status is SessionStatus.CANCELLED


def test_an_assignment_is_not_undone_once_its_card_was_hung_into_the_grid(store, ids):
    """It lost the session the cell in which its card hung: the camera saw no move, and said nothing any more."""
    entry_id = ids["Fell off"]
    store.assign(entry_id, 1, Cell(2, 1), "ada")
    change(store, Moved(entry_id, card_reading("Fell off", Cell(1, 1)), Cell(2, 1), Cell(1, 1)))
    store.undo(entry_id, store.entry(entry_id).version, "ada")
    assert store.entry(entry_id).cell == Cell(1, 1)
    assert session(store, entry_id).status is SessionStatus.CONFIRMED


def test_undo_hangs_no_card_that_was_taken_off_meanwhile(store, ids):
    """The words are as they were; whether it hangs is the camera's to say."""
    entry_id = ids["Board games"]
    store.correct(entry_id, 1, "Go", None, None, "ada")
    change(store, Vanished(entry_id))
    store.undo(entry_id, store.entry(entry_id).version, "ada")
    assert (store.entry(entry_id).title, store.entry(entry_id).status) == ("Board games", Status.GONE)


def test_a_move_is_told_by_its_places(store, ids):
    """And keeps the id."""
    reading = card_reading("Board games", Cell(2, 1), "@sam_codes", "Sam")
    change(store, Moved(ids["Board games"], reading, Cell(1, 0), Cell(2, 1)), Seen(ids["Board games"], reading))
    told = store.changes(1)[0]
    assert (told.kind, told.session_id, told.before, told.after) == (
        ChangeKind.MOVED,
        ids["Board games"],
        "306, 10:00",
        "Großer <Saal>, 10:30",
    )
    assert session(store, ids["Board games"]).sequence == 1


def test_a_card_without_a_word_is_no_session_until_a_person_says_so(store):
    """It waits in the review list."""
    hang(store, "friday", (card_reading("", Cell(0, 0), doubtful=True),))
    (card,) = store.review_cards()
    assert store.published() == ()
    store.correct(card.entry.id, 1, "Silent disco", None, None, "ada")
    assert [(s.title, s.sequence) for s in store.published()] == [("Silent disco", 0)]


def test_a_cancelled_session_keeps_its_place_and_words(store, ids):
    """Calendars that know it must be told."""
    change(store, Vanished(ids["Board games"]))
    shown = session(store, ids["Board games"])
    assert (shown.status, shown.title, shown.room, shown.sequence) == (SessionStatus.CANCELLED, "Board games", "306", 1)


def test_being_seen_again_tells_the_time_and_nothing_else(store, ids):
    """No change is logged, no picture kept."""
    before = len(store.changes(100))
    picture = store.card_picture(ids["Board games"])
    change(store, Seen(ids["Board games"], card_reading("Board games", Cell(1, 0), "@sam_codes", "Sam")), Missed(ids["Rust for snakes"], 1))
    assert session(store, ids["Board games"]).seen_at == LATER
    assert session(store, ids["Rust for snakes"]).seen_at < LATER
    assert len(store.changes(100)) == before
    assert store.card_picture(ids["Board games"]) == picture


def test_it_keeps_a_picture_of_each_card(store, ids):
    """A JPEG beside its reading."""
    assert store.card_picture(ids["Board games"]).startswith(b"\xff\xd8")
    assert store.card_picture("nobody") is None


def test_the_review_list_has_the_doubtful_first(store, ids):
    """Then by board and cell; dismissed ones last, so that they can be taken back."""
    store.dismiss(ids["Lightning talks"], 1, "ada")
    cards = store.review_cards()
    assert [card.entry.title for card in cards] == ["Rust for snakes", "Fell off", "Board games", "Lightning talks"]
    assert [card.can_undo for card in cards] == [False, False, False, True]


def test_its_revision_differs_after_anything_changed(store, ids):
    """A schedule, a photo, a picture."""
    seen = {store.revision()}
    for act in (
        lambda: store.confirm(ids["Board games"], 1, "ada"),
        lambda: store.receive("friday", jpeg(), "a.jpg", None, "test"),
        lambda: hang(store, "friday", ()),
        lambda: store.failed(1, "No board."),
    ):
        act()
        assert store.revision() not in seen
        seen.add(store.revision())
    assert store.revision() in seen


def test_it_keeps_a_photo_until_it_was_read(store, ids):
    """Its bytes go when the reading is committed; without a calibration the last one is kept aside for the calibration page."""
    photo_id = store.receive("friday", b"bytes", "a.jpg", LATER, "test")
    assert store.pending() == (photo_id,)
    assert store.take(photo_id).data == b"bytes"
    before = store.schedule("friday")
    assert store.commit(before.version, apply(before, (), LATER), (), Look(LATER, photo_id, "fine"))
    assert store.pending() == ()
    assert store.take(photo_id) is None
    assert store.photo(photo_id).state is PhotoState.READ
    assert store.latest_photo("friday") == b"bytes"
    store.save_rig("friday", Rig("friday", Layout(2, 3, (0.0, 200.0, 400.0), (0.0, 160.0, 320.0, 480.0))))
    assert store.latest_photo("friday") is None


def test_a_photo_is_committed_once(store, ids):
    """A second worker that read it too changes nothing."""
    photo_id = store.receive("friday", b"bytes", "a.jpg", LATER, "test")
    for wins in (True, False):
        before = store.schedule("friday")
        changes = (Missed(ids["Board games"], 1),)
        assert store.commit(before.version, apply(before, changes, LATER), changes, Look(LATER, photo_id)) is wins


def test_a_failed_photo_can_be_tried_again(store):
    """Its bytes stay, its message goes."""
    photo_id = store.receive("friday", b"bytes", "a.jpg", LATER, "test")
    store.failed(photo_id, "No board.")
    assert store.pending() == ()
    assert (store.photo(photo_id).state, store.photo(photo_id).message) == (PhotoState.FAILED, "No board.")
    store.retry(photo_id)
    assert store.pending() == (photo_id,)
    assert store.photo(photo_id).message == ""


def test_a_camera_that_fails_all_night_does_not_fill_the_disk(store):
    """The bytes of the latest ten failures are kept, the lines of the latest 500 photos."""
    from webapp.store import inbox

    ids = [store.receive("friday", b"bytes", f"{n}.jpg", LATER, "test") for n in range(15)]
    for photo_id in ids:
        store.failed(photo_id, "No board.")
    with pytest.raises(NotStored, match="not kept any more"):
        store.retry(ids[4])
    store.retry(ids[5])
    assert inbox.KEPT_FAILURES == 10


def test_a_failed_photo_can_be_discarded(store):
    """Bytes, line and all; one that waits or was read is not to be had that way."""
    failed, waiting = (store.receive("friday", b"bytes", f"{n}.jpg", LATER, "test") for n in range(2))
    store.failed(failed, "No board.")
    store.discard(failed)
    assert [photo.id for photo in inbox_of(store)] == [waiting]
    assert store.latest_photo("friday") == b"bytes"
    with pytest.raises(NotStored, match="not among those that failed"):
        store.discard(waiting)
    with pytest.raises(NotStored, match="no photo"):
        store.discard(failed)


def test_a_photo_that_failed_is_not_the_latest_once_a_newer_one_was_read(store):
    """The grid was to be set on one in which somebody stood before the board, hours after many had been read."""
    failed, read = (
        store.receive("friday", name, "a.jpg", at, "test") for name, at in ((b"failed", LATER - timedelta(hours=2)), (b"read", LATER))
    )
    store.failed(failed, "No board.")
    assert store.latest_photo("friday") == b"read"
    store.done(read)
    assert store.latest_photo("friday") == b"read"
    store.failed(store.receive("friday", b"newer", "b.jpg", LATER + timedelta(minutes=1), "test"), "No board.")
    assert store.latest_photo("friday") == b"newer"


def test_photos_that_nobody_came_back_to_are_forgotten(store):
    """People stand in them: what failed, what is kept to set a grid on, what was put up for it; not what waits, nor a wish for one."""
    failed, read = (store.receive("friday", b"bytes", f"{n}.jpg", LATER, "test") for n in range(2))
    store.failed(failed, "No board.")
    store.done(read)
    store.put_up("friday", b"bytes")
    store.put_up("saturday", b"")
    store.forget_raw()
    assert store.latest_photo("friday") == store.on_easel("friday") == b"bytes"
    waiting = store.receive("saturday", b"waits", "2.jpg", LATER, "test")
    store.forget_raw(timedelta(0))
    assert store.latest_photo("friday") is None
    assert store.on_easel("friday") is None
    assert store.photo(failed).message == "No board."
    assert store.pending() == (waiting,)
    offered = store.latest_photo("saturday")
    store.done(waiting)
    assert offered == store.on_easel("saturday") == b"waits"


def test_what_is_to_be_minded_is_not_pushed_out_by_a_camera(store):
    """After sixty looks, half an hour, the review page was silent of a photo that somebody had sent and that could not be read."""
    sent = store.receive("friday", b"bytes", "sent.jpg", LATER, "phone of Eva")
    store.failed(sent, "No board.")
    for n in range(70):
        look = store.receive("friday", b"look", f"{n}.jpg", LATER, "watch")
        store.failed(look, "Somebody stands before it.") if n < 30 else store.done(look, "Noted." if n == 69 else "")
    waiting = [store.receive("friday", b"bytes", f"w{n}.jpg", LATER, "test") for n in range(61)]
    minded = store.minded()
    assert [photo.id for photo in minded if photo.state is PhotoState.WAITING] == waiting[::-1]
    assert [photo.id for photo in minded if photo.source != "watch" and photo.state is PhotoState.FAILED] == [sent]
    assert look in [photo.id for photo in minded]
    store.retry(sent)
    assert sent in store.pending()


def test_it_forgets_old_lines_of_the_inbox(store, monkeypatch):
    """But never a photo that waits."""
    monkeypatch.setattr("webapp.store.inbox.KEPT_PHOTOS", 3)
    waiting = store.receive("friday", b"bytes", "waits.jpg", LATER, "test")
    for n in range(6):
        store.done(store.receive("friday", b"bytes", f"{n}.jpg", LATER, "test"))
    assert [photo.name for photo in inbox_of(store)] == ["5.jpg", "4.jpg", "3.jpg", "waits.jpg"]
    assert store.pending() == (waiting,)


def test_the_same_key_is_the_same_photo(store):
    """A phone that sends twice has looked once."""
    first = store.receive("friday", b"bytes", "a.jpg", LATER, "test", key="k" * 8)
    assert store.receive("friday", b"bytes", "a.jpg", LATER, "test", key="k" * 8) == first
    assert len(inbox_of(store)) == 1


def test_a_clock_that_is_ahead_does_not_make_later_photos_old(store):
    """A photo was taken at the latest when it came in."""
    photo_id = store.receive("friday", b"bytes", "a.jpg", datetime(2100, 1, 1, tzinfo=UTC), "test")
    assert store.photo(photo_id).taken_at == store.photo(photo_id).received_at


def test_it_refuses_boards_that_the_event_does_not_have(store):
    """Clearly, and with nothing kept."""
    with pytest.raises(NotStored, match='no board "sunday"'):
        store.receive("sunday", b"bytes", "a.jpg", None, "test")
    assert inbox_of(store) == ()


def test_a_calibration_comes_back_as_it_was(store):
    """Through its file's own form."""
    layout = Layout(2, 3, (0.0, 180.0, 400.0), (0.0, 160.0, 320.0, 480.0))
    assert store.rig("friday") is None
    store.save_rig("friday", Rig("friday", layout, notes=("by hand",)))
    assert store.rig("friday").layout == layout
    assert store.rig("friday").notes == ("by hand",)


def test_the_database_knows_its_event(store, tmp_path):
    """So that it can be exported without event.toml."""
    assert stored_event(f"sqlite:///{tmp_path / 'board.db'}") == event()
    open_engine(f"sqlite:///{tmp_path / 'other.db'}")
    with pytest.raises(NotStored, match="no event yet"):
        stored_event(f"sqlite:///{tmp_path / 'other.db'}")
    with pytest.raises(NotStored, match="There is no database"):
        stored_event(f"sqlite:///{tmp_path / 'third.db'}")
    assert not (tmp_path / "third.db").exists()


def test_a_calibration_ends_where_the_event_file_gives_the_board_another_slot(store, tmp_path):
    """It told of three rows where there are four now, and the next photo ended in a fault. With the slot taken back it counts."""
    layout = Layout(2, 3, (0.0, 200.0, 400.0), (0.0, 120.0, 240.0, 360.0))
    store.save_rig("friday", Rig("friday", layout))
    address = f"sqlite:///{tmp_path / 'board.db'}"
    longer = parse_event(EVENT_TOML.replace('"10:30"]', '"10:30", "11:30"]'))
    assert open_store(address, longer).rig("friday") is None
    assert open_store(address, event()).rig("friday") is not None


BLOCKED = """[[board.blocked]]
room = "306"
slots = ["09:00"]
reason = "Poster session"
"""


def told(tmp_path, *changes):
    """The made-up event with words of its file changed, told to the public: its sessions by title."""
    plan = EVENT_TOML.replace(BLOCKED, "")
    for old, new in changes:
        assert old in plan
        plan = plan.replace(old, new)
    again = open_store(f"sqlite:///{tmp_path / 'board.db'}", parse_event(plan))
    again.tell()
    return {found.title: found for found in again.published("friday")}


@pytest.mark.parametrize(
    ("change", "moved"),
    [
        (('"10:00", "10:30"]', '"10:10", "10:30"]'), {"Board games", "Rust for snakes"}),
        (('"09:00", "10:00", "10:30"]', '"09:00", "10:00", "10:40"]'), {"Board games", "Rust for snakes", "Lightning talks"}),
        (('rooms = ["306", "Großer', 'rooms = ["Aula", "Großer'), {"Board games", "Lightning talks"}),
        (("2024-05-17", "2024-05-16"), {"Board games", "Rust for snakes", "Lightning talks"}),
        (("America/New_York", "America/Chicago"), {"Board games", "Rust for snakes", "Lightning talks"}),
        (("slot_minutes = 60", "slot_minutes = 45"), {"Lightning talks"}),
        (('hashtag = "#PyConOpenSpace"', 'hashtag = "#other"'), set()),
    ],
)
def test_another_time_or_room_in_the_event_file_raises_the_number_for_calendars(store, ids, tmp_path, change, moved):
    """Found in use: calendars that had the number ignored the new time. What keeps room, beginning and end keeps its number."""
    before = told(tmp_path)
    after = told(tmp_path, change)
    assert {title for title in before if after[title].sequence > before[title].sequence} == moved
    assert {title for title in before if after[title].changed_at > before[title].changed_at} == moved
    assert told(tmp_path, change) == after


def test_the_number_rises_though_a_worker_came_with_the_new_event_first(store, ids, tmp_path):
    """It opens the database before the server does; what counts is what the public was told."""
    before = told(tmp_path)
    later = '"10:00", "10:30"]', '"10:10", "10:30"]'
    open_store(f"sqlite:///{tmp_path / 'board.db'}", parse_event(EVENT_TOML.replace(*later)))
    assert told(tmp_path)["Board games"].sequence == before["Board games"].sequence
    assert told(tmp_path, later)["Board games"].sequence == before["Board games"].sequence + 1


def test_who_publishes_by_turns_numbers_by_turns(store, ids, tmp_path):
    """An export with the event file of tomorrow, while the server shows today's: their times stood under one number.

    A calendar that had it then took the new times, once the server was started with them, for what it knew.
    """
    server = open_store(f"sqlite:///{tmp_path / 'board.db'}", event())
    server.tell()
    told(tmp_path, ('"10:00", "10:30"]', '"10:10", "10:30"]'))
    by_file = told(tmp_path, ('"10:00", "10:30"]', '"10:10", "10:30"]'))["Board games"]
    assert server.numbered_session(ids["Board games"]).sequence == by_file.sequence + 1
    (numbered,) = (s for s in server.numbered_boards()[0].sessions if s.title == "Board games")
    assert numbered.sequence == by_file.sequence + 1  # asked again nothing is numbered anew
    assert told(tmp_path, ('"10:00", "10:30"]', '"10:10", "10:30"]'))["Board games"].sequence == by_file.sequence + 2


def test_a_board_that_was_left_out_once_is_numbered_when_it_is_back(store, ids, tmp_path):
    """What it had been told as before is not known any more."""
    before = told(tmp_path)["Board games"]
    other = parse_event(EVENT_TOML.replace('id = "friday"', 'id = "another"'))
    open_store(f"sqlite:///{tmp_path / 'board.db'}", other).tell()
    assert told(tmp_path, ('"10:00", "10:30"]', '"10:10", "10:30"]'))["Board games"].sequence > before.sequence


def test_the_number_rises_in_a_database_that_kept_only_the_event_it_was_opened_for(store, ids, tmp_path):
    """As all before this: what it was opened for was what the public was told."""
    assert told(tmp_path, ('rooms = ["306", "Großer', 'rooms = ["Aula", "Großer'))["Board games"].sequence == 1


def test_it_keeps_history_over_a_restart(store, ids, tmp_path):
    """Opened again, with an event that lost a board and a slot, it shows what still has a place."""
    plan = event()
    smaller = replace(plan, boards=(replace(plan.boards[0], slots=("09:00", "10:00")),))
    hang(store, "saturday", (card_reading("Tag zwei", Cell(0, 0)),))
    again = open_store(f"sqlite:///{tmp_path / 'board.db'}", smaller)
    assert {s.title for s in again.published()} == {"Board games", "Rust for snakes"}
    assert {c.title for c in again.changes(10)} == {"Board games", "Rust for snakes", "Lightning talks"}
    assert "Tag zwei" not in {card.entry.title for card in again.review_cards()}


@pytest.mark.parametrize(("url", "message"), [("sqlite://", "in memory"), ("sqlite:////no/such/folder/b.db", "cannot be opened")])
def test_it_says_what_is_wrong_with_a_database(url, message):
    """Before anything is served."""
    with pytest.raises((ConfigError, StoreError), match=message):
        open_store(url, event())


def test_it_says_how_to_get_the_driver_of_postgresql(monkeypatch):
    """The name of the package alone would install one that needs a library of the system."""

    def no_driver(*_args, **_options):
        raise ModuleNotFoundError("No module named 'psycopg'", name="psycopg")

    monkeypatch.setattr("webapp.db.create_engine", no_driver)
    with pytest.raises(ConfigError, match="needs the package psycopg") as error:
        open_engine("postgresql://organizer@127.0.0.1/board")
    assert error.value.remedy == "pip install 'boardcast[postgres]'"


@pytest.mark.parametrize(("size", "told"), [(20_000, "put the last backup in its place"), (0, "Give another path, or move that file away")])
def test_a_damaged_database_is_no_matter_of_rights(store, tmp_path, size, told):
    """Found in use, after a copy of a running server's file: "check the path and its rights" led nowhere."""
    with store.engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    data = (tmp_path / "board.db").read_bytes()
    (tmp_path / "copy.db").write_bytes(data[:size] if size else b"[event]" * 200)
    with pytest.raises(StoreError, match=told):
        open_store(f"sqlite:///{tmp_path / 'copy.db'}", event())
