"""The pages that everybody sees, and how they travel: tags, caches, headers, live changes."""

import gzip
import json
import re
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from lxml import html as markup
from made_up import EVENT_TOML, SEEN, card_reading, config, event, hang, seeded
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import ServiceUnavailable

from calibration.rig import Cell
from digitizer.errors import BoardNotFound
from digitizer.event import parse_event
from digitizer.model import Conflict, Looked, Schedule, Vanished
from digitizer.reconcile import apply
from webapp import create_app
from webapp.memo import MOST, Memo
from webapp.public import live_sessions
from webapp.services import KEY
from webapp.store import Look, open_store
from webapp.table import now_and_next, tables
from webapp.watch import Place, Watcher, WatchSettings


@pytest.fixture
def app(tmp_path, store):
    """The site over that store."""
    return create_app(config(tmp_path / "board.db"), store)


@pytest.fixture
def client(app):
    """A browser without JavaScript."""
    return app.test_client()


def cells(page: bytes) -> list[list[str]]:
    """The text of each cell of the page's first table, row by row."""
    table = markup.fromstring(page).xpath("//table")[0]
    return [[" ".join(cell.text_content().split()) for cell in row.xpath("./td")] for row in table.xpath(".//tbody/tr")]


def test_schedule_is_a_table_of_slots_by_rooms(client, store):
    """Header cells say what they head; each session stands in its cell."""
    seeded(store)
    page = client.get("/day/2024-05-17").data
    tree = markup.fromstring(page)
    assert tree.xpath("//thead//th[@scope='col']/text()") == ["Time", "306", "Großer <Saal>"]
    assert len(tree.xpath("//tbody//th[@scope='row']")) == 3
    assert tree.xpath("//table/caption")
    rows = cells(page)
    assert rows[1][0].startswith("Board games Sam @sam_codes")
    assert rows[2][0] == "Lightning talks"
    assert rows[0][0] == "Poster session"


def test_a_night_belongs_to_the_day_on_which_it_began(tmp_path):
    """At a quarter past midnight the first page still shows it, with what is on and what is next; its sessions lead back to that day."""
    night = parse_event(EVENT_TOML.replace('"09:00", "10:00", "10:30"', '"09:00", "23:30", "00:30"'))
    made = config(tmp_path / "night.db", event=night)
    store = open_store(made.database_url, night)
    site = create_app(made, store)
    client = site.test_client()
    hang(store, "friday", (card_reading("Late show", Cell(1, 0)), card_reading("After midnight", Cell(2, 1))))
    dawn = store.published("friday")[1].id
    site.extensions[KEY] = replace(site.extensions[KEY], clock=lambda: datetime(2024, 5, 18, 4, 15, tzinfo=UTC))  # 00:15
    page = client.get("/").data.decode()
    assert "Friday, 17 May" in page
    assert re.search(r"Now <small>until 00:30.*Late show.*Next <small>00:30.*After midnight", page, re.DOTALL)
    assert '/day/2024-05-17"' in client.get(f"/session/{dawn}").data.decode()
    days = json.loads(client.get("/schedule.json").data)["schedule"]["conference"]["days"]
    assert [[event["start"] for room in day["rooms"].values() for event in room] for day in days] == [["23:30", "00:30"], []]


def test_now_says_of_each_session_until_when_where_boards_differ(tmp_path):
    """Two halls on one day, their slots at other hours: one of them told for both would end half of the sessions too early."""
    halls = parse_event(EVENT_TOML.replace("2024-05-18", "2024-05-17"))
    made = config(tmp_path / "halls.db", event=halls)
    store = open_store(made.database_url, halls)
    site = create_app(made, store)
    hang(store, "friday", (card_reading("Until half past", Cell(1, 0)),))
    hang(store, "saturday", (card_reading("Until later", Cell(0, 0)),))
    site.extensions[KEY] = replace(site.extensions[KEY], clock=lambda: datetime(2024, 5, 17, 14, 15, tzinfo=UTC))  # 10:15
    now = markup.fromstring(site.test_client().get("/").data).xpath("//*[@class='now']/div")[0]
    assert " ".join(now.xpath("./h2")[0].text_content().split()) == "Now"
    told = [" ".join(item.text_content().split()) for item in now.xpath(".//li")]
    assert told == ["306 Until half past until 10:30", "306 Until later until 11:00"]


