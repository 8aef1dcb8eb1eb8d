"""The queue only wakes a worker; what is to be done stands in the inbox."""

import logging
import sqlite3
import threading

import pytest
from kept import fresh_store, ingest, receive
from made_up import config
from sqlalchemy.exc import OperationalError

from digitizer.errors import ConfigError, StoreError
from webapp.jobs import Queue, _OneLine, only_worker
from webapp.values import PhotoState


@pytest.fixture
def settings(tmp_path):
    return config(tmp_path / "board.db")


def run_worker(queue, drain):
    """A worker in a thread, where no signals can be handled; returns what stops it."""
    consumer = queue.consumer(drain)
    consumer.start()
    return lambda: consumer.stop(graceful=True)


def test_a_ring_wakes_the_worker(settings, tmp_path):
    """From another process's queue on the same file."""
    store, rung = fresh_store(tmp_path), threading.Event()
    reader = ingest(store, [])

    def drain():
        if reader.drain():
            rung.set()

    stop = run_worker(Queue(settings), drain)
    receive(store, 0)
    Queue(settings).wake()
    try:
        assert rung.wait(10)
        assert store.pending() == ()
    finally:
        stop()


def test_a_worker_that_starts_takes_up_what_waits(settings, tmp_path):
    """Nobody rang."""
    store = fresh_store(tmp_path)
    receive(store, 0)
    receive(store, 1)
    reader = ingest(store, [], [])
    run_worker(Queue(settings), reader.drain)()
    assert store.pending() == ()


def test_a_worker_that_is_told_to_end_reads_the_photo_at_hand_and_no_more(settings, tmp_path):
    """Found by killing a server: its worker read all that waited, with the old event, while the next server's worker waited for it."""
    store = fresh_store(tmp_path)
    reader, stopped = ingest(store, [], []), threading.Event()
    consumer = Queue(settings).consumer(reader.drain, reader.ending.set)

    def stop():
        consumer.stop(graceful=True)
        stopped.set()

    def end():
        threading.Thread(target=stop).start()
        assert reader.ending.wait(10)

    reader.digitize.meanwhile = end
    first, second = receive(store, 0), receive(store, 1)
    consumer.start()
    Queue(settings).wake()
    assert stopped.wait(10)
    assert store.pending() == (second,)
    assert store.photo(first).state is PhotoState.READ


def test_a_worker_goes_on_after_the_database_was_out_of_order(settings, tmp_path):
    """The photos wait for the next bell."""
    store, read, tries = fresh_store(tmp_path), threading.Event(), iter(range(9))
    reader = ingest(store, [])

    def drain():
        if next(tries) < 2:
            raise OperationalError("BEGIN IMMEDIATE", {}, Exception("database is locked"))
        reader.drain()
        read.set()

    stop = run_worker(Queue(settings), drain)
    receive(store, 0)
    try:
        Queue(settings).wake()
        Queue(settings).wake()
        assert read.wait(10)
        assert store.pending() == ()
    finally:
        stop()


def test_a_bell_that_cannot_be_rung_is_no_fault_of_the_photo(settings, monkeypatch, caplog):
    """It was kept, and who sent it must not be told otherwise."""
    queue = Queue(settings)
    monkeypatch.setattr(queue, "_ring", lambda: 1 / 0)
    queue.wake()
    assert "looks within a minute" in caplog.text


def test_a_queue_on_a_full_disk_is_one_line_a_minute(caplog):
    """Found on a full disk: a traceback twice a second, into a log that may lie on it. What else goes wrong is told in full."""
    now = iter([0.0, 0.0, 0.5, 30.0, 61.0, 61.0])
    quiet, logger = _OneLine(lambda: next(now)), logging.getLogger("huey.consumer.Trial")
    logger.addFilter(quiet)
    for _ in range(4):
        try:
            raise sqlite3.OperationalError("database or disk is full")
        except sqlite3.OperationalError:
            logger.exception("Error reading from queue")
    assert (
        caplog.messages
        == ["The queue cannot be used (database or disk is full). Photos wait, and are read within a minute of its return."] * 2
    )
    assert "Traceback" not in caplog.text
    try:
        raise ValueError("a fault")
    except ValueError:
        logger.exception("Unhandled error during execution of task %s.", 1)
    assert "ValueError: a fault" in caplog.text


def test_a_worker_uses_it(settings):
    """Of both threads that touch the queue."""
    run_worker(Queue(settings), lambda: None)()
    for part in ("Worker", "Scheduler"):
        assert any(isinstance(one, _OneLine) for one in logging.getLogger(f"huey.consumer.{part}").filters)


def test_there_is_one_worker(settings):
    """A second one is told which process the first is; after the first ended it may start."""
    import os

    with only_worker(settings), pytest.raises(StoreError, match=str(os.getpid())), only_worker(settings):
        pass
    with only_worker(settings):
        pass


def test_a_second_worker_may_wait_to_take_over(settings):
    """It starts when the first has ended."""
    took_over = threading.Event()

    def second():
        with only_worker(settings, wait=True):
            took_over.set()

    thread = threading.Thread(target=second)
    with only_worker(settings):
        thread.start()
        assert not took_over.wait(0.2)
    assert took_over.wait(10)
    thread.join()


def test_it_says_that_redis_needs_its_package(settings):
    """At the start, not at the first photo."""
    from dataclasses import replace
    from importlib.util import find_spec

    redis = replace(settings, queue_url="redis://localhost:1/0")
    if find_spec("redis"):
        assert Queue(redis)
    else:
        with pytest.raises(ConfigError, match="redis"):
            Queue(redis)
