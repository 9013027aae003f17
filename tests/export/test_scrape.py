"""A real Prometheus scrapes an application of four workers whose workers come and go."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.ports import free_port
from tests.server.running import PATIENCE_SECONDS, eventually

APP = """
import random, time
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from api_performance import instrument

app = FastAPI()
chance = random.Random()

@app.get("/items/{item_id}")
def item(item_id: int) -> dict[str, int]:
    time.sleep(chance.uniform(0.002, 0.02))
    return {"id": item_id}

@app.get("/broken")
def broken() -> JSONResponse:
    return JSONResponse({}, 503)

instrument(app, store="sqlite:///metrics.sqlite3", authentication=False,
           priorities={"GET /items/{item_id}": "critical"},
           response_time_thresholds={"critical": {"excellent": 0.011}})
"""

WORKERS = 4
ROUNDS = 3
REQUESTS = 100


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "shop.py").write_text(APP)
    return tmp_path


@contextmanager
def application(directory: Path) -> Iterator[str]:
    """Run the application with four workers; yields its address."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "uvicorn", "shop:app", "--workers", str(WORKERS)),
        *("--port", str(port), "--log-level", "warning"),
    ]
    process = subprocess.Popen(command, cwd=directory, start_new_session=True)
    address = f"http://127.0.0.1:{port}"
    try:
        eventually(lambda: answers(f"{address}/items/1"))
        yield address
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


@contextmanager
def prometheus(directory: Path, target: str) -> Iterator[str]:
    """Run a Prometheus that scrapes every second; yields its address."""
    port = free_port()
    config = directory / "prometheus.yml"
    config.write_text(
        "global: {scrape_interval: 1s}\n"
        "scrape_configs:\n"
        "  - job_name: app\n"
        f"    static_configs: [{{targets: ['{target.removeprefix('http://')}']}}]\n"
    )
    command = [
        "prometheus",
        f"--config.file={config}",
        f"--storage.tsdb.path={directory / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=error",
    ]
    process = subprocess.Popen(command, cwd=directory)
    address = f"http://127.0.0.1:{port}"
    try:
        eventually(lambda: answers(f"{address}/-/ready"))
        yield address
    finally:
        process.terminate()
        process.wait(30)


def answers(address: str) -> bool:
    try:
        return CLIENT.get(address).status_code == 200
    except httpx.TransportError:
        return False


CLIENT = httpx.Client(headers={"Connection": "close"}, timeout=PATIENCE_SECONDS)
"""Fresh connections, so that the kernel spreads the requests over the workers."""


def get(url: str, **parameters: str) -> httpx.Response:
    while True:
        try:
            return CLIENT.get(url, params=parameters)
        except httpx.TransportError:  # it met the worker that was ended
            continue


def asked(prometheus_address: str, query: str) -> list[dict[str, Any]]:  # Any: JSON
    body = get(f"{prometheus_address}/api/v1/query", query=query).json()
    assert body["status"] == "success", body
    return list(body["data"]["result"])


def value(prometheus_address: str, query: str) -> float:
    """Return the one value of a query; not a number if there is none yet."""
    found = asked(prometheus_address, query)
    return float(found[0]["value"][1]) if found else float("nan")


def workers_of(address: str) -> set[int]:
    return {row["pid"] for row in get(f"{address}/performance/api/v1/instances").json()}


@pytest.mark.needs_system("prometheus", "promtool")
def test_prometheus_sees_counters_that_never_fall_while_workers_come_and_go(
    directory: Path,
) -> None:
    chance, made, ended = random.Random(1), 0, set[int]()
    with application(directory) as address, prometheus(directory, address) as scraper:
        base = requests_counted(address)
        for _ in range(ROUNDS):
            for path in ["/items/7"] * REQUESTS + ["/broken"] * 3:
                get(f"{address}{path}")
            made += REQUESTS
            eventually(lambda: requests_counted(address) >= base + made)  # noqa: B023 # called at once
            worker = chance.choice(sorted(workers_of(address) - ended))
            os.kill(worker, signal.SIGTERM)  # uvicorn starts another in its place
            ended.add(worker)
        total = 'sum(api_requests_total{endpoint="/items/{item_id}"})'
        eventually(lambda: value(scraper, total) == requests_counted(address) >= base + made)
        nothing_fell(scraper)
        quantiles_agree(address, scraper)
        promtool_is_silent(address)
        assert len(workers_of(address)) > WORKERS


def requests_counted(address: str) -> int:
    page = get(f"{address}/metrics").text
    name = r'^api_requests_total\{endpoint="/items/\{item_id\}".*\} (\S+)$'
    return sum(int(float(each)) for each in re.findall(name, page, re.MULTILINE))


def nothing_fell(scraper: str) -> None:
    """Prometheus counts a fall as a reset of the counter."""
    for name in (
        "api_requests_total",
        "api_response_time_seconds_bucket",
        "api_response_time_seconds_count",
        "api_response_time_seconds_sum",
        "api_latency_seconds_bucket",
        "api_response_bytes_total",
    ):
        found = asked(scraper, f"resets({name}[10m])")
        assert found, name
        assert [each for each in found if float(each["value"][1])] == []


def quantiles_agree(address: str, scraper: str) -> None:
    """Ours lies in the bucket in which Prometheus finds its own."""
    histogram = 'api_response_time_seconds_bucket{endpoint="/items/{item_id}",status="2xx"}'
    theirs = value(scraper, f"histogram_quantile(0.95, sum by (le) ({histogram}))")
    bounds = sorted(
        float(each["metric"]["le"]) for each in asked(scraper, f"sum by (le) ({histogram})")
    )
    page = get(f"{address}/performance/api/v1/endpoints", search="items", status="2xx").json()
    (row,) = page["endpoints"]
    assert 0.011 in bounds  # the threshold of the endpoint's priority
    upper = min(bound for bound in bounds if bound >= theirs)
    lower = max((bound for bound in bounds if bound < upper), default=0.0)
    assert lower * 0.99 <= row["response_time"]["p95_seconds"] <= upper * 1.01, json.dumps(row)


def promtool_is_silent(address: str) -> None:
    page = get(f"{address}/metrics").content
    checked = subprocess.run(
        ["promtool", "check", "metrics"], input=page, capture_output=True, check=False
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")
