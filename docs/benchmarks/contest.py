"""What benchmarks with contestants share: each runs in a process of its own, warm, so that its peak memory is its own."""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from memory import peak_mb

SAMPLE = Path(__file__).parents[2] / "samples" / "whiteboard"

Told = Mapping[str, Any]
"""What a contestant tells, as JSON keeps it; its peak memory in MB is added as ``peak_mb``."""
Prepare = Callable[[Path, Path], None]
"""Makes of the folder of the photo what all contestants are given, in a folder of its own."""
Part = Callable[[Path, Path, int], Told]
"""A contestant: the folder of the photo, that of what was prepared, and how often each thing is timed."""
Table = Callable[[Mapping[str, Told]], Sequence[str]]


def contest(doc: str | None, prepare: Prepare, parts: Mapping[str, Part], table: Table) -> None:
    """Run the command of a benchmark: all contestants one after the other, and print the table; ``--part`` is one of them."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--photo", type=Path, default=SAMPLE, help="folder with photo.jpg, event.toml and truth.json")
    parser.add_argument("--repeat", type=int, default=3, help="times each is run; medians are printed")
    parser.add_argument("--part", choices=parts, help=argparse.SUPPRESS)
    parser.add_argument("--prepared", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        told = parts[options.part](options.photo, options.prepared, options.repeat)
        sys.stdout.write(json.dumps({**told, "peak_mb": peak_mb()}) + "\n")
        return
    with tempfile.TemporaryDirectory() as prepared:
        prepare(options.photo, Path(prepared))
        command = [sys.executable, sys.argv[0], "--photo", str(options.photo), "--repeat", str(options.repeat), "--prepared", prepared]
        found = {part: _told([*command, "--part", part]) for part in parts}
    sys.stdout.write("\n".join(table(found)) + "\n")


def _told(command: Sequence[str]) -> Told:
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return dict(json.loads(output.splitlines()[-1]))


def spent(run: Callable[[], object], repeat: int) -> list[tuple[float, float]]:
    """Wall and processor seconds of each run."""
    found = []
    for _ in range(repeat):
        wall, processor = time.perf_counter(), time.process_time()
        run()
        found.append((time.perf_counter() - wall, time.process_time() - processor))
    return found


def medians(found: Sequence[Sequence[float]]) -> tuple[float, float]:
    """Of wall and of processor seconds."""
    wall, processor = zip(*found, strict=True)
    return statistics.median(wall), statistics.median(processor)
