"""redis-py, sync and async: a command or a pipeline is one operation, with all its retries.

A command lasts from the call to its parsed answer; connecting, redirections of a cluster and
loading scripts are part of it. Where the connections of a blocking pool are all in use, the wait
for one is told apart. What a subscription receives is no operation, and neither is a command that
a transaction in a cluster sends at once, between WATCH and MULTI.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from types import ModuleType
from typing import Any, Final

from api_performance.instrumentation.blocking import Form
from api_performance.instrumentation.integrations import Undo, require
from api_performance.instrumentation.redis_text import (
    MAX_LOOKED_AT,
    OPERATIONS,
    command_of,
    pipeline_of,
)
from api_performance.instrumentation.wrapping import (
    WAIT_FOR_A_CONNECTION,
    Tell,
    timed_as_given,
    timed_call,
    wrap_all,
    wrap_of,
)
from api_performance.measure.latency import Span
from api_performance.measure.operations import Told, begin, known
from api_performance.model import LatencyType

OLDEST: Final = "7.0"

MAX_MARKED: Final = 4_096
"""Characters of a value up to which it is told from others: hashing a megabyte takes longer than
all else that we do."""

KEYED: Final = Form(
    taken="*args, keys=absent_, **options",
    handed="original(args[0], args[1], args[2], keys=keys)"
    " if len(args) == 3 and keys is not absent_ and not options else"
    " original(*args, **options) if keys is absent_ else original(*args, keys=keys, **options)",
    args="args",
    kwargs="options if keys is absent_ else {**options, 'keys': keys}",
    told="options",
)
"""redis-py names the keys of most commands. To hand on named arguments whatever they are costs a
thousand instructions more."""

# Any, below: the library's own objects, and what the program gives


def attach(module: ModuleType) -> Undo:
    """Follow all clients of redis-py; NotFollowed if this release does not fit."""
    require("redis", OLDEST)
    calls: dict[str, Tell] = {
        "client.Redis.execute_command": _tell_command,
        "client.Pipeline.immediate_execute_command": _tell_command,
        "client.Pipeline.execute": _tell_pipeline,
        "cluster.RedisCluster.execute_command": _tell_command,
        "cluster.ClusterPipeline.execute": _tell_cluster_pipeline,
    }
    wait = "connection.BlockingConnectionPool.get_connection"
    return wrap_all(
        *(wrap_of(module, path, timed_call(tell, form=KEYED)) for path, tell in calls.items()),
        *(wrap_of(module, f"asyncio.{path}", timed_call(tell)) for path, tell in calls.items()),
        wrap_of(module, wait, timed_as_given(_begin_wait)),
        wrap_of(module, f"asyncio.{wait}", timed_as_given(_begin_async_wait)),
    )


def _tell_command(args: tuple[Any, ...], _options: object) -> Told:
    if len(args) == 3:
        _, name, key = args
        if type(key) is str:  # a command and its key: most are
            try:
                return OPERATIONS[name], hash((name, key))
            except KeyError:
                return command_of((name, key)), hash((name, key))
    words = args[1:]
    return command_of(words), _mark(words)


def _tell_pipeline(args: tuple[Any, ...], _options: object) -> Told:
    return _tell_all(command for command, _ in args[0].command_stack)


def _tell_cluster_pipeline(args: tuple[Any, ...], _options: object) -> Told:
    queue = args[0]._execution_strategy._command_queue  # they are nowhere else
    return _tell_all(command.args for command in queue)


def _tell_all(commands: Iterable[Sequence[Any]]) -> Told:
    looked_at = list(islice(commands, MAX_LOOKED_AT))
    if not looked_at:
        return None
    mark = hash(tuple(map(_mark, map(tuple, looked_at)))) if len(looked_at) < MAX_LOOKED_AT else 0
    return pipeline_of(looked_at), mark


def _begin_wait(args: tuple[Any, ...], _options: object) -> Span | None:
    return _wait() if args[0].pool.empty() else None


def _begin_async_wait(args: tuple[Any, ...], _options: object) -> Span | None:
    return None if args[0].can_get_connection() else _wait()


def _wait() -> Span | None:
    operation = known(LatencyType.CACHE, WAIT_FOR_A_CONNECTION, "redis")
    return begin(operation, is_inner=True)


def _mark(args: tuple[Any, ...]) -> int:
    """Return what equal commands share; 0 where a value is long or cannot be told from others."""
    try:
        if len(args) > 2 and any(len(arg) > MAX_MARKED for arg in args[2:] if _is_text(arg)):
            return 0
        return hash(args)
    except Exception:  # noqa: BLE001  # an object of the program's may refuse in any way
        return 0


def _is_text(value: object) -> bool:
    """Tell whether a value has a length that its hash depends on."""
    return isinstance(value, str | bytes)
