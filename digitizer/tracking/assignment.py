"""Who is who, settled for all at once: the assignment with the highest total score."""

from __future__ import annotations

import numpy as np

from calibration.rig import Floats


def assign(scores: Floats) -> tuple[tuple[int, int], ...]:
    """Pair rows with columns of an NxM matrix so that the sum of scores is highest; pairs that score 0 or less are not made.

    Shortest augmenting paths with potentials (Kuhn 1955; Jonker & Volgenant 1987), O(N^2 (N + M)): 3 ms for 30 by 30.
    """
    wanted = scores > 0
    alone = wanted & (wanted.sum(axis=1, keepdims=True) == 1) & (wanted.sum(axis=0, keepdims=True) == 1)  # nobody else wants either
    rows, columns = (np.flatnonzero(wanted.any(axis=axis) & ~alone.any(axis=axis)) for axis in (1, 0))
    settled = _settled(scores[np.ix_(rows, columns)])
    pairs = [*((int(rows[i]), int(columns[j])) for i, j in settled), *((int(i), int(j)) for i, j in np.argwhere(alone))]
    return tuple(sorted(pairs))


def _settled(scores: Floats) -> list[tuple[int, int]]:
    """The pairs among rivals."""
    rows, columns = scores.shape
    if rows == 0 or columns == 0:
        return []
    nobody = np.zeros((rows, rows))  # each row may stay alone at score 0
    owner = _owners(-np.hstack([np.maximum(scores, 0.0), nobody]))
    pairs = ((int(owner[column]), column) for column in range(columns) if owner[column] >= 0)
    return [(row, column) for row, column in pairs if scores[row, column] > 0]


def _owners(costs: Floats) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """For each column the row that owns it at the lowest total cost, -1 for none; NxM with N <= M."""
    rows, columns = costs.shape
    row_price, column_price = np.zeros(rows), np.zeros(columns + 1)
    owner = np.full(columns + 1, -1, dtype=np.int64)  # the last column is where a search starts
    for row in range(rows):
        owner[columns] = row
        column, came_from = columns, np.full(columns, columns, dtype=np.int64)
        slack, done = np.full(columns, np.inf), np.zeros(columns + 1, dtype=bool)
        while owner[column] != -1:
            done[column] = True
            here = owner[column]
            reduced = costs[here] - row_price[here] - column_price[:columns]
            better = (reduced < slack) & ~done[:columns]
            slack[better], came_from[better] = reduced[better], column
            open_slack = np.where(done[:columns], np.inf, slack)
            nearest = int(np.argmin(open_slack))
            step = open_slack[nearest]
            row_price[owner[done]] += step
            column_price[done] -= step
            slack[~done[:columns]] -= step
            column = nearest
        while column != columns:
            before = int(came_from[column])
            owner[column] = owner[before]
            column = before
    return owner[:columns]
