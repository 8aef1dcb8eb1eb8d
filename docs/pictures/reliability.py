"""Draw how far probabilities can be trusted, promised against came true: models/confidence.json to reliability.svg.

    python docs/pictures/reliability.py

The numbers were measured by ``python -m digitizer.training.confidence`` on cards that the model was not fitted to.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from digitizer.confidence import MODEL

OUT = Path(__file__).parent / "reliability.svg"
PANELS = (("title", "Title right"), ("handle", "Handle, or its absence, right"), ("card", "Whole card right"))
SERIES = {"faces": ("faces never fitted to", "#1f6feb"), "photos": ("rendered photos", "#d9730d")}
SIDE, GAP, LEFT, TOP = 230, 60, 56, 64
Bin = Sequence[float]
"""(mean probability, share right, count)."""


def interval(share: float, count: float, z: float = 1.96) -> tuple[float, float]:
    """Where the true share lies, 95 % (Wilson 1927)."""
    centre = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return max(0.0, centre - half), min(1.0, centre + half)


def panel(left: int, title: str, bins: Mapping[str, Sequence[Bin]]) -> Iterator[str]:
    """One field: the diagonal on which a promise is kept, and a mark with its interval for each bin."""
    yield f'<g transform="translate({left},{TOP})">'
    yield f'<text x="{SIDE / 2}" y="-14" text-anchor="middle" font-weight="600">{title}</text>'
    yield f'<rect width="{SIDE}" height="{SIDE}" fill="none" stroke="#8a8f98"/>'
    yield f'<path d="M0 {SIDE}L{SIDE} 0" stroke="#8a8f98" stroke-dasharray="4 4"/>'
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        at = SIDE * tick
        yield f'<text x="{at:.0f}" y="{SIDE + 18}" text-anchor="middle" font-size="11">{tick:g}</text>'
        yield f'<text x="-8" y="{SIDE - at + 4:.0f}" text-anchor="end" font-size="11">{tick:g}</text>'
    for name, rows in bins.items():
        yield from marks(rows, SERIES[name][1])
    yield "</g>"


def marks(rows: Sequence[Bin], colour: str) -> Iterator[str]:
    """A disc of an area that grows with the count, and the interval."""
    for promised, came, count in rows:
        low, high = interval(came, count)
        x, y = SIDE * promised, SIDE * (1 - came)
        yield f'<path d="M{x:.1f} {SIDE * (1 - low):.1f}V{SIDE * (1 - high):.1f}" stroke="{colour}" stroke-opacity=".6"/>'
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{2 + math.sqrt(count) / 3:.1f}" fill="{colour}" fill-opacity=".75"/>'


def legend(y: int) -> Iterator[str]:
    """What the colours mean."""
    for k, (text, colour) in enumerate(SERIES.values()):
        x = LEFT + 220 * k
        yield f'<circle cx="{x + 5}" cy="{y - 4}" r="5" fill="{colour}"/><text x="{x + 18}" y="{y}">{text}</text>'


def drawing(reliability: Mapping[str, Mapping[str, Sequence[Bin]]]) -> str:
    """The whole picture; ``reliability`` by series and field."""
    width, height = LEFT + len(PANELS) * (SIDE + GAP), TOP + SIDE + 86
    body = [
        line
        for k, (field, title) in enumerate(PANELS)
        for line in panel(LEFT + k * (SIDE + GAP), title, {name: fields[field] for name, fields in reliability.items() if field in fields})
    ]
    axes = f'<text x="{width / 2}" y="{TOP + SIDE + 42}" text-anchor="middle">probability that the reader gives</text>'
    up = f'<text transform="translate(14,{TOP + SIDE / 2}) rotate(-90)" text-anchor="middle">share that was right</text>'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="system-ui, sans-serif" font-size="13">'
    return "\n".join([head, f'<rect width="{width}" height="{height}" fill="#fff"/>', *body, axes, up, *legend(height - 14), "</svg>", ""])


if __name__ == "__main__":
    OUT.write_text(drawing(json.loads(MODEL.read_text(encoding="utf-8"))["reliability"]), encoding="utf-8")
