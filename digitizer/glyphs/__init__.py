"""What the shape of a glyph says where a recogniser cannot tell: ``0`` or ``o`` by height and form, ``_`` or a gap by ink below."""

from digitizer.glyphs.covered import Glance
from digitizer.glyphs.recheck import recheck

__all__ = ["Glance", "recheck"]
