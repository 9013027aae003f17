"""Objectives over a real server: who may see and change them, and what is refused how."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

import httpx
import pytest

from api_performance.server.auth import Role
from tests.queries.making import CHECKOUT, USERS
from tests.server.running import Running, csrf

STRICT = {"id": "strict", "kind": "availability", "target": 0.9999, "pattern": "POST /checkout"}


def get(server: Running, path: str, **parameters: Any) -> httpx.Response:  # Any: a query's values
    return httpx.get(f"{server.api}/{path}", params=parameters, headers=server.bearer())


def put(server: Running, objective: dict[str, object], role: Role = Role.OPERATE) -> httpx.Response:
    body = {"objective": objective, "author": "ann", "reason": "a promise"}
    address = f"{server.api}/objectives/{objective.get('id', 'none')}"
    return httpx.put(address, json=body, headers=server.bearer(role))


def backtest(server: Running, objective: dict[str, object], endpoint_id: str) -> httpx.Response:
    return httpx.post(
        f"{server.api}/objectives/backtest",
        json={"objective": objective, "endpoint_id": endpoint_id},
        headers=server.bearer(Role.VIEW),
    )


def test_objectives_are_listed_with_where_endpoints_stand(server: Running) -> None:
    page = get(server, "objectives").json()
    assert len(page["objectives"]) == 8
    assert page["is_whole"]
    worst = page["rows"][0]
    assert (worst["endpoint"], worst["objective_id"]) == ("POST /checkout", "critical-availability")
    assert worst["budget_left_ratio"] == pytest.approx(-999)
    assert [burn["is_breached"] for burn in worst["burns"]] == [False, False, False]  # so young
    assert worst["exhaustion"] is None or worst["exhaustion"]["at"]
    kept = get(server, "objectives", search="users", objective="high-latency").json()
    assert [row["endpoint_id"] for row in kept["rows"]] == [USERS.id]


def test_where_endpoints_stand_is_exported_as_files(server: Running) -> None:
    page = get(server, "objectives", format="json").json()
    answer = get(server, "objectives", format="csv")
    assert answer.headers["content-disposition"].endswith('"objectives.csv"')
    rows = list(csv.DictReader(StringIO(answer.text)))
    assert [row["objective_id"] for row in rows] == [row["objective_id"] for row in page["rows"]]
    assert float(rows[0]["budget_left_ratio"]) == page["rows"][0]["budget_left_ratio"]
    assert float(rows[0]["burn_rate_3600_seconds"]) == page["rows"][0]["burns"][0]["long_rate"]
    assert rows[0]["objective_target"] == "0.999"
    assert None not in rows[0]


def test_an_objective_is_saved_shown_tried_and_deleted(server: Running) -> None:
    saved = put(server, STRICT)
    assert saved.status_code == 200
    assert saved.json()["source"] == "page"
    line = get(server, "objectives/strict/budget", endpoint=CHECKOUT.id).json()
    assert (line["event_count"], line["bad_count"]) == (10, 10)
    tried = backtest(server, {**STRICT, "target": 0.9}, CHECKOUT.id).json()
    assert "can never be passed" in tried["never_fires"]
    address = f"{server.api}/objectives/strict"
    gone = httpx.delete(address, headers=server.bearer(Role.OPERATE))
    assert gone.status_code == 204
    again = httpx.delete(address, headers=server.bearer(Role.OPERATE))
    assert again.status_code == 404
    assert "'strict'" in again.json()["detail"]


def test_a_viewer_may_look_and_try_but_change_nothing(server: Running) -> None:
    assert put(server, STRICT, Role.VIEW).status_code == 403
    address = f"{server.api}/objectives/high-latency"
    assert httpx.delete(address, headers=server.bearer(Role.VIEW)).status_code == 403
    assert httpx.get(f"{server.api}/objectives").status_code == 401
    assert backtest(server, STRICT, CHECKOUT.id).status_code == 200


def test_a_session_needs_its_csrf_token_to_change_something(server: Running) -> None:
    with server.signed_in(Role.OPERATE) as browser:
        body = {"objective": STRICT}
        assert browser.put("/objectives/strict", json=body).status_code == 403
        answer = browser.put("/objectives/strict", json=body, headers=csrf(browser))
        assert answer.status_code == 200


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"target": 1.5}, "objective: target = 1.5 is refused: give a ratio such as 0.999, below"),
        ({"kind": "speed"}, "objective.kind = 'speed' is refused"),
        ({"bound": 2.0}, "bound = 2.0 is refused: give none"),
        ({"pattern": "checkout"}, "pattern = 'checkout' is refused: give one like"),
        ({"errors": {"5xx": "evil"}}, "objective.errors.5xx = 'evil' is refused"),
        ({"colour": "red"}, "objective.colour = 'red' is refused"),
    ],
)
def test_a_wrong_objective_is_refused_by_name_and_nothing_changes(
    server: Running, changed: dict[str, object], said: str
) -> None:
    put(server, STRICT)
    answer = put(server, {**STRICT, **changed})
    assert answer.status_code == 422
    assert said in answer.json()["detail"]
    listed = get(server, "objectives").json()["objectives"]
    assert [each["target"] for each in listed if each["id"] == "strict"] == [0.9999]


def test_what_cannot_be_is_refused(server: Running) -> None:
    body = {"objective": STRICT}
    other = httpx.put(
        f"{server.api}/objectives/other", json=body, headers=server.bearer(Role.OPERATE)
    )
    assert other.status_code == 422
    assert "objective.id = 'strict' is refused" in other.json()["detail"]
    assert backtest(server, STRICT, USERS.id).status_code == 422
    assert backtest(server, STRICT, "nothing").status_code == 404
    assert get(server, "objectives/nothing/budget", endpoint=USERS.id).status_code == 404
    assert get(server, "objectives/high-latency/budget", endpoint="nothing").status_code == 404
    address = f"{server.api}/objectives/high-latency"
    default = httpx.delete(address, headers=server.bearer(Role.OPERATE))
    assert default.status_code == 422
    assert "enabled = false" in default.json()["detail"]
