"""What is wrapped behaves as before, whatever goes wrong in us."""

from __future__ import annotations

from typing import Any

import pytest
import wrapt

from api_performance.instrumentation import wrapping
from api_performance.instrumentation.wrapping import Wrap, timed, wrap_all
from api_performance.measure.latency import Span
from api_performance.measure.operations import begin, known
from api_performance.model import LatencyType
from tests.instrumentation.following import seen_in_request


class Library:
    """Stands for a client library."""

    def ask(self, number: int, *, times: int = 1) -> int:
        return number * times

    async def ask_async(self, number: int) -> int:
        return number


def begin_asking(_library: Library, *_args: object, **_options: object) -> Span | None:
    return begin(known(LatencyType.CACHE, "ask", "library"))


def fail(*_args: object, **_options: object) -> Span | None:
    raise RuntimeError("ours")


def test_a_fault_of_ours_is_logged_once_and_the_call_goes_on(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wrapping, "_logged_at", -wrapping.LOG_EVERY_SECONDS)
    undo = wrap_all(Wrap(Library, "ask", timed(fail)), Wrap(Library, "ask_async", timed(fail)))
    library = Library()

    async def work() -> None:
        assert library.ask(2, times=3) == 6
        assert await library.ask_async(2) == 2

    seen_in_request(work)
    undo()
    (line,) = [record.message for record in caplog.records]
    assert line.startswith("a call was not measured: RuntimeError at test_wrapping.py:")


def test_a_result_may_tell_that_the_call_failed() -> None:
    undo = wrap_all(Wrap(Library, "ask", timed(begin_asking, lambda result: result > 10)))
    seen = seen_in_request(lambda: (Library().ask(1), Library().ask(11)))
    undo()
    assert [call.has_failed for call in seen.calls] == [False, True]


def test_a_method_that_wrapt_has_wrapped_keeps_its_object() -> None:
    def around(function: Any, instance: Any, args: Any, kwargs: Any) -> Any:
        assert isinstance(instance, Library)
        return function(*args, **kwargs)

    original = Library.ask
    wrapt.wrap_function_wrapper(Library, "ask", around)
    undo = wrap_all(Wrap(Library, "ask", timed(begin_asking)))
    seen = seen_in_request(lambda: Library().ask(2, times=3))
    undo()
    Library.ask = original  # type: ignore[method-assign]  # as wrapt found it
    assert seen.texts == ["ask"]


def test_what_somebody_wrapped_after_us_stays() -> None:
    def of_somebody(self: Library, number: int, *, times: int = 1) -> int:
        return 0

    original = Library.ask
    undo = wrap_all(Wrap(Library, "ask", timed(begin_asking)))
    Library.ask = of_somebody  # type: ignore[method-assign]  # as another library would
    undo()
    assert Library.ask is of_somebody
    Library.ask = original  # type: ignore[method-assign]  # as it was
