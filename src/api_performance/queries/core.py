"""Every question that a screen, the command line or an exporter may ask, answered from the store.

Calls may block on I/O and raise StoreUnavailable; the same question asked again in the same second
and revision of the store, by whomever, is answered from memory.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from api_performance.answers import (
    Comparison,
    EndpointPage,
    EndpointSummary,
    ExemplarPage,
    HealthLine,
    Heatmap,
    InstanceRow,
    OperationPage,
    Series,
    ServiceSummary,
)
from api_performance.clock import Clock
from api_performance.errors import ApiPerformanceError
from api_performance.model import Operation
from api_performance.queries.cache import Answers
from api_performance.queries.charts import Charts
from api_performance.queries.comparison import comparison, endpoint_changes
from api_performance.queries.facts import Facts, Here, facts_without_store, read_facts
from api_performance.queries.filters import Filter
from api_performance.queries.heatmap import FEWEST_COLUMNS, heatmap
from api_performance.queries.live import LivePush, RequestPage, request_page
from api_performance.queries.operations import (
    exemplar_page,
    exemplar_range,
    operation_page,
    read_whole,
    whole_range,
)
from api_performance.queries.overview import Overview, read_overview
from api_performance.queries.questions import (
    Asked,
    LiveQuestion,
    SeriesQuestion,
    TableQuestion,
    period_before,
)
from api_performance.queries.read_settings import ReadSettings
from api_performance.queries.reading import Moment, Reader
from api_performance.queries.rows import TableOf, in_order
from api_performance.queries.series import series
from api_performance.queries.service import health, instance_rows, summary
from api_performance.queries.steps import (
    table_grid,
)
from api_performance.queries.view import View
from api_performance.stores.base import Pace, Store, no_pace

if TYPE_CHECKING:  # loaded by who asks about them: a page's first answer needs none of it
    from api_performance.advising.desk import AdviceDesk
    from api_performance.alerts.delivery import Delivery
    from api_performance.alerts.desk import Desk
    from api_performance.alerts.notice import Notice
    from api_performance.queries.alerts import AlertPage
    from api_performance.queries.objective_answers import ObjectivePage
    from api_performance.queries.objectives import ObjectiveQueries, ObjectiveQuestion
    from api_performance.queries.predictions import PredictionQueries
    from api_performance.queries.recommendations import RecommendationPage

T = TypeVar("T")


class Queries:
    """Answers from one store. Safe to share between threads."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        settings: ReadSettings | None = None,
        *,
        pace: Pace = no_pace,
        here: Here | None = None,
    ) -> None:
        """Read `store`. `pace` yields the interpreter in a process that serves others too.

        `here` tells what only this process knows.
        """
        self.settings = settings or ReadSettings()
        self._store = store
        self._clock = clock
        self._pace = pace
        self._reader = Reader(store, pace)
        self.charts = Charts(self._reader, self.settings, self.facts)
        self._answers = Answers(self.settings.cache_size)
        self._large = Answers(self.settings.cache_size, generations=1)
        self._here = here or Here()

    @cached_property
    def desk(self) -> Desk:
        """Where alerts are looked at, and acted upon."""
        from api_performance.alerts.desk import Desk

        return Desk(self._store, self._clock, self.settings.alert_rules())

    @cached_property
    def advice(self) -> AdviceDesk:
        """Where recommendations are looked at, and acted upon."""
        from api_performance.advising.desk import AdviceDesk

        return AdviceDesk(self._store, self._clock, self.settings.advice_rules, self._pace)

    @cached_property
    def of_objectives(self) -> ObjectiveQueries:
        """Every question about objectives."""
        from api_performance.alerts.objectives import ObjectiveBook
        from api_performance.queries.objectives import ObjectiveQueries

        settings = self.settings
        chosen = settings.objectives, settings.objective_defaults
        book = ObjectiveBook(self._store, self._clock, *chosen)
        return ObjectiveQueries(self._store, self._clock, self._pace, book)

    @cached_property
    def of_predictions(self) -> PredictionQueries:
        """Every question about the future."""
        from api_performance.queries.predictions import PredictionQueries

        return PredictionQueries(self, self._reader)

    @property
    def store(self) -> Store:
        """The store, for questions about events that have a room of their own."""
        return self._store

    def revision(self) -> int:
        """Return a number that changes with every batch; cheap, for polling."""
        return self._store.revision()

    def moment(self) -> Moment:
        """Return the instant and revision at which questions are answered now."""
        return Moment(self._clock.now(), self._store.revision())

    def endpoints(self, question: TableQuestion) -> EndpointPage:
        """Return a page of the endpoint table. QuestionRefused for a range that cannot be."""
        return self._shared_page(question, self.moment())

    def endpoint(self, endpoint_id: str, asked: Asked, kept: Filter) -> EndpointSummary:
        """Return one endpoint over a range. EndpointUnknown, QuestionRefused."""
        at = self.moment()
        facts = self.facts(at)
        table = TableOf(self.overview(asked, kept, at), facts, self.settings.tables)
        return table.rows([facts.endpoint(endpoint_id)])[0]

    def series(self, question: SeriesQuestion) -> Series:
        """Return one endpoint, or all kept ones, over time. EndpointUnknown, QuestionRefused."""
        at = self.moment()
        return self._once(("series", question), at, lambda: self._series(question, at))

    def heatmap(self, question: SeriesQuestion) -> Heatmap:
        """Return how many requests took how long, over time. EndpointUnknown, QuestionRefused."""
        at = self.moment()
        return self._once(("heatmap", question), at, lambda: self._heatmap(question, at))

    def operations(self, endpoint_id: str, asked: Asked, kept: Filter) -> OperationPage:
        """Return an endpoint's operations over a range. EndpointUnknown, QuestionRefused.

        The range grows to whole minutes, past six hours to whole hours; a status is not told apart.
        """
        at = self.moment()
        question = "operations", endpoint_id, asked, kept.source
        return self._once(question, at, lambda: self._operations(endpoint_id, asked, kept, at))

    def exemplars(self, endpoint_id: str, asked: Asked, kept: Filter) -> ExemplarPage:
        """Return an endpoint's exemplars of a range. EndpointUnknown, QuestionRefused."""
        at = self.moment()
        question = "exemplars", endpoint_id, asked, kept.source
        return self._once(question, at, lambda: self._exemplars(endpoint_id, asked, kept, at))

    def summary(self, asked: Asked, kept: Filter) -> ServiceSummary:
        """Return the endpoints that are kept together. QuestionRefused."""
        return self._shared_summary(asked, kept, self.moment())

    def instances(self, kept: Filter) -> list[InstanceRow]:
        """Return the processes that reported within the default range."""
        return instance_rows(self.facts(self.moment()), kept)

    def requests(self, kept: Filter, limit: int) -> RequestPage:
        """Return at most `limit` of the newest requests, as processes report some of them."""
        return self._requests(kept, limit, self.moment())

    def objectives(self, question: ObjectiveQuestion) -> ObjectivePage:
        """Return objectives, and where endpoints stand with them."""
        at = self.moment()
        key = "objectives", question, self.of_objectives.book.revision()
        return self._once(key, at, lambda: self.of_objectives.page(question, at.now))

    def health(self) -> HealthLine:
        """Return how we ourselves are, the more so when the store does not answer."""
        try:
            facts = self.facts(self.moment())
        except ApiPerformanceError as error:
            facts = facts_without_store(self._store, self._clock.now(), error)
        return health(facts)

    def measured_seconds(self) -> float:
        """Return how long the processes of the default range have lived, in seconds.

        What they measured lies within, and no older process has anything in the range. 0.0 before
        any reported, and while the store does not answer.
        """
        try:
            return self.facts(self.moment()).measured_seconds
        except ApiPerformanceError:
            return 0.0

    def live(self, question: LiveQuestion) -> LivePush:
        """Return what a live page shows, all of one moment. EndpointUnknown, QuestionRefused."""
        at = self.moment()
        return self._once(("live", question), at, lambda: self._live(question, at))

    def view(self, seconds: float | None = None) -> View:
        """Return all that widgets show of the last `seconds`. QuestionRefused."""
        at, asked = self.moment(), Asked(seconds)
        return self._large.get(("view", asked), at.generation, lambda: self._view(asked, at))

    def _view(self, asked: Asked, at: Moment) -> View:
        return View(
            facts=self.facts(at),
            overview=self._shared_overview(asked, Filter(), at),
            chart=self.charts.read(SeriesQuestion(asked), at),
            users=self.charts.concurrent_users(Filter(), at),
            tables=self.settings.tables,
            alerts=self._alerts(at) if self.settings.has_alerts else None,
            objectives=self.of_objectives.book.in_force(),
            recommendations=self._recommendations(at) if self.settings.has_advice else None,
        )

    def _alerts(self, at: Moment) -> AlertPage:
        from api_performance.queries.alerts import AlertQuestion, alert_page

        return alert_page(self.desk.standing(), AlertQuestion(), at.now)

    def _recommendations(self, at: Moment) -> RecommendationPage:
        from api_performance.queries.recommendations import AdviceQuestion, recommendation_page

        return recommendation_page(self.advice, AdviceQuestion(), at.now)

    def deliveries(self) -> tuple[list[Delivery], list[Notice]]:
        """Return how it stands with each notice in each channel, oldest news first, and notices."""
        from api_performance.alerts.delivery import deliveries, notices

        return list(deliveries(self._store)), list(notices(self._store.latest_events("notice")))

    def facts(self, at: Moment) -> Facts:
        """Return what is known beside windows."""
        since = at.now - self.settings.history_window
        return self._once(
            ("facts",), at, lambda: read_facts(self._store, at.now, since, self._here)
        )

    def overview(self, asked: Asked, kept: Filter, at: Moment) -> Overview:
        """Return every endpoint added up over a range; one's own, to add to."""
        span = asked.at(at.now, self.settings.history_window)
        retention = self.settings.retention.by_resolution
        grid = table_grid(span, at.now, retention, only_finest=bool(kept.instances))
        return read_overview(self._reader, grid, kept, at)

    def _once(self, question: Hashable, at: Moment, compute: Callable[[], T]) -> T:
        return self._answers.get(question, at.generation, compute)

    def _shared_overview(self, asked: Asked, kept: Filter, at: Moment) -> Overview:
        """Return an overview that all questions of this moment share; nobody adds to it."""
        key = ("overview", asked, kept.source)
        return self._large.get(key, at.generation, lambda: self.overview(asked, kept, at))

    def _shared_page(self, question: TableQuestion, at: Moment) -> EndpointPage:
        return self._once(("endpoints", question), at, lambda: self._page(question, at))

    def _page(self, question: TableQuestion, at: Moment) -> EndpointPage:
        facts = self.facts(at)
        overview = self._shared_overview(question.asked, question.kept, at)
        rows = TableOf(overview, facts, self.settings.tables).rows(facts.kept(question.kept))
        ordered = in_order(rows, question.sort, is_descending=question.is_descending)
        return EndpointPage(
            start=overview.grid.span.start,
            end=overview.grid.span.end,
            as_of=at.now,
            total=len(ordered),
            offset=question.offset,
            limit=question.limit,
            endpoints=ordered[question.offset : question.offset + question.limit],
        )

    def _shared_summary(self, asked: Asked, kept: Filter, at: Moment) -> ServiceSummary:
        return self._once(("summary", asked, kept), at, lambda: self._summary(asked, kept, at))

    def _summary(self, asked: Asked, kept: Filter, at: Moment) -> ServiceSummary:
        overview = self._shared_overview(asked, kept, at)
        return summary(overview, self.facts(at), kept, self.charts.concurrent_users(kept, at))

    def _series(self, question: SeriesQuestion, at: Moment) -> Series:
        return series(self.charts.subject(question, at), self.charts.read(question, at), at.now)

    def _operations(
        self, endpoint_id: str, asked: Asked, kept: Filter, at: Moment
    ) -> OperationPage:
        endpoint = self.facts(at).endpoint(endpoint_id)
        span = asked.at(at.now, self.settings.history_window)
        span, resolution = whole_range(span, kept)
        whole = read_whole(self._reader, kept, span, resolution, endpoint_id)
        return operation_page(endpoint, whole, self._named(at), span, at.now)

    def _exemplars(self, endpoint_id: str, asked: Asked, kept: Filter, at: Moment) -> ExemplarPage:
        endpoint = self.facts(at).endpoint(endpoint_id)
        span = asked.at(at.now, self.settings.history_window)
        hours, resolution = exemplar_range(span, kept)
        whole = read_whole(self._reader, kept, hours, resolution, endpoint_id)
        return exemplar_page(endpoint, whole, self._named(at), span, at.now)

    def _named(self, at: Moment) -> Mapping[str, Operation]:
        return self._once(("named",), at, self._store.operations)

    def _heatmap(self, question: SeriesQuestion, at: Moment) -> Heatmap:
        chart = self.charts.read(question, at, FEWEST_COLUMNS)
        return heatmap(self.charts.subject(question, at), chart, at.now)

    def _requests(self, kept: Filter, limit: int, at: Moment) -> RequestPage:
        bounds = self.settings.tables.response_time
        return self._once(
            ("requests", kept, limit), at, lambda: request_page(self.facts(at), kept, limit, bounds)
        )

    def _live(self, question: LiveQuestion, at: Moment) -> LivePush:
        table, limit = question.table, question.request_limit
        of = SeriesQuestion(table.asked, table.kept, question.endpoint_id)
        return LivePush(
            type="live",
            as_of=at.now,
            summary=self._shared_summary(table.asked, table.kept, at),
            endpoints=self._shared_page(table, at).endpoints,
            series=self._series(of, at),
            health=health(self.facts(at)),
            previous=self._previous(table, of, at) if question.is_compared else None,
            recent=self._requests(table.kept, limit, at) if limit else None,
        )

    def _previous(self, table: TableQuestion, of: SeriesQuestion, at: Moment) -> Comparison:
        """Return the period before the question's, and what changed since."""
        before = period_before(of.asked.at(at.now, self.settings.history_window))
        everywhere = replace(table, asked=before, offset=0, limit=sys.maxsize)
        return comparison(
            self._shared_summary(of.asked, of.kept, at),
            self._summary(before, of.kept, at),
            endpoint_changes(
                self._shared_page(table, at).endpoints, self._page(everywhere, at).endpoints
            ),
            self._series(replace(of, asked=before), at),
        )
