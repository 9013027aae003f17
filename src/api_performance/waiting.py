"""The batches that wait to be written: bounded, and what went for want of room is counted."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from api_performance.stores.base import Batch


@dataclass(slots=True)
class Dropped:
    """What was measured and never written: so many batches, their windows, the requests in them."""

    batches: int = 0
    windows: int = 0
    requests: int = 0

    def add(self, batch: Batch) -> None:
        """Count a batch."""
        self.batches += 1
        self.windows += len(batch.windows)
        self.requests += sum(window.count for _, window in batch.windows)


class Waiting:
    """Holds at most `limit` batches, oldest first. Not safe to share: its owner has a lock.

    The oldest goes first, but not while it is being written or after a try to: whether the store
    has it is unknown until the store answers, and what is counted as dropped must not be there.
    """

    def __init__(self, limit: int) -> None:
        """Begin without any. With a `limit` of 1 a batch that was tried makes it two."""
        self.dropped = Dropped()
        self._limit = limit
        self._batches: deque[Batch] = deque()
        self._is_first_tried = False

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._batches)

    def __iter__(self) -> Iterator[Batch]:
        """Go through all, oldest first."""
        return iter(self._batches)

    def make_room(self) -> Batch | None:
        """Drop the oldest batch if one more would be too many, and return it.

        The endpoints and operations that it made known another batch must.
        """
        oldest = 1 if self._is_first_tried else 0
        if len(self._batches) < self._limit or len(self._batches) == oldest:
            return None
        batch = self._batches[oldest]
        del self._batches[oldest]
        self.dropped.add(batch)
        return batch

    def add(self, batch: Batch) -> None:
        """Have a batch wait behind the others."""
        self._batches.append(batch)

    def to_write(self) -> Batch | None:
        """Return the batch to be written next, which is tried from now on; None without any."""
        self._is_first_tried = bool(self._batches)
        return self._batches[0] if self._batches else None

    def note_written(self) -> None:
        """Let go of the first: the store has it."""
        self._batches.popleft()
        self._is_first_tried = False
