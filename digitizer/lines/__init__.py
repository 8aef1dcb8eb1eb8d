"""From a card's crop to its lines of writing."""

from digitizer.lines.crop import LineCrop
from digitizer.lines.find import OtherLines, find_lines, find_ways
from digitizer.lines.printed import find_printed_lines

__all__ = ["LineCrop", "OtherLines", "find_lines", "find_printed_lines", "find_ways"]
