"""Several workers on one store: whoever is asked answers for all of them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from math import inf
from pathlib import Path
from typing import Any

import pytest

from tests.cli.servers import Server, eventually, running

APP = """
from fastapi import FastAPI

app = FastAPI(title="shop")

@app.get("/things/{thing_id}")
async def thing(thing_id: int) -> int:
    return thing_id
"""

WITHIN_SECONDS = 3.0
REQUESTS = 200
ATTEMPTS = 5
"""Of which one has to keep the promise: how long a busy machine takes is not its matter."""


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Four workers whose numbers are open to all."""
    (tmp_path / "shop.py").write_text(APP)
    monkeypatch.setenv("API_PERFORMANCE_AUTHENTICATION", "false")
    with running(tmp_path, "shop:app", "--port", "0", "--workers", "4") as started:
        yield started


def test_every_read_from_any_worker_counts_the_requests_of_all_within_three_seconds(
    server: Server,
) -> None:
    taken: list[float] = []
    while min(taken, default=inf) > WITHIN_SECONDS:
        assert len(taken) < ATTEMPTS, f"all say it, but only after {taken} s"
        for number in range(REQUESTS):
            assert server.get(f"/things/{number}") == str(number)
        asked = time.monotonic()
        count = REQUESTS * (len(taken) + 1)
        eventually(lambda: _all_say(server, count))  # noqa: B023 # called at once
        taken.append(time.monotonic() - asked)


def test_every_worker_names_the_same_holder_of_the_lease(server: Server) -> None:
    def agree() -> bool:
        (holder, *others) = _holders(server)
        return not others and holder in {row["id"] for row in _ask(server, "instances")}

    eventually(agree)


def _holders(server: Server) -> set[str | None]:
    return {_ask(server, "health")["lease_holder"] for _ in range(12)}


def _all_say(server: Server, count: int) -> bool:
    question = "summary?window_seconds=600"
    return all(_ask(server, question)["request_count"] == count for _ in range(12))


def _ask(server: Server, question: str) -> Any:  # Any: JSON
    """Return an answer of whichever worker gets the question: each is a connection of its own."""
    return json.loads(server.get(f"/performance/api/v1/{question}"))
