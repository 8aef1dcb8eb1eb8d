"""Exports, each read back by a real validator or parser of its format."""

import csv
import io
import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import icalendar
import jsonschema
import pytest
from lxml import etree
from made_up import EVENT_TOML, SEEN, boards, event, session

from digitizer.errors import StoreError
from digitizer.event import Event, parse_event
from webapp.feeds.atom import atom
from webapp.feeds.common import MAX_ID, Feed, acronym, numbers_of, rooms_of
from webapp.feeds.formats import FORMATS, render
from webapp.feeds.frab import plain_zone
from webapp.feeds.ics import session_ics
from webapp.feeds.zone import described
from webapp.table import now_and_next, tables
from webapp.values import ChangeKind, PublishedBoard, PublishedChange

SCHEMAS = Path(__file__).parent / "schemas"
SITE = "https://board.example.org"


def made(name: str, base_url: str = SITE) -> bytes:
    """The made-up boards in a format."""
    return render(name, event(), boards(), base_url)


def frab_events(document: dict) -> list[dict]:
    """All events of a frab JSON, day by day."""
    return [e for day in document["schedule"]["conference"]["days"] for room in day["rooms"].values() for e in room]


@pytest.mark.parametrize("site", [SITE, ""])
def test_frab_json_holds_to_the_schema(site):
    """With and without a site's address."""
    schema = json.loads((SCHEMAS / "frab.schema.json").read_text())
    checker = jsonschema.Draft7Validator(schema, format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER)
    assert list(checker.iter_errors(json.loads(made("frab-json", site)))) == []


@pytest.mark.parametrize("site", [SITE, ""])
def test_frab_xml_holds_to_the_schema(site):
    """With and without a site's address; no DOCTYPE, which Giggity refuses."""
    schema = etree.XMLSchema(etree.parse(SCHEMAS / "frab.xsd"))
    document = etree.fromstring(made("frab-xml", site))
    assert schema.validate(document), schema.error_log
    assert b"DOCTYPE" not in made("frab-xml", site)


def test_frab_schema_catches_what_the_apps_refuse():
    """The validator in the tests is a real one: an event without its track, a key too many."""
    schema = etree.XMLSchema(etree.parse(SCHEMAS / "frab.xsd"))
    document = etree.fromstring(made("frab-xml"))
    track = document.find(".//event/track")
    track.getparent().remove(track)
    assert not schema.validate(document)
    loose = json.loads(made("frab-json"))
    loose["schedule"]["conference"]["extra"] = 1
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(loose, json.loads((SCHEMAS / "frab.schema.json").read_text()))


def test_frab_leaves_cancelled_sessions_out():
    """Frab has no word for cancelled."""
    titles = {e["title"] for e in frab_events(json.loads(made("frab-json")))}
    assert "Cancelled one" not in titles
    assert len(titles) == 4


def test_a_card_without_a_title_has_one_in_apps():
    """Its handle alone was read: Giggity and EventFahrplan showed a line without words."""
    plan, (friday, *_) = event(), boards()
    bare = (replace(friday, sessions=(session(1, title=""),)),)
    assert [each["title"] for each in frab_events(json.loads(render("frab-json", plan, bare)))] == ["Untitled"]
    assert etree.fromstring(render("frab-xml", plan, bare)).xpath("//event/title/text()") == ["Untitled"]


def test_frab_numbers_and_guids_survive_a_move_and_a_new_title():
    """Apps keep favourites by them."""
    before = {e["guid"]: e["id"] for e in frab_events(json.loads(made("frab-json")))}
    friday, saturday = boards()
    moved = replace(session(1, slot="10:30", title="Renamed"), sequence=3)
    after_boards = (replace(friday, sessions=(moved, *friday.sessions[1:])), saturday)
    after = {e["guid"]: e["id"] for e in frab_events(json.loads(render("frab-json", event(), after_boards)))}
    assert before == after


def test_sessions_of_one_cell_do_not_overlap_in_one_room():
    """EventFahrplan would cut one of them."""
    events = frab_events(json.loads(made("frab-json")))
    places = [(e["date"], e["room"]) for e in events]
    assert len(places) == len(set(places))
    assert "306 (2)" in {e["room"] for e in events}


