"""A first guess at a board's grid from what hangs on it, for a person to confirm or drag right.

photo -> things (sheets, written words) seen square on -> strips of labels -> edges of columns and of rows -> ``Proposal``. Frame beside
those of ``calibration.rig``: ``flat`` px (the photo with the board's level and plumb lines level and plumb).

propose    the way in: photo -> the grid to confirm
teach      the same again, given what a person dragged
things     sheets and words on a board that nobody measured
blobs      sheets and words in a photo, as quadrangles
vanishing  the board seen square on, by the ways in which most things on it point
words      words on the board itself
drawn      lines drawn on it, whole or dashed
strips     things in line that look alike: maybe labels
gaps       labels and gaps, two witnesses for each edge
divide     edges of a given number of cells along one axis
edges      edges that fall into the gaps
lattice    what a few set places say of all edges
guess      which strips and edges make the likeliest grid
upright    the plane of a guess seen better, by what hangs in line
"""
