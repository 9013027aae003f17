"""Windows added up over a range, with nothing kept that no answer shows.

What tables and charts never show (sketches per latency type, response times per status class, waits
at the edge) is left behind when a window is read: a third of it is left to add and to remember.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from itertools import chain, groupby
from typing import Final

from api_performance.measure.sketch import Sketch
from api_performance.measure.window import ClassStats, Window, merged_sketch
from api_performance.model import Endpoint, TrafficKind
from api_performance.queries.filters import StatusFilter
from api_performance.queries.steps import Grid
from api_performance.stores.base import FINEST

_ALL_CLASSES: Final = 0
"""Under this class all response times of a shown part are kept together."""

Parts = list[tuple[Endpoint, Window]]


def shown_part(endpoint: Endpoint, window: Window, status: StatusFilter | None) -> Window:
    """Return what answers need of a window. It shares its parts, so it must not be changed.

    Only HTTP has response times.
    """
    part = Window(window.start)
    part.statuses = _statuses(window, status)
    part.bytes_in, part.bytes_out = window.bytes_in, window.bytes_out
    part.in_flight_peak, part.open_connections = window.in_flight_peak, window.open_connections
    part.messages, part.users = window.messages, window.users
    if status is None or status.keeps(500):
        part.exceptions = window.exceptions
    if endpoint.kind is TrafficKind.HTTP:
        _show_times(part, window, status)
    return part


def _show_times(part: Window, window: Window, status: StatusFilter | None) -> None:
    shown = _shown_classes(window, status)
    plain = [sketch for key, sketch in window.plain.items() if key in shown]
    classes = [stats for key, stats in window.classes.items() if key in shown]
    if plain:
        part.plain = {_ALL_CLASSES: plain[0] if len(plain) == 1 else merged_sketch(plain)}
    if classes:
        part.classes = {_ALL_CLASSES: _together(classes)}
    if status is None:
        part.background = window.background
        part.latency_seconds = window.latency_seconds
        part.under = window.under


def _statuses(window: Window, status: StatusFilter | None) -> dict[int, int]:
    if status is None:
        return window.statuses
    return {code: count for code, count in window.statuses.items() if status.keeps(code)}


def _shown_classes(window: Window, status: StatusFilter | None) -> Container[int]:
    """Return the classes asked for; none if a single code is, and its class saw others too."""
    if status is None:
        return window.plain.keys() | window.classes.keys()
    wanted = status.status_class
    codes = [code for code in window.statuses if code // 100 == wanted]
    return (wanted,) if all(map(status.keeps, codes)) else ()


def _together(classes: list[ClassStats]) -> ClassStats:
    if len(classes) == 1:
        return classes[0]
    whole = ClassStats()
    for stats in classes:
        whole.merge(stats)
    return whole


def chart_part(part: Window) -> Window:
    """Return what a chart needs of a shown part; endpoints of any priority can be added."""
    lean = Window(part.start)
    lean.statuses, lean.exceptions, lean.users = part.statuses, part.exceptions, part.users
    lean.bytes_in, lean.bytes_out, lean.messages = part.bytes_in, part.bytes_out, part.messages
    lean.latency_seconds, lean.plain = part.latency_seconds, part.plain
    for stats in part.classes.values():
        lean.class_stats(_ALL_CLASSES).response_time = stats.response_time
    return lean


_ENDS: Final = 2

DIGITS: Final = 5
"""Of a step's p95: a sparkline shows no more, and a pushed table is a third smaller."""


