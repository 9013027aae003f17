"""Alerts, incidents and silences over REST."""

from __future__ import annotations

import csv
import time
from io import StringIO
from typing import Any

import httpx
import pytest

from api_performance.alerts.book import Book
from api_performance.clock import SystemClock
from api_performance.server.auth import Role
from api_performance.stores.base import FOLD_LEASE
from tests.alerts.making import CHECKOUT, a_policy, breached, clear
from tests.server.running import Running, csrf, running

SELECT = "operation:SELECT 1"
SLOW = breached(CHECKOUT, causes=(SELECT,))
SEARCH = breached(subject="c0ffee000002", name="GET /search", rule="errors", causes=(SELECT,))


class Judged:
    """A server, and whoever judges its store."""

    def __init__(self, server: Running) -> None:
        self.server = server
        self.book = Book(server.service.store, SystemClock(), a_policy())

    def keep(self, *readings: Any) -> None:  # Any: readings
        lease = self.server.service.store.acquire(FOLD_LEASE, "a", time.time(), 600)
        assert lease is not None
        self.book.keep(readings, lease)

    def get(self, path: str, **parameters: Any) -> Any:  # Any: JSON
        headers = self.server.bearer()
        answer = httpx.get(f"{self.server.api}/{path}", params=parameters, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def file(self, kind: str) -> httpx.Response:
        address = f"{self.server.api}/alerts"
        answer = httpx.get(address, params={"format": kind}, headers=self.server.bearer())
        assert answer.headers["content-disposition"].endswith(f'"alerts.{kind}"')
        return answer

    def send(self, method: str, path: str, body: Any = None) -> httpx.Response:  # Any: JSON
        headers = self.server.bearer(Role.OPERATE)
        return httpx.request(method, f"{self.server.api}/{path}", json=body, headers=headers)


@pytest.fixture
def judged(server: Running) -> Judged:
    made = Judged(server)
    made.keep(SLOW, SEARCH)
    return made


def test_alerts_come_with_their_incident_and_how_many_of_each_state(judged: Judged) -> None:
    page = judged.get("alerts")
    assert page["counts"] == {
        **dict.fromkeys(("ok", "pending", "acknowledged", "resolved", "flapping", "silenced"), 0),
        "firing": 2,
    }
    assert {alert["endpoint"] for alert in page["alerts"]} == {"POST /checkout", "GET /search"}
    (incident,) = page["incidents"]
    assert incident["cause"] == "the operation SELECT 1"
    assert set(incident["alerts"]) == {alert["id"] for alert in page["alerts"]}
    assert incident["ended_at"] is None
    assert judged.get("incidents")["incidents"] == [incident]
    assert judged.get("incidents", is_open=False)["total"] == 0


@pytest.mark.parametrize(
    ("question", "count"),
    [
        ({"severity": "warning"}, 2),
        ({"severity": "critical"}, 0),
        ({"state": "firing"}, 2),
        ({"state": ["resolved", "ok"]}, 0),
        ({"priority": "critical"}, 2),
        ({"endpoint": "SEARCH get"}, 1),
        ({"limit": 1}, 1),
    ],
)
def test_alerts_are_filtered(judged: Judged, question: dict[str, Any], count: int) -> None:
    assert len(judged.get("alerts", **question)["alerts"]) == count


def test_many_are_acknowledged_at_once_and_all_see_it_before_the_next_round(
    judged: Judged,
) -> None:
    ids = [alert["id"] for alert in judged.get("alerts")["alerts"]]
    body = {"ids": ids, "author": "ann", "reason": "on it"}
    answer = judged.send("POST", "alerts/acknowledge", body).json()
    assert [alert["acknowledged_by"] for alert in answer] == ["ann", "ann"]
    assert judged.get("alerts")["counts"]["acknowledged"] == 2
    judged.keep(SLOW, SEARCH)
    assert judged.get("alerts")["counts"]["acknowledged"] == 2
    (incident,) = judged.get("incidents", is_open=True)["incidents"]
    assert incident["state"] == "acknowledged"
    judged.keep(clear(SLOW), clear(SEARCH))
    assert judged.get("alerts")["counts"]["resolved"] == 2
    (incident,) = judged.get("incidents", is_open=False)["incidents"]
    assert incident["ended_at"] >= incident["began_at"]


def test_the_history_of_an_alert_tells_who_did_what_and_why(judged: Judged) -> None:
    alert_id = judged.get("alerts", endpoint="checkout")["alerts"][0]["id"]
    body = {"ids": [alert_id], "author": "ann", "reason": "mended"}
    assert judged.send("POST", "alerts/resolve", body).status_code == 200
    history = judged.get(f"alerts/{alert_id}/history")
    steps = [(step["state"], step["author"], step["is_command"]) for step in history["transitions"]]
    assert steps == [("firing", "judge", False), ("resolved", "ann", True)]
    assert history["transitions"][1]["reason"] == "mended"
    assert history["alert"]["state"] == "resolved"


def test_a_silence_is_made_listed_and_ended(judged: Judged) -> None:
    body = {"endpoint": "post /checkout", "ends_at": time.time() + 600, "author": "ann"}
    made = judged.send("POST", "silences", body).json()
    assert (made["endpoint"], made["is_active"]) == ("POST /checkout", True)
    assert judged.get("silences") == [made]
    assert judged.get("alerts")["counts"]["silenced"] == 1
    assert judged.send("DELETE", f"silences/{made['id']}").status_code == 204
    assert judged.get("alerts")["counts"]["silenced"] == 0
    assert judged.send("DELETE", f"silences/{made['id']}").status_code == 404


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"ends_at": 1e10}, "names nothing"),
        ({"endpoint": "what is this", "ends_at": 1e10}, "endpoint"),
        ({"endpoint": "*", "ends_at": 5.0}, "ends_at"),
        ({"endpoint": "*", "ends_at": 1e10}, "400 days"),
        ({"endpoint": "*", "severity": "bad", "ends_at": 1e10}, "severity"),
        ({"endpoint": "*", "until": 1e10}, "until"),
    ],
)
def test_a_wrong_silence_is_refused_by_name(judged: Judged, body: Any, names: str) -> None:
    answer = judged.send("POST", "silences", body)
    assert answer.status_code == 422
    assert names in answer.json()["detail"]


