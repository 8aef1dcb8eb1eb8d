"""What handles look like: ``@`` and 1 to 15 of ``[A-Za-z0-9_]``, ``@name@server.tld`` (Mastodon), ``@name.domain.tld`` (Bluesky)."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from string import ascii_letters, digits

import numpy as np
from numpy.typing import NDArray

from digitizer.characters import CharacterModel
from digitizer.decoder.beam import States
from digitizer.decoder.case import NEXT_CASE, UPPER, UPPER_NEXT, WITHIN, Case, case_kinds
from digitizer.decoder.handle_words import NAME_FIELDS, HandleWords, NameSigns
from digitizer.decoder.records import taken
from digitizer.decoder.user_names import USER_FIELDS, load_user_names
from digitizer.settings import HandleSettings
from digitizer.trie import ROOT, Trie

SIGNS = ("", *"@._", *digits, *ascii_letters)
AT, DOT, UNDERSCORE = (SIGNS.index(sign) for sign in "@._")
IS_MARK = np.isin(SIGNS, ("@", ".", "_"))
TWITTER = re.compile(r"@[A-Za-z0-9_]{1,15}")
FEDERATED = re.compile(r"@[A-Za-z0-9_.]*[A-Za-z0-9_]@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}")
DOMAIN = re.compile(
    r"@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.(?:social|com|org|net|dev|io|me|app|eu|de|at|ch|fr|es|it|nl|uk|ca|us|xyz|blog)", re.I
)
LONGEST = 60
TWITTER_LONGEST = 15
CAPITAL_AT_PART, CAPITAL_INSIDE = 0.3, 0.003
"""Probability that a small letter is followed by a capital where a part of the handle begins, and elsewhere."""

USER_SHARE = 0.3
"""Of handles, those that are as user names are; the others are set together of listed parts."""

UPPER_SHARES = np.array([UPPER_NEXT[case] for case in Case])
LETTERS = np.array([ord(sign.lower() or "\0") for sign in SIGNS], dtype=np.int32)
KINDS = np.where(np.isin(SIGNS, ("@", ".")), WITHIN, case_kinds(SIGNS))
IN_SMALL = np.array([case in (Case.SMALL, Case.CAPITALISED) for case in Case])

HANDLE = np.dtype(
    [
        *NAME_FIELDS,
        *USER_FIELDS,
        ("length", np.uint8),  # signs so far, without the @ they begin with
        ("last", np.uint8),  # the last sign
        ("started", np.bool_),  # whether there is any sign
        ("has_server", np.bool_),  # whether a second @ was read
        ("has_domain", np.bool_),  # whether that or a full stop was read
        ("case", np.uint8),
        ("known", np.int32),  # the handle among known ones
        ("log", np.float64),  # of the prior of a beginning like this
    ],
    align=True,
)
"""One handle so far."""


class HandlePrior:
    """A :class:`~digitizer.decoder.beam.Prior` over handles, in the alphabet :data:`SIGNS`."""

    def __init__(self, known: Collection[str], words: HandleWords, settings: HandleSettings) -> None:
        """``known`` handles with their ``@``; ``words`` that others are made of."""
        folded = {handle.lower() for handle in known}
        self._known = Trie.of(dict.fromkeys(folded, 1 / max(1, len(folded))))
        self._known_share = settings.known_share if folded else 0.0
        self._words, self._settings = words, settings
        self._signs, self._users = _known_signs(words.characters), load_user_names(SIGNS)

    def start(self, count: int) -> States:
        """The states before the ``@``."""
        states = np.zeros(count, dtype=HANDLE)
        self._words.start(states)
        self._users.start(states)
        states["known"] = ROOT
        return states

    def step(self, states: States, classes: NDArray[np.intp]) -> tuple[States, NDArray[np.float64]]:
        """One more sign each; what the grammar forbids has no probability."""
        opens = ~states["started"]
        missing = opens & (classes != AT)
        if missing.any():
            self._begin(states, np.flatnonzero(missing))
        logs = self._form(states, classes) + self._settings.character_bonus + np.where(missing, self._settings.log_no_at, 0.0)
        if opens.any():
            self._begin(states, np.flatnonzero(opens & ~missing))
        named = np.flatnonzero(~opens | missing)  # all but the @ that a handle begins with
        grown = states if len(named) == len(states) else taken(states, named)
        logs[named] += self._grow(grown, classes[named])
        if grown is not states:
            states[named] = grown
        return states, logs

    def end(self, states: States, texts: Sequence[str]) -> NDArray[np.float64]:
        """Only a whole handle may end."""
        whole = self._mixed(self._words.ends(states), self._users.ends(states), self._known.whole[states["known"]]) - states["log"]
        logs = np.where(states["has_domain"], 0.0, self._settings.words_weight * whole)
        return np.where([_is_handle(text) for text in texts], logs, -np.inf)

    def _begin(self, states: States, at: NDArray[np.intp]) -> None:
        """The ``@``, seen or not."""
        states["started"][at], states["last"][at] = True, AT
        states["known"][at] = self._known.children(states["known"][at], np.full(len(at), ord("@"), dtype=np.int32))

    def _grow(self, states: States, classes: NDArray[np.intp]) -> NDArray[np.float64]:
        """Add a sign after the first ``@`` in place; weighted logs of its case, and of what it does to the names' prior."""
        self._words.grow(states, classes, self._signs)
        self._users.grow(states, classes)
        states["known"] = self._known.children(states["known"], LETTERS[classes])
        states["has_server"] |= classes == AT
        states["has_domain"] |= (classes == AT) | (classes == DOT)
        states["length"] += 1
        states["last"] = classes
        log = self._mixed(states["begins"], states["user_log"], self._known.mass[states["known"]])
        logs = self._settings.words_weight * (log - states["log"]) + self._case(states, classes)
        states["log"] = log
        return np.asarray(logs)

    def _form(self, states: States, classes: NDArray[np.intp]) -> NDArray[np.float64]:
        """Natural logs of what the grammar thinks of a sign after a text."""
        length, last, settings = states["length"], states["last"], self._settings
        longest = np.where((length >= TWITTER_LONGEST) & ~states["has_domain"], settings.log_long, 0.0)
        after_mark = IS_MARK[last] & states["started"]
        logs = np.where(classes == UNDERSCORE, np.where(after_mark, settings.log_odd_underscore, 0.0), longest)
        if (classes == DOT).any():
            dot_first = (length == 0) | (last == DOT) | (last == AT)
            dot = np.where(dot_first, -np.inf, np.where(states["has_domain"], 0.0, settings.log_server))
            logs = np.where(classes == DOT, dot, logs)
        logs = np.where(length >= LONGEST, -np.inf, logs)
        if not (classes == AT).any():
            return logs
        at = np.where(states["has_server"] | (length == 0), -np.inf, settings.log_server)
        return np.where(classes == AT, np.where(states["started"], at, 0.0), logs)

    def _mixed(self, parts: NDArray[np.float64], users: NDArray[np.float64], known: NDArray[np.float32]) -> NDArray[np.float64]:
        """Mostly any name at all, set together of listed parts or as people give themselves names; a share the known handles."""
        free = (1 - USER_SHARE) * np.exp(parts) + USER_SHARE * np.exp(users)
        return np.asarray(np.log(np.maximum((1 - self._known_share) * free + self._known_share * known, 1e-300)))

    def _case(self, states: States, classes: NDArray[np.intp]) -> NDArray[np.float64]:
        """Log probabilities of signs' case, and the case so far after them: capitals begin parts, or all letters are capitals."""
        case, kinds = states["case"], KINDS[classes]
        upper = np.where(IN_SMALL[case], CAPITAL_INSIDE + CAPITAL_AT_PART * states["new_part"], UPPER_SHARES[case])
        states["case"] = np.where((classes == UNDERSCORE) & (case == Case.CAPITALS), case, NEXT_CASE[case, kinds])
        return np.where(kinds <= WITHIN, 0.0, np.log(np.where(kinds == UPPER, upper, 1 - upper)))


@lru_cache(maxsize=2)
def _known_signs(characters: CharacterModel) -> NameSigns:
    return NameSigns.of(SIGNS, characters)


def _is_handle(text: str) -> bool:
    text = text if text.startswith("@") else "@" + text
    if "." not in text and "@" not in text[1:]:
        return TWITTER.fullmatch(text) is not None
    return (DOMAIN.fullmatch(text.replace("_", "-")) or FEDERATED.fullmatch(text)) is not None
