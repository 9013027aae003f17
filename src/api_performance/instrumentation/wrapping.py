"""Functions of a library are exchanged for ones that time their calls, and given back.

What the program calls, and what it gets, stays: arguments, results and errors pass untouched, and a
fault of ours costs a line in the log, never the call.
"""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Callable
from dataclasses import dataclass
from types import (
    BuiltinFunctionType,
    FunctionType,
    MethodDescriptorType,
    MethodType,
    WrapperDescriptorType,
)
from typing import Any, Final

from api_performance.clock import SystemClock
from api_performance.errors import told
from api_performance.instrumentation.blocking import Form, Telling, leaving_rows
from api_performance.instrumentation.integrations import NotFollowed, Undo
from api_performance.measure.current import current_request
from api_performance.measure.latency import Span
from api_performance.measure.operations import Told, begun, end

logger: Final = logging.getLogger("api_performance")

LOG_EVERY_SECONDS: Final = 60.0
"""A fault in a wrapper comes with every call, and a log must survive that."""

Begin = Callable[..., Span | None]
"""Called with the arguments of the call; returns what to end after it, if anything."""

BeginAsGiven = Callable[[tuple[Any, ...], dict[str, Any]], Span | None]
"""Likewise, called with the positional and the named arguments of the call, whatever they are."""

Tell = Callable[[tuple[Any, ...], dict[str, Any]], Told]
"""Likewise, but returns what the call is. It may be left out what can only be named."""

IsFailure = Callable[[Any], bool]  # Any: whatever the library's function returns

Make = Callable[[Any], Any]  # Any: a library's function of whatever type

_MISSING: Final = object()

_serving: Final = current_request.get


@dataclass(frozen=True, slots=True)
class Wrap:
    """An attribute of a class or module, and what is made of it."""

    owner: Any  # Any: a class or module of a library
    name: str
    make: Make


def wrap_all(*wraps: Wrap) -> Undo:
    """Exchange attributes; NotFollowed, and nothing is changed, where one of them is missing.

    What somebody else wrapped meanwhile stays as it is when this is undone.
    """
    found = [(wrap, _attribute(wrap.owner, wrap.name)) for wrap in wraps]
    made = [(wrap, original, wrap.make(original)) for wrap, original in found]
    is_own = [wrap.name in vars(wrap.owner) for wrap in wraps]
    for wrap, _, ours in made:
        setattr(wrap.owner, wrap.name, ours)

    def undo() -> None:
        for (wrap, original, ours), own in zip(made, is_own, strict=True):
            if vars(wrap.owner).get(wrap.name) is not ours:
                continue
            if own:
                setattr(wrap.owner, wrap.name, original)
            else:
                delattr(wrap.owner, wrap.name)

    return undo


def _attribute(owner: Any, name: str) -> Any:  # Any: as in Wrap
    found = inspect.getattr_static(owner, name, _MISSING)
    if found is _MISSING:
        raise NotFollowed(f"{owner.__name__} has no {name}, which this release should have")
    return found


def part_of(module: Any, name: str) -> Any:  # Any: as in Wrap
    """Return a class of a module, by its dotted name; NotFollowed where it is missing."""
    found = module
    for part in name.split("."):
        _attribute(found, part)
        found = getattr(found, part)
    return found


def wrap_of(module: Any, path: str, make: Make) -> Wrap:  # Any: as in Wrap
    """Return what to make of a method, by `place.Class.method`; NotFollowed without its class."""
    owner, _, name = path.rpartition(".")
    return Wrap(part_of(module, owner), name, make)


def timed(begin: Begin, is_failure: IsFailure | None = None) -> Make:
    """Return what makes a function, or a coroutine's, time its calls as `begin` says.

    A call has failed if it raised, or if its result `is_failure`.
    """
    return timed_as_given(lambda args, kwargs: begin(*args, **kwargs), is_failure)


def timed_as_given(begin: BeginAsGiven, is_failure: IsFailure | None = None) -> Make:
    """Likewise, for what is called more: to spread arguments costs up to 2,100 instructions."""

    def make(original: Any) -> Any:  # Any: as in Make
        if isinstance(original, classmethod):
            return classmethod(make(original.__func__))
        wrap = _timed_coroutine if _is_awaited(original) else _timed
        return wrap(_called_with_self(original), begin, is_failure)

    return make