def test_an_unknown_alert_is_refused_and_nothing_is_done(judged: Judged) -> None:
    known = judged.get("alerts")["alerts"][0]["id"]
    answer = judged.send("POST", "alerts/acknowledge", {"ids": [known, "beef"]})
    assert (answer.status_code, "'beef'" in answer.json()["detail"]) == (404, True)
    assert judged.get("alerts")["counts"]["firing"] == 2
    headers = judged.server.bearer()
    answer = httpx.get(f"{judged.server.api}/alerts/beef/history", headers=headers)
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "alerts/acknowledge"),
        ("POST", "alerts/resolve"),
        ("POST", "silences"),
        ("DELETE", "silences/x"),
    ],
)
def test_who_may_only_look_changes_nothing(judged: Judged, method: str, path: str) -> None:
    server = judged.server
    answer = httpx.request(method, f"{server.api}/{path}", json={}, headers=server.bearer())
    assert answer.status_code == 403
    with server.signed_in(Role.OPERATE) as browser:
        assert browser.request(method, f"/{path}", json={}).status_code == 403  # without CSRF
        answered = browser.request(method, f"/{path}", json={}, headers=csrf(browser))
        assert answered.status_code in (404, 422)


def test_alerts_that_are_switched_off_say_so() -> None:
    with running(dashboard_config={"enable_alerts": False}) as server:
        for path in ("alerts", "incidents", "silences", "widgets/performance_alerts"):
            answer = httpx.get(f"{server.api}/{path}", headers=server.bearer())
            assert answer.status_code == 404
            assert "enable_alerts" in answer.json()["detail"]


def test_the_widget_holds_the_alerts(judged: Judged) -> None:
    data = judged.get("widgets/performance_alerts")
    assert data["alerts"]["counts"]["firing"] == 2
    assert data["title"] == "Alerts"


def test_alerts_are_exported_as_files(judged: Judged) -> None:
    as_json, as_csv = (judged.file(kind) for kind in ("json", "csv"))
    rows = list(csv.DictReader(StringIO(as_csv.text)))
    assert [row["id"] for row in rows] == [alert["id"] for alert in as_json.json()["alerts"]]
    assert (rows[0]["state"], rows[0]["causes"]) == ("firing", SELECT)
    assert None not in rows[0]
