"""Checked cards -> a folder that ``boardcast score`` reads: each card's picture, and what a person says stands on it."""

from __future__ import annotations

import json
from pathlib import Path

from webapp.store import Store

TRUTH = "cards.json"


def collect(store: Store, folder: Path) -> int:
    """Write the pictures of all checked cards and their truth into ``folder``; return their number.

    What an earlier call wrote there of this database is renewed: the picture of a card that is no longer checked goes.
    """
    cards = store.checked_cards()
    folder.mkdir(parents=True, exist_ok=True)
    truth = [
        {"picture": f"{card.id}.jpg", "title": card.title, "handle": card.handle, "host": card.host, "board": card.board_id}
        for card in cards
    ]
    for entry_id in store.entry_ids() - {card.id for card in cards}:
        (folder / f"{entry_id}.jpg").unlink(missing_ok=True)
    for card in cards:
        (folder / f"{card.id}.jpg").write_bytes(card.jpeg)
    text = json.dumps({"event": store.event.name, "cards": truth}, ensure_ascii=False, indent=1)
    (folder / TRUTH).write_text(text + "\n", encoding="utf-8")
    return len(cards)
