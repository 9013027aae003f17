"""What the demo's workers measured while one thing was wrong: recorded once, laid over any day.

A recording is a row of slices of ten seconds. Each has a window per worker and endpoint, as rules
look at them: statuses, response times, operations, without exemplars and users. Beside it stands
what each worker said of itself at the slice's end. All recordings share one file.
"""

from __future__ import annotations

import lzma
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from api_performance.measure.sketch import Sketch
from api_performance.measure.window import Window
from api_performance.model import Endpoint, Operation
from api_performance.stores.base import InstanceState

FILE: Final = Path(__file__).parent / "recorded.msgpack.xz"
SLICE_SECONDS: Final = 10


@dataclass(frozen=True, slots=True)
class Worker:
    """What one worker measured in a slice, and said at its end; None where it said nothing."""

    windows: Sequence[tuple[Endpoint, Window]]
    state: InstanceState | None


Slice = Sequence[Worker]
"""Ten seconds of all workers."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """Recordings by name, and by id the operations that their windows name."""

    slices: Mapping[str, Sequence[Slice]]
    operations: Mapping[str, Operation]


@dataclass(frozen=True, slots=True)
class _Packed:
    windows: list[tuple[int, bytes]]
    state: InstanceState | None


@dataclass(frozen=True, slots=True)
class _File:
    endpoints: list[Endpoint]
    operations: list[str]
    slices: dict[str, list[list[_Packed]]]


def plain(window: Window) -> Window:
    """Return a window's own copy without what no rule looks at: those make most of its bytes."""
    twin = window.copy(0.0)
    twin.slowest, twin.typical, twin.latency = {}, {}, {}
    twin.users, twin.background, twin.edge_wait = (type(twin.users)(), Sketch(), Sketch())
    for stats in twin.classes.values():
        stats.ttfb = Sketch()
    for operation in twin.operations.values():
        operation.seconds = Sketch()
    return twin


def save(recorded: Recorded, path: Path = FILE) -> None:
    """Write recordings."""
    endpoints: dict[Endpoint, int] = {}

    def pack(worker: Worker) -> _Packed:
        windows = [
            (endpoints.setdefault(endpoint, len(endpoints)), window.pack())
            for endpoint, window in worker.windows
        ]
        return _Packed(windows, worker.state)

    slices = {
        name: [[pack(worker) for worker in each] for each in its]
        for name, its in recorded.slices.items()
    }
    operations = [each.as_text() for each in recorded.operations.values()]
    file = msgspec.msgpack.encode(_File(list(endpoints), operations, slices))
    path.write_bytes(lzma.compress(file, preset=9 | lzma.PRESET_EXTREME))


def load(path: Path = FILE) -> Recorded:
    """Read recordings. FileNotFoundError without any."""
    file = msgspec.msgpack.decode(lzma.decompress(path.read_bytes()), type=_File)

    def unpack(packed: _Packed) -> Worker:
        windows = [(file.endpoints[of], Window.unpack(data)) for of, data in packed.windows]
        return Worker(windows, packed.state)

    slices = {
        name: [[unpack(worker) for worker in each] for each in its]
        for name, its in file.slices.items()
    }
    operations = [Operation.from_text(text) for text in file.operations]
    return Recorded(slices, {each.id: each for each in operations})
