"""From a card's crop to its lines of writing."""

from digitizer.lines.find import LineCrop, find_lines

__all__ = ["LineCrop", "find_lines"]
