"""Applications of several processes and a page of its own share a Redis, which may come and go."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
import redis
from websockets.sync.client import connect

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
from tests.stores.redis_server import RedisServer, a_redis_server

pytestmark = pytest.mark.needs_system("redis-server")

APP = """
from fastapi import FastAPI

app = FastAPI(title="{title}")

@app.get("/users/{{user_id}}")
def user(user_id: int):
    return user_id
"""
API = "/performance/api/v1"


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    (tmp_path / "redis").mkdir()
    with a_redis_server(tmp_path / "redis") as server:
        yield server


@pytest.fixture(autouse=True)
def store(redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("API_PERFORMANCE_STORE", redis_server.address())
    return redis_server.address()


def directory_of(parent: Path, title: str) -> Path:
    """Return a directory with an application of that title."""
    directory = parent / title
    directory.mkdir()
    (directory / "main.py").write_text(APP.format(title=title))
    return directory


def call(server: Server, times: int) -> None:
    for number in range(times):
        assert server.get(f"/users/{number}") == str(number)


def count(address: str, headers: dict[str, str]) -> int | None:
    """Return the requests that a page knows of, None while it cannot tell."""
    answer = httpx.get(f"{address}{API}/summary", headers=headers, timeout=120)
    return int(answer.json()["request_count"]) if answer.status_code == 200 else None


def bearer(directory: Path) -> dict[str, str]:
    result = carried_out(directory, "token", "--raw")
    assert result.returncode == 0, result.stderr
    return {"Authorization": f"Bearer {result.stdout.strip()}"}


def test_two_services_of_several_workers_and_a_page_of_its_own_tell_one_truth(
    tmp_path: Path,
) -> None:
    shop, search, page = (directory_of(tmp_path, name) for name in ("shop", "search", "page"))
    workers = ("main:app", "--port", "0", "--workers", "2")
    with (
        running(shop, *workers) as first,
        running(search, *workers) as second,
        serving(page, str(COMMAND), "serve", "--port", "0") as served,
    ):
        call(first, 30)
        call(second, 20)
        headers = bearer(page)
        for server in (first, second, served):
            eventually(lambda at=server.address: count(at, headers) == 50)  # type: ignore[misc] # a lambda has no types
        scraped = httpx.get(f"{served.address}/metrics", timeout=120).text
        lines = [each for each in scraped.splitlines() if each.startswith("api_requests_total{")]
        assert sum(float(each.rpartition(" ")[2]) for each in lines) == 50


def test_pages_of_other_processes_are_pushed_what_one_process_measured(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    shop, search, page = (directory_of(tmp_path, name) for name in ("shop", "search", "page"))
    with (
        running(shop, "main:app", "--port", "0") as app,
        running(search, "main:app", "--port", "0") as other,
        serving(page, str(COMMAND), "serve", "--port", "0") as served,
        ExitStack() as stack,
    ):
        headers = bearer(page)
        pages = [
            stack.enter_context(connect(live_address(each), additional_headers=headers))
            for each in (other, served)
        ]
        assert [pushed(each)["summary"]["request_count"] for each in pages] == [0, 0]
        with redis.Redis(port=redis_server.port) as asking:
            eventually(lambda: len(asking.client_list(_type="pubsub")) >= len(pages))
        call(app, 3)
        for each in pages:
            eventually(lambda at=each: pushed(at)["summary"]["request_count"] == 3)  # type: ignore[misc] # a lambda has no types


def live_address(server: Server) -> str:
    return server.address.replace("http", "ws", 1) + f"{API}/live"


def test_measuring_begins_once_a_server_that_was_away_at_the_start_answers(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    shop = directory_of(tmp_path, "shop")
    redis_server.stop()
    with running(shop, "main:app", "--port", "0") as app:
        call(app, 5)
        eventually(lambda: "measuring waits for the store" in app.text())
        redis_server.start()
        headers = bearer(shop)
        eventually(lambda: count(app.address, headers) == 5)


def test_requests_go_on_while_the_server_is_away_and_are_told_afterwards(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    shop = directory_of(tmp_path, "shop")
    with running(shop, "main:app", "--port", "0") as app:
        headers = bearer(shop)
        call(app, 5)
        eventually(lambda: count(app.address, headers) == 5)
        redis_server.stop()
        call(app, 7)
        eventually(lambda: "failed, the app runs on" in app.text())
        redis_server.start()  # empty: what was written is gone, what waited is not
        headers = bearer(shop)
        eventually(lambda: count(app.address, headers) == 7)


@pytest.mark.parametrize("asked", [["serve"], ["token"], ["clear", "--yes"], ["top", "--once"]])
def test_a_command_tells_in_a_line_that_the_server_does_not_answer(
    tmp_path: Path, redis_server: RedisServer, asked: list[str]
) -> None:
    redis_server.stop()
    result = (command if asked == ["serve"] else carried_out)(tmp_path, *asked)
    assert result.returncode == 1
    assert f"api-performance: {redis_server.address()} does not answer" in result.stderr
    assert result.stderr.count("\n") == 1


def test_what_is_measured_is_deleted_without_a_password_on_the_screen(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    address = redis_server.address().replace("//", "//default:s3cret@")
    result = carried_out(tmp_path, "clear", "--yes", "--store", address)
    assert result.returncode in (0, 1)  # servers differ in taking a password that nobody asked for
    assert redis_server.address() in result.stdout + result.stderr
    assert "s3cret" not in result.stdout + result.stderr
