"""A service that measured something, for the tests of reading, serving and exporting."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from api_performance.clock import ManualClock
from api_performance.measure.users import UserHasher
from api_performance.measure.window import Window
from api_performance.model import Endpoint, Instance, LatencyType, MetricPriority, TrafficKind
from api_performance.stores.base import Batch, InstanceState, Lease, Retention, Store
from api_performance.stores.memory import MemoryStore

START: Final = 1_700_000_400.0
"""A round ten minutes."""

HASHER: Final = UserHasher(b"0123456789abcdef")

USERS: Final = Endpoint(
    "GET", "/users/{user_id}", "shop", MetricPriority.HIGH, thresholds=(0.2, 1.0, 2.0, 5.0)
)
CHECKOUT: Final = Endpoint(
    "POST", "/checkout", "shop", MetricPriority.CRITICAL, thresholds=(0.1, 0.5, 1.0, 2.0)
)
CHAT: Final = Endpoint("GET", "/chat", "shop", kind=TrafficKind.WEBSOCKET)
UNUSED: Final = Endpoint("DELETE", "/users/{user_id}", "shop", MetricPriority.LOW)


def a_window(
    start: float,
    seconds: Sequence[float],
    *,
    endpoint: Endpoint = USERS,
    status: int = 200,
    users: Iterable[str] = (),
    in_flight: int = 1,
) -> Window:
    """Requests of one second and status; half of each one's time is the database's."""
    ascending = sorted(seconds)
    window = Window(start)
    window.count_status(status, len(ascending))
    window.class_stats(status).response_time.add(ascending)
    window.class_stats(status).ttfb.add([value / 2 for value in ascending])
    window.count_under(ascending, endpoint.thresholds)
    for part in (LatencyType.DATABASE, LatencyType.PROCESSING):
        window.add_latency(part, [value / 2 for value in ascending])
    window.bytes_in, window.bytes_out = 10 * len(ascending), 100 * len(ascending)
    window.in_flight_peak = in_flight
    window.users.add(HASHER.marks(list(users)))
    return window


def an_instance(pid: int = 1, version: str = "1", environment: str = "test") -> Instance:
    return Instance("shop", version, environment, "host-a", pid, START - 60)


@dataclass
class Service:
    """Processes that flush what they measured into one store; time stands still between flushes."""

    clock: ManualClock = field(default_factory=lambda: ManualClock(START))
    store: Store = field(default_factory=lambda: MemoryStore(Retention()))
    lease: Lease | None = None
    sequences: dict[str, int] = field(default_factory=dict)

    def flush(
        self,
        *windows: tuple[Endpoint, Window],
        instance: Instance | None = None,
        declared: Sequence[Endpoint] = (),
        **state: object,
    ) -> None:
        """One process writes what it measured."""
        instance = instance or an_instance()
        sequence = self.sequences.get(instance.id, 0) + 1
        self.sequences[instance.id] = sequence
        told = {"user_source": "client address", **state}
        now = InstanceState(instance, self.clock.now(), sequence, **told)  # type: ignore[arg-type]  # a test's own fields
        self.store.append(Batch(now, sequence, windows, declared))

    def measure(self, endpoint: Endpoint, seconds: Sequence[float], **what: object) -> None:
        """A process measured requests in the second that ends now, and writes them."""
        instance = what.pop("instance", None)
        window = a_window(self.clock.now() - 1, seconds, endpoint=endpoint, **what)  # type: ignore[arg-type]  # as above
        self.flush((endpoint, window), instance=instance)  # type: ignore[arg-type]  # as above

    def fold(self) -> None:
        """The holder of the lease folds what is old enough."""
        now = self.clock.now()
        if self.lease is None:
            self.lease = self.store.acquire("fold", "a test", now, 1e9)
        assert self.lease is not None
        self.store.fold(now, self.lease)

    def pass_time(self, seconds: float) -> None:
        """Let time pass, and fold."""
        self.clock.advance(seconds)
        self.fold()
