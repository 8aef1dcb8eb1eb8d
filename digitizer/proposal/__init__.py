"""A first guess at a board's grid from what hangs on it, for a person to confirm or drag right.

photo -> things (sheets, written words) seen square on -> strips of labels -> edges of columns and of rows -> ``Proposal``. Frame beside
those of ``calibration.rig``: ``flat`` px (the photo with the board's level and plumb lines level and plumb).
"""
