"""What code asks of predictions, in any process: on an event loop none of it waits.

There the answer is one made before: `prepare` makes those of the busiest endpoints, and a thread of
ours makes what else is asked for. Until that is done, what was measured last stands in, and says
so. Only an optimizer that was not prepared waits, once.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from typing_extensions import TypedDict

from api_performance.errors import ApiPerformanceError, NothingMeasured
from api_performance.instrumentation.running_loop import is_in_event_loop

if TYPE_CHECKING:
    from api_performance.answers import EndpointSummary
    from api_performance.model import Endpoint
    from api_performance.queries.prediction_answers import PredictedMetric, PredictionPage
    from api_performance.queries.predictions import PredictionQueries, PredictionQuestion
    from api_performance.runtime import Runtime

PREPARED_HOURS: Final = 24
"""SPEC.md's; what is asked for fewer hours is read from it."""

PREPARING_SECONDS: Final = 0.5
"""Then no more endpoints are prepared: some five with ten weeks of hours, or twenty young ones."""

STALE_SECONDS: Final = 86_400.0
"""An older answer is no longer given on an event loop, not even while a fresh one is made."""


class Prediction(TypedDict):
    """One metric of the hour that begins at `at` (Unix seconds UTC), in `unit`.

    95 of 100 outcomes lie between `lower` and `upper`; where it is not `reliable`, `reason` says
    why.
    """

    predicted: float
    lower: float
    upper: float
    reliable: bool
    reason: str
    unit: str
    at: float


class Predicts:
    """What the optimizer tells of the future, for the runtime that it speaks for."""

    _runtime: Runtime
    _foresight: Predicting | None = None

    @property
    def _predicting(self) -> Predicting:
        if self._foresight is None:
            self._foresight = Predicting(self._runtime)
        return self._foresight

    def get_performance_predictions(
        self, endpoint: str | None = None, hours_ahead: int = 24
    ) -> dict[str, Prediction]:
        """Return what is to be expected in the last of the next `hours_ahead` (1 to 336) hours.

        `response_time` (p95) and `response_time_p50` in seconds, `throughput` in requests per
        second, `error_rate` 0..1, `saturation` as requests in flight on average. `endpoint` is a
        template, with its method or for all its methods together; None: all endpoints together.
        EndpointUnknown, NothingMeasured without a single call, QuestionRefused, ConfigError without
        numpy, StoreUnavailable.
        """
        return self._predicting.of(endpoint, hours_ahead)

    async def prepare(self) -> None:
        """Make the predictions of the busiest endpoints, in a thread."""
        from anyio import to_thread

        await to_thread.run_sync(self._predicting.prepare)


@dataclass(frozen=True, slots=True)
class _Known:
    """What may be answered from without waiting: the endpoints, and how each one did of late."""

    endpoints: tuple[Endpoint, ...]
    rows: dict[str, EndpointSummary]


class Predicting:
    """Makes predictions where waiting is allowed, and elsewhere has them made."""

    def __init__(self, runtime: Runtime) -> None:
        """Read what `runtime` reads; nothing happens before the first question."""
        self._runtime = runtime
        self._known: _Known | None = None
        self._wanted: list[PredictionQuestion] = []
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    @property
    def _queries(self) -> PredictionQueries:
        return self._runtime.queries.of_predictions

    def of(self, endpoint: str | None, hours_ahead: int) -> dict[str, Prediction]:
        """Answer as `Predicts.get_performance_predictions` does."""
        from api_performance.queries.predictions import PredictionQuestion, require_numpy

        require_numpy()
        PredictionQuestion(None, hours_ahead)  # refused before anything is read
        waits = self._known is None or not is_in_event_loop()
        known = self._read() if waits or self._known is None else self._known
        asked = PredictionQuestion(_ids(endpoint, known.endpoints), hours_ahead)
        if waits:
            return _of_page(self._queries.page(asked), hours_ahead)
        return self._without_waiting(asked, known)

    def _without_waiting(self, asked: PredictionQuestion, known: _Known) -> dict[str, Prediction]:
        from api_performance.queries.predictions import BELIEVED_SECONDS, PredictionQuestion

        hours = max(asked.hours_ahead, PREPARED_HOURS)
        wider = PredictionQuestion(asked.endpoint_ids, hours)
        now = self._runtime.clock.now()
        page = self._queries.remembered(wider, now, STALE_SECONDS)
        if page is None or now - page.as_of > BELIEVED_SECONDS:
            self._have_made(wider)
        if page is not None:
            return _of_page(page, asked.hours_ahead)
        return _meanwhile(asked, known, now)

    def prepare(self) -> None:
        """Write what was measured, and make predictions until PREPARING_SECONDS have passed.

        What goes wrong is told by the question that it keeps from being answered: who asks for
        other things than predictions needs no numpy.
        """
        from api_performance.queries.predictions import PredictionQuestion, has_numpy

        perf = self._runtime.clock.perf
        begun = perf()
        try:
            self._runtime.flush()
            known = self._read()
            if not has_numpy():
                return
            for row in (None, *known.rows):
                ids = None if row is None else frozenset({row})
                if perf() - begun > PREPARING_SECONDS:
                    break
                self._make(PredictionQuestion(ids, PREPARED_HOURS))
        except ApiPerformanceError as error:
            self._runtime.note_error(error)

    def _make(self, question: PredictionQuestion) -> None:
        try:
            self._queries.page(question)
        except NothingMeasured:  # never called: there is nothing to prepare
            return

    def _read(self) -> _Known:
        from api_performance.queries import TableQuestion

        queries = self._runtime.queries
        rows = queries.endpoints(TableQuestion()).endpoints
        endpoints = queries.facts(queries.moment()).endpoints.values()
        self._known = _Known(tuple(endpoints), {each.id: each for each in rows})
        return self._known

    def _have_made(self, question: PredictionQuestion) -> None:
        with self._lock:
            if question not in self._wanted:
                self._wanted.append(question)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._run, name="api-performance-predictions", daemon=True
                )
                self._thread.start()

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._wanted:
                    self._thread = None
                    return
                question = self._wanted.pop(0)
            try:
                self._read()
                self._make(question)
            except Exception as error:  # noqa: BLE001 # nobody waits for this thread
                self._runtime.note_error(error)


