"""Lattices -> text: greedily, as a title with a lexicon, as a handle with a grammar. Every decoder keeps its runners-up.

greedy        the likeliest class at each step, without any prior
title         titles, under a lexicon, a character model and a sense of case
handle        handles, under a grammar
people        whether a line is somebody's name
comb          what is written box by box
views         a line looked at in several ways
slips         what the recogniser may have swallowed
beam          the prefix beam search under any prior
lattices      lattices laid out for the search, many at once
forward       the probability of given texts under lattices
case          how hands mix capitals and small letters
handle_prior  what handles look like
handle_words  how likely names are as handles, set together of parts
user_names    how likely names are as those that people give themselves
records       records of many fields, moved in one piece
hypothesis    what a decoder answers
"""

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
