"""What an organizer knows ahead: ideas, earlier titles, people, handles; inline in event.toml under [known], or in CSV files beside it.

They teach the reader words and names. Nothing of them is published: only cards are.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from digitizer.errors import EventError

HANDLE = re.compile(r"@?[\w.-]+(?:@[\w.-]+)?")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "titles": ("title", "titles", "session", "talk", "topic", "titel", "titre", "título"),
    "ideas": ("idea", "ideas", "idee"),
    "people": ("name", "names", "host", "hosts", "speaker", "speakers", "person", "people", "author", "full name"),
    "handles": ("handle", "handles", "twitter", "mastodon", "bluesky", "username", "nick"),
}
"""Headings of CSV columns, folded, by what they hold; others are passed over."""

LARGEST_BYTES = 1_000_000
"""A title a line, that is some 20,000 of them; more is a mistake, and would slow each start."""

MOST = 20_000
LONGEST = 300
"""Characters of one text: as many as a field of the review page takes."""


@dataclass(frozen=True)
class Known:
    """Texts of each kind, each once, in the order given; handles carry their ``@``."""

    ideas: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()

    def __add__(self, other: Known) -> Known:
        """What either knows."""
        return Known(*(tuple(dict.fromkeys((*getattr(self, f.name), *getattr(other, f.name)))) for f in fields(self)))

    def __bool__(self) -> bool:
        """Whether anything is known."""
        return any(getattr(self, f.name) for f in fields(self))


NOTHING = Known()


def parse_known(table: Any, where: str, folder: Path | None) -> Known:  # noqa: ANN401  whatever stands in the file
    """The [known] table of an event file in ``folder`` (None: it came from no file). Raises ``EventError`` naming key, file and line."""
    if not isinstance(table, dict):
        raise EventError(f"{where}: known must be a table.", f"It is {table!r}.", "Write [known] above its lists.")
    names = {f.name for f in fields(Known)}
    if strange := sorted(table.keys() - names - {"files"}):
        raise EventError(f"{where}: [known] has no {strange[0]!r}.", remedy=f"It may hold {', '.join(sorted(names))} and files.")
    inline = Known(**{name: tuple(_inline(name, table.get(name, []), f"{where}: [known] {name}")) for name in names})
    paths = _texts(table.get("files", []), f"{where}: [known] files")
    return sum((_read(path, where, folder) for path in paths), inline + Known())


def _inline(name: str, value: object, where: str) -> Iterator[str]:
    for i, text in enumerate(_texts(value, where), 1):
        yield from _checked(name, text, f"{where}, entry {i}")


def _texts(value: object, where: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise EventError(f"{where} must be a list of texts.", f"It is {value!r}"[:200] + ".")
    if len(value) > MOST:
        raise EventError(f"{where} holds {len(value)} texts.", f"{MOST} are the most.")
    return value


def _checked(name: str, text: str, where: str) -> Iterator[str]:
    """The text as it is kept, nothing where it is blank."""
    tidy = " ".join(text.split())
    if not tidy:
        return
    if len(tidy) > LONGEST:
        raise EventError(f"{where} is {len(tidy)} characters long.", f"{LONGEST} are the most.", "Is a quote missing?")
    if name == "handles":
        if not HANDLE.fullmatch(tidy):
            raise EventError(f'{where}: "{tidy}" is no handle.', remedy='Write "@name", "@name@server.tld" or "@name.bsky.social".')
        tidy = f"@{tidy.removeprefix('@')}"
    yield tidy


def _read(name: str, where: str, folder: Path | None) -> Known:
    """One file beside the event file, or below it."""
    if folder is None:
        raise EventError(
            f'{where}: [known] names the file "{name}", and nothing tells where it lies.', remedy="Read the event from a file."
        )
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise EventError(f'{where}: "{name}" lies outside the folder of the event file.', f"It is {path}.", "Copy it beside event.toml.")
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise EventError(f'{where}: cannot read "{name}": {error.strerror}.', remedy="Paths count from event.toml.") from error
    if len(data) > LARGEST_BYTES:
        raise EventError(
            f"{name} is larger than {LARGEST_BYTES // 1000} kB.", remedy="Leave out the columns that hold no titles and names."
        )
    return parse_csv(data, name)


def parse_csv(data: bytes, name: str) -> Known:
    """Titles, ideas, people and handles of a CSV file: UTF-8, with or without BOM; comma, semicolon or tab. Raises ``EventError``."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise EventError(f"{name}, line {line}: not UTF-8 text (byte {error.start}).", remedy="Save it as CSV UTF-8.") from error
    rows = _rows(text, name)
    _, header = next(rows, (1, []))
    kinds = [_kind(cell) for cell in header]
    if not any(kinds):
        told = ", ".join(header)[:120] or "nothing"
        raise EventError(f"{name}, line 1: no column is known.", f"It has: {told}.", "Name columns title, idea, name, host or handle.")
    found: dict[str, list[str]] = {f.name: [] for f in fields(Known)}
    for line, row in rows:
        if len(row) > len(header):
            evidence = f"It has {len(row)} fields, the first line {len(header)}."
            raise EventError(f"{name}, line {line}: too many fields.", evidence, 'Put texts that hold the separator in "quotes".')
        for kind, cell in zip(kinds, row, strict=False):
            if kind:
                found[kind].extend(_checked(kind, cell, f"{name}, line {line}"))
    return Known(**{kind: tuple(texts) for kind, texts in found.items()}) + Known()


def _kind(heading: str) -> str | None:
    folded = " ".join(heading.casefold().replace("_", " ").split())
    return next((kind for kind, headings in COLUMNS.items() if folded in headings), None)


def _rows(text: str, name: str) -> Iterator[tuple[int, Sequence[str]]]:
    """(Line number where it ends, fields) of each row that is not blank."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    try:
        for row in _bounded(reader, name):
            if any(cell.strip() for cell in row):
                yield reader.line_num, row
    except csv.Error as error:
        raise EventError(f"{name}, line {reader.line_num}: {error}.", remedy="Check the quotes of that line.") from error


def _bounded(rows: Iterable[list[str]], name: str) -> Iterator[list[str]]:
    for count, row in enumerate(rows):
        if count > MOST:
            raise EventError(f"{name} has more than {MOST} lines.", remedy="Leave out what no card of this event can say.")
        yield row


def _separator(text: str) -> str:
    """The separator of which the first line holds most; a comma where it holds none."""
    first = re.sub(r'"[^"]*"', "", text.lstrip().split("\n", 1)[0])
    return max(",;\t", key=first.count)
