"""Time zones as organizers write them: only those of a place will do, and a slip is told with the one that was probably meant."""

from __future__ import annotations

import difflib
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from digitizer.errors import EventError

NOWHERE = ("localtime", "posixrules", "Factory")
"""Files among those of the zones that mean another zone on each machine."""

CLOSE = 0.8
"""Likeness of two cities (difflib's ratio) from which one may be a slip for the other: a letter or two of ten."""


def zone(name: str, where: str) -> str:
    """The IANA zone of that name. Raises ``EventError`` where there is none, or one that knows no summer time by its making.

    "EST" is such a one: in New York it is an hour off from March to November, and nobody would see it before people come too late.
    """
    try:
        if name in NOWHERE:
            raise ZoneInfoNotFoundError(name)
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: "Europe" alone is a folder of the table of zones
        raise EventError(f'{where} names the time zone "{name}", which does not exist.', remedy=_instead(name)) from error
    if _is_fixed(name):
        evidence = "It never has summer time." if "/" not in name else "It never has summer time, and its sign is turned round."
        remedy = 'Write the zone of a place, such as "America/New_York" or "Europe/London"; or "UTC".'
        raise EventError(f'{where} names the time zone "{name}", which is that of no place.', evidence, remedy)
    return name


def exists(begins: datetime, name: str, where: str) -> None:
    """Raise ``EventError`` where the clocks of a zone never show that time: in a spring's night they skip an hour."""
    shown = begins.replace(tzinfo=ZoneInfo(name)).astimezone(UTC).astimezone(ZoneInfo(name))
    if shown.replace(tzinfo=None) != begins:
        raise EventError(
            f'{where}: there is no {begins:%H:%M} on {begins:%-d %B %Y} in the time zone "{name}".',
            "The clocks go to summer time over it.",
            f'Write the time that they show: an hour that is {begins:%H:%M} by winter time is "{shown:%H:%M}".',
        )


def _is_fixed(name: str) -> bool:
    """Whether a name is an offset that looks like a zone: EST, MST, HST, GMT and its like, Etc/GMT-2."""
    return name in ("EST", "MST", "HST") or name.removeprefix("Etc/").startswith(("GMT", "Greenwich"))


def _instead(name: str) -> str:
    """What to write: the zone of the same city, or of one spelt like it."""
    folded = "_".join(name.split()).casefold()
    places = {zone.casefold(): zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "SystemV/"))}
    cities = {key.rpartition("/")[2]: zone for key, zone in sorted(places.items())}
    city = difflib.get_close_matches(folded.rpartition("/")[2], cities, 1, CLOSE)
    near = places.get(folded) or (cities[city[0]] if city else None)
    return f'Did you mean "{near}"?' if near else 'Write the IANA zone of your country, such as "Europe/Berlin".'