def timed_call(
    tell: Tell,
    is_failure: IsFailure | None = None,
    form: Form | None = None,
    failed: str = "is_failure_(result_)",
) -> Make:
    """Likewise, for what is called most: `tell` tells what a call is, and begins none.

    What is no coroutine must keep its thread until it returns; `tell` begins the span of a call
    that does not, as in a greenlet. The operation must be one that is whole. A `form` says how such
    a function takes its arguments, if not by its parameters alone; `failed` is as in Telling.
    """

    def begin(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Span | None:
        return begun(tell(args, kwargs))

    def make(original: Any) -> Any:  # Any: as in Make
        original = _called_with_self(original)
        if _is_awaited(original):
            return _timed_coroutine(original, begin, is_failure)
        return leaving_rows(
            original, Telling(tell, is_failure, _in_begun, note_fault, failed), form
        )

    return make


def _is_awaited(function: Any) -> bool:  # Any: as in Make
    return inspect.iscoroutinefunction(inspect.unwrap(function))


_TAKES_SELF: Final = (
    *(FunctionType, MethodType, BuiltinFunctionType),
    *(MethodDescriptorType, WrapperDescriptorType),
)
"""What is called with the object as its first argument, or is bound to one already."""


def _called_with_self(original: Any) -> Any:  # Any: as in Make
    """Return a method as a function of the object: what wrapt made of one has to be bound first."""
    if type(original) in _TAKES_SELF or not hasattr(original, "__get__"):
        return original

    @functools.wraps(original)
    def bound(self: Any, *args: Any, **kwargs: Any) -> Any:  # Any: as the original's
        return original.__get__(self, type(self))(*args, **kwargs)

    return bound


def _timed(
    original: Any,  # Any: as in Make
    begin: BeginAsGiven,
    is_failure: IsFailure | None,
) -> Any:
    @functools.wraps(original)
    def call(*args: Any, **kwargs: Any) -> Any:  # Any: as the original's
        if _serving() is None:
            return original(*args, **kwargs)
        try:
            span = begin(args, kwargs)
        except Exception as error:  # noqa: BLE001  # the call goes on whatever we do wrong
            note_fault(error)
            span = None
        return _in_begun(span, original, args, kwargs, is_failure)

    return call


def _in_begun(
    told: Told,
    original: Any,  # Any: as in Make
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    is_failure: IsFailure | None,
) -> Any:
    """Call in the span that was begun, or that is by now; None: in none."""
    span = begun(told)
    if span is None:
        return original(*args, **kwargs)
    try:
        result = original(*args, **kwargs)
    except BaseException as error:
        _end_raised(span, error)
        raise
    try:
        end(span, is_failure is not None and is_failure(result))
    except Exception as fault:  # noqa: BLE001  # the call went on
        note_fault(fault)
        end(span)
    return result


def _timed_coroutine(
    original: Any,  # Any: as in Make
    begin: BeginAsGiven,
    is_failure: IsFailure | None,
) -> Any:
    @functools.wraps(original)
    async def call(*args: Any, **kwargs: Any) -> Any:  # Any: as the original's
        if _serving() is None:
            return await original(*args, **kwargs)
        try:
            span = begin(args, kwargs)
        except Exception as error:  # noqa: BLE001  # the call goes on whatever we do wrong
            note_fault(error)
            span = None
        if span is None:
            return await original(*args, **kwargs)
        try:
            result = await original(*args, **kwargs)
        except BaseException as error:
            _end_raised(span, error)
            raise
        try:
            end(span, is_failure is not None and is_failure(result))
        except Exception as fault:  # noqa: BLE001  # the call went on
            note_fault(fault)
            end(span)
        return result

    return call


def _end_raised(span: Span, error: BaseException) -> None:
    """End a call, as failed if by an error; one that was cancelled, or given up, did not fail."""
    end(span, isinstance(error, Exception))


_logged_at = -LOG_EVERY_SECONDS


def note_fault(error: Exception) -> None:
    """Log a fault of ours in a call of the program's, at most once a minute."""
    global _logged_at
    now = SystemClock.perf()
    if now - _logged_at >= LOG_EVERY_SECONDS:
        _logged_at = now
        logger.warning("a call was not measured: %s", told(error))


WAIT_FOR_A_CONNECTION: Final = "wait for a connection"
"""The operation of a pool whose connections were all in use."""
