"""Deploys over a real server: marked by operators, listed for all, versions side by side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from api_performance.server.auth import Role
from tests.queries.making import CHECKOUT, USERS, an_instance
from tests.server.running import Running, running


@pytest.fixture(scope="module")
def deployed() -> Iterator[Running]:
    with running() as server:
        for version, seconds, failed in (("1", 0.1, 1), ("2", 0.2, 5)):
            instance = an_instance(pid=int(version), version=version)
            server.service.measure(USERS, [seconds] * 200, instance=instance)
            server.service.measure(USERS, [seconds] * failed, instance=instance, status=500)
        assert post(server, {"version": "2", "author": "ann", "note": "new search"}).is_success
        yield server


def post(server: Running, body: dict[str, object], role: Role = Role.OPERATE) -> httpx.Response:
    return httpx.post(f"{server.api}/deploys", json=body, headers=server.bearer(role))


def get(server: Running, path: str, **parameters: Any) -> Any:  # Any: an answer's values
    answer = httpx.get(f"{server.api}/{path}", params=parameters, headers=server.bearer())
    return answer.json()


def test_a_marked_deploy_is_listed_with_who_and_why(deployed: Running) -> None:
    page = get(deployed, "deploys")
    (row,) = page["deploys"]
    assert page["total"] == 1
    assert (row["version"], row["service"], row["environment"]) == ("2", "shop", "test")
    assert (row["author"], row["note"], row["source"]) == ("ann", "new search", "operator")
    assert page["start"] <= row["at"] <= page["as_of"]


def test_only_the_range_and_the_services_asked_for_are_listed(deployed: Running) -> None:
    (row,) = get(deployed, "deploys")["deploys"]
    assert get(deployed, "deploys", service="other")["deploys"] == []
    assert get(deployed, "deploys", start=row["at"] - 60, end=row["at"])["deploys"] == []
    assert get(deployed, "deploys", service="shop", environment="test")["total"] == 1


def test_who_may_only_look_marks_nothing(deployed: Running) -> None:
    assert post(deployed, {"version": "3"}, Role.VIEW).status_code == 403
    assert get(deployed, "deploys")["total"] == 1


@pytest.mark.parametrize(
    "body",
    [{}, {"version": ""}, {"version": "3", "at": 1e10}, {"version": "3", "colour": "red"},
     {"version": "x" * 101}],
)  # fmt: skip
def test_what_cannot_be_is_refused(deployed: Running, body: dict[str, object]) -> None:
    answer = post(deployed, body)
    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_versions_stand_side_by_side(deployed: Running) -> None:
    page = get(deployed, f"versions/{USERS.id}")
    newer, older = page["versions"]
    assert (newer["version"], newer["request_count"], newer["error_count"]) == ("2", 205, 5)
    assert (older["version"], older["request_count"], older["error_count"]) == ("1", 201, 1)
    assert newer["response_time"]["p50_seconds"] == pytest.approx(0.2, rel=0.01)
    assert older["response_time"]["p50_seconds"] == pytest.approx(0.1, rel=0.01)
    assert newer["deployed_at"] is not None
    change = page["change"]
    assert (change["version"], change["previous"]) == ("2", "1")
    assert change["p95_change_ratio"] == pytest.approx(1.0, rel=0.05)
    assert change["error_ratio_change"] == pytest.approx(5 / 205 - 1 / 201)


def test_of_one_version_nothing_is_compared(deployed: Running) -> None:
    page = get(deployed, f"versions/{USERS.id}", version="1")
    assert [row["version"] for row in page["versions"]] == ["1"]
    assert page["change"] is None


def test_an_endpoint_that_nobody_called_has_no_versions(deployed: Running) -> None:
    deployed.service.flush(declared=[CHECKOUT])
    assert get(deployed, f"versions/{CHECKOUT.id}")["versions"] == []
    answer = httpx.get(f"{deployed.api}/versions/none", headers=deployed.bearer())
    assert answer.status_code == 404
