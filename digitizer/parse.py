"""Lines of a card -> which are its title, its handle, its host. Text and place only; no pictures.

A card has a title, and a handle or a host's name or neither. The handle is mostly the last line, and its ``@`` is often misread, so
form, place, size and words are weighed together (checked on made-up cards: digitizer/training/roles.py).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from digitizer.decoder.handle import LIKE_AT as MISREAD_AT

LIKE_AT = MISREAD_AT | {"@"}
"""What ``@`` is read as, itself included."""

LEADING_DASH = re.compile(r"^\s*[-–—~_=]+\s*")
HOSTED_BY = re.compile(r"^\s*(?:w/|with|by|von|mit|host(?:ed)?(?: by)?)\s*:?\s+", re.I)
JOINED = re.compile(r"\s*(?:[+&,/]|\band\b|\bund\b|\bet\b|\by\b)\s*", re.I)
SIGNS_OF_HANDLE = re.compile(r"[^\W\d]\d|_")
DASH_INSIDE = re.compile(r"\w[-–]\w")
JOINERS = frozenset("&+")
TWO_DOTS = re.compile(r"(?<=\w)\.\.(?=\s|$)")
ONE_SIDED = re.compile(r"(?<=\s)&(?=\w)|(?<=\w)&(?=\s)")
LEANING = frozenset(
    {"a", "an", "the", "my", "your", "our", "and", "or", "vs", "as", "is", "how", "what", "when", "who", "why"}
    | {"at", "by", "for", "from", "in", "of", "on", "to", "with", "without", "ask", "meet", "hello", "intro"}
    | {"der", "des", "die", "für", "mit", "und", "van", "vom", "von", "zu", "zum", "zur"}
    | {"du", "et", "la", "le", "les", "par", "pour", "sur", "un", "una", "une", "y", "por"}
)
"""Words that want another after them: no title ends with one."""
LETTERS = re.compile(r"[^\W_]")
HANDLE_INSIDE = re.compile(r"(?<=\S)\s+@(?=\w)")


SURELY_AT = 0.5
"""Probability of ``@`` from which a line is a handle, whatever name it may be."""

NAME_SET_OFF = -5.0
"""Nats by which a line that is set off may be less likely a name than words: few titles end so, and most hosts do."""

NAME_ALONE = 2.5
"""Nats by which a line that nothing sets off must be likelier a name: names that are words as well (Will, Julia) stay below."""

NAME_SEEN = -13.0
"""Log probability of a line's picture as a name, below which it is a scrawl on no list: a name is no better a guess than words."""

NAME_FITS = -6.0
"""Log probability of a line's picture as a name, above which the name accounts for all of its ink: with a misread ``@`` it is less."""


class Role(StrEnum):
    """What a line is."""

    TITLE = "title"
    HANDLE = "handle"
    HOST = "host"
    MARK = "mark"


@dataclass(frozen=True)
class ReadLine:
    """A line as it was read, before it is known what it is.

    ``text`` without priors, ``guess`` with them; ``box_px`` (x, y, width, height) in the card; ``at`` 0..1 how surely it begins with
    ``@``; ``fit`` nats a character that the reading loses when it must be a handle (0 or less); ``words`` share of its letters in known
    words; ``is_known``: it is a handle that the event lists. ``name_odds`` nats by which the line is likelier a name than words of a
    title; ``name_fit`` log probability of its picture as the likeliest name.
    """

    text: str
    box_px: tuple[int, int, int, int]
    at: float = 0.0
    fit: float = 0.0
    words: float = 0.0
    is_known: bool = False
    guess: str = ""
    name_odds: float = -math.inf
    name_fit: float = -math.inf


@dataclass(frozen=True)
class Parsed:
    """Roles of the lines in their order, and the probability that the choice of handle (or of none) is right."""

    roles: tuple[Role, ...]
    handle_confidence: float


