"""What code asks of recommendations, in any process: on an event loop none of it waits.

There the answer is the last one read, which a thread of ours renews when it is older than two
seconds, and acts are written by such a thread. Only the very first read waits.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from api_performance.errors import ConfigError, RecommendationUnknown
from api_performance.instrumentation.running_loop import is_in_event_loop

if TYPE_CHECKING:
    from api_performance.advice.life import Act
    from api_performance.advice.recommendation import (
        OptimizationRecommendation,
        OptimizationType,
        RecommendationState,
    )
    from api_performance.advising.desk import AdviceDesk
    from api_performance.model import MetricPriority
    from api_performance.runtime import Runtime

SNAPSHOT_SECONDS: Final = 2.0


class Recommends:
    """What the optimizer tells of recommendations, for the runtime that it speaks for."""

    _runtime: Runtime
    _advice: Recommending | None = None

    @property
    def _recommending(self) -> Recommending:
        if self._advice is None:
            self._advice = Recommending(self._runtime)
        return self._advice

    def get_recommendations(
        self,
        optimization_type: OptimizationType | str | None = None,
        priority: MetricPriority | str | None = None,
        *,
        state: RecommendationState | str | None = None,
    ) -> list[OptimizationRecommendation]:
        """Return what to change, in the order to do it: what saves users most, first.

        Only those of a type, of endpoints of a priority, in a state; without a state those that
        wait for somebody. On an event loop they are of the last seconds. ConfigError for what is
        none, SwitchedOff, StoreUnavailable.
        """
        return self._recommending.chosen(optimization_type, priority, state)

    def mark_applied(
        self,
        recommendation: OptimizationRecommendation | str,
        *,
        author: str = "the program",
        reason: str = "",
    ) -> OptimizationRecommendation:
        """Say that one, or its id, was done just now: what that did is measured from here on.

        RecommendationUnknown, SwitchedOff, StoreUnavailable.
        """
        return self._recommending.mark_applied(recommendation, author=author, reason=reason)

    def dismiss(
        self,
        recommendation: OptimizationRecommendation | str,
        reason: str,
        *,
        author: str = "the program",
    ) -> OptimizationRecommendation:
        """Say that one, or its id, will not be done, and why: it returns once its evidence doubles.

        ConfigError without a reason, RecommendationUnknown, SwitchedOff, StoreUnavailable.
        """
        return self._recommending.dismiss(recommendation, reason, author=author)


class Recommending:
    """The recommendations of one runtime. Safe to share between threads."""

    def __init__(self, runtime: Runtime) -> None:
        """Read what `runtime` reads; nothing happens before the first call."""
        self._runtime = runtime
        self._known: dict[str, OptimizationRecommendation] | None = None
        self._read_at = 0.0
        self._is_reading = threading.Lock()

    def chosen(
        self,
        optimization_type: OptimizationType | str | None = None,
        priority: MetricPriority | str | None = None,
        state: RecommendationState | str | None = None,
    ) -> list[OptimizationRecommendation]:
        """Return those of a type, an endpoint's priority and a state, in the order to do them.

        Without a state those to do. ConfigError for what is none, SwitchedOff, StoreUnavailable.
        """
        from api_performance.queries.recommendations import chosen

        return chosen(self._standing().values(), optimization_type, priority, state)

    def mark_applied(
        self, recommendation: OptimizationRecommendation | str, *, author: str, reason: str
    ) -> OptimizationRecommendation:
        """Say that one was done just now. RecommendationUnknown, SwitchedOff, StoreUnavailable."""
        from api_performance.advice.life import Act

        return self._act(Act.APPLY, recommendation, author, reason)

    def dismiss(
        self, recommendation: OptimizationRecommendation | str, reason: str, *, author: str
    ) -> OptimizationRecommendation:
        """Say that one will not be done, and why. ConfigError without a reason; as mark_applied."""
        from api_performance.advice.life import Act

        if not reason.strip():
            raise ConfigError("reason = '' is refused: say why, for whoever looks at it next")
        return self._act(Act.DISMISS, recommendation, author, reason)

    def _act(
        self, act: Act, recommendation: OptimizationRecommendation | str, author: str, reason: str
    ) -> OptimizationRecommendation:
        from api_performance.advice.life import Said, acted

        wanted = recommendation if isinstance(recommendation, str) else recommendation.id
        if not is_in_event_loop():
            self._refuse_if_off()
            (after,) = self._desk().act(act, [wanted], author=author, reason=reason)
            self._known = None
            return after
        known = self._standing()
        if wanted not in known:
            raise RecommendationUnknown(f"no recommendation has the id {wanted!r}")
        now = self._runtime.clock.now()
        after = acted(known[wanted], act, Said(now, author, reason))
        self._known = {**known, wanted: replace(after)}
        self._in_a_thread(lambda: self._desk().act(act, [wanted], author=author, reason=reason))
        return after

    def _standing(self) -> dict[str, OptimizationRecommendation]:
        self._refuse_if_off()
        known = self._known
        if known is None or not is_in_event_loop():
            return self._read()
        if self._runtime.clock.perf() - self._read_at >= SNAPSHOT_SECONDS:
            self._read_at = self._runtime.clock.perf()
            self._in_a_thread(self._read)
        return known

    def _read(self) -> dict[str, OptimizationRecommendation]:
        with self._is_reading:
            self._known = known = self._desk().standing()
            self._read_at = self._runtime.clock.perf()
        return known

    def _in_a_thread(self, work: Callable[[], object]) -> None:
        def run() -> None:
            try:
                work()
            except Exception as error:  # noqa: BLE001 # the store is away; the next try may do
                self._runtime.note_error(error)

        threading.Thread(target=run, name="api-performance-advice", daemon=True).start()

    def _desk(self) -> AdviceDesk:
        return self._runtime.queries.advice

    def _refuse_if_off(self) -> None:
        from api_performance.queries.switches import refuse_advice_if_off

        refuse_advice_if_off(self._runtime.config.dashboard_config)
