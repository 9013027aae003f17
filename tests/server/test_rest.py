"""The REST API over a real server."""

import csv
import json
from io import StringIO
from typing import Any

import anyio
import httpx
import pytest

from api_performance.errors import StoreUnavailable
from api_performance.measure.window import Window
from api_performance.model import Endpoint, Instance
from api_performance.server.auth import Role
from tests.queries.making import CHECKOUT, UNUSED, USERS
from tests.server.conftest import measured
from tests.server.running import Running, running, served


def get(server: Running, path: str, **parameters: Any) -> httpx.Response:  # Any: a query's values
    return httpx.get(f"{server.api}/{path}", params=parameters, headers=server.bearer())


def test_the_table_lists_every_endpoint_of_the_default_range(server: Running) -> None:
    page = get(server, "endpoints").json()
    assert page["total"] == 3
    first, *_, last = page["endpoints"]
    assert (first["template"], first["method"], first["priority"]) == (
        "/checkout",
        "POST",
        "critical",
    )
    assert (first["request_count"], first["error_count"]) == (10, 10)
    assert first["response_time"]["p95_seconds"] == pytest.approx(0.4, rel=0.006)
    assert (last["id"], last["last_called_at"]) == (UNUSED.id, None)
    assert page["end"] - page["start"] == pytest.approx(3600, abs=60)


def test_the_table_is_filtered_sorted_and_paged(server: Running) -> None:
    page = get(server, "endpoints", sort="request_count", order="desc", limit=1).json()
    assert [row["template"] for row in page["endpoints"]] == ["/users/{user_id}"]
    page = get(server, "endpoints", priority=["critical", "high"], search="checkout").json()
    assert [row["template"] for row in page["endpoints"]] == ["/checkout"]
    page = get(server, "endpoints", status="5xx", method="post").json()
    assert page["endpoints"][0]["status_counts"] == {"500": 10}
    assert get(server, "endpoints", window_seconds=300).json()["total"] == 3


def test_one_endpoint_its_series_the_whole_and_the_processes(server: Running) -> None:
    row = get(server, f"endpoints/{USERS.id}").json()
    assert (row["request_count"], row["template"]) == (30, "/users/{user_id}")
    one = get(server, f"endpoints/{USERS.id}/series").json()
    assert (sum(one["request_count"]), one["endpoint_id"]) == (30, USERS.id)
    every = get(server, "series", step_seconds=60).json()
    assert (sum(every["request_count"]), every["step_seconds"]) == (40, 60)
    summary = get(server, "summary").json()
    assert (summary["request_count"], summary["never_called_count"]) == (40, 1)
    assert [each["host"] for each in get(server, "instances").json()] == ["host-a"]
    heatmap = get(server, f"endpoints/{USERS.id}/heatmap").json()
    assert (sum(map(sum, heatmap["counts"])), heatmap["endpoint_id"]) == (30, USERS.id)
    assert get(server, "health").json()["store_kind"] == "memory"
    assert get(server, "live").json()["type"] == "live"


def test_the_settings_that_the_page_needs_are_told(server: Running) -> None:
    config = get(server, "config").json()
    assert config["response_time_thresholds"]["critical"]["excellent"] == 0.1
    assert (config["refresh_interval"], config["history_window"]) == (5.0, 3600.0)
    assert (config["role"], config["enable_real_time"]) == ("view", True)
    [instance] = get(server, "instances").json()
    lived = get(server, "live").json()["as_of"] - instance["started_at"]
    assert config["measured_seconds"] == pytest.approx(lived, abs=60)


@pytest.mark.parametrize("path", ["endpoints", "series", "summary", "instances"])
def test_every_table_and_series_is_exported_as_csv_and_json(server: Running, path: str) -> None:
    as_json = get(server, path, format="json")
    assert as_json.headers["content-disposition"].endswith('.json"')
    assert as_json.json()
    as_csv = get(server, path, format="csv")
    assert as_csv.headers["content-type"].startswith("text/csv")
    assert as_csv.headers["content-disposition"].endswith('.csv"')
    rows = list(csv.DictReader(StringIO(as_csv.text)))
    assert rows
    assert None not in rows[0]


def test_csv_says_the_same_as_json(server: Running) -> None:
    rows = list(csv.DictReader(StringIO(get(server, "endpoints", format="csv").text)))
    page = get(server, "endpoints").json()["endpoints"]
    assert [row["id"] for row in rows] == [row["id"] for row in page]
    assert float(rows[0]["response_time_p95_seconds"]) == page[0]["response_time"]["p95_seconds"]
    assert (rows[0]["status_5xx"], rows[0]["latency_database_seconds"]) == ("10", "2.0")
    steps = list(csv.DictReader(StringIO(get(server, "series", format="csv").text)))
    series = get(server, "series").json()
    assert abs(len(steps) - len(series["times"])) <= 1
    assert sum(int(step["request_count"]) for step in steps) == 40
    assert sum(int(step["status_500"]) for step in steps) == 10


