"""Draw the set-up assistant: the page on a laptop and on a phone, over a sample photo with faults put in. Run by ``make picture``.

The faults: two thirds of the pixels, a lamp that glares on the second column, the right edge of the picture through the last.
"""

from __future__ import annotations

import logging
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import Page, sync_playwright
from werkzeug.security import generate_password_hash
from werkzeug.serving import make_server

from calibration.rig import Image
from digitizer.calibrate import Marks, rig_from_photo
from digitizer.capture import load
from digitizer.event import load_event
from digitizer.frames import photo_from_board
from digitizer.locate import locate
from webapp import create_app
from webapp.config import Config
from webapp.store import open_store

SAMPLE = Path(__file__).parents[2] / "samples" / "whiteboard"
PICTURE = Path(__file__).with_suffix(".jpg")
PASSWORD = "picture of a page"
LAPTOP, PHONE = (1280, 800), (390, 800)
"""Windows of the browser, width and height."""

GAP_PX = 24
SHRINK = 0.66


def main() -> None:
    """Spoil the sample, serve it, photograph the page twice."""
    photo = load(SAMPLE / "photo.jpg")
    event = load_event(SAMPLE / "event.toml")
    board = event.boards[0]
    pose = locate(photo, board)
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/boardcast.db", event)
        corners = tuple(photo_from_board(pose, pose.layout.grid_corners_mm()).ravel().tolist())
        store.save_rig(board.id, rig_from_photo(photo, board, Marks(corners))[0])
        middles = photo_from_board(pose, np.array([[pose.layout.column_edges_mm[1] * 1.5, pose.layout.height_mm * 0.55]]))
        right = photo_from_board(pose, np.array([[pose.layout.width_mm * 0.96, pose.layout.height_mm / 2]]))[0, 0]
        data = cv2.imencode(".jpg", spoiled(photo.image, middles[0], int(right)), [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()
        store.receive(board.id, data, "look.jpg", None, "watch")
        config = Config(event, store.engine.url.render_as_string(), "picture" * 5, generate_password_hash(PASSWORD))
        with served(create_app(config, store)) as address:
            PICTURE.write_bytes(
                cv2.imencode(".jpg", photographed(address, board.id, Path(folder)), [cv2.IMWRITE_JPEG_QUALITY, 88])[1].tobytes()
            )


def spoiled(image: Image, lamp_px: np.ndarray, right_px: int) -> Image:
    """The photo with its faults."""
    burnt = image.copy()
    halo = np.zeros(image.shape[:2], np.float32)
    cv2.ellipse(halo, (int(lamp_px[0]), int(lamp_px[1])), (image.shape[1] // 26, image.shape[0] // 12), 10, 0, 360, 1.0, cv2.FILLED)
    halo = cv2.GaussianBlur(halo, (0, 0), image.shape[1] / 120)[..., None]
    burnt = np.clip(burnt + 300 * halo, 0, 255).astype(np.uint8)[:, :right_px]
    return np.asarray(cv2.resize(burnt, None, fx=SHRINK, fy=SHRINK, interpolation=cv2.INTER_AREA), np.uint8)


@contextmanager
def served(app: object) -> Iterator[str]:
    """Serve until the block is done; the address."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


def photographed(address: str, board_id: str, folder: Path) -> Image:
    """The page on both screens, side by side on white."""
    with sync_playwright() as play:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
        shots = []
        for width, height in (LAPTOP, PHONE):
            page = browser.new_page(viewport={"width": width, "height": height})
            _open(page, address, board_id)
            path = folder / f"{width}.png"
            page.screenshot(path=path)
            shots.append(np.asarray(cv2.imread(str(path)), np.uint8))
        browser.close()
    tall = max(shot.shape[0] for shot in shots)
    filled = [cv2.copyMakeBorder(s, 0, tall - s.shape[0], 0, GAP_PX, cv2.BORDER_CONSTANT, value=(255, 255, 255)) for s in shots]
    return np.asarray(np.hstack(filled)[:, :-GAP_PX], np.uint8)


def _open(page: Page, address: str, board_id: str) -> None:
    page.goto(f"{address}/review/login?next=/review/setup/{board_id}")
    page.get_by_label("Organizer password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.locator("#setup-overlay .column").first.wait_for(state="attached", timeout=60_000)


if __name__ == "__main__":
    main()
