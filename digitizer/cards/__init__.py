"""How cards are found on a rectified board; :mod:`digitizer.segment` is the way in.

canvas       the sheet at working size: colour, slope, the board's own colour
marks        ink: writing and drawn lines
boxes        the best rectangle about a block of writing
zones        cards whose paper differs from the board
rims         sheets with a printed or drawn rim
faint        cards of the board's own colour, about their writing
extend       rectangles that writing cut short
overlap      zones of several cards, taken apart
choose       which rectangles are cards: sizes, labels, one card found twice
occluders    what stands before the board, and the cells it hides
edges        sides to a fraction of a pixel
crop         upright pictures, masks
fingerprint  pictures as bits that stay near each other
"""