def test_a_room_that_is_called_like_a_second_session_keeps_its_name_to_itself():
    """The second session of room 306 overlapped with what is on in the room "306 (2)": EventFahrplan showed half of it."""
    plan = parse_event(EVENT_TOML.replace('["306", "307"]', '["306", "306 (2)"]'))
    shown = [session(number, slot="11:00", board_id="saturday") for number in (1, 2)]
    named = rooms_of(plan, [*shown, replace(session(3, slot="11:00", board_id="saturday"), room="306 (2)")])
    assert [named[session(number).id] for number in (1, 2, 3)] == ["306", "306 (3)", "306 (2)"]


def test_sessions_of_two_boards_that_overlap_in_a_room_are_told_apart():
    """One board has half hours and the other hours, both of a day and with the same rooms; one after the other is no overlap."""
    hour, ten, later = session(1), session(2, slot="10:30"), session(3, slot="10:30")
    half = replace(ten, starts_at=hour.starts_at + timedelta(minutes=15), ends_at=hour.ends_at)
    named = rooms_of(event(), [hour, half, later])
    assert [named[each.id] for each in (hour, half, later)] == ["306", "306 (2)", "306"]


def test_numbers_that_collide_are_told_apart():
    """Two UUIDs with one remainder get two numbers, the elder keeps its own."""
    elder = session(1)
    younger = replace(session(2), id=str(UUID(int=UUID(elder.id).int + MAX_ID)))
    alone = numbers_of([elder])[elder.id]
    both = numbers_of([younger, elder])
    assert both[elder.id] == alone
    assert both[younger.id] != alone


def test_a_day_ends_with_its_last_slot():
    """EventFahrplan needs the end, with its offset; the last slot of Friday begins at 10:30."""
    day = etree.fromstring(made("frab-xml")).find("day")
    assert (day.get("start"), day.get("end")) == ("2024-05-17T09:00:00-04:00", "2024-05-17T11:30:00-04:00")


@pytest.mark.parametrize(
    ("name", "plain"), [("US/Pacific", "America/Los_Angeles"), ("Europe/Berlin", "Europe/Berlin"), ("UTC", "UTC"), ("Etc/GMT+5", None)]
)
def test_old_zone_names_become_current_ones(name, plain):
    """The schema refuses US/Pacific."""
    assert plain_zone(name) == plain


@pytest.mark.parametrize(("name", "short"), [("PyCon US 2024", "pyconus2024"), ("Čo", "openspaceco"), ("東京", "openspace")])
def test_acronyms_are_what_frab_takes(name, short):
    """Four or more of small letters and digits."""
    assert acronym(replace(event(), name=name)) == short


def test_calendar_parses_back_with_zone_uid_sequence_and_status():
    """Every TZID has its VTIMEZONE; a cancelled session stays, as cancelled."""
    calendar = icalendar.Calendar.from_ical(made("ics"))
    events = {str(e["uid"]): e for e in calendar.walk("VEVENT")}
    zones = {str(z["tzid"]) for z in calendar.walk("VTIMEZONE")}
    used = {e[key].params["TZID"] for e in events.values() for key in ("dtstart", "dtend")}
    assert used == zones == {"America/New_York"}
    cancelled = events[session(3).id]
    assert (cancelled["status"], cancelled["sequence"]) == ("CANCELLED", 2)
    assert cancelled["dtstamp"].dt == datetime(2024, 5, 17, 12, 31, tzinfo=UTC)
    assert len(events) == 5


def test_calendar_tells_the_event_clock():
    """10:00 in New York is 14:00 in UTC, and the title is whole."""
    calendar = icalendar.Calendar.from_ical(made("ics"))
    entry = next(e for e in calendar.walk("VEVENT") if str(e["uid"]) == session(1).id)
    assert entry["dtstart"].dt.astimezone(UTC) == datetime(2024, 5, 17, 14, tzinfo=UTC)
    assert str(entry["summary"]) == "Board games & <script>alert(1)</script>"


