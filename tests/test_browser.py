"""The pages in a real browser: Debian's Chromium without a screen, against the real server."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import pytest
import synth
from flask import Flask
from kept import inbox_of
from made_up import PASSWORD, SEEN, card_reading, config, event, hang, seeded
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright
from waitress.server import create_server

from calibration.covered import covered_columns
from calibration.rig import Cell
from digitizer.capturing.health import Condition, Report
from digitizer.event import Event
from digitizer.model import Vanished
from digitizer.reconcile import apply
from webapp import create_app
from webapp.services import KEY
from webapp.store import Look, Store, open_store

FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
SECOND_MS = 1000
WHOLE_BUTTONS = """() => {
  const buttons = [...document.querySelectorAll(".failed button")];
  return buttons.length === 2 && buttons.every((each) => each.offsetHeight > 20 && each.offsetHeight < 50);
}"""
CUT_AT_THE_PHOTO = """shades => shades.every(shade => {
  const [frame, photo] = [shade.ownerSVGElement, document.getElementById("photo")];
  const size = ["width", "height"].map((side) => Number(frame.getAttribute(side)));
  return getComputedStyle(frame).overflow === "hidden" && size[0] === photo.naturalWidth && size[1] === photo.naturalHeight;
})"""
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for all tests; each opens a window without a past."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()


class Site:
    """A served site, its store, and the requests that went elsewhere."""

    def __init__(self, store: Store, address: str, browser: Browser) -> None:
        self.store, self.address, self.browser = store, address, browser
        self.faults: list[str] = []

    def open(self, path: str = "/day/2024-05-17", **context: object) -> Page:
        """A new window on a page; whatever its console complains of is kept."""
        page = self.browser.new_context(**context).new_page()
        page.set_default_timeout(8000)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda line: self.faults.append(line.text) if line.type == "error" else None)
        page.on("request", lambda asked: None if asked.url.startswith((self.address, "data:", "blob:")) else self.faults.append(asked.url))
        page.goto(self.address + path)
        return page

    def review(self, path: str = "/review/", **context: object) -> Page:
        """A new window of an organizer."""
        page = self.open("/review/login", **context)
        page.get_by_label("Your name").fill("Eva")
        page.get_by_label("Organizer password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.goto(self.address + path)
        return page


def _serve(server: object) -> None:
    """Serve until the socket is closed under it, which ends the loop with an error of the system."""
    with suppress(OSError):
        server.run()


@contextmanager
def running(app: Flask, port: int = 0) -> Iterator[int]:
    """Serve an app at a port until the block is done, and give the port; then it is free, and nobody is connected."""
    server = create_server(app, host="127.0.0.1", port=port, threads=12)
    threading.Thread(target=_serve, args=(server,), daemon=True).start()
    yield server.effective_port
    app.extensions[KEY].watcher.stop()
    server.task_dispatcher.shutdown(timeout=2)
    for channel in list(server.active_channels.values()):
        channel.close()
    server.close()


@contextmanager
def served(tmp_path, browser: Browser, plan: Event, **fields: object) -> Iterator[Site]:
    """Serve an event on a free port until the test is done."""
    made = config(tmp_path / "board.db", event=plan, **fields)
    store = open_store(made.database_url, plan)
    with running(create_app(made, store)) as port:
        yield Site(store, f"http://127.0.0.1:{port}", browser)
        for context in browser.contexts:
            context.close()


@pytest.fixture
def site(tmp_path, chromium):
    """The made-up event, nothing on its boards yet."""
    with served(tmp_path, chromium, event()) as opened:
        yield opened


def expect_focus(page: Page, title: str) -> None:
    """The card of that title has the focus."""
    expect(page.locator(".check:focus-within [name=title]")).to_have_value(title)


def test_a_correction_is_on_the_open_page_within_a_second(site):
    """By server-sent events, without a reload; the change is marked and announced."""
    ids = seeded(site.store)
    page = site.open()
    expect(page.locator("#live-state")).to_have_text("live")
    site.store.correct(ids["Board games"], 1, "Bored games", "@sam_codes", "Sam", "Eva")
    expect(page.locator("td", has_text="Bored games")).to_be_visible(timeout=SECOND_MS)
    expect(page.locator(".session.fresh")).to_have_count(1)
    expect(page.locator("#announce")).to_contain_text("Bored games")
    assert site.faults == []


def test_cards_appear_and_vanish_while_the_page_is_open(site):
    """From an empty board on."""
    page = site.open()
    expect(page.locator("#live-state")).to_have_text("live")
    hang(site.store, "friday", (card_reading("First card", Cell(1, 0)),))
    expect(page.locator("td", has_text="First card")).to_be_visible(timeout=SECOND_MS)
    (entry,) = site.store.schedule("friday").entries
    site.store.dismiss(entry.id, entry.version, "Eva")
    expect(page.locator("td", has_text="First card")).to_have_count(0, timeout=SECOND_MS)


def test_at_a_full_house_the_page_polls(tmp_path, chromium):
    """The one stream is taken: the second page is refused one and asks every five seconds."""
    with served(tmp_path, chromium, event(), max_streams=1) as site:
        ids = seeded(site.store)
        first = site.open()
        expect(first.locator("#live-state")).to_have_text("live")
        page = site.browser.new_context().new_page()
        page.clock.install()
        page.goto(site.address + "/day/2024-05-17")
        expect(page.locator("#live-state")).to_contain_text("every few seconds")
        site.store.correct(ids["Board games"], 1, "Bored games", None, None, "Eva")
        page.clock.fast_forward(5500)
        expect(page.locator("td", has_text="Bored games")).to_be_visible(timeout=SECOND_MS)


def test_it_says_when_the_server_does_not_answer(site):
    """Behind a proxy a server that is down answers 502: the page said "live". Once it answers again, the page says so."""
    seeded(site.store)
    page = site.open()
    expect(page.locator("#live-state")).to_have_text("live")
    page.route("**/schedule.fragment*", lambda route: route.fulfill(status=502))
    look = "document.dispatchEvent(new Event('visibilitychange'))"
    page.evaluate(look)
    expect(page.locator("#live-state.lost")).to_have_text("the server does not answer; shown as last known")
    page.unroute("**/schedule.fragment*")
    page.evaluate(look)
    expect(page.locator("#live-state:not(.lost)")).to_have_text("live")


def test_a_stream_that_says_nothing_is_not_waited_for(site):
    """A phone that went out of reach, a proxy that holds everything back: no error tells of it. The page polls after 20 seconds."""
    ids = seeded(site.store)
    page = site.browser.new_context().new_page()
    page.clock.install()
    page.route("**/events", lambda _: None)
    page.goto(site.address + "/day/2024-05-17")
    page.clock.fast_forward(26 * SECOND_MS)
    expect(page.locator("#live-state")).to_have_text("updates every few seconds")
    site.store.correct(ids["Board games"], 1, "Bored games", None, None, "Eva")
    page.clock.fast_forward(6 * SECOND_MS)
    expect(page.locator("td", has_text="Bored games")).to_be_visible()
    page.unroute("**/events")
    page.clock.fast_forward(61 * SECOND_MS)
    expect(page.locator("#live-state")).to_have_text("live")


def test_an_answer_that_never_comes_is_no_connection(site):
    """On a bad network a request hangs for minutes: the page asked nothing more until then, and called itself live."""
    ids = seeded(site.store)
    page = site.browser.new_context().new_page()
    page.clock.install()
    page.goto(site.address + "/day/2024-05-17")
    expect(page.locator("#live-state")).to_have_text("live")
    page.route("**/schedule.fragment*", lambda _: None)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.clock.fast_forward(16 * SECOND_MS)
    expect(page.locator("#live-state.lost")).to_have_text("no connection; shown as last known")
    page.unroute("**/schedule.fragment*")
    site.store.correct(ids["Board games"], 1, "Bored games", None, None, "Eva")
    expect(page.locator("td", has_text="Bored games")).to_be_visible()


@pytest.mark.parametrize(
    ("place", "held"),
    [(".now a", "Lightning talks"), (".board-head a", "Picture of the board"), ("td [data-star]", ""), ("td .title a", "Board games")],
)
def test_the_focus_stays_where_it_is_while_the_schedule_changes(tmp_path, chromium, place, held):
    """With a keyboard or a screen reader: each look threw it out of the list of what is next, or to the top of the page."""
    with held_at(tmp_path, chromium, datetime(2024, 5, 17, 14, 5, tzinfo=UTC)) as (site, _):
        hang(site.store, "friday", (card_reading("Board games", Cell(1, 0)), card_reading("Lightning talks", Cell(2, 0))))
        page = site.open("/")
        expect(page.locator("#live-state")).to_have_text("live")
        page.locator(place).last.focus() if place == ".now a" else page.locator(place).first.focus()
        mine = page.evaluate_handle("document.activeElement")
        hang(site.store, "friday", (card_reading("Newcomer", Cell(1, 1)),))
        expect(page.locator("td", has_text="Newcomer")).to_be_visible()
        assert page.evaluate("mine => mine === document.activeElement && mine.isConnected", mine)
        assert page.evaluate("document.activeElement.textContent").strip() == held
        assert page.evaluate("!!document.activeElement.closest('.now')") == (place == ".now a")


def test_a_phone_needs_no_sideways_scrolling(site):
    """At 390 px, even with a word that is longer than the screen; each cell names its room. A wide table scrolls in its own frame."""
    hang(site.store, "friday", (card_reading("Donaudampfschifffahrtsgesellschaftskapitänsmützenträger" * 2, Cell(1, 1), "@sam_codes"),))
    page = site.open(**PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    # A live update may replace the table between finding the cell and asking it: ask the page as a whole, until it tells the room.
    named = "cells => cells.some(c => c.innerText.includes('Donau') && getComputedStyle(c, '::before').content === '\"Großer <Saal>\"')"
    assert any(page.locator("td").evaluate_all(named) for _ in range(5))
    expect(page.get_by_role("table")).to_be_visible()
    expect(page.get_by_role("rowheader")).to_have_count(3)
    wide = site.open(viewport={"width": 800, "height": 600})
    assert wide.evaluate("document.documentElement.scrollWidth") == 800


LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenträger"
SPILLED = """cells => cells.filter(cell => {
  const words = document.createRange();
  words.selectNodeContents(cell);
  return words.getBoundingClientRect().right > cell.getBoundingClientRect().right + 1;
}).map(cell => cell.textContent.trim())"""


def test_a_screen_reader_is_told_which_card_and_which_board(site):
    """Each card was an "article" without a name, two boards had two links of the same words, and the page no first heading."""
    seeded(site.store)
    page = site.review()
    expect(page.get_by_role("heading", level=1)).to_have_text("Review")
    expect(page.get_by_role("article", name="Card Rust for snakes").get_by_role("button", name="Confirm")).to_have_count(1)
    for board in ("friday", "saturday"):
        expect(page.get_by_role("link", name=f"Set the grid, board {board}")).to_have_count(1)
        expect(page.get_by_role("link", name=f"How it is seen, board {board}")).to_have_count(1)
    expect(page.locator(".skip")).to_have_text("Skip to the review")


WORD_LINES = """(head) => {
  const words = head.firstChild.data.trim().split(" ");
  const range = document.createRange();
  return words.map((word) => {
    const at = head.firstChild.data.indexOf(word);
    range.setStart(head.firstChild, at);
    range.setEnd(head.firstChild, at + word.length);
    return range.getClientRects().length;
  });
}"""


def test_names_of_many_rooms_keep_their_words_whole(tmp_path, chromium):
    """With twelve rooms on a projector "Auditorium" was "Auditoriu" and an "m" below it; titles are hyphenated where the browser can."""
    rooms = ["Conference room", "Besprechung", "Auditorium", *(str(301 + number) for number in range(9))]
    plan = event()
    many = replace(plan, boards=(replace(plan.boards[0], rooms=tuple(rooms), blocked=()), plan.boards[1]))
    with served(tmp_path, chromium, many) as site:
        page = site.open(viewport={"width": 1280, "height": 720})
        heads = page.locator("thead th:not(.corner)")
        assert [heads.nth(number).evaluate(WORD_LINES) for number in range(3)] == [[1, 1], [1], [1]]
        assert page.locator("tbody td").first.evaluate("each => getComputedStyle(each).hyphens") == "auto"


def test_large_text_on_a_phone_has_the_whole_width(site):
    """Twice as large, a phone's page is half as wide: beside the room, words were cut after four letters."""
    seeded(site.store)
    page = site.open(viewport={"width": 195, "height": 422})
    title, cell = page.locator("td .title").first, page.locator("td:has(.title)").first
    assert title.bounding_box()["width"] > 0.7 * cell.bounding_box()["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 195


@pytest.mark.parametrize("window", [{"viewport": {"width": 1280, "height": 900}}, PHONE])
def test_long_words_stay_in_their_cell(tmp_path, chromium, window):
    """A title, a name of a room, a host: they were written over what stands beside them."""
    plan = event()
    friday = replace(plan.boards[0], rooms=("306", LONG))
    with served(tmp_path, chromium, replace(plan, boards=(friday, *plan.boards[1:]))) as site:
        hang(
            site.store,
            "friday",
            (card_reading(LONG * 2, Cell(1, 0), None, LONG), card_reading('=HYPERLINK("http://no.where/")', Cell(2, 0))),
        )
        page = site.open(**window)
        assert page.locator("thead th, tbody td").evaluate_all(SPILLED) == []
        assert site.review(**window).evaluate("document.documentElement.scrollWidth") == window["viewport"]["width"]


def test_fourteen_rooms_fit_a_projector(tmp_path, chromium):
    """A screen on the wall scrolls to no side: eight of the rooms could not be seen. The page itself never scrolls sideways."""
    plan = event()
    friday = replace(plan.boards[0], rooms=tuple(f"Seminarraum {n}" for n in range(1, 15)), blocked=())
    with served(tmp_path, chromium, replace(plan, boards=(friday, *plan.boards[1:]))) as site:
        hang(site.store, "friday", tuple(card_reading("Kubernetes-Selbsthilfegruppe", Cell(1, n), "@sam_codes") for n in range(14)))
        page = site.open(viewport={"width": 1920, "height": 1080})
        assert page.locator(".scroll").evaluate("each => each.scrollWidth <= each.clientWidth")
        assert page.locator("thead th, tbody td").evaluate_all(SPILLED) == []
        for width in (800, 1280, 1920, 2560):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") == width


def test_a_board_that_was_not_seen_is_not_called_free_on_a_phone(site):
    """Each row said "all rooms free" below "no photo of this board has been read yet"."""
    page = site.open(**PHONE)
    # all rows at once: the page may renew them in between
    said = "[...document.querySelectorAll('tbody tr')].map(row => getComputedStyle(row, '::after').content)"
    assert page.evaluate(said)[1:] == ['"not seen yet"'] * 2
    seeded(site.store)
    page.reload()
    assert "not seen yet" not in "".join(page.evaluate(said))


def test_the_set_up_page_shows_no_broken_picture(site):
    """Before the first photo."""
    page = site.review("/review/setup/friday")
    expect(page.locator("#setup-advice")).to_contain_text("No photo of this board is there yet")
    expect(page.locator("#setup-photo")).to_be_hidden()


@pytest.mark.parametrize("path", ["/review/", "/review/calibrate/friday", "/review/phone", "/review/setup/friday"])
def test_the_review_fits_a_phone(site, path):
    """Upload and cards alike."""
    seeded(site.store)
    page = site.review(path, **PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.parametrize("width", [1366, 390])
def test_what_can_be_done_about_a_failed_photo_stands_on_whole_buttons(site, width):
    """Three side by side in a narrow column broke "Discard" into two lines."""
    site.store.failed(site.store.receive("friday", b"bytes", "IMG_1.jpg", None, "upload"), "Found 1 of 4 lines.", "BoardNotFound")
    page = site.review(viewport={"width": width, "height": 900})
    page.wait_for_function(WHOLE_BUTTONS)  # the inbox is put in place anew as soon as its stream begins
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_text("Found 1 of 4 lines.")).to_have_count(0)
    assert inbox_of(site.store) == ()


def test_a_step_that_the_server_cannot_take_just_now_loses_nothing(site):
    """Found with a full disk: "Reload the page; what you typed may be lost" told people to throw away what they had typed."""
    seeded(site.store)
    page = site.review()
    problem = '<article class="one problem"><h1>The database does not answer.</h1></article>'
    page.route("**/review/card/*", lambda route: route.fulfill(status=503, body=problem))
    card = page.locator(".check").first
    title = card.locator("[name=title]")
    title.fill("Typed by hand")
    title.press("Enter")
    told = "Not saved (503). The database does not answer. What you typed is still here; try again in a moment."
    expect(card.get_by_role("alert")).to_have_text(told)
    expect(title).to_have_value("Typed by hand")
    page.unroute("**/review/card/*")
    title.press("Enter")
    expect(page.locator("#said")).to_have_text("Saved.")


def test_a_star_stays_in_this_browser(site):
    """Over a reload and over a correction, by the session's id."""
    ids = seeded(site.store)
    page = site.open()
    page.get_by_role("button", name="Star Board games").click()
    site.store.correct(ids["Board games"], 1, "Bored games", None, None, "Eva")
    page.reload()
    expect(page.get_by_role("button", name="Star Bored games")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Only starred").click()
    faded = page.locator(".session", has_text="Lightning").evaluate("each => getComputedStyle(each).opacity")
    assert float(faded) < 0.5


@pytest.mark.parametrize("phone", [True, False])
def test_only_starred_says_so_where_no_session_has_a_star(site, phone):
    """An empty page tells nobody why it is empty."""
    seeded(site.store)
    page = site.open(**(PHONE if phone else {}))
    told = page.get_by_text("None of this day’s sessions has your star")
    page.get_by_role("button", name="Only starred").click()
    expect(told).to_be_visible()
    if phone:
        expect(page.get_by_role("rowheader")).to_have_count(0)
        page.get_by_role("button", name="Only starred").click()
    page.get_by_role("button", name="Star Board games").click()
    expect(told).to_be_hidden()


def test_a_starred_session_that_was_taken_off_is_still_among_the_starred(site):
    """Who meant to go there must hear of it, and may take the star back then."""
    seeded(site.store)
    page = site.open(**PHONE)
    page.get_by_role("button", name="Star Board games").click()
    page.get_by_role("button", name="Only starred").click()
    take_off(site.store, "Board games")
    gone = page.locator(".session", has_text="taken off the board")
    expect(gone).to_contain_text("Board games")
    expect(gone).to_be_visible()
    page.get_by_role("button", name="Star Board games").click()
    expect(gone).to_be_hidden()


def take_off(store: Store, title: str) -> None:
    """Commit a look in which the card of that title is gone."""
    before = store.schedule("friday")
    changes = (Vanished(next(entry.id for entry in before.entries if entry.title == title)),)
    at = SEEN + timedelta(minutes=30)
    store.commit(before.version, apply(before, changes, at), changes, Look(at))


def test_it_works_without_javascript(site):
    """The whole schedule; no button that does nothing."""
    seeded(site.store)
    page = site.open(java_script_enabled=False)
    expect(page.locator("td", has_text="Board games")).to_be_visible()
    assert page.locator("button:visible").count() == 0
    page.get_by_role("link", name="Board games").first.click()
    expect(page.get_by_role("heading", name="Board games")).to_be_visible()


CONTRAST = """
() => {
  const rgb = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (each) => {
    for (let up = each; up; up = up.parentElement) {
      const [r, g, b, a = 1] = rgb(getComputedStyle(up).backgroundColor);
      if (a > 0.99 && r !== undefined) return [r, g, b];
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll("main *, footer *")]
    .filter((each) => each.checkVisibility() && [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
    .filter((each) => rgb(getComputedStyle(each).color).length < 5 && !getComputedStyle(each).backgroundColor.startsWith("color("))
    .map((each) => {
      const [a, b] = [light(rgb(getComputedStyle(each).color)), light(ground(each))];
      return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), each.className + " " + each.textContent.trim().slice(0, 30)];
    })
    .filter(([ratio]) => ratio < 4.5);
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_contrast(site, scheme):
    """4.5 to 1 at least, by day and by night (WCAG 2.2, 1.4.3)."""
    ids = seeded(site.store)
    site.store.dismiss(ids["Lightning talks"], 1, "Eva")
    page = site.open(color_scheme=scheme)
    expect(page.locator("#live-state")).to_have_text("live")
    assert page.evaluate(CONTRAST) == []
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(int(part) for part in ground[4:-1].split(",")) < 200) == (scheme == "dark")


def test_print_leaves_the_table(site):
    """Without buttons, days and streams."""
    seeded(site.store)
    page = site.open()
    page.emulate_media(media="print")
    assert page.locator("button:visible").count() == 0
    expect(page.get_by_role("table")).to_be_visible()


def test_the_review_by_keyboard_alone(site):
    """Alt and a digit takes a reading and confirms it, Enter goes on, Alt+D dismisses, Alt+Z takes it back."""
    ids = seeded(site.store)
    public = site.open()
    page = site.review()
    expect_focus(page, "Rust for snakes")
    page.keyboard.press("Alt+2")
    expect(public.locator("td", has_text="Rust far snakes")).to_be_visible(timeout=SECOND_MS)
    expect(page.locator("#said")).to_have_text("Saved.")
    expect_focus(page, "Rust far snakes")
    page.keyboard.press("Enter")
    expect_focus(page, "Fell off")
    page.keyboard.press("Alt+ArrowDown")
    expect_focus(page, "Board games")
    page.keyboard.press("Alt+d")
    expect(public.locator("td", has_text="Board games")).to_have_count(0, timeout=SECOND_MS)
    expect_focus(page, "Lightning talks")
    page.keyboard.press("Alt+ArrowUp")
    page.keyboard.press("Alt+z")
    expect(public.locator("td", has_text="Board games")).to_be_visible(timeout=SECOND_MS)
    entry = site.store.entry(ids["Rust for snakes"])
    assert (entry.title, entry.confirmed) == ("Rust far snakes", True)
    assert site.faults == []


def test_one_tap_takes_a_reading_and_moves_nothing(site):
    """On a phone: saved, marked, in place; the thumb can go on to the next row, and one more tap takes it back from wherever it is."""
    ids = seeded(site.store)
    page = site.review(**PHONE)
    card = page.locator(f"#card-{ids['Rust for snakes']}")
    card.scroll_into_view_if_needed()
    before = card.bounding_box()
    card.get_by_role("button", name="Rust far snakes").tap()
    expect(page.locator("#said")).to_have_text("Saved.")
    expect(card.locator("[name=title]")).to_have_value("Rust far snakes")
    expect(card.locator(".chips [aria-current]")).to_have_text("Rust far snakes")
    assert card.bounding_box() == before
    assert site.store.entry(ids["Rust for snakes"]).confirmed
    page.locator("#toast").get_by_role("button", name="Undo").tap()
    expect(page.locator("#said")).to_have_text("Taken back.")
    expect(page.locator("#toast")).to_be_hidden()
    entry = site.store.entry(ids["Rust for snakes"])
    assert (entry.title, entry.confirmed, entry.needs_review) == ("Rust for snakes", False, True)
    assert site.faults == []


def test_readings_are_reached_by_tab_and_arrows(site):
    """One stop a row; the focus is seen; what is chosen there is saved with Enter. A handle that is none has a button, too."""
    hang(site.store, "friday", (card_reading("Board games", Cell(1, 0), "@Sam_Codes"),))
    (before,) = site.store.schedule("friday").entries
    page = site.review()
    card = page.locator(".check")
    card.locator("[name=title]").focus()
    page.keyboard.press("Tab")
    expect(card.get_by_role("button", name="Board games", exact=True)).to_be_focused()
    page.keyboard.press("ArrowRight")
    reading = card.get_by_role("button", name="Baard games", exact=True)
    expect(reading).to_be_focused()
    assert reading.evaluate("each => getComputedStyle(each).outlineStyle") == "solid"
    page.keyboard.press("Tab")
    expect(card.locator("[name=handle]")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowLeft")
    expect(card.get_by_role("button", name="no handle")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_have_text("Saved.")
    entry = site.store.entry(before.id)
    assert (entry.title, entry.handle, entry.confirmed) == ("Board games", None, True)


def test_a_reading_is_taken_without_javascript(site):
    """The button is a plain form's."""
    ids = seeded(site.store)
    page = site.review(java_script_enabled=False)
    page.locator(f"#card-{ids['Rust for snakes']}").get_by_role("button", name="Rust far snakes").click()
    assert site.store.entry(ids["Rust for snakes"]).title == "Rust far snakes"
    page.locator(f"#card-{ids['Rust for snakes']}").get_by_role("button", name="Undo").click()
    assert site.store.entry(ids["Rust for snakes"]).title == "Rust for snakes"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_of_the_review_has_contrast(site, scheme):
    """4.5 to 1 at least, marked letters of readings included."""
    ids = seeded(site.store)
    site.store.confirm(ids["Lightning talks"], 1, "Eva")
    for number, condition in enumerate(Condition):
        site.store.report_camera("friday", f"camera {number}", Report(condition, datetime.now(UTC), "Do this."), 30.0)
    assert site.review(color_scheme=scheme).evaluate(CONTRAST) == []


def test_a_cameras_state_shows_by_itself_and_goes_by_itself(site):
    """Without a reload: what is wrong, then that all is well."""
    page = site.review()
    expect(page.locator(".camera")).to_have_count(0)
    site.store.report_camera("friday", "camera 0", Report(Condition.FROZEN, datetime.now(UTC), "Camera 0 is frozen."), 30.0)
    expect(page.locator(".camera")).to_contain_text("Camera 0 is frozen.", timeout=2 * SECOND_MS)
    now = datetime.now(UTC)
    site.store.report_camera("friday", "camera 0", Report(Condition.LOOKING, now), 30.0, seen_at=now)
    expect(page.locator(".camera")).to_contain_text("sees the board", timeout=2 * SECOND_MS)


def test_what_was_typed_survives_somebody_elses_step(site):
    """The card tells what changed; a second Enter sends what was typed."""
    ids = seeded(site.store)
    page = site.review()
    field = page.locator(f"#card-{ids['Rust for snakes']} [name=title]")
    field.fill("Rust for people")
    site.store.correct(ids["Rust for snakes"], 1, "Rust for shakes", None, None, "Ida")
    field.press("Enter")
    expect(page.locator(f"#card-{ids['Rust for snakes']} .problem-line")).to_contain_text("now “Rust for shakes”")
    expect(field).to_have_value("Rust for people")
    field.press("Enter")
    expect(page.locator("#said")).to_have_text("Saved.")
    assert site.store.entry(ids["Rust for snakes"]).title == "Rust for people"


def test_photos_are_sent_from_the_page_and_their_state_shows_by_itself(site, tmp_path):
    """Two at once; then one fails, and its message appears without a reload."""
    paths = [tmp_path / name for name in ("a.jpg", "b.jpg")]
    for path in paths:
        path.write_bytes(cv2.imencode(".jpg", np.full((480, 640, 3), 200, np.uint8))[1].tobytes())
    page = site.review()
    page.get_by_label("or choose some").set_input_files(paths)
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#inbox")).to_contain_text("2 photos waiting")
    site.store.failed(site.store.pending()[0], "Found 1 of 4 lines. Step back.")
    expect(page.locator("#inbox")).to_contain_text("Found 1 of 4 lines. Step back.", timeout=2 * SECOND_MS)


def photo_file(folder, name: str = "IMG_1.jpg", shade: int = 200):
    """A photo of nothing, as a phone's camera leaves it."""
    path = folder / name
    path.write_bytes(cv2.imencode(".jpg", np.full((480, 640, 3), shade, np.uint8))[1].tobytes())
    return path


def test_the_board_that_was_chosen_on_the_phone_stays_chosen(site, tmp_path):
    """The second photo went to the board of another day."""
    page = site.review("/review/phone", **PHONE)
    expect(page.get_by_label("Board")).to_have_value("saturday")  # both days are over: the latest
    page.get_by_label("Board").select_option("friday")
    for count in (1, 2):
        page.locator("#shutter").set_input_files(photo_file(tmp_path))
        expect(page.locator("#queue .arrived")).to_have_count(count)
    assert {photo.board_id for photo in inbox_of(site.store)} == {"friday"}


def test_a_photo_that_is_too_large_is_refused_before_it_is_sent(tmp_path, chromium):
    """It went over the hall's network for minutes first. The phone page keeps it with the reason, the forms do not let it go."""
    large = tmp_path / "IMG_2.jpg"
    large.write_bytes(bytes(1_200_000))
    told = "IMG_2.jpg is too large. It has 2 MB; 1 are the most. Choose a smaller one."
    with served(tmp_path, chromium, event(), max_upload_bytes=1_000_000) as site:
        page = site.review("/review/phone", **PHONE)
        sent = []
        page.on("request", lambda asked: sent.append(asked.url) if asked.method == "POST" else None)
        page.locator("#shutter").set_input_files(large)
        expect(page.locator("#queue .refused")).to_contain_text(told)
        page.locator("#shutter").set_input_files(photo_file(tmp_path))
        expect(page.locator("#queue .arrived")).to_have_count(1)
        assert len(sent) == 1
        for path in ("/review/", "/review/calibrate/friday"):
            page.goto(site.address + path)
            chooser = page.locator("form.upload input[type=file]").last
            chooser.set_input_files(large)
            assert chooser.evaluate("each => each.validationMessage") == told
            chooser.set_input_files(photo_file(tmp_path))
            assert chooser.evaluate("each => each.validationMessage") == ""


FRIDAY_NIGHT, SATURDAY = datetime(2024, 5, 18, 3, 30, tzinfo=UTC), datetime(2024, 5, 18, 4, 1, tzinfo=UTC)
"""On the event's clocks 23:30, and a minute past midnight."""


@contextmanager
def held_at(tmp_path, browser: Browser, at: datetime) -> Iterator[tuple[Site, list[datetime]]]:
    """The made-up event, its server's clock held at the one time in the list."""
    made, now = config(tmp_path / "board.db"), [at]
    store = open_store(made.database_url, event())
    app = create_app(made, store)
    app.extensions[KEY] = replace(app.extensions[KEY], clock=lambda: now[0])
    with running(app) as port:
        yield Site(store, f"http://127.0.0.1:{port}", browser), now
        for context in browser.contexts:
            context.close()


@pytest.fixture
def overnight(tmp_path, chromium):
    """The made-up event on Friday evening, and what makes it Saturday."""
    with held_at(tmp_path, chromium, FRIDAY_NIGHT) as (site, now):
        yield site, lambda: now.__setitem__(0, SATURDAY)


def to_front(page: Page) -> None:
    """The page comes back to the foreground, its connection lost."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


@pytest.mark.parametrize("connected", [True, False])
@pytest.mark.parametrize("wakes", [True, False])
def test_a_camera_page_left_open_overnight_goes_on_to_the_board_of_today(overnight, connected, wakes):
    """Found in use: the first photos of the second day went to the first day's board. Without a connection, too, and by a wrong clock."""
    site, _ = overnight
    page = site.review("/review/phone", **PHONE)
    page.clock.install(time=datetime(2001, 1, 1, tzinfo=UTC))
    page.reload()
    expect(page.get_by_label("Board")).to_have_value("friday")
    page.context.set_offline(not connected)
    page.clock.fast_forward(29 * 60 * SECOND_MS)
    expect(page.get_by_label("Board")).to_have_value("friday")
    if wakes:  # timers stood still, the clock went on
        page.clock.set_system_time(datetime(2001, 1, 1, 9, tzinfo=UTC))
        to_front(page)
    else:
        page.clock.fast_forward(3 * 60 * SECOND_MS)
    expect(page.get_by_label("Board")).to_have_value("saturday")
    expect(page.locator("#phone-state")).to_contain_text("A new day: photos are now of saturday")


def test_a_board_chosen_by_hand_stays_on_the_camera_page_overnight(overnight):
    """Somebody prepares Saturday's board on Friday, or goes on with Friday's after midnight."""
    site, _ = overnight
    page = site.review("/review/phone", **PHONE)
    page.clock.install(time=FRIDAY_NIGHT)
    page.reload()
    page.clock.fast_forward(31 * 60 * SECOND_MS)
    expect(page.get_by_label("Board")).to_have_value("saturday")
    page.get_by_label("Board").select_option("friday")
    page.clock.fast_forward(31 * 60 * SECOND_MS)
    to_front(page)
    expect(page.get_by_label("Board")).to_have_value("friday")
    expect(page.locator("#phone-state")).not_to_contain_text("A new day")


def test_the_first_page_left_open_overnight_goes_on_to_today(overnight):
    """And says so, with that day marked; a day that was chosen stays."""
    site, next_day = overnight
    seeded(site.store)
    hang(site.store, "saturday", (card_reading("Tag zwei", Cell(0, 0)),))
    first, chosen = site.open("/"), site.open("/day/2024-05-17")
    for page in (first, chosen):
        expect(page.locator("td", has_text="Board games")).to_be_visible()
    next_day()
    for page in (first, chosen):
        to_front(page)
    expect(first.locator("td", has_text="Tag zwei")).to_be_visible()
    expect(first.locator(".days [aria-current]")).to_have_text("Sat 18 May")
    expect(first.locator("#announce")).to_have_text("Now showing Saturday, 18 May.")
    expect(first.locator(".session.fresh")).to_have_count(0)
    expect(first.locator("td", has_text="Board games")).to_have_count(0)
    expect(chosen.locator("td", has_text="Board games")).to_be_visible()
    expect(chosen.locator(".days [aria-current]")).to_have_text("Fri 17 May")
    assert site.faults == []


def test_photos_wait_on_the_phone_while_the_server_is_away(tmp_path, chromium):
    """Taken one after the other, kept through a reload, sent once it is back, each once and in the order taken."""
    database = tmp_path / "board.db"
    made = config(database)
    store = open_store(made.database_url, event())
    with running(create_app(made, store)) as port:
        site = Site(store, f"http://127.0.0.1:{port}", chromium)
        page = site.review("/review/phone", **PHONE)
        page.get_by_label("Board").select_option("friday")
    page.get_by_label("Take a photo").set_input_files(photo_file(tmp_path, "a.jpg"))
    expect(page.locator("#phone-state")).to_contain_text("No connection. 1 photo kept on this phone")
    page.get_by_label("Take a photo").set_input_files(photo_file(tmp_path, "b.jpg", 100))
    expect(page.locator("#queue li")).to_have_count(2)
    expect(page.locator("#phone-state")).to_contain_text("2 photos kept on this phone")
    assert inbox_of(store) == ()
    with running(create_app(made, store), port):
        expect(page.locator("#phone-state")).to_have_text("All photos have arrived.", timeout=20 * SECOND_MS)
        assert [photo.name for photo in reversed(inbox_of(store))] == ["a.jpg", "b.jpg"]
        assert {photo.source for photo in inbox_of(store)} == {"phone of Eva"}
        page.reload()
        expect(page.locator("#queue li")).to_have_count(0)


def test_the_phone_tells_what_became_of_photos_that_arrived(site, tmp_path):
    """It said that all had arrived, and who walked along the board with it went home with two blurred parts."""
    page = site.review("/review/phone", **PHONE)
    page.locator("#chosen").set_input_files([photo_file(tmp_path, "a.jpg"), photo_file(tmp_path, "b.jpg", 100)])
    rows = page.locator("#queue .arrived")
    expect(rows).to_have_count(2)
    first, second = site.store.pending()
    site.store.done(first, "A part of the board: 4 cells are wholly in this photo.")
    site.store.failed(second, "b.jpg shows no part of it that can be placed.", "BoardNotFound")
    expect(rows.nth(1)).to_contain_text("and was read. A part of the board: 4 cells")
    expect(rows.nth(0)).to_contain_text("but could not be read. b.jpg shows no part")
    expect(page.locator("#phone-state")).to_contain_text("Not all could be read")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["viewport"]["width"]
    assert site.faults == []


def test_photos_that_wait_outlive_the_page(site, tmp_path):
    """The phone's browser was closed meanwhile: the next time the page is open they are sent."""
    page = site.review("/review/phone", **PHONE)
    page.route("**/review/phone", lambda route: route.abort() if route.request.method == "POST" else route.fallback())
    page.get_by_label("Take a photo").set_input_files(photo_file(tmp_path))
    expect(page.locator("#phone-state")).to_contain_text("No connection.")
    page.goto("about:blank")
    page.unroute_all()
    page.goto(site.address + "/review/phone")
    expect(page.locator("#phone-state")).to_have_text("All photos have arrived.")
    assert len(inbox_of(site.store)) == 1


def test_a_photo_whose_answer_was_lost_is_taken_once(site, tmp_path):
    """The server had it; the phone could not know."""
    page, arrived = site.review("/review/phone", **PHONE), []

    def lose_the_first_answer(route):
        if route.request.method == "POST" and not arrived:
            arrived.append(route.fetch().status)
            return route.abort()
        return route.fallback()

    page.route("**/review/phone", lose_the_first_answer)
    page.get_by_label("Take a photo").set_input_files(photo_file(tmp_path))
    expect(page.locator("#phone-state")).to_have_text("All photos have arrived.")
    assert arrived == [202]
    assert len(inbox_of(site.store)) == 1


def test_a_file_that_is_no_photo_is_named_and_does_not_hold_up_the_others(site, tmp_path):
    """It stays in the list with the reason, until somebody removes it."""
    (tmp_path / "notes.jpg").write_bytes(b"no photo")
    page = site.review("/review/phone", **PHONE)
    page.get_by_label("or choose some").set_input_files([tmp_path / "notes.jpg", photo_file(tmp_path)])
    expect(page.locator(".refused")).to_contain_text("notes.jpg is not an image.")
    expect(page.locator(".arrived")).to_have_count(1)
    expect(page.locator("#phone-state")).to_contain_text("Not all photos were taken")
    page.get_by_role("button", name="Remove").click()
    expect(page.locator(".refused")).to_have_count(0)


def test_a_login_that_ended_keeps_the_photos(site, tmp_path):
    """Overnight: the page says so, leads to the login, and sends them afterwards."""
    page = site.review("/review/phone", **PHONE)
    page.context.clear_cookies()
    page.get_by_label("Take a photo").set_input_files(photo_file(tmp_path))
    page.get_by_role("link", name="Go on here.").click()
    page.get_by_label("Organizer password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.locator("#phone-state")).to_have_text("All photos have arrived.")


def test_the_camera_page_works_without_javascript(site, tmp_path):
    """As a plain form."""
    page = site.review("/review/phone", java_script_enabled=False)
    page.get_by_label("or choose some").set_input_files(photo_file(tmp_path))
    page.get_by_role("button", name="Send").click()
    assert len(inbox_of(site.store)) == 1


@pytest.fixture(scope="module")
def board():
    """A board with its photo and truth, for the calibration."""
    return synth.scene(5, style="whiteboard", rows=3, columns=4, fill=0.3)


@contextmanager
def calibrating(tmp_path, browser: Browser, board: synth.Synth, **context: object) -> Iterator[tuple[Site, Page]]:
    """The calibration page of an organizer, with a grid proposed for a photo of that board."""
    plan = Event("Made up", "Europe/Berlin", "", 60, (board.board,))
    with served(tmp_path, browser, plan) as site:
        jpeg = cv2.imencode(".jpg", board.photo.image, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()
        site.store.receive(board.board.id, jpeg, "IMG_1.jpg", None, "upload")
        page = site.review(f"/review/calibrate/{board.board.id}", **context)
        expect(page.locator(".handle.line")).to_have_count(5, timeout=30_000)
        yield site, page


def test_the_grid_is_set_by_dragging(tmp_path, chromium, board):
    """A side takes its two corners along; corners are then dragged to where the truth has them; what is saved has them there."""
    with calibrating(tmp_path, chromium, board) as (site, page):
        expect(page.locator(".handle.corner")).to_have_count(4, timeout=30_000)
        expect(page.locator("#overlay text")).to_have_count(7)
        page.get_by_label("The rest follows").uncheck()
        before = corner_heights(page)
        top = board.grid_corners_px[:2].mean(axis=0)
        drag(page, page.get_by_role("button", name="Side top"), top + np.array([0, 60]))
        moved = corner_heights(page) - before
        assert (moved[:2] > 30).all()
        assert (np.abs(moved[2:]) < 1).all()
        for name, target in zip(("top left", "top right", "bottom right", "bottom left"), board.grid_corners_px, strict=True):
            drag(page, page.get_by_role("button", name=f"Corner {name}"), target)
        page.get_by_role("button", name="Save the grid").click()
        page.wait_for_url("**/review/")
        reference = site.store.rig(board.board.id).reference
        board_px = cv2.perspectiveTransform(
            np.array(board.grid_corners_px, dtype=np.float64).reshape(-1, 1, 2), np.asarray(reference.board_from_photo)
        ).reshape(-1, 2)
        layout = site.store.rig(board.board.id).layout
        assert np.abs(board_px - layout.grid_corners_mm()).max() < layout.width_mm / 100
        assert site.faults == []


def test_a_drag_is_followed_by_the_rest_of_the_grid(tmp_path, chromium, board):
    """What was dragged is set and stays; each step can be taken back; two taps free a handle; arrow keys that rest are a drag."""
    with calibrating(tmp_path, chromium, board) as (site, page):
        line, others = (page.locator(".handle.line").nth(i) for i in (1, 0))
        undo = page.get_by_role("button", name="Undo")
        expect(undo).to_be_disabled()
        was, was_other = place(line), place(others)
        drag(page, line, was + np.array([60, 0]))
        expect(page.get_by_role("status")).to_contain_text("followed")
        expect(page.locator(".handle.pinned")).to_have_count(1)
        assert abs(place(line)[0] - was[0] - 60) < 4
        assert place(others)[0] > was_other[0] + 2
        undo.click()
        assert np.abs(place(others) - was_other).max() < 0.01
        assert abs(place(line)[0] - was[0] - 60) < 4
        page.keyboard.press("Control+z")
        assert np.abs(place(line) - was).max() < 0.01
        expect(page.locator(".handle.pinned")).to_have_count(0)
        line.dblclick(force=True)
        expect(line).to_have_attribute("aria-pressed", "true")
        line.press("Enter")
        expect(line).to_have_attribute("aria-pressed", "false")
        for _ in range(6):
            line.press("Shift+ArrowRight")
        expect(page.get_by_role("status")).to_contain_text("followed")
        expect(line).to_have_attribute("aria-pressed", "true")
        assert page.evaluate(CONTRAST) == []
        assert site.faults == []


def test_a_drag_stands_where_the_server_gives_no_answer(tmp_path, chromium, board):
    """Offline, nothing follows and nothing is taken back; the grid can be dragged on."""
    with calibrating(tmp_path, chromium, board) as (_, page):
        line, other = page.locator(".handle.line").nth(1), page.locator(".handle.line").nth(0)
        was, was_other = place(line), place(other)
        page.context.set_offline(True)
        with page.expect_event("requestfailed"):
            drag(page, line, was + np.array([60, 0]))
        assert abs(place(line)[0] - was[0] - 60) < 4
        assert np.abs(place(other) - was_other).max() < 0.01
        expect(page.get_by_role("button", name="Save the grid")).to_be_enabled()


def test_a_grid_is_not_lost_where_the_server_gives_no_answer(tmp_path, chromium, board):
    """A hall's network goes away for a while: the page said "Saving…" for ever, and what was dragged was lost."""
    with calibrating(tmp_path, chromium, board) as (site, page):
        save, status = page.get_by_role("button", name="Save the grid"), page.get_by_role("status")
        page.context.set_offline(True)
        page.get_by_role("button", name="Propose again").click()
        expect(status).to_contain_text("No connection to the server. Nothing that you set is lost: try again.")
        expect(page.locator(".looking")).to_have_count(0)
        save.click()
        expect(status).to_contain_text("No connection to the server.")
        expect(save).to_be_enabled()
        page.context.set_offline(False)
        page.route("**/review/calibrate/*", lambda route: route.fulfill(status=502, body="<html>"))
        save.click()
        expect(status).to_contain_text("The server gave no clear answer")
        page.unroute("**/review/calibrate/*")
        save.click()
        page.wait_for_url("**/review/")
        assert site.store.rig(board.board.id) is not None


def test_leaving_without_saving_is_asked_about(tmp_path, chromium, board):
    """A link that a thumb touched lost six drags without a word; after saving, and where nothing was dragged, nobody is asked."""
    with calibrating(tmp_path, chromium, board) as (site, page):
        asked = []
        page.on("dialog", lambda dialog: asked.append(dialog.type) or dialog.dismiss())
        line = page.locator(".handle.line").nth(1)
        drag(page, line, place(line) + np.array([60, 0]))
        page.get_by_role("link", name="Public page").click(no_wait_after=True)
        expect(page.get_by_role("button", name="Save the grid")).to_be_visible()
        assert asked == ["beforeunload"]
        page.get_by_role("button", name="Save the grid").click()
        page.wait_for_url("**/review/")
        expect(page.locator(".said-line")).to_contain_text("is saved.")
        assert asked == ["beforeunload"]
        assert site.faults == []


def test_it_says_over_the_photo_that_the_grid_is_looked_for(tmp_path, chromium, board):
    """On a phone the line below the photo is out of sight, and looking may take seconds."""
    with calibrating(tmp_path, chromium, board, **PHONE) as (_, page):
        page.route("**/proposal", lambda _: None)  # no answer yet
        page.get_by_role("button", name="Propose again").click()
        said = page.locator(".sheet").evaluate("each => getComputedStyle(each, '::after').content")
        assert said == '"Looking for the grid…"'


def test_a_finger_drags_a_handle_and_not_the_page(tmp_path, chromium, board):
    """The loupe shows what the finger hides until it is lifted; two taps set a handle."""
    with calibrating(tmp_path, chromium, board, **PHONE) as (site, page):
        line, other = page.locator(".handle.line").nth(1), page.locator(".handle.line").nth(0)
        touch, (x, y) = page.context.new_cdp_session(page), on_screen(line)
        touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        for step in range(1, 9):
            touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x + 3 * step, "y": y - step}]})
        expect(page.locator("#loupe")).to_be_visible()
        assert on_screen(line)[0] == pytest.approx(x + 24, abs=2)
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        expect(page.locator("#loupe")).to_be_hidden()
        expect(page.get_by_role("status")).to_contain_text("followed")
        for _ in range(2):
            page.touchscreen.tap(*on_screen(other))
        expect(other).to_have_attribute("aria-pressed", "true")
        assert site.faults == []


