"""How the files in digitizer/models were made. Nothing here is imported at run time.

Commands first, each run as ``python -m digitizer.training.NAME``; from ``handwriting`` on, what they are made of.

finetune         train the recogniser on drawn lines
blend            a share of the trained weights, the rest of the wheel's
quantise         whole numbers for most of the arithmetic: the files that ship
signs            signs.onnx and letters.onnx
words            words.npz and characters.npz
user_names       user_names.npz
pairs            pairs.npz
slips            slips.json
glyphs           glyphs.json
confidence       confidence.json
decoder_weights  a table, by which the weights of priors were chosen
event_words      a table, by which the weights of an event's words were chosen
roles            a check on the weights in :mod:`digitizer.parse`
prune            the recogniser for Latin alone, which training starts from
unseen           1,200 cards in hands never trained on, for ``boardcast score``
handwriting      made-up handwriting
texts            made-up texts
lines            made-up lines to train on
writers          such lines by more writers than there are faces, for a second run
cards            made-up cards
boxes            boxes of topic cards to train on
handles          made-up handles with many signs that are taken for each other
letters          letters of those handles
judged           cards with known words -> evidence, and what was read right
logistic         logistic regression, and how good probabilities are
network          the recogniser as a differentiable function
pointwise        its pairs of 1x1 convolutions
rounding         single precision -> whole numbers
"""
