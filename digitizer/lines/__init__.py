"""From a card's crop to its lines of writing.

find      the way in: a card's crop -> its lines
paper     the paper's colour under the ink
shade     a card that lies half in the shade
sheet     corners of a sheet that is written full
ink       what differs from the paper
ruled     lines that are no writing
pieces    connected pieces of ink, measured
strokes   the same as points, turned level
clean     writing told from pins, stickers, specks
rows      where one line ends and the next begins
assemble  pieces -> lines
reach     weak ink, given to the lines that it belongs to
crop      lines cut out: level and tight
printed   topic cards of the kit
comb      their boxes
unread    ink that no line holds
"""

from digitizer.lines.crop import LineCrop
from digitizer.lines.find import OtherLines, find_lines, find_ways
from digitizer.lines.printed import find_printed_ways

__all__ = ["LineCrop", "OtherLines", "find_lines", "find_printed_ways", "find_ways"]
