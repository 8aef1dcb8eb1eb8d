"""Values of an event file's tables, checked. Each error names the place and, where it can be told, what was meant."""

from __future__ import annotations

import difflib
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from digitizer.errors import EventError

KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "": ("event", "board", "planned", "known"),
        "[event]": ("name", "timezone", "hashtag", "slot_minutes"),
        "[[board]]": ("id", "date", "columns", "rooms", "slots", "blocked"),
        "[[board.blocked]]": ("room", "slots", "reason"),
        "[[planned]]": ("title", "host", "handle"),
    }
)
"""What each table may hold. Anything else is a slip: passed over, a board would be read across instead of down, and nobody told."""

HOMES: Mapping[str, str] = MappingProxyType(
    {
        "blocked": "as [[board.blocked]], below its board",
        "planned": "as [[planned]], after the boards",
        "known": "as [known]",
        **dict.fromkeys(("name", "timezone", "hashtag", "slot_minutes"), "under [event]"),
        **dict.fromkeys(("date", "columns", "rooms"), "under [[board]], above its [[board.blocked]]"),
    }
)
"""Where keys belong that turn up in other tables: TOML takes each line for the table that was named last."""

CURLY = "“”„‟‘’«»"
BARE_TIME = re.compile(r"[\[,=]\s*\d{1,2}:\d\d(?!\d|:)")
BARE_WORD = re.compile(r"\w+\s*=\s*(?!true\b|false\b)[^\W\d]")
NO_COMMA = re.compile(r'(?:^|[\[,])\s*"[^"]*"\s+"[^"]+"')
TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')
WORD_BESIDE_TEXT = re.compile(r"\0\s*[^\s,\]\0#}]")
"""Once each text is a NUL: what follows one and is neither a comma nor an end. Its own quotes ended it too early."""
SIGN_BARE = re.compile(r"\w+\s*=\s*#")
LINE = re.compile(r"line (\d+)")

BOARDS = "[board] with one bracket, [[boards]], or a [[board.blocked]] before its [[board]]"
"""What makes a board of something else, so that TOML finds fault with the first right [[board]] after it."""


