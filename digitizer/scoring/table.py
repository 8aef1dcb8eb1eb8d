"""Rows of a score as a table for people and as JSON for machines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from digitizer.scoring.run import Form, Row, totals

RENDERED = {
    "cards": "cards",
    "recall": "recall",
    "precision": "precis.",
    "cer": "CER",
    "title_exact": "titles",
    "handle_exact": "handles",
    "publish_ready": "ready",
    "flagged": "flagged",
    "silent_wrong": "silent",
    "seconds": "seconds",
}
TRANSCRIBED = {
    "cards": "cards",
    "recall": "found",
    "in_cell": "in cell",
    "text_cer": "CER",
    "handle_exact": "handles",
    "flagged": "flagged",
    "seconds": "seconds",
}
CARDS = {
    "cards": "cards",
    "cer": "CER",
    "cer_case": "cased",
    "title_exact": "titles",
    "handle_exact": "handles",
    "publish_ready": "ready",
    "flagged": "flagged",
    "silent_wrong": "silent",
    "seconds": "seconds",
}
COLUMNS: Mapping[Form, Mapping[str, str]] = {"rendered": RENDERED, "transcribed": TRANSCRIBED, "cards": CARDS}


def table(rows: Sequence[Row]) -> str:
    """The rows of each form of truth, and a line of totals for each engine, as Markdown."""
    return "\n\n".join("\n".join(_lines(part, COLUMNS[form])) for form, part in _parts(rows))


def to_json(rows: Sequence[Row]) -> dict[str, Any]:
    """Every row and the totals by form of truth and engine."""
    return {
        "photos": [{"id": row.id, "engine": row.engine, "failure": row.failure} | row.figures for row in rows],
        "totals": {form: {engine: totals(part) for engine, part in _by_engine(group)} for form, group in _parts(rows)},
    }


def misses(rows: Sequence[Row]) -> Iterator[str]:
    """What was read wrong, a line each."""
    for row in rows:
        if row.failure:
            yield f"{row.id} {row.engine}: {row.failure}"
        for miss in row.misses:
            yield f"{row.id} {row.engine}: {miss.title!r} {miss.handle!r} -> {miss.read_title!r} {miss.read_handle!r}"


def _parts(rows: Sequence[Row]) -> Iterator[tuple[Form, list[Row]]]:
    for form in COLUMNS:
        part = [row for row in rows if row.form == form]
        if part:
            yield form, part


def _by_engine(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    return [(engine, [row for row in rows if row.engine == engine]) for engine in dict.fromkeys(row.engine for row in rows)]


def _lines(rows: Sequence[Row], columns: Mapping[str, str]) -> Iterator[str]:
    width = max(len("photo"), *(len(row.id) for row in rows))
    yield f"| {'photo':<{width}} | {'engine':<10} | " + " | ".join(f"{head:>7}" for head in columns.values()) + " |"
    yield f"|{'-' * (width + 2)}|{'-' * 12}|" + "|".join("-" * 8 + ":" for _ in columns) + "|"
    for row in rows:
        yield _line(row.id, row.engine, row.figures, columns, width)
    for engine, part in _by_engine(rows):
        yield _line("all", engine, totals(part), columns, width)


def _line(name: str, engine: str, values: Mapping[str, float | None], columns: Mapping[str, str], width: int) -> str:
    return f"| {name:<{width}} | {engine:<10} | " + " | ".join(_number(values[key]) for key in columns) + " |"


def _number(value: float | None) -> str:
    return f"{'-' if value is None else f'{value:g}':>7}"