def test_the_page_has_a_heading_of_its_own_and_reloads_without_javascript(client, store):
    """Screen readers go by headings, the first of which names the page; a page without scripts must not stand still all day."""
    seeded(store)
    page = markup.fromstring(client.get("/day/2024-05-17").data)
    assert [" ".join(heading.text_content().split()) for heading in page.xpath("//h1")] == ["PyCon Česká 2024"]
    assert page.xpath("//head/noscript/meta[@http-equiv='refresh']/@content") == ["60"]


def test_it_says_what_is_doubtful(client, store):
    """In words, and with the picture of the card to trust instead."""
    ids = seeded(store)
    page = client.get("/day/2024-05-17").data
    assert "not checked yet" in cells(page)[1][1]
    assert f"/card/{ids['Rust for snakes']}.jpg" in page.decode()


def test_a_long_title_makes_a_file_name_that_a_disk_takes(client, store):
    """A host who typed three hundred signs: no system saved the session's calendar file."""
    hang(store, "friday", (card_reading("board games " * 25, Cell(1, 0)),))
    (entry,) = store.schedule("friday").entries
    name = client.get(f"/session/{entry.id}.ics").headers["Content-Disposition"].split('"')[1]
    assert name.startswith("board-games-board-games")
    assert len(name) < 100


def test_a_checked_card_that_looks_different_now_is_doubted_everywhere(client, store):
    """Another card hung in its place: the old words stood there as checked, beside the picture of the new one."""
    ids = seeded(store)
    store.confirm(ids["Board games"], 1, "Eva")
    before = store.schedule("friday")
    later = SEEN + timedelta(minutes=9)
    changes = (Looked(frozenset()), Conflict(ids["Board games"], card_reading("Choir practice", Cell(1, 0), doubtful=True)))
    store.commit(before.version, apply(before, changes, later), changes, Look(later))
    (session,) = (each for each in store.published("friday") if each.id == ids["Board games"])
    assert (session.title, session.doubtful, session.outdated) == ("Board games", True, True)
    assert "Board games" in cells(client.get("/day/2024-05-17").data)[1][0]
    assert "card looks different now" in cells(client.get("/day/2024-05-17").data)[1][0]
    assert b"the card has looked different since: trust the picture" in client.get(f"/session/{session.id}").data
    assert b"looked different" in client.get(f"/session/{session.id}.ics").data.replace(b"\r\n ", b"")
    assert [card["needs_review"] for card in json.loads(client.get("/cards.json").data)[0]["cards"] if card["title"] == "Board games"] == [
        True
    ]


def test_a_session_whose_cell_was_blocked_since_is_not_said_to_be_off_the_board(client, store):
    """Its card may hang there still: organizers reserved the place in event.toml, which the page tells beside it anyway."""
    hang(store, "friday", (card_reading("Drums", Cell(0, 0)), card_reading("Chess", Cell(1, 0))))
    schedule, later = store.schedule("friday"), SEEN + timedelta(minutes=9)
    changes = (Looked(frozenset(schedule.cells_seen_at)), *(Vanished(entry.id) for entry in schedule.entries))
    store.commit(schedule.version, apply(schedule, changes, later), changes, Look(later))
    page = cells(client.get("/day/2024-05-17").data)
    assert page[0][0] == "Poster session Drums not here: the place is reserved"
    assert page[1][0] == "Chess taken off the board"
    drums, chess = sorted(store.published("friday"), key=lambda session: session.slot)
    assert b"Its place is reserved now: Poster session." in client.get(f"/session/{drums.id}").data
    assert b"Its card was taken off the board." in client.get(f"/session/{chess.id}").data
    feed = client.get("/changes.atom").data.decode()
    assert "<title>Drums: not in 306, 09:00 any more, the place is reserved (Poster session)</title>" in feed
    assert "<title>Chess: taken off the board (306, 10:00)</title>" in feed


def test_it_keeps_the_outside_tray_to_the_organizer(client, store):
    """A card outside the grid is no session yet: not on the page, not in a feed, its picture not to be had."""
    ids = seeded(store)
    assert b"Fell off" not in client.get("/day/2024-05-17").data
    assert b"Fell off" not in client.get("/schedule.json").data
    assert client.get(f"/card/{ids['Fell off']}.jpg").status_code == 404


