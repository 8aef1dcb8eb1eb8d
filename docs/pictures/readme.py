"""Draw the README's picture: a photo of samples/, what Boardcast found in it, and the page served from it. Run by ``make picture``."""

from __future__ import annotations

import logging
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import cv2
import numpy as np
from werkzeug.serving import make_server

from calibration.rig import Image
from digitizer.capture import load
from digitizer.draw import overlay
from digitizer.event import load_event
from digitizer.pipeline import default_tools, digitize

SAMPLE = Path(__file__).parents[2] / "samples" / "whiteboard"
PICTURE = Path(__file__).with_suffix(".jpg")
HEIGHT_PX = 900
GAP_PX = 16
PAGE_PX = (1280, 1180)
"""Width and height of the browser's window: a laptop."""


def main() -> None:
    """Read the sample, serve it, photograph the page, put the three side by side."""
    event = load_event(SAMPLE / "event.toml")
    found = digitize(load(SAMPLE / "photo.jpg"), event.boards[0], default_tools(event))
    pictures = [_cropped(image) for image in (found.photo.image, overlay(found))]
    with tempfile.TemporaryDirectory() as folder:
        pictures.append(page_picture(Path(folder)))
    gap = np.full((HEIGHT_PX, GAP_PX, 3), 255, np.uint8)
    row = np.hstack([part for picture in pictures for part in (_scaled(picture), gap)][:-1])
    PICTURE.write_bytes(cv2.imencode(".jpg", row, [cv2.IMWRITE_JPEG_QUALITY, 88])[1].tobytes())


def page_picture(folder: Path) -> Image:
    """Ingest the sample into a database in ``folder``, serve it, and take a screenshot of the page."""
    from webapp import create_app
    from webapp.config import Config

    database, event_path = f"sqlite:///{folder}/boardcast.db", SAMPLE / "event.toml"
    event = load_event(event_path)
    command = ["ingest", str(SAMPLE / "photo.jpg"), "--event", str(event_path), "--board", event.boards[0].id, "--db", database]
    subprocess.run([sys.executable, "-m", "digitizer.cli", *command], check=True)
    app = create_app(Config(event=event, database_url=database, secret_key="picture" * 5, organizer_password_hash="none"))
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        return _screenshot(f"http://127.0.0.1:{server.server_port}/", folder)
    finally:
        server.shutdown()


def _screenshot(address: str, folder: Path) -> Image:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": PAGE_PX[0], "height": PAGE_PX[1]})
        page.goto(address, wait_until="load")
        page.screenshot(path=folder / "page.png")
        browser.close()
    return np.asarray(cv2.imread(str(folder / "page.png")), dtype=np.uint8)


def _cropped(image: Image) -> Image:
    """The middle of a wide photo: its outer tenths show nothing but the wall."""
    margin = image.shape[1] // 10
    return image[:, margin:-margin]


def _scaled(image: Image) -> Image:
    height, width = image.shape[:2]
    size = (round(width * HEIGHT_PX / height), HEIGHT_PX)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


if __name__ == "__main__":
    main()
