"""An endpoint's requests, bytes and parts of its time, as levels that changes are looked for in.

Minutes are put together to blocks of ten. The two highest and the two lowest are left out, metric
by metric: a minute that is strange by itself is no change. Requests are told a second, of minutes
that had any: one without may be one in which nothing measured, and that all requests are gone is
told by the alerts, which know. Bytes and seconds are told a request.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from api_performance.analysis.amounts import BLOCK_SECONDS, Amount, AmountWatch
from api_performance.analysis.finding import Finding
from api_performance.analysis.levels import HOUR_SECONDS
from api_performance.analysis.minutes import Numbers
from api_performance.changes.change import BYTES_IN, BYTES_OUT, PART_METRICS, THROUGHPUT
from api_performance.changes.minutes import MINUTE, Hours, Minutes
from api_performance.latency_type import LATENCY_PARTS

AMOUNTS: Final = (
    Amount(THROUGHPUT, float(np.log(1.5)), is_mean=False),
    Amount(BYTES_IN, 0.2),
    Amount(BYTES_OUT, 0.2),
    *(Amount(each, 0.2) for each in PART_METRICS),
)
"""Half as many again, or a third fewer; a fifth more or less."""

LEAST_PER_SECOND: Final = 3 / 60
"""Fewer requests than so many are no traffic that has a usual level."""

LEAST_BYTES: Final = 100.0
LEAST_SHARE: Final = 0.05
"""Of the response time, that a part must have gained or lost."""

_BLOCK_MINUTES: Final = int(BLOCK_SECONDS) // MINUTE
_PARTS: Final = len(LATENCY_PARTS)
_TRIMMED: Final = 2  # minutes of a block, at each end
_TRIMMED_FROM: Final = 8
_LEAST_SECONDS: Final = 1e-6
_RESPONSE_KEPT: Final = 0.95  # a block: three hours or so


class AmountChanges:
    """Looks for changes of the amounts of one endpoint, in order."""

    __slots__ = (
        "_block",
        "_rows",
        "_seconds",
        "_silent",
        "_watch",
    )

    def __init__(self) -> None:
        """Know nothing yet."""
        self._watch = AmountWatch(AMOUNTS)
        self._rows = np.zeros((0, 3 + _PARTS), np.float32)
        self._block: int | None = None
        self._seconds: float | None = None
        self._silent: frozenset[tuple[str, float]] = frozenset()  # one for all while it is empty

    def learn(self, hours: Hours) -> None:
        """Take hours before all minutes: they say what is usual."""
        for hour, sums in hours.sums():
            self._watch.learn(hour, _levels(sums[None, :], HOUR_SECONDS))

    def update(self, minutes: Minutes, deploys: Sequence[float]) -> Iterator[Finding]:
        """Take minutes that follow those taken before; yield new and changed findings.

        Levels are requests a second, bytes a request, and seconds a request.
        """
        if not len(minutes.count):
            return
        rows = np.column_stack(
            [minutes.count, minutes.bytes_in, minutes.bytes_out, minutes.parts]
        ).astype(np.float32)
        blocks = (int(minutes.start // MINUTE) + np.arange(len(rows))) // _BLOCK_MINUTES
        for block in range(int(blocks[0]), int(blocks[-1]) + 1):  # np.unique imports 8 MB
            if self._block is not None and block > self._block:
                yield from self._end(self._block, deploys)
            if self._block is None or block >= self._block:
                self._block = block
                self._rows = np.concatenate([self._rows, rows[blocks == block]])
        last = int(minutes.start // MINUTE) + len(rows)
        if self._block is not None and last >= (self._block + 1) * _BLOCK_MINUTES:
            yield from self._end(self._block, deploys)

    def _end(self, block: int, deploys: Sequence[float]) -> Iterator[Finding]:
        rows, self._block = self._rows[self._rows[:, 0] > 0].astype(float), block + 1
        self._rows = np.zeros((0, 3 + _PARTS), np.float32)
        if len(rows):
            seconds = float(rows[:, 3:].sum() / rows[:, 0].sum())
            known = seconds if self._seconds is None else self._seconds
            self._seconds = known + (1 - _RESPONSE_KEPT) * (seconds - known)
        for finding in self._watch.update(
            block, _levels(rows, MINUTE), deploys, float(rows[:, 0].sum())
        ):
            if finding.found > block * BLOCK_SECONDS and not self._matters(finding):
                self._silent |= {finding.key}
            if finding.key not in self._silent:
                yield finding
            elif finding.closed is not None:
                self._silent -= {finding.key}

    def _matters(self, finding: Finding) -> bool:
        """Tell whether a new finding is anybody's concern."""
        most = max(finding.before, finding.after)
        if finding.metric == THROUGHPUT:
            return most >= LEAST_PER_SECOND
        if finding.metric in (BYTES_IN, BYTES_OUT):
            return most >= LEAST_BYTES
        return abs(finding.after - finding.before) >= LEAST_SHARE * (self._seconds or 0.0)


def _levels(rows: Numbers, row_seconds: float) -> Numbers:
    """Return the logarithms of what slices of so many seconds brought; NaN without requests.

    A row has the requests of a slice, then its bytes and seconds.
    """
    count = rows[:, :1]
    if not count.sum() > 0:
        return np.full(len(AMOUNTS), np.nan)
    rate = _kept(count / row_seconds, np.ones_like(count))
    a_request = _kept(rows[:, 1:], np.broadcast_to(count, rows[:, 1:].shape))
    least = np.array([1.0, 1.0, *[_LEAST_SECONDS] * _PARTS])
    found: Numbers = np.log(np.concatenate([rate, np.maximum(a_request, 0) + least]))
    return found


def _kept(amounts: Numbers, counts: Numbers) -> Numbers:
    """Return each column's amount a count, without its most strange rows where there are enough."""
    if len(amounts) >= _TRIMMED_FROM:
        order = np.argsort(amounts / counts, axis=0)[_TRIMMED:-_TRIMMED]
        amounts, counts = (np.take_along_axis(each, order, axis=0) for each in (amounts, counts))
    found: Numbers = amounts.sum(axis=0) / counts.sum(axis=0)
    return found