def test_what_no_photo_has_shown_is_not_called_free(client, store):
    """Before the first photo, and where somebody stood before the board in every photo so far: unknown is not empty."""
    page = client.get("/day/2024-05-17").data
    assert b"No photo of this board has been read yet." in page
    assert cells(page) == [["Poster session", "not seen yet"], ["not seen yet"] * 2, ["not seen yet"] * 2]
    seeded(store)
    schedule = store.schedule("friday")
    seen = {cell: at for cell, at in schedule.cells_seen_at.items() if cell != Cell(2, 1)}
    store.commit(schedule.version, replace(schedule, version=schedule.version + 1, cells_seen_at=seen), [], Look(SEEN))
    assert cells(client.get("/day/2024-05-17").data)[0] == ["Poster session", "free"]
    assert cells(client.get("/day/2024-05-17").data)[2] == ["Lightning talks", "not seen yet"]
    assert json.loads(client.get("/cards.json").data)[0]["hidden"] == [["Großer <Saal>", "10:30"]]
    assert b"No photo of this board has been read yet." in client.get("/schedule.html").data  # saturday


def test_a_hidden_cell_tells_when_it_was_last_seen(client, store):
    """Someone stands before 10:30 in room 306 in the second look."""
    seeded(store)
    schedule = store.schedule("friday")
    later = SEEN + timedelta(minutes=40)
    seen = {cell: (SEEN if cell == Cell(2, 0) else later) for cell in schedule.cells_seen_at}
    new = Schedule("friday", schedule.version + 1, schedule.entries, seen)
    store.commit(schedule.version, new, (), Look(later))
    rows = cells(client.get("/day/2024-05-17").data)
    assert rows[2][0] == "Lightning talks not visible since 08:30"
    assert "not visible" not in rows[1][0]


def test_a_dismissed_card_is_gone_from_the_page(client, store):
    """Calendars hear of it, the page does not."""
    ids = seeded(store)
    store.dismiss(ids["Board games"], 1, "Eva")
    assert b"Board games" not in client.get("/day/2024-05-17").data
    assert b"STATUS:CANCELLED" in client.get("/schedule.ics").data


def test_what_was_on_a_dismissed_card_is_told_nowhere(client, store):
    """Somebody hangs up what nobody should read: feeds and calendars went on to tell it after the organizers had dismissed it."""
    ids = seeded(store)
    store.correct(ids["Board games"], 1, "Rude games", "@sam_codes", "Sam", "Eva")
    store.dismiss(ids["Board games"], 2, "Eva")
    own = f"/session/{ids['Board games']}"
    for path in (*FEEDS, "/schedule.html", "/", "/day/2024-05-17", own, f"{own}.ics", f"/card/{ids['Board games']}.jpg"):
        answer = client.get(path)
        assert not re.search(r"rude|games|sam_codes|Sam\b", answer.data.decode() + str(answer.headers), re.IGNORECASE), path
    feed = client.get("/changes.atom").data.decode()
    assert "<title>A session: taken out of the schedule by the organizers (306, 10:00)</title>" in feed
    assert b"SUMMARY:Cancelled" in client.get(f"{own}.ics").data
    assert [change.title for change in store.changes() if change.session_id == ids["Board games"]] == [
        "Rude games",
        "Rude games",
        "Board games",
    ]


def test_the_page_of_a_dismissed_session_says_what_became_of_it(client, store):
    """Links to it were sent around: a plain 404 said that there is no such page."""
    ids = seeded(store)
    store.dismiss(ids["Board games"], 1, "Eva")
    answer = client.get(f"/session/{ids['Board games']}")
    assert answer.status_code == 410
    page = markup.fromstring(answer.data)
    assert page.xpath("//h1")[0].text == "This session is not in the schedule any more."
    assert page.xpath("//main//a/@href") == ["/"]
    store.undo(ids["Board games"], 2, "Eva")
    assert client.get(f"/session/{ids['Board games']}").status_code == 200


def test_a_title_cannot_bring_a_script(client, store):
    """Neither into the page nor into its linked data."""
    hang(store, "friday", (card_reading("</script><script>alert(1)</script>", Cell(1, 0)),))
    (session,) = store.published("friday")
    for path in ("/day/2024-05-17", f"/session/{session.id}", "/schedule.html"):
        assert b"<script>alert" not in client.get(path).data


