"""Door 1, the monitor of SPEC.md: record, register and track from code."""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar, cast

from api_performance.errors import ConfigError, SwitchedOff
from api_performance.instrumentation.running_loop import is_in_event_loop
from api_performance.measure.cardinality import Hints
from api_performance.measure.current import current_request, serving
from api_performance.measure.filling import Measurement
from api_performance.measure.latency import Breakdown
from api_performance.measure.track import track_latency
from api_performance.model import (
    PERFORMANCE_THRESHOLDS,
    RESPONSE_TIME_THRESHOLDS,
    THROUGHPUT_THRESHOLDS,
    Endpoint,
    LatencyType,
    MetricPriority,
    PerformanceThreshold,
)

if TYPE_CHECKING:
    from api_performance.alerts.alert import AlertState, PerformanceAlert
    from api_performance.alerts.commands import Act
    from api_performance.export.prometheus import PROMETHEUS_METRICS
    from api_performance.runtime import Runtime

__all__ = [
    "PERFORMANCE_THRESHOLDS",
    "PROMETHEUS_METRICS",
    "RESPONSE_TIME_THRESHOLDS",
    "THROUGHPUT_THRESHOLDS",
    "APIPerformanceMonitor",
    "LatencyType",
    "MetricPriority",
    "PerformanceAlert",
    "PerformanceThreshold",
    "get_api_monitor",
    "monitor_api_performance",
    "track_latency",
]

P = ParamSpec("P")
T = TypeVar("T")

logger: Final = logging.getLogger("api_performance")


