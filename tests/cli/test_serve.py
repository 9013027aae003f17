"""`api-performance serve` shows what a store holds, in a process without an application."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect

from api_performance.model import Instance
from api_performance.stores.base import Batch, InstanceState
from api_performance.stores.sqlite import SQLiteStore
from tests.cli.servers import (
    COMMAND,
    Server,
    carried_out,
    command,
    eventually,
    pushed,
    running,
    serving,
)
from tests.cli.stored import STORE, USER, fill, window

APP = """
from fastapi import FastAPI

app = FastAPI(title="Shop")

@app.get("/users/{user_id}")
def user(user_id: int):
    return user_id
"""
API = "/performance/api/v1"


@pytest.fixture
def application(tmp_path: Path) -> Path:
    """A directory with an application, in which its store will be too."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_text(APP)
    return tmp_path / "app"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A directory with a store that an application has written."""
    (tmp_path / "filled").mkdir()
    fill(tmp_path / "filled")
    return tmp_path / "filled"


@contextmanager
def served(directory: Path, *options: str) -> Iterator[httpx.Client]:
    """Serve the store of a directory; yields a client that follows no redirect."""
    with (
        serving(directory, str(COMMAND), "serve", "--port", "0", *options) as server,
        httpx.Client(base_url=server.address, timeout=120) as client,
    ):
        yield client


@contextmanager
def served_from_elsewhere(application: Path) -> Iterator[httpx.Client]:
    """Serve the application's store from a directory that knows of it by the option alone."""
    elsewhere = application.parent / "elsewhere"
    elsewhere.mkdir()
    with served(elsewhere, "--store", f"sqlite:///{application / STORE}") as client:
        yield client


def token(directory: Path, role: str = "operate") -> str:
    return carried_out(directory, "token", "--raw", "--role", role).stdout.strip()


def bearer(directory: Path) -> dict[str, str]:
    return {"Authorization": f"Bearer {token(directory)}"}


def call(server: Server, times: int) -> None:
    for number in range(times):
        server.get(f"/users/{number}")


def request_count(client: httpx.Client, headers: dict[str, str]) -> int:
    answer = client.get(f"{API}/summary", headers=headers).raise_for_status()
    return int(answer.json()["request_count"])


def test_what_an_application_measures_is_shown_by_another_process(application: Path) -> None:
    with running(application, "main:app", "--port", "0") as app:
        eventually((application / STORE).exists)
        with served_from_elsewhere(application) as client:
            headers = bearer(application)
            call(app, 5)
            eventually(lambda: request_count(client, headers) == 5)
            rows = client.get(f"{API}/endpoints", headers=headers).json()["endpoints"]
            called = [f"{row['method']} {row['template']}" for row in rows if row["request_count"]]
            assert called == ["GET /users/{user_id}"]


def test_it_goes_on_when_the_application_has_ended(application: Path) -> None:
    with running(application, "main:app", "--port", "0") as app:
        eventually((application / STORE).exists)
        call(app, 5)
    with served_from_elsewhere(application) as client:
        assert request_count(client, bearer(application)) == 5


def test_a_live_page_is_pushed_what_an_application_measures(application: Path) -> None:
    with running(application, "main:app", "--port", "0") as app:
        eventually((application / STORE).exists)
        with served_from_elsewhere(application) as client:
            address = f"{client.base_url}".replace("http", "ws", 1)
            live = f"{address.rstrip('/')}{API}/live"
            with connect(live, additional_headers=bearer(application)) as connection:
                assert pushed(connection)["summary"]["request_count"] == 0
                call(app, 5)
                eventually(lambda: pushed(connection)["summary"]["request_count"] == 5)


def test_nobody_is_let_in_without_a_token_of_the_store(directory: Path) -> None:
    with served(directory) as client:
        assert client.get(f"{API}/summary").status_code == 401
        wrong = {"Authorization": "Bearer of-another-store"}
        assert client.get(f"{API}/summary", headers=wrong).status_code == 401
        assert client.get(f"{API}/summary", headers=bearer(directory)).status_code == 200


