"""From bytes to schedule: order, failures, retries, nothing lost."""

import io
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from kept import TAKEN, UNSEEN, Plain, card, fresh_store, inbox_of, ingest, jpeg, receive
from PIL import Image as Pillow
from sqlalchemy.exc import OperationalError

from calibration.rig import Cell, Layout, Rig
from digitizer.errors import BoardNotFound, NotStored, PhotoError
from webapp.ingest import Ingest, accept
from webapp.values import MOUNTED, PhotoState, Proven

GAMES = card("Board games", Cell(1, 0), "@sam")
CHOIR = card("Choir", Cell(2, 1))


def titles(store):
    return {s.title for s in store.published("friday")}


def test_a_photo_becomes_sessions(store):
    """Its cards are published, its bytes dropped, its warnings kept for the organizer."""
    photo_id = receive(store, 0)
    reader = ingest(store, [GAMES, CHOIR])
    assert reader.drain() == {photo_id: None}
    assert titles(store) == {"Board games", "Choir"}
    assert store.photo(photo_id).state is PhotoState.READ
    assert store.photo(photo_id).message == "The light is poor."
    assert store.published_boards()[0].looked_at == TAKEN


def test_the_board_picture_is_there_though_nothing_could_be_read(store):
    """From the first photo on."""
    receive(store, 0)
    ingest(store, []).drain()
    jpeg_bytes, at = store.board_picture("friday")
    assert jpeg_bytes.startswith(b"\xff\xd8")
    assert at == TAKEN
    assert store.published("friday") == ()


def test_a_look_that_saw_nothing_anew_writes_no_picture(store):
    """The public's copy of it stays good; what the look saw is dated all the same."""
    eyes = ingest(store, [GAMES]).digitize

    def see(photo, board, rig, previous, charted):
        if previous is None:
            return eyes(photo, board, rig, previous, charted)
        return replace(previous, photo=photo, reading=replace(previous.reading, taken_at=photo.taken_at))

    plain = Plain(np.full((60, 90, 3), 180, np.uint8))
    reader = Ingest(store, see, lambda before, _found, _board: Plain(before.image) if before else plain)
    for minute in (0, 1, 2):
        receive(store, minute)
    assert set(reader.drain().values()) == {None}
    assert store.board_picture("friday")[1] == TAKEN
    assert store.looked_at("friday") == TAKEN + timedelta(minutes=2)


def test_a_photo_that_a_glance_knows_is_not_digitized(store):
    """Its time counts all the same; the glance is given the last look at the board."""
    reader, given = ingest(store, [GAMES]), []

    def glance(photo, last):
        given.append(last)
        return last and replace(last, reading=replace(last.reading, taken_at=photo.taken_at))

    reader.glance = glance
    for minute in (0, 1, 2):
        receive(store, minute)
    assert set(reader.drain().values()) == {None}
    assert len(reader.digitize.photos) == 1
    assert given[0] is None
    assert given[1] is not None
    assert store.looked_at("friday") == TAKEN + timedelta(minutes=2)
    assert store.published("friday")[0].seen_at == TAKEN + timedelta(minutes=2)


def test_photos_are_read_in_the_order_taken(store):
    """Whatever order they came in."""
    for minute in (2, 0, 1):
        receive(store, minute)
    reader = ingest(store, [], [], [])
    reader.drain()
    assert [photo.name for photo in reader.digitize.photos] == ["0.jpg", "1.jpg", "2.jpg"]


def test_after_each_photo_memory_is_given_back(store, monkeypatch):
    """Not after all that wait: a folder of photos may be long, and each peaks on what the one before left."""
    reader, told = ingest(store, [GAMES]), []
    monkeypatch.setattr("webapp.ingest.cores.give_back", lambda: told.append(len(reader.digitize.photos)))
    for minute in (0, 1, 2):
        receive(store, minute)
    reader.drain()
    assert told == [1, 2, 3]


def test_a_photo_older_than_the_schedule_changes_nothing(store):
    """It is settled with a clear note, the board's picture included."""
    receive(store, 5)
    reader = ingest(store, [GAMES], [])
    reader.drain()
    late = receive(store, 1)
    reader.drain()
    assert titles(store) == {"Board games"}
    assert "a newer one" in store.photo(late).message
    assert store.photo(late).state is PhotoState.READ
    assert store.board_picture("friday")[1] > TAKEN


