"""The contract of every store: batches applied once, windows folded, a lease, keys, events.

Theory of operation. Each measuring process appends one *batch* a second: its windows of one
second. The holder of the lease *folds* batches: it adds their windows, merged over processes, to
the windows of every coarser resolution and to the cumulative totals of the host, in one transaction
that also marks the batches as folded. Adding is all that ever happens, so a late batch needs no
special case, and what is read is always: folded windows + batches not folded yet, from one
consistent view. Every call is synchronous, may block on I/O and raises StoreUnavailable when the
store does not answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from api_performance.errors import LeaseLost
from api_performance.measure.window import Window
from api_performance.model import Endpoint, Instance, Judged, Operation, Pauses

FOLD_LEASE: Final = "fold"
"""The name of the lease whose holder folds, for all processes of a store."""

FINEST: Final = 1
"""The resolution of a batch's windows in seconds."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How long each resolution is kept: seconds of resolution -> seconds of age."""

    by_resolution: Mapping[int, float] = field(
        default_factory=lambda: {1: 600.0, 10: 86_400.0, 60: 14 * 86_400.0, 3600: 400 * 86_400.0}
    )
    max_store_bytes: int = 1 << 30

    @property
    def folded(self) -> tuple[int, ...]:
        """The resolutions that folding fills, finest first (all but the batches' own)."""
        return tuple(sorted(step for step in self.by_resolution if step != FINEST))


@dataclass(frozen=True, slots=True)
class InstanceState:
    """What a process last said of itself: its health line, on which its own losses are counted."""

    instance: Instance
    seen_at: float
    sequence: int
    in_flight: int = 0
    open_connections: int = 0
    dropped_requests: int = 0
    dropped_batches: int = 0
    dropped_windows: int = 0
    requests_in_dropped_windows: int = 0
    requests_without_calls: int = 0
    buffered_batches: int = 0
    longest_stretch_seconds: float = 0.0
    cpu_seconds: float = 0.0
    resident_bytes: int = 0
    last_error: str = ""
    user_source: str = ""
    not_followed: tuple[str, ...] = ()
    judged: Judged | None = None
    release: str = ""
    """The release of api-performance that measures there; empty where it does not say."""
    process_cpu_seconds: float = 0.0
    """CPU time of the whole process, the app's threads included; `cpu_seconds` is our own part."""
    pauses: Pauses | None = None
    """What held its event loops up; None where nobody looks."""
    recent: tuple[bytes, ...] = ()
    """Some of its newest requests, to be read by measure.recent, at most 14 kB."""
    has_ended: bool = False
    """It stops by its own will: the last that it says."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one process measured since its last flush. (instance, sequence) is applied once."""

    state: InstanceState
    sequence: int
    windows: Sequence[tuple[Endpoint, Window]]
    declared: Sequence[Endpoint] = ()
    """Endpoints made known or changed since the last batch, called or not."""
    operations: Sequence[Operation] = ()
    """Operations that the windows name and this process has not made known before."""