def test_a_session_page_tells_search_engines(client, store):
    """schema.org Event with offsets, place and status."""
    ids = seeded(store)
    page = client.get(f"/session/{ids['Board games']}").data.decode()
    (found,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    data = json.loads(found)
    assert data["@type"] == "Event"
    assert (data["startDate"], data["endDate"]) == ("2024-05-17T10:00:00-04:00", "2024-05-17T10:30:00-04:00")
    assert data["location"]["address"]
    assert data["eventStatus"] == "https://schema.org/EventScheduled"


def test_the_qr_code_of_a_topic_card_leads_to_its_session(client, store):
    """By the number printed on it; before the card hangs, and hosts may not type, the page says what to do."""
    store.let_hosts_type(False, "Eva")
    waiting = client.get("/topic/17")
    assert waiting.status_code == 404
    assert "Topic card 17 does not hang on the board yet." in waiting.data.decode()
    reading = card_reading("Board games", Cell(0, 0))
    hang(store, "friday", (replace(reading, card=replace(reading.card, number=17)),))
    (session,) = store.published("friday")
    assert client.get("/topic/17").headers["Location"] == f"/session/{session.id}"
    assert client.get("/topic/18").status_code == 404


FEEDS = ["/schedule.json", "/schedule.xml", "/schedule.ics", "/schedule.csv", "/changes.atom", "/cards.json"]


@pytest.mark.parametrize("path", [*FEEDS, "/", "/day/2024-05-17", "/schedule.fragment?day=2024-05-17", "/board/friday.jpg"])
def test_an_unchanged_answer_is_a_304(client, store, path):
    """With the tag as given, as a weak tag, and as one of several."""
    seeded(store)
    tag = client.get(path).headers["ETag"]
    assert re.fullmatch(r'"[^"]+"', tag)
    for condition in (tag, f"W/{tag}", f'"other", {tag}'):
        again = client.get(path, headers={"If-None-Match": condition})
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)


@pytest.mark.parametrize("path", [*FEEDS, "/day/2024-05-17", "/schedule.fragment?day=2024-05-17"])
def test_a_changed_answer_is_a_200_with_another_tag(client, store, path):
    """A correction is seen by whoever asks with the old tag."""
    ids = seeded(store)
    tag = client.get(path).headers["ETag"]
    store.correct(ids["Board games"], 1, "Bored games", None, None, "Eva")
    again = client.get(path, headers={"If-None-Match": tag})
    assert again.status_code == 200
    assert again.headers["ETag"] != tag
    assert b"Bored games" in again.data


def test_a_compressed_answer_has_its_own_tag_and_its_own_304(client, store):
    """Two representations, two tags (RFC 9110, 8.8.3)."""
    seeded(store)
    plain = client.get("/schedule.json")
    small = client.get("/schedule.json", headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(small.data) == plain.data
    assert small.headers["ETag"] != plain.headers["ETag"]
    assert "Accept-Encoding" in small.headers["Vary"]
    again = client.get("/schedule.json", headers={"Accept-Encoding": "gzip", "If-None-Match": small.headers["ETag"]})
    assert again.status_code == 304


def test_who_has_it_already_costs_no_compression(client, store, monkeypatch):
    """Hundreds of pages ask every few seconds: packing a body that nobody gets took most of each answer's time."""
    seeded(store)
    tag = client.get("/schedule.fragment", headers={"Accept-Encoding": "gzip"}).headers["ETag"]
    monkeypatch.setattr("webapp.http.gzip.compress", lambda *_, **__: pytest.fail("It was compressed."))
    for condition in (tag, f"W/{tag}"):
        again = client.get("/schedule.fragment", headers={"Accept-Encoding": "gzip", "If-None-Match": condition})
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)


def test_a_page_of_one_session_is_made_from_that_session(client, store, monkeypatch):
    """The picture of a doubtful card was looked for among all sessions of all days: 300 phones show fifteen of them at once."""
    ids = seeded(store)
    monkeypatch.setattr(store, "published", lambda *_: pytest.fail("All sessions were read."))
    monkeypatch.setattr(store, "published_boards", lambda: pytest.fail("All boards were read."))
    for path in ("/session/{}", "/session/{}.ics", "/card/{}.jpg"):
        assert client.get(path.format(ids["Rust for snakes"])).status_code == 200
        assert client.get(path.format(ids["Fell off"])).status_code == 404


