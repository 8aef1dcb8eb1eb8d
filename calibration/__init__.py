"""What is true of a board and of the camera before it. It knows no event, and never what stands on a card.

rig         frames and units; a board's grid, lens and reference, together its calibration
rigfile     a calibration as one text file
plane       the plane of a board from four corners that a person marked
reference   a board's first look, and how a later photo finds it again by what does not change
steady      what of a first look may be relied on
covered     where somebody stood before the board in the first look
features    keypoints of a first look, and the poses that those of another photo suggest
judge       whether a supposed pose is right, and where the board is exactly
patches     squares of a first look, found again in another photo
gone        drawn lines that are no longer there
chart       a board's face as far as it was seen so far
overlap     a photo of a part of a board, placed on its chart
lens        a camera's lens, measured and undone
kit         the printed kit: which marker means what, and where things are on their paper
topic_card  where things are on a topic card of the kit
view        how a board is seen: scale, blur, glare, light, where the camera stands
legible     how much of a card's writing can be read at a scale and blur
advice      what a view is good for, and what to change, in sentences
"""
