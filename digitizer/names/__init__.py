"""The names of rooms and times where they stand on a board: what they say of a grid, and the grid that they span."""

from digitizer.names.beside import Beside, Names

__all__ = ["Beside", "Names"]