def test_a_heatmap_is_exported_as_its_cells(server: Running) -> None:
    path = f"endpoints/{USERS.id}/heatmap"
    (cell,) = csv.DictReader(StringIO(get(server, path, format="csv").text))
    assert int(cell["request_count"]) == 30
    assert float(cell["above_seconds"]) < 0.1 <= float(cell["up_to_seconds"])
    as_json = get(server, path, format="json")
    assert f"heatmap-{USERS.id}.json" in as_json.headers["content-disposition"]


@pytest.mark.parametrize(
    ("path", "parameters", "said"),
    [
        ("endpoints", {"limit": 0}, "limit = '0' is refused"),
        ("endpoints", {"sort": "beauty"}, "sort = 'beauty' is refused"),
        ("endpoints", {"priority": "urgent"}, "priority.0 = 'urgent' is refused"),
        ("endpoints", {"status": "9xx"}, "status = '9xx' is refused: give a code from 100"),
        ("summary", {"window_seconds": -5}, "window_seconds = '-5' is refused"),
        ("summary", {"window_seconds": "nan"}, "window_seconds"),
        ("summary", {"start": 10, "end": 5}, "start = 10 is refused"),
        ("summary", {"window_seconds": 60, "end": 5}, "beside start and end"),
        ("series", {"step_seconds": 3}, "step_seconds = 3 is refused: allowed are 1, 2, 5"),
    ],
)
def test_a_wrong_parameter_is_refused_in_one_sentence(
    server: Running, path: str, parameters: dict[str, Any], said: str
) -> None:
    response = get(server, path, **parameters)
    assert response.status_code == 422
    assert said in response.json()["detail"]


def test_an_unknown_endpoint_is_404(server: Running) -> None:
    assert get(server, "endpoints/ffffffffffff").status_code == 404
    assert get(server, "endpoints/ffffffffffff/series").status_code == 404
    assert get(server, "endpoints/ffffffffffff/heatmap").status_code == 404


def test_a_template_of_script_stays_text(server: Running) -> None:
    evil = Endpoint("GET", "/<script>alert(1)</script>", "shop")
    server.service.measure(evil, [0.1])
    response = get(server, "endpoints")
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert evil.template in {row["template"] for row in response.json()["endpoints"]}


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"])
def test_no_cell_of_a_csv_is_a_formula(server: Running, begin: str) -> None:
    formula = f"{begin}cmd|' /C calc'!A0,\"x\""
    endpoint = Endpoint("GET", formula, formula)
    instance = Instance(formula, formula, formula, formula, 1, server.service.clock.now())
    server.service.measure(endpoint, [0.1], instance=instance)
    for table, columns in (
        ("endpoints", ("service", "template")),
        ("instances", ("service", "version", "environment", "host")),
    ):
        text = get(server, table, format="csv").text
        rows = list(csv.DictReader(StringIO(text, newline="")))
        answer = get(server, table).json()
        assert len(rows) == len(answer["endpoints"] if table == "endpoints" else answer)
        for column in columns:
            assert f"'{formula}" in {row[column] for row in rows}


def test_the_schema_names_every_answer(server: Running) -> None:
    schema = get(server, "openapi.json").json()
    assert {"/api/v1/endpoints", "/api/v1/series", "/api/v1/live"} <= schema["paths"].keys()
    assert {"EndpointPage", "LivePush", "Series"} <= schema["components"]["schemas"].keys()


def test_numbers_that_are_not_finite_become_null(server: Running) -> None:
    window = Window(server.service.clock.now() - 1)
    server.service.flush((CHECKOUT, window))
    json.loads(get(server, "endpoints").text, parse_constant=pytest.fail)


def test_the_app_works_under_a_prefix() -> None:
    with running() as plain:
        measured(plain)
        app = plain.app

        async def under_prefix(scope: Any, receive: Any, send: Any) -> None:  # Any: ASGI's types
            inner = {**scope, "root_path": "/tools/performance"}
            await app(inner, receive, send)

        with served(under_prefix) as address:
            base = f"{address}/tools/performance"
            response = httpx.get(f"{base}/api/v1/summary", headers=plain.bearer())
            assert response.json()["request_count"] == 40
            signed = httpx.post(
                f"{base}/api/v1/session", json={"token": plain.auth.token(Role.VIEW)}
            )
            assert "Path=/tools/performance" in signed.headers["set-cookie"]


def test_a_store_that_does_not_answer_is_503_with_what_to_do(server: Running) -> None:
    def refuse(*_: object, **__: object) -> Any:
        raise StoreUnavailable("the file is locked. End what holds it.")

    server.service.store.revision = refuse  # type: ignore[method-assign]  # the store fails
    response = get(server, "summary")
    assert response.status_code == 503
    assert response.json()["detail"] == "the file is locked. End what holds it."


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_the_server_answers_under_asyncio_and_trio(backend: str) -> None:
    with running() as server:
        measured(server)

        async def ask() -> int:
            transport = httpx.ASGITransport(server.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
                answer = await client.get("/api/v1/summary", headers=server.bearer())
                return int(answer.json()["request_count"])

        assert anyio.run(ask, backend=backend) == 40
