"""What an application looks like where parts of ours are switched off by settings."""

from pathlib import Path
from urllib.error import HTTPError

import pytest

from tests.cli.servers import Server, running

APPLICATION = """
from fastapi import FastAPI

app = FastAPI(title="Shop")

@app.get("/")
def root():
    return "the shop's own"
"""


def status(server: Server, path: str) -> int:
    try:
        server.get(path)
    except HTTPError as error:
        with error:
            return error.code
    return 200


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "main.py").write_text(APPLICATION)
    return tmp_path


def test_without_a_path_the_page_is_not_served_and_the_rest_is(directory: Path) -> None:
    (directory / "api-performance.toml").write_text("path = ''")
    with running(directory, "main:app", "--port", "0") as server:
        assert server.get("/") == '"the shop\'s own"'
        assert status(server, "/performance/api/v1/session") == 404


def test_the_page_can_move(directory: Path) -> None:
    (directory / "api-performance.toml").write_text("path = '/internal/speed'")
    with running(directory, "main:app", "--port", "0") as server:
        assert status(server, "/internal/speed/api/v1/session") == 401
        assert status(server, "/performance/api/v1/session") == 404
        assert status(server, "/internal/speedway") == 404


def test_without_authentication_the_numbers_are_open(directory: Path) -> None:
    (directory / "api-performance.toml").write_text("authentication = false")
    with running(directory, "main:app", "--port", "0") as server:
        assert status(server, "/performance/api/v1/endpoints") == 200


def test_without_a_metrics_path_that_path_is_the_application_s(directory: Path) -> None:
    (directory / "api-performance.toml").write_text("metrics_path = ''")
    with running(directory, "main:app", "--port", "0") as server:
        assert status(server, "/metrics") == 404
