"""Who calls, and how long a request waited before us: from headers that trusted proxies set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final

from api_performance.clock import Clock
from api_performance.instrumentation.protocol import Scope

Networks = Sequence[IPv4Network | IPv6Network]

MAX_EDGE_WAIT_SECONDS: Final = 60.0
"""A longer or negative wait is a clock that is off between proxy and us, and counts as none."""

_QUEUE_HEADERS: Final = (b"x-request-start", b"x-queue-start")


UserOf = Callable[[Scope], object]
"""Tells who calls from an ASGI scope: by a name, a number or any other identifier; None: nobody."""


def named_users(
    user_of: UserOf, note_error: Callable[[BaseException], None]
) -> Callable[[Scope], str | None]:
    """Return what names the user by `user_of`; nobody where that fails, and its error is noted."""

    def name_of(scope: Scope) -> str | None:
        try:
            user = user_of(scope)
            return None if user is None else str(user)
        except Exception as error:  # noqa: BLE001  # not ours: the request counts all the same
            note_error(error)
            return None

    return name_of


class Proxies:
    """Believes the headers of trusted proxies, and of nobody else."""

    def __init__(self, networks: Networks, clock: Clock) -> None:
        """Trust peers of these networks."""
        self._networks = networks
        self._clock = clock
        self._is_trusted: Callable[[str], bool] = _remembered(self._is_inside)

    def _is_inside(self, host: str) -> bool:
        try:
            address = ip_address(host)
        except ValueError:
            return False
        return any(address in network for network in self._networks)

    def _from_proxy(self, scope: Scope) -> str | None:
        client = scope.get("client")
        return client[0] if client and self._is_trusted(client[0]) else None

    def user_of(self, scope: Scope) -> str | None:
        """Return the client's address: the last one of X-Forwarded-For that is no trusted proxy."""
        peer = self._from_proxy(scope)
        if peer is None:
            client = scope.get("client")
            return client[0] if client else None
        forwarded = _header(scope, b"x-forwarded-for")
        for part in reversed(forwarded.split(",")):
            address = part.strip()
            if address and not self._is_trusted(address):
                return address
        return peer

    def edge_wait_of(self, scope: Scope, started: float) -> float:
        """Return the seconds between the proxy's X-Request-Start and `started`, or 0."""
        if self._from_proxy(scope) is None and not _is_named_by_server(scope):
            return 0.0
        for name in _QUEUE_HEADERS:
            if sent_at := parse_instant(_header(scope, name)):
                now = self._clock.now() - (self._clock.perf() - started)
                wait = now - sent_at
                return wait if 0 < wait <= MAX_EDGE_WAIT_SECONDS else 0.0
        return 0.0


def parse_instant(text: str) -> float | None:
    """Read `t=1700000000.123`, in seconds, milli-, micro- or nanoseconds since 1970; else None."""
    try:
        value = float(text.strip().removeprefix("t="))
    except ValueError:
        return None
    for unit in (1.0, 1e3, 1e6, 1e9):
        if 1e9 <= value / unit < 1e10:
            return value / unit
    return None


def _is_named_by_server(scope: Scope) -> bool:
    """Tell whether the server itself took the client from the X-Forwarded-For of a proxy it trusts.

    Then the proxy's own address is gone, and the port is 0 (uvicorn, on by default for 127.0.0.1).
    """
    client = scope.get("client")
    return bool(client and client[1] == 0)


def _header(scope: Scope, wanted: bytes) -> str:
    for name, value in scope["headers"]:
        if name == wanted:
            return str(value.decode("latin-1"))
    return ""


def _remembered(decide: Callable[[str], bool], limit: int = 10_000) -> Callable[[str], bool]:
    known: dict[str, bool] = {}

    def answer(host: str) -> bool:
        if host not in known:
            if len(known) >= limit:
                known.clear()
            known[host] = decide(host)
        return known[host]

    return answer
