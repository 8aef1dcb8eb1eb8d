"""What changed, newest first, as Atom (RFC 4287): one entry a change."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from webapp.feeds.common import NAMESPACE, UNTITLED, Feed, acronym, carried
from webapp.values import ChangeKind, PublishedChange

ATOM = "http://www.w3.org/2005/Atom"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""When a feed without a change was last updated: never, but the element must stand there."""

SENTENCES = {
    ChangeKind.APPEARED: "{title}: new, {after}",
    ChangeKind.MOVED: "{title}: moved from {before} to {after}",
    ChangeKind.REWORDED: "“{before}” now reads “{after}”",
    ChangeKind.CANCELLED: "{title}: taken off the board ({before})",
    ChangeKind.RETURNED: "{title}: back on the board, {after}",
}

BY_HAND = {
    ChangeKind.CANCELLED: "{title}: taken out of the schedule by the organizers ({before})",
    ChangeKind.RETURNED: "{title}: back in the schedule, {after}",
}
"""What people do to a session whose card hangs as it hung."""


RESERVED = {ChangeKind.CANCELLED: "{title}: not in {before} any more, the place is reserved ({reserved})"}
"""What is told of a session that left a cell which event.toml blocks: its card may hang there still."""


NAMELESS = "A session"
"""What a session is called whose words were dismissed."""


def sentence(change: PublishedChange) -> str:
    """One change in words."""
    special = BY_HAND if change.by_hand else RESERVED if change.reserved else {}
    words = {"title": change.title or UNTITLED, "before": change.before or "?", "after": change.after or "?", "reserved": change.reserved}
    return (SENTENCES | special)[change.kind].format(**words)


def atom(feed: Feed, changes: Sequence[PublishedChange]) -> bytes:
    """The feed; ids never change, ``updated`` is the time of the newest change. What was dismissed is told without its words."""
    changes = [replace(c, title=NAMELESS) if c.dismissed else c for c in changes if not (c.dismissed and c.kind is ChangeKind.REWORDED)]
    root = ET.Element("feed", {"xmlns": ATOM})
    _add(root, "id", f"urn:uuid:{uuid.uuid5(NAMESPACE, acronym(feed.event))}")
    _add(root, "title", f"{feed.event.name}: what changed")
    _add(root, "updated", max((change.at for change in changes), default=EPOCH).isoformat())
    _add(ET.SubElement(root, "author"), "name", feed.event.name)
    if feed.base_url:
        ET.SubElement(root, "link", {"rel": "self", "href": f"{feed.base_url}/changes.atom"})
        ET.SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": f"{feed.base_url}/"})
    for change in changes:
        _entry(root, feed, change)
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _entry(root: ET.Element, feed: Feed, change: PublishedChange) -> None:
    entry = ET.SubElement(root, "entry")
    _add(entry, "id", f"urn:uuid:{uuid.uuid5(NAMESPACE, f'{change.session_id}/{change.id}')}")
    _add(entry, "title", sentence(change))
    _add(entry, "updated", change.at.isoformat())
    ET.SubElement(entry, "category", {"term": change.kind.value})
    if feed.base_url:
        ET.SubElement(entry, "link", {"rel": "alternate", "type": "text/html", "href": f"{feed.base_url}/session/{change.session_id}"})
    _add(entry, "content", sentence(change))


def _add(parent: ET.Element, name: str, value: str) -> None:
    ET.SubElement(parent, name).text = carried(value)
