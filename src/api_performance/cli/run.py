"""Start a server on the user's application, measured, with the server's own options."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import click
from uvicorn.main import main as uvicorn_command

from api_performance.cli.errors import CannotRun
from api_performance.cli.target import hand_over, tell_address
from api_performance.config import Config

_HELP = """Run APP (module:name) and measure it, with no change to its code.

Takes every option of uvicorn, below; with --gunicorn instead every option of gunicorn."""


def run_uvicorn(arguments: Sequence[str]) -> None:
    """Run uvicorn's own command on the measured application; does not return."""
    Config()  # a wrong setting is told here, once, and not by every worker
    command = click.Command(
        "run",
        params=uvicorn_command.params,
        callback=_serve,
        help=_HELP,
        context_settings=uvicorn_command.context_settings,
    )
    command.main(list(arguments), prog_name="api-performance run")


def _serve(**options: Any) -> None:  # Any: uvicorn's options are of many types
    if options["interface"] not in ("auto", "asgi3"):
        raise CannotRun(f"--interface {options['interface']} cannot be measured; asgi3 can")
    is_elsewhere = options["uds"] is not None or options["fd"] is not None
    port = 0 if is_elsewhere else options["port"]
    tell_address(options["host"], port, is_encrypted=bool(options["ssl_keyfile"]))
    options["app"] = hand_over(options["app"], is_factory=options["factory"])
    # Not "auto": uvicorn takes a wrapper that returns the application's awaitable for ASGI 2.
    options.update(factory=False, interface="asgi3")
    uvicorn_command.callback(**options)  # type: ignore[misc] # it has one, being a command


def run_gunicorn(arguments: Sequence[str]) -> None:
    """Run gunicorn on the measured application; does not return."""
    if find_spec("gunicorn") is None:
        raise CannotRun("gunicorn is not installed; install it: pip install gunicorn")
    Config()
    sys.argv = ["api-performance run --gunicorn", *arguments]
    from api_performance.cli.gunicorn import MeasuredApplication

    MeasuredApplication("%(prog)s [OPTIONS] [APP_MODULE]").run()
