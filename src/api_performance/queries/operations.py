"""What the requests of an endpoint did inside: its operations, and requests kept as they were."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from operator import add
from typing import Final

from api_performance.answers import (
    BlockRow,
    ExemplarPage,
    ExemplarShown,
    OperationPage,
    OperationRow,
    StepShown,
    Times,
    WaitingRow,
)
from api_performance.measure.calls import OperationStats, union_seconds
from api_performance.measure.exemplars import Exemplar, Kept, ShownCall
from api_performance.measure.window import Window
from api_performance.model import (
    DEPENDENCIES,
    EVENT_LOOP,
    FRAMEWORK,
    RESPONSE,
    WAITED_FOR_LOOP,
    Endpoint,
    LatencyType,
    Operation,
)
from api_performance.queries.filters import Filter, TimeRange
from api_performance.queries.live import split_seconds
from api_performance.queries.reading import Reader
from api_performance.queries.steps import floor_to
from api_performance.queries.times import times
from api_performance.stores.base import FINEST

MINUTE: Final = 60
HOUR: Final = 3600

LONGEST_IN_MINUTES: Final = 6 * HOUR
"""A longer range is read from hours: 360 windows of an endpoint are unpacked in 0.1 s."""

REPEATS_OF_A_PATTERN: Final = 3
"""As many repeats a request, on average, are a loop: Sentry looks for five, and for 50 ms."""

EXACT_RATIO: Final = 0.5
"""From this part of its repeats on an operation is asked the same again, rather than N + 1."""

FIRST_STEP: Final = Operation(LatencyType.PROCESSING, DEPENDENCIES, FRAMEWORK)

UNNAMED: Final = "(made known by no process any more)"


def whole_range(span: TimeRange, kept: Filter) -> tuple[TimeRange, int]:
    """Return the range that operations are read over, and the resolution."""
    if kept.instances:
        return span, FINEST
    step = MINUTE if span.seconds <= LONGEST_IN_MINUTES else HOUR
    return TimeRange(floor_to(span.start, step), span.end), step


def read_whole(
    reader: Reader, kept: Filter, span: TimeRange, resolution: int, endpoint_id: str
) -> Window:
    """Return all windows of an endpoint as one, with its operations and exemplars."""
    query = replace(kept.query(span, resolution, [endpoint_id]), with_operations=True)
    whole = Window(span.start)
    for _, window in reader.store.windows(query, pace=reader.pace):
        whole.merge(window)
        reader.pace()
    return whole


def operation_page(
    endpoint: Endpoint, whole: Window, named: Mapping[str, Operation], span: TimeRange, now: float
) -> OperationPage:
    """Return an endpoint's operations, of most exclusive time first."""
    response_seconds = whole.response_time().sum
    factor = whole.count / max(_stepped(whole), 1)
    rows = [
        _row(_named(operation_id, named), stats, whole.count, response_seconds, factor)
        for operation_id, stats in whole.operations.items()
        if _system(operation_id, named) not in (EVENT_LOOP, RESPONSE, WAITED_FOR_LOOP)
    ]
    return OperationPage(
        endpoint_id=endpoint.id,
        name=endpoint.name,
        start=span.start,
        end=span.end,
        as_of=now,
        request_count=whole.count,
        response_seconds=response_seconds,
        operations=sorted(rows, key=lambda row: (-row.exclusive_seconds, row.id)),
        blocks=block_rows(whole, named),
    )


def block_rows(whole: Window, named: Mapping[str, Operation]) -> list[BlockRow]:
    """Return the lines that blocked the event loop in an endpoint, of most time first."""
    rows = {
        named[operation_id].text: BlockRow(
            named[operation_id].text, stats.calls, stats.wall_seconds, times(stats.seconds), []
        )
        for operation_id, stats in whole.operations.items()
        if _system(operation_id, named) == EVENT_LOOP
    }
    for operation_id, stats in whole.operations.items():
        if _system(operation_id, named) == WAITED_FOR_LOOP:
            waited = named[operation_id]
            if waited.source in rows:
                name = waited.text.removeprefix(f"{waited.source} ")
                row = WaitingRow(name, stats.calls, stats.wall_seconds)
                rows[waited.source].waiting.append(row)
    for each in rows.values():
        each.waiting.sort(key=lambda row: (-row.seconds, row.name))
    return sorted(rows.values(), key=lambda row: (-row.seconds, row.place))


def _system(operation_id: str, named: Mapping[str, Operation]) -> str:
    return named[operation_id].system if operation_id in named else ""


def _stepped(whole: Window) -> int:
    """Return of how many requests the framework's steps were timed: all of them begin with one."""
    first = whole.operations.get(FIRST_STEP.id)
    return first.requests if first is not None else 0


def _named(operation_id: str, named: Mapping[str, Operation]) -> tuple[str, Operation]:
    unnamed = Operation(LatencyType.PROCESSING, UNNAMED)
    return operation_id, named.get(operation_id, unnamed)


