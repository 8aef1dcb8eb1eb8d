"""Error measures of readings against truth: recall, precision, character error rate, publish-ready, silently wrong.

Figures of different versions can be compared as long as the measures stay as they are: tests hold them to recorded results.
Texts count as equal up to case, Unicode form, the style of quotes and dashes, and punctuation at either end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

from digitizer.edits import edits, plain, plain_handle

CardJson: TypeAlias = Mapping[str, Any]
"""A card of a truth or of ``boardcast digitize --json``: room, slot, title, handle, and what either adds."""

LEAST_VISIBLE = 0.6
"""Share of a card that must be in view for it to be asked for; a card hidden further may be found or not."""


@dataclass(frozen=True)
class Tally:
    """Counts over the cards of one photo or many; they add up.

    ``want`` cards asked for, ``got`` cards read, ``hit`` found in their cell, ``false`` left over in cells without a card;
    ``chars`` of the titles asked for, ``err`` and ``err_case`` edits to them without and with case; ``title``, ``handle``, ``ready``
    right titles, handles, both; ``handles`` asked for; ``wrong`` not ready though found, ``wrong_flagged`` of these, ``flagged`` of all.
    """

    want: int = 0
    got: int = 0
    hit: int = 0
    false: int = 0
    chars: int = 0
    err: int = 0
    err_case: int = 0
    title: int = 0
    handles: int = 0
    handle: int = 0
    ready: int = 0
    wrong: int = 0
    wrong_flagged: int = 0
    flagged: int = 0

    def __add__(self, other: Tally) -> Tally:
        """The counts of both."""
        return Tally(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


@dataclass(frozen=True)
class Miss:
    """A card that is not publish-ready; the read texts are None where it was not found."""

    title: str
    handle: str | None
    read_title: str | None
    read_handle: str | None


def score(truth: Mapping[str, Any], reading: Mapping[str, Any]) -> tuple[Tally, tuple[Miss, ...]]:
    """Hold the ``cards`` of a reading against those of a truth.

    Within a cell the longest true title first takes the reading nearest to it, each reading once.
    """
    cards = [card for card in truth["cards"] if not card.get("stray")]
    want = [card for card in cards if card.get("visible", 1) >= LEAST_VISIBLE]
    cells: dict[tuple[str, str], list[CardJson]] = {}
    for card in reading["cards"]:
        cells.setdefault((str(card["room"]), str(card["slot"])), []).append(card)
    tally, misses = Tally(want=len(want), got=len(reading["cards"])), []
    for card in sorted(want, key=lambda card: len(card["title"]), reverse=True):
        counted, miss = _card(card, _take(cells.get((card["room"], card["slot"]), []), card["title"]))
        tally += counted
        misses += [miss] if miss else []
    occupied = {(card["room"], card["slot"]) for card in cards}
    return tally + Tally(false=sum(len(left) for cell, left in cells.items() if cell not in occupied)), tuple(misses)


def figures(tallies: Iterable[Tally]) -> dict[str, float]:
    """The figures of one or more photos, by name; shares of the cards asked for, rounded to four places."""
    parts = list(tallies)
    t = sum(parts, Tally())
    want = max(1, t.want)
    return {
        "photos": len(parts),
        "cards": t.want,
        "recall": round(t.hit / want, 4),
        "precision": round(t.hit / max(1, t.hit + t.false), 4),
        "false_cards": t.false,
        "cer": round(t.err / max(1, t.chars), 4),
        "cer_case": round(t.err_case / max(1, t.chars), 4),
        "title_exact": round(t.title / want, 4),
        "handle_exact": round(t.handle / max(1, t.handles), 4),
        "publish_ready": round(t.ready / want, 4),
        "flagged": round(t.flagged / want, 4),
        "silent_wrong": round((t.wrong - t.wrong_flagged) / want, 4),
    }


def _take(readings: list[CardJson], title: str) -> CardJson | None:
    """Take the reading nearest to a title out of those of its cell."""
    best = min(readings, key=lambda reading: edits(plain(title), plain(reading.get("title"))), default=None)
    if best is not None:
        readings.remove(best)
    return best


def _card(card: CardJson, read: CardJson | None) -> tuple[Tally, Miss | None]:
    """Count one card asked for and what was read of it."""
    title, handle = plain(card["title"]), plain_handle(card["handle"])
    asked = Tally(chars=len(title), handles=bool(handle))
    if read is None:
        lost = Tally(err=len(title), err_case=len(card["title"]))
        return asked + lost, Miss(card["title"], card["handle"], None, None)
    wrong = edits(title, plain(read.get("title")))
    handle_right = handle == plain_handle(read.get("handle"))
    ready, flagged = wrong == 0 and handle_right, bool(read.get("needs_review", False))
    found = Tally(
        hit=1,
        err=wrong,
        err_case=edits(card["title"], re.sub(r"\s+", " ", read.get("title") or "").strip()),
        title=wrong == 0,
        handle=bool(handle) and handle_right,
        ready=ready,
        wrong=not ready,
        wrong_flagged=flagged and not ready,
        flagged=flagged,
    )
    return asked + found, None if ready else Miss(card["title"], card["handle"], read.get("title"), read.get("handle"))