@dataclass(frozen=True, slots=True)
class Query:
    """Which windows to read: [start, end) in Unix seconds UTC at a resolution, for some endpoints.

    `endpoint_ids` None means all. `services`, `versions`, `environments` and `instances`, when not
    empty, keep only what came from there; instances are told apart only in batches (the last
    minutes), since folding merges them. Without `with_latency` the sketches per latency type may be
    left out, which saves a third of the reading; operations and exemplars come `with_operations`.
    """

    start: float
    end: float
    resolution: int
    endpoint_ids: frozenset[str] | None = None
    services: frozenset[str] = frozenset()
    versions: frozenset[str] = frozenset()
    environments: frozenset[str] = frozenset()
    instances: frozenset[str] = frozenset()
    with_latency: bool = True
    with_operations: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: deploy, transition, configuration change. Append-only.

    `details` are for programs, as JSON; empty where there is no more to say.
    """

    at: float
    kind: str
    subject: str
    author: str
    reason: str
    id: int = 0
    details: str = ""


@dataclass(frozen=True, slots=True)
class Lease:
    """Who may judge and fold until `expires_at`. `fencing` grows with every new holder."""

    name: str
    holder: str
    fencing: int
    expires_at: float

    def check(self, known: Lease | None) -> None:
        """LeaseLost if `known`, the lease as it was last taken, has a higher fencing number."""
        if known is not None and known.fencing > self.fencing:
            raise LeaseLost(
                f"{known.holder} holds the lease {self.name} with fencing {known.fencing},"
                f" past {self.fencing}: nothing was written. Acquire it anew."
            )


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """The store's own health: kind, size, what was dropped for room, and what is the matter.

    Connections are those of this process to a server, and None of a store that has no pool.
    """

    kind: str
    location: str
    size_bytes: int
    max_bytes: int
    unfolded_batches: int
    oldest_at: float | None
    newest_at: float | None
    dropped_for_size: int = 0
    problem: str = ""
    remedy: str = ""
    connections_in_use: int | None = None
    max_connections: int | None = None


Pace = Callable[[], None]
"""Called between small pieces of work, so that a background thread can yield the interpreter."""


def no_pace() -> None:
    """Do not yield: for processes that serve nobody else."""


class Store(Protocol):
    """The contract. Implementations are safe to call from several threads."""

    def append(self, batch: Batch, *, pace: Pace = no_pace) -> bool:
        """Keep a batch; False if this (instance, sequence) was there already, and nothing changed.

        A batch that comes later than the retention of FINEST after a later one of its instance
        cannot be told from one that was there, and is refused in the same way.
        """
        ...

    def fold(self, now: float, lease: Lease, *, pace: Pace = no_pace, grace: float = 2.0) -> int:
        """Fold batches whose windows ended `grace` seconds before `now`; return how many.

        LeaseLost if a higher fencing number was seen: then nothing was written.
        """
        ...

    def compact(self, now: float, lease: Lease, *, pace: Pace = no_pace) -> None:
        """Pack old windows in compressed chunks, apply retention and the size bound. LeaseLost."""
        ...

    def windows(self, query: Query, *, pace: Pace = no_pace) -> Iterator[tuple[Endpoint, Window]]:
        """Yield windows at the query's resolution, folded and not folded, in no set order.

        One endpoint and slice may come in several parts, to be merged; a part of a finer slice has
        its start rounded down to the resolution, and belongs to the range if that does. Finer than
        a minute there are no operations and no sketches per latency type, only their sums, and the
        users of folded slices are those of the minute. Exemplars are in batches, and in slices of
        an hour or more. At FINEST only batches
        answer. The windows are the store's own: merge them into yours, never change them.
        """
        ...

    def totals(self, host: str | None = None) -> Iterator[tuple[Endpoint, Window]]:
        """Yield one cumulative window per endpoint since the store began, of one host or of all.

        They never fall while the store lives: processes come and go, their counts stay.
        """
        ...

    def endpoints(self) -> list[Endpoint]:
        """Return every known endpoint, called or only declared."""
        ...

    def operations(self) -> Mapping[str, Operation]:
        """Return by id every operation that batches made known."""
        ...

    def last_called(self) -> Mapping[str, float]:
        """Return for each endpoint id that was ever called the start of its newest window."""
        ...

    def instances(self, since: float) -> list[InstanceState]:
        """Return the processes that reported at `since` (Unix seconds UTC) or later."""
        ...

    def revision(self) -> int:
        """Return a number that changes whenever a batch was applied; cheap, for polling."""
        ...

    def acquire(self, name: str, holder: str, now: float, seconds: float) -> Lease | None:
        """Take or renew a lease for `seconds`; None while another holds it.

        `now` is the caller's clock. A store of several hosts, whose clocks differ, goes by its own;
        the lease that it returns is told in the caller's.
        """
        ...

    def lease(self, name: str) -> Lease | None:
        """Return a lease as it was last taken, also one that is over; None before the first."""
        ...

    def release(self, lease: Lease) -> None:
        """Give a lease back; nothing happens if it is no longer ours."""
        ...

    def key(self, name: str, make: Callable[[], bytes]) -> bytes:
        """Return the installation's key of that name, inserting `make()` if there is none yet."""
        ...

    def replace_key(self, name: str, value: bytes) -> None:
        """Set a key, whatever was there."""
        ...

    def record_event(self, event: Event, lease: Lease | None = None) -> Event:
        """Append an event; return it with its id.

        With a lease it is its holder's act. LeaseLost if a higher fencing number was handed out:
        then nothing was written.
        """
        ...

    def events(self, start: float, end: float, kinds: Iterable[str] = ()) -> list[Event]:
        """Return the events of [start, end), oldest first; of some kinds or all."""
        ...

    def latest_events(self, kind: str, after: int = 0) -> list[Event]:
        """Return the newest event of each subject of a kind, in the order they were recorded.

        Only those with an id past `after`: what is new since one was last seen.
        """
        ...

    def status(self) -> StoreStatus:
        """Return the store's own health; never raises, a problem is named in it."""
        ...

    def clear(self) -> None:
        """Delete all measured data and events; keys stay."""
        ...

    def close(self) -> None:
        """Let go of files and connections; closing twice is fine."""
        ...
