"""Draw the page behind a topic card's QR code on a phone, and the card on the review page. Run by ``make picture``.

The card is made up: a picture of the kit's own page with a title in a handwriting that nobody could read.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import Page, sync_playwright
from setup import PASSWORD, served
from werkzeug.security import generate_password_hash

from calibration.rig import Cell, Image
from digitizer.event import load_event
from digitizer.kit.card_pages import card_pages
from digitizer.kit.order import Order
from digitizer.kit.raster import to_picture
from digitizer.kit.typeface import load_typeface
from digitizer.model import Appeared, Card, CardReading, Guess, Schedule
from digitizer.reconcile import apply
from webapp import create_app
from webapp.config import Config
from webapp.store import Look, open_store

SAMPLE = Path(__file__).parents[2] / "samples" / "whiteboard"
PICTURE = Path(__file__).with_suffix(".jpg")
NUMBER, READ, MEANT = 17, "Board qames for beginers", "Board games for beginners"
PHONE, LAPTOP = (390, 620), (900, 620)
"""Windows of the browser, width and height."""

GAP_PX = 24


def main() -> None:
    """Hang the card, type its title, photograph both pages."""
    event = load_event(SAMPLE / "event.toml")
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/boardcast.db", event)
        board, at = event.boards[0], datetime.now(UTC)
        reading = _reading(_card(Order(event, load_typeface(), "a4", "https://schedule.example.org", range(NUMBER, NUMBER + 4))))
        before = Schedule(board.id, 0, ())
        changes = [Appeared(reading)]
        store.commit(0, apply(before, changes, at), changes, Look(at))
        config = Config(event, store.engine.url.render_as_string(), "picture" * 5, generate_password_hash(PASSWORD))
        with served(create_app(config, store)) as address, sync_playwright() as play:
            flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
            browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
            shots = [_typed(browser.new_page(viewport=_size(PHONE)), address, folder)]
            shots.append(_reviewed(browser.new_page(viewport=_size(LAPTOP)), address, folder))
            browser.close()
    filled = [cv2.copyMakeBorder(shot, 0, 0, 0, GAP_PX, cv2.BORDER_CONSTANT, value=(255, 255, 255)) for shot in shots]
    PICTURE.write_bytes(cv2.imencode(".jpg", np.hstack(filled)[:, :-GAP_PX], [cv2.IMWRITE_JPEG_QUALITY, 88])[1].tobytes())


def _card(order: Order) -> Image:
    """The first card of the kit's page, written on."""
    page = to_picture(next(iter(card_pages(order))), 4.0, order.typeface)
    height, width = page.shape[:2]
    card = page[height // 2 - 392 : height // 2, width // 2 - 528 : width // 2].copy()
    for words, y in (("Board games", 175), ("for beginners", 232)):
        cv2.putText(card, words, (40, y), cv2.FONT_HERSHEY_SCRIPT_COMPLEX, 1.9, (60, 30, 20), 3, cv2.LINE_AA)
    return card


def _reading(picture: Image) -> CardReading:
    corners = np.array([[10.0, 10], [142, 10], [142, 108], [10, 108]])
    card = Card(Cell(1, 0), corners, picture, np.full(picture.shape[:2], 255, np.uint8), b"0123456789abcdef")
    return CardReading(replace(card, number=NUMBER), Guess(READ, 0.4, (READ, "Board games for beginers")), None, None, (), True)


def _size(window: tuple[int, int]) -> dict[str, int]:
    return {"width": window[0], "height": window[1]}


def _typed(page: Page, address: str, folder: str) -> Image:
    page.goto(f"{address}/topic/{NUMBER}/title")
    page.get_by_label("Title").fill(MEANT)
    path = f"{folder}/phone.png"
    page.screenshot(path=path)
    page.get_by_role("button", name="Send").click()
    page.get_by_role("status").wait_for()
    return np.asarray(cv2.imread(path), np.uint8)


def _reviewed(page: Page, address: str, folder: str) -> Image:
    page.goto(f"{address}/review/login")
    page.get_by_label("Organizer password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.locator(".check img").first.scroll_into_view_if_needed()
    page.locator(".check").first.evaluate("card => card.scrollIntoView({block: 'center'})")
    page.wait_for_load_state("networkidle")
    path = f"{folder}/review.png"
    page.screenshot(path=path)
    return np.asarray(cv2.imread(path), np.uint8)


if __name__ == "__main__":
    main()
