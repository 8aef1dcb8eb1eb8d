"""Second opinions beside the worker: a thread asks about doubtful cards after their readings were committed.

It holds up nothing: photos are read and published as if it were not there. What comes back is kept as a suggestion for the reviewer.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta

from digitizer.readers.vision import Endpoint, NoOpinion, Opinion, ask
from digitizer.settings import ReconcileSettings
from webapp.config import Config, OpinionTerms
from webapp.store import Question, Store

log = logging.getLogger("boardcast.opinions")

PAUSES_S = (60.0, 300.0, 900.0)
"""Waits after one, two, three and more failures in a row: a server that restarts is back in a minute, one that is gone costs little."""

LONGEST_PAUSE_S = 6 * 3600.0
"""A server may ask for more; it is then asked again after this."""

Ask = Callable[[Endpoint, bytes], Opinion]
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time."""
    return datetime.now(UTC)


@dataclass
class Asker:
    """Asks about one card after the other, within its terms. ``failures`` in a row; until ``rests_until`` nothing is asked."""

    store: Store
    terms: OpinionTerms
    ask: Ask = ask
    clock: Clock = utc_now
    failures: int = 0
    rests_until: datetime | None = None

    def one(self) -> bool:
        """Ask about one card; whether there may be another one to ask about now."""
        question = self.store.question() if self._may_ask() else None
        if question is None:
            return False
        try:
            opinion = self.ask(self.terms.endpoint, question.jpeg)
        except NoOpinion as failure:
            self._rest(failure)
            return False
        self.failures = 0
        self._keep(question, opinion)
        return True

    def _may_ask(self) -> bool:
        at = self.clock()
        within_hour = self.store.asked_since(at - timedelta(hours=1)) < self.terms.an_hour
        return not self._rests(at) and within_hour and self.store.asked_since() < self.terms.in_all

    def _rests(self, at: datetime) -> bool:
        return self.rests_until is not None and at < self.rests_until

    def _keep(self, question: Question, opinion: Opinion) -> None:
        settings = ReconcileSettings() if self.terms.votes else None
        kept = self.store.answered(question, asdict(opinion), settings)
        log.info("card %s has a second opinion%s", question.entry_id, "" if kept else ", which came too late")

    def _rest(self, failure: NoOpinion) -> None:
        own = PAUSES_S[min(self.failures, len(PAUSES_S) - 1)]
        pause = min(max(own, failure.retry_after_s or 0.0), LONGEST_PAUSE_S)
        self.failures += 1
        self.rests_until = self.clock() + timedelta(seconds=pause)
        log.warning("%s Nothing is asked for %d s.", failure, pause)


@dataclass
class _Beside:
    """The thread: asks when it is woken until nothing is left to ask."""

    asker: Asker
    woken: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Serve until ended; a fault of its own must not end it, since nobody would notice."""
        while not self.ended.is_set():
            self.woken.wait()
            self.woken.clear()
            try:
                while not self.ended.is_set() and self.asker.one():
                    pass
            except Exception:
                log.exception("asking for a second opinion failed")

    def end(self) -> None:
        """Ask nothing more."""
        self.ended.set()
        self.woken.set()


@contextmanager
def beside(config: Config, store: Store) -> Iterator[Callable[[], None]]:
    """Ask for second opinions while the block runs, each time what is yielded is called; it returns at once. Without terms: nothing."""
    if config.opinions is None:
        yield _nothing
        return
    thread = _Beside(Asker(store, config.opinions))
    threading.Thread(target=thread.run, name="second opinions", daemon=True).start()  # a slow server must not hold up the end either
    try:
        yield thread.woken.set
    finally:
        thread.end()


def _nothing() -> None:
    """What is called where nobody is to be asked."""
