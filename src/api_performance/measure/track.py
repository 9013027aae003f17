"""`track_latency`: how code inside a request says where its time goes."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import AsyncGenerator, Callable, Generator
from types import CodeType, TracebackType
from typing import Any, Final, ParamSpec, Self, TypeVar, cast

from api_performance.measure.latency import BREAKDOWN, PART_INDEX, Span, current_span
from api_performance.measure.operations import begin, end, known
from api_performance.measure.places import place
from api_performance.model import LatencyType, Operation

P = ParamSpec("P")
T = TypeVar("T")

_PARTS: Final = ", ".join(f"LatencyType.{part.name}" for part in PART_INDEX)

MAX_BLOCKS: Final = 2_000
"""Places of blocks that are remembered; code that is made while the program runs has no end."""

_blocks: Final[dict[tuple[CodeType, int, LatencyType], Operation]] = {}


class track_latency:  # noqa: N801  # SPEC.md's name; used as a function would be
    """Charges the time of a block, a call or a generator's own steps to a latency type.

    `with track_latency(LatencyType.DATABASE): …` or as a decorator of an async, sync or generator
    function. It is an operation of the endpoint, named as `name` says, else by the function or by
    the block's file and line. Outside a measured request, and after its response is out, it does
    nothing. A generator is charged while it runs, not while its consumer does. One object may be
    entered again, also in parallel. ValueError for TOTAL, which is the sum of the others.
    """

    __slots__ = ("_name", "_operation", "_spans", "_type")

    def __init__(self, latency_type: LatencyType, name: str = "") -> None:
        """Charge to `latency_type`: any but TOTAL. A `name` must be the same for all calls."""
        try:
            self._type = LatencyType(latency_type)
            PART_INDEX[self._type]
        except (KeyError, ValueError):
            raise ValueError(f"track_latency takes one of {_PARTS}, not {latency_type!r}") from None
        self._name = name
        self._operation = known(self._type, name, is_whole=False) if name else None
        self._spans: list[Span | None] = []

    @classmethod
    def _of(cls, operation: Operation) -> Self:
        """Return one for a known operation, as every call of a decorated function needs."""
        self = cls.__new__(cls)
        self._operation = operation
        self._spans = []
        return self

    def __enter__(self) -> Self:
        """Open a span in the request that the running code serves."""
        operation = self._operation
        if operation is None:
            frame = sys._getframe(1)
            operation = _block(frame.f_code, frame.f_lineno, self._type)
        self._spans.append(begin(operation))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the span, also when the block failed."""
        end(self._take(), has_failed=isinstance(error, Exception))

    def _take(self) -> Span | None:
        """Take the span this context opened: in parallel, the newest one that is current here."""
        current = current_span.get()
        mine = current[BREAKDOWN].innermost(current) if current is not None else None
        for index in range(len(self._spans) - 1, -1, -1):
            if self._spans[index] is mine:
                return self._spans.pop(index)
        return self._spans.pop()

    def __call__(self, function: Callable[P, T]) -> Callable[P, T]:
        """Track every call of a function of whatever kind; its signature stays."""
        name = self._name or f"{function.__module__}.{function.__qualname__}"
        return cast("Callable[P, T]", _wrapped(function, _function(function, name, self._type)))


def _block(code: CodeType, line: int, latency_type: LatencyType) -> Operation:
    """Return the operation of a block that has no name: its place is one."""
    key = code, line, latency_type
    operation = _blocks.get(key)
    if operation is None:
        operation = known(latency_type, f"{place(code, line)}", is_whole=False)
        if len(_blocks) < MAX_BLOCKS:
            _blocks[key] = operation
    return operation


def _function(function: Callable[..., Any], name: str, latency_type: LatencyType) -> Operation:
    code = getattr(inspect.unwrap(function), "__code__", None)
    source = place(code, code.co_firstlineno) if code is not None else ""
    return known(latency_type, name, is_whole=False, source=source)


def _wrapped(function: Callable[..., Any], operation: Operation) -> Callable[..., Any]:
    # Any, here and below: whatever the user's function takes and returns
    if inspect.isasyncgenfunction(function):

        @functools.wraps(function)
        def tracked_asyncgen(*args: Any, **kwargs: Any) -> Any:
            return _track_async_generator(function(*args, **kwargs), operation)

        return tracked_asyncgen
    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def tracked_generator(*args: Any, **kwargs: Any) -> Any:
            return _track_generator(function(*args, **kwargs), operation)

        return tracked_generator
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def tracked_coroutine(*args: Any, **kwargs: Any) -> Any:
            with track_latency._of(operation):
                return await function(*args, **kwargs)

        return tracked_coroutine

    @functools.wraps(function)
    def tracked_call(*args: Any, **kwargs: Any) -> Any:
        with track_latency._of(operation):
            return function(*args, **kwargs)

    return tracked_call


def _track_generator(
    inner: Generator[Any, Any, Any], operation: Operation
) -> Generator[Any, Any, Any]:
    step: Callable[[Any], Any] = inner.send
    argument: Any = None
    while True:
        try:
            with track_latency._of(operation):
                item = step(argument)
        except StopIteration as end:
            return end.value
        try:
            argument, step = (yield item), inner.send
        except GeneratorExit:
            with track_latency._of(operation):
                inner.close()
            raise
        except BaseException as error:  # noqa: BLE001  # handed to the generator
            argument, step = error, inner.throw


async def _track_async_generator(
    inner: AsyncGenerator[Any, Any], operation: Operation
) -> AsyncGenerator[Any, Any]:
    step: Callable[[Any], Any] = inner.asend
    argument: Any = None
    while True:
        try:
            with track_latency._of(operation):
                item = await step(argument)
        except StopAsyncIteration:
            return
        try:
            argument, step = (yield item), inner.asend
        except GeneratorExit:
            with track_latency._of(operation):
                await inner.aclose()
            raise
        except BaseException as error:  # noqa: BLE001  # handed to the generator
            argument, step = error, inner.athrow
