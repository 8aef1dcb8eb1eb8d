"""For programs: photos come in by a token, and tell how they fare."""

from webapp.api.photos import blueprint, has_token

__all__ = ["blueprint", "has_token"]
