"""The worker learns from reviewers: words they stand for are in the reader's lexicon from the next photo on."""

from __future__ import annotations

from dataclasses import replace

from digitizer.lexicon import Lexicon
from digitizer.pipeline import Tools
from webapp.store import Store


class Learning:
    """Tools whose lexicon follows the store. Asks for the newest step of a person once a photo, for words only where it is another."""

    def __init__(self, store: Store, tools: Tools) -> None:
        """``tools`` know the event as it was announced."""
        self._store, self._tools = store, tools
        self._step = 0

    def tools(self) -> Tools:
        """The tools for the next photo."""
        step = self._store.last_step()  # asked before the words: a step in between is then told by the next photo
        if step != self._step:
            lexicon = Lexicon.for_event(self._store.event, self._store.confirmed())
            self._tools, self._step = replace(self._tools, lexicon=lexicon), step
        return self._tools
