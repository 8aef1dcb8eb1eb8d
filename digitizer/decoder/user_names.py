"""How likely names are as those that people give themselves: n-grams of the signs of user names, whatever they are made of.

Parts of handles (``handle_words``) know ``ana`` and ``codes`` and what is set together of such; of ``wooorm`` or ``tj`` they know nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitizer.characters import CharacterModel, load_characters
from digitizer.shipped import MODELS

USER_NAMES = MODELS / "user_names.npz"
"""Written by ``python -m digitizer.training.user_names``."""

USER_FIELDS = [
    ("user_gram", np.uint16),  # the name so far in the model of user names
    ("user_log", np.float64),  # log probability there that a name begins so
]
"""What must be remembered of one name."""

Names = np.ndarray
"""An array of records that hold :data:`USER_FIELDS`, among others perhaps."""


@dataclass(frozen=True, eq=False)
class UserNames:
    """The ``characters`` of user names, and the ``columns`` in them of an alphabet's signs; the model knows small letters."""

    characters: CharacterModel
    columns: NDArray[np.intp]

    def start(self, names: Names) -> None:
        """Make names empty."""
        names["user_gram"], names["user_log"] = self.characters.start, 0.0

    def grow(self, names: Names, chosen: NDArray[np.intp]) -> None:
        """Add to each of N names one sign, told by its index."""
        names["user_gram"], probabilities = self.characters.advance(names["user_gram"], self.columns[chosen])
        names["user_log"] += np.log(probabilities)

    def ends(self, names: Names) -> NDArray[np.float64]:
        """Log probabilities that names are what they are so far."""
        return np.asarray(names["user_log"] + np.log(self.characters.ends(names["user_gram"])))


@lru_cache(maxsize=2)
def load_user_names(alphabet: tuple[str, ...], path: Path = USER_NAMES) -> UserNames:
    """The model that comes with the package, for one alphabet; read once a process."""
    characters = load_characters(path)
    return UserNames(characters, characters.columns_of(sign.lower() for sign in alphabet))
