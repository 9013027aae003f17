"""Some endpoints, or one, over time: in which steps, of which endpoints, added up to what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from api_performance.measure.users import UserSketch
from api_performance.queries.chart import Chart, read_chart
from api_performance.queries.facts import Facts
from api_performance.queries.filters import Filter, TimeRange
from api_performance.queries.questions import SeriesQuestion
from api_performance.queries.read_settings import ReadSettings
from api_performance.queries.reading import Moment, Reader
from api_performance.queries.series import Subject
from api_performance.queries.steps import FEWEST_POINTS, Grid, asked_grid, chart_grid, floor_to
from api_performance.stores.base import FINEST

CONCURRENT_SECONDS: Final = 300.0
"""Who called in the last five minutes is a concurrent user."""

USER_STEP: Final = 60


class Charts:
    """Reads charts of one store. Safe to share between threads."""

    def __init__(
        self, reader: Reader, settings: ReadSettings, facts: Callable[[Moment], Facts]
    ) -> None:
        """Read with `reader`; `facts` tells what is known beside windows."""
        self._reader = reader
        self._settings = settings
        self._facts = facts

    def read(
        self, question: SeriesQuestion, at: Moment, fewest_points: int = FEWEST_POINTS
    ) -> Chart:
        """Return some endpoints added up step by step; one's own, to add to."""
        grid = self._grid(question, at, fewest_points)
        ids = self._ids(question, at)
        return read_chart(self._reader, grid, question.kept, ids, at)

    def concurrent_users(self, kept: Filter, at: Moment) -> UserSketch:
        """Return the different users of the last five minutes."""
        span = TimeRange(floor_to(at.now - CONCURRENT_SECONDS, USER_STEP), at.now)
        resolution = FINEST if kept.instances else USER_STEP
        grid = Grid(span, USER_STEP, resolution)
        ids = self._ids(SeriesQuestion(kept=kept), at)
        users = UserSketch()
        for window in read_chart(self._reader, grid, kept, ids, at).steps.values():
            users.merge(window.users)
        return users

    def subject(self, question: SeriesQuestion, at: Moment) -> Subject:
        """Return what a series is of. EndpointUnknown."""
        if question.endpoint_id is None:
            return Subject(
                None, "all endpoints" if question.kept == Filter() else "these endpoints"
            )
        return Subject(question.endpoint_id, self._facts(at).endpoint(question.endpoint_id).name)

    def _grid(self, question: SeriesQuestion, at: Moment, fewest_points: int) -> Grid:
        span = question.asked.at(at.now, self._settings.history_window)
        retention = dict(self._settings.retention.by_resolution)
        if question.kept.instances:
            earliest = at.now - retention[FINEST]
            span = TimeRange(max(span.start, min(earliest, span.end - 1)), span.end)
            retention = {FINEST: retention[FINEST]}
        points = self._settings.max_data_points
        if question.step_seconds is None:
            count = self._endpoint_count(question, at)
            return chart_grid(span, at.now, retention, points, count, fewest_points)
        return asked_grid(span, at.now, retention, points, question.step_seconds)

    def _ids(self, question: SeriesQuestion, at: Moment) -> frozenset[str] | None:
        if question.endpoint_id is not None:
            return frozenset({question.endpoint_id})
        if question.kept.keeps_every_endpoint:
            return None
        return frozenset(each.id for each in self._facts(at).kept(question.kept))

    def _endpoint_count(self, question: SeriesQuestion, at: Moment) -> int:
        return 1 if question.endpoint_id is not None else len(self._facts(at).kept(question.kept))
