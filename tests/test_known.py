"""What is known of an event ahead: [known] in event.toml, CSV files beside it, and what each mistake is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from digitizer.errors import EventError
from digitizer.event import Event, load_event, parse_event
from digitizer.known import LARGEST_BYTES, MOST, Known, parse_csv
from webapp.store import events

HEAD = '[event]\nname = "Camp"\ntimezone = "UTC"\n[[board]]\nid = "b"\ndate = 2024-05-17\nrooms = ["A"]\nslots = ["10:00"]\n'
INLINE = """[known]
ideas = ["Quux for all"]
titles = ["Quux  for everybody", "Quux for everybody"]
people = ["Xanthippe McMuffin"]
handles = ["xanthi", "@ida@hachyderm.io", "@eva.bsky.social"]
"""


def with_files(folder: Path, **files: bytes) -> Event:
    """The event whose [known] names these CSV files beside it."""
    for name, data in files.items():
        (folder / f"{name}.csv").write_bytes(data)
    names = ", ".join(f'"{name}.csv"' for name in files)
    (folder / "event.toml").write_text(f"{HEAD}[known]\nfiles = [{names}]\n", encoding="utf-8")
    return load_event(folder / "event.toml")


def test_lists_are_read_tidied_and_each_text_kept_once() -> None:
    """Handles get their @, spaces are single."""
    assert parse_event(HEAD + INLINE).known == Known(
        ("Quux for all",), ("Quux for everybody",), ("Xanthippe McMuffin",), ("@xanthi", "@ida@hachyderm.io", "@eva.bsky.social")
    )
    assert not parse_event(HEAD).known


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_csv_is_read_whatever_program_wrote_it(tmp_path: Path, separator: str, mark: bytes) -> None:
    """With or without BOM, with commas, semicolons or tabs, Unix or Windows line ends; other columns and blank lines are passed over."""
    rows = [["Title", "Votes", "Speaker", "Handle"], ['"Käse, Brot; Wein"', "3", "Jürg", "@juerg"], ["", "", "", ""], ["Chor", "1", "", ""]]
    text = "\r\n".join(separator.join(row) for row in rows)
    known = with_files(tmp_path, ideas=mark + text.encode()).known
    assert known == Known(titles=("Käse, Brot; Wein", "Chor"), people=("Jürg",), handles=("@juerg",))


def test_several_files_and_lists_add_up(tmp_path: Path) -> None:
    """A list of ideas in one column, people in another file below the folder."""
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "people.csv").write_text("Full Name,Twitter\nIda,ida_x\n", encoding="utf-8")
    (tmp_path / "ideas.csv").write_text("idea\nQuux\n", encoding="utf-8")
    (tmp_path / "event.toml").write_text(f'{HEAD}[known]\npeople = ["Eva"]\nfiles = ["ideas.csv", "lists/people.csv"]\n', encoding="utf-8")
    assert load_event(tmp_path / "event.toml").known == Known(ideas=("Quux",), people=("Eva", "Ida"), handles=("@ida_x",))


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"title,handle\nQuux,@a,b\n", "line 2: too many fields"),
        (b"title,handle\n\nQuux,not a handle\n", 'line 3: "not a handle" is no handle'),
        (b'title\n"Quux" loud\n', "line 2: "),
        (b'title\nQuux\n"open\nand on\n', "line 4: "),
        (b"title\nQuux\nCaf\xe9\n", "line 3: not UTF-8"),
        (b"Quux\nBar\n", "line 1: no column is known. It has: Quux"),
        (b"", "line 1: no column is known. It has: nothing"),
        (b"title\n" + b"x" * 301, "line 2 is 301 characters long"),
        (b"title\n" + b"\n" * (MOST + 1), f"more than {MOST} lines"),
        (b"title\n" + b"x" * LARGEST_BYTES, "larger than 1000 kB"),
    ],
)
def test_a_malformed_csv_is_told_by_its_line(tmp_path: Path, data: bytes, told: str) -> None:
    """One message with the file's name, the line, and what is wrong."""
    with pytest.raises(EventError, match=r"ideas\.csv") as caught:
        with_files(tmp_path, ideas=data)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("known", "told"),
    [
        ('titles = "Quux"', "titles must be a list of texts"),
        ("people = [1]", "people must be a list of texts"),
        ('handles = ["a b"]', 'entry 1: "a b" is no handle'),
        ('tittles = ["Quux"]', "has no 'tittles'"),
        ('files = ["none.csv"]', 'cannot read "none.csv"'),
        ('files = ["../out.csv"]', "outside the folder"),
        ('files = ["/etc/hostname"]', "outside the folder"),
        ('files = ["link.csv"]', "outside the folder"),
        ('files = ["."]', 'cannot read "."'),
    ],
)
def test_a_mistake_in_the_table_is_told(tmp_path: Path, known: str, told: str) -> None:
    """By its key; nothing beyond the folder is ever read, not by way of a link either."""
    folder = tmp_path / "camp"
    folder.mkdir()
    (tmp_path / "out.csv").write_text("title\nSecret\n", encoding="utf-8")
    (folder / "link.csv").symlink_to(tmp_path / "out.csv")
    (folder / "event.toml").write_text(f"{HEAD}[known]\n{known}\n", encoding="utf-8")
    with pytest.raises(EventError) as caught:
        load_event(folder / "event.toml")
    assert told in str(caught.value)


def test_a_text_that_came_from_no_file_names_none() -> None:
    """There is no folder to look in."""
    with pytest.raises(EventError, match="nothing tells where it lies"):
        parse_event(f'{HEAD}[known]\nfiles = ["ideas.csv"]\n')


def test_known_must_be_a_table() -> None:
    """Not a list of tables, as boards are."""
    with pytest.raises(EventError, match="must be a table"):
        parse_event(f'{HEAD}[[known]]\ntitles = ["x"]\n')


def test_the_database_keeps_what_is_known() -> None:
    """A worker that is given no event file knows it as well; what version 0.1.0 stored is still read."""
    event = parse_event(HEAD + INLINE)
    assert events.from_json(events.to_json(event)) == event
    assert not events.from_json({k: v for k, v in events.to_json(event).items() if k != "known"}).known


def test_the_separator_is_told_by_the_first_line() -> None:
    """Commas inside of quotes do not count."""
    assert parse_csv(b'"a,b,c";title\n1;Quux, and more\n', "x.csv").titles == ("Quux, and more",)
