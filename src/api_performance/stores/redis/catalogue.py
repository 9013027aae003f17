"""Which endpoints and series a shard knows, remembered by each process until they change."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from api_performance.model import Endpoint, Instance
from api_performance.stores.redis.keys import Keys
from api_performance.stores.redis.server import Server
from api_performance.stores.slices import Series

State = tuple[str, int]
"""The epoch, in which numbers keep their meaning, and how often something became known in it."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The endpoints by id and the series by number, as of one state of the shard."""

    state: State = ("", 0)
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    series: Mapping[int, Series] = field(default_factory=dict)
    numbers: Mapping[tuple[str, str, str], int] = field(default_factory=dict)

    @property
    def epoch(self) -> str:
        """The epoch alone; empty for a shard that knows nothing."""
        return self.state[0]


def load(server: Server, keys: Keys) -> Catalogue:
    """Read what a shard knows now."""
    epoch, state, found, names = server.script("catalogue", keys.prefix)
    endpoints = {
        name.decode(): msgspec.json.decode(text, type=Endpoint) for name, text in _pairs(found)
    }
    numbers = {tuple(json.loads(name)): int(number) for name, number in _pairs(names)}
    return Catalogue(
        state_of(epoch, state),
        endpoints,
        {number: Series(of, endpoints[of], *rest) for (of, *rest), number in numbers.items()},
        numbers,
    )


def _pairs(found: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
    return zip(found[::2], found[1::2], strict=True)


def state_of(epoch: bytes | None, state: bytes | None) -> State:
    """Return a state as the server answers it."""
    return (epoch or b"").decode(), int(state or 0)


def knows_all(known: Catalogue, instance: Instance, called: Iterable[str]) -> bool:
    """Tell whether every endpoint called, by id, has its series of this process' version."""
    of = instance.version, instance.environment
    return all((endpoint_id, *of) in known.numbers for endpoint_id in called)


def extended(
    server: Server,
    keys: Keys,
    known: Catalogue,
    instance: Instance,
    brought: tuple[Mapping[str, Endpoint], Iterable[Endpoint]],
) -> Catalogue:
    """Make known what a batch brings that the catalogue lacks; return one that has it.

    `brought` are the endpoints that were called, by id, and those that are declared beside. A new
    series brings its endpoint along: the shard may have been emptied since we knew it.
    """
    called, declared = brought
    every = {**{endpoint.id: endpoint for endpoint in declared}, **called}
    wanted = {(endpoint_id, instance.version, instance.environment) for endpoint_id in called}
    fresh = wanted - known.numbers.keys()
    of_fresh = {endpoint_id for endpoint_id, *_ in fresh}
    changed = {
        of: new for of, new in every.items() if of in of_fresh or known.endpoints.get(of) != new
    }
    if not changed and not fresh:
        return known
    texts = [(of, msgspec.json.encode(endpoint).decode()) for of, endpoint in changed.items()]
    names = [json.dumps(name) for name in sorted(fresh)]
    epoch = secrets.token_hex(8)
    server.script("declare", keys.prefix, [epoch, json.dumps(texts), json.dumps(names)])
    return load(server, keys)