def test_public_data_may_be_read_by_any_page(client, store):
    """CORS, also for the request that a browser makes before a conditional one."""
    seeded(store)
    assert client.get("/schedule.json").headers["Access-Control-Allow-Origin"] == "*"
    leave = client.options("/schedule.json", headers={"Origin": "https://x.example", "Access-Control-Request-Method": "GET"})
    assert leave.headers["Access-Control-Allow-Headers"] == "If-None-Match"


def test_every_answer_is_guarded(client, store):
    """No inline script, no guessing of types, and no cookie on public pages."""
    for path in ("/", "/schedule.json", "/nowhere", "/review/login"):
        answer = client.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"]
    assert "Set-Cookie" not in client.get("/").headers


def test_pages_hold_no_inline_script_or_style(client, store):
    """The policy would stop them; none may be needed."""
    ids = seeded(store)
    for path in ("/day/2024-05-17", f"/session/{ids['Board games']}", "/review/login"):
        tree = markup.fromstring(client.get(path).data)
        assert tree.xpath("//script[not(@src) and not(@type='application/ld+json')]") == []
        assert tree.xpath("//style") == tree.xpath("//@style") == tree.xpath("//@onclick") == []


def test_nothing_is_fetched_from_elsewhere(client, store):
    """Every address on the page is this site's own."""
    seeded(store)
    tree = markup.fromstring(client.get("/day/2024-05-17").data)
    assert [link for link in tree.xpath("//@src | //link/@href") if not link.startswith("/")] == []


@pytest.mark.parametrize(
    "path", ["/nowhere", "/day/2024-05-19", "/day/yesterday", "/session/x", "/session/x.ics", "/board/nope.jpg", "/card/x.jpg"]
)
def test_what_is_not_there_is_a_404_page(client, store, path):
    """In words, with a way back."""
    answer = client.get(path)
    assert answer.status_code == 404
    assert b"To the schedule" in answer.data


def test_a_database_that_does_not_answer_is_said_by_name(app, store, monkeypatch):
    """So that the organizer knows whom to call; programs and phones try a 503 again."""

    def full(*_):
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    monkeypatch.setattr(store, "published_boards", full)
    answer = app.test_client().get("/day/2024-05-17")
    assert answer.status_code == 503
    assert b"The database does not answer." in answer.data
    assert b"database or disk is full" in answer.data


def test_an_unforeseen_fault_shows_no_traceback(app, store, monkeypatch):
    """The log has it; the visitor gets a sentence."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr(type(store), "published_boards", lambda _: 1 / 0)
    answer = app.test_client().get("/")
    assert answer.status_code == 500
    assert b"ZeroDivision" not in answer.data
    assert b"Traceback" not in answer.data


def test_a_known_error_is_told_whole_as_page_and_as_json(app, store, monkeypatch):
    """What happened, the numbers, what to do; with the error's own status."""

    def fail(self):
        raise BoardNotFound("No board.", "Found 1 of 4.", "Step back.")

    monkeypatch.setattr(type(store), "published_boards", fail)
    page = app.test_client().get("/")
    data = app.test_client().get("/", headers={"Accept": "application/json"})
    assert page.status_code == data.status_code == 422
    assert data.json == {"error": "No board.", "evidence": "Found 1 of 4.", "remedy": "Step back."}
    assert b"Step back." in page.data


def test_now_and_next_stand_on_top(store):
    """At 10:15 the 10:00 slot runs until 10:30, which is next; sessions that were taken off are not named."""
    seeded(store)
    views = tables(event(), store.published_boards())
    running, coming = now_and_next(views, datetime(2024, 5, 17, 14, 15, tzinfo=UTC))
    assert [f"{row.starts_at:%H:%M}" for row in running] == ["10:00"]
    assert [f"{row.starts_at:%H:%M}" for row in coming] == ["10:30"]
    assert [s.title for s in live_sessions(coming[0].cells)] == ["Lightning talks"]


def test_what_was_not_seen_is_not_said_to_be_empty(app, client, store):
    """Before the first photo "No card hangs for this slot" stood on top of "No photo of this board has been read yet"."""
    app.extensions[KEY] = replace(app.extensions[KEY], clock=lambda: datetime(2024, 5, 17, 14, 5, tzinfo=UTC))

    def on_top() -> list[str]:
        return markup.fromstring(client.get("/").data).xpath("//section[@class='now']//p[@class='quiet']/text()")

    assert on_top() == ["Not seen yet.", "Not seen yet."]
    hang(store, "friday", (card_reading("Early", Cell(0, 1)),))
    assert on_top() == ["No card hangs for this slot."] * 2
    schedule, later = store.schedule("friday"), SEEN + timedelta(minutes=9)
    looked = (Looked(frozenset({Cell(0, 1), Cell(1, 0), Cell(1, 1), Cell(2, 0)})),)
    store.commit(schedule.version, apply(schedule, looked, later), looked, Look(later))
    assert on_top() == ["No card hangs for this slot.", "No card was seen for this slot, but not all of it is in view."]