def test_a_second_finger_moves_nothing_while_one_drags(tmp_path, chromium, board):
    """Each put back what the other had moved, and it took several steps to undo what looked like one."""
    with calibrating(tmp_path, chromium, board, **PHONE) as (site, page):
        page.get_by_label("The rest follows").uncheck()
        held, other = page.locator(".handle.corner").nth(0), page.locator(".handle.corner").nth(2)
        before, stands = place(held), on_screen(other)
        fingers = [dict(zip("xy", on_screen(each), strict=True), id=n) for n, each in enumerate((held, other))]
        touch = page.context.new_cdp_session(page)

        def put(kind: str, *right_px: float) -> None:
            """Tell where the fingers are, by how far each has gone to the right."""
            points = [{**finger, "x": finger["x"] + far} for finger, far in zip(fingers, right_px, strict=False)]
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        put("touchStart", 0)
        put("touchMove", 9)
        put("touchStart", 9, 0)
        put("touchMove", 9, -9)
        assert on_screen(other) == pytest.approx(stands, abs=0.5)
        put("touchMove", 12, -9)
        put("touchEnd")
        assert place(held)[0] > before[0] + 1
        page.get_by_role("button", name="Undo").tap()
        assert place(held) == pytest.approx(before, abs=0.01)
        expect(page.get_by_role("button", name="Undo")).to_be_disabled()
        assert site.faults == []


