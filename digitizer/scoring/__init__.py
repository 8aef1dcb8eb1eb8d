"""What scoring is made of: folders of truths, stock engines for comparison, tables. The measures are in :mod:`digitizer.score`.

cases        a folder of truths -> cases
run          cases through Boardcast and through stock engines
stock        stock engines, given perfect crops
transcribed  measures for photos of real boards
cardset      cards as separate pictures
table        a score as a table and as JSON
"""
