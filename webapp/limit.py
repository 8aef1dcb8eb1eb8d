"""A bound on tries, kept in memory: one server process is all that Boardcast runs."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from time import monotonic

HOME_BITS = 64
"""Of an IPv6 address: the network that one subscriber is given, within which a device takes as many addresses as it likes (RFC 6177)."""


def address_of(remote: str | None) -> str:
    """Whose tries are counted together, by the address they come from: an IPv4 address, or a network of IPv6."""
    try:
        address = ip_address((remote or "").partition("%")[0])
    except ValueError:
        return remote or "?"
    if address.version == 4:
        return str(address)
    return str(address.ipv4_mapped or ip_network((address, HOME_BITS), strict=False))


@dataclass(frozen=True)
class LimitSettings:
    """``tries`` in ``window_s`` seconds an address: a person who mistypes a password needs 3; 10 a quarter of an hour are 350,000 a year.

    ``addresses``: how many are remembered, so that a flood from many addresses does not fill the memory.
    """

    tries: int = 10
    window_s: float = 900.0
    addresses: int = 10_000


class Limiter:
    """Counts tries that are to be bounded (logins that failed, titles that were typed) by address, and tells when to refuse."""

    def __init__(self, settings: LimitSettings = LimitSettings(), clock: Callable[[], float] = monotonic) -> None:
        """``clock`` gives seconds that only rise."""
        self._settings, self._clock = settings, clock
        self._tries: OrderedDict[str, list[float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait_s(self, address: str) -> float:
        """Seconds until that address may try again; 0 where it may now."""
        with self._lock:
            recent = self._recent(address)
            if len(recent) < self._settings.tries:
                return 0.0
            return recent[0] + self._settings.window_s - self._clock()

    def take(self, address: str) -> float:
        """Count a try where it may be made; else seconds until it may. Of tries that come at once no more get through than one by one."""
        with self._lock:
            recent = self._recent(address)
            if len(recent) >= self._settings.tries:
                return recent[0] + self._settings.window_s - self._clock()
            self._keep(address, recent)
            return 0.0

    def count(self, address: str) -> None:
        """Count a try."""
        with self._lock:
            self._keep(address, self._recent(address))

    def forget(self, address: str) -> None:
        """Forget the tries of an address that got it right."""
        with self._lock:
            self._tries.pop(address, None)

    def _keep(self, address: str, recent: list[float]) -> None:
        self._tries[address] = [*recent, self._clock()]
        self._tries.move_to_end(address)
        while len(self._tries) > self._settings.addresses:
            self._tries.popitem(last=False)

    def _recent(self, address: str) -> list[float]:
        since = self._clock() - self._settings.window_s
        return [at for at in self._tries.get(address, ()) if at > since]
