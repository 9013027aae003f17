"""What the documentation shows works: its Python runs, its settings load, its commands exist."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import gunicorn.config  # type: ignore[import-untyped] # it has no types
import pytest
import typer.main
from fastapi import FastAPI
from uvicorn.main import main as uvicorn_command

from api_performance.cli.commands import app as commands
from api_performance.config import Config
from tests.cli.recorded import record
from tests.docs.blocks import PAGES, ROOT, Block, blocks
from tests.instrumentation.serving import served

NOT_RUN_AS_IT_STANDS = {"docs/api.md 1": "needs a server; test_the_client_of_the_live_page"}
"""Python blocks by name, each with its reason."""

NOT_CHECKED = {"": "a drawing or a name", "text": "what a program prints"}
"""Languages of blocks, each with its reason."""

CHECKED = {"python", "toml", "json", "sh", "yaml", "promql"}

OTHERS = {"curl", "docker", "for", "done", "python3", "seq", "sleep"}
"""Programs that are not ours to check."""


def of(language: str, only: str = "", besides: str = "") -> list[object]:
    found = [
        block
        for page in PAGES
        for block in blocks(page, language)
        if only in ("", page.name) and page.name != besides
    ]
    return [pytest.param(block, id=block.name) for block in found]


def test_every_block_is_of_a_language_that_is_checked() -> None:
    found = {block.name: block.language for page in PAGES for block in blocks(page)}
    others = {name: each for name, each in found.items() if each not in CHECKED | set(NOT_CHECKED)}
    assert not others


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")])
def test_the_python_of_a_page_runs(page: Path, tmp_path: Path) -> None:
    numbers = [
        str(block.number)
        for block in blocks(page, "python")
        if block.name not in NOT_RUN_AS_IT_STANDS
    ]
    script = [sys.executable, "-W", "error", "-m", "tests.docs.run_page", str(page), *numbers]
    paths = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    done = subprocess.run(
        script,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_client_of_the_live_page_prints_what_is_pushed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    (block,) = blocks(ROOT / "docs" / "api.md", "python")
    app = FastAPI()

    @app.get("/users/{user_id}")
    async def user(user_id: int) -> int:
        return user_id

    with served(app, authentication=False) as server:
        server.client.get("/users/7")
        server.window("GET /users/{user_id}")
        text = block.text.replace("127.0.0.1:8000", f"127.0.0.1:{server.port}")
        client = threading.Thread(target=exec, args=(text, {"__name__": "__main__"}))
        client.start()
        client.join()
    assert "GET /users/{user_id}" in capsys.readouterr().out


@pytest.mark.parametrize("block", of("toml"))
def test_settings_load(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "api-performance.toml"
    file.write_text(block.text, encoding="utf-8")
    monkeypatch.setenv("API_PERFORMANCE_CONFIG", str(file))
    assert Config().model_fields_set


@pytest.mark.parametrize("block", of("json"))
def test_json_can_be_read(block: Block) -> None:
    assert json.loads(block.text)


@pytest.mark.parametrize("block", of("sh"))
def test_commands_exist_with_their_options(block: Block) -> None:
    for program, *arguments in commands_in(block.text):
        check(Path(program).name, arguments)


def commands_in(script: str) -> Iterator[list[str]]:
    """Yield the simple commands of a script, those inside `$(…)` too, without assignments."""
    for inner in re.findall(r"\$\(([^()]*)\)", script):
        yield from commands_in(inner)
    for line in re.sub(r"\$\([^()]*\)", "VALUE", script).splitlines():
        for part in re.split(r"\||;|&&", line.partition("  #")[0]):
            words = shlex.split(part.replace("do ", "", 1) if part.startswith(" do ") else part)
            while words and re.match(r"[A-Z_]+=", words[0]):
                words = words[1:]
            if words:
                yield words


def check(program: str, arguments: list[str]) -> None:
    """Fail unless a program exists, and all options that are given to it."""
    given = {word.partition("=")[0] for word in arguments if word.startswith("-")}
    if program == "make":
        targets = (ROOT / "Makefile").read_text(encoding="utf-8")
        assert all(re.search(rf"^{name}:", targets, re.MULTILINE) for name in arguments)
    elif program == "api-performance":
        assert given <= our_options(arguments[0], "--gunicorn" in given)
    elif program in ("uvicorn", "gunicorn"):
        assert given <= server_options(is_gunicorn=program == "gunicorn")
    elif program == "pip":
        assert arguments[0] == "install"
    else:
        assert program in OTHERS


def our_options(name: str, is_gunicorn: bool) -> set[str]:
    command = typer.main.get_group(commands).commands[name]
    options = {option for each in command.params for option in each.opts}
    passes_on = name in ("run", "serve")
    return options | server_options(is_gunicorn=is_gunicorn) if passes_on else options


def server_options(*, is_gunicorn: bool) -> set[str]:
    if is_gunicorn:
        parser = gunicorn.config.Config().parser()
        return {option for each in parser._actions for option in each.option_strings}
    return {option for each in uvicorn_command.params for option in each.opts}


@pytest.mark.parametrize("block", of("yaml", besides="prometheus.md"))
def test_the_scripts_of_a_pipeline_are_ones_and_what_they_call_exists(block: Block) -> None:
    for script in scripts_in(block):
        subprocess.run(["bash", "-n", "-c", script], check=True)
        for program, *arguments in commands_in("\n".join(re.findall(CALLED, script, re.MULTILINE))):
            check(Path(program).name, arguments)


def test_a_pipeline_fails_where_something_became_worse_and_leaves_what_it_shows(
    tmp_path: Path,
) -> None:
    (block,) = blocks(ROOT / "docs" / "load-runs.md", "yaml")
    _, compare, show = scripts_in(block)
    record(tmp_path / "before.sqlite3")
    record(tmp_path / "after.sqlite3", search_seconds=0.1, seed=2)
    summary = tmp_path / "summary.md"
    environment = {
        **os.environ,
        "GITHUB_STEP_SUMMARY": str(summary),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "src"),
    }

    def ran(script: str) -> int:
        shell = ["bash", "-e", "-c", script]
        return subprocess.run(shell, cwd=tmp_path, env=environment, check=False).returncode

    assert ran(compare) == 1
    assert summary.read_text().startswith("# 1 of 2 endpoints became worse.")
    assert ran(show) == 0
    assert json.loads((tmp_path / "check.sarif").read_text())["runs"][0]["results"]
    record(tmp_path / "same.sqlite3", seed=3)
    assert ran(compare.replace("after.sqlite3", "same.sqlite3")) == 0


CALLED = r"^ *(api-performance \w[^>&|]*?) *(?:>.*|&.*|\|.*)?$"


def scripts_in(block: Block) -> list[str]:
    """Return what the steps of a pipeline run."""
    return [
        textwrap.dedent(each)
        for each in re.findall(r"^ +run: \|\n((?:          .*\n)+)", block.text, re.MULTILINE)
    ]


@pytest.mark.needs_system("promtool")
@pytest.mark.parametrize("block", of("yaml", only="prometheus.md"))
def test_prometheus_takes_the_scrape(block: Block, tmp_path: Path) -> None:
    file = tmp_path / "prometheus.yml"
    file.write_text(block.text, encoding="utf-8")
    subprocess.run(["promtool", "check", "config", str(file)], check=True)


@pytest.mark.needs_system("promtool")
@pytest.mark.parametrize("block", of("promql"))
def test_prometheus_takes_the_queries_and_we_serve_their_metrics(
    block: Block, tmp_path: Path
) -> None:
    queries = re.sub(r"^#.*\n", "", block.text, flags=re.MULTILINE).strip().split("\n\n")
    rules = "".join(
        f"      - record: told:query{number}\n        expr: {' '.join(query.split())!r}\n"
        for number, query in enumerate(queries)
    )
    file = tmp_path / "rules.yml"
    file.write_text(f"groups:\n  - name: told\n    rules:\n{rules}", encoding="utf-8")
    subprocess.run(["promtool", "check", "rules", str(file)], check=True)
    named = {
        re.sub("_(bucket|sum|count)$", "", name) for name in re.findall(r"api_\w+", block.text)
    }
    served_ones = set(re.findall(r"^\| `(api_\w+)`", block.page.read_text(), re.MULTILINE))
    assert named <= served_ones
