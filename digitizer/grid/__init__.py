"""Finding a board's plane and its grid of cells in a photo without markers or calibration.

segments -> vanishing points -> plane seen square on but for its proportions (``Plane``) -> ridges -> lines -> lattice ->
sub-pixel fit. Frames beside those of ``calibration.rig``: ``work`` px (the photo made smaller), ``plane`` px (the board's
plane up to an affine map: grid lines run along its axes).

find       a grid of known shape in a photo: the way in
view       one look at a photo: the plane square on, the lines on it
segments   straight edges, and the two ways that most of them run
plane      the plane seen along those ways
bare       the bare board's colour, and what shows something else
ridges     drawn lines along one axis
sequences  which of them are near-regular sequences
axis       how well lines of one axis fit, given the other
lattice    which sequence across and which down make one grid
traces     where exactly the lines run
fit        least squares of plane, edges and lens
fitted     a lattice made exact
headers    a grid told by its labels alone
items      sheets and words on a bare board
rivals     grids that lines or labels leave in doubt
counts     whether a board has another number of rows or columns
markers    markers of the kit in a photo
hung       markers of the kit -> plane and grid
sharpness  how blurred the board is
arrays     names for kinds of arrays
"""
