"""The server and its worker: the one is started again when it falls, and ends with the other."""

import logging
import resource
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from flask import Flask
from made_up import config, event

from digitizer.errors import ConfigError, StoreError
from webapp import server

WAIT = "from webapp.server import end_with_stdin; import threading; end_with_stdin(); print('up', flush=True); threading.Event().wait()"


class Worker:
    """Stands where the worker's process stands; ends when told to."""

    def __init__(self):
        self.ended = threading.Event()
        self.terminated = False

    def wait(self, timeout=None):
        """Wait for its end, as ``Popen`` does."""
        if not self.ended.wait(timeout):
            raise subprocess.TimeoutExpired("worker", timeout)
        return 1

    def terminate(self):
        """End it."""
        self.terminated = True
        self.ended.set()


@pytest.fixture
def workers(monkeypatch):
    """The workers that were started, in their order; a new one each time."""
    started, more = [], threading.Semaphore(0)

    def start(_keeper):
        started.append(Worker())
        more.release()
        return started[-1]

    monkeypatch.setattr(server._Keeper, "_start", start)
    monkeypatch.setattr(server, "RESTART_S", 0.01)
    return started, more


def test_a_hall_of_idle_connections_keeps_nobody_out():
    """Each browser keeps some open; at the hundredth the server took no more, and stood idle while 300 phones waited."""
    app = Flask("plain")
    app.add_url_rule("/", view_func=lambda: "here")
    serving = server._listening(app, ("127.0.0.1", 0), 2, None)
    threading.Thread(target=serving.run, daemon=True).start()
    with ExitStack() as hall:
        for _ in range(150):
            hall.enter_context(socket.create_connection(("127.0.0.1", serving.effective_port), 10))
        with socket.create_connection(("127.0.0.1", serving.effective_port), 10) as late:
            late.sendall(b"GET / HTTP/1.0\r\n\r\n")
            assert late.recv(4096).startswith(b"HTTP/1.0 200")
    assert not logging.getLogger("waitress.queue").isEnabledFor(logging.WARNING)
    serving.task_dispatcher.shutdown(timeout=1)


@pytest.mark.parametrize(
    ("soft", "hard", "taken"), [(1024, 4096, 2000), (1024, 1500, 1300), (resource.RLIM_INFINITY, resource.RLIM_INFINITY, 2000)]
)
def test_connections_are_as_many_as_the_system_lets_files_be_open(soft, hard, taken, monkeypatch):
    """One more would end the server's loop in "too many open files"."""
    asked = []
    monkeypatch.setattr(server.resource, "getrlimit", lambda _: (soft, hard))
    monkeypatch.setattr(server.resource, "setrlimit", lambda _, limits: asked.append(limits))
    assert server._connections() == taken
    assert all(wanted <= hard for wanted, _ in asked)


def test_a_worker_that_falls_is_started_again(workers, tmp_path):
    """And the last one is ended with the server."""
    started, more = workers
    with server.worker(config(tmp_path / "board.db"), tmp_path / "event.toml"):
        assert more.acquire(timeout=5)
        started[0].ended.set()
        assert more.acquire(timeout=5)
        assert not started[1].terminated
    assert started[-1].terminated


def test_without_an_event_file_no_worker_is_started(workers, tmp_path):
    """``serve --no-worker``."""
    started, _ = workers
    with server.worker(config(tmp_path / "board.db"), None):
        pass
    assert started == []


def test_an_address_that_is_taken_is_one_message_and_leaves_no_worker(workers, tmp_path):
    """Found when a server was started twice: a traceback, while the second worker was already reading."""
    started, _ = workers
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ConfigError, match=f"Port {port} of 127.0.0.1 cannot be used: Address already in use. .*--port"):
            server.run(config(tmp_path / "board.db"), "127.0.0.1", port, worker_event=tmp_path / "event.toml")
    assert started == []


def test_a_name_that_is_no_address_is_one_message(workers, tmp_path):
    """A typing mistake in --host."""
    with pytest.raises(ConfigError, match=r'no address "no\.host\.invalid"'):
        server.run(config(tmp_path / "board.db"), "no.host.invalid", 8119, worker_event=None)


def test_an_address_of_another_machine_is_not_blamed_on_the_port(workers, tmp_path):
    """The laptop has another one in the venue's network: no other port helps."""
    with pytest.raises(ConfigError, match=r"^This machine does not have the address 192\.0\.2\.9.*0\.0\.0\.0 stands for all"):
        server.run(config(tmp_path / "board.db"), "192.0.2.9", 8119, worker_event=None)


def test_an_event_that_is_over_is_noticed(caplog):
    """Found in use: the date of the example was left as it was, and all of the day went under another."""
    server.remind(event(), datetime(2024, 5, 18, 20, tzinfo=UTC))
    assert caplog.messages == []
    server.remind(event(), datetime(2024, 5, 20, tzinfo=UTC))
    assert caplog.messages == [
        'All boards are of days that are past, the last one of 2024-05-18. For another day write its "date" into event.toml.'
    ]


@pytest.mark.parametrize(
    ("host", "proxied", "told", "alone"),
    [
        ("0.0.0.0", False, "at http://10.0.0.5:8000/, and organizers log in at http://10.0.0.5:8000/review/", False),
        ("127.0.0.1", False, "at http://127.0.0.1:8000/", True),
        ("127.0.0.1", True, "at http://127.0.0.1:8000/", False),
        ("fd00::5", False, "at http://[fd00::5]:8000/", False),
    ],
)
def test_a_server_tells_the_address_that_a_phone_can_take(host, proxied, told, alone, monkeypatch, caplog):
    """http://0.0.0.0:8000/ was printed, which nothing can open; and nobody was told why phones do not reach 127.0.0.1."""
    monkeypatch.setattr(server, "_own_address", lambda: "10.0.0.5")
    with caplog.at_level("INFO", "boardcast"):
        server._introduce("PyCon", (host, 8000), is_proxied=proxied)
    assert told in caplog.messages[0]
    assert any("--host 0.0.0.0" in line for line in caplog.messages) is alone


def test_open_pages_are_let_go_before_the_server_waits_for_its_threads():
    """Each held a thread for which waitress waited five seconds, in vain, at every end."""
    said, dispatcher = [], SimpleNamespace(shutdown=lambda **_: said.append("waited") or True)
    server._end_streams_first(dispatcher, SimpleNamespace(stop=lambda: said.append("let go")))
    assert dispatcher.shutdown(timeout=5)
    assert said == ["let go", "waited"]


def test_this_machine_has_an_address():
    """Also without any network."""
    assert socket.inet_aton(server._own_address())


def test_a_database_without_its_folder_is_one_message(workers, tmp_path):
    """As the guide has it, before the folder is made: the queue beside it ended in "Something went wrong inside Boardcast"."""
    started, _ = workers
    with pytest.raises(StoreError, match=r"unable to open database file. There is no folder .*/srv: make it"):
        server.run(config(tmp_path / "srv" / "board.db"), "127.0.0.1", 8119, worker_event=tmp_path / "event.toml")
    assert started == []


@pytest.mark.parametrize("before", ["", "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); "])
def test_a_process_on_a_leash_ends_when_its_parent_is_gone(before):
    """Its end of the pipe closes, as it does when the parent is killed.

    Also where Ctrl+C is ignored, as by all that a script starts in the background: such a worker outlived its server, and went on reading
    with the event file of that day while the next server's worker waited for it.
    """
    with subprocess.Popen(
        [sys.executable, "-c", before + WAIT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            assert process.stdout.readline() == b"up\n"
            process.stdin.close()
            assert process.wait(20) != 0
        finally:
            process.kill()