def test_a_session_that_is_off_is_not_offered_for_calendars(client, store):
    """Its page had a button "Add to calendar"; the calendar got a cancelled entry."""
    hang(store, "friday", (card_reading("Chess", Cell(1, 0)),))
    (session,) = store.published("friday")
    assert b"Add to calendar" in client.get(f"/session/{session.id}").data
    schedule, later = store.schedule("friday"), SEEN + timedelta(minutes=9)
    gone = (Looked(frozenset(schedule.cells_seen_at)), Vanished(session.id))
    store.commit(schedule.version, apply(schedule, gone, later), gone, Look(later))
    assert b"Add to calendar" not in client.get(f"/session/{session.id}").data


def test_next_is_not_tomorrow(store):
    """After the last slot of a day nothing is next."""
    running, coming = now_and_next(tables(event(), store.published_boards()), datetime(2024, 5, 17, 18, tzinfo=UTC))
    assert (running, coming) == ((), ())


def test_static_files_are_kept_for_ever_under_an_address_that_tells_their_content(client, store):
    """And no longer than that under any other."""
    page = client.get("/").data.decode()
    (address,) = re.findall(r'href="(/static/board.css\?v=\w+)"', page)
    assert "immutable" in client.get(address).headers["Cache-Control"]
    assert "immutable" not in client.get("/static/board.css").headers["Cache-Control"]


def test_the_stream_tells_a_correction_within_a_second(app, store):
    """The first message is the state now, the next comes when a person corrects a card."""
    ids = seeded(store)
    stream = app.extensions[KEY].watcher.messages(Place("10.0.0.1"))
    assert next(stream).startswith("retry:")
    first = next(stream)
    started = datetime.now(UTC)
    store.correct(ids["Board games"], 1, "Bored games", None, None, "Eva")
    second = next(stream)
    assert second.startswith("event: revision")
    assert second != first
    assert datetime.now(UTC) - started < timedelta(seconds=1)
    app.extensions[KEY].watcher.stop()


def test_streams_are_bounded_and_a_place_comes_back(tmp_path, store):
    """Each holds a thread of the server: one too many gets a 503 and polls; a closed one makes room."""
    app = create_app(config(tmp_path / "board.db", max_streams=1), store)
    first = app.test_client().get("/events")
    assert first.status_code == 200
    assert first.mimetype == "text/event-stream"
    assert app.test_client().get("/events").status_code == ServiceUnavailable.code
    first.close()
    third = app.test_client().get("/events")
    assert third.status_code == 200
    third.close()
    app.extensions[KEY].watcher.stop()


def test_the_page_of_today_tells_of_a_board_of_tomorrow_that_is_being_filled(tmp_path, store):
    """Cards for Saturday came in on Friday evening, and the page that all look at said not a word."""
    app = create_app(config(tmp_path / "board.db"), store)
    app.extensions[KEY] = replace(app.extensions[KEY], clock=lambda: SEEN)
    browser = app.test_client()
    hang(store, "friday", (card_reading("Board games", Cell(1, 0)),))
    assert b"is being filled" not in browser.get("/").data
    hang(store, "saturday", (card_reading("Tag zwei", Cell(0, 0)),))
    assert b"is being filled" not in browser.get("/").data  # the same look, or an older one
    hang(store, "saturday", (card_reading("Noch eins", Cell(0, 1)),))
    told = "The board of Saturday, 18 May is being filled: 2 sessions so far."
    for path in ("/", "/schedule.fragment", "/day/2024-05-17"):
        page = browser.get(path).get_data(as_text=True)
        assert told in page
        assert '<a href="/day/2024-05-18">See Saturday</a>' in page
    assert b"is being filled" not in browser.get("/day/2024-05-18").data