@pytest.mark.parametrize(
    "name", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Casablanca", "UTC"]
)
def test_a_calendar_changes_its_clocks_when_the_zone_does(name):
    """Calendars that know no zones go by the file alone: each hour of two years, as RFC 5545 reads it, is what the clocks there show.

    The change to summer time stood there an hour late: a session in that hour was shown at another time.
    """
    zone, first = ZoneInfo(name), date(2026, 3, 1)
    text = described(zone, first, date(2028, 3, 1)).to_ical()
    parts = [part for kind in ("STANDARD", "DAYLIGHT") for part in icalendar.Timezone.from_ical(text).walk(kind)]
    onsets = sorted((part.DTSTART - part.TZOFFSETFROM, part.TZOFFSETTO) for part in parts)
    for hours in range(2 * 365 * 24):
        at = datetime(2026, 3, 1, 0, 30) + timedelta(hours=hours)
        told = [offset for onset, offset in onsets if onset <= at][-1]
        assert told == at.replace(tzinfo=UTC).astimezone(zone).utcoffset()


def test_one_session_has_a_calendar_file_of_its_own():
    """For those whose calendar refreshes subscriptions once a day."""
    feed = Feed(event(), boards(), SITE)
    calendar = icalendar.Calendar.from_ical(session_ics(feed, session(2, doubtful=True)))
    (entry,) = calendar.walk("VEVENT")
    assert entry["url"] == f"{SITE}/session/{session(2).id}"
    assert "not checked by a person" in str(entry["description"])


def test_card_json_is_the_form_of_digitize_with_id_status_and_seen_at():
    """Several boards make a list; what was taken off stands apart."""
    friday, saturday = json.loads(made("json"))
    assert [card["title"] for card in friday["cancelled"]] == ["Cancelled one"]
    card = friday["cards"][1]
    assert (card["room"], card["slot"], card["needs_review"], card["title_confidence"]) == ("306", "10:00", True, 0.41)
    assert (card["id"], card["status"], card["seen_at"]) == (session(2).id, "live", "2024-05-17T12:35:00+00:00")
    assert friday["hidden"] == [["Großer <Saal>", "10:30"]]
    assert saturday["board"] == "saturday"


def test_card_json_of_one_board_is_one_object():
    """As `digitize --json` writes one object for one photo."""
    assert json.loads(render("json", event(), boards()[:1]))["board"] == "friday"


def test_csv_reads_back_and_runs_no_formula():
    """A title that a spreadsheet would run is quoted, a handle is left alone."""
    rows = list(csv.DictReader(io.StringIO(made("csv").decode("utf-8-sig"))))
    assert len(rows) == 5
    assert rows[-2]["title"] == "'=HYPERLINK(1)"
    assert rows[0]["handle"] == "@sam_codes"
    assert {row["status"] for row in rows} == {"live", "cancelled"}


def test_csv_leaves_handles_alone():
    """One of a server with a hyphen in its name got a quote before it; what is no handle has one, wide signs too."""
    texts = {"@ida@my-server.social": "@ida@my-server.social", "@SUM(1+1)": "'@SUM(1+1)", "＝cmd()": "'＝cmd()", "\n=1": "'\n=1"}
    shown = tuple(session(number, handle=handle) for number, handle in enumerate(texts, 1))
    data = render("csv", event(), (replace(boards()[0], sessions=shown),))
    assert [row["handle"] for row in csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))] == list(texts.values())


def test_calendars_hold_no_control_signs():
    """RFC 5545 forbids them, and calendars refuse the whole file for one."""
    shown = (session(1, title="Bell\x07, escape\x1b, nothing\x00, gone\x7f", host="A\x08da"),)
    data = render("ics", event(), (replace(boards()[0], sessions=shown),))
    assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", data)
    assert "Bell, escape, nothing, gone" in str(icalendar.Calendar.from_ical(data).walk("VEVENT")[0]["summary"])


def test_html_escapes_and_marks():
    """No script from a card; room names are text; doubtful and cancelled are said in words."""
    page = made("html").decode()
    assert "<script" not in page
    assert "Großer &lt;Saal&gt;" in page
    assert "not checked yet" in page
    assert "not visible since 08:22" in page
    assert "<del>Cancelled one</del>" in page