def _row(
    known: tuple[str, Operation],
    stats: OperationStats,
    requests: int,
    response_seconds: float,
    factor: float,
) -> OperationRow:
    """Return a row; a step of the framework was timed in one of `factor` requests."""
    operation_id, operation = known
    work, pattern = stats.seconds.sum, "" if operation.is_step else _pattern(stats)
    if operation.is_step:
        work, stats = work * factor, stats.scaled(factor)
    return OperationRow(
        id=operation_id,
        latency_type=operation.latency_type,
        system=operation.system,
        text=operation.text,
        source=operation.source,
        request_count=stats.requests,
        call_count=stats.calls,
        calls_per_request=stats.calls / max(requests, 1),
        seconds_per_request=stats.exclusive_seconds / max(requests, 1),
        most_calls=stats.most_calls,
        repeat_count=stats.repeats,
        exact_repeat_count=stats.exact_repeats,
        failure_count=stats.failures,
        work_seconds=work,
        exclusive_seconds=stats.exclusive_seconds,
        share_of_time_ratio=(
            min(stats.exclusive_seconds / response_seconds, 1.0) if response_seconds else None
        ),
        between_seconds=stats.between_seconds,
        parallelism=work / stats.wall_seconds if stats.wall_seconds else 1.0,
        duration=times(stats.seconds),
        pattern=pattern,
        is_estimated=operation.is_step and factor > 1,
        sequence_length=1 + stats.repeats / stats.requests if pattern else None,
    )


def _pattern(stats: OperationStats) -> str:
    if stats.repeats < REPEATS_OF_A_PATTERN * stats.requests:
        return ""
    is_exact = stats.exact_repeats >= EXACT_RATIO * stats.repeats
    return "exact_repeats" if is_exact else "n_plus_one"


def exemplar_range(span: TimeRange, kept: Filter) -> tuple[TimeRange, int]:
    """Return the hours in which a range's exemplars are kept, and their resolution."""
    if kept.instances:
        return span, FINEST
    return TimeRange(floor_to(span.start, HOUR), span.end), HOUR


def exemplar_page(
    endpoint: Endpoint, whole: Window, named: Mapping[str, Operation], span: TimeRange, now: float
) -> ExemplarPage:
    """Return the exemplars whose response ended in `span`, the slowest first."""
    found = [
        _shown(why, exemplar, named)
        for why, kept in (("slowest", whole.slowest), ("typical", whole.typical))
        for exemplar in _within(span, kept)
    ]
    found.sort(key=lambda each: (-each.seconds, each.ended_at, each.why))
    duration = times(whole.response_time())
    return ExemplarPage(
        endpoint_id=endpoint.id,
        name=endpoint.name,
        start=span.start,
        end=span.end,
        as_of=now,
        near_p50=_nearest(found, duration, "p50"),
        near_p99=_nearest(found, duration, "p99"),
        exemplars=found,
    )


def _within(span: TimeRange, kept: Kept) -> Iterator[Exemplar]:
    for _, packed in kept.values():
        exemplar = Exemplar.unpack(packed)
        if span.start <= exemplar.ended_at < span.end:
            yield exemplar


def _nearest(exemplars: Iterable[ExemplarShown], of: Times, percentile: str) -> int | None:
    """Return the place of the exemplar whose time is nearest to a percentile, by their ratio."""
    seconds: float | None = getattr(of, f"{percentile}_seconds")
    if seconds is None or percentile in of.unsupported:
        return None
    ratios = {
        place: max(each.seconds, seconds) / max(min(each.seconds, seconds), 1e-9)
        for place, each in enumerate(exemplars)
    }
    return min(ratios, key=ratios.__getitem__, default=None)


def _shown(why: str, exemplar: Exemplar, named: Mapping[str, Operation]) -> ExemplarShown:
    return ExemplarShown(
        why=why,
        ended_at=exemplar.ended_at,
        seconds=exemplar.seconds,
        status=exemplar.status,
        latency_seconds=split_seconds(exemplar.parts, exemplar.seconds),
        steps=_steps(exemplar.calls, named),
        more_calls=exemplar.more_calls,
        trace_id=exemplar.trace_id,
    )


def _steps(calls: Sequence[ShownCall], named: Mapping[str, Operation]) -> list[StepShown]:
    """Put the calls of each operation together, those inside of another apart from the others."""
    together: dict[tuple[str, str | None], list[ShownCall]] = {}
    for call in calls:
        inside = calls[call.around].operation if 0 <= call.around < len(calls) else None
        together.setdefault((call.operation, inside), []).append(call)
    return [
        _step(_named(operation_id, named), inside, some)
        for (operation_id, inside), some in together.items()
    ]


def _step(
    known: tuple[str, Operation], inside: str | None, calls: Sequence[ShownCall]
) -> StepShown:
    operation_id, operation = known
    began = [call.began / 1e6 for call in calls]
    durations = [call.microseconds / 1e6 for call in calls]
    return StepShown(
        operation_id=operation_id,
        latency_type=operation.latency_type,
        system=operation.system,
        text=operation.text,
        source=operation.source,
        inside=inside,
        call_count=len(calls),
        failure_count=sum(call.has_failed for call in calls),
        seconds=union_seconds(zip(began, map(add, began, durations), strict=True)),
        began_seconds=began,
        durations_seconds=durations,
    )
