"""One tick: drain the buffer, keep what it holds, and, with the lease, fold the store and judge."""

from __future__ import annotations

import logging
import secrets
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import inf
from typing import Final, Protocol

from api_performance.clock import Clock
from api_performance.errors import ApiPerformanceError, LeaseLost
from api_performance.measure.cardinality import EndpointRegistry
from api_performance.measure.operations import operations_by_id
from api_performance.measure.recorder import Recorder
from api_performance.measure.window import Window
from api_performance.model import Endpoint, Instance, Judged, Operation, Pauses
from api_performance.release import RELEASE
from api_performance.stores.base import (
    FOLD_LEASE,
    Batch,
    InstanceState,
    Lease,
    Pace,
    Store,
    no_pace,
)
from api_performance.waiting import Waiting

logger: Final = logging.getLogger("api_performance")

LEASE_SECONDS: Final = 15.0
"""A holder that died is followed after this long; it renews at a third of it."""

LEASE_MARGIN_SECONDS: Final = 1.0
"""A holder acts no more so long before its lease is over: clocks differ in how fast they run."""

FOLD_SECONDS: Final = 5.0
COMPACT_SECONDS: Final = 60.0
LOG_SECONDS: Final = 60.0
"""The same trouble is logged at most this often."""

RECENT_SECONDS: Final = 10.0
"""A batch is remembered so long once written: a snapshot is topped up with it.

Those are at most 2 s old, unless the machine is so busy that the thread that takes them waits."""

CATCH_UP_SECONDS: Final = 0.5
"""A tick writes no longer than this: behind a store that is slow the recorder must be drained."""

STORE_MARK: Final = "store"
"""The name of a key that tells a store from the same one emptied."""

RECOGNIZE_SECONDS: Final = 5.0

NAME_SECONDS: Final = 300.0
"""An operation that is called is made known anew this often: the store may have been cleared."""

HEARTBEAT_SECONDS: Final = 5.0
"""An idle process says that it lives this often."""


@dataclass(slots=True)
class Vitals:
    """What the runner knows of this process and the engine reports.

    `longest_stretch_seconds`: CPU time that the drain worked at a stretch without a breath.
    `cpu_seconds` are our thread's, `process_cpu_seconds` those of all threads.
    """

    longest_stretch_seconds: float = 0.0
    cpu_seconds: float = 0.0
    process_cpu_seconds: float = 0.0
    resident_bytes: int = 0


@dataclass(slots=True)
class Schedule:
    """When each periodic step is due, in Unix seconds UTC."""

    due_at: dict[str, float] = field(default_factory=dict)

    def is_due(self, step: str, now: float, every_seconds: float) -> bool:
        """Tell whether a step is due, and note that it is being done."""
        if now < self.due_at.get(step, 0.0):
            return False
        self.due_at[step] = now + every_seconds
        return True


@dataclass(frozen=True, slots=True)
class Writing:
    """How batches are written: at most `batch_size` windows each.

    While the store does not answer `max_buffered_batches` wait, the oldest goes first.
    `user_source` says what a user is, for those who read the numbers.
    """

    batch_size: int = 100
    max_buffered_batches: int = 60
    user_source: str = ""


class Judge(Protocol):
    """What judges in the name of the lease's holder, in this process or another."""

    def follow(self, lease: Lease | None) -> Judged | None:
        """Judge under `lease` when that is due, and not without; return what was done last.

        LeaseLost, StoreUnavailable.
        """
        ...

    def end(self) -> None:
        """Judge no more."""
        ...


class NobodyJudges:
    """Judges nothing."""

    def follow(self, lease: Lease | None) -> None:
        """Do nothing, whoever has the lease."""

    def end(self) -> None:
        """Nothing runs."""


