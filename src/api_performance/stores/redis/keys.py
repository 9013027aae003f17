"""The names of our keys: a registry, and shards with the endpoints that fall to each.

What is between braces decides which node of a cluster keeps a key, so all keys of a shard lie
together, and a script may touch any of them.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from api_performance.stores.base import Retention

_ROOT: Final = "api-performance"


@dataclass(frozen=True, slots=True)
class Keys:
    """Names with one prefix: `keys("block", 10, 1700000000)`."""

    prefix: str

    def __call__(self, *parts: str | int) -> str:
        """Return the key of a name in parts."""
        return self.prefix + ":".join(map(str, parts))


def _root(namespace: str) -> str:
    """Return how an installation's keys begin; no namespace holds a slash."""
    return f"{_ROOT}/{namespace}" if namespace else _ROOT


def registry_keys(namespace: str) -> Keys:
    """Return the names of what belongs to no endpoint."""
    return Keys(f"{{{_root(namespace)}}}:")


def shard_keys(namespace: str, shard: int) -> Keys:
    """Return the names of a shard's keys."""
    return Keys(f"{{{_root(namespace)}:{shard}}}:")


def shard_of(endpoint_id: str, shards: int) -> int:
    """Return to which of so many shards an endpoint falls."""
    return zlib.crc32(endpoint_id.encode()) % shards


def batch_id(instance_id: str, sequence: int) -> str:
    """Return the name of a batch, of which the scripts read its instance and its host."""
    return f"{instance_id}/{sequence}"


def lasting_seconds(retention: Retention) -> int:
    """Return how long what has no age of its own outlives its last change."""
    return int(max(retention.by_resolution.values()))


def host_of(batch: str) -> str:
    """Return the host of a batch: an instance's id is `host-pid-start`."""
    return batch.rsplit("-", 2)[0]


def last_sequences(batches: Iterable[str]) -> dict[str, int]:
    """Return the highest sequence of each instance among some batches."""
    last: dict[str, int] = {}
    for batch in batches:
        instance_id, _, sequence = batch.rpartition("/")
        last[instance_id] = max(last.get(instance_id, -1), int(sequence))
    return last
