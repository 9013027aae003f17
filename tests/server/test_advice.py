"""Recommendations over REST: ranked, filtered, acted upon, with what became of each."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from api_performance.model import Endpoint, MetricPriority
from api_performance.server.auth import Role
from tests.advice.stored import keep
from tests.server.running import Running, running

CHECKOUT = Endpoint("POST", "/checkout", "shop", MetricPriority.CRITICAL)


class Advised:
    def __init__(self, server: Running) -> None:
        self.server = server

    def get(self, path: str = "", **parameters: Any) -> Any:  # Any: JSON
        address = f"{self.server.api}/recommendations{path}"
        answer = httpx.get(address, params=parameters, headers=self.server.bearer(), timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send(self, act: str, body: Any, role: Role = Role.OPERATE) -> httpx.Response:  # Any: JSON
        address = f"{self.server.api}/recommendations/{act}"
        return httpx.post(address, json=body, headers=self.server.bearer(role), timeout=60)


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running() as made:
        minute = time.time() // 60 * 60
        keep(made.service.store, [minute - 180, minute - 120])
        keep(made.service.store, [minute - 180, minute - 120], endpoint=CHECKOUT, pid=2)
        yield made


@pytest.fixture
def advised(server: Running) -> Advised:
    return Advised(server)


def test_what_matters_more_comes_first_with_evidence_and_estimate(advised: Advised) -> None:
    page = advised.get()
    assert [each["endpoint"] for each in page["recommendations"]] == [
        "POST /checkout",
        "GET /products",
    ]
    first = page["recommendations"][0]
    assert first["improvement_low"] < first["estimated_improvement"] < first["improvement_high"]
    assert {each["unit"] for each in first["evidence"]} == {"count", "seconds", "ratio"}
    assert first["derivation"]
    assert not page["is_judged"]


@pytest.mark.parametrize(
    ("question", "count"),
    [
        ({"type": "database"}, 2),
        ({"type": "caching"}, 0),
        ({"priority": "critical"}, 1),
        ({"state": ["gone"]}, 0),
        ({"search": "products get"}, 1),
        ({"endpoint_id": CHECKOUT.id}, 1),
        ({"limit": 1}, 1),
        ({"offset": 2}, 0),
    ],
)
def test_recommendations_are_filtered(
    advised: Advised, question: dict[str, Any], count: int
) -> None:
    assert len(advised.get(**question)["recommendations"]) == count


def test_people_act_and_the_history_tells_who_and_why(advised: Advised) -> None:
    (of,) = [each["id"] for each in advised.get(priority="high")["recommendations"]]
    told = {"ids": [of], "author": "ann", "reason": "rare"}
    assert advised.send("dismiss", told, Role.VIEW).status_code == 403
    assert advised.send("dismiss", {"ids": [of]}).status_code == 422
    assert advised.send("accept", {"ids": ["nope"]}).status_code == 404
    for act, state in (("accept", "accepted"), ("apply", "applied"), ("dismiss", "dismissed")):
        (after,) = advised.send(act, told).json()
        assert after["state"] == state
    assert advised.get()["counts"] == {
        **dict.fromkeys(("accepted", "applied", "verified", "no_effect", "worse", "gone"), 0),
        "open": 1,
        "dismissed": 1,
    }
    history = advised.get(f"/{of}/history")
    assert history["recommendation"]["state"] == "dismissed"
    last = history["steps"][-1]
    assert (last["author"], last["reason"], last["is_command"]) == ("ann", "rare", True)
    (after,) = advised.send("reopen", {"ids": [of]}).json()
    assert after["state"] == "open"


def test_switched_off_there_are_none() -> None:
    with running(dashboard_config={"enable_optimizations": False}) as server:
        answer = httpx.get(f"{server.api}/recommendations", headers=server.bearer())
        assert answer.status_code == 404
        assert "enable_optimizations" in answer.json()["detail"]