class Engine:
    """Keeps what this process measured."""

    def __init__(
        self,
        instance: Instance,
        recorder: Recorder,
        registry: EndpointRegistry,
        store: Store,
        clock: Clock,
        writing: Writing,
    ) -> None:
        """Write to `store` as `instance` what the recorder holds, as `writing` says.

        In the thread that ticks `on_emptied` is called when the store has lost all that it had, and
        `on_tick` before each tick. `pauses_of` tells what held the process' event loops up, None
        where nobody looks; `not_followed` which libraries could not be followed.
        """
        self.on_emptied: Callable[[], None] = lambda: None
        self.on_tick: Callable[[], None] = lambda: None
        self.pauses_of: Callable[[], Pauses | None] = lambda: None
        self.not_followed: Callable[[], Iterable[str]] = lambda: ()
        self.judge: Judge = NobodyJudges()
        self._judged: Judged | None = None
        self.instance = instance
        self.vitals = Vitals()
        self.pending = Waiting(writing.max_buffered_batches)
        self.lease: Lease | None = None
        self._acts_until = 0.0
        self._recorder = recorder
        self._registry = registry
        self._store = store
        self._clock = clock
        self._writing = writing
        self._sequence = self._written = 0
        self._schedule = Schedule()
        self._collecting = threading.Lock()
        self._appending = threading.Lock()
        self._appended: deque[tuple[float, Batch]] = deque()
        self._is_remembering = False
        self._has_ended = False
        self._named: set[str] = set()
        self._mark = b""
        self._troubles: dict[str, str] = {}

    def tick(self, *, pace: Pace = no_pace) -> None:
        """Do what is due now: collect, then keep."""
        self.collect(pace=pace)
        self.keep(pace=pace)

    def keep(self, *, pace: Pace = no_pace) -> None:
        """Write what waits and, with the lease, fold, when that is due.

        Trouble with the store is counted, logged once a minute, and waited out.
        """
        now = self._clock.now()
        until = self._clock.perf() + CATCH_UP_SECONDS
        if self._attempt("append", lambda: self._append_pending(pace, until)):
            self._care_for_the_store(now, pace)
        self._attempt("judge", self._follow)

    def _care_for_the_store(self, now: float, pace: Pace) -> None:
        """Do what is due for all processes of a store that answers."""
        if self._schedule.is_due("recognize", now, RECOGNIZE_SECONDS):
            self._attempt("recognize", self._recognize)
        if self._schedule.is_due("lease", now, LEASE_SECONDS / 3):
            self._attempt("lease", lambda: self._renew(now))
        if self._schedule.is_due("fold", now, FOLD_SECONDS):
            self._attempt("fold", lambda: self._fold(now, pace))

    def collect(self, *, pace: Pace = no_pace) -> None:
        """Make batches, which wait to be written, of the seconds that are over.

        A second cut in two would be two windows to make, to write and to fold. Never waits for the
        store.
        """
        self.on_tick()
        self._has_ended = False  # an app that was started again goes on where it ended
        pace()
        self._collect(pace, float(int(self._clock.now())))

    def _collect(self, pace: Pace, before: float) -> None:
        with self._collecting:
            windows = self._recorder.drain(pace, before=before)
            pace()
            self._cut(windows, pace)

    def _cut(self, windows: list[tuple[Endpoint, Window]], pace: Pace) -> None:
        """Make batches of some windows and of what is new about endpoints."""
        declared = self._registry.take_changed()
        if not windows and not declared and not self._is_to_say_that_it_lives():
            return
        size = self._writing.batch_size
        for start in range(0, max(len(windows), 1), size):
            self._buffer(windows[start : start + size], declared if start == 0 else [], pace)
            pace()

    def _is_to_say_that_it_lives(self) -> bool:
        """Tell whether an idle process writes; never so that measured windows make room for it."""
        if self.pending:
            return False
        if self._has_ended:
            return True
        return self._schedule.is_due("heartbeat", self._clock.now(), HEARTBEAT_SECONDS)

    def _buffer(
        self, windows: list[tuple[Endpoint, Window]], declared: list[Endpoint], pace: Pace
    ) -> None:
        dropped = self.pending.make_room()
        if dropped is not None:
            declared = [*dropped.declared, *declared]
            self._named.difference_update(each.id for each in dropped.operations)
        self._sequence += 1
        named = self._newly_named(windows)
        pace()
        self.pending.add(Batch(self._state(), self._sequence, windows, declared, named))

    def _newly_named(self, windows: list[tuple[Endpoint, Window]]) -> list[Operation]:
        """Return the operations that some windows name and no batch made known lately."""
        if self._schedule.is_due("name", self._clock.now(), NAME_SECONDS):
            self._named.clear()
        ids = {operation_id for _, window in windows for operation_id in window.operations}
        fresh = ids - self._named
        if not fresh:
            return []
        self._named |= fresh
        known = operations_by_id()
        return [known[operation_id] for operation_id in fresh if operation_id in known]

    def flush(self) -> bool:
        """Write what was measured so far, now; False if the store does not take it: it waits."""
        self._collect(no_pace, inf)
        return self._attempt("append", lambda: self._append_pending(no_pace, inf))

    def _append_pending(self, pace: Pace, until: float) -> None:
        """Write what waits, oldest first; what is left `until` a reading of `perf` waits on."""
        with self._appending:
            while batch := self._next_to_write():
                self._store.append(batch, pace=pace)
                self._written = batch.sequence
                self._appended.append((self._clock.now(), batch))
                with self._collecting:
                    self.pending.note_written()
                del batch
                self._forget(pace)
                if self._clock.perf() > until:
                    break

    def _next_to_write(self) -> Batch | None:
        with self._collecting:
            return self.pending.to_write()

    def _forget(self, pace: Pace) -> None:
        """Let go of what was written, a while ago if it may be asked for.

        Window by window, for a hundred at once take a millisecond.
        """
        before = self._clock.now() - RECENT_SECONDS if self._is_remembering else inf
        while self._appended and self._appended[0][0] < before:
            windows = list(self._appended.popleft()[1].windows)
            while windows:
                del windows[-1]
                pace()

    def remember(self) -> None:
        """Have what is written from now on told by `windows_since`.

        Before somebody asks it is let go at once: what lives for seconds the collector of garbage
        takes for old, and looks through the whole app when there is much of that.
        """
        self._is_remembering = True

    @contextmanager
    def standing_still(self) -> Iterator[int]:
        """Write nothing meanwhile; hand out the sequence of the last batch written, 0 before any.

        Who reads the store meanwhile knows which of this process' batches are in what was read.
        """
        with self._appending:
            yield self._written

    def windows_since(self, written: int) -> list[tuple[Endpoint, Window]]:
        """Return what this process measured past the batch of the sequence `written`.

        Never waits for the store, and makes no batch, so it may be asked at any rate. Looks back
        over the last RECENT_SECONDS, not past the first `remember`.
        """
        with self._collecting:
            drained = self._recorder.peek()
            waiting = list(self.pending)
            recent = [batch for _, batch in list(self._appended) if batch.sequence > written]
        seen = {id(batch) for batch in recent}
        batches = [*recent, *(batch for batch in waiting if id(batch) not in seen)]
        return [pair for batch in batches for pair in batch.windows] + drained

    def _renew(self, now: float) -> None:
        asked_at = self._clock.perf()
        self.lease = self._store.acquire(FOLD_LEASE, self.instance.id, now, LEASE_SECONDS)
        self._acts_until = asked_at + LEASE_SECONDS - LEASE_MARGIN_SECONDS

    def _lease_to_act(self) -> Lease | None:
        """Return the lease while it is surely ours; it counts from when we asked, not the answer.

        By a clock that nobody sets, and read anew: this process may have been stopped meanwhile.
        """
        return self.lease if self._clock.perf() < self._acts_until else None

    def _fold(self, now: float, pace: Pace) -> None:
        lease = self._lease_to_act()
        if lease is None:
            return
        try:
            self._store.fold(now, lease, pace=pace)
            if self._schedule.is_due("compact", now, COMPACT_SECONDS):
                self._store.compact(now, lease, pace=pace)
        except LeaseLost:
            self.lease = None

    def _follow(self) -> None:
        try:
            self._judged = self.judge.follow(self._lease_to_act())
        except LeaseLost:
            self.lease = self._judged = None

    def _recognize(self) -> None:
        """Look whether the store is still the one it was; tell an emptied one what it must know."""
        mark = self._store.key(STORE_MARK, lambda: secrets.token_bytes(16))
        if self._mark and mark != self._mark:
            logger.warning(
                "the store was emptied; measuring goes on, and its keys are new:"
                " sign in again with the address that `api-performance token` prints"
            )
            self.on_emptied()
            self._registry.forget_taken()
            self._named.clear()
        self._mark = mark

    def _attempt(self, step: str, do: Callable[[], None]) -> bool:
        try:
            do()
        except ApiPerformanceError as error:
            self._recorder.note_error(error)
            self._troubles[step] = self._recorder.last_error
            if self._schedule.is_due(f"log {step}", self._clock.now(), LOG_SECONDS):
                logger.warning("%s failed, the app runs on and we try again: %s", step, error)
            return False
        if step in self._troubles:
            self._note_end_of(self._troubles.pop(step), step)
        return True

    def _note_end_of(self, trouble: str, step: str) -> None:
        """Tell trouble no longer that is over."""
        if self._recorder.last_error == trouble:
            self._recorder.last_error = ""
        dropped = self.pending.dropped
        if self._schedule.is_due(f"log end of {step}", self._clock.now(), LOG_SECONDS):
            logger.warning(
                "%s succeeds again; %d windows with %d requests were dropped since the start",
                *(step, dropped.windows, dropped.requests),
            )

    def close(self) -> None:
        """Write what is left and that the process stops, once, and give the lease back."""
        self.judge.end()
        self._attempt("lease", self._release)
        self._has_ended = True
        self.flush()

    def _release(self) -> None:
        if self.lease is not None:
            self._store.release(self.lease)
            self.lease = None

    def _state(self) -> InstanceState:
        recorder, dropped = self._recorder, self.pending.dropped
        return InstanceState(
            instance=self.instance,
            seen_at=self._clock.now(),
            sequence=self._sequence,
            in_flight=recorder.in_flight,
            open_connections=len(recorder.open_connections),
            dropped_requests=recorder.dropped_requests,
            dropped_batches=dropped.batches,
            dropped_windows=dropped.windows,
            requests_in_dropped_windows=dropped.requests,
            requests_without_calls=recorder.requests_without_calls,
            not_followed=tuple(self.not_followed()),
            buffered_batches=len(self.pending),
            longest_stretch_seconds=self.vitals.longest_stretch_seconds,
            cpu_seconds=self.vitals.cpu_seconds,
            process_cpu_seconds=self.vitals.process_cpu_seconds,
            resident_bytes=self.vitals.resident_bytes,
            last_error=recorder.last_error,
            user_source=self._writing.user_source,
            judged=self._judged,
            release=RELEASE,
            pauses=self.pauses_of(),
            recent=recorder.recent.packed,
            has_ended=self._has_ended,
        )
