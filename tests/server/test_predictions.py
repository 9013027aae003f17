"""Predictions over a real server: who may ask, and what is refused how."""

from __future__ import annotations

import httpx
import pytest

from tests.queries.making import CHECKOUT, UNUSED
from tests.server.running import Running


def get(server: Running, **parameters: str | int) -> httpx.Response:
    address = f"{server.api}/predictions"
    return httpx.get(address, params=parameters, headers=server.bearer(), timeout=60)


def test_an_endpoints_coming_hours_are_answered(server: Running) -> None:
    page = get(server, endpoint=CHECKOUT.id, hours_ahead=3).json()
    assert (page["name"], page["hours_ahead"]) == ("POST /checkout", 3)
    assert len(page["times"]) == 3
    metrics = {each["name"]: each for each in page["metrics"]}
    assert metrics["response_time"]["predicted"] == pytest.approx([0.4] * 3, rel=0.01)
    assert not metrics["response_time"]["is_reliable"]
    assert metrics["error_rate"]["predicted"] == pytest.approx([1.0] * 3)
    assert get(server).json()["name"] == "all endpoints"
    head, *rows = get(server, hours_ahead=2, format="csv").text.splitlines()
    assert head.startswith("time,response_time_predicted,response_time_lower,")
    assert len(rows) == 2


def test_what_cannot_be_answered_is_refused(server: Running) -> None:
    never = get(server, endpoint=UNUSED.id)
    assert never.status_code == 404
    assert "was not called yet" in never.json()["detail"]
    assert get(server, endpoint="no such").status_code == 404
    assert get(server, hours_ahead=0).status_code == 422
    assert get(server, hours_ahead=337).status_code == 422
    assert httpx.get(f"{server.api}/predictions").status_code == 401