def test_calendars_hear_of_no_number_that_another_event_file_was_told_under(client, store, tmp_path):
    """``boardcast export`` with the event file of tomorrow numbered anew what this server then showed with today's times."""
    ids = seeded(store)
    other = open_store(f"sqlite:///{tmp_path / 'board.db'}", parse_event(EVENT_TOML.replace('"10:00", "10:30"]', '"10:10", "10:30"]')))
    other.tell()
    assert store.published_session(ids["Board games"]).sequence == 1
    assert b"SEQUENCE:2" in client.get(f"/session/{ids['Board games']}.ics").data
    other.tell()
    assert b"SEQUENCE:4" in client.get("/schedule.ics").data


def test_one_visitor_cannot_hold_all_streams(tmp_path, store):
    """One who had taken them all kept the page of everybody else from being live.

    Who comes from elsewhere gets a share, and the page that lost its place polls.
    """
    app = create_app(config(tmp_path / "board.db", max_streams=3), store)
    greedy, guest, third = ({"REMOTE_ADDR": f"10.0.0.{number}"} for number in (1, 2, 3))
    held = [app.test_client().get("/events", environ_base=greedy) for _ in range(3)]
    assert app.test_client().get("/events", environ_base=greedy).status_code == ServiceUnavailable.code
    assert app.test_client().get("/events", environ_base=guest).status_code == 200
    told = held[0].iter_encoded()
    assert list(told) == [b"retry: 2000\n\n"]  # the oldest ends at once
    assert app.test_client().get("/events", environ_base=third).status_code == 200
    assert app.test_client().get("/events", environ_base=guest).status_code == ServiceUnavailable.code  # one each: that is fair
    held[0].close()  # what was lost is not given back a second time
    assert app.test_client().get("/events", environ_base=guest).status_code == ServiceUnavailable.code
    app.extensions[KEY].watcher.stop()


def test_a_silent_stream_is_written_to_so_that_a_closed_one_is_noticed():
    """A comment, which browsers ignore."""
    watcher = Watcher(lambda: "1", 1, WatchSettings(look_s=0.01, heartbeat_s=0.02, life_s=0.06))
    messages = list(watcher.messages(Place("10.0.0.1")))
    assert messages[1] == "event: revision\ndata: 1\n\n"
    assert messages[2:] == ["event: beat\ndata: nothing new\n\n"] * 2  # a comment would not reach the page, which has to know a dead stream
    watcher.stop()


def test_a_store_that_fails_does_not_end_the_watch():
    """The next look may succeed."""
    answers = iter([BoardNotFound("gone"), "2"])
    done = threading.Event()

    def revision() -> str:
        answer = next(answers, "2")
        if isinstance(answer, BoardNotFound):
            raise answer
        done.set()
        return answer

    watcher = Watcher(revision, 1, WatchSettings(look_s=0.01, heartbeat_s=1.0, life_s=5.0))
    stream = watcher.messages(Place("10.0.0.1"))
    next(stream)
    assert next(stream) == "event: revision\ndata: 2\n\n"
    assert done.is_set()
    watcher.stop()


def test_a_kept_answer_never_outlives_what_it_was_made_from(client, store):
    """Asked for twice it is made once; after a change it is made anew."""
    ids = seeded(store)
    assert client.get("/day/2024-05-17").data == client.get("/day/2024-05-17").data
    store.correct(ids["Board games"], 1, "Bored games", None, None, "Eva")
    assert b"Bored games" in client.get("/day/2024-05-17").data


def test_kept_answers_are_bounded_and_those_in_use_are_kept():
    """Made-up host names do not fill the memory; nor do they keep out what is asked for after them."""
    memo, made = Memo(), []
    for number in range(MOST + 10):
        memo.get("1", str(number), lambda: b"x")
    memo.get("1", "0", lambda: made.append("bounded") or b"y")
    for number in range(MOST + 10):
        memo.get("1", "in use", lambda: made.append("in use") or b"z")
        memo.get("1", f"other {number}", lambda: b"x")
    memo.get("2", "in use", lambda: made.append("new") or b"y")
    assert made == ["bounded", "in use", "new"]


def test_the_picture_of_the_board_stands_in_where_nothing_was_read(client, store):
    """A board whose cards nobody could find is at least seen; once there are sessions a link is enough."""
    hang(store, "friday", ())
    assert b'<img src="/board/friday.jpg"' in client.get("/day/2024-05-17").data
    seeded(store)
    page = client.get("/day/2024-05-17").data
    assert b'<img src="/board/friday.jpg"' not in page
    assert b'href="/board/friday.jpg"' in page
