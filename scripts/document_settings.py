#!/usr/bin/env python3
"""Write the tables of docs/configuration.md from the settings; --check tells if they are stale."""

import sys
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from api_performance.config import Config, DashboardConfig, OptimizationConfig
from api_performance.config.refusal import allowed_values
from api_performance.measure.priority import LOW_PRIORITY_PATHS
from api_performance.model import (
    PERFORMANCE_THRESHOLDS,
    RESPONSE_TIME_THRESHOLDS,
    THROUGHPUT_THRESHOLDS,
)

PAGE = Path(__file__).parent.parent / "docs" / "configuration.md"
MARK = "<!-- From here on written by"


def fresh(page: str) -> str:
    """Return the page with its prose as it is and its tables as the settings are."""
    prose, mark, rest = page.partition(MARK)
    parts = [
        prose + mark + rest.partition("\n")[0],
        "## Settings\n\n" + "\n".join(rows(Config)),
        "## `dashboard_config`\n\n" + "\n".join(rows(DashboardConfig)),
        "## `optimization_config`\n\n" + "\n".join(rows(OptimizationConfig)),
        "## Default thresholds\n\n" + "\n".join(thresholds()),
        "## Low by default\n\n" + ", ".join(f"`{path}`" for path in LOW_PRIORITY_PATHS),
    ]
    return "\n\n".join(parts) + "\n"


def rows(settings: type[BaseModel]) -> Iterator[str]:
    """Yield a table of one model's settings."""
    yield "| setting | default | what it does | allowed |"
    yield "|---|---|---|---|"
    for name, field in settings.model_fields.items():
        cells = (f"`{name}`", default(field), field.description or "", allowed_values(field))
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def default(field: FieldInfo) -> str:
    """Return a default as a person writes it in the file."""
    value = field.default
    if value is None or value is PydanticUndefined or value in ("", (), {}):
        return "–"
    if isinstance(value, BaseModel):
        return "below"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"`{text.removesuffix('.0')}`"


def thresholds() -> Iterator[str]:
    """Yield the three tables that thresholds are laid over."""
    yield "Response time in seconds (at most), then throughput in requests per second (at least):"
    yield ""
    grades = next(iter(RESPONSE_TIME_THRESHOLDS.values()))
    yield f"| | {' | '.join(grades)} | {' | '.join(grades)} |"
    yield "|---" * (1 + 2 * len(grades)) + "|"
    for priority, seconds in RESPONSE_TIME_THRESHOLDS.items():
        numbers = [*seconds.values(), *THROUGHPUT_THRESHOLDS[priority].values()]
        yield f"| {priority} | {' | '.join(f'{number:g}' for number in numbers)} |"
    yield ""
    yield "Objectives (`performance_thresholds`):"
    yield ""
    columns = next(iter(PERFORMANCE_THRESHOLDS.values()))
    yield f"| | {' | '.join(columns)} |"
    yield "|---" * (1 + len(columns)) + "|"
    for group, objective in PERFORMANCE_THRESHOLDS.items():
        yield f"| {group} | {' | '.join(f'{number:g}' for number in objective.values())} |"


def main() -> None:
    """Write the page, or tell whether it is stale."""
    page = PAGE.read_text(encoding="utf-8")
    if "--check" not in sys.argv:
        PAGE.write_text(fresh(page), encoding="utf-8")
    elif page != fresh(page):
        sys.exit("docs/configuration.md is stale: run scripts/document_settings.py")


if __name__ == "__main__":
    main()
