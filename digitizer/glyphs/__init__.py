"""What the shape of a glyph says where a recogniser cannot tell: ``0`` or ``o`` by height and form, ``_`` or a gap by ink below.

recheck    handles as decoded, weighed anew
questions  where a handle may differ in one glyph, and what speaks for it
opinions   what the recognisers say of a zero
covered    what the one of lines says without seeing it
hand       a line measured: letters' places and heights, the baseline
windows    what stands around a place of a line
"""

from digitizer.glyphs.covered import Glance
from digitizer.glyphs.recheck import recheck

__all__ = ["Glance", "recheck"]
