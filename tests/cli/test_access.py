"""`api-performance token` lets a person in, `clear` deletes what was measured."""

import time
from pathlib import Path

import pytest

from api_performance.clock import SystemClock
from api_performance.server.auth import Auth, Role
from api_performance.stores.base import FINEST, Query
from api_performance.stores.sqlite import SQLiteStore
from tests.cli.servers import carried_out
from tests.cli.stored import STORE, fill


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    fill(tmp_path)
    return tmp_path


def printed(directory: Path, *arguments: str) -> str:
    result = carried_out(directory, *arguments)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def role_of(directory: Path, token: str) -> Role | None:
    """Return what the application, another process on the same store, makes of a token."""
    store = SQLiteStore(directory / STORE)
    try:
        return Auth(store, SystemClock()).role_of_token(token)
    finally:
        store.close()


def requests_in(directory: Path) -> int:
    store = SQLiteStore(directory / STORE)
    try:
        windows = store.windows(Query(0, time.time() + 60, FINEST))
        return sum(window.count for _, window in windows)
    finally:
        store.close()


def test_the_login_address_holds_a_token_that_is_let_in(directory: Path) -> None:
    address = printed(directory, "token")
    page, _, token = address.partition("#token=")
    assert page == "http://127.0.0.1:8000/performance/"
    assert role_of(directory, token) is Role.OPERATE


def test_the_token_is_the_same_every_time(directory: Path) -> None:
    assert printed(directory, "token") == printed(directory, "token")


def test_a_token_may_only_view(directory: Path) -> None:
    token = printed(directory, "token", "--role", "view", "--raw")
    assert role_of(directory, token) is Role.VIEW


@pytest.mark.parametrize("url", ["https://shop.example", "https://shop.example/performance/"])
def test_the_address_is_of_the_place_that_is_named(directory: Path, url: str) -> None:
    page = "https://shop.example/performance/#token="
    assert printed(directory, "token", "--url", url).startswith(page)


def test_a_renewed_token_ends_those_before(directory: Path) -> None:
    before = printed(directory, "token", "--raw")
    after = printed(directory, "token", "--raw", "--renew")
    assert role_of(directory, before) is None
    assert role_of(directory, after) is Role.OPERATE


def test_without_authentication_there_is_no_token(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_PERFORMANCE_AUTHENTICATION", "false")
    result = carried_out(directory, "token")
    assert result.returncode == 1
    assert result.stderr == ("api-performance: authentication is off: the page asks for no token\n")


def test_stored_data_is_deleted_and_tokens_stay(directory: Path) -> None:
    token = printed(directory, "token", "--raw")
    assert requests_in(directory) > 0
    assert printed(directory, "clear", "--yes").startswith("Deleted everything measured in sqlite")
    assert requests_in(directory) == 0
    assert role_of(directory, token) is Role.OPERATE


def test_nothing_is_deleted_without_a_yes(directory: Path) -> None:
    result = carried_out(directory, "clear")  # its standard input says nothing
    assert result.returncode == 1
    assert requests_in(directory) > 0


@pytest.mark.parametrize("asked", ["token", "clear"])
def test_a_store_that_is_not_there_is_not_made(tmp_path: Path, asked: str) -> None:
    result = carried_out(tmp_path, asked)
    assert result.returncode == 1
    assert "there is no store at .api-performance/metrics.sqlite3" in result.stderr
    assert not (tmp_path / ".api-performance").exists()
