"""Reading rules: pure functions from the past and the facts to readings, a file per kind."""

from api_performance.alerts.rules.readings import RuleReader, readings
from api_performance.alerts.rules.requests import indicators

__all__ = ["RuleReader", "indicators", "readings"]
