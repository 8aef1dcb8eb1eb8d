"""The cores of the machine: work that may be done side by side, and how many threads do it; and the one heap that threads share.

Threads share Python's one lock, but OpenCV, onnxruntime and numpy on large arrays let go of it, and most of a photo's time goes there.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import cv2

MOST = 2
"""Cores of the smallest machine it is meant for; more would only take them from the web server beside it."""

M_ARENA_MAX = -8
"""The number by which glibc's malloc.h names the greatest number of heaps."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def available() -> int:
    """How many cores this process may use, ``MOST`` at most."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(MOST, allowed)


def each(work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """``work`` of every item, a core each, in the order of the items. Raises what the first item that fails raises."""
    if len(items) < 2 or available() < 2:
        return [work(item) for item in items]
    with ThreadPoolExecutor(available()) as pool:
        return list(pool.map(work, items))


@contextmanager
def beside() -> Iterator[Executor]:
    """A thread beside the one that asks; what is handed to it is done in order, and all of it before the block is left."""
    with ThreadPoolExecutor(1) as thread:
        yield thread


def one_thread_a_call() -> None:
    """Have OpenCV compute in the thread that calls it.

    Its own threads wait for work spinning, which costs a fifth of a photo's processor time, and the cores have work from stages that run
    side by side.
    """
    cv2.setNumThreads(1)


def one_heap() -> None:
    """Have threads that start from now on share the first one's heap, where the C library is glibc.

    It would give each a heap of its own and keep there what it let go: 160 MB of a photo's peak. Large arrays are rarely asked for at the
    same moment, so that sharing costs no time.
    """
    mallopt = _of_glibc("mallopt")
    if mallopt:
        mallopt(M_ARENA_MAX, 1)


def give_back() -> None:
    """Give the system the memory that was let go, where the C library is glibc (malloc_trim(3)): it would keep it for the next photo.

    A worker holds 100 MB less between two photos so, and the next photo peaks as much lower, as nothing lies between its large arrays.
    """
    trim = _of_glibc("malloc_trim")
    if trim:
        trim(0)


def _of_glibc(name: str) -> Any:  # noqa: ANN401  ctypes has no types for functions
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
