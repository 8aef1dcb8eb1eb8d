"""The two frab formats that schedule apps read, as the c3voc schemas and the apps' own code want them."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

from webapp.feeds.common import UNTITLED, Feed, acronym, carried, doubt_of, guid_of, hours_minutes, numbers_of, people_of, rooms_of, slug
from webapp.values import PublishedSession

PLAIN_ZONE = re.compile(r"[A-Z][a-z]+/[A-Z][A-Za-z_]+|UTC")
"""Zones that the JSON schema takes; old names such as US/Pacific are not among them."""


def frab_json(feed: Feed) -> bytes:
    """schedule.json: no key beyond those the schema names, what is ours under ``conference.meta``."""
    document = {"schedule": {"version": version(feed), "conference": _conference(feed)}}
    if feed.base_url:
        document["schedule"]["base_url"] = feed.base_url + "/"
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def frab_xml(feed: Feed) -> bytes:
    """schedule.xml without a DOCTYPE, which Giggity refuses."""
    root = ET.Element("schedule")
    _add(root, "version", version(feed))
    conference = ET.SubElement(root, "conference")
    for name, value in _head(feed).items():
        _add(conference, name, value)
    for index, day in enumerate(feed.days, 1):
        _xml_day(root, feed, index, day)
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def version(feed: Feed) -> str:
    """A text that differs whenever the schedule differs: the boards' versions."""
    return " ".join(f"{board.id}-{board.version}" for board in feed.boards) or "0"


def day_bounds(feed: Feed, day: date) -> tuple[datetime, datetime]:
    """When the first slot of a day begins and its last one ends, all its boards together."""
    boards = [board for board in feed.event.boards if board.date == day]
    starts = [feed.event.starts_at(board, slot) for board in boards for slot in board.slots]
    ends = [feed.event.ends_at(board, slot) for board in boards for slot in board.slots]
    return min(starts), max(ends)


@lru_cache
def plain_zone(name: str) -> str | None:
    """The zone under a name that the schema takes, found by equal rules; None where there is none."""
    if PLAIN_ZONE.fullmatch(name):
        return name
    rules = _rules(name)
    current = (line.split("\t")[2] for line in _table().splitlines() if line and not line.startswith("#"))
    return next((zone for zone in current if PLAIN_ZONE.fullmatch(zone) and _rules(zone) == rules), None)


def _table() -> str:
    return files("tzdata.zoneinfo").joinpath("zone1970.tab").read_text(encoding="utf-8")


def _rules(name: str) -> bytes:
    ZoneInfo(name)
    return files("tzdata.zoneinfo").joinpath(*name.split("/")).read_bytes()


def _head(feed: Feed) -> dict[str, str]:
    head = {
        "title": feed.event.name,
        "acronym": acronym(feed.event),
        "start": feed.days[0].isoformat(),
        "end": feed.days[-1].isoformat(),
        "days": str(len(feed.days)),
        "timeslot_duration": _slot_length(feed),
    }
    if feed.base_url:
        head["base_url"] = feed.base_url + "/"
    return head


def _slot_length(feed: Feed) -> str:
    return f"{feed.event.slot_minutes // 60:02d}:{feed.event.slot_minutes % 60:02d}"


def _conference(feed: Feed) -> dict[str, Any]:
    head = _head(feed)
    head.pop("base_url", None)
    conference: dict[str, Any] = {**head, "daysCount": int(head.pop("days"))}
    conference.pop("days", None)
    zone = plain_zone(feed.event.timezone)
    if zone:
        conference["time_zone_name"] = zone
    if feed.base_url:
        conference["url"] = feed.base_url + "/"
    conference["meta"] = {"hashtag": feed.event.hashtag, "doubtful": [guid_of(s) for s in feed.live if s.doubtful]}
    conference["days"] = [_json_day(feed, index, day) for index, day in enumerate(feed.days)]
    return conference


def _by_room(feed: Feed, day: date) -> dict[str, list[PublishedSession]]:
    """The day's rooms, each once even where it stays empty, and what is on in each."""
    named = rooms_of(feed.event, feed.live)
    rooms: dict[str, list[PublishedSession]] = {room: [] for board in feed.event.boards if board.date == day for room in board.rooms}
    for session in feed.live:
        if feed.event.board(session.board_id).date == day:  # one after midnight is of the day before
            rooms.setdefault(named[session.id], []).append(session)
    return rooms


def _json_day(feed: Feed, index: int, day: date) -> dict[str, Any]:
    start, end = day_bounds(feed, day)
    numbers = numbers_of(feed.sessions)
    rooms = {room: [_json_event(feed, s, room, numbers[s.id]) for s in sessions] for room, sessions in _by_room(feed, day).items()}
    return {"index": index, "date": day.isoformat(), "day_start": start.isoformat(), "day_end": end.isoformat(), "rooms": rooms}


def _json_event(feed: Feed, session: PublishedSession, room: str, number: int) -> dict[str, Any]:
    return {
        "id": number,
        "guid": guid_of(session),
        "url": feed.url_of(session),
        "date": session.starts_at.isoformat(),
        "start": f"{session.starts_at:%H:%M}",
        "duration": _padded(session),
        "room": room,
        "slug": _slug(feed, session, number),
        "title": session.title or UNTITLED,
        "subtitle": "",
        "track": "",
        "type": "meeting",
        "language": None,
        "abstract": doubt_of(session),
        "description": "",
        "persons": [{"name": name} for name in people_of(session)],
        "links": [],
    }


def _padded(session: PublishedSession) -> str:
    return hours_minutes(session.lasts).zfill(5)


def _slug(feed: Feed, session: PublishedSession, number: int) -> str:
    return "-".join(part for part in (acronym(feed.event), str(number), slug(session.title)) if part)


def _xml_day(root: ET.Element, feed: Feed, index: int, day: date) -> None:
    start, end = day_bounds(feed, day)
    attributes = {"index": str(index), "date": day.isoformat(), "start": start.isoformat(), "end": end.isoformat()}
    element = ET.SubElement(root, "day", attributes)
    numbers = numbers_of(feed.sessions)
    for room, sessions in _by_room(feed, day).items():
        parent = ET.SubElement(element, "room", {"name": carried(room)})
        for session in sessions:
            _xml_event(parent, feed, session, numbers[session.id])


def _xml_event(parent: ET.Element, feed: Feed, session: PublishedSession, number: int) -> None:
    event = ET.SubElement(parent, "event", {"id": str(number), "guid": guid_of(session)})
    fields = {
        "room": parent.get("name", session.room),
        "title": session.title or UNTITLED,
        "subtitle": "",
        "type": "meeting",
        "date": session.starts_at.isoformat(),
        "start": f"{session.starts_at:%H:%M}",
        "duration": hours_minutes(session.lasts),
        "abstract": doubt_of(session),
        "slug": _slug(feed, session, number),
        "track": "",
        "description": "",
    }
    for name, value in fields.items():
        _add(event, name, value)
    persons = ET.SubElement(event, "persons")
    for name in people_of(session):
        _add(persons, "person", name)
    if feed.base_url:
        _add(event, "url", feed.url_of(session))


def _add(parent: ET.Element, name: str, value: str) -> None:
    ET.SubElement(parent, name).text = carried(value)
