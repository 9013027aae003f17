"""Every example runs by the command that it names, and measures its endpoints under their names."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.servers import PATIENCE_SECONDS, Server, eventually, serving

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
PROGRAMS = Path(sys.executable).parent
COMMAND = re.compile(r"^(?:uvicorn|gunicorn|api-performance run) .*$", re.MULTILINE)

EXPECTED = {
    "fastapi_app": {
        ("GET", "/products/{product_id}"): "medium",
        ("POST", "/checkout"): "critical",
    },
    "starlette_app": {
        ("GET", "/api/products/{product_id}"): "medium",
        ("POST", "/api/checkout"): "critical",
    },
    "litestar_app": {
        ("GET", "/products/{product_id}"): "medium",
        ("POST", "/checkout"): "critical",
    },
    "shop_app": {("GET", "/products/{product_id}"): "medium"},
}
"""By example: its endpoints and their priorities."""

CASES = [
    pytest.param(path, command, id=command)
    for path in sorted(EXAMPLES.rglob("*.py"))
    for command in COMMAND.findall(path.read_text(encoding="utf-8")) or ["names no command"]
]
ALONE = [case for case in CASES if "several_workers" not in str(case.id)]
WORKERS = [case for case in CASES if "several_workers" in str(case.id)]


@pytest.mark.parametrize(("path", "command"), ALONE)
def test_an_example_measures_what_it_serves(
    path: Path, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_PERFORMANCE_AUTHENTICATION", "false")
    monkeypatch.setenv("PYTHONPATH", str(path.parent))
    expected = EXPECTED[path.stem]
    with serving(tmp_path, *on_a_free_port(command)) as server:
        for method, template in expected:
            url = server.address + re.sub(r"\{.*?\}", "7", template)
            assert httpx.request(method, url, timeout=PATIENCE_SECONDS).is_success
        eventually(lambda: counted(server) == expected)


def on_a_free_port(command: str) -> list[str]:
    program, *arguments = command.split()
    port = ["-b", "127.0.0.1:0"] if "gunicorn" in command else ["--port", "0"]
    return [str(PROGRAMS / program), *arguments, *port]


def counted(server: Server) -> dict[tuple[str, str], str]:
    """Return the endpoints that were called once each, with their priorities."""
    page: dict[str, Any] = json.loads(server.get("/performance/api/v1/endpoints"))
    return {
        (row["method"], row["template"]): row["priority"]
        for row in page["endpoints"]
        if row["request_count"] == 1
    }


@pytest.mark.parametrize(("path", "command"), WORKERS)
def test_each_of_several_workers_answers_for_all(
    path: Path, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_PERFORMANCE_AUTHENTICATION", "false")
    monkeypatch.setenv("PYTHONPATH", str(path.parent))
    with serving(tmp_path, *on_a_free_port(command)) as server:
        asked = [json.loads(server.get(f"/products/{number}")) for number in range(40)]
        eventually(lambda: all(summed(server) == (len(asked), 4) for _ in range(8)))


def summed(server: Server) -> tuple[int, int]:
    """Return requests and processes, as whichever worker gets the question knows them."""
    requests = json.loads(server.get("/performance/api/v1/summary"))["request_count"]
    return requests, len(json.loads(server.get("/performance/api/v1/instances")))
