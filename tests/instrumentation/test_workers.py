"""Several workers on one store: whoever is asked answers for all of them."""

from __future__ import annotations

import json
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.cli.servers import running

APP = """
from fastapi import FastAPI

app = FastAPI(title="shop")

@app.get("/things/{thing_id}")
async def thing(thing_id: int) -> int:
    return thing_id
"""

WITHIN_SECONDS = 3.0
PATIENCE_SECONDS = 30.0
REQUESTS = 200


def test_every_read_from_any_worker_counts_the_requests_of_all_within_three_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shop.py").write_text(APP)
    monkeypatch.setenv("API_PERFORMANCE_AUTHENTICATION", "false")
    with running(tmp_path, "shop:app", "--port", "0", "--workers", "4") as server:
        for number in range(REQUESTS):
            assert server.get(f"/things/{number}") == str(number)
        asked = time.monotonic()
        # every connection may reach another worker
        while time.monotonic() < asked + WITHIN_SECONDS and not _all_say(server.address):
            pass
        assert _all_say(server.address)


def test_every_worker_names_the_same_holder_of_the_lease(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shop.py").write_text(APP)
    monkeypatch.setenv("API_PERFORMANCE_AUTHENTICATION", "false")
    with running(tmp_path, "shop:app", "--port", "0", "--workers", "4") as server:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline and None in _holders(server.address):
            pass
        (holder,) = _holders(server.address)
        instances = _ask(f"{server.address}/performance/api/v1/instances")
        assert holder in {instance["id"] for instance in instances}


def _holders(address: str) -> set[str | None]:
    url = f"{address}/performance/api/v1/health"
    return {_ask(url)["lease_holder"] for _ in range(12)}  # each may reach another worker


def _all_say(address: str) -> bool:
    return all(_count(address) == REQUESTS for _ in range(12))


def _count(address: str) -> int:
    url = f"{address}/performance/api/v1/summary?window_seconds=600"
    return int(_ask(url)["request_count"])


def _ask(url: str) -> Any:  # Any: JSON
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.loads(answer.read())
