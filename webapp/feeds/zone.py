"""A zone's clock changes as iCalendar tells them (RFC 5545, 3.6.5)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import icalendar

A_DAY, A_MINUTE = timedelta(days=1), timedelta(minutes=1)


def described(zone: ZoneInfo, first: date, last: date) -> icalendar.Timezone:
    """The zone from one day to another: what its clocks show at the first, and each change after it.

    A change begins at the time that the clocks show before it, as the RFC wants it. (``icalendar`` itself writes the time after it,
    which puts the change to summer time an hour late.)
    """
    described = icalendar.Timezone()
    described.add("tzid", zone.key)
    at, end = (datetime.combine(day, time(), UTC) for day in (first, last))
    described.add_component(_observance(zone, at, at))
    while at < end:
        if _offset(zone, at) != _offset(zone, at + A_DAY):
            change = _change(zone, at)
            described.add_component(_observance(zone, change - A_MINUTE, change))
        at += A_DAY
    return described


def _change(zone: ZoneInfo, at: datetime) -> datetime:
    """The first minute with another offset, within a day of ``at``."""
    low, high = at, at + A_DAY
    while high - low > A_MINUTE:
        middle = low + (high - low) // 2
        low, high = (middle, high) if _offset(zone, middle) == _offset(zone, at) else (low, middle)
    return high.replace(second=0, microsecond=0)


def _observance(zone: ZoneInfo, before: datetime, at: datetime) -> icalendar.TimezoneStandard | icalendar.TimezoneDaylight:
    local = at.astimezone(zone)
    found = icalendar.TimezoneDaylight() if local.dst() else icalendar.TimezoneStandard()
    found.DTSTART = (at + _offset(zone, before)).replace(tzinfo=None)
    found.TZOFFSETFROM, found.TZOFFSETTO = _offset(zone, before), _offset(zone, at)
    found.add("tzname", local.tzname() or zone.key)
    return found


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()
