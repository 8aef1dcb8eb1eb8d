"""The printed kit: an event -> pages of shapes at true scale -> a PDF, or pictures. What the shapes mean is in ``calibration.kit``.

order         what an organizer asks of the kit
make          an event -> the pages of its kit
instructions  the first page: how to print, cut and hang
board_pages   corner tiles and header strips
card_pages    topic cards and signs
target_page   the page by which a lens is measured
shapes        what pages are made of
typeface      the fonts
pdf           pages as a PDF
raster        pages as pictures
cli           the command ``boardcast kit``
"""
