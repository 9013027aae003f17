"""Alert rules over a real server: who may see and change them, and what is refused how."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from api_performance.server.auth import Role
from tests.server.running import Running, csrf, running

REPORTS: dict[str, object] = {
    "id": "reports",
    "metric": "response_time",
    "warning": 20,
    "applies_to": "get /reports/*",
    "window_seconds": "15m",
}


def put(server: Running, rule: dict[str, object], role: Role = Role.OPERATE) -> httpx.Response:
    body = {"rule": rule, "author": "ann", "reason": "long reports"}
    return httpx.put(address(server, str(rule["id"])), json=body, headers=server.bearer(role))


def address(server: Running, rule_id: str) -> str:
    return f"{server.api}/alert-rules/{rule_id}"


def listed(server: Running, rule_id: str) -> list[dict[str, Any]]:  # Any: an answer's values
    rules = httpx.get(f"{server.api}/alert-rules", headers=server.bearer()).json()
    return [each for each in rules if each["id"] == rule_id]


def delete(server: Running, rule_id: str, role: Role = Role.OPERATE) -> httpx.Response:
    return httpx.delete(address(server, rule_id), headers=server.bearer(role))


def test_a_rule_is_saved_listed_and_deleted(server: Running) -> None:
    answer = put(server, REPORTS)
    assert answer.status_code == 200
    (found,) = listed(server, "reports")
    assert found == answer.json()
    assert (found["source"], found["is_in_force"], found["overrides"]) == ("page", True, False)
    assert (found["applies_to"], found["window_seconds"]) == ("GET /reports/*", 900)
    assert delete(server, "reports").status_code == 204
    assert listed(server, "reports") == []
    assert delete(server, "reports").status_code == 404


def test_a_default_is_switched_off_and_comes_back(server: Running) -> None:
    (before,) = listed(server, "traffic")
    assert (before["source"], before["is_in_force"]) == ("default", True)
    assert put(server, {"id": "traffic", "enabled": False}).status_code == 200
    found = [(each["source"], each["is_in_force"]) for each in listed(server, "traffic")]
    assert found == [("page", False), ("default", False)]
    refused = [delete(server, each) for each in ("traffic", "traffic")]
    assert [each.status_code for each in refused] == [204, 422]
    assert "enabled = false" in refused[1].json()["detail"]
    assert listed(server, "traffic") == [before]


def test_a_viewer_may_look_and_change_nothing(server: Running) -> None:
    assert put(server, REPORTS, Role.VIEW).status_code == 403
    assert delete(server, "traffic", Role.VIEW).status_code == 403
    assert httpx.get(f"{server.api}/alert-rules").status_code == 401
    with server.signed_in(Role.OPERATE) as browser:
        body = {"rule": REPORTS}
        assert browser.put("/alert-rules/reports", json=body).status_code == 403
        answer = browser.put("/alert-rules/reports", json=body, headers=csrf(browser))
        assert answer.status_code == 200


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"metric": "speed"}, "rule.metric = 'speed' is refused: input should be 'response_time'"),
        ({"warning": -1}, "rule.warning = '-1' is refused: input should be greater than or equal"),
        ({"critical": 5}, "rule is refused: warning = 20 must lie below critical = 5"),
        ({"applies_to": "reports"}, "rule.applies_to = 'reports' is refused"),
        ({"window_seconds": "5 years"}, "rule.window_seconds = '5 years' is refused"),
        ({"colour": "red"}, "rule.colour = 'red' is refused"),
    ],
)
def test_a_wrong_rule_is_refused_by_name_and_the_one_in_force_stays(
    server: Running, changed: dict[str, object], said: str
) -> None:
    put(server, REPORTS)
    answer = put(server, {**REPORTS, **changed})
    assert answer.status_code == 422
    assert said in answer.json()["detail"]
    (found,) = listed(server, "reports")
    assert (found["warning"], found["critical"]) == (20, None)


def test_an_id_that_is_not_the_addresses_is_refused(server: Running) -> None:
    answer = httpx.put(
        address(server, "other"), json={"rule": REPORTS}, headers=server.bearer(Role.OPERATE)
    )
    assert answer.status_code == 422
    assert "rule.id = 'reports' is refused: the address says 'other'" in answer.json()["detail"]


def test_there_are_no_rules_where_alerts_are_switched_off() -> None:
    with running(dashboard_config={"enable_alerts": False}) as server:
        answer = httpx.get(f"{server.api}/alert-rules", headers=server.bearer())
        assert answer.status_code == 404
