"""Every setting in one frozen object: arguments over environment over TOML file over defaults."""

from api_performance.config.settings import Config, DashboardConfig, OptimizationConfig

__all__ = ["Config", "DashboardConfig", "OptimizationConfig"]