@pytest.mark.parametrize("error", [BoardNotFound("Found 1 of 4 corners."), RuntimeError("a bug")])
def test_a_photo_that_fails_is_kept_with_its_message(store, error):
    """The schedule is unchanged, nothing is lost, and the next photo is read."""
    receive(store, 0)
    bad, good = receive(store, 1), receive(store, 2)
    reader = ingest(store, [GAMES], error, [GAMES, CHOIR])
    settled = reader.drain()
    assert str(error) in str(settled[bad])
    assert str(error) in store.photo(bad).message
    assert store.photo(bad).state is PhotoState.FAILED
    assert settled[good] is None
    assert titles(store) == {"Board games", "Choir"}
    store.retry(bad)
    assert store.take(bad).data == jpeg()


def test_a_photo_cut_off_on_its_way_is_failed_by_the_reader(store):
    """Its first bytes pass the quick check; the worker survives it."""
    photo_id = receive(store, 0, jpeg()[:700])
    settled = ingest(store, []).drain()
    assert isinstance(settled[photo_id], PhotoError)
    assert "damaged or cut off" in store.photo(photo_id).message


def test_a_photo_that_ends_the_worker_is_given_up(store):
    """After three attempts that were begun and never ended."""
    photo_id = receive(store, 0)
    for _ in range(3):
        store.take(photo_id)
    ingest(store, [GAMES]).drain()
    assert "ended the reader" in store.photo(photo_id).message
    assert titles(store) == set()


def test_a_clock_that_was_put_back_makes_no_photo_old(store, monkeypatch, caplog):
    """A laptop whose clock ran two hours ahead until it found the network: all its photos were set aside for two hours."""
    clock = [TAKEN + timedelta(hours=2)]
    monkeypatch.setattr("webapp.store.inbox.now", lambda: clock[0])
    store.receive("friday", jpeg(), "ahead.jpg", None, "camera")
    reader = ingest(store, [GAMES], [GAMES, CHOIR], [CHOIR])
    reader.drain()
    for minute in (5, 6):
        clock[0] = TAKEN + timedelta(minutes=minute)
        store.receive("friday", jpeg(), f"right-{minute}.jpg", clock[0], "camera")
        reader.drain()
    assert titles(store) == {"Board games", "Choir"}
    assert not any("newer" in photo.message for photo in inbox_of(store))
    assert "put back by 1:55:00" in caplog.text


def test_a_photo_waits_while_the_database_is_out_of_order(store, monkeypatch):
    """Locked for longer than it was waited for, or its disk full: it is no fault of the photo, however often it is tried."""
    photo_id, commit, tries = receive(store, 0), store.commit, iter(range(9))

    def locked(*given):
        if next(tries) < 5:
            raise OperationalError("BEGIN IMMEDIATE", {}, Exception("database is locked"))
        return commit(*given)

    monkeypatch.setattr(store, "commit", locked)
    reader = ingest(store, *[[GAMES]] * 6)
    for _ in range(5):
        with pytest.raises(OperationalError):
            reader.drain()
        assert store.photo(photo_id).state is PhotoState.WAITING
    assert reader.drain() == {photo_id: None}
    assert titles(store) == {"Board games"}


def test_a_correction_while_a_photo_is_read_stays(store):
    """The commit finds the schedule gone on, reconciles anew, and both changes hold; the photo is read once."""
    receive(store, 0)
    receive(store, 1)
    reader = ingest(store, [GAMES], [GAMES, CHOIR])

    def correct():
        for session in store.published("friday"):
            store.correct(session.id, store.entry(session.id).version, "Chess", None, None, "ada")

    before_commit = store.commit
    calls = []

    def commit(*given):
        calls.append(given)
        if len(calls) == 2:
            correct()
        return before_commit(*given)

    store.commit = commit
    reader.drain()
    assert titles(store) == {"Chess", "Choir"}
    assert len(calls) == 3
    assert len(reader.digitize.photos) == 2


