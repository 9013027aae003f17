"""`api-performance deploy` marks a deploy in a store, or tells a running application."""

from __future__ import annotations

from pathlib import Path

from api_performance.changes.deploys import DeployBook
from api_performance.clock import SystemClock
from api_performance.server.auth import Role
from api_performance.stores.sqlite import SQLiteStore
from api_performance.wiring import mounted
from tests.cli.servers import carried_out
from tests.cli.stored import STORE, fill
from tests.server.running import running, served


def test_a_deploy_is_marked_in_the_store(tmp_path: Path) -> None:
    fill(tmp_path)
    result = carried_out(tmp_path, "deploy", "2.4.1", "--note", "new search", "--author", "ann")
    assert result.returncode == 0, result.stderr
    assert "runs 2.4.1 since" in result.stdout
    store = SQLiteStore(tmp_path / STORE)
    try:
        (deploy,) = DeployBook(store, SystemClock()).all()
    finally:
        store.close()
    assert (deploy.version, deploy.author, deploy.note) == ("2.4.1", "ann", "new search")


def test_a_running_application_is_told(tmp_path: Path) -> None:
    with running() as server, served(mounted(server.app, "/performance")) as address:
        server.service.flush()
        token = server.auth.token(Role.OPERATE)
        result = carried_out(tmp_path, "deploy", "3", "--url", address, "--token", token)
        assert result.returncode == 0, result.stderr
        (deploy,) = DeployBook(server.service.store, server.service.clock).all()
        assert (deploy.version, deploy.author) == ("3", "command line")


def test_without_a_store_it_says_what_to_do(tmp_path: Path) -> None:
    result = carried_out(tmp_path, "deploy", "2.4.1")
    assert result.returncode == 1
    assert "start the application first" in result.stderr
