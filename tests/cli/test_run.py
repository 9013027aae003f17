"""`api-performance run` measures an application whose code does not know of it."""

import time
from pathlib import Path

import httpx
import pytest

from api_performance.config import Config
from api_performance.stores.base import FINEST, Query
from api_performance.stores.sqlite import SQLiteStore
from tests.cli.servers import PATIENCE_SECONDS, Server, command, eventually, running

FASTAPI = """
import os
from fastapi import FastAPI

app = FastAPI(title="Shop")

@app.get("/users/{user_id}")
def user(user_id: int):
    return os.getpid()

def create():
    return app

def make(title):
    return FastAPI(title=title, routes=app.routes)
"""

PLAIN = """
import os

async def app(scope, receive, send):
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(os.getpid()).encode()})
"""

STARLETTE = """
import os
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

async def user(request):
    return PlainTextResponse(str(os.getpid()))

app = Starlette(routes=[Route("/users/{user_id}", user)])
"""


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a directory with an application, in which the store will be too."""
    (tmp_path / "main.py").write_text(FASTAPI)
    (tmp_path / "plain.py").write_text(PLAIN)
    (tmp_path / "star.py").write_text(STARLETTE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(server: Server, times: int = 5) -> set[str]:
    """Call the application; return the processes that answered."""
    return {server.get(f"/users/{number}") for number in range(times)}


def answer(server: Server) -> str | None:
    """Return the process that answered; None if it was just replaced, and reset the connection."""
    try:
        asked = httpx.get(f"{server.address}/users/7", timeout=PATIENCE_SECONDS)
    except httpx.TransportError:
        return None
    return asked.raise_for_status().text


def measured(directory: Path) -> dict[str, int]:
    """Return what the store holds: requests by endpoint."""
    config = Config()
    assert config.store_path is not None
    if not (directory / config.store_path).exists():
        return {}
    counts: dict[str, int] = {}
    store = SQLiteStore(config.store_path)
    try:
        for endpoint, window in store.windows(Query(0, time.time() + 60, FINEST)):
            counts[endpoint.name] = counts.get(endpoint.name, 0) + window.count
    finally:
        store.close()
    return counts


def assert_measured(directory: Path, expected: dict[str, int]) -> None:
    """The store holds exactly these requests, in time: how soon is a matter of test_workers.py."""
    try:
        eventually(lambda: measured(directory) == expected)
    except AssertionError:
        assert measured(directory) == expected


USER = "GET /users/{user_id}"


def test_an_application_is_measured_with_no_change_to_its_code(directory: Path) -> None:
    with running(directory, "main:app", "--port", "0") as server:
        assert len(call(server)) == 1
        assert_measured(directory, {USER: 5})


def test_a_starlette_application_is_measured(directory: Path) -> None:
    with running(directory, "star:app", "--port", "0") as server:
        call(server)
        assert_measured(directory, {USER: 5})


def test_a_plain_asgi_application_is_measured(directory: Path) -> None:
    with running(directory, "plain:app", "--port", "0", "--lifespan", "off") as server:
        call(server)
        assert_measured(directory, {"ANY (unmatched)": 5})


def test_a_factory_is_called_once(directory: Path) -> None:
    with running(directory, "main:create", "--factory", "--port", "0") as server:
        call(server)
        assert_measured(directory, {USER: 5})


def test_all_of_four_workers_are_measured(directory: Path) -> None:
    with running(directory, "main:app", "--port", "0", "--workers", "4") as server:
        answered: set[str] = set()
        calls = 0
        while len(answered) < 2 or calls < 40:
            answered |= call(server)
            calls += 5
        assert_measured(directory, {USER: calls})


def test_a_reload_keeps_measuring(directory: Path) -> None:
    with running(directory, "main:app", "--port", "0", "--reload") as server:
        before = call(server)
        (directory / "main.py").write_text(FASTAPI + "\n# changed\n")
        answers: list[str | None] = []

        def is_replaced() -> bool:
            answers.append(answer(server))
            return answers[-1] not in {None, *before}

        eventually(is_replaced)
        assert measured(directory)[USER] >= 5
        call(server)
        asked = 5 + len(answers) + 5
        answered = asked - answers.count(None)  # whether the others were measured is not known
        eventually(lambda: answered <= measured(directory).get(USER, 0) <= asked)


def test_uvicorn_s_options_are_passed_through(directory: Path) -> None:
    elsewhere = directory / "elsewhere"
    elsewhere.mkdir()
    (directory / "main.py").rename(elsewhere / "shop.py")
    (directory / "shop.env").write_text("API_PERFORMANCE_EXCLUDE=/users/*\n")
    options = ["--app-dir", "elsewhere", "--env-file", "shop.env", "--log-level", "debug"]
    with running(directory, "shop:app", "--port", "0", *options) as server:
        call(server)
        assert server.get("/openapi.json")
        assert_measured(directory, {"GET /openapi.json": 1})


def test_gunicorn_is_measured_after_a_preload(directory: Path) -> None:
    options = ["--gunicorn", "-b", "127.0.0.1:0", "-w", "2", "--preload"]
    with running(directory, *options, "main:app") as server:
        call(server, 10)
        assert_measured(directory, {USER: 10})


def test_gunicorn_may_call_a_factory(directory: Path) -> None:
    options = ["--gunicorn", "--bind=127.0.0.1:0"]
    with running(directory, *options, "main:make(title='Shop')") as server:
        call(server)
        assert_measured(directory, {USER: 5})


def test_gunicorn_takes_uvicorn_s_worker(directory: Path) -> None:
    options = ["--gunicorn", "-b", "127.0.0.1:0", "-k", "uvicorn.workers.UvicornWorker"]
    with running(directory, *options, "main:app") as server:
        call(server)
        assert_measured(directory, {USER: 5})


def test_switched_off_it_only_runs(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_PERFORMANCE_ENABLED", "false")
    with running(directory, "main:app", "--port", "0") as server:
        call(server)
    assert not (directory / ".api-performance").exists()


@pytest.mark.parametrize(
    ("arguments", "exit_codes", "words"),
    [
        ([], {2}, "Missing argument 'APP'"),
        (["--porto", "1", "main:app"], {2}, "No such option '--porto'"),
        (["main:app", "--interface", "wsgi"], {1}, "api-performance: --interface wsgi cannot be"),
        (["absent:app"], {1, 3}, 'Could not import module "absent"'),
        (["main:absent"], {1, 3}, 'Attribute "absent" not found in module "main"'),
        (["--gunicorn"], {1}, "No application module specified"),
    ],
)
def test_a_wrong_command_is_told_in_a_line(
    directory: Path, arguments: list[str], exit_codes: set[int], words: str
) -> None:
    result = command(directory, "run", *arguments)
    assert result.returncode in exit_codes  # uvicorn's own was 1, and is 3 by now
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_a_wrong_setting_is_told_before_anything_starts(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_PERFORMANCE_MAX_ENDPOINTS", "none")
    result = command(directory, "run", "main:app", "--port", "0")
    assert result.returncode == 1
    assert result.stderr.startswith("api-performance: max_endpoints = 'none' (environment variab")
    assert result.stderr.count("\n") == 1


def test_the_help_lists_uvicorn_s_options(directory: Path) -> None:
    result = command(directory, "run", "--help")
    assert result.returncode == 0
    assert "Usage: api-performance run [OPTIONS] APP" in result.stdout
    assert "--gunicorn" in result.stdout and "--reload-include" in result.stdout


def test_the_version_is_told(directory: Path) -> None:
    assert command(directory, "--version").stdout.startswith("api-performance 0.")


def test_a_failure_of_the_user_s_code_keeps_its_traceback(directory: Path) -> None:
    (directory / "broken.py").write_text("import json\njson.absent\n")
    result = command(directory, "run", "broken:app", "--port", "0")
    assert result.returncode != 0
    assert "AttributeError: module 'json' has no attribute 'absent'" in result.stderr
