"""What a schedule makes of a made-up day, held against the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import count

from days import Day, Faults, Look, Paper, overlap_share, reached

from digitizer.model import Appeared, Entry, Schedule, Status, Vanished
from digitizer.reconcile import apply, reconcile

LATEST = 3
"""A change is public at the first look that shows it clearly, or at one of the two after it."""

KEPT = ("moved", "stirred", "rewritten", "returned")
"""What may be done to a card that must keep its id."""


@dataclass
class Judge:
    """Plays a day into a schedule and counts. ``owner`` tells by entry of which paper its last reading was."""

    day: Day
    schedule: Schedule = field(default_factory=lambda: Schedule("b", 0, ()))
    counts: Counter[str] = field(default_factory=Counter)
    owner: dict[str, int | None] = field(default_factory=dict)
    id_of: dict[int, str] = field(default_factory=dict)
    waiting: dict[int, tuple[str, int]] = field(default_factory=dict)
    stale: Counter[str] = field(default_factory=Counter)
    said: dict[str, list[str]] = field(default_factory=dict)
    corrected: dict[int, str] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    def play(self) -> Counter[str]:
        """Live through the day and return what was counted."""
        ids = count()
        for look in self.day.looks():
            self._note_acts()
            changes = reconcile(self.schedule, look.reading)
            before = {entry.id for entry in self.schedule.entries}
            self.schedule = apply(self.schedule, changes, look.reading.taken_at, lambda: f"e{next(ids)}")
            fresh = [entry.id for entry in self.schedule.entries if entry.id not in before]
            self._follow(look, changes, fresh)
            self._judge(look, changes)
            if self.day.number in (6, 16, 26):
                self._person_corrects()
        return self.counts

    def _note_acts(self) -> None:
        for act, key in self.day.acts:
            self.counts["changes"] += 1
            self.counts[act] += 1
            if act != "removed":
                self.waiting[key] = (act, 0)
            for entry in self._entries_of(key):
                self.said.pop(entry.id, None)

    def _follow(self, look: Look, changes: tuple, fresh: list[str]) -> None:
        for change, entry_id in zip([c for c in changes if isinstance(c, Appeared)], fresh, strict=True):
            self.owner[entry_id] = look.shown[id(change.reading.card.corners_mm)]
        for change in changes:
            if hasattr(change, "entry_id") and hasattr(change, "reading"):
                self.owner[change.entry_id] = look.shown[id(change.reading.card.corners_mm)]

    def _judge(self, look: Look, changes: tuple) -> None:
        hanging = {paper.key: paper for paper in self.day.papers}
        for change in changes:
            if isinstance(change, Vanished):
                self._cancelled(change.entry_id, hanging)
        for key in list(self.waiting):
            self._appearance(look, key, hanging)
        for entry in self._live():
            self._ghost(look, entry, hanging)
            self._words(entry)
        self._steady(hanging)

    def _cancelled(self, entry_id: str, hanging: Mapping[int, Paper]) -> None:
        key = self.owner[entry_id]
        if key in hanging and not self._entries_of(key) and self.day.shows(hanging[key]) > 0.15:
            self._count("false cancellations", f"{entry_id} of {key}")
        elif key not in hanging:
            self.counts["cancellations"] += 1

    def _appearance(self, look: Look, key: int, hanging: Mapping[int, Paper]) -> None:
        """A card that was pinned, moved or touched stands right when it was clear three times."""
        act, seen = self.waiting[key]
        if key not in hanging:
            del self.waiting[key]
            return
        seen += look.sights[key].clear
        self.waiting[key] = act, seen
        if seen < LATEST:
            return
        del self.waiting[key]
        entries = self._entries_of(key)
        if not self._right(hanging[key]):
            self._count("missed changes", f"{act} {key}: {[(e.id, e.cell) for e in entries]} for {hanging[key].cell}")
            return
        if act in KEPT and key in self.id_of:
            self.counts["kept cards"] += 1
            if self.id_of[key] != entries[0].id:
                self._count("lost ids", f"{act} {key}: {self.id_of[key]} is {entries[0].id}")
        self.id_of[key] = entries[0].id

    def _ghost(self, look: Look, entry: Entry, hanging: Mapping[int, Paper]) -> None:
        """A session whose card is gone ends when its place was clearly bare three times."""
        key = self.owner[entry.id]
        hangs = key in hanging and self._entries_of(key)[0].id == entry.id
        if hangs or not look.calm or look.person:
            self.stale[entry.id] *= not hangs
            return
        over = [p for p in hanging.values() if reached(p, entry.centre_mm)]
        if all(overlap_share(p, entry.centre_mm) > 0.85 and look.sights[p.key].clear for p in over):
            self.stale[entry.id] += 1
            if self.stale[entry.id] == LATEST + 1:
                self._count("missed changes" if key is not None else "lasting ghosts", f"{entry.id} of {key} stays")

    def _words(self, entry: Entry) -> None:
        history = self.said.setdefault(entry.id, [])
        if entry.title in history and history[-1] != entry.title:
            self._count("flickers", f"{entry.id}: {history} {entry.title}")
        if not history or history[-1] != entry.title:
            history.append(entry.title)

    def _steady(self, hanging: Mapping[int, Paper]) -> None:
        for key, paper in hanging.items():
            if key in self.waiting:
                continue
            self.counts["card looks"] += 1
            if not self._right(paper):
                self._count("wrong looks", f"{key}")
            elif key in self.corrected and self._entries_of(key)[0].title != self.corrected[key]:
                self._count("lost corrections", f"{key} {self.corrected[key]}: {self._entries_of(key)[0].title}")

    def _right(self, paper: Paper) -> bool:
        entries = self._entries_of(paper.key)
        return len(entries) == 1 and (entries[0].cell == paper.cell or _on_a_line(paper))

    def _person_corrects(self) -> None:
        """As the store does when a person stands for a text."""
        known = [e for e in self._live() if not e.confirmed and self.owner[e.id] in {p.key for p in self.day.papers}]
        if not known:
            return
        old = known[int(self.day.rng.integers(len(known)))]
        paper = next(p for p in self.day.papers if p.key == self.owner[old.id])
        new = replace(old, title=f"{paper.title}!", confirmed=True, confirmed_fingerprint=old.fingerprint, needs_review=False)
        self.corrected[paper.key] = new.title
        self.schedule = replace(self.schedule, entries=tuple(new if e.id == old.id else e for e in self.schedule.entries))
        self.said.pop(old.id, None)

    def _live(self) -> list[Entry]:
        return [entry for entry in self.schedule.entries if entry.status is Status.LIVE]

    def _entries_of(self, key: int) -> list[Entry]:
        return [entry for entry in self._live() if self.owner[entry.id] == key]

    def _count(self, what: str, evidence: str) -> None:
        self.counts[what] += 1
        self.told.append(f"{self.day.seed}/{self.day.number} {what}: {evidence}")


def _on_a_line(paper: Paper) -> bool:
    """Whether a card's middle is within 10 % of a cell of a line: either side is right."""
    x, y = paper.at_mm
    return min(x % 200, 200 - x % 200) < 20 or min(y % 160, 160 - y % 160) < 16


def play(seeds: range, faults: Faults) -> tuple[Counter[str], list[str]]:
    """Totals over some days, and a line for each thing that went wrong."""
    totals: Counter[str] = Counter()
    told: list[str] = []
    for seed in seeds:
        judge = Judge(Day(seed, faults))
        totals += judge.play()
        told += judge.told
    return totals, told
