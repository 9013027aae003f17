"""What is remembered between questions: finished answers, and packed blocks of settled time.

An answer is believed for one revision of the store and one second of the clock. A block is packed
bytes, so it can be neither changed nor large: one of 200 endpoints takes about 200 kB, and all of
them at most BLOCK_BYTES.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final, TypeVar, cast

T = TypeVar("T")

BLOCK_BYTES: Final = 8 << 20
"""Room for all blocks: an hour of 200 endpoints and a dozen charts take about 6 MiB."""


_GENERATIONS: Final = 2
"""The newest, and the one before it for those who are still asking."""

_Asked = OrderedDict[Hashable, Future[object]]


@dataclass(frozen=True, slots=True)
class _Block:
    value: object
    size_bytes: int
    believed_until: float


class Blocks:
    """Blocks by key, the least recently used dropped first; safe to share between threads."""

    def __init__(self, max_bytes: int = BLOCK_BYTES) -> None:
        """Keep at most `max_bytes` of blocks; 0 keeps none."""
        self._max_bytes = max_bytes
        self._blocks: OrderedDict[Hashable, _Block] = OrderedDict()
        self._size_bytes = 0
        self._lock = Lock()

    def get(self, key: Hashable, now: float) -> Any | None:  # Any: each kind of key has its type
        """Return the block, or None if there is none that is still believed."""
        with self._lock:
            block = self._blocks.get(key)
            if block is None or block.believed_until < now:
                return None
            self._blocks.move_to_end(key)
            return block.value

    def put(self, key: Hashable, value: object, size_bytes: int, believed_until: float) -> None:
        """Keep a block until an instant (Unix seconds UTC), or until there is no room."""
        if size_bytes > self._max_bytes:
            return
        with self._lock:
            self._drop(key)
            self._blocks[key] = _Block(value, size_bytes, believed_until)
            self._size_bytes += size_bytes
            while self._size_bytes > self._max_bytes:
                self._drop(next(iter(self._blocks)))

    def _drop(self, key: Hashable) -> None:
        block = self._blocks.pop(key, None)
        if block is not None:
            self._size_bytes -= block.size_bytes


class Answers:
    """Finished answers of one generation; whoever asks what is being computed waits for it."""

    def __init__(self, size: int, generations: int = _GENERATIONS) -> None:
        """Keep at most `size` answers of the newest generations; one is enough for large answers.

        With a size of 0 only those being computed are shared.
        """
        self._size = size
        self._most_generations = generations
        self._generations: OrderedDict[Hashable, _Asked] = OrderedDict()
        self._lock = Lock()

    def get(self, question: Hashable, generation: Hashable, compute: Callable[[], T]) -> T:
        """Return the answer, computed at most once in a generation; what it raises is raised."""
        with self._lock:
            answers = self._generations.setdefault(generation, OrderedDict())
            while len(self._generations) > self._most_generations:
                self._generations.popitem(last=False)
            future = answers.get(question)
            is_ours = future is None
            if future is None:
                future = answers[question] = Future()
            answers.move_to_end(question)
        if is_ours:
            self._compute(question, answers, future, compute)
        return cast(T, future.result())

    def _compute(
        self,
        question: Hashable,
        answers: _Asked,
        future: Future[object],
        compute: Callable[[], object],
    ) -> None:
        try:
            future.set_result(compute())
        except BaseException as error:  # noqa: BLE001 # whoever waits must hear of it
            future.set_exception(error)
            with self._lock:
                answers.pop(question, None)
            return
        with self._lock:
            while len(answers) > self._size:
                answers.popitem(last=False)
