"""How each watched source fares, in the organizer's words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from digitizer.capturing.health import Condition
from webapp.values import CameraState

WORDS = {
    Condition.LOOKING: "sees the board",
    Condition.DARK: "in the dark",
    Condition.COVERED: "covered",
    Condition.FROZEN: "frozen",
    Condition.SILENT: "gives no picture",
    Condition.GONE: "not there",
    Condition.GARBLED: "sends no usable picture",
    Condition.UNREAD: "its picture cannot be read",
    Condition.MOVED: "moved",
    Condition.OVER: "its day is over",
    Condition.AHEAD: "reads for a later day",
    Condition.EARLY: "dates its photos too early",
    Condition.STOPPED: "stopped",
}

TONES = {Condition.LOOKING: "ok", Condition.DARK: "quiet", Condition.STOPPED: "quiet"}
"""How loud each is told; all others are faults."""

CALM = "Nothing changes on the schedule until there is light. Are the lights on? Then its lid may be closed."
MEANWHILE = "It is tried again by itself; the schedule stays as it was seen last. Until it is back, send photos from a phone."
MORE = {Condition.DARK: CALM, Condition.OVER: "", Condition.AHEAD: "", Condition.EARLY: ""}
"""What is told beside a condition's own message; beside other faults, that it is tried again."""

MORE_LOOKS = 4
"""Looks without a word after which the program that watches counts as gone: a slow reader may take as long as two."""
LEAST_SILENCE = timedelta(minutes=3)
"""The same at least: a camera that hangs is waited for, and tried again, for up to 80 s between two words."""


@dataclass(frozen=True)
class CameraView:
    """A source as the page shows it; ``tone`` is ok, quiet or bad; ``advice``: what happened and what to do, empty where all is well.

    ``ended``: nobody watches it any more, so that it may be put away.
    """

    board_id: str
    source: str
    word: str
    tone: str
    since: datetime
    seen_at: datetime | None
    advice: str
    ended: bool = False


def views(states: Iterable[CameraState], now: datetime) -> list[CameraView]:
    """All sources in words, but for those that were tried once, never gave a picture, and were given up: a mistyped number or address."""
    never = (Condition.GONE, Condition.SILENT)
    return [view(s, now) for s in states if not (s.condition in never and s.seen_at is None and _is_silent(s, now))]


def _is_silent(state: CameraState, now: datetime) -> bool:
    patience = max(LEAST_SILENCE, MORE_LOOKS * timedelta(seconds=state.every_s))
    return now - state.heard_at > patience


def view(state: CameraState, now: datetime) -> CameraView:
    """Put a state in words; one whose program says nothing any more is not what it was said to be last."""
    if state.condition is not Condition.STOPPED and _is_silent(state, now):
        advice = 'The program that watches it says nothing any more. Start "boardcast watch" again, and look into its log.'
        return CameraView(state.board_id, state.source, "not heard of", "bad", state.heard_at, state.seen_at, advice, ended=True)
    tone = TONES.get(state.condition, "bad")
    waits = state.condition is Condition.LOOKING and state.seen_at is None
    word = "waits for its first photo" if waits else WORDS[state.condition]
    more = MORE.get(state.condition, MEANWHILE if tone == "bad" else "")
    ended = state.condition is Condition.STOPPED
    return CameraView(state.board_id, state.source, word, tone, state.since, state.seen_at, f"{state.message} {more}".strip(), ended)