HANDLE_WEIGHTS = {
    "bias": -4.0,
    "at": 6.0,
    "like_at": 1.5,
    "last": 1.5,
    "one_word": 1.0,
    "signs": 2.0,
    "words": -2.5,
    "smaller": 1.5,
    "apart": 0.8,
    "fit": 1.0,
    "known": 4.0,
    "alone": -3.0,
}
"""Log odds: what speaks for a line being a handle. On 150 drawn cards 0.953 of the choices are right, as with fitted weights."""


def parse(lines: Sequence[ReadLine], is_name: Callable[[str], bool]) -> Parsed:
    """Roles of a card's lines, top to bottom. ``is_name`` knows first names and hosts."""
    marks = [not LETTERS.search(line.text) for line in lines]
    written = [i for i, mark in enumerate(marks) if not mark]
    roles = [Role.MARK if mark else Role.TITLE for mark in marks]
    chances = [_chance_of(lines, written, k, is_name) for k in range(len(written))]
    confidence = 1.0 - max(chances, default=0.0)
    if chances and max(chances) > 0.5:
        roles[written[int(np.argmax(chances))]] = Role.HANDLE
        confidence = max(chances)
    titles = [i for i in written if roles[i] == Role.TITLE]
    if len(titles) > 1 and _is_host(lines[titles[-1]], [lines[i] for i in titles[:-1]], is_name, handled=Role.HANDLE in roles):
        roles[titles[-1]] = Role.HOST
    return Parsed(_joined(roles, lines), confidence)


def _joined(roles: Sequence[Role], lines: Sequence[ReadLine]) -> tuple[Role, ...]:
    """The same roles, but that a ``&`` by itself between two lines of the title is a word of it."""
    inside = [False, *(a == c == Role.TITLE for a, c in zip(roles, roles[2:], strict=False)), False]
    return tuple(
        Role.TITLE if within and line.text.strip() in JOINERS else role for role, line, within in zip(roles, lines, inside, strict=False)
    )


def _chance_of(lines: Sequence[ReadLine], written: Sequence[int], k: int, is_name: Callable[[str], bool]) -> float:
    """Probability that a written line is a handle; a plain first name is a host's."""
    line = lines[written[k]]
    chance = handle_chance([lines[i] for i in written], k)
    named = names_people(line.text, is_name) or line.name_fit > NAME_FITS
    return min(chance, 0.2) if line.at < SURELY_AT and not line.is_known and named else chance


def may_be_handle(text: str, at: float, words: float) -> bool:
    """Whether it is worth the time to read a line as a handle: ``text`` without priors, ``at`` and ``words`` as in :class:`ReadLine`."""
    bare = text.strip()
    return at > 0.01 or bare[:1] in LIKE_AT or "_" in bare or (words < 0.6 and " " not in bare[2:])


def handle_chance(lines: Sequence[ReadLine], index: int) -> float:
    """Probability that a line of a card is a handle."""
    features = handle_features(lines, index)
    return 1 / (1 + math.exp(-sum(HANDLE_WEIGHTS[name] * value for name, value in features.items())))


def handle_features(lines: Sequence[ReadLine], index: int) -> dict[str, float]:
    """What is weighed, by name; each about 0 to 1."""
    line, others = lines[index], [other for k, other in enumerate(lines) if k != index]
    text = line.text.strip()
    tall = float(np.median([other.box_px[3] for other in others])) if others else line.box_px[3]
    above = max((other.box_px[1] + other.box_px[3] for other in lines[:index]), default=line.box_px[1])
    return {
        "bias": 1.0,
        "at": line.at,
        "like_at": float(text[:1] in LIKE_AT),
        "last": float(index == len(lines) - 1),
        "one_word": float(" " not in text[2:]),
        "signs": float(bool(SIGNS_OF_HANDLE.search(text) or (text[:1] in LIKE_AT and DASH_INSIDE.search(text)))),
        "words": line.words,
        "smaller": float(np.clip(math.log(max(tall, 1) / max(line.box_px[3], 1)), -1, 1)),
        "apart": float(np.clip((line.box_px[1] - above) / max(tall, 1), -0.5, 2)),
        "fit": max(line.fit, -3.0),
        "known": float(line.is_known),
        "alone": float(not others),
    }


