"""event.toml: what is accepted, and what each mistake is told."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from calibration.rig import Cell
from digitizer.errors import EventError
from digitizer.event import Event, load_event, parse_event

GOOD = """
[event]
name = "PyCon US 2024"
timezone = "America/New_York"
hashtag = "#PyConOpenSpace"
slot_minutes = 60
[[board]]
id = "friday"
date = 2024-05-17
columns = "slots"
rooms = ["306", "307"]
slots = ["9:00", "10:15", "11:00"]
[[board.blocked]]
room = "306"
slots = ["11:00"]
reason = "Poster session"
[[planned]]
title = "import antigravity (AcroYoga)"
host = "Chelsea"
"""


def test_it_reads_an_event():
    """Every key of the documented file arrives, times padded to HH:MM."""
    event = parse_event(GOOD)
    board = event.board("friday")
    assert board.slots == ("09:00", "10:15", "11:00")
    assert board.shape == (2, 3)
    assert board.blocked[0].cell == Cell(0, 2)
    assert event.planned[0].host == "Chelsea"


def test_it_turns_cells_with_what_runs_across():
    """Rooms down the side: the row names the room and the column the slot, and back."""
    board = parse_event(GOOD).board("friday")
    assert (board.room_of(Cell(1, 0)), board.slot_of(Cell(1, 0))) == ("307", "09:00")
    assert board.cell_of("307", "11:00") == Cell(1, 2)


def test_it_ends_a_slot_before_the_next_begins():
    """The 10:15 slot lasts 45 minutes, as 11:00 follows; the last takes the full hour; both in the event's zone."""
    event = parse_event(GOOD)
    board = event.board("friday")
    zone = ZoneInfo("America/New_York")
    assert event.starts_at(board, "10:15") == datetime(2024, 5, 17, 10, 15, tzinfo=zone)
    assert event.ends_at(board, "10:15") == datetime(2024, 5, 17, 11, 0, tzinfo=zone)
    assert event.ends_at(board, "11:00") == datetime(2024, 5, 17, 12, 0, tzinfo=zone)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('rooms = ["306", "307"]', 'rooms = ["306", "306"]', '"306" stands there twice'),
        ('"9:00", "10:15"', '"9:00", "25:15"', '"25:15" is not a time'),
        ('"9:00", "10:15"', '"10:15", "9:00"', "not in the order of time"),
        ("America/New_York", "America/Nowhere", "does not exist"),
        ('timezone = "America/New_York"', "", 'needs "timezone"'),
        ('id = "friday"', 'id = "Fri day"', "cannot stand in an address"),
        ("date = 2024-05-17", 'date = "Friday"', 'needs "date"'),
        ('columns = "slots"', 'columns = "people"', '"rooms" or "slots"'),
        ('room = "306"', 'room = "999"', 'no cell for room "999"'),
        ("slot_minutes = 60", "slot_minutes = 0", "from 5 to 1440"),
        ("[event]", "[event", "not valid TOML"),
        ('rooms = ["306", "307"]', "rooms = []", 'needs "rooms"'),
        ('rooms = ["306", "307"]', "rooms = [306, 307]", 'Write rooms = ["306", "307"], with the quotes'),
        ('rooms = ["306", "307"]', 'rooms = ["306\\u0007", "307"]', "U+0007"),
        ("slot_minutes = 60", "slot_minute = 60", 'no "slot_minute". Did you mean "slot_minutes"?'),
        ('columns = "slots"', 'colums = "slots"', 'Did you mean "columns"?'),
        ("[[board]]", "[[boards]]", 'Did you mean "board"?'),
        ("[[board.blocked]]", "[[blocked]]", "Write it as [[board.blocked]], below its board."),
        ('reason = "Poster session"', 'reason = "Poster session"\ndate = 2024-05-18', "under [[board]], above its [[board.blocked]]"),
        ('host = "Chelsea"', 'room = "306"', "It may hold: title, host, handle."),
        ("[event]\n", "", 'no "name". Write it under [event].'),
        ('timezone = "America/New_York"', "", "It is missing."),
        ("America/New_York", "America", '"America", which does not exist'),
        ("America/New_York", "new york", 'Did you mean "America/New_York"?'),
        ("America/New_York", "Europe/Belrin", 'Did you mean "Europe/Berlin"?'),
        ("America/New_York", "Europe/Cologne", 'the IANA zone of your country, such as "Europe/Berlin"'),
        ('"306", "307"', '"306 "blue"", "307"', 'Write each quote within a text as \\".'),
        ('"306", "307"', '"306", "C:\\users"', "Write each \\ within a text twice."),
        ('"306", "307"]', '"306", "307"', "A list above it has no ] at its end."),
        ('"#PyConOpenSpace"', "#PyConOpenSpace", 'Put the text in quotes: "#...".'),
        ('columns = "slots"', 'columns = "slots"\ncolumns = "rooms"', "That key stands twice"),
        ('title = "import', 'name = "import', "It may hold: title, host, handle."),
        ('"9:00", "10:15"', '09:00:00, "10:15"', 'It has: [09:00:00, "10:15", "11:00"].'),
        ("America/New_York", "EST", '"EST", which is that of no place. It never has summer time.'),
        ("America/New_York", "Etc/GMT+5", "its sign is turned round"),
        ('rooms = ["306", "307"]', 'rooms = ["Hall", "hall "]', '"Hall" and "hall" differ by nothing but capitals'),
        ('rooms = ["306", "307"]', 'rooms = ["306" "307"]', "A comma is missing"),
        ('rooms = ["306", "307"]', 'rooms = [\n"306"\n"307",\n]', "A comma is missing"),
        ('rooms = ["306", "307"]', 'rooms = ["306, "307"]', "a quote at its beginning and one at its end"),
        ('timezone = "America/New_York"', "timezone = America/New_York", "Put the text in quotes"),
        ("America/New_York", "", "It has: an empty text."),
        ("America/New_York", "localtime", '"localtime", which does not exist'),
        ("America/New_York", "A" * 300, "does not exist"),
        ('slots = ["9:00", "10:15", "11:00"]', "slots = [9:00, 10:15]", 'Put times in quotes: "10:00".'),
        ('"America/New_York"', "“America/New_York”", "Use straight quotes"),
        ("date = 2024-05-17", "date = 17.05.2024", "Write the day as 2024-05-17."),
        ("date = 2024-05-17", "date = 0024-05-17", "It has: 0024-05-17."),
        ('"9:00", "10:15", "11:00"', '"11:00", "12:00", "1:00"', "count 24 hours (13:00, not 1:00)"),
        ('"9:00", "10:15", "11:00"', '"22:00", "1:00", "0:30", "11:00"', "not in the order of time"),
        ('"9:00", "10:15", "11:00"', '"11:00", "22:00", "3:00", "11:30"', "not in the order of time"),
    ],
)
def test_it_tells_what_is_wrong(old, new, told):
    """Each mistake of an organizer is named together with its place, never as a traceback."""
    assert old in GOOD
    with pytest.raises(EventError) as caught:
        parse_event(GOOD.replace(old, new))
    assert told in str(caught.value)