def test_the_page_shows_where_somebody_stands_and_asks(tmp_path, chromium):
    """The part is shaded and the button says what it does now; another grid is asked about anew."""
    behind = synth.scene(5, style="whiteboard", rows=3, columns=4, fill=0.3, person=True)
    with calibrating(tmp_path, chromium, behind, **PHONE) as (site, page):
        page.get_by_role("button", name="Save the grid").click()
        expect(page.get_by_role("status")).to_contain_text("Not saved yet. Something seems to stand before", timeout=20 * SECOND_MS)
        expect(page.locator("#overlay .covered")).not_to_have_count(0)
        assert page.locator("#overlay .covered").evaluate_all(CUT_AT_THE_PHOTO)  # it lay over the buttons below
        assert page.evaluate(CONTRAST) == []
        page.locator(".handle.line").first.press("ArrowRight")
        expect(page.locator("#overlay .covered")).to_have_count(0)
        page.get_by_role("button", name="Save the grid").click()
        page.get_by_role("button", name="Save it all the same").click(timeout=20 * SECOND_MS)
        page.wait_for_url("**/review/", timeout=20 * SECOND_MS)
        assert covered_columns(site.store.rig(behind.board.id).reference)
        assert all("409" in fault for fault in site.faults)


def on_screen(handle: Locator) -> tuple[float, float]:
    """The middle of a handle, px of the screen."""
    box = handle.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def place(handle: Locator) -> np.ndarray:
    """Where a handle is drawn, px of the photo."""
    return np.array([float(handle.get_attribute(axis)) for axis in ("cx", "cy")])


