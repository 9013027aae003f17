"""Batches that wait to be folded, added up: by series and slice, and only once each.

A batch never changes, so who reads again needs only those that came since. Once some of them were
folded the sum is made anew of those that are left: nothing can be taken out of a sketch.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final, TypeVar, cast

from api_performance.measure.window import Window
from api_performance.stores.base import Pace, Query
from api_performance.stores.packing import read_block
from api_performance.stores.slices import EXEMPLARS_FROM, WHOLE_FROM, slice_start
from api_performance.stores.summing import sum_paced

MOST_REMEMBERED: Final = 2_000
"""Windows that one store remembers: of 5 requests 2.6 kB each, of 500 with as many users 33 kB.

Of 200 endpoints that are called every second some 1,000 wait, at two resolutions.
"""

_MOST_SUMS: Final = 8  # what tables and charts of two ranges ask for

Sums = Mapping[tuple[int, int], Window]
"""By series and start of the slice; to be read, never changed."""

T = TypeVar("T", bound=Mapping[Any, Any])  # Any: whatever is added up


@dataclass(frozen=True, slots=True)
class Form:
    """What is read of batches: slices of `resolution` seconds, with or without what is large."""

    resolution: int
    with_latency: bool
    with_operations: bool

    @classmethod
    def of(cls, query: Query) -> Form:
        """Return what a query asks for and its resolution keeps."""
        is_whole = query.resolution >= WHOLE_FROM
        return cls(
            query.resolution,
            query.with_latency and is_whole,
            query.with_operations and is_whole,
        )


def summed(
    blocks: Iterable[bytes], form: Form, pace: Pace, *, numbers: frozenset[int] | None = None
) -> Sums:
    """Return the windows of batches by series and slice; those of the `numbers` asked, or all."""
    parts: dict[tuple[int, int], list[bytes]] = defaultdict(list)
    for block in blocks:
        for number, body in read_block(block, numbers):
            parts[number, slice_start(Window.start_of(body), form.resolution)].append(body)
        pace()
    return {key: _sum(bodies, key[1], form, pace) for key, bodies in parts.items()}


def _sum(bodies: Sequence[bytes], start: int, form: Form, pace: Pace) -> Window:
    whole = sum_paced(
        bodies, pace, with_latency=form.with_latency, with_operations=form.with_operations
    )
    whole.start = float(start)
    if form.resolution < EXEMPLARS_FROM:
        whole.slowest, whole.typical = {}, {}
    return whole


def joined(known: Sums, added: Sums, pace: Pace) -> Sums:
    """Return both sums as one, neither of which is changed: somebody may be reading them."""
    whole = dict(known)
    for key, window in added.items():
        if key in whole:
            twin = whole[key].copy()
            twin.merge(window)
            window = twin
            pace()
        whole[key] = window
    return whole


@dataclass(frozen=True, slots=True)
class Waiting:
    """Which batches wait, by name, in one view of a store; `epoch` is another once it was emptied.

    `fetch` returns the blocks of some of them, as they were in that epoch.
    """

    epoch: str
    names: Collection[bytes]
    fetch: Callable[[list[bytes]], list[bytes]]


@dataclass(frozen=True, slots=True)
class _Known:
    epoch: str
    names: frozenset[bytes]
    sum: Mapping[Any, Any]  # Any: as T


class Remembered:
    """Sums of the batches that waited last. Safe to share between threads."""

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        """Remember at most `most` entries of all sums together; a larger sum is made each time."""
        self._most = most
        self._known: OrderedDict[Hashable, _Known] = OrderedDict()
        self._lock = Lock()

    def sum(self, kind: Hashable, waiting: Waiting, add: Callable[[T | None, list[bytes]], T]) -> T:
        """Return what `add` makes of all that waits: of a sum that is known, and of new blocks.

        `kind` tells one `add` from another. What `fetch` raises is raised.
        """
        names = frozenset(waiting.names)
        known = self._known.get(kind)
        if known is None or known.epoch != waiting.epoch or not known.names <= names:
            known = None
        before = known.names if known else frozenset[bytes]()
        new = [name for name in waiting.names if name not in before]
        if known is None or new:
            whole = add(cast(T, known.sum) if known else None, waiting.fetch(new) if new else [])
            known = _Known(waiting.epoch, names, whole)
        self._remember(kind, known)
        return cast(T, known.sum)

    def _remember(self, kind: Hashable, known: _Known) -> None:
        with self._lock:
            self._known[kind] = known
            self._known.move_to_end(kind)
            while self._known and (len(self._known) > _MOST_SUMS or self.size > self._most):
                self._known.popitem(last=False)

    @property
    def size(self) -> int:
        """The entries of all sums together."""
        return sum(len(known.sum) for known in self._known.values())