def test_a_night_goes_on_after_midnight():
    """A slot at 00:30 after one at 23:00 is of the next day, and ends a slot before it; what follows it is later still."""
    event = parse_event(GOOD.replace('"9:00", "10:15", "11:00"', '"11:00", "23:45", "0:30", "1:00"'))
    board = event.board("friday")
    zone = ZoneInfo("America/New_York")
    assert board.slots == ("11:00", "23:45", "00:30", "01:00")
    assert event.starts_at(board, "00:30") == datetime(2024, 5, 18, 0, 30, tzinfo=zone)
    assert event.ends_at(board, "23:45") == datetime(2024, 5, 18, 0, 30, tzinfo=zone)
    assert event.ends_at(board, "01:00") == datetime(2024, 5, 18, 2, 0, tzinfo=zone)


def test_names_are_put_on_one_line():
    """A break or a second blank in a name is a slip of the editor; a quotation mark, an umlaut, an emoji are not."""
    board = parse_event(GOOD.replace('["306", "307"]', '["Der \\"Große\\"\\n Saal 🎉", "306"]')).board("friday")
    assert board.rooms == ('Der "Große" Saal 🎉', "306")


def test_it_reads_what_windows_editors_write(tmp_path):
    """With a byte order mark, and with CR LF."""
    path = tmp_path / "event.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load_event(path) == parse_event(GOOD)


