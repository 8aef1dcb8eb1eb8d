"""The command ``boardcast kit``: parse, call, present."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digitizer.commands import FILE, event_option
from digitizer.errors import EventError
from digitizer.event import Event, load_event

if TYPE_CHECKING:
    from digitizer.kit.shapes import Page
    from digitizer.kit.typeface import Typeface

DRAWN_PX_PER_MM = 6.0
"""Of the drawn pages: about 150 dots an inch, sharp on a screen."""

OWN_ADDRESS = re.compile(r"https?://(localhost|127\.[\d.]+|0\.0\.0\.0|\[::1?\])(:\d+)?(/|$)", re.IGNORECASE)
"""Addresses of whoever opens them: ``boardcast serve`` prints such a one where it serves its own machine only."""


@click.command()
@event_option
@click.option("-o", "output", type=FILE, required=True, metavar="kit.pdf", help="Where the PDF is written.")
@click.option("--paper", type=click.Choice(["a4", "letter"]), default="a4", show_default=True, help="The printer's paper.")
@click.option("--url", metavar="URL", help="Address of the public page, for QR codes on cards and signs; without it there are none.")
@click.option(
    "--cards", "count", type=click.IntRange(min=0), metavar="N", help="How many topic cards; enough for the free cells otherwise."
)
@click.option(
    "--first", type=click.IntRange(min=0), default=1, show_default=True, help="Number of the first topic card, to print more later."
)
@click.option("--font", "font_path", type=FILE, metavar="FONT.ttf", help="A TrueType font for signs that Open Sans lacks.")
@click.option("--target", is_flag=True, help='Add the target for "boardcast calibrate --lens".')
@click.option("--draw", "draw_folder", type=FILE, metavar="DIR", help="Draw each page as a picture, too.")
def kit(
    event_path: Path,
    output: Path,
    paper: str,
    url: str | None,
    count: int | None,
    first: int,
    font_path: Path | None,
    target: bool,
    draw_folder: Path | None,
) -> None:
    """Make what is printed for a board: corner markers, header strips, topic cards, signs.

    With the kit on the board no calibration is needed, and cards are known by their numbers. Print the PDF at 100 %.
    """
    from digitizer.kit.make import kit_pages
    from digitizer.kit.order import Order, card_numbers
    from digitizer.kit.pdf import to_pdf
    from digitizer.kit.typeface import load_typeface

    event = load_event(event_path)
    order = Order(event, load_typeface(font_path), paper, _checked(url), card_numbers(event, count, first))
    pages = kit_pages(order, target=target)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_bytes(to_pdf(pages, f"Board kit of {event.name}", order.typeface))
    if draw_folder is not None:
        _draw(pages, order.typeface, draw_folder)
    click.echo(_summary(event, order.numbers, len(pages), output), err=True)


def _draw(pages: Sequence[Page], typeface: Typeface, folder: Path) -> None:
    """Each page as a PNG, numbered as in the PDF."""
    import cv2

    from digitizer.kit.raster import to_picture

    folder.mkdir(parents=True, exist_ok=True)
    for number, page in enumerate(pages, 1):
        picture = to_picture(page, DRAWN_PX_PER_MM, typeface)
        (folder / f"kit-{number:02d}.png").write_bytes(cv2.imencode(".png", picture)[1].tobytes())


def _checked(url: str | None) -> str | None:
    """The address without its last slash. Raises ``EventError`` where it is none, or none that a phone can open."""
    if not url:
        return None
    if url.startswith(("http://", "https://")):
        if OWN_ADDRESS.match(url):
            raise EventError(
                f'"{url}" leads each phone that scans it to itself.',
                remedy='Give the address under which phones see the schedule: "boardcast serve --host 0.0.0.0" prints it.',
            )
        return url.rstrip("/")
    raise EventError(f'"{url}" is no address of a page.', remedy="Write it as people type it: --url https://schedule.example.org")


def _summary(event: Event, numbers: range, pages: int, output: Path) -> str:
    cards = f"topic cards {numbers[0]} to {numbers[-1]}" if numbers else "no topic cards"
    boards = f"{len(event.boards)} board{'s' if len(event.boards) > 1 else ''}"
    return f'{output}: {pages} pages for {boards}, {cards}. Print at 100 % ("actual size") and check the ruler on page 1.'
