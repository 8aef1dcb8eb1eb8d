"""Messages between this process and a child: a small JSON text, and one sealed block of shared memory with the bytes.

Bytes travel as a memfd over a Unix socket (``SCM_RIGHTS``), so that 36 MB of pixels cross without being copied. The sender
seals its block: a child that goes wrong afterwards can neither shrink nor change what the receiver has mapped.
"""

from __future__ import annotations

import errno
import fcntl
import json
import mmap
import os
import socket
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

MESSAGE_BYTES = 65536
"""Longest JSON text of a message; bytes beside it travel as shared memory."""

SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE


SEAL_TRIES = 7
FIRST_WAIT_S = 0.01
"""A block whose pages the kernel moves about at that moment (short of memory, many processes) can't be sealed against writing: ``EBUSY``,
see fcntl(2) and memfd_wait_for_pins in mm/memfd.c. Each wait is twice the last, 0.6 s in all, beside what the kernel itself waits."""


class ChannelError(Exception):
    """The other side is gone, or said something that is no message."""


class Busy(Exception):
    """A block could not be sealed now; nothing is wrong with what is in it."""


def send(channel: socket.socket, message: Mapping[str, Any], parts: Iterable[bytes | memoryview] | None = None) -> None:
    """Send a message, with the bytes of ``parts`` one after the other as shared memory where given. Raises ``Busy``: send it again."""
    text = json.dumps(message).encode()
    if parts is None:
        socket.send_fds(channel, [text], [])
        return
    block = os.memfd_create("boardcast", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        _write_all(block, parts)
        _seal(block)
        socket.send_fds(channel, [text], [block])
    finally:
        os.close(block)


def receive(channel: socket.socket) -> tuple[dict[str, Any], mmap.mmap | None]:
    """Receive a message and its read-only block, if it has one. Raises ``ChannelError``; ``TimeoutError`` as the socket is set."""
    try:
        text, descriptors, _flags, _address = socket.recv_fds(channel, MESSAGE_BYTES, 1)
    except ConnectionError as error:
        raise ChannelError(str(error)) from error
    try:
        block = _map(descriptors[0]) if descriptors else None
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
    if not text:
        raise ChannelError("the other side has closed")
    return _parse(text), block


def _seal(block: int) -> None:
    """Seal a block for good. Raises ``Busy`` where the kernel does not let go of its pages."""
    for attempt in range(SEAL_TRIES):
        try:
            fcntl.fcntl(block, fcntl.F_ADD_SEALS, SEALS)
            return
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
            time.sleep(FIRST_WAIT_S * 2**attempt)
    raise Busy(f"the kernel held on to a block of {os.fstat(block).st_size} bytes")


def _write_all(block: int, parts: Iterable[bytes | memoryview]) -> None:
    """Write each part while the next is made; no more than two are there at a time."""
    with ThreadPoolExecutor(1) as writer:
        writing: Future[None] | None = None
        for part in parts:
            if writing:
                writing.result()
            writing = writer.submit(_write, block, part)
        if writing:
            writing.result()


def _write(block: int, part: bytes | memoryview) -> None:
    rest = memoryview(part)
    while rest:
        rest = rest[os.write(block, rest) :]


def _map(descriptor: int) -> mmap.mmap | None:
    if fcntl.fcntl(descriptor, fcntl.F_GET_SEALS) & SEALS != SEALS:
        raise ChannelError("its block of memory is not sealed")
    size = os.fstat(descriptor).st_size
    # A private mapping: kernels before 6.7 refuse a shared one of a block that is sealed against writing.
    return mmap.mmap(descriptor, size, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ) if size else None


def _parse(text: bytes) -> dict[str, Any]:
    try:
        message = json.loads(text)
    except ValueError as error:
        raise ChannelError(f"{text[:80]!r} is no message") from error
    if not isinstance(message, dict):
        raise ChannelError(f"{text[:80]!r} is no message")
    return message
