"""What hosts typed on the web for their topic cards: untrusted words, kept beside the entries and never part of one by themselves.

They belong to the number on the card, so that they can be typed before it hangs. An organizer who takes them corrects the entry, as by
hand. They wake no page: anybody may send them, and open pages fetch themselves anew whenever something changes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from calibration.kit import MOST_CARDS
from digitizer.errors import NotStored, StoreError
from digitizer.model import Status
from webapp.db import read_session, write_session
from webapp.models import HostWordsRow, LogRow, SwitchRow
from webapp.store.tables import Tables, now
from webapp.values import HostWords, ReviewCard

LONGEST_TITLE, LONGEST_HANDLE = 120, 80
"""Characters: no card of the kit holds more of a title; an address of the fediverse is rarely longer."""

KEPT_A_CARD = 3
"""Words kept for a number, the newest: who floods one card drops his own, and the table never holds more than three for each number."""

SWITCH = "hosts type"

SETTLING = ("corrected", "confirmed")
"""Steps by which a person settles a card's words; where it hangs, and whether it is a session, is another matter."""


class Hosts(Tables):
    """What was typed, and whether anybody may."""

    def hosts_may_type(self) -> bool:
        """Whether the page takes words; it does until an organizer switches it off."""
        with read_session(self.engine) as session:
            row = session.get(SwitchRow, SWITCH)
            return row is None or row.on

    def let_hosts_type(self, on: bool, who: str) -> None:
        """Switch it. What was typed before is shown no more while it is off."""
        with write_session(self.engine) as session:
            session.merge(SwitchRow(name=SWITCH, on=on, at=now(), who=who))

    def host_typed(self, number: int, title: str, handle: str) -> None:
        """Keep what was typed for a card.

        Raises ``StoreError`` where it is no title or handle, too long, or switched off; ``NotStored`` where there is no such card.
        """
        if not 0 <= number < MOST_CARDS:
            raise NotStored(f"There is no topic card {number}.", f"They are numbered 0 to {MOST_CARDS - 1}.")
        words = _checked(title, "title", LONGEST_TITLE), _checked(handle, "handle", LONGEST_HANDLE)
        if not words[0]:
            raise StoreError("A session needs a title.", remedy="Type the title that is on your card.")
        own = _as_handle(words[1])
        if not self.hosts_may_type():
            raise StoreError("The organizers take no titles on the web.", remedy="Write on your card; the camera reads it.")
        with write_session(self.engine) as session:
            session.add(HostWordsRow(number=number, title=words[0], handle=own, at=now()))
            session.flush()
            old = select(HostWordsRow.id).where(HostWordsRow.number == number).order_by(HostWordsRow.id.desc()).offset(KEPT_A_CARD)
            session.execute(delete(HostWordsRow).where(HostWordsRow.id.in_(list(session.scalars(old)))))

    def host_words(self, words_id: int, number: int | None) -> HostWords:
        """Words by their id, of the card of that number. Raises ``NotStored`` where newer ones took their place."""
        with read_session(self.engine) as session:
            row = session.get(HostWordsRow, words_id)
            if row is None or row.number != number:
                raise NotStored("These words are not kept any more.", remedy="Reload the page.")
            return _value(row)


def with_host_words(session: Session, cards: Sequence[ReviewCard]) -> list[ReviewCard]:
    """Cards with what was typed for them since a person last settled them, newest first; none while it is switched off."""
    switch = session.get(SwitchRow, SWITCH)
    numbers = {card.entry.number for card in cards if card.entry.number is not None}
    if not numbers or (switch is not None and not switch.on):
        return list(cards)
    rows = session.scalars(select(HostWordsRow).where(HostWordsRow.number.in_(numbers)).order_by(HostWordsRow.id.desc()))
    typed = [_value(row) for row in rows]
    settled = _settled_at(session, {card.entry.id for card in cards if card.entry.number in {words.number for words in typed}})
    return [replace(card, host_words=_for(card, typed, settled.get(card.entry.id, card.entry.changed_at))) for card in cards]


def _settled_at(session: Session, entry_ids: Collection[str]) -> dict[str, datetime]:
    """When a person last stood for the words of each entry. An entry changes later, too: its card is moved, or taken off and hung again."""
    steps = (LogRow.entry_id.in_(entry_ids), LogRow.who.is_not(None), LogRow.kind.in_(SETTLING), LogRow.undone.is_(False))
    rows = session.execute(select(LogRow.entry_id, func.max(LogRow.at)).where(*steps).group_by(LogRow.entry_id))
    return {entry_id: at for entry_id, at in rows if at is not None}


def _for(card: ReviewCard, typed: Sequence[HostWords], settled_at: datetime) -> tuple[HostWords, ...]:
    entry = card.entry
    if entry.status is not Status.LIVE:
        return ()
    own = [words for words in typed if words.number == entry.number and (not entry.confirmed or words.at > settled_at)]
    return tuple({(words.title, words.handle): words for words in reversed(own)}.values())[::-1]


def _value(row: HostWordsRow) -> HostWords:
    return HostWords(row.id, row.number, row.title, row.handle, row.at)


def _checked(text: str, what: str, most: int) -> str:
    """One line of visible characters: nothing that turns text around, hides, or breaks lines. Raises ``StoreError``."""
    visible = "".join(char if char.isprintable() else " " for char in unicodedata.normalize("NFC", text))
    tidy = " ".join(visible.split())
    if len(tidy) > most:
        raise StoreError(f"A {what} of {len(tidy)} characters is too long.", f"{most} are the most.")
    return tidy


def _as_handle(text: str) -> str | None:
    """A handle with its @; None for an empty text. Raises ``StoreError`` where it is none: what is dropped, nobody would see."""
    word = text if text.startswith("@") else f"@{text}"
    if text and not re.fullmatch(r"@[\w.-]+(@[\w.-]+)?", word):
        raise StoreError("That is no handle.", f"You typed: {text}", "It is one word, such as @lea42; leave it out if your card has none.")
    return word if text else None
