"""``boardcast demo``: the real server, worker and recogniser, seen in a real browser."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect, sync_playwright

from digitizer.errors import ConfigError
from webapp import demo as demo_command
from webapp.demo import prepare

SAMPLES = Path(__file__).parents[1] / "samples"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
]
READ_MS = 90_000
"""Longest that starting the engines and reading one photo may take on a slow, busy machine."""


@pytest.fixture
def first_look(tmp_path) -> Path:
    """A samples folder with the first photo of the series only."""
    folder = tmp_path / "samples"
    shutil.copytree(SAMPLES / "webcam-0", folder / "webcam-0")
    return folder


@pytest.fixture
def demo(first_look) -> Iterator[subprocess.Popen[str]]:
    """The command as a person starts it, on a free port."""
    command = [sys.executable, "-c", "from digitizer.start import main; main()"]
    options = ["demo", "--once", "--port", "0", "--every", "3", "--samples", str(first_look)]
    environ = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environ)
    yield process
    process.terminate()
    process.wait(30)


def test_the_page_changes_by_itself_as_the_board_is_read(demo):
    """Opened empty; then the cards of the photo hang on it, the review opens with the printed password, and all of it ends by itself."""
    head = "".join(demo.stdout.readline() for _ in range(3))
    address = re.search(r"http://\S+?/(?=\s)", head).group(0)
    password = re.search(r"password: (\S+)", head).group(1)
    truth = json.loads((SAMPLES / "webcam-0" / "truth.json").read_text())["cards"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page()
        page.goto(address, wait_until="commit")
        expect(page.locator("#live-state")).to_have_text("live", timeout=READ_MS)
        expect(page.locator(".session").first).to_be_visible(timeout=READ_MS)
        titles = {title.casefold() for title in page.locator(".session .title").all_inner_texts()}
        page.goto(f"{address}review/login")
        page.get_by_label("Organizer password").fill(password)
        page.get_by_role("button", name="Log in").click()
        expect(page.locator(".check").first).to_be_visible()
        browser.close()
    found = sum(card["title"].casefold() in titles for card in truth)
    assert found >= len(truth) / 2, f"{sorted(titles)} of {truth}"
    rest, _ = demo.communicate(timeout=60)
    assert "sessions on the page" in rest
    assert demo.returncode == 0, rest


def test_the_event_is_today(tmp_path, first_look):
    """So that now and next have a meaning, whatever day the samples were made for."""
    folder = tmp_path / "demo"
    folder.mkdir()
    event = prepare(folder, first_look).config.event
    assert event.boards[0].date == datetime.now(ZoneInfo(event.timezone)).date()
    assert event.name == "Boardcast demo"


def test_each_demo_has_a_password_of_its_own(tmp_path, first_look):
    """Generated, not known."""
    made = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        made.append(prepare(tmp_path / name, first_look).password)
    assert made[0] != made[1]
    assert len(made[0]) >= 8


def test_without_samples_it_says_where_it_looked(tmp_path):
    """And what to do."""
    with pytest.raises(ConfigError, match=r"no sample photos in .*--samples"):
        prepare(tmp_path, tmp_path)


def test_a_port_that_is_taken_stops_a_demo_only_where_it_was_asked_for(monkeypatch):
    """On many a laptop something listens at 8000, and ``make demo`` takes no options."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        monkeypatch.setattr(demo_command, "PORT", taken)
        assert demo_command._usual_port("127.0.0.1") not in (0, taken)
        with pytest.raises(ConfigError, match=f"Port {taken} of 127.0.0.1 cannot be used"):
            demo_command._free_port("127.0.0.1", taken)
