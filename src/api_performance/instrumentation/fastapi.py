"""FastAPI: what it does with a request, step by step: dependencies, endpoint, serialization.

Its routes look up four functions in `fastapi.routing` for every request; they are exchanged there.
Steps tell apart what counts as processing, and move nothing between the types: see `latency`. To
time them costs as much as several calls, so it is done for one of ONE_OF requests, drawn at random,
and what is told of them is an estimate. To hand arguments on costs the others 18,000 instructions.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from functools import wraps
from importlib import import_module
from random import Random
from types import ModuleType
from typing import Any, Final

from api_performance.instrumentation.integrations import NotFollowed, Undo, require
from api_performance.instrumentation.wrapping import Make, Wrap, note_fault, part_of, wrap_all
from api_performance.measure.current import current_request
from api_performance.measure.latency import Breakdown, Span
from api_performance.measure.operations import known
from api_performance.model import DEPENDENCIES, FRAMEWORK, LatencyType, Operation

OLDEST: Final = "0.115"

ONE_OF: Final = 64
"""The share of requests whose steps are timed, by `benchmarks.overhead`: see docs/decisions.md."""

_current: Final = current_request.get

# Any, from here on: a function of FastAPI's, and what it is called with


class Sample:
    """Draws one of `one_of` requests on average, the first of all among them."""

    def __init__(self, one_of: int, random: Random) -> None:
        """Draw gaps from 1 to twice the mean, so that no rhythm of an app's requests is met."""
        self.one_of = one_of
        self._random = random
        self._left = 1

    def draws(self) -> bool:
        """Tell whether the next request is drawn. Two threads at once may draw one more."""
        self._left -= 1
        if self._left > 0:
            return False
        self._left = self._random.randrange(1, 2 * self.one_of)
        return True


SAMPLE: Final = Sample(ONE_OF, Random())  # noqa: S311  # it guards nothing


def attach(module: ModuleType) -> Undo:
    """Follow the requests that begin from now on."""
    require("fastapi", OLDEST)
    dependencies, concurrency, responses = map(
        import_module, ("fastapi.dependencies.utils", "fastapi.concurrency", "starlette.responses")
    )
    for name in ("solve_dependencies", "run_endpoint_function", "serialize_response"):
        if not inspect.iscoroutinefunction(inspect.unwrap(part_of(module, name))):
            raise NotFollowed(f"{module.__name__}.{name} is no coroutine function any more")
    return wrap_all(
        Wrap(module, "solve_dependencies", _first(_step(DEPENDENCIES))),
        Wrap(module, "run_endpoint_function", _later(_step("endpoint function"))),
        Wrap(module, "serialize_response", _later(SERIALIZATION)),
        Wrap(part_of(responses, "JSONResponse"), "render", _rendering),
        *(Wrap(at, "run_in_threadpool", _queueing) for at in (module, dependencies, concurrency)),
    )


def _step(name: str) -> Operation:
    return known(LatencyType.PROCESSING, name, FRAMEWORK, is_whole=False, source="")


SERIALIZATION: Final = _step("response serialization")
WAIT: Final = _step("wait for a worker thread")


def _first(step: Operation) -> Make:
    """Return what makes a function time the requests that are drawn: none was looked at before."""

    def make(original: Any) -> Any:
        @wraps(original)
        def call(*args: Any, **kwargs: Any) -> Awaitable[Any]:
            made: Awaitable[Any] = original(*args, **kwargs)
            if not SAMPLE.draws():
                return made
            breakdown = _drawn()
            return made if breakdown is None else _timed(made, breakdown, step)

        return call

    return make


def _drawn() -> Breakdown | None:
    """Have the steps of the current request be told apart; None outside of a measured one."""
    try:
        request = _current()
        breakdown = request.open_breakdown() if request is not None else None
        if breakdown is not None:
            breakdown.has_steps = True
    except Exception as error:  # noqa: BLE001  # the call goes on whatever we do wrong
        note_fault(error)
        return None
    return breakdown


def _followed() -> Breakdown | None:
    """Return the breakdown of the current request if its steps are told apart."""
    request = _current()
    if request is None:
        return None
    breakdown = request.breakdown
    return breakdown if breakdown is not None and breakdown.has_steps else None


def _later(step: Operation) -> Make:
    """Return what makes a function time the requests that were drawn."""

    def make(original: Any) -> Any:
        @wraps(original)
        def call(*args: Any, **kwargs: Any) -> Awaitable[Any]:
            made: Awaitable[Any] = original(*args, **kwargs)
            breakdown = _followed()
            return made if breakdown is None else _timed(made, breakdown, step)

        return call

    return make


async def _timed(made: Awaitable[Any], breakdown: Breakdown, step: Operation) -> Any:
    span = breakdown.step = breakdown.begin_step(step)
    try:
        result = await made
    except BaseException as error:
        breakdown.close(span, has_failed=isinstance(error, Exception))
        raise
    else:
        breakdown.close(span)
    finally:
        breakdown.step = None
    return result


def _rendering(original: Any) -> Any:
    """Time what becomes text only when the response is made; in the endpoint it is the endpoint's.

    So it is before FastAPI 0.130, and of a response class that was asked for.
    """

    @wraps(original)
    def render(self: Any, content: Any) -> bytes:
        breakdown = _followed()
        if breakdown is None or breakdown.step is not None:
            text: bytes = original(self, content)
            return text
        span = breakdown.begin_step(SERIALIZATION)
        try:
            text = original(self, content)
        finally:
            breakdown.close(span)
        return text

    return render


def _queueing(original: Any) -> Any:
    """Time what is handed to a thread until it begins there."""

    @wraps(original)
    def run_in_threadpool(func: Callable[..., Any], *args: Any, **kwargs: Any) -> Awaitable[Any]:
        breakdown = _followed()
        if breakdown is not None:
            func = _begun(func, breakdown, breakdown.begin_step(WAIT))
        made: Awaitable[Any] = original(func, *args, **kwargs)
        return made

    return run_in_threadpool


def _begun(func: Callable[..., Any], breakdown: Breakdown, span: Span) -> Callable[..., Any]:
    def begin(*args: Any, **kwargs: Any) -> Any:
        breakdown.close(span)
        return func(*args, **kwargs)

    return begin
