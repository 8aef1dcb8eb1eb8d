"""How much memory this process has held at most."""

from __future__ import annotations

import resource
import sys
from pathlib import Path


def peak_mb() -> int:
    """The most memory that this program has held at once since it began, MB.

    Linux keeps ``ru_maxrss`` over ``exec``, so that a small child of a large parent tells the parent's; ``VmHWM`` begins anew with the
    program (proc(5)). Elsewhere ``ru_maxrss`` is all there is, in bytes on macOS.
    """
    if sys.platform == "linux":
        told = Path("/proc/self/status").read_text(encoding="ascii")
        return int(next(line for line in told.splitlines() if line.startswith("VmHWM:")).split()[1]) // 1024
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return held // (1024 * 1024 if sys.platform == "darwin" else 1024)
