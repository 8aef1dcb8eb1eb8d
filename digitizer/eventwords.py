"""The event's own words: what was announced, what is known ahead, what reviewers confirmed; each source with the share it deserves."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from digitizer.casing import Spelling
from digitizer.event import Event
from digitizer.known import NOTHING, Known
from digitizer.settings import LexiconSettings

SIGNS = "-.,:?!&/()'\"+#’…–“@="
"""What may stand around a word without being part of it."""


@dataclass(frozen=True, eq=False)
class KnownTitles:
    """Titles by the pairs of letters in them, so that those which resemble a text are found among thousands in a millisecond."""

    titles: tuple[str, ...]

    @cached_property
    def _holders(self) -> Mapping[str, list[int]]:
        holders: dict[str, list[int]] = {}
        for at, title in enumerate(self.titles):
            for pair in _pairs(title):
                holders.setdefault(pair, []).append(at)
        return holders

    def like(self, text: str, settings: LexiconSettings) -> list[str]:
        """Titles that resemble a text, most like it first: Dice's coefficient of the pairs of letters."""
        pairs = _pairs(text)
        shared = Counter(at for pair in pairs for at in self._holders.get(pair, ()))
        likeness = {at: 2 * count / (len(pairs) + len(_pairs(self.titles[at]))) for at, count in shared.most_common(settings.compared)}
        best = sorted((at for at in likeness if likeness[at] >= settings.like), key=lambda at: -likeness[at])
        return [self.titles[at] for at in best[: settings.offered]]


@dataclass(frozen=True, eq=False)
class EventWords:
    """Words with their probabilities (they sum to 1), and the ``share`` of all words on cards that are drawn from them.

    ``known`` titles are known as wholes; ``people`` in the case in which they are written; ``handles`` carry their ``@``.
    """

    share: float
    words: Mapping[str, float]
    known: KnownTitles
    people: tuple[str, ...]
    handles: frozenset[str]
    spelling: Spelling

    @classmethod
    def of(cls, event: Event | None, confirmed: Known, settings: LexiconSettings) -> EventWords:
        """All that is known of an event (None: nothing is)."""
        planned, known = (event.planned, event.known) if event else ((), NOTHING)
        people = tuple(dict.fromkeys([*(p.host for p in planned if p.host), *known.people, *confirmed.people]))
        handles = (*(p.handle for p in planned if p.handle), *known.handles, *confirmed.handles)
        titles = tuple(dict.fromkeys([*confirmed.titles, *known.titles, *known.ideas, *(p.title for p in planned)]))
        sources = _sources(event, confirmed, people, settings)
        spelling = Spelling.of(titles, (event.name, *people) if event else people)  # of two spellings of a title the announced one holds
        return cls(
            sum(share for share, _ in sources),
            _mixed(sources),
            KnownTitles(titles),
            people,
            frozenset("@" + handle.strip().lstrip("@") for handle in handles),
            spelling,
        )

    def names(self) -> frozenset[str]:
        """Folded names by which hosts are known: whole ones and first ones."""
        folded = [person.casefold() for person in self.people if person.strip()]
        return frozenset({*folded, *(name.split()[0] for name in folded)})


def _sources(
    event: Event | None, confirmed: Known, people: Sequence[str], settings: LexiconSettings
) -> list[tuple[float, Mapping[str, float]]]:
    """The words of each source that knows some, with its share of all words: the more texts, the more of what it may have at most."""
    planned, known = (event.planned, event.known) if event else ((), NOTHING)
    sources: tuple[tuple[float, Sequence[str]], ...] = (
        (settings.planned, [p.title for p in planned]),
        (settings.ideas, known.ideas),
        (settings.titles, known.titles),
        (settings.people, people),
        (settings.confirmed_titles, confirmed.titles),
        (settings.name, [event.name] if event else []),
    )
    counted = [(share, texts, Counter(word for text in texts for word in words_of(text))) for share, texts in sources]
    return [(share * len(texts) / (len(texts) + settings.half), words) for share, texts, words in counted if words]


def _mixed(sources: Iterable[tuple[float, Mapping[str, float]]]) -> dict[str, float]:
    """Words of several sources in one list, each source weighing its share."""
    mixed: defaultdict[str, float] = defaultdict(float)
    for share, words in sources:
        counted = sum(words.values())
        for word, count in words.items():
            mixed[word] += share * count / counted
    total = sum(mixed.values()) or 1.0
    return {word: weight / total for word, weight in mixed.items()}


def words_of(text: str) -> Iterable[str]:
    """Chunks of a text as they stand, folded, and without the signs around them."""
    for chunk in text.lower().split():
        yield chunk
        bare = chunk.strip(SIGNS)
        if bare and bare != chunk:
            yield bare


def _pairs(text: str) -> frozenset[str]:
    """Pairs of letters, words apart."""
    return frozenset(word[k : k + 2] for word in text.casefold().split() for k in range(max(1, len(word) - 1)))