def _is_host(last: ReadLine, above: Sequence[ReadLine], is_name: Callable[[str], bool], handled: bool) -> bool:
    """Whether the last line below a title names people; ``handled``: the card has a handle.

    A name that is set off is the host's. One that nothing sets off is, too, if it is surely a name, what stands above it is whole without
    it, and there is no handle: on real boards most such cards bear their host's name, and hardly a title ends with a line that is a name.
    """
    if above[-1].text.rstrip()[-1:] in JOINERS:  # what they join is the title's, whatever name it may be
        return False
    aside = _stands_aside(last, above)
    if _is_of_people(last, is_name) and (aside or _is_smaller(last, above)):
        return True
    if last.name_fit <= NAME_SEEN:
        return False
    return (aside and last.name_odds > NAME_SET_OFF) or (not handled and last.name_odds >= NAME_ALONE and _is_whole(above[-1].text))


def _is_whole(text: str) -> bool:
    """Whether a line of a title wants no other after it."""
    bare = text.rstrip()
    return bare[-1:] not in set(":&+-–,/") and bare.split(" ")[-1].casefold() not in LEANING


def _is_of_people(line: ReadLine, is_name: Callable[[str], bool]) -> bool:
    """Whether a line is names, as it was read or as it is likeliest meant: a name with one letter misread is still one."""
    return names_people(line.text, is_name) or names_people(line.guess, is_name)


def names_people(text: str, is_name: Callable[[str], bool]) -> bool:
    """Whether a line holds names and nothing else: ``- Samir``, ``(Duncan)``, ``Kev + Nicole``, ``with Anna``."""
    bare = clean_host(text)
    people = [person for person in JOINED.split(bare) if person]
    return bool(people) and all(len(person.split()) <= 3 and is_name(person) for person in people)


def clean_host(text: str) -> str:
    """A host's line without dashes, brackets and ``by``."""
    return HOSTED_BY.sub("", LEADING_DASH.sub("", text)).strip(" ()[]{}|.,:;-–—_")


def _stands_aside(last: ReadLine, above: Sequence[ReadLine]) -> bool:
    """Whether the last line stands to the right of the title or apart from it, or is marked as a name."""
    left = min(line.box_px[0] for line in above)
    widest = max(line.box_px[0] + line.box_px[2] for line in above) - left
    to_the_right = last.box_px[0] > left + 0.35 * widest
    apart = last.box_px[1] - max(line.box_px[1] + line.box_px[3] for line in above) > 0.6 * _tall(above)
    return (
        to_the_right
        or apart
        or bool(LEADING_DASH.match(last.text) or HOSTED_BY.match(last.text) or last.text.strip().startswith(("(", "[")))
    )


def _is_smaller(last: ReadLine, above: Sequence[ReadLine]) -> bool:
    return last.box_px[3] < 0.75 * _tall(above)


def _tall(lines: Sequence[ReadLine]) -> float:
    return float(np.median([line.box_px[3] for line in lines]))


def join_title(texts: Sequence[str], is_word: Callable[[str], bool]) -> str:
    """One title from its lines; a word broken at a line's end is mended, its hyphen kept where it is the word's own.

    A ``&`` with a space on one side has lost that on the other: ``Q&A`` stays. Two full stops behind a word are three.
    """
    title = ""
    for text in (" ".join(text.split()) for text in texts):
        if not text:
            continue
        broken = re.search(r"[^\W\d_]{2,}[-–]$", title)
        if not broken or not text[0].isalpha():
            title = f"{title} {text}" if title else text
            continue
        whole = broken.group()[:-1] + re.split(r"\W", text, maxsplit=1)[0]
        title = title[:-1] + text if is_word(whole) and text[0].islower() else title[:-1] + "-" + text
    return " ".join(TWO_DOTS.sub("...", ONE_SIDED.sub(" & ", title)).split())
