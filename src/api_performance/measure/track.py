"""`track_latency`: how code inside a request says where its time goes."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from types import TracebackType
from typing import Any, Final, ParamSpec, Self, TypeVar, cast

from api_performance.measure.current import serving
from api_performance.measure.latency import PART_INDEX, Span, current_span
from api_performance.model import LatencyType

P = ParamSpec("P")
T = TypeVar("T")

_PARTS: Final = ", ".join(f"LatencyType.{part.name}" for part in PART_INDEX)


class track_latency:  # noqa: N801  # SPEC.md's name; used as a function would be
    """Charges the time of a block, a call or a generator's own steps to a latency type.

    `with track_latency(LatencyType.DATABASE): …` or as a decorator of an async, sync or generator
    function. Outside a measured request, and after its response is out, it does nothing. A
    generator is charged while it runs, not while its consumer does. One object may be entered
    again, also in parallel. ValueError for TOTAL, which is the sum of the others.
    """

    __slots__ = ("_part", "_spans", "_type")

    def __init__(self, latency_type: LatencyType) -> None:
        """Charge to `latency_type`: any but TOTAL."""
        try:
            self._part = PART_INDEX[LatencyType(latency_type)]
        except (KeyError, ValueError):
            raise ValueError(f"track_latency takes one of {_PARTS}, not {latency_type!r}") from None
        self._type = LatencyType(latency_type)
        self._spans: list[tuple[Span | None, Span | None]] = []

    def __enter__(self) -> Self:
        """Open a span in the request that the running code serves."""
        outer = current_span.get()
        span = _open(self._part, outer)
        if span is not None:
            current_span.set(span)
        self._spans.append((span, outer))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the span, also when the block failed."""
        span, outer = self._take()
        if span is not None:
            current_span.set(outer)
            span.breakdown.close(span)

    def _take(self) -> tuple[Span | None, Span | None]:
        """Take the span this context opened: in parallel, the newest one that is current here."""
        mine = current_span.get()
        for index in range(len(self._spans) - 1, -1, -1):
            if self._spans[index][0] is mine:
                return self._spans.pop(index)
        return self._spans.pop()

    def __call__(self, function: Callable[P, T]) -> Callable[P, T]:
        """Track every call of a function of whatever kind; its signature stays."""
        return cast("Callable[P, T]", _wrapped(function, self._type))


def _open(part: int, outer: Span | None) -> Span | None:
    request = serving()
    breakdown = request.open_breakdown() if request is not None else None
    return breakdown.open(part, outer) if breakdown is not None else None


def _wrapped(function: Callable[..., Any], part: LatencyType) -> Callable[..., Any]:
    # Any, here and below: whatever the user's function takes and returns
    if inspect.isasyncgenfunction(function):

        @functools.wraps(function)
        def tracked_asyncgen(*args: Any, **kwargs: Any) -> Any:
            return _track_async_generator(function(*args, **kwargs), part)

        return tracked_asyncgen
    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def tracked_generator(*args: Any, **kwargs: Any) -> Any:
            return _track_generator(function(*args, **kwargs), part)

        return tracked_generator
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def tracked_coroutine(*args: Any, **kwargs: Any) -> Any:
            with track_latency(part):
                return await function(*args, **kwargs)

        return tracked_coroutine

    @functools.wraps(function)
    def tracked_call(*args: Any, **kwargs: Any) -> Any:
        with track_latency(part):
            return function(*args, **kwargs)

    return tracked_call


def _track_generator(
    inner: Generator[Any, Any, Any], part: LatencyType
) -> Generator[Any, Any, Any]:
    step: Callable[[Any], Any] = inner.send
    argument: Any = None
    while True:
        try:
            with track_latency(part):
                item = step(argument)
        except StopIteration as end:
            return end.value
        try:
            argument, step = (yield item), inner.send
        except GeneratorExit:
            with track_latency(part):
                inner.close()
            raise
        except BaseException as error:  # noqa: BLE001  # handed to the generator
            argument, step = error, inner.throw


async def _track_async_generator(
    inner: AsyncGenerator[Any, Any], part: LatencyType
) -> AsyncGenerator[Any, Any]:
    step: Callable[[Any], Any] = inner.asend
    argument: Any = None
    while True:
        try:
            with track_latency(part):
                item = await step(argument)
        except StopAsyncIteration:
            return
        try:
            argument, step = (yield item), inner.asend
        except GeneratorExit:
            with track_latency(part):
                await inner.aclose()
            raise
        except BaseException as error:  # noqa: BLE001  # handed to the generator
            argument, step = error, inner.athrow
