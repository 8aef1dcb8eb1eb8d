"""Cards followed through time: which card of a look is which entry, what may be missing, which wording holds."""
