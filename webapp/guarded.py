"""What strangers may make the server hold: bodies of requests, which are told by their headers before a byte is kept, and connections.

waitress keeps the whole body of a request, up to a gigabyte, before the site is asked anything about it. Here a body beyond what its
sender may send is let through and dropped as it comes: the site then answers as it would, with what is wrong in words. An answer that
came earlier would reach no browser, which sends to the end before it reads; a program that asks first (``Expect: 100-continue``, as
curl does) is answered at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser

from webapp.limit import address_of

Allowed = Callable[[str, str, Mapping[str, str]], int]
"""Method, path and headers of a request (named as in ``environ``, without HTTP_) to the bytes of its body that may be kept."""


def guard(serving: Any, allowed: Allowed, connections: int) -> None:  # noqa: ANN401  waitress has no types
    """Bound what a server of waitress holds that does not run yet: bodies by ``allowed``, connections to that many."""

    class Parser(_Parser):
        most = staticmethod(allowed)

    class Channel(_Channel):
        parser_class = Parser
        places = connections

    for listener in [serving, *getattr(serving, "map", {}).values()]:  # a name with several addresses has a listener for each
        listener.channel_class = Channel


class _Parser(HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
    """A request on its way in."""

    most: Allowed
    expect_continue: bool
    completed: bool
    _bound: int | None = None

    def received(self, data: bytes) -> int:
        """Take bytes of the request, and tell how many: the header first, then the body, which is kept up to its bound."""
        taken: int = super().received(data)
        if self._bound is None and self.body_rcv is not None and not self.completed:
            self._bound = self.most(self.command, self.path, self.headers)
            if self.content_length > self._bound:
                self._drop()
        elif self.chunked and self._bound is not None and self.body_bytes_received > self._bound and not self.error:
            self.headers["CONTENT_LENGTH"] = str(self.body_bytes_received)  # of a body in chunks nobody knows how much is to come
            self.close()
            self._drop()
        return taken

    def _drop(self) -> None:
        """Keep nothing of the body; wait for its end only where it is known and sent unasked."""
        self.body_rcv = _Dropped(self.content_length)
        if self.expect_continue or self.chunked:
            self.expect_continue, self.completed = False, True
            self.headers["CONNECTION"] = "close"  # more may be sent all the same


class _Dropped:
    """A body of which nothing is kept, in the place of those of ``waitress.receiver``."""

    error = None

    def __init__(self, length: int) -> None:
        self._left = length

    @property
    def completed(self) -> bool:
        """Whether all of it has come."""
        return self._left == 0

    def received(self, data: bytes) -> int:
        """Count bytes, and tell how many were of this body."""
        taken = min(len(data), self._left)
        self._left -= taken
        return taken

    def getfile(self) -> BytesIO:
        """What the site reads: nothing."""
        return BytesIO()

    getbuf = getfile


class _Channel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    """A connection. Where all places are taken a new one takes that of whoever holds most of them."""

    places: int

    def __init__(self, server: Any, sock: Any, addr: Any, adj: Any, map: dict[int, Any]) -> None:  # noqa: A002, ANN401  as waitress calls it
        if len(map) >= self.places:
            _make_room([held for held in map.values() if isinstance(held, _Channel)])
        self.holder = address_of(addr[0])
        super().__init__(server, sock, addr, adj, map=map)


def _make_room(held: list[_Channel]) -> None:
    """Close one connection of the address that holds most, rather one that waits for nothing, and the longest silent.

    Hundreds of phones behind one address keep theirs: what is closed is of those that are done, and a browser opens another unseen.
    """
    holds = Counter(channel.holder for channel in held)
    greediest = max(holds, key=holds.__getitem__)
    own = (channel for channel in held if channel.holder == greediest)
    min(own, key=lambda channel: (bool(channel.requests), channel.last_activity)).handle_close()