def test_it_names_the_boards_there_are():
    """A board that does not exist is refused with those that do."""
    with pytest.raises(EventError, match="It has: friday"):
        parse_event(GOOD).board("sunday")


def test_it_tells_of_a_missing_file(tmp_path):
    """A wrong path is one clear sentence."""
    with pytest.raises(EventError, match="Cannot read the event file"):
        load_event(tmp_path / "none.toml")


def test_it_tells_of_a_file_that_is_no_text(tmp_path):
    """Bytes that are not UTF-8 are told by their place."""
    path = tmp_path / "event.toml"
    path.write_bytes(b"[event]\nname = \xff")
    with pytest.raises(EventError, match="not UTF-8"):
        load_event(path)


@pytest.mark.parametrize(
    ("old", "new"), [("[[board]]", "[[boards]]"), ("[[board]]", "[board]"), ("[[board]]", "[[board.blocked]]\n[[board]]")]
)
def test_a_board_spelt_wrongly_is_not_blamed_on_the_next(old, new):
    """Found in use: TOML finds fault with the first right [[board]] below it, and "correct that line" led nowhere."""
    another = '[[board]]\nid = "saturday"\ndate = 2024-05-18\nrooms = ["306"]\nslots = ["10:00"]\n'
    with pytest.raises(EventError, match=r"Look further up for \[board\] with one bracket, \[\[boards\]\]"):
        parse_event(GOOD.replace(old, new, 1) + another)


def night(day: str, *slots: str, minutes: int = 60) -> Event:
    """An event whose board has a night in Berlin, where the clocks change at 2 and 3."""
    listed = ", ".join(f'"{slot}"' for slot in slots)
    text = GOOD.split("[[board.blocked]]")[0].replace("America/New_York", "Europe/Berlin").replace("2024-05-17", day)
    return parse_event(text.replace('"9:00", "10:15", "11:00"', listed).replace("slot_minutes = 60", f"slot_minutes = {minutes}"))


def test_a_time_that_the_clocks_skip_is_told():
    """It stood on the page as 02:30, in calendars as 03:30, and "now" took it for the hour before."""
    with pytest.raises(EventError, match=r'board 1: there is no 02:30 on 31 March 2024.*"Europe/Berlin".*is "03:30"'):
        night("2024-03-30", "23:00", "02:30")
    assert night("2024-03-30", "23:00", "01:30", "03:30")


def test_a_slot_across_a_change_of_the_clocks_is_as_long_as_any_other():
    """Times of one zone are added as if its clocks never changed: an hour from 01:30 in spring ended at a time that there is not."""
    spring = night("2024-03-30", "23:00", "01:30")
    assert spring.ends_at(spring.boards[0], "01:30").isoformat() == "2024-03-31T03:30:00+02:00"
    autumn = night("2024-10-26", "23:00", "02:30")
    assert autumn.starts_at(autumn.boards[0], "02:30").isoformat() == "2024-10-27T02:30:00+02:00"
    assert autumn.ends_at(autumn.boards[0], "02:30").isoformat() == "2024-10-27T02:30:00+01:00"


def test_the_next_slot_ends_one_that_goes_on_into_the_second_hour():
    """By the clocks 02:15 comes before 02:30, also where it is the second of that night."""
    autumn = night("2024-10-26", "23:00", "02:15", "02:30")
    assert autumn.ends_at(autumn.boards[0], "02:15").isoformat() == "2024-10-27T02:30:00+02:00"
