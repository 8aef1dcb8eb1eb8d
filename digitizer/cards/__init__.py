"""How cards are found on a rectified board; :mod:`digitizer.segment` is the way in.

canvas       the sheet at working size: colour, slope, the board's own colour
hue          a colour in any amount of light, the board's above all
grain        bare board by its grain, in any light
light        bare board in sunbeams, shadows, glare
marks        ink: writing and drawn lines
occluders    what stands before the board, and the cells it hides
halves       cards that the edge of a light crosses
strangers    what stands at a card's side, and what is a part of it and no card
printed      papers of the kit: topic cards, and what is no card
zones        cards whose paper differs from the board
rims         sheets with a printed or drawn rim
overlap      stacks, and zones of several cards, taken apart
heaps        zones of one paper that touch
layers       sheets over one another, found from the front to the back
boxes        the best rectangle about a block of writing
faint        what is looked at to find cards of the board's own colour
written      cards of the board's own colour, by their writing and common size
extend       rectangles that writing cut short
choose       which rectangles are cards: sizes, labels, one card found twice
lit          cells of bare board that light makes look like paper
edges        sides to a fraction of a pixel
crop         upright pictures, masks
fingerprint  pictures as bits that stay near each other
"""
