"""The formats of ``boardcast export``, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from digitizer.errors import StoreError
from digitizer.event import Event
from webapp.feeds.cards import cards_csv, cards_json
from webapp.feeds.common import Feed
from webapp.feeds.frab import frab_json, frab_xml
from webapp.feeds.html import html
from webapp.feeds.ics import ics
from webapp.values import PublishedBoard

WRITERS: Mapping[str, Callable[[Feed], bytes]] = MappingProxyType(
    {"json": cards_json, "frab-xml": frab_xml, "frab-json": frab_json, "ics": ics, "csv": cards_csv, "html": html}
)
FORMATS = tuple(WRITERS)


def render(name: str, event: Event, boards: tuple[PublishedBoard, ...], base_url: str = "") -> bytes:
    """The schedule in the format of that name, as the bytes of a file. Raises ``StoreError`` for a name that is none of ``FORMATS``."""
    if name not in WRITERS:
        raise StoreError(f'There is no format "{name}".', f"There are: {', '.join(FORMATS)}.", "Give one of these as --format.")
    return WRITERS[name](Feed(event, boards, base_url.rstrip("/")))
