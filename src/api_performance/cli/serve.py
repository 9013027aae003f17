"""Start a server on the page of a store, without an application, with the server's own options."""

from __future__ import annotations

import os
from collections.abc import Sequence
from copy import copy
from typing import Any, Final

import click
from uvicorn.main import main as uvicorn_command

from api_performance.cli.access import open_store
from api_performance.cli.target import tell_address
from api_performance.config import Config
from api_performance.config.sources import PREFIX

APP: Final = "api_performance.cli.standalone:make_standalone"
PORT: Final = 8001
"""One past uvicorn's own, where an application of the same host is likely to answer."""

_OF_AN_APPLICATION: Final = frozenset(
    {"app_dir", "factory", "interface", "reload", "reload_dirs", "reload_delay"}
    | {"reload_includes", "reload_excludes", "lifespan"}
)
_HELP: Final = """Serve the page, the REST API and /metrics of a store, without an application.

The store is the configured one, or --store URL. Takes the options of uvicorn, below."""


def serve_store(store: str, arguments: Sequence[str]) -> None:
    """Run uvicorn's own command on the page; does not return.

    `store` is its address, or empty for the configured one. CannotRead, StoreUnavailable,
    StoreTooNew.
    """
    if store:
        os.environ[f"{PREFIX}STORE"] = store  # for the workers, which are other processes
    command = click.Command(
        "serve",
        params=[_shown(option) for option in uvicorn_command.params if option.name != "app"],
        callback=_serve,
        help=_HELP,
        context_settings={**uvicorn_command.context_settings, "default_map": {"port": PORT}},
    )
    command.main(list(arguments), prog_name="api-performance serve")


def _shown(option: click.Parameter) -> click.Parameter:
    """Return a parameter as the help shows it: not at all, if it says something of an app."""
    shown = copy(option)
    if isinstance(shown, click.Option) and shown.name in _OF_AN_APPLICATION:
        shown.hidden = True
    return shown


def _serve(**options: Any) -> None:  # Any: uvicorn's options are of many types
    open_store(Config()).close()  # what is wrong is told here, once, and not by every worker
    is_elsewhere = options["uds"] is not None or options["fd"] is not None
    port = 0 if is_elsewhere else options["port"]
    tell_address(options["host"], port, is_encrypted=bool(options["ssl_keyfile"]))
    options.update(app=APP, factory=True, interface="asgi3", lifespan="on", reload=False)
    uvicorn_command.callback(**options)  # type: ignore[misc] # it has one, being a command
