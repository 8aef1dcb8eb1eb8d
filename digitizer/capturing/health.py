"""How a source fares, in one word for programs and in whole sentences for people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from digitizer.errors import SourceError


class Condition(StrEnum):
    """What can be the matter with a source. Only ``LOOKING`` and ``AHEAD`` bring photos; ``DARK`` is the night and no fault.

    ``OVER``: the day of its board is over, and another board's has begun. ``AHEAD``: it looks, and the day of its board is still to come,
    while it is another board's. ``EARLY``: its photos are dated long before they come, and before one that was read.
    """

    LOOKING = "looking"
    DARK = "dark"
    COVERED = "covered"
    FROZEN = "frozen"
    SILENT = "silent"
    GONE = "gone"
    GARBLED = "garbled"
    UNREAD = "unread"
    MOVED = "moved"
    OVER = "over"
    AHEAD = "ahead"
    EARLY = "early"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Report:
    """A source's condition ``at`` a time (UTC); ``message``: what happened, the evidence, what to do next, empty where all is well."""

    condition: Condition
    at: datetime
    message: str = ""


Tell = Callable[[Report], object]
"""Called with each report: at every look, try or poll, whether the condition changed or not."""


class CameraFault(SourceError):
    """A source brings no photo now; ``condition`` tells which kind of fault it is.

    ``login_refused``: it took the login of its address for a wrong one. Many lock out who gives that often.
    """

    def __init__(self, condition: Condition, what: str, evidence: str = "", remedy: str = "", *, login_refused: bool = False) -> None:
        super().__init__(what, evidence, remedy)
        self.condition, self.login_refused = condition, login_refused