def test_a_card_gone_in_three_photos_is_cancelled(store):
    """The whole way: three looks without it, and the reviewer's correction goes with it."""
    reader = ingest(store, [GAMES, CHOIR], [CHOIR], [CHOIR], [CHOIR])
    for minute in range(4):
        receive(store, minute)
        reader.drain()
    assert {s.title: s.status.value for s in store.published("friday")} == {"Board games": "cancelled", "Choir": "confirmed"}
    assert [c.kind.value for c in store.changes(1)] == ["cancelled"]


def test_the_next_photo_is_given_the_last_look(store):
    """One a board, and only what was committed."""
    for minute, board in ((0, "friday"), (1, "saturday"), (2, "friday"), (3, "friday")):
        receive(store, minute, board_id=board)
    reader = ingest(store, [GAMES], [], BoardNotFound("Nothing there."), [GAMES])
    reader.drain()
    given = [look and look.photo.name for look in reader.digitize.previous]
    assert given == [None, None, "0.jpg", "0.jpg"]


def slipped(reading):
    """The same card one column to the right, to the millimetre."""
    place = Cell(reading.card.cell.row, reading.card.cell.column + 1)
    return replace(reading, card=replace(reading.card, cell=place, corners_mm=np.add(reading.card.corners_mm, (200.0, 0.0))))


def test_a_photo_whose_grid_slipped_is_set_aside(store):
    """Until it has been so for three minutes: then the first photo was the wrong one."""
    cards = [card(f"Talk {n}", Cell(n % 3, 0)) for n in range(3)] + [replace_middle(card("Talk 3", Cell(0, 0)), 60)]
    photos = [cards] + [[slipped(c) for c in cards]] * 7
    for minute in range(8):
        receive(store, minute)
    ingest(store, *photos).drain()
    notes = [photo.message for photo in reversed(inbox_of(store))]
    assert ["moved in step" in note for note in notes] == [False] + [True] * 6 + [False]
    assert {s.room for s in store.published("friday")} == {"Großer <Saal>"}


def test_after_a_new_calibration_cards_may_move_in_step(store):
    """And what the last look knew is not taken over."""
    cards = [card(f"Talk {n}", Cell(n % 3, 0)) for n in range(3)] + [replace_middle(card("Talk 3", Cell(0, 0)), 60)]
    reader = ingest(store, cards, [slipped(c) for c in cards])
    receive(store, 0)
    reader.drain()
    store.save_rig("friday", Rig("friday", Layout(2, 3, (0.0, 200.0, 400.0), (0.0, 160.0, 320.0, 480.0))))
    receive(store, 1)
    reader.drain()
    assert {s.room for s in store.published("friday")} == {"Großer <Saal>"}
    assert reader.digitize.previous == [None, None]


def replace_middle(reading, dx):
    """The same card beside the middle of its cell."""
    return replace(reading, card=replace(reading.card, corners_mm=np.add(reading.card.corners_mm, (dx, 0.0))))


def test_what_waits_is_read_after_a_restart(store, tmp_path):
    """A photo that was acknowledged is never lost."""
    photo_id = receive(store, 0)
    store.take(photo_id)
    again = fresh_store(tmp_path)
    ingest(again, [GAMES]).drain()
    assert titles(again) == {"Board games"}


@pytest.mark.parametrize(("data", "message"), [(b"", "is empty"), (b"not a photo at all", "is not an image")])
def test_it_refuses_at_the_door_what_is_no_photo(store, data, message):
    """Before it says that the photo is safe."""
    with pytest.raises(PhotoError, match=message):
        accept(store, "friday", data, "a.jpg")
    assert inbox_of(store) == ()


def test_it_refuses_photos_of_boards_that_do_not_exist(store):
    """By name."""
    with pytest.raises(NotStored, match="sunday"):
        accept(store, "sunday", jpeg(), "a.jpg")


def test_it_reads_the_time_of_a_photo_in_the_zone_of_the_event(store):
    """EXIF of most cameras names no offset."""
    import io

    from PIL import Image

    out = io.BytesIO()
    exif = Image.Exif()
    exif[306] = "2024:05:17 09:30:00"
    Image.new("RGB", (320, 240)).save(out, "JPEG", exif=exif)
    photo = store.photo(accept(store, "friday", out.getvalue(), "a.jpg"))
    assert photo.taken_at.isoformat() == "2024-05-17T13:30:00+00:00"


