"""The worker learns from reviewers: words they stand for are in the reader's lexicon from the next photo on."""

from __future__ import annotations

from dataclasses import replace

from digitizer.lexicon import Lexicon
from digitizer.model import Digitization
from digitizer.pipeline import Tools
from webapp.store import Store


class Learning:
    """Tools whose lexicon follows the store. Asks for the newest step of a person once a photo, for words only where it is another."""

    def __init__(self, store: Store, tools: Tools) -> None:
        """``tools`` know the event as it was announced."""
        self._store, self._tools = store, tools
        self._step = 0
        self._read_with: dict[str, Lexicon] = {}

    def tools(self) -> Tools:
        """The tools for the next photo."""
        step = self._store.last_step()  # asked before the words: a step in between is then told by the next photo
        if step != self._step:
            lexicon = Lexicon.for_event(self._store.event, self._store.confirmed())
            self._tools, self._step = replace(self._tools, lexicon=lexicon), step
        return self._tools

    def reopened(self, board_id: str, previous: Digitization | None) -> Digitization | None:
        """The last look at a board; without what was doubtful where new words may settle it: a still card is not read again otherwise."""
        if previous is None or self._read_with.get(board_id) is self._tools.lexicon:
            return previous
        return replace(previous, readings=tuple(reading for reading in previous.readings if not reading.needs_review))

    def looked(self, board_id: str) -> None:
        """A board was read with the tools as they are now."""
        self._read_with[board_id] = self._tools.lexicon
