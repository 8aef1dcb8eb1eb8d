"""Titles: the prefix beam under a lexicon, a character model and a sense of case."""

from __future__ import annotations

import math
from dataclasses import dataclass

from digitizer.decoder.beam import Found, search_views
from digitizer.decoder.case import AFTER_LOWER, AFTER_UPPER, UPPER_AFTER_SHOUT, UPPER_NEXT, Case
from digitizer.decoder.greedy import decode_greedy
from digitizer.decoder.hypothesis import Hypothesis
from digitizer.lexicon import WORD_ENDS_LINE, Lexicon
from digitizer.readers.base import Lattice
from digitizer.settings import DecoderSettings

LOG_SPACE, LOG_LAST = math.log(1 - WORD_ENDS_LINE), math.log(WORD_ENDS_LINE)


@dataclass(frozen=True, slots=True)
class TitleState:
    """The chunk so far in lower case, its log probability as a beginning, and its case; ``shouts``: the last word was in capitals."""

    chunk: str = ""
    log_begins: float = 0.0
    case: Case = Case.NONE
    shouts: bool = False


class TitlePrior:
    """A :class:`~digitizer.decoder.beam.Prior` over titles."""

    def __init__(self, lexicon: Lexicon, settings: DecoderSettings) -> None:
        """Weights come from ``settings``."""
        self._lexicon, self._settings = lexicon, settings

    def start(self) -> TitleState:
        """The state before the first letter."""
        return TitleState()

    def step(self, state: TitleState, character: str) -> tuple[TitleState, float]:
        """One more character; a space must end a chunk."""
        weight, bonus = self._settings.lexicon_weight, self._settings.character_bonus
        if character == " ":
            if not state.chunk:
                return state, -math.inf
            log = self._lexicon.chunk(state.chunk)[1] - state.log_begins + LOG_SPACE
            return TitleState(shouts=state.case == Case.CAPITALS), weight * log + bonus
        chunk = state.chunk + character.lower()
        log_begins = self._lexicon.chunk(chunk)[0]
        case, log_case = _case(state, character)
        return TitleState(chunk, log_begins, case, state.shouts), weight * (log_begins - state.log_begins) + log_case + bonus

    def end(self, state: TitleState) -> float:
        """The title ends here."""
        if not state.chunk:
            return 0.0  # marks that are no writing say nothing, and often
        return self._settings.lexicon_weight * (self._lexicon.chunk(state.chunk)[1] - state.log_begins + LOG_LAST)


def _case(state: TitleState, character: str) -> tuple[Case, float]:
    if not character.isalpha():
        return (state.case if character.isdigit() or character == "'" else Case.NONE), 0.0
    upper = UPPER_AFTER_SHOUT if state.shouts and state.case == Case.NONE else UPPER_NEXT[state.case]
    if character.isupper():
        return AFTER_UPPER.get(state.case, state.case), math.log(upper)
    return AFTER_LOWER.get(state.case, state.case), math.log(1 - upper)


def decode_title(lattice: Lattice, lexicon: Lexicon, settings: DecoderSettings | None = None) -> tuple[Hypothesis, ...]:
    """The likeliest titles of a line, best first, as written (case is kept)."""
    settings = settings or DecoderSettings()
    prior = TitlePrior(lexicon, settings)
    found = search_views((lattice.log_probs, *lattice.views), lattice.alphabet, prior, settings)
    raw = _raw(lattice, prior)
    kept = found[: settings.keep]
    if raw.text and all(f.text.strip() != raw.text for f in kept):
        kept = [*kept[: settings.keep - 1], raw]
    return tuple(_hypothesis(f, share, lexicon) for f, share in _with_posterior(kept))


def _raw(lattice: Lattice, prior: TitlePrior) -> Found:
    """The greedy reading, so that what the lexicon overrules stays on the list; its ``log_prob`` is that of its best path."""
    greedy = decode_greedy(lattice)
    state, total = prior.start(), 0.0
    for character in " ".join(greedy.text.split()):
        state, log = prior.step(state, character)
        total += log
    return Found(greedy.text, greedy.log_prob, total + prior.end(state))


def _with_posterior(found: list[Found]) -> list[tuple[Found, float]]:
    best = max((f.log_prob + f.log_prior for f in found), default=0.0)
    shares = [math.exp(f.log_prob + f.log_prior - best) for f in found]
    return [(f, share / sum(shares)) for f, share in zip(found, shares, strict=True)]


def _hypothesis(found: Found, posterior: float, lexicon: Lexicon) -> Hypothesis:
    return Hypothesis(found.text.strip(), found.log_prob + found.log_prior, posterior, _share(found.text, lexicon), found.log_prob)


def _share(text: str, lexicon: Lexicon) -> float:
    words = text.split()
    letters = sum(map(len, words))
    return sum(len(w) for w in words if lexicon.knows(w)) / letters if letters else 0.0
