"""Time the reading of new cards: Boardcast and stock RapidOCR on the same perfect crops, and the decoder alone, line by line.

Each contestant runs in a process of its own, warm, so that its peak memory is its own; the crops are cut before, in a third. Wall time
and processor time are printed, because two contestants on a busy machine wait for others unlike. Run by ``make bench``; ``--photo`` takes
a folder as in samples/.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from memory import peak_mb

from calibration.rig import Image

SAMPLE = Path(__file__).parents[2] / "samples" / "whiteboard"


def main() -> None:
    """Run the contestants and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photo", type=Path, default=SAMPLE, help="folder with photo.jpg and truth.json")
    parser.add_argument("--repeat", type=int, default=3, help="times each is run; medians are printed")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--crops", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part == "cut":
        _cut(options.photo, options.crops)
    elif options.part:
        with np.load(options.crops) as stored:
            crops = [stored[name] for name in sorted(stored)]
        sys.stdout.write(json.dumps(PARTS[options.part](crops, options.repeat) | {"peak_mb": peak_mb()}) + "\n")
    else:
        sys.stdout.write("\n".join(_table(_compete(options))) + "\n")


def _compete(options: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, __file__, "--photo", str(options.photo), "--repeat", str(options.repeat)]
        command += ["--crops", str(Path(scratch) / "crops.npz")]
        subprocess.run([*command, "--part", "cut"], check=True)
        runs = {part: [*command, "--part", part] for part in PARTS if part != "cut"}
        found = {part: subprocess.run(run, check=True, stdout=subprocess.PIPE, text=True).stdout for part, run in runs.items()}
    return {part: json.loads(output.splitlines()[-1]) for part, output in found.items()}


def ours(crops: Sequence[Image], repeat: int) -> dict[str, Any]:
    """Seconds for all cards at once, and for the decoder's share of them."""
    from digitizer.decoder import decode_handles, decode_titles
    from digitizer.lines import find_lines
    from digitizer.model import Card
    from digitizer.pipeline import default_tools
    from digitizer.read import read

    tools = default_tools()
    cards = [Card(None, np.zeros((4, 2)), crop, np.full(crop.shape[:2], 255, np.uint8), b"") for crop in crops]
    read(cards[:2], tools.reader, tools.lexicon)
    reading = _spent(lambda: read(cards, tools.reader, tools.lexicon), repeat)
    lattices = tools.reader.recognise([line.image for card in cards for line in find_lines(card)])
    decoding = {
        "titles": _spent(lambda: decode_titles(lattices, tools.lexicon), repeat),
        "handles": _spent(lambda: decode_handles(lattices, tools.lexicon.handles), repeat),
    }
    return {"cards": len(cards), "lines": len(lattices), "all": reading, "decoding": decoding}


def stock(crops: Sequence[Image], repeat: int) -> dict[str, Any]:
    """Seconds of stock RapidOCR, card by card."""
    from digitizer.scoring.stock import engine

    read = engine("rapidocr")
    read(crops[0])
    return {"cards": len(crops), "all": _spent(lambda: [read(crop) for crop in crops], repeat)}


def _cut(folder: Path, crops: Path) -> None:
    """Write the perfect crops of a photo's cards."""
    from digitizer.capture import load
    from digitizer.scoring.stock import cut

    image, truth = load(folder / "photo.jpg").image, json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    np.savez(crops, **{f"{k:03}": cut(image, card) for k, card in enumerate(truth["cards"])})


def _spent(run: Callable[[], object], repeat: int) -> list[tuple[float, float]]:
    """Wall and processor seconds of each run."""
    spent = []
    for _ in range(repeat):
        wall, processor = time.perf_counter(), time.process_time()
        run()
        spent.append((time.perf_counter() - wall, time.process_time() - processor))
    return spent


def _medians(spent: Sequence[Sequence[float]]) -> tuple[float, float]:
    wall, processor = zip(*spent, strict=True)
    return statistics.median(wall), statistics.median(processor)


def _table(found: dict[str, Any]) -> list[str]:
    own, other = found["ours"], found["stock"]
    (wall, processor), (other_wall, other_processor) = _medians(own["all"]), _medians(other["all"])
    decoding = {what: 1000 * _medians(spent)[1] / own["lines"] for what, spent in own["decoding"].items()}
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


PARTS: dict[str, Callable[[Sequence[Image], int], dict[str, Any]]] = {"cut": lambda _crops, _repeat: {}, "ours": ours, "stock": stock}

if __name__ == "__main__":
    main()
