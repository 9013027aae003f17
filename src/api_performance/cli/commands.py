"""The commands and their options, as typer reads them."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

from api_performance.errors import ApiPerformanceError

app = typer.Typer(
    name="api-performance",
    help="Measure every endpoint of a FastAPI or other ASGI service.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

_PASSED_ON = {
    "ignore_unknown_options": True,
    "allow_extra_args": True,
    "help_option_names": [],
}


def carry_out() -> None:
    """Carry out `sys.argv`; an error of ours is one line and exit code 1."""
    try:
        app()
    except ApiPerformanceError as error:
        typer.echo(f"api-performance: {error}", err=True)
        raise SystemExit(1) from None


def _print_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"api-performance {version('api-performance')}")
        raise typer.Exit


@app.callback()
def _root(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    pass


@app.command(context_settings=_PASSED_ON, add_help_option=False)
def run(
    context: typer.Context,
    with_gunicorn: Annotated[bool, typer.Option("--gunicorn", help="Run under gunicorn.")] = False,
) -> None:
    """Run an application, measured, with no change to its code."""
    from api_performance.cli.run import run_gunicorn, run_uvicorn

    (run_gunicorn if with_gunicorn else run_uvicorn)(context.args)
