"""Traffic made window by window, and a history that reads it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from api_performance.analysis.history import Indicator
from api_performance.measure.window import Window
from api_performance.model import Endpoint, MetricPriority

PAY: Final = Endpoint("POST", "/pay", "shop", MetricPriority.CRITICAL)
START: Final = 1_700_000_000.0 // 86_400 * 86_400

ERRORS: Final = Indicator("errors", lambda window: (window.count, window.error_count))


@dataclass
class Traffic:
    """Requests by second, that can be read at any resolution as a store would."""

    good: dict[tuple[Endpoint, float], int] = field(default_factory=dict)
    bad: dict[tuple[Endpoint, float], int] = field(default_factory=dict)
    reads: list[tuple[float, float, int]] = field(default_factory=list)

    def add(self, at: float, good: int, bad: int = 0, endpoint: Endpoint = PAY) -> None:
        key = endpoint, at // 10 * 10
        self.good[key] = self.good.get(key, 0) + good
        self.bad[key] = self.bad.get(key, 0) + bad

    def read(self, start: float, end: float, resolution: int) -> Iterator[tuple[Endpoint, Window]]:
        self.reads.append((start, end, resolution))
        for (endpoint, at), good in self.good.items():
            begins = at // resolution * resolution
            if start <= begins < end:
                bad = self.bad[endpoint, at]
                yield endpoint, Window(begins, statuses={200: good, 500: bad})

    def sums(self, begin: float, end: float) -> tuple[int, int]:
        chosen = [key for key in self.good if begin <= key[1] < end]
        return sum(map(self.good.__getitem__, chosen)), sum(map(self.bad.__getitem__, chosen))