def _ids(endpoint: str | None, endpoints: Iterable[Endpoint]) -> frozenset[str] | None:
    """Return the ids that a template, with or without a method, names; EndpointUnknown if none."""
    from api_performance.queries import EndpointUnknown

    if endpoint is None:
        return None
    method, _, template = endpoint.strip().rpartition(" ")
    known = sorted(endpoints, key=lambda each: each.name)
    found = [
        each.id
        for each in known
        if each.template == template and method.strip().upper() in ("", each.method)
    ]
    if not found:
        some = ", ".join(each.name for each in known[:5]) or "none so far"
        raise EndpointUnknown(f"there is no endpoint {endpoint!r}; those that there are: {some}")
    return frozenset(found)


def _of_page(page: PredictionPage, hours_ahead: int) -> dict[str, Prediction]:
    lead = hours_ahead - 1
    return {each.name: _of_metric(each, page, lead) for each in page.metrics if each.predicted}


def _of_metric(metric: PredictedMetric, page: PredictionPage, lead: int) -> Prediction:
    return Prediction(
        predicted=metric.predicted[lead],
        lower=metric.lower[lead],
        upper=metric.upper[lead],
        reliable=metric.is_reliable,
        reason=metric.reason,
        unit=metric.unit,
        at=page.times[lead],
    )


def _meanwhile(asked: PredictionQuestion, known: _Known, now: float) -> dict[str, Prediction]:
    """Return what was measured last, half and double as its interval, until more is known."""
    ids = asked.endpoint_ids
    rows = [
        row
        for each, row in known.rows.items()
        if (ids is None or each in ids) and row.request_count
    ]
    if not rows:
        raise NothingMeasured(
            "nothing was called of late, and the forecast is being made: ask again in some seconds"
        )
    count = sum(row.request_count for row in rows)
    rate = sum(row.rate_per_second for row in rows)
    times = [(row.response_time, row.request_count) for row in rows]
    mean = _mean((each.mean_seconds, weight) for each, weight in times)
    p50 = _mean((each.p50_seconds or each.mean_seconds, weight) for each, weight in times)
    p95 = _mean((each.p95_seconds or each.max_seconds, weight) for each, weight in times)
    measured = {
        "response_time": (p95, "seconds"),
        "response_time_p50": (p50, "seconds"),
        "throughput": (rate, "per_second"),
        "error_rate": (sum(row.error_count for row in rows) / count, "ratio"),
        "saturation": (rate * mean, "count"),
    }
    return {
        name: Prediction(
            predicted=value,
            lower=value / 2,
            upper=min(value * 2, 1.0) if unit == "ratio" else value * 2,
            reliable=False,
            reason="the forecast is being made, this was measured last: ask again in some seconds",
            unit=unit,
            at=now // 3600 * 3600 + 3600 * asked.hours_ahead,
        )
        for name, (value, unit) in measured.items()
    }


def _mean(values: Iterable[tuple[float | None, int]]) -> float:
    """Return the mean of what is known, each with its weight."""
    told = [(value, weight) for value, weight in values if value is not None]
    total = sum(weight for _, weight in told)
    return sum(value * weight for value, weight in told) / total if total else 0.0
