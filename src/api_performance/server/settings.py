"""What the page may know of the configuration: nothing secret, and no place of the machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from api_performance.config import Config
from api_performance.model import LATENCY_PARTS
from api_performance.queries.steps import STEPS
from api_performance.server.auth import Role


@dataclass(frozen=True, slots=True)
class PageSettings:
    """SPEC.md's DASHBOARD_CONFIG and the tables of thresholds, as this installation has them.

    Response times in seconds, throughput in requests per second, error rates 0..1. `latency_order`
    is the order in which parts are stored; `role` is what the visitor may do. `measured_seconds` is
    how long the processes that reported within `history_window` have lived: 0 before any did.
    """

    product_version: str
    role: Role
    is_authentication_required: bool
    refresh_interval: float
    history_window: float
    measured_seconds: float
    max_data_points: int
    enable_real_time: bool
    enable_alerts: bool
    enable_optimizations: bool
    response_time_thresholds: dict[str, dict[str, float]]
    throughput_thresholds: dict[str, dict[str, float]]
    performance_thresholds: dict[str, dict[str, float]]
    latency_order: list[str]
    steps_seconds: list[int]


def page_settings(config: Config, role: Role, measured_seconds: float) -> PageSettings:
    """Return what a visitor of that role is shown."""
    dashboard = config.dashboard_config
    return PageSettings(
        product_version=version("api-performance"),
        role=role,
        is_authentication_required=config.authentication,
        refresh_interval=dashboard.refresh_interval,
        history_window=dashboard.history_window,
        measured_seconds=measured_seconds,
        max_data_points=dashboard.max_data_points,
        enable_real_time=dashboard.enable_real_time,
        enable_alerts=dashboard.enable_alerts,
        enable_optimizations=dashboard.enable_optimizations,
        response_time_thresholds=_plain(config.response_time_thresholds),
        throughput_thresholds=_plain(config.throughput_thresholds),
        performance_thresholds=_plain(config.performance_thresholds),
        latency_order=[part.value for part in LATENCY_PARTS],
        steps_seconds=list(STEPS),
    )


def _plain(
    table: Mapping[Any, Mapping[Any, float]],
) -> dict[str, dict[str, float]]:  # Any: names of either kind
    return {
        str(name): {str(key): value for key, value in row.items()} for name, row in table.items()
    }
