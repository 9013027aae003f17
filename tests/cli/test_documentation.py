"""The page about the command line names every command and option, and none that is not there."""

import re
from pathlib import Path

import typer.main

from api_performance.cli.commands import app

PAGE = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text(encoding="utf-8")
EXPLAINS_ITSELF = {"--help", "--install-completion", "--refresh", "--show-completion", "--version"}
THE_SERVERS_OWN = {
    "--app-dir", "--env-file", "--log-config", "--preload", "--reload", "--root-path", "--workers",
}  # fmt: skip

GROUP = typer.main.get_group(app)


def test_every_command_has_its_part() -> None:
    parts = re.findall(r"^## `api-performance ([\w-]+)`", PAGE, re.MULTILINE)
    assert parts == list(GROUP.commands)


def test_every_option_is_named_and_every_named_one_is_there() -> None:
    commands = [GROUP, *GROUP.commands.values()]
    known = {name for each in commands for option in each.params for name in option.opts}
    options = {name for name in known if name.startswith("--")}
    assert set(re.findall(r"--[a-z][a-z-]+", PAGE)) - THE_SERVERS_OWN == options - EXPLAINS_ITSELF
