"""Which settings switch off the part of the product that a widget shows."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from api_performance.config import DashboardConfig
from api_performance.errors import SwitchedOff
from api_performance.queries.widgets import DashboardWidget

SWITCHES: Final[Mapping[DashboardWidget, str]] = MappingProxyType(
    {
        DashboardWidget.PERFORMANCE_ALERTS: "enable_alerts",
        DashboardWidget.OPTIMIZATION_RECOMMENDATIONS: "enable_optimizations",
    }
)
"""A widget -> its setting of DASHBOARD_CONFIG; every other widget is always on."""


def refuse_alerts_if_off(config: DashboardConfig) -> None:
    """Raise SwitchedOff where nothing is evaluated."""
    if not config.enable_alerts:
        raise SwitchedOff("alerts are switched off: set dashboard_config.enable_alerts to true")


def refuse_advice_if_off(config: DashboardConfig) -> None:
    """Raise SwitchedOff where nothing is recommended."""
    if not config.enable_optimizations:
        raise SwitchedOff(
            "recommendations are switched off: set dashboard_config.enable_optimizations to true"
        )


def refuse_if_off(widget: DashboardWidget, config: DashboardConfig) -> None:
    """Raise SwitchedOff for a widget whose part the settings switch off."""
    switch = SWITCHES.get(widget)
    if switch is not None and not getattr(config, switch):
        raise SwitchedOff(
            f"the widget {widget.value} is switched off: set dashboard_config.{switch} to true"
        )