def __getattr__(name: str) -> Any:  # Any: whatever the name stands for
    """Load the rooms of Prometheus and of alerts only for those who ask for what is theirs."""
    if name == "PerformanceAlert":
        from api_performance.alerts.alert import PerformanceAlert

        return PerformanceAlert
    if name == "PROMETHEUS_METRICS":
        from api_performance.export.prometheus import PROMETHEUS_METRICS

        return PROMETHEUS_METRICS
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class APIPerformanceMonitor:
    """Records what no middleware sees, and tells what was measured. Made by `get_api_monitor`."""

    def __init__(self, runtime: Runtime | None = None) -> None:
        """Speak for a runtime: that of the app instrumented last, unless another is given."""
        self._runtime = runtime or _current_runtime()

    @property
    def debug_mode(self) -> bool:
        """Whether a DEBUG line per request goes to the logger `api_performance`."""
        return self._runtime.recorder.debug_mode

    @debug_mode.setter
    def debug_mode(self, is_on: bool) -> None:
        self._runtime.recorder.debug_mode = bool(is_on)

    def register_endpoint(
        self, endpoint: str, method: str = "GET", priority: MetricPriority | str | None = None
    ) -> Endpoint:
        """Make an endpoint known, called or not, and state its priority if one is given.

        `endpoint` is a template, or `METHOD /template`. Twice the same changes nothing. For the
        request that is being served it names that request's own endpoint, so a raw path in it adds
        none; then the answer is the endpoint as far as it is known by now.
        """
        method, path = split_endpoint(endpoint, method)
        stated = _priority(priority)
        request = serving()
        if request is not None and request.is_for(method, path):
            if stated is not None:
                request.stated_priority = stated
            return Endpoint(method=method, template=path, service=self._runtime.service)
        slot = self._runtime.registry.slot(method, path, hints=Hints(explicit=stated))
        self._runtime.start_runner()
        return slot.endpoint

    def record_request(  # noqa: PLR0913  # SPEC.md's four, and what else a request has
        self,
        endpoint: str,
        method: str = "GET",
        response_time: float = 0.0,
        status_code: int = 200,
        *,
        bytes_in: int = 0,
        bytes_out: int = 0,
        user: str | None = None,
    ) -> None:
        """Record one request: `response_time` in seconds (0 or more), sizes in bytes.

        Within a measured request, for that very request, it is merged: the request counts once.
        Never raises on the request path: a value that cannot be is refused with one log line.
        """
        method, path = split_endpoint(endpoint, method)
        request = serving()
        if request is not None and request.is_for(method, path):
            return
        if not (0 <= response_time < float("inf")) or not 100 <= status_code <= 599:
            self._runtime.recorder.note_error(
                ValueError(
                    f"record_request({endpoint!r}) was given response_time={response_time!r} s and"
                    f" status_code={status_code!r}; give seconds of 0 or more and 100 to 599"
                )
            )
            return
        slot = self._runtime.registry.slot(method, path)
        if not slot.is_monitored:
            return
        ended, times = self._runtime.perf(), (response_time, response_time, 0.0)
        self._runtime.recorder.add(
            Measurement(slot, status_code, ended, *times, bytes_in, bytes_out, user, 1, None, 0.0)
        )

    def flush(self) -> None:
        """Write what was recorded to the store now, instead of at the next flush interval."""
        self._runtime.flush()

    # Alerts: on an event loop none of these waits for the store, but at the very first read

    def get_alerts(
        self,
        severity: PerformanceThreshold | str | None = None,
        *,
        state: AlertState | str | None = None,
        priority: MetricPriority | str | None = None,
        endpoint: str = "",
    ) -> list[PerformanceAlert]:
        """Return the alerts that hold now, those that need somebody first.

        Each argument filters exactly, `endpoint` by its name; a `state` asks for those in it, be
        they over. On an event loop they are of the last two seconds. ConfigError for a severity,
        state or priority that is none, SwitchedOff, StoreUnavailable.
        """
        from api_performance.alerts.choosing import chosen

        self._refuse_if_off()
        known = self._runtime.local_alerts.alerts(may_wait=not is_in_event_loop())
        self._runtime.watch_alerts()
        return chosen(known.values(), severity, state, priority, endpoint)

    def acknowledge_alert(
        self, alert_id: str, *, author: str = "the program", reason: str = ""
    ) -> PerformanceAlert:
        """Say that somebody looks after an alert: it is told anew once it worsens or returns.

        AlertUnknown, SwitchedOff, StoreUnavailable.
        """
        from api_performance.alerts.commands import Act

        return self._act(Act.ACKNOWLEDGE, alert_id, author, reason)

    def resolve_alert(
        self, alert_id: str, *, author: str = "the program", reason: str = ""
    ) -> PerformanceAlert:
        """Say that an alert is over: it fires anew only once it was clear.

        AlertUnknown, SwitchedOff, StoreUnavailable.
        """
        from api_performance.alerts.commands import Act

        return self._act(Act.RESOLVE, alert_id, author, reason)

    def _act(self, act: Act, alert_id: str, author: str, reason: str) -> PerformanceAlert:
        self._refuse_if_off()
        may_wait = not is_in_event_loop()
        alert = self._runtime.local_alerts.act(
            act, alert_id, author=author, reason=reason, may_wait=may_wait
        )
        self._runtime.watch_alerts()
        return alert

    def add_alert(self, alert: PerformanceAlert) -> str:
        """Hand in an alert of the program's own; return its id. It ends by `resolve_alert`.

        The same endpoint and metric are the same alert. It waits for nothing and, on the request
        path, raises nothing: while alerts are switched off it is let go.
        """
        if self._runtime.config.dashboard_config.enable_alerts:
            self._runtime.local_alerts.hand_in(alert, "the program")
            self._runtime.watch_alerts()
        return alert.id

    def on_alert(self, hook: Callable[[PerformanceAlert], object]) -> None:
        """Have `hook(alert)` called, in a thread of ours, for each transition of an alert.

        In every process that asks for it, within two seconds of the transition, so that code can
        react. What it raises is counted and told on the health line, and harms nobody.
        SwitchedOff.
        """
        self._refuse_if_off()
        self._runtime.alert_hooks.append(hook)
        self._runtime.start_runner()

    def _refuse_if_off(self) -> None:
        if not self._runtime.config.dashboard_config.enable_alerts:
            raise SwitchedOff("alerts are switched off: set dashboard_config.enable_alerts to true")


def split_endpoint(endpoint: str, method: str) -> tuple[str, str]:
    """Return method and path: `"GET /users/7"` names both, and its method wins."""
    first, separator, rest = endpoint.strip().partition(" ")
    if separator and "/" not in first:
        return first.upper(), rest.strip()
    return method.upper(), endpoint.strip()


def _priority(priority: MetricPriority | str | None) -> MetricPriority | None:
    if priority is None:
        return None
    try:
        return MetricPriority(priority)
    except ValueError:
        allowed = ", ".join(MetricPriority)
        raise ConfigError(f"priority={priority!r} is none of {allowed}") from None


_monitors: Final[dict[int, APIPerformanceMonitor]] = {}


