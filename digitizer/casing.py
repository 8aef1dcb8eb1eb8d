"""Casing as a person would publish it. Pure; no text changes but in the case of its letters.

Many hands letter a board in capitals only. Their capitals say nothing, and a schedule in which every third line shouts is hard to
read: such a title becomes a sentence, with acronyms, products and names as they are spelled. Whoever writes small letters elsewhere on
the card chose the capitals, and keeps them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from digitizer.shipped import MODELS

NOISE = 0.1
"""Share of small letters in a shouted text: ``o``, ``s`` or ``x`` that were read as small ones."""

ACRONYM = 4
"""Letters of the longest unlisted word that stays in capitals: short and no word is mostly an acronym."""

SPACES = re.compile(r"(\s+)")
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
OUTER = "\"'“”‘’()[]{}.,:;?!…-–—"
SENTENCE_ENDS = (".", "?", "!", "…")
VOWELS = frozenset("aeiouyäöüáàâãåæéèêëíìîïóòôõøœúùûý")
NO_ACRONYMS = frozenset(
    {"vs", "w", "mr", "mrs", "dr", "st", "nd", "rd", "th", "x", "s", "t", "pm", "hr", "hrs", "n", "ft", "shh", "pst", "hmm"}
)
"""Words without a vowel that are none."""

GERMAN = frozenset(
    {"der", "das", "und", "für", "mit", "von", "im", "ein", "eine", "ist", "zum", "zur", "wie", "wir", "auf", "oder", "ohne", "über"}
)
"""Words that tell German, in which capitals cannot be undone: its nouns have one, and only its grammar tells which words are nouns."""


@dataclass(frozen=True, eq=False)
class Spelling:
    """How words are spelled, by their folded form; ``phrases`` of several words likewise; ``titles`` known as wholes."""

    words: Mapping[str, str]
    phrases: Mapping[str, str]
    titles: Mapping[str, str]

    @classmethod
    def of(cls, titles: Iterable[str] = (), names: Iterable[str] = ()) -> Spelling:
        """The listed spellings, and those of an event: its titles where their case tells something, its names as they are written."""
        listed, titles = listed_spellings(), [title for title in titles if not is_shouted(title)]
        told = {word.casefold(): word for title in titles for word in _telling(title)}
        named = {word.casefold(): word for name in names if not is_shouted(name) for word in WORD.findall(name) if word[0].isupper()}
        phrases = {text.casefold(): text for text in listed if " " in text}
        words = {text.casefold(): text for text in listed if " " not in text}
        return cls(named | words | told, phrases, {" ".join(title.casefold().split()): title for title in titles})


def publish_title(text: str, spelling: Spelling, is_word: Callable[[str], bool], beside: Sequence[str] = ()) -> str:
    """A title as it is published: known ones as announced, shouted ones as a sentence, others as written.

    ``beside`` are the card's other texts: small letters there tell that the capitals were chosen. ``is_word`` knows common words.
    """
    known = spelling.titles.get(" ".join(text.casefold().split()))
    if known is not None:
        return known
    if not is_shouted(text) or any(is_small(other) for other in beside):
        return text
    if any(word in GERMAN or "ß" in word for word in WORD.findall(text.lower())):
        return text
    return _spell_phrases(_sentence(text, spelling, is_word), spelling)


def publish_handle(handle: str, known: Iterable[str]) -> str:
    """A handle as it is published: ``known`` ones as they are listed, others in small letters where the hand wrote capitals only."""
    listed = {other.casefold(): other for other in known}
    return listed.get(handle.casefold(), handle.lower() if is_shouted(handle) else handle)


def publish_name(name: str, spelling: Spelling) -> str:
    """A host's name as it is published: capitals only become a capital each; initials stay."""
    if not is_shouted(name):
        return name
    return WORD.sub(lambda m: spelling.words.get(m[0].casefold(), m[0] if len(m[0]) < 3 else m[0].capitalize()), name)


def is_shouted(text: str) -> bool:
    """Whether a text is in capitals; one letter alone is not."""
    letters = [c for c in text if c.isupper() or c.islower()]
    return len(letters) > 1 and sum(c.islower() for c in letters) <= NOISE * len(letters)


def is_small(text: str) -> bool:
    """Whether a text is mostly in small letters."""
    letters = [c for c in text if c.isupper() or c.islower()]
    return len(letters) > 2 and sum(c.islower() for c in letters) > len(letters) / 2


def _sentence(text: str, spelling: Spelling, is_word: Callable[[str], bool]) -> str:
    out, begins = [], True
    for chunk in SPACES.split(text):
        out.append(_spell(chunk, begins, spelling, is_word))
        if any(c.isalnum() for c in chunk):
            begins = chunk.rstrip("\"'”’)").endswith(SENTENCE_ENDS)
    return "".join(out)


def _spell(chunk: str, begins: bool, spelling: Spelling, is_word: Callable[[str], bool]) -> str:
    """One chunk between spaces: listed as a whole, or word by word."""
    core = chunk.strip(OUTER)
    listed = spelling.words.get(core.casefold())
    if listed is not None and len(listed) == len(core):
        return chunk.replace(core, listed, 1)
    spelled = WORD.sub(lambda m: _word(m[0], spelling, is_word), chunk)
    first = WORD.search(chunk)
    if not begins or first is None or first[0].casefold() in spelling.words or chunk[: first.start()].strip(OUTER):
        return spelled
    at = first.start()
    return spelled[:at] + _one(spelled[at].upper(), spelled[at]) + spelled[at + 1 :]


def _word(word: str, spelling: Spelling, is_word: Callable[[str], bool]) -> str:
    folded = word.casefold()
    stem, _, tail = folded.replace("’", "'").partition("'")
    if (listed := spelling.words.get(folded)) is not None and len(listed) == len(word):
        return listed
    if tail == "s" and (listed := spelling.words.get(stem)) is not None and len(listed) == len(stem):
        return listed + _lower(word[len(stem) :])
    return word if _may_be_acronym(folded, is_word) else _lower(word)


def _lower(text: str) -> str:
    return "".join(_one(c.lower(), c) for c in text)


def _one(changed: str, letter: str) -> str:
    """The letter in its other case, where that is one letter, too: ``İ`` and ``ﬁ`` stay."""
    return changed if len(changed) == 1 else letter


def _may_be_acronym(folded: str, is_word: Callable[[str], bool]) -> bool:
    if not folded.isalpha() or folded in NO_ACRONYMS:
        return False
    if len(folded) == 1:
        return folded not in VOWELS
    return len(folded) <= ACRONYM and (not VOWELS & set(folded) or not is_word(folded))


def _spell_phrases(text: str, spelling: Spelling) -> str:
    if not spelling.phrases:
        return text
    return _phrases(tuple(spelling.phrases)).sub(lambda m: spelling.phrases[m[0].casefold()], text)


@lru_cache(maxsize=4)
def _phrases(folded: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(folded, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE)


def _telling(title: str) -> Iterable[str]:
    """Words of a title whose case is theirs: capitals inside, or a capital that neither the sentence's start nor title case explains."""
    words = WORD.findall(title)
    is_sentence = any(word.islower() and len(word) >= ACRONYM for word in words)
    for i, word in enumerate(words):
        named = i and is_sentence and word[0].isupper() and len(word) > 1
        if named or any(c.isupper() for c in word[1:]):
            yield word


@lru_cache(maxsize=1)
def listed_spellings(path: Path = MODELS / "spellings.txt") -> tuple[str, ...]:
    """The spellings that come with the package."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return tuple(text.replace("_", " ") for line in lines if not line.startswith("#") for text in line.split())
