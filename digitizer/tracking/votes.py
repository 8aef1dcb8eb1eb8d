"""Which wording of a field holds, over all looks: each look votes with its confidence, old votes fade, and the sitting one has the edge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from digitizer.model import Guess, Vote
from digitizer.settings import ReconcileSettings

LEFT_OUT = 3
"""Letters by which a wording is a piece of another: fewer are a slip at its end."""

KEPT = 6
"""Wordings remembered a field; a look rarely has more alternatives."""


def cast(votes: Sequence[Vote], guess: Guess | None, weight: float, clear: bool, settings: ReconcileSettings) -> tuple[Vote, ...]:
    """Add a look's vote. ``weight`` scales its confidence by how much of the card it saw; ``guess`` None votes for an empty field."""
    ballot = guess or Guess("", settings.absent)
    confidence = ballot.confidence * weight
    new = Vote(ballot.text, max(confidence, 0.01), confidence, clear, ballot.alternatives)
    known = next((vote for vote in votes if same(vote.text, new.text)), None)
    others = [replace(vote, weight=vote.weight * settings.vote_fade) for vote in votes if vote is not known]
    merged = new if known is None else _merge(known, new, settings)
    return tuple(sorted([merged, *others], key=lambda vote: vote.weight, reverse=True)[:KEPT])


def winner(votes: Sequence[Vote], sitting: str | None, settings: ReconcileSettings) -> Vote:
    """The wording that holds: the ``sitting`` one (None: no text) unless another is clearly surer or has clearly more looks behind it."""
    current = next((vote for vote in votes if same(vote.text, sitting or "")), None)
    if current is None:
        return max(votes, key=lambda vote: vote.weight)
    rivals = [vote for vote in votes if vote is not current and _unseats(vote, current, settings)]
    return max(rivals, key=lambda vote: vote.weight, default=current)


def contested(votes: Sequence[Vote], chosen: Vote, settings: ReconcileSettings) -> bool:
    """Whether another wording has nearly as much behind it."""
    return any(vote is not chosen and vote.text and vote.weight >= settings.contested * chosen.weight for vote in votes)


def alternatives(votes: Sequence[Vote], chosen: Vote) -> tuple[str, ...]:
    """Other wordings for one-tap correction, best first."""
    texts = [*chosen.alternatives, *(vote.text for vote in votes if vote is not chosen)]
    unique = dict.fromkeys(text for text in texts if text and text != chosen.text)
    return tuple(unique)[:KEPT]


def same(a: str, b: str) -> bool:
    """Whether two wordings differ in case and spaces only."""
    return a.casefold().split() == b.casefold().split()


def _merge(known: Vote, new: Vote, settings: ReconcileSettings) -> Vote:
    surer = new.confidence > known.confidence + settings.surer / 3  # the case of letters must not flicker either
    return Vote(
        text=new.text if surer else known.text,
        weight=min(known.weight + new.weight, settings.vote_cap),
        confidence=max(known.confidence, new.confidence),
        clear=known.clear or new.clear,
        alternatives=new.alternatives if surer or not known.alternatives else known.alternatives,
    )


def _unseats(rival: Vote, current: Vote, settings: ReconcileSettings) -> bool:
    """Clearly more looks, or clearly surer; but what clearly more looks have voted down does not come back because one was surer.

    A piece of what a clear look read unseats nothing, however often it is read: somebody may stand before the rest all day.
    """
    if current.clear and _is_piece(rival.text, current.text):
        return False
    surer = rival.confidence >= current.confidence + settings.surer
    return rival.weight > settings.take_over * current.weight or (surer and current.weight <= settings.take_over * rival.weight)


def _is_piece(text: str, whole: str) -> bool:
    """Whether a wording is what is left of another whose beginning or end is cut off."""
    part, all_of_it = (" ".join(one.casefold().split()) for one in (text, whole))
    return bool(part) and part in all_of_it and len(part) + LEFT_OUT <= len(all_of_it)
