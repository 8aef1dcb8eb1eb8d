"""Work side by side: in order, with its errors, and no more threads than cores."""

from __future__ import annotations

import ctypes
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from digitizer import cores


def test_results_come_in_the_order_of_the_items():
    """Who is done first does not matter."""
    first_may_end = threading.Event()

    def work(item):
        if item == 0:
            assert first_may_end.wait(5)
        else:
            first_may_end.set()
        return 10 * item

    assert cores.MOST > 1
    if cores.available() < 2:
        first_may_end.set()
    assert cores.each(work, range(5)) == [0, 10, 20, 30, 40]


@pytest.mark.parametrize("allowed", [1, 2])
def test_the_error_of_the_first_item_that_fails_is_raised(monkeypatch, allowed):
    """With one core and with two."""
    monkeypatch.setattr(cores, "available", lambda: allowed)

    def work(item):
        if item:
            raise ValueError(item)
        return item

    with pytest.raises(ValueError, match="1"):
        cores.each(work, [0, 1, 2])


def test_one_core_works_in_the_thread_that_asks(monkeypatch):
    """Where there is nobody to share with, no thread is started."""
    monkeypatch.setattr(cores, "available", lambda: 1)
    assert set(cores.each(lambda _: threading.get_ident(), range(3))) == {threading.get_ident()}


def test_no_more_threads_work_than_there_are_cores():
    """However many items there are."""
    assert len(set(cores.each(lambda _: threading.get_ident(), range(50)))) <= cores.available()


def test_what_is_done_beside_is_done_when_the_block_is_left():
    """In the order in which it was asked for."""
    done = []
    with cores.beside() as other:
        for item in range(3):
            other.submit(done.append, item)
    assert done == [0, 1, 2]


def test_the_process_is_set_up_for_it_twice_without_harm():
    """OpenCV computes in the thread that calls it; the heap is shared where the C library can."""
    for _ in range(2):
        cores.one_thread_a_call()
        cores.one_heap()
        cores.give_back()
    assert cv2.getNumThreads() == 1


def test_memory_that_was_let_go_is_given_back_though_some_above_it_is_held():
    """64 MB of small pieces, all let go but the last: the heap cannot shrink from its end, and is emptied all the same."""
    pieces = [np.ones(65536, np.uint8) for _ in range(1024)]
    held = pieces[-1]
    full = _resident_mb()
    del pieces
    cores.give_back()
    promised_mb = 48 if hasattr(ctypes.CDLL(None), "malloc_trim") else 0  # other C libraries give back as they like
    assert full - _resident_mb() >= promised_mb
    assert held.all()


def _resident_mb():
    told = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in told.splitlines() if line.startswith("VmRSS:")).split()[1]) / 1024
