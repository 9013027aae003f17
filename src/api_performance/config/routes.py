"""Who is told of what: the setting `notify`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from api_performance.config.channels import ChannelSettings, with_log
from api_performance.config.values import parse_duration, parse_list
from api_performance.model import MetricPriority, PerformanceThreshold

Seconds = Annotated[float, BeforeValidator(parse_duration), Field(ge=0, le=30 * 86_400)]


class NotifyRoute(BaseModel):
    """Incidents that some channels are told of, when, and how often again.

    `after` seconds without an acknowledgement they are told, 0: at once. `every` so many seconds
    they are reminded, 0: never. Of `priorities` and `severities`, an empty list means all.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    channels: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=100)], ...],
        BeforeValidator(parse_list),
        Field(min_length=1, max_length=20),
    ]
    priorities: Annotated[tuple[MetricPriority, ...], BeforeValidator(parse_list)] = ()
    severities: Annotated[tuple[PerformanceThreshold, ...], BeforeValidator(parse_list)] = ()
    after: Seconds = 0.0
    every: Seconds = 0.0

    def takes(self, priority: MetricPriority, severity: PerformanceThreshold) -> bool:
        """Tell whether incidents of a priority and severity go here."""
        return (not self.priorities or priority in self.priorities) and (
            not self.severities or severity in self.severities
        )


def check_channels(
    routes: tuple[NotifyRoute, ...], channels: Mapping[str, ChannelSettings] | None
) -> tuple[NotifyRoute, ...]:
    """Return routes; ValueError if one names a channel that is none. None: those are wrong too."""
    if channels is not None:
        known = with_log(channels)
        for name in (name for route in routes for name in route.channels):
            if name not in known:
                raise ValueError(f"there is no channel {name!r}, but {', '.join(known)}")
    return routes


DEFAULT_ROUTES = (NotifyRoute(channels=("log",), every=4 * 3600.0),)
"""Everything goes to the log at once, and again every four hours (Alertmanager's repeat_interval)
until somebody acknowledges it."""
