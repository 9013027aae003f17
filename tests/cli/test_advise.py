"""`api-performance advise`: a table, Markdown, JSON, of the configured store."""

from __future__ import annotations

import json
import time
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api_performance.cli.commands import app
from api_performance.stores.sqlite import SQLiteStore
from tests.advice.stored import keep


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("advise") / "metrics.sqlite3"
    with closing(SQLiteStore(path)) as store:
        minute = time.time() // 60 * 60
        keep(store, [minute - 180, minute - 120])
    return f"sqlite:///{path}"


def said(address: str, *arguments: str) -> str:
    result = CliRunner().invoke(app, ["advise", "--store", address, *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def test_the_table_says_what_where_and_what_it_saves(address: str) -> None:
    table = said(address)
    assert "Read the 40 rows with one statement" in table
    assert "GET /products (HIGH)" in table
    assert "53 % (35 to 60)" in table


def test_markdown_has_the_evidence_and_the_line(address: str) -> None:
    document = said(address, "--format", "markdown")
    assert document.startswith("# What to do first\n\n## 1. Read the 40 rows")
    assert "list.py:7 in page" in document
    assert "- **Evidence** calls of a request that makes any: 40;" in document


def test_json_is_what_the_rest_api_answers(address: str) -> None:
    page = json.loads(said(address, "--format", "json", "--limit", "1", "--state", "open"))
    assert (page["total"], page["recommendations"][0]["rule"]) == (1, "n_plus_one")


def test_nothing_to_do_says_so(address: str) -> None:
    kept = "--type", "caching", "--priority", "low"
    assert said(address, *kept).startswith("Nothing to do")
    assert "Nothing to do" in said(address, "--format", "markdown", *kept)


def test_switched_off_it_says_what_to_set(
    address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("API_PERFORMANCE_DASHBOARD_CONFIG__ENABLE_OPTIMIZATIONS", "false")
    result = CliRunner().invoke(app, ["advise", "--store", address])
    assert "enable_optimizations" in str(result.exception)
