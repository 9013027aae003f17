"""The shop's workers of a replayed day: they write recorded slices to a store as their own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from api_performance.model import Instance, Operation, Pauses
from api_performance.stores.base import Batch, InstanceState, Store
from benchmarks.alerting.recording import SLICE_SECONDS, Slice

SERVICE: Final = "shop-api"


@dataclass(slots=True)
class Process:
    """One worker: what it says of itself adds up over the slices that it was given."""

    instance: Instance
    sequence: int = 0
    cpu_seconds: float = 0.0
    process_cpu_seconds: float = 0.0
    blocked_seconds: float = 0.0
    dropped: int = 0
    grown_bytes: int = 0
    last: InstanceState | None = None

    def says(self, now: float, said: InstanceState | None) -> InstanceState:
        """Return what it says at `now`: what was recorded, or else what it said before."""
        said = said or self.last
        self.sequence += 1
        if said is None:
            return InstanceState(self.instance, now, self.sequence)
        self.last = said
        return replace(
            said,
            instance=self.instance,
            seen_at=now,
            sequence=self.sequence,
            cpu_seconds=self.cpu_seconds,
            process_cpu_seconds=self.process_cpu_seconds,
            resident_bytes=said.resident_bytes + self.grown_bytes,
            dropped_requests=self.dropped,
            dropped_windows=0,
            pauses=self._pauses(said.pauses, now - said.seen_at),
        )

    def live_through(self, slices: Sequence[Slice], place: int, number: int) -> None:
        """Add what grew in a slice; of the first, before which nothing is known, as in the next."""
        end = max(number, 1)
        before, said = slices[end - 1][place].state, slices[end][place].state
        if before is not None and said is not None:
            self._add(said, before)

    def _add(self, said: InstanceState, before: InstanceState) -> None:
        self.cpu_seconds += max(said.cpu_seconds - before.cpu_seconds, 0.0)
        self.process_cpu_seconds += max(said.process_cpu_seconds - before.process_cpu_seconds, 0.0)
        self.dropped += max(_dropped(said) - _dropped(before), 0)
        if said.pauses and before.pauses:
            more = said.pauses.blocked_seconds - before.pauses.blocked_seconds
            self.blocked_seconds += max(more, 0.0)

    def _pauses(self, pauses: Pauses | None, later: float) -> Pauses | None:
        if pauses is None:
            return None
        block = pauses.longest_block
        moved = replace(block, at=block.at + later) if block else None
        return replace(pauses, blocked_seconds=self.blocked_seconds, longest_block=moved)

    def keep_memory(self, slices: Sequence[Slice], place: int) -> None:
        """Keep what the recording's repetition that ends here took of memory."""
        first, last = slices[0][place].state, slices[-1][place].state
        if first is not None and last is not None:
            self.grown_bytes += max(last.resident_bytes - first.resident_bytes, 0)


def _dropped(state: InstanceState) -> int:
    return state.dropped_requests + state.dropped_windows


@dataclass(slots=True)
class Fleet:
    """The workers that run now."""

    store: Store
    operations: Iterable[Operation]
    processes: list[Process] = field(default_factory=list)
    _next_pid: int = 1000

    def start(self, now: float, version: str, count: int) -> None:
        """Start workers of a version."""
        self.processes = []
        for _ in range(count):
            self._next_pid += 1
            instance = Instance(SERVICE, version, "demo", "web-1", self._next_pid, now)
            self.processes.append(Process(instance))
            state = InstanceState(instance, now, 0)
            self.store.append(Batch(state, 0, [], operations=list(self.operations)))

    def stop(self, now: float) -> None:
        """End the workers as a deploy does: each says so."""
        for process in self.processes:
            process.sequence += 1
            state = replace(
                process.last or InstanceState(process.instance, now, 0),
                instance=process.instance,
                seen_at=now,
                sequence=process.sequence,
                has_ended=True,
            )
            self.store.append(Batch(state, process.sequence, []))
        self.processes = []

    def lose(self) -> None:
        """Let the workers be gone without a word."""
        self.processes = []

    def write(self, start: float, slices: Sequence[Slice], number: int, *, goes_on: bool) -> None:
        """Write one slice of a recording as what was measured from `start` on."""
        for place, process in enumerate(self.processes):
            worker = slices[number][place]
            if goes_on and number == 0 and process.last is not None:
                process.keep_memory(slices, place)
            process.live_through(slices, place, number)
            for _, window in worker.windows:
                window.start = start
            end = start + SLICE_SECONDS - 0.5
            state = process.says(end, worker.state)
            self.store.append(Batch(state, process.sequence, worker.windows))
