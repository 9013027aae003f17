"""What is known beside the windows: endpoints, processes, the store's own state, at one moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from api_performance.errors import ApiPerformanceError
from api_performance.model import Endpoint
from api_performance.queries.filters import EndpointUnknown, Filter, TimeRange
from api_performance.stores.base import FOLD_LEASE, InstanceState, Lease, Store, StoreStatus


@dataclass(frozen=True, slots=True)
class Here:
    """What the answering process alone knows: a problem with its remedy."""

    problem: Callable[[], str] = lambda: ""


@dataclass(frozen=True, slots=True)
class Facts:
    """All of it, read at `now` (Unix seconds UTC).

    `problem` is what the answering process alone knows; `lease` is that of folding, over or not.
    """

    now: float
    endpoints: Mapping[str, Endpoint]
    last_called: Mapping[str, float]
    states: Sequence[InstanceState]
    status: StoreStatus
    problem: str = ""
    lease: Lease | None = None

    @property
    def lease_holder(self) -> str | None:
        """The process that folds for all now, if any."""
        return self.lease.holder if self.lease and self.now < self.lease.expires_at else None

    def endpoint(self, endpoint_id: str) -> Endpoint:
        """Return the endpoint of that id; EndpointUnknown if there is none."""
        return endpoint_named(self.endpoints, endpoint_id)

    def kept(self, kept: Filter) -> list[Endpoint]:
        """Return the endpoints that a filter keeps."""
        return [endpoint for endpoint in self.endpoints.values() if kept.keeps(endpoint)]

    @property
    def measured_seconds(self) -> float:
        """How long ago the first of the known processes started; 0.0 before any reported."""
        return max((self.now - state.instance.started_at for state in self.states), default=0.0)

    def observed_seconds(self, span: TimeRange, first_at: float | None, resolution: int) -> float:
        """Return how much of a range was measured at all, at least one second.

        Rates are per observed second: an hour's rate is true a minute after the service began. It
        began with the first process we know of, or, where those are forgotten, with the first
        window of the range, which starts at `first_at` and lasts `resolution` seconds.
        """
        begun = min((state.instance.started_at for state in self.states), default=None)
        if begun is None or (first_at is not None and first_at + resolution <= begun):
            begun = first_at
        return max(span.end - max(span.start, begun or 0.0), 1.0)


def endpoint_named(endpoints: Mapping[str, Endpoint], endpoint_id: str) -> Endpoint:
    """Return the endpoint of that id; EndpointUnknown if there is none."""
    try:
        return endpoints[endpoint_id]
    except KeyError:
        raise EndpointUnknown(
            f"there is no endpoint with the id {endpoint_id!r}; the table lists them all"
        ) from None


def read_facts(store: Store, now: float, reported_since: float, here: Here) -> Facts:
    """Ask the store for everything but windows. StoreUnavailable."""
    return Facts(
        now=now,
        endpoints={endpoint.id: endpoint for endpoint in store.endpoints()},
        last_called=store.last_called(),
        states=store.instances(reported_since),
        status=store.status(),
        problem=here.problem(),
        lease=store.lease(FOLD_LEASE),
    )


def facts_without_store(store: Store, now: float, error: ApiPerformanceError) -> Facts:
    """Return what is known while the store does not answer: what is the matter with it."""
    return Facts(now, {}, {}, (), store.status(), problem=str(error))