def parse_toml(text: str, name: str) -> dict[str, Any]:
    """The tables of an event file. Raises ``EventError`` with the line at fault and, for common slips, what to write instead."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = LINE.search(str(error))
        lines = text.split("\n")
        upto = [line.strip() for line in lines[: int(found[1])]] if found else []
        line = upto[-1] if upto else ""
        evidence = f"There stands: {line[:120]}" if line else ""
        raise EventError(f"{name} is not valid TOML: {error}.", evidence, _instead(str(error), line, " ".join(upto[-2:]))) from error


def _instead(fault: str, line: str, two_lines: str) -> str:
    return _twice(line) if "overwrite" in fault or "twice" in fault else _as_written(fault, line, two_lines)


def _twice(line: str) -> str:
    """What to do about a table or key that TOML has already."""
    if line.startswith("["):
        return f"Look further up for {BOARDS}." if "board" in line else "Put what stands below it under the first of that name."
    return "That key stands twice below the same heading: leave one out, or put a [[board]] between them."


def _as_written(fault: str, line: str, two_lines: str) -> str:
    """What to write instead of a line that makes no sense to TOML: the first slip that it shows."""
    slips = (
        (any(quote in line for quote in CURLY), 'Use straight quotes: "...".'),
        (NO_COMMA.search(two_lines), "A comma is missing between two texts."),
        (line.count('"') % 2, "A text needs a quote at its beginning and one at its end."),
        ("hex value" in fault or "\\" in fault, "Write each \\ within a text twice."),
        (WORD_BESIDE_TEXT.search(TEXT.sub("\0", line)), 'Write each quote within a text as \\".'),
        (SIGN_BARE.match(line), 'Put the text in quotes: "#...".'),
        (BARE_WORD.match(line), 'Put the text in quotes: "...".'),
        (BARE_TIME.search(line), 'Put times in quotes: "10:00".'),
        (re.match(r"date\s*=", line), "Write the day as 2024-05-17."),
        ("Unclosed array" in fault, "A list above it has no ] at its end."),
    )
    return next((instead for shown, instead in slips if shown), "Correct that line.")


def only(data: Mapping[str, Any], table: str, where: str) -> None:
    """Let pass what ``table`` (a name of ``KEYS``) may hold. Raises ``EventError`` on any other key."""
    for key in data:
        if key not in KEYS[table]:
            raise EventError(f'{where} has no "{key}".', remedy=_meant(key, table))


def _meant(key: str, table: str) -> str:
    """What to do about a key that is strange to ``table``."""
    folded = key.casefold()
    if near := difflib.get_close_matches(folded, KEYS[table], cutoff=0.75):
        return f'Did you mean "{near[0]}"?'
    if folded in HOMES and not (folded == "name" and table):  # a board or a session that is given a name: not the event's
        return f"Write it {HOMES[folded]}."
    return f"It may hold: {', '.join(KEYS[table])}."


def table(data: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
    """The table under ``key``. Raises ``EventError`` where there is none."""
    value = data.get(key)
    if not isinstance(value, dict):
        raise EventError(f"{where} has no [{key}] table.", remedy=f"Add [{key}].")
    return value


def tables(data: Mapping[str, Any], key: str, where: str) -> list[Mapping[str, Any]]:
    """The tables under ``key``, none where it is missing. Raises ``EventError``."""
    value = data.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise EventError(f"{where}: {key} must be a list of tables.", remedy=f"Write [[{key}]] before each.")
    return value


def text(data: Mapping[str, Any], key: str, where: str, default: str | None = None) -> str:
    """The text under ``key``, on one line. Raises ``EventError`` where it is missing and has no default, or is no text."""
    value = data.get(key, default)
    if not isinstance(value, str) or (default is None and not value.strip()):
        evidence, remedy = _wrong(data, key, '"..."')
        raise EventError(f'{where} needs "{key}", a text.', evidence, remedy)
    return one_line(value, f"{where}: {key}")


def texts(data: Mapping[str, Any], key: str, where: str, example: str) -> tuple[str, ...]:
    """The list of texts under ``key``, each on one line and not blank. Raises ``EventError``; ``example`` shows how it is written."""
    values = data.get(key)
    if not isinstance(values, list) or not values or not all(isinstance(v, str) and v.strip() for v in values):
        evidence, remedy = _wrong(data, key, example)
        raise EventError(f'{where} needs "{key}", a list of texts.', evidence, remedy)
    return tuple(one_line(value, f"{where}: {key}") for value in values)


def _wrong(data: Mapping[str, Any], key: str, example: str) -> tuple[str, str]:
    """(Evidence, remedy) for a value that is missing or of another kind."""
    if key not in data:
        return "It is missing.", f"Write {key} = {example}."
    return f"It has: {_shown(data[key])[:200] or 'an empty text'}.", f"Write {key} = {example}, with the quotes."


def _shown(value: object) -> str:
    """A value as it is written in TOML, lists item by item."""
    if isinstance(value, list):
        return "[" + ", ".join(f'"{item}"' if isinstance(item, str) else str(item) for item in value) + "]"
    return str(value)


def one_line(value: str, where: str) -> str:
    """The text without blanks at its ends and breaks within. Raises ``EventError`` on signs that pages and feeds cannot carry."""
    tidy = " ".join(value.split())
    for sign in tidy:
        if unicodedata.category(sign) == "Cc":
            raise EventError(f"{where} holds a sign that cannot be seen.", f"Its code is U+{ord(sign):04X}.", "Type the text anew.")
    return tidy


def unique(values: Iterable[str], where: str) -> None:
    """Let pass texts that stand there once. Capitals do not tell two apart: on paper they come as they please. Raises ``EventError``."""
    seen: dict[str, str] = {}
    for value in values:
        folded = value.casefold()
        if folded not in seen:
            seen[folded] = value
            continue
        before = seen[folded]
        told = f'"{value}" stands there twice' if value == before else f'"{before}" and "{value}" differ by nothing but capitals'
        raise EventError(f"{where}: {told}.", remedy="Give each a name of its own.")
