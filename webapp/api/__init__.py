"""For programs: photos come in by a token, and tell how they fare."""

from webapp.api.photos import blueprint

__all__ = ["blueprint"]
