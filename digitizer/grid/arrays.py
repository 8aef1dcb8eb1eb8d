"""Names for the kinds of arrays that pass between the modules of this package."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Mask: TypeAlias = NDArray[np.bool_]
Indices: TypeAlias = NDArray[np.intp]
Lab: TypeAlias = NDArray[np.float32]
"""HxWx3 CIE L*a*b*: a just noticeable difference is 2.3."""
