"""The schedule as one file of HTML that needs nothing beside it: for a USB stick, a wiki, a screen without a network."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

from webapp.feeds.common import Feed
from webapp.table import clock, doubt, moment, tables

PAGES = Environment(loader=PackageLoader("webapp.feeds"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
PAGES.filters.update(clock=clock, doubt=doubt, moment=moment)


def html(feed: Feed) -> bytes:
    """All boards as tables, with their style inside."""
    page = PAGES.get_template("export.html").render(event=feed.event, tables=tables(feed.event, feed.boards))
    return page.encode()