@dataclass(slots=True)
class Tally:
    """One endpoint over a range, with the p95 in seconds of each step that had requests.

    `sketches` are the response times of the first and the last step, for a range may be put
    together of parts that meet in the middle of a step.
    """

    window: Window
    p95_by_step: dict[float, float] = field(default_factory=dict)
    sketches: dict[float, Sketch] = field(default_factory=dict)

    def add(self, later: Tally) -> None:
        """Add a stretch of time that begins where this one ends."""
        self.window.merge(later.window)
        self.p95_by_step.update(later.p95_by_step)
        for step, sketch in later.sketches.items():
            if step in self.sketches:
                sketch = merged_sketch((self.sketches[step], sketch))
            self.set_step(step, sketch)

    def copy(self) -> Tally:
        """Return a tally of its own to add to."""
        return Tally(self.window.copy(), dict(self.p95_by_step), dict(self.sketches))

    def set_step(self, step: float, sketch: Sketch) -> None:
        """Say what the response times of one step were."""
        p95 = sketch.quantile(0.95)
        if p95 is None:
            return
        self.p95_by_step[step] = float(f"{p95:.{DIGITS}g}")
        self.sketches[step] = sketch
        if len(self.sketches) > _ENDS:
            ends = min(self.sketches), max(self.sketches)
            self.sketches = {end: self.sketches[end] for end in ends}

    def compact(self) -> None:
        """Keep its sketches in little room: as a rule they are looked at once or twice."""
        for stats in self.window.classes.values():
            stats.response_time.compact()
            stats.ttfb.compact()
        for sketch in (*self.window.plain.values(), *self.sketches.values()):
            sketch.compact()

    def pack(self) -> PackedTally:
        """Return it as bytes, to be remembered."""
        last = max(self.sketches, default=None)
        sketch = b"" if last is None else self.sketches[last].pack(compact=False)
        return PackedTally(self.window.pack(), tuple(self.p95_by_step.items()), last, sketch)


@dataclass(frozen=True, slots=True)
class PackedTally:
    """A tally that cannot change any more. Of its sketches only the last step's is left."""

    window: bytes
    p95_by_step: tuple[tuple[float, float], ...]
    last_step: float | None
    last_sketch: bytes

    @property
    def size_bytes(self) -> int:
        """Roughly what it takes in memory: objects, the bytes, a pair of floats per step."""
        return 300 + len(self.window) + len(self.last_sketch) + 130 * len(self.p95_by_step)

    def unpack(self) -> Tally:
        """Return a tally of one's own."""
        tally = Tally(Window.unpack(self.window), dict(self.p95_by_step))
        if self.last_step is not None:
            tally.sketches[self.last_step] = Sketch.unpack(self.last_sketch)
        return tally


def add_up(parts: Iterable[tuple[Endpoint, Window]], grid: Grid) -> dict[str, Tally]:
    """Add shown parts up by endpoint, id first."""
    steps: dict[str, dict[float, list[Window]]] = defaultdict(lambda: defaultdict(list))
    for endpoint, part in parts:
        steps[endpoint.id][grid.step_of(part.start)].append(part)
    return {endpoint_id: _tally(found, grid) for endpoint_id, found in steps.items()}


def _tally(parts_by_step: dict[float, list[Window]], grid: Grid) -> Tally:
    first = min(part.start for parts in parts_by_step.values() for part in parts)
    tally = Tally(Window(first))
    for step, parts in sorted(parts_by_step.items()):
        for part in _slices(parts, grid.resolution):
            tally.window.merge(part)
        tally.set_step(step, merged_sketch(chain.from_iterable(map(_response_times, parts))))
    return tally


def _slices(parts: list[Window], resolution: int) -> Iterable[Window]:
    """Join what several processes measured in one second: what was in flight then adds up."""
    if resolution != FINEST:
        return parts
    parts = sorted(parts, key=_start)
    return [_parallel(list(same)) for _, same in groupby(parts, key=_start)]


def _parallel(parts: list[Window]) -> Window:
    if len(parts) == 1:
        return parts[0]
    whole = Window(parts[0].start)
    for part in parts:
        whole.merge(part, is_parallel=True)
    return whole


def _response_times(part: Window) -> Iterable[Sketch]:
    return chain(part.plain.values(), (stats.response_time for stats in part.classes.values()))


def _start(window: Window) -> float:
    return window.start
