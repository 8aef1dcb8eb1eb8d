"""Lattices -> text: greedily, as a title with a lexicon, as a handle with a grammar. Every decoder keeps its runners-up."""

from digitizer.decoder.comb import box_lattice
from digitizer.decoder.greedy import decode_greedy
from digitizer.decoder.handle import decode_handle, decode_handles
from digitizer.decoder.hypothesis import Hypothesis
from digitizer.decoder.people import LikelyName, likely_name
from digitizer.decoder.title import decode_title, decode_titles

__all__ = [
    "Hypothesis",
    "LikelyName",
    "box_lattice",
    "decode_greedy",
    "decode_handle",
    "decode_handles",
    "decode_title",
    "decode_titles",
    "likely_name",
]
