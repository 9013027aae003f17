"""What an import costs: the doors load what they need and no more."""

import json
import subprocess
import sys

import grimp
import pytest

WEB_FRAMEWORKS = {"fastapi", "starlette", "uvicorn", "websockets", "httpx", "gunicorn"}
DRIVERS = {"sqlite3", "redis", "clickhouse_connect", "sqlalchemy", "aiosqlite"}
HEAVY = {"numpy", "apprise", "typer", "rich"}


@pytest.mark.parametrize(
    "door", ["api_performance", "api_performance.metrics", "api_performance.optimizer"]
)
def test_a_door_loads_no_web_framework_no_driver_and_no_numpy(door: str) -> None:
    loaded = modules_loaded_by(f"import {door}")
    assert not loaded & (WEB_FRAMEWORKS | DRIVERS | HEAVY)


def test_nothing_below_the_command_line_imports_the_package_itself() -> None:
    """The one floor that import-linter cannot name: a package contains all of its floors."""
    graph = grimp.build_graph("api_performance", cache_dir=None)
    importers = graph.find_modules_that_directly_import("api_performance")
    assert all(name.startswith("api_performance.cli") for name in importers)


def modules_loaded_by(statement: str) -> set[str]:
    script = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    printed = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    ).stdout
    return set(json.loads(printed))