def test_who_may_only_look_may_not_renew_the_tokens(directory: Path) -> None:
    looks = {"Authorization": f"Bearer {token(directory, 'view')}"}
    with served(directory) as client:
        assert client.get(f"{API}/summary", headers=looks).status_code == 200
        assert client.post(f"{API}/tokens", headers=looks).status_code == 403


def test_a_session_of_the_application_is_one_here_too(application: Path) -> None:
    with running(application, "main:app", "--port", "0") as app:
        eventually((application / STORE).exists)
        with httpx.Client(base_url=app.address, timeout=120) as there:
            there.post(f"{API}/session", json={"token": token(application)}).raise_for_status()
            cookies = dict(there.cookies)
        with served_from_elsewhere(application) as client:
            client.cookies.update(cookies)
            assert client.get(f"{API}/session").json()["role"] == "operate"


def test_metrics_add_up_every_host_that_shares_the_store(directory: Path) -> None:
    store, now = SQLiteStore(directory / STORE), time.time()
    other = Instance("shop", "1.0", "", "another-host", 1, now - 60)
    measured = [(USER, window(now, [0.01] * 50, failed=0))]
    store.append(Batch(InstanceState(other, now, 1), 1, measured))
    store.close()
    with served(directory) as client:
        page = client.get("/metrics").text
    assert 'api_requests_total{endpoint="/users/{user_id}",method="GET",' in page
    (line,) = [
        line for line in page.splitlines() if line.startswith('api_requests_total{endpoint="/users')
    ]
    assert line.endswith(" 250.0")


def test_the_root_leads_to_the_page(directory: Path) -> None:
    with served(directory) as client:
        assert client.get("/").headers["location"] == "performance/"
        assert client.get("/performance").headers["location"] == "performance/"
        assert "<!doctype html>" in client.get("/performance/").text
        assert client.get("/elsewhere").status_code == 404


def test_the_page_that_applications_do_not_serve_is_at_the_root(directory: Path) -> None:
    (directory / "api-performance.toml").write_text('path = ""\n')
    with served(directory) as client:
        assert "<!doctype html>" in client.get("/").text
        assert client.get("/api/v1/summary", headers=bearer(directory)).status_code == 200
        assert "api_requests_total" in client.get("/metrics").text


def test_several_workers_answer_the_same(directory: Path) -> None:
    with served(directory, "--workers", "2") as client:
        headers = bearer(directory)
        assert {request_count(client, headers) for _ in range(10)} == {227}


def test_nothing_is_written_to_what_is_shown(directory: Path) -> None:
    with served(directory) as client:
        headers = bearer(directory)
        before = client.get(f"{API}/instances", headers=headers).json()
        client.get("/users/1")
        assert request_count(client, headers) == 227
        assert client.get(f"{API}/instances", headers=headers).json() == before


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "there is no store at .api-performance/metrics.sqlite3: start the application first"),
        (["--store", "memory://"], "the memory store lives inside the application"),
        (["--store", "carrier-pigeon://"], "store = 'carrier-pigeon://'"),
    ],
)
def test_a_store_that_cannot_be_served_is_told_in_a_line(
    tmp_path: Path, options: list[str], words: str
) -> None:
    result = command(tmp_path, "serve", "--port", "0", *options)
    assert result.returncode == 1
    assert words in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / ".api-performance").exists()


def test_the_help_lists_the_server_s_options_and_none_of_an_application_s(tmp_path: Path) -> None:
    result = command(tmp_path, "serve", "--help")
    assert result.returncode == 0
    assert "Usage: api-performance serve [OPTIONS]" in result.stdout
    assert "--store" in result.stdout and "--workers" in result.stdout
    assert "8001" in result.stdout
    assert "--reload-dir" not in result.stdout and "--app-dir" not in result.stdout