def test_atom_has_one_entry_a_change_with_ids_that_stay():
    """Parsed as XML; the same change gives the same id, another another."""
    changes = (
        PublishedChange(9, session(1).id, ChangeKind.MOVED, SEEN + timedelta(minutes=3), "Board\x00 games", "306, 10:00", "307, 11:00"),
        PublishedChange(8, session(1).id, ChangeKind.APPEARED, SEEN, "Board games", None, "306, 10:00"),
    )
    space = {"a": "http://www.w3.org/2005/Atom"}
    first, again = (etree.fromstring(atom(Feed(event(), boards(), SITE), some)) for some in (changes, changes[1:]))
    ids = first.xpath("//a:entry/a:id/text()", namespaces=space)
    assert len(set(ids)) == 2
    assert again.xpath("//a:entry/a:id/text()", namespaces=space) == ids[1:]
    assert first.findtext("a:updated", namespaces=space) == "2024-05-17T12:33:00+00:00"
    assert first.xpath("//a:entry[1]/a:title/text()", namespaces=space) == ["Board games: moved from 306, 10:00 to 307, 11:00"]


def test_an_event_without_a_session_exports_in_every_format():
    """Before the first card hangs."""
    empty = tuple(replace(board, sessions=()) for board in boards())
    assert all(render(name, event(), empty) for name in FORMATS)


def test_an_unknown_format_is_refused_by_name():
    """With those there are."""
    with pytest.raises(StoreError, match=r'no format "pdf".*frab-json'):
        render("pdf", event(), boards())


def autumn_night() -> tuple[Event, PublishedBoard]:
    """A board with a session at 02:30, in the night in which Berlin has two of them."""
    plan = parse_event(
        EVENT_TOML.split("[[board.blocked]]")[0]
        .replace("America/New_York", "Europe/Berlin")
        .replace("2024-05-17", "2024-10-26")
        .replace('"09:00", "10:00", "10:30"', '"23:00", "02:30"')
    )
    board = plan.boards[0]
    begins, ends = plan.starts_at(board, "02:30"), plan.ends_at(board, "02:30")
    late = session(1, slot="10:00", cell=board.cell_of("306", "02:30"), starts_at=begins, ends_at=ends)
    return plan, PublishedBoard("friday", board.date, 1, SEEN, None, (replace(late, slot="02:30"),))


def test_an_hour_in_the_night_that_has_it_twice_is_an_hour_everywhere():
    """It lasted 0:00 in schedule apps, and ended in calendars when it began: DTEND by the zone is the first of the two."""
    plan, board = autumn_night()
    (entry,) = frab_events(json.loads(render("frab-json", plan, (board,), SITE)))
    assert (entry["start"], entry["duration"], entry["date"]) == ("02:30", "01:00", "2024-10-27T02:30:00+02:00")
    assert etree.fromstring(render("frab-xml", plan, (board,), SITE)).findtext(".//event/duration") == "1:00"
    calendar = icalendar.Calendar.from_ical(render("ics", plan, (board,), SITE))
    (found,) = calendar.walk("VEVENT")
    assert found["DTSTART"].dt.isoformat() == "2024-10-27T02:30:00+02:00"
    assert found["DTEND"].dt == datetime(2024, 10, 27, 1, 30, tzinfo=UTC)
    assert "2024-10-27T02:30:00+02:00,2024-10-27T02:30:00+01:00" in render("csv", plan, (board,), SITE).decode("utf-8-sig")
    assert "02:30–02:30 CET" in render("html", plan, (board,), SITE).decode()


def test_the_second_hour_of_an_autumn_night_is_not_the_first():
    """At 02:45, an hour before the change or after it."""
    plan, board = autumn_night()
    views = tables(plan, (board,))
    first, second = (datetime(2024, 10, 27, hour, 45, tzinfo=UTC) for hour in (0, 1))
    assert [row.starts_at.isoformat() for row in now_and_next(views, first)[0]] == ["2024-10-27T02:30:00+02:00"]
    assert now_and_next(views, second) == ((), ())


def test_rooms_are_told_apart_through_a_night_of_two_hours():
    """By the clocks 02:30 to 02:30 is no time at all, and overlaps nothing."""
    plan, board = autumn_night()
    late = board.sessions[0]
    other = replace(late, id=session(2).id, ends_at=late.starts_at.astimezone(UTC) + timedelta(minutes=30))
    assert sorted(rooms_of(plan, (late, other)).values()) == ["306", "306 (2)"]
