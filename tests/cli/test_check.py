"""`api-performance check`: exit codes, and what it prints, of recordings in stores."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api_performance.cli.commands import app
from tests.cli.recorded import BEGAN, PING, SEARCH, record


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("check")
    record(folder / "before.sqlite3")
    record(folder / "same.sqlite3", seed=2, began=BEGAN + 86_400)
    record(folder / "slower.sqlite3", search_seconds=0.08, seed=3, began=BEGAN + 7 * 86_400)
    record(folder / "failing.sqlite3", failing=6, seed=4)
    record(folder / "short.sqlite3", minutes=1, seed=5, endpoints=(PING,))
    return folder


def check(folder: Path, candidate: str, *more: str, baseline: str = "before.sqlite3") -> Result:
    sides = "--baseline", str(folder / baseline), "--candidate", str(folder / candidate)
    return CliRunner().invoke(app, ["check", *sides, *more])


def test_the_same_again_passes(folder: Path) -> None:
    result = check(folder, "same.sqlite3")
    assert result.exit_code == 0, result.output
    assert "Nothing became worse, of 2 endpoints compared." in result.output


def test_a_slower_endpoint_fails_and_is_named_with_the_operation_that_is_why(folder: Path) -> None:
    result = check(folder, "slower.sqlite3")
    assert result.exit_code == 1, result.output
    assert "1 of 2 endpoints became worse." in result.output
    assert "GET /search" in result.output
    assert "worse" in result.output
    assert "SELECT * FROM goods` at shop/search.py:12 in search takes 7" in result.output


def test_more_failures_fail_it(folder: Path) -> None:
    result = check(folder, "failing.sqlite3", "--format", "json")
    assert result.exit_code == 1, result.output
    of_search = json.loads(result.output)["endpoints"][1]
    assert of_search["endpoint"]["template"] == "/search"
    verdicts = {each["metric"]: each["verdict"] for each in of_search["compared"]}
    assert verdicts == {"mean": "same", "p95": "same", "errors": "worse"}


def test_a_quicker_one_passes(folder: Path) -> None:
    result = check(folder, "before.sqlite3", baseline="slower.sqlite3")
    assert result.exit_code == 0, result.output
    assert "better" in result.output


def test_markdown_begins_with_what_came_of_it_and_what_is_worse(folder: Path) -> None:
    lines = check(folder, "slower.sqlite3", "--format", "markdown").output.splitlines()
    assert lines[0] == "# 1 of 2 endpoints became worse."
    assert lines[4].startswith("| GET /search | mean | 49.9")
    assert lines[4].endswith("| **worse** |")


def test_sarif_has_the_endpoint_and_the_line(folder: Path) -> None:
    log = json.loads(check(folder, "slower.sqlite3", "--format", "sarif").output)
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert {each["ruleId"] for each in run["results"]} == {"slower", "slower-tail"}
    assert {each["id"] for each in run["tool"]["driver"]["rules"]} >= {"slower", "slower-tail"}
    (place,) = run["results"][0]["locations"]
    assert place["logicalLocations"][0]["name"] == "GET /search"
    physical = place["physicalLocation"]
    assert physical["artifactLocation"]["uri"] == "shop/search.py"
    assert physical["region"]["startLine"] == 12
    assert run["results"][0]["message"]["text"].startswith("GET /search: mean 7")


def test_sarif_of_nothing_worse_has_no_results(folder: Path) -> None:
    log = json.loads(check(folder, "same.sqlite3", "--format", "sarif").output)
    assert log["runs"][0]["results"] == []


def test_two_versions_of_one_store_are_compared(tmp_path: Path) -> None:
    path = record(tmp_path / "both.sqlite3")
    record(path, version="2", search_seconds=0.1, seed=2, began=BEGAN + 3600)
    versions = "--baseline-version", "1", "--candidate-version", "2"
    result = check(tmp_path, "both.sqlite3", *versions, baseline="both.sqlite3")
    assert result.exit_code == 1, result.output
    assert check(tmp_path, "both.sqlite3", baseline="both.sqlite3").exit_code == 0


def test_what_counts_as_a_change_can_be_chosen(folder: Path) -> None:
    assert check(folder, "slower.sqlite3", "--least-change", "1").exit_code == 0
    assert check(folder, "slower.sqlite3", "--least-seconds", "0.5").exit_code == 0


def test_endpoints_of_one_recording_alone_are_told_and_fail_nothing(folder: Path) -> None:
    result = check(folder, "short.sqlite3", "--warm-up", "0")
    assert result.exit_code == 0, result.output
    assert f"In the baseline only: {SEARCH.name}." in result.output


@pytest.mark.parametrize(
    ("candidate", "more", "said"),
    [
        ("none.sqlite3", (), "there is no store at"),
        ("same.sqlite3", ("--candidate-version", "9"), "no requests of version 9"),
        ("short.sqlite3", ("--warm-up", "30"), "nothing of"),
        ("same.sqlite3", ("--warm-up", "-1"), "--warm-up"),
    ],
)
def test_what_cannot_be_compared_is_exit_code_2_with_a_sentence(
    folder: Path, candidate: str, more: tuple[str, ...], said: str
) -> None:
    result = check(folder, candidate, *more)
    assert result.exit_code == 2, result.output
    assert said in result.output.replace("\n", " ")


def test_what_is_no_store_is_exit_code_2(folder: Path) -> None:
    (folder / "text.sqlite3").write_text("no database\n" * 100)
    assert check(folder, "text.sqlite3").exit_code == 2
    sides = "--baseline", "mongodb://x", "--candidate", "memory://"
    assert CliRunner().invoke(app, ["check", *sides]).exit_code == 2
