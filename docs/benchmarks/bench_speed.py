"""Time one photo: Boardcast, Boardcast on the next photo with one card changed and with none, and stock RapidOCR card by card, in one run.

Each contestant runs in a process of its own, warm, so that its peak memory is its own. The next photo is the first with another card's
picture put in place of one card, and new sensor noise all over; the unchanged one has the noise alone. Run by ``make bench``; ``--photo``
takes a folder as in samples/.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
from contest import Told, contest, medians, spent
from memory import peak_mb

from digitizer.capture import decode, load
from digitizer.event import load_event
from digitizer.glance import Glances
from digitizer.model import Digitization
from digitizer.pipeline import default_tools, digitize
from digitizer.report import to_json
from digitizer.scoring.stock import cut, engine

NOISE_GRAY = 2.0
"""Standard deviation of a phone's noise indoors, after its own smoothing."""


def prepare(folder: Path, prepared: Path) -> None:
    """Write the next looks at the board."""
    for name, changed in (("next.jpg", True), ("unchanged.jpg", False)):
        (prepared / name).write_bytes(_next_look(folder, changed))


def ours(folder: Path, prepared: Path, repeat: int) -> Told:
    """Seconds of a first photo, of the next and of an unchanged one, and the stages' share.

    As a server does, it keeps one look while it takes the next, and none beyond; memory is told after first photos alone, and after all.
    """
    event = load_event(folder / "event.toml")
    board, tools = event.boards[0], default_tools(event)
    data, changed, unchanged = (path.read_bytes() for path in (folder / "photo.jpg", prepared / "next.jpg", prepared / "unchanged.jpg"))

    def look(pixels: bytes, previous: Digitization | None = None) -> Digitization:
        return digitize(decode(pixels, "look.jpg"), board, tools, previous=previous)

    look(data)  # warms caches, thread pools and the decoder
    first_s, first_mb = spent(lambda: look(data), repeat), peak_mb()
    first = look(data)
    next_s, following_look = spent(lambda: look(changed, first), repeat), look(changed, first)
    kept = {id(reading.lines) for reading in first.readings} & {id(reading.lines) for reading in following_look.readings}
    told = {
        "cards": len(to_json(first, board)["cards"]),
        "read_again": len(following_look.readings) - len(kept),
        "first_ms": {stage: round(spent) for stage, spent in first.timings_ms.items()},
        "next_ms": {stage: round(spent) for stage, spent in following_look.timings_ms.items()},
    }
    del following_look
    glances = Glances()
    glances.again(data, "first.jpg", first.photo.taken_at, None)
    same = glances.again(unchanged, "unchanged.jpg", first.photo.taken_at, first)
    assert same is not None, "nothing changed, and the photo must be looked at in full"
    del same
    unchanged_s = spent(lambda: glances.again(unchanged, "unchanged.jpg", first.photo.taken_at, first), 3 * repeat)
    return {**told, "first": first_s, "next": next_s, "unchanged": unchanged_s, "first_mb": first_mb}


def stock(folder: Path, _: Path, repeat: int) -> Told:
    """Seconds of stock RapidOCR on perfect crops of the cards, one by one."""
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    image, read = load(folder / "photo.jpg").image, engine("rapidocr")
    crops = [cut(image, card) for card in truth["cards"]]
    read(crops[0])
    return {"cards": len(crops), "all": spent(lambda: [read(crop) for crop in crops], repeat)}


def _next_look(folder: Path, changed: bool) -> bytes:
    """A JPEG of the photo again with other noise and, where ``changed``, the picture of its second card in place of its first."""
    image = load(folder / "photo.jpg").image
    cards = json.loads((folder / "truth.json").read_text(encoding="utf-8"))["cards"]
    old, new = (np.array(card["polygon"], dtype=np.float32) for card in cards[:2])
    height, width = image.shape[:2]
    moved = cv2.warpPerspective(image, cv2.getPerspectiveTransform(new, old), (width, height), flags=cv2.INTER_CUBIC)
    mask = np.zeros((height, width), np.uint8)
    cv2.fillConvexPoly(mask, old.round().astype(np.int32), 255)
    look = np.where(mask[:, :, None] > 0, moved, image).astype(np.float32) if changed else image.astype(np.float32)
    noise = np.random.default_rng(0).normal(0, NOISE_GRAY, image.shape).astype(np.float32)
    return cv2.imencode(".jpg", np.clip(look + noise, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()


def _table(found: Mapping[str, Told]) -> list[str]:
    own, other = found["ours"], found["stock"]
    first, following, unchanged, stock_s = (medians(times)[0] for times in (own["first"], own["next"], own["unchanged"], other["all"]))

    def row(who: str, cards: int, seconds: float, digits: int = 2, peak: str = "") -> str:
        return f"| {who} | {cards} | {seconds:.2f} | {seconds / stock_s:.{digits}f} | {peak} |"

    return [
        "| | cards | seconds | of RapidOCR's | peak memory |",
        "|---|---:|---:|---:|---:|",
        row("Boardcast, first photo", own["cards"], first, peak=f"{own['first_mb']} MB"),
        row(f"Boardcast, next photo, {own['read_again']} read again", own["cards"], following, peak=f"{own['peak_mb']} MB"),
        row("Boardcast, next photo, nothing changed", own["cards"], unchanged, digits=3),
        row("stock RapidOCR, perfect crops, card by card", other["cards"], stock_s, peak=f"{other['peak_mb']} MB"),
        "",
        f"Over the first photo: next {following / first:.2f}, unchanged {unchanged / first:.3f}.",
        f"Medians of {len(own['first'])}, decoding included in Boardcast's.",
        f"Stages in ms, first: {own['first_ms']}; next: {own['next_ms']}.",
    ]


if __name__ == "__main__":
    contest(__doc__, prepare, {"ours": ours, "stock": stock}, _table)
