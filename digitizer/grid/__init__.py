"""Finding a board's plane and its grid of cells in a photo without markers or calibration.

segments -> vanishing points -> plane seen square on but for its proportions (``Plane``) -> ridges -> lines -> lattice ->
sub-pixel fit. Frames beside those of ``calibration.rig``: ``work`` px (the photo made smaller), ``plane`` px (the board's
plane up to an affine map: grid lines run along its axes).
"""
