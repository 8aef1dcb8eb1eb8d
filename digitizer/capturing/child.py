"""A child process at the other end of a channel: started when first needed, and again after it fell."""

from __future__ import annotations

import mmap
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from typing import Any

from digitizer.capturing import channel
from digitizer.capturing.channel import ChannelError


class ChildFell(Exception):
    """The child ended while it worked; ``signal_name`` tells how, where a signal ended it."""

    def __init__(self, signal_name: str | None) -> None:
        super().__init__(signal_name or "it ended")
        self.signal_name = signal_name


class Child:
    """One long-lived child that answers one question at a time. Safe to share between threads and across a fork."""

    def __init__(self, module: str, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
        """``module`` is run with ``arguments`` and, last, the number of the socket that it serves.

        ``environment`` holds where ours says nothing.
        """
        self._module, self._arguments, self._environment = module, arguments, environment or {}
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._owner = os.getpid()

    def ask(
        self, message: Mapping[str, Any], data: bytes | None = None, timeout_s: float = 30.0
    ) -> tuple[dict[str, Any], mmap.mmap | None]:
        """Ask, and wait for the answer.

        Raises ``TimeoutError`` or ``ChildFell``; the child is then ended, and the next call starts another. Raises ``channel.Busy`` where
        the data could not be handed over now.
        """
        with self._lock:
            link = self._link()
            link.settimeout(timeout_s)
            try:
                channel.send(link, message, None if data is None else [data])
                return channel.receive(link)
            except TimeoutError:
                self._end()
                raise
            except (ChannelError, OSError) as error:
                raise ChildFell(self._end()) from error

    def stop(self) -> None:
        """End the child, if one runs."""
        with self._lock:
            self._end()

    def _link(self) -> socket.socket:
        if self._owner != os.getpid():  # a forked copy of this process must not talk into its parent's socket
            self._owner, self._process, self._socket = os.getpid(), None, None
        if self._socket is None or self._process is None or self._process.poll() is not None:
            self._end()
            self._start()
        assert self._socket is not None
        return self._socket

    def _start(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, "-P", "-m", self._module, *self._arguments, str(theirs.fileno())]
            # Decoders and drivers write their own notes to stderr, line upon line; what matters comes back as an answer.
            noise = None if os.environ.get("BOARDCAST_DEBUG") == "1" else subprocess.DEVNULL
            self._process = subprocess.Popen(
                command,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stderr=noise,
                start_new_session=True,
                env={**self._environment, **os.environ},
            )
        self._socket = ours

    def _end(self) -> str | None:
        """Kill and bury the child; the name of the signal that had ended it before."""
        process, link = self._process, self._socket
        self._process = self._socket = None
        if link is not None:
            link.close()
        if process is None:
            return None
        try:  # a child that fell is about to be reaped: its own signal says more than ours
            process.wait(0.5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return None
        return signal.Signals(-process.returncode).name if process.returncode < 0 else None
