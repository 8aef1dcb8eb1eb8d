"""Cards followed through time: which card of a look is which entry, what may be missing, which wording holds.

places      places carried from one look's grid to another's
views       what a look could see
unseen      what a photo of a part does not show
doubt       when to doubt the photo rather than the board
match       which card is which entry
likeness    how alike a card and an entry are
assignment  who is who, settled for all at once
leftover    entries without a card, cards without an entry
covers      what hangs over what
update      what becomes of an entry
votes       which wording holds, over all looks
"""
