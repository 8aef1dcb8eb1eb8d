"""The names of rooms and times where they stand on a board: what they say of a grid, and the grid that they span.

beside     whose grid it is: names read beside it
strangers  names that stand in the places of others
scattered  names anywhere in a photo
places     where names stand -> edges of columns and rows
grids      grids that those names allow
lean       whether what is straight runs along a grid's lines
"""

from digitizer.names.beside import Beside, Names

__all__ = ["Beside", "Names"]