def _current_runtime() -> Runtime:
    from api_performance.runtime import current_runtime

    return current_runtime()


def _current_monitor() -> APIPerformanceMonitor:
    runtime = _current_runtime()
    monitor = _monitors.get(id(runtime))
    if monitor is None:
        _monitors.clear()
        monitor = _monitors[id(runtime)] = APIPerformanceMonitor(runtime)
    return monitor


async def get_api_monitor() -> APIPerformanceMonitor:
    """Return the monitor of the app instrumented last, else one made from the settings."""
    return _current_monitor()


class _Call:
    """A decorated call outside any measured request: measured as one of its own."""

    __slots__ = ("breakdown", "has_left", "opened", "path", "perf", "started", "stated_priority")

    def __init__(self, path: str, perf: Callable[[], float]) -> None:
        self.path = path
        self.perf = perf
        self.started = perf()
        self.has_left = False
        self.opened: Breakdown | None = None
        self.breakdown: Breakdown | None = None
        self.stated_priority: MetricPriority | None = None

    def open_breakdown(self) -> Breakdown | None:
        """Return the breakdown of the call's time, made at the first use; None after it."""
        if self.has_left:
            return None
        if self.breakdown is None:
            self.opened = self.breakdown = Breakdown(self.started, self.perf)
        return self.breakdown

    def is_for(self, method: str, path: str) -> bool:
        """Tell whether a recorded request is this very call."""
        return path == self.path


def monitor_api_performance(
    endpoint: str, method: str = "GET", priority: MetricPriority | str = MetricPriority.MEDIUM
) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Measure an async or sync function as an endpoint, and state its priority.

    Inside a measured request nothing is counted twice: the decorator states the priority of that
    request's endpoint, which its route names. Elsewhere each call counts as one request of
    `method` and `endpoint`, with status 200, or 500 if it raised. ConfigError on a wrong priority.
    """
    method, path = split_endpoint(endpoint, method)
    stated = _priority(priority) or MetricPriority.MEDIUM

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        wrapped = _monitored(function, method, path, stated)
        wrapped.__dict__["__api_performance__"] = stated
        wrapped.__dict__["__api_performance_endpoint__"] = f"{method} {path}"
        return cast("Callable[P, T]", wrapped)

    return decorate


def _monitored(
    function: Callable[..., Any], method: str, path: str, priority: MetricPriority
) -> Callable[..., Any]:
    # Any, here: whatever the user's function takes and returns
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def monitored_coroutine(*args: Any, **kwargs: Any) -> Any:
            if _state_priority(priority):
                return await function(*args, **kwargs)
            with _MeasuredCall(method, path, priority):
                return await function(*args, **kwargs)

        return monitored_coroutine

    @functools.wraps(function)
    def monitored_call(*args: Any, **kwargs: Any) -> Any:
        if _state_priority(priority):
            return function(*args, **kwargs)
        with _MeasuredCall(method, path, priority):
            return function(*args, **kwargs)

    return monitored_call


def _state_priority(priority: MetricPriority) -> bool:
    """State the priority of the request being served; False outside of one."""
    request = serving()
    if request is None:
        return False
    request.stated_priority = priority
    return True


class _MeasuredCall:
    """Makes a decorated call the current request while it runs, and records it."""

    __slots__ = ("_call", "_runtime", "_slot")

    def __init__(self, method: str, path: str, priority: MetricPriority) -> None:
        self._runtime = _current_runtime()
        self._slot = self._runtime.registry.slot(method, path, hints=Hints(explicit=priority))
        self._call = _Call(path, self._runtime.perf)

    def __enter__(self) -> None:
        current_request.set(self._call)

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        current_request.set(None)
        call, recorder = self._call, self._runtime.recorder
        parts = work = None
        if call.breakdown is not None:
            call.opened = None
            ended, parts, calls = call.breakdown.finish()
            work = recorder.work_of(calls) if calls is not None else None
        else:
            ended = call.perf()
        if isinstance(error, Exception):
            recorder.add_exception(self._slot)
        if self._slot.is_monitored:
            seconds = ended - call.started
            status = 500 if isinstance(error, Exception) else 200
            recorder.add(
                Measurement(
                    *(self._slot, status, ended, seconds, seconds, 0.0, 0, 0, None, 1, parts, 0.0),
                    work,
                )
            )