def test_the_set_up_assistant_follows_the_camera(tmp_path, chromium, board):
    """Advice and a light for each column; what the camera sees next shows by itself; an unchanged verdict is not announced again."""
    plan = Event("Made up", "Europe/Berlin", "", 60, (board.board,))
    with served(tmp_path, chromium, plan) as site:
        page = site.review(f"/review/setup/{board.board.id}")
        expect(page.get_by_role("status")).to_contain_text("No photo of this board is there yet")
        for number, image in enumerate(
            (board.photo.image, (board.photo.image * 0.08).astype(np.uint8), np.full((600, 800, 3), 190, np.uint8))
        ):
            jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()
            site.store.receive(board.board.id, jpeg, f"IMG_{number}.jpg", None, "watch")
            expect(page.get_by_role("status")).to_contain_text(("14 are needed", "dark", "was not found")[number], timeout=20 * SECOND_MS)
            if number == 0:
                expect(page.locator("#setup-overlay .column")).to_have_count(4)
                expect(page.get_by_role("rowheader")).to_have_count(4)
                assert page.evaluate(CONTRAST) == []
        expect(page.locator("#setup-overlay .column")).to_have_count(0)
        assert site.faults == []


def corner_heights(page: Page) -> np.ndarray:
    """How far down the photo the four corners are drawn, px."""
    return np.array([float(corner.get_attribute("cy")) for corner in page.locator(".handle.corner").all()])


def drag(page: Page, handle: object, target_px: np.ndarray) -> None:
    """Take a handle by its middle to a pixel of the photo."""
    shown = page.locator("#photo").bounding_box()
    scale = shown["width"] / page.locator("#photo").evaluate("photo => photo.naturalWidth")
    box = handle.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(shown["x"] + target_px[0] * scale, shown["y"] + target_px[1] * scale, steps=3)
    expect(page.locator("#loupe")).to_be_visible()
    page.mouse.up()
    expect(page.locator("#loupe")).to_be_hidden()