MOVED = replace(GAMES, card=replace(GAMES.card, cell=Cell(2, 1), corners_mm=np.add(GAMES.card.corners_mm, [200, 160])))


def darkest(data: bytes) -> int:
    """The shade of a picture of one shade."""
    return int(np.asarray(Pillow.open(io.BytesIO(data))).mean())


def test_a_change_keeps_its_place_before_and_after_it(store):
    """From the people-free picture of the look before, and of the one that showed the change."""
    reader = ingest(store, [GAMES], [MOVED])
    for minute in range(2):
        receive(store, minute)
        reader.drain()
    moved, appeared = store.changes(2)
    assert [moved.kind.value, appeared.kind.value] == ["moved", "appeared"]
    assert [darkest(store.proof(moved.id, when)) for when in ("before", "after")] == [180, 160]
    assert store.proven([moved.id, appeared.id]) == {moved.id: Proven(True, True), appeared.id: Proven(False, True)}


def test_where_the_place_was_not_in_view_the_card_itself_is_shown(store):
    """And nothing is, after it was taken off."""
    away = card("Toilets", UNSEEN)
    reader = ingest(store, [away], [], [], [])
    for minute in range(4):
        receive(store, minute)
        reader.drain()
    cancelled, appeared = store.changes(2)
    assert store.proof(appeared.id, "after") == store.card_picture(cancelled.session_id)
    assert store.proof(cancelled.id, "before") == store.card_picture(cancelled.session_id)
    assert store.proof(cancelled.id, "after") is None


def test_pictures_of_changes_are_dropped_by_age(store):
    """A month of looks keeps the lines of the log, the newest pictures, and the best one of each card."""
    reader = ingest(store, [GAMES], [MOVED], [MOVED, card("Choir", Cell(1, 1))])
    for minute in (0, 1, 60 * 24 * 31):
        receive(store, minute)
        reader.drain()
    _, moved, _ = store.changes(3)
    assert store.proven([moved.id]) == {moved.id: Proven(False, True)}
    assert store.proof(moved.id, "before") is None
    assert store.proof(moved.id, "after") == store.card_picture(moved.session_id)


def test_a_photo_refused_before_another_was_read_is_tried_again(store):
    """Of photos that come in together a part of the board may be read before the whole of it."""
    first, second = receive(store, 0), receive(store, 1)
    reader = ingest(store, BoardNotFound("Only a part."), [GAMES], [GAMES])
    assert reader.drain() == {first: None, second: None}
    assert [photo.name for photo in reader.digitize.photos] == ["0.jpg", "1.jpg", "0.jpg"]
    alone = receive(store, 2)
    reader = ingest(store, BoardNotFound("Only a part."), [GAMES])
    assert isinstance(reader.drain()[alone], BoardNotFound)
    assert len(reader.digitize.photos) == 1


def test_parts_that_came_one_by_one_before_the_whole_board_are_tried_again(store):
    """A phone sends them so: each was read, and refused, before the next had come. Those of a camera, or of another board, are not."""
    part = receive(store, 0)
    other, mounted = store.receive("saturday", jpeg(8), "8.jpg", TAKEN, "Eva"), store.receive("friday", jpeg(9), "9.jpg", TAKEN, MOUNTED)
    reader = ingest(store, *[BoardNotFound("Only a part.")] * 3, [GAMES], [GAMES], [GAMES])
    reader.drain()
    whole = receive(store, 2)
    assert reader.drain() == {whole: None, part: None}
    assert store.photo(part).state is PhotoState.READ
    assert {store.photo(each).state for each in (other, mounted)} == {PhotoState.FAILED}
    receive(store, 3)
    assert len(reader.drain()) == 1


def test_a_photo_sent_for_yesterdays_board_is_read_and_noted(store):
    """The slip of the second morning: it may be meant, as a late correction is, so that it is read; the review page asks."""
    ingest(store, [GAMES], [GAMES]).drain()
    meant = receive(store, 0)
    slip = receive(store, 24 * 60)
    ingest(store, [GAMES], [GAMES]).drain()
    assert store.photo(meant).message == "The light is poor."
    assert 'the day of board "saturday", and read as "friday"' in store.photo(slip).message
