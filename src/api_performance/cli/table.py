"""One frame of `top`: a line about the service, the table of endpoints, and what is the matter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from api_performance import units
from api_performance.answers import EndpointSummary, HealthLine, ServiceSummary
from api_performance.cli.cells import cells, sparkline
from api_performance.queries import Sort

COLUMNS: Final = {
    "Endpoint": Sort.NAME,
    "Priority": Sort.PRIORITY,
    "Rate": Sort.RATE,
    "p50": Sort.P50,
    "p95": Sort.P95,
    "p99": Sort.P99,
    "Errors": Sort.ERROR_RATIO,
    "Time": Sort.SHARE_OF_TIME,
}
"""Titles, and what each sorts by. "Time" is the share of all seconds spent answering."""

_WORDS: Final = ("Endpoint", "Priority")
_SPARKLINE_WIDTH: Final = 20


@dataclass(frozen=True, slots=True)
class Frame:
    """Everything one screen of `top` shows, read at one moment."""

    summary: ServiceSummary
    endpoints: Sequence[EndpointSummary]
    total: int
    health: HealthLine


@dataclass(frozen=True, slots=True)
class Order:
    """What the rows are sorted by; the worst is on top unless it is turned round."""

    sort: Sort = Sort.SHARE_OF_TIME
    is_descending: bool = True

    def then(self, sort: Sort) -> Order:
        """Return the order by another column; the same one again turns it round."""
        if sort is self.sort:
            return replace(self, is_descending=not self.is_descending)
        return order_by(sort)


def order_by(sort: Sort, *, is_reversed: bool = False) -> Order:
    """Order by a column with the worst on top, names from A on; or the other way round."""
    return Order(sort, (sort is not Sort.NAME) is not is_reversed)


def draw(frame: Frame, order: Order) -> Group:
    """Return a frame that rich can print."""
    return Group(*_parts(frame, order))


def _parts(frame: Frame, order: Order) -> Iterator[RenderableType]:
    yield headline(frame.summary)
    yield Text()
    yield _table(frame.endpoints, order)
    hidden = frame.total - len(frame.endpoints)
    if hidden > 0:
        yield Text(f"and {units.count(hidden)} more", "dim")
    for problem in frame.health.problems:
        yield Text(f"! {problem}", "yellow")


def headline(summary: ServiceSummary) -> Text:
    """Return the service in one line."""
    said = [
        ", ".join(summary.services) or "no service yet",
        _counted(summary.request_count, "request") + f" in {units.span(_length(summary))}",
        units.rate(summary.rate_per_second),
        f"p95 {units.duration(summary.response_time.p95_seconds)}",
        f"{units.error_share(summary.error_ratio)} errors",
        _counted(summary.concurrent_users, "user"),
        _counted(summary.instance_count, "process", "processes"),
    ]
    return Text(" · ".join(said), "bold")


def _counted(number: int, noun: str, plural: str = "") -> str:
    return f"{units.count(number)} {noun if number == 1 else plural or f'{noun}s'}"


def _length(summary: ServiceSummary) -> float:
    """The range begins at a whole step, so it is a little longer than asked for."""
    seconds = summary.end - summary.start
    return round(seconds) if seconds < 120 else 60.0 * int(seconds / 60)


def _table(rows: Sequence[EndpointSummary], order: Order) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for title, sort in COLUMNS.items():
        arrow = ("↓" if order.is_descending else "↑") if sort is order.sort else ""
        table.add_column(
            f"{title}{arrow}",
            justify="left" if title in _WORDS else "right",
            header_style="bold" if arrow else "dim",
            no_wrap=True,
        )
    table.add_column("p95 over time", no_wrap=True)
    for row in rows:
        table.add_row(*cells(row), sparkline(row.sparkline, _SPARKLINE_WIDTH))
    return table
