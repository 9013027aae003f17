"""A function that keeps its thread until it returns is exchanged for one that leaves a row.

What takes its place has the parameters that the function has: to take arguments whatever they are
and hand them on costs 1,100 to 3,000 instructions a call, to name them 450 to 700. So its source is
written out for each function and compiled once, as dataclasses do. All of it stands in one
function, and in few steps, for each takes some 40 instructions.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import Parameter, signature
from threading import get_ident
from types import FunctionType
from typing import Any, Final

from api_performance.measure.current import current_request
from api_performance.measure.latency import MAX_IN_ROWS
from api_performance.measure.operations import Told


@dataclass(frozen=True, slots=True)
class Form:
    """How a call is taken and handed on, in Python's source.

    `taken` are the parameters, and `handed` is the call of `original`. `args` and `kwargs` are the
    same arguments as a tuple and a dict; `told` are the named ones that `Telling.tell` is told of.
    """

    taken: str
    handed: str
    args: str
    kwargs: str
    told: str


ANY: Final = Form(
    taken="*args, **kwargs",
    handed="original(*args, **kwargs) if kwargs else original(*args)",
    args="args",
    kwargs="kwargs",
    told="kwargs",
)


@dataclass(frozen=True, slots=True)
class Telling:
    """What is done around a call. Any: arguments and result of whatever function.

    `tell` gets positional and named arguments, `is_failure` the result; what they raise goes to
    `note_fault`. `in_begun` calls where no row can be left, given what was told, the function and
    its arguments. `failed` is the source of what `is_failure` returns of a `result_`, where a call
    of it would cost too much.
    """

    tell: Callable[[tuple[Any, ...], dict[str, Any]], Told]
    is_failure: Callable[[Any], bool] | None
    in_begun: Callable[..., Any]
    note_fault: Callable[[Exception], None]
    failed: str = "is_failure_(result_)"


# No other thread runs between the looks at the breakdown and the taking of its one place, nor
# between the last look at the place and its giving back, for nothing is called there. Names end in
# `_` where a parameter could have the same.
_SOURCE: Final = """
def call({taken}):
    request_ = serving_()
    if request_ is None:
        return {handed}
    try:
        told_ = tell_({args}, {told})
    except Exception as error_:  # the call goes on whatever we do wrong
        note_fault_(error_)
        told_ = None
    try:
        operation_, mark_ = told_
    except (TypeError, ValueError):  # nothing was told, or a span was begun
        return in_begun_(told_, original, {args}, {kwargs})
    breakdown_ = request_.opened
    if breakdown_ is None:
        breakdown_ = request_.open_breakdown()
        if breakdown_ is None:
            return {handed}
    perf_, thread_ = breakdown_.perf, get_ident_()
    if breakdown_.spans or breakdown_.blocking is not None:
        return in_begun_(told_, original, {args}, {kwargs})
    breakdown_.blocking = told_
    breakdown_.thread = thread_
    breakdown_.since = began_ = perf_()
    try:
        result_ = {handed}
    except BaseException as error_:
        breakdown_.end_blocking(get_ident_(), perf_(), has_failed=isinstance(error_, Exception))
        raise
    ended_ = perf_()
    row_ = operation_.id, mark_, began_, ended_ - began_
    has_failed_ = False{look}
    if breakdown_.blocking is told_ and not has_failed_:
        rows_ = breakdown_.rows
        rows_ += row_
        breakdown_.since = breakdown_.blocking = None
        if len(rows_) > most_in_rows_:
            breakdown_.make_room()
    else:
        breakdown_.end_blocking(get_ident_(), ended_, has_failed=has_failed_)
    return result_
"""

_LOOK: Final = """
    try:
        has_failed_ = {failed}
    except Exception as error_:  # the call went on
        note_fault_(error_)"""

_NO_OPTIONS: Final[Mapping[str, Any]] = {}  # Any: as of `tell`

ABSENT: Final = object()
"""The default, by the name `absent_`, of a parameter that a form names and its function has not."""

_POSITIONAL: Final = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)


def leaving_rows(original: Any, telling: Telling, form: Form | None = None) -> Any:
    """Return what calls `original` and leaves a row. Any: a function of whatever type.

    Without a `form` it has the function's own parameters, and `tell` is not told of those that can
    only be named.
    """
    own = _form_of(original)
    form = form or own
    namespace: dict[str, Any] = {  # Any: each name has its own type
        "original": original,
        "serving_": current_request.get,
        "tell_": telling.tell,
        "is_failure_": telling.is_failure,
        "in_begun_": functools.partial(telling.in_begun, is_failure=telling.is_failure),
        "note_fault_": telling.note_fault,
        "get_ident_": get_ident,
        "most_in_rows_": MAX_IN_ROWS,
        "no_options_": _NO_OPTIONS,
        "absent_": ABSENT,
    }
    parts = {name: getattr(form, name) for name in Form.__slots__}
    look = "" if telling.is_failure is None else _LOOK.format(failed=telling.failed)
    source = _SOURCE.format(look=look, **parts)
    name = f"{__file__} (written out)"  # no line of this file would be the right one
    exec(compile(source, name, "exec"), namespace)  # noqa: S102  # our text, and checked names
    call = namespace["call"]
    if form is own and form is not ANY:
        call.__defaults__, call.__kwdefaults__ = original.__defaults__, original.__kwdefaults__
    return functools.wraps(original)(call)


def _form_of(original: Any) -> Form:
    """Return the form that names all parameters; ANY where a function takes more, or is of C."""
    if type(original) is not FunctionType:
        return ANY
    parameters = signature(original, follow_wrapped=False).parameters.values()
    positional = [each.name for each in parameters if each.kind in _POSITIONAL]
    named = [each.name for each in parameters if each.kind is Parameter.KEYWORD_ONLY]
    is_whole = len(positional) + len(named) == len(parameters)
    if not is_whole or any(name.endswith("_") or name == "original" for name in positional + named):
        return ANY
    return Form(
        taken=", ".join([*positional, *(["*", *named] if named else [])]),
        handed=f"original({', '.join([*positional, *(f'{name}={name}' for name in named)])})",
        args=f"({''.join(f'{name}, ' for name in positional)})",
        kwargs=f"dict({', '.join(f'{name}={name}' for name in named)})",
        told="no_options_",
    )
