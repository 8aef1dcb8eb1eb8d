"""Time the reading of new cards: Boardcast and stock RapidOCR on the same perfect crops, and the decoder alone, line by line.

Each contestant runs in a process of its own, warm, so that its peak memory is its own; the crops are cut before. Wall time
and processor time are printed, because two contestants on a busy machine wait for others unlike. Run by ``make bench``; ``--photo`` takes
a folder as in samples/.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from contest import Told, contest, medians, spent

from calibration.rig import Image

CROPS = "crops.npz"


def prepare(folder: Path, prepared: Path) -> None:
    """Write the perfect crops of a photo's cards."""
    from digitizer.capture import load
    from digitizer.scoring.stock import cut

    image, truth = load(folder / "photo.jpg").image, json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    np.savez(prepared / CROPS, **{f"{k:03}": cut(image, card) for k, card in enumerate(truth["cards"])})


def ours(_: Path, prepared: Path, repeat: int) -> Told:
    """Seconds for all cards at once, and for the decoder's share of them."""
    from digitizer.decoder import decode_handles, decode_titles
    from digitizer.lines import find_lines
    from digitizer.model import Card
    from digitizer.pipeline import default_tools
    from digitizer.read import read

    tools = default_tools()
    cards = [Card(None, np.zeros((4, 2)), crop, np.full(crop.shape[:2], 255, np.uint8), b"") for crop in _crops(prepared)]
    read(cards[:2], tools.reader, tools.lexicon)
    reading = spent(lambda: read(cards, tools.reader, tools.lexicon), repeat)
    lattices = tools.reader.recognise([line.image for card in cards for line in find_lines(card)])
    decoding = {
        "titles": spent(lambda: decode_titles(lattices, tools.lexicon), repeat),
        "handles": spent(lambda: decode_handles(lattices, tools.lexicon.handles), repeat),
    }
    return {"cards": len(cards), "lines": len(lattices), "all": reading, "decoding": decoding}


def stock(_: Path, prepared: Path, repeat: int) -> Told:
    """Seconds of stock RapidOCR, card by card."""
    from digitizer.scoring.stock import engine

    read, crops = engine("rapidocr"), _crops(prepared)
    read(crops[0])
    return {"cards": len(crops), "all": spent(lambda: [read(crop) for crop in crops], repeat)}


def _crops(prepared: Path) -> list[Image]:
    with np.load(prepared / CROPS) as stored:
        return [stored[name] for name in sorted(stored)]


def _table(found: Mapping[str, Told]) -> list[str]:
    own, other = found["ours"], found["stock"]
    (wall, processor), (other_wall, other_processor) = medians(own["all"]), medians(other["all"])
    decoding = {what: 1000 * medians(times)[1] / own["lines"] for what, times in own["decoding"].items()}
    return [
        "| reading new cards, perfect crops | cards | seconds | of RapidOCR's | processor seconds | of RapidOCR's | peak memory |",
        "|---|---:|---:|---:|---:|---:|---:|",
        f"| Boardcast, all at once | {own['cards']} | {wall:.2f} | {wall / other_wall:.2f} | {processor:.2f} "
        f"| {processor / other_processor:.2f} | {own['peak_mb']} MB |",
        f"| stock RapidOCR, card by card | {other['cards']} | {other_wall:.2f} | 1 | {other_processor:.2f} | 1 | {other['peak_mb']} MB |",
        "",
        f"Decoder, processor ms a line, all {own['lines']} lines as each: {decoding['titles']:.2f} as titles, "
        f"{decoding['handles']:.2f} as handles.",
    ]


if __name__ == "__main__":
    contest(__doc__, prepare, {"ours": ours, "stock": stock}, _table)
