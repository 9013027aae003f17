"""Findings over a real server: listed by what they cost, with distributions before and since."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from api_performance.changes.change import Change, Effect
from api_performance.changes.finding import KeptFinding, Moved, MovedKind, as_event, fresh_finding
from api_performance.model import Endpoint
from tests.queries.making import CHECKOUT, USERS, a_window
from tests.server.running import Running, running

NOW = time.time()


def a_finding(endpoint: Endpoint, ratio: float, cost: float, **changes: object) -> KeptFinding:
    began = NOW - 1800
    change = Change(
        "response_time", Effect.WORSE if ratio > 1 else Effect.BETTER, began, began - 60,
        began + 60, began + 300, ratio, ratio * 0.9, ratio * 1.1, 0.1, 0.1 * ratio, 0.99,
        deploy_at=began,
    )  # fmt: skip
    finding = fresh_finding(endpoint, replace(change, **changes), "2.4")  # type: ignore[arg-type]  # as below
    moved = [Moved(MovedKind.OPERATION, "SELECT 1", 0.02, 0.1, 0.8)]
    return replace(finding, cost_seconds=cost, cost_low=cost / 2, cost_high=cost * 2, moved=moved)


@pytest.fixture(scope="module")
def found() -> Iterator[Running]:
    """USERS is slower (cheap), CHECKOUT is faster (dear, but over), each by what was measured."""
    with running() as server:
        for at, seconds in ((NOW - 2400, 0.1), (NOW - 900, 0.3)):
            server.service.flush((USERS, a_window(at, [seconds] * 100)))
        server.service.flush(declared=[CHECKOUT])
        for finding in (
            a_finding(USERS, 3.0, 100.0),
            a_finding(CHECKOUT, 0.5, -500.0, closed=NOW - 60),
            a_finding(USERS, 1.2, 20.0, metric="response_time_tail", began=NOW - 7200),
        ):
            server.service.store.record_event(as_event(finding, NOW))
        yield server


def get(server: Running, path: str, **parameters: Any) -> Any:  # Any: an answer's values
    answer = httpx.get(f"{server.api}/{path}", params=parameters, headers=server.bearer())
    return answer.json()


def test_those_that_last_come_first_and_of_them_the_dearest(found: Running) -> None:
    page = get(found, "findings")
    assert (page["total"], page["open_count"]) == (3, 2)
    assert [(row["endpoint"], row["cost_seconds"]) for row in page["findings"]] == [
        (USERS.name, 100.0), (USERS.name, 20.0), (CHECKOUT.name, -500.0),
    ]  # fmt: skip
    first = page["findings"][0]
    assert first["rank"] == pytest.approx(400.0)
    assert first["sentence"].startswith("GET /users/{user_id} is slower by 200")
    assert (first["unit"], first["before"], first["after"]) == ("seconds", 0.1, pytest.approx(0.3))
    assert (first["version"], first["moved"][0]["name"]) == ("2.4", "SELECT 1")
    assert first["related"] == [page["findings"][2]["id"]]


def test_a_page_keeps_what_is_asked_for(found: Running) -> None:
    assert get(found, "findings", is_open=False)["total"] == 1
    assert get(found, "findings", effect="better")["total"] == 1
    assert get(found, "findings", endpoint=USERS.id)["total"] == 2
    assert get(found, "findings", priority="critical")["total"] == 1
    assert len(get(found, "findings", limit=1, offset=1)["findings"]) == 1


def test_a_finding_shows_the_times_before_and_since_in_the_same_bounds(found: Running) -> None:
    row = get(found, "findings")["findings"][0]
    detail = get(found, f"findings/{row['id']}")
    before, after = detail["before"], detail["after"]
    assert detail["finding"] == row
    assert before["bounds"] == after["bounds"]
    assert (before["request_count"], after["request_count"]) == (100, 100)
    assert before["p50_seconds"] == pytest.approx(0.1, rel=0.01)
    assert after["p50_seconds"] == pytest.approx(0.3, rel=0.01)
    for each in (before, after):
        assert sum(each["shares"]) == pytest.approx(1.0)
        assert len(each["bounds"]) == len(each["shares"]) + 1


def test_an_unknown_finding_is_refused(found: Running) -> None:
    answer = httpx.get(f"{found.api}/findings/none", headers=found.bearer())
    assert answer.status_code == 404
    assert "the list has those there are" in answer.json()["detail"]


def test_it_says_why_none_is_looked_for(found: Running) -> None:
    assert "set analysis to 'process'" in get(found, "findings")["reason"]
