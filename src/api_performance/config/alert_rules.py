"""A rule of one's own, as `[[alert_rules]]` of the settings and the page have it, checked."""

from __future__ import annotations

from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from api_performance.alert_metric import DEFAULT_RULES, AlertMetric, Scope
from api_performance.config import values
from api_performance.model import MetricPriority
from api_performance.objective import LEAST_BOUND

ALLOWED: Final = (
    "tables with an id, for a new one its metric and a bound (warning, critical), and any of name,"
    " applies_to, priority, window_seconds, keep_seconds, clear_seconds, clear_ratio,"
    " minimum_samples, share, enabled"
)

_SHORTEST_WINDOW: Final = 60
_LONGEST_WINDOW: Final = 6 * 3600
_DAY: Final = 86_400


def _lower(text: object) -> object:
    return text.lower() if isinstance(text, str) else text


_duration = BeforeValidator(values.parse_duration)
Window = Annotated[float | None, Field(ge=_SHORTEST_WINDOW, le=_LONGEST_WINDOW), _duration]
Duration = Annotated[float | None, Field(ge=0, le=_DAY), _duration]
Bound = Annotated[float | None, Field(ge=LEAST_BOUND, allow_inf_nan=False)]


class AlertRule(BaseModel):
    """What somebody chose of a rule; the rest is the default rule's of that id, or `Rule`'s own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,99}$")]
    name: Annotated[str, Field(max_length=200)] = ""
    metric: Annotated[AlertMetric | None, BeforeValidator(_lower)] = None
    warning: Bound = None
    critical: Bound = None
    applies_to: Annotated[str, AfterValidator(values.check_pattern)] | None = None
    priority: Annotated[MetricPriority | None, BeforeValidator(_lower)] = None
    window_seconds: Window = None
    keep_seconds: Duration = None
    clear_seconds: Duration = None
    clear_ratio: Annotated[float | None, Field(gt=0, le=1)] = None
    minimum_samples: Annotated[int | None, Field(ge=1, le=1_000_000)] = None
    share: Annotated[float | None, Field(gt=0, lt=1)] = None
    enabled: bool = True

    @model_validator(mode="after")
    def _is_a_rule(self) -> Self:
        known = DEFAULT_RULES.get(self.id)
        metric = self.metric or known
        if metric is None:
            raise ValueError(
                f"{self.id!r} is no default rule, so it needs a metric: {', '.join(AlertMetric)}"
            )
        if known and metric is not known:
            raise ValueError(f"the default rule {self.id!r} looks at {known}: take another id")
        if known is None and self.enabled and self.warning is None and self.critical is None:
            raise ValueError(f"{self.id!r} has no bound: give warning, critical or both")
        self._check_bounds(metric)
        self._check_place(metric)
        return self

    def _check_bounds(self, metric: AlertMetric) -> None:
        bounds = [bound for bound in (self.warning, self.critical) if bound is not None]
        if metric.is_ratio and any(bound > 1 for bound in bounds):
            raise ValueError(f"a bound of {metric} is a ratio, above 0 and at most 1")
        if not metric.is_in_order(self.warning, self.critical):
            side = "above" if metric.is_floor else "below"
            raise ValueError(f"warning = {bounds[0]:g} must lie {side} critical = {bounds[1]:g}")

    def _check_place(self, metric: AlertMetric) -> None:
        if metric.scope is not Scope.ENDPOINT and (self.applies_to or self.priority):
            raise ValueError(
                f"{metric} is of a {metric.scope}: applies_to and priority are for endpoints"
            )
        if self.share is not None and metric is not AlertMetric.RESPONSE_TIME:
            raise ValueError(f"share is for response_time, {metric} has none")

    def chosen(self) -> dict[str, Any]:
        """Return the fields that were given, as `alerts.rule.Rule` has them: Any, each its type."""
        return {
            "metric": self.metric or DEFAULT_RULES[self.id],
            **{
                name: value
                for name in self.model_fields_set
                if (value := getattr(self, name)) is not None and name != "metric"
            },
        }


def check_ids(rules: tuple[AlertRule, ...]) -> tuple[AlertRule, ...]:
    """Return the rules; ValueError if two have the same id."""
    seen = set()
    for rule in rules:
        if rule.id in seen:
            raise ValueError(f"two rules have the id {rule.id!r}")
        seen.add(rule.id)
    return rules
