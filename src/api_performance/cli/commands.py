"""The commands and their options, as typer reads them."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

from api_performance.advice.recommendation import OptimizationType, RecommendationState
from api_performance.cli.formats import CheckFormat, Format
from api_performance.config import Config
from api_performance.errors import ApiPerformanceError
from api_performance.model import MetricPriority
from api_performance.queries import Sort
from api_performance.server.auth import Role

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

Store = Annotated[
    str, typer.Option("--store", help="The store, instead of the configured one.", metavar="URL")
]


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
    """Run an application, measured, with no change to its code: run main:app [uvicorn options]."""
    from api_performance.cli.run import run_gunicorn, run_uvicorn

    (run_gunicorn if with_gunicorn else run_uvicorn)(context.args)


@app.command(context_settings=_PASSED_ON, add_help_option=False)
def serve(context: typer.Context, store: Store = "") -> None:
    """Serve the page of a store, without an application: serve [uvicorn options]."""
    from api_performance.cli.serve import serve_store

    serve_store(store, context.args)


@app.command()
def top(  # noqa: PLR0913 # a command has as many parameters as it has options
    once: Annotated[bool, typer.Option("--once", help="Print one frame and end.")] = False,
    url: Annotated[
        str,
        typer.Option(
            help="Read a running application instead of the store, such as http://127.0.0.1:8000.",
            envvar="API_PERFORMANCE_URL",
        ),
    ] = "",
    token: Annotated[
        str,
        typer.Option(
            help="The token for --url; better in the variable, where no process list shows it.",
            envvar="API_PERFORMANCE_TOKEN",
        ),
    ] = "",
    store: Store = "",
    window: Annotated[
        float | None,
        typer.Option(help="Seconds back from now. [default: history_window]", min=1),
    ] = None,
    sort: Annotated[Sort, typer.Option(help="Order by this.")] = Sort.SHARE_OF_TIME,
    reverse: Annotated[bool, typer.Option("--reverse", help="Turn the order round.")] = False,
    priority: Annotated[
        list[MetricPriority] | None, typer.Option(help="Only these priorities.")
    ] = None,
    search: Annotated[str, typer.Option(help="Only endpoints with these words.")] = "",
    limit: Annotated[int, typer.Option(help="At most so many endpoints.", min=1, max=2000)] = 50,
    refresh: Annotated[
        float, typer.Option(help="Seconds between two frames.", min=0.5, max=3600)
    ] = 2.0,
) -> None:
    """Show the endpoints, live: rate, response times, errors, share of time."""
    from api_performance.cli.numbers import Selection, make_numbers
    from api_performance.cli.table import order_by
    from api_performance.cli.top import show_live, show_once

    numbers = make_numbers(_config(store), url, token)
    selection = Selection(window, frozenset(priority or ()), search, limit)
    order = order_by(sort, is_reversed=reverse)
    if once:
        show_once(numbers, selection, order)
    else:
        show_live(numbers, selection, order, refresh)


@app.command()
def advise(
    output: Annotated[
        Format, typer.Option("--format", help="Print a table, Markdown or JSON.")
    ] = Format.TABLE,
    store: Store = "",
    kind: Annotated[
        list[OptimizationType] | None, typer.Option("--type", help="Only these types.")
    ] = None,
    priority: Annotated[
        list[MetricPriority] | None, typer.Option(help="Only endpoints of these priorities.")
    ] = None,
    state: Annotated[
        list[RecommendationState] | None,
        typer.Option(help="Only these states. [default: open, accepted]"),
    ] = None,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1, max=500)] = 20,
) -> None:
    """Say what to change first, and what it would save."""
    from api_performance.cli.advise import show_advice
    from api_performance.queries.recommendations import AdviceQuestion

    question = AdviceQuestion(
        types=frozenset(kind or ()),
        priorities=frozenset(priority or ()),
        states=frozenset(state or ()),
        limit=limit,
    )
    show_advice(_config(store), question, output)


@app.command()
def check(  # noqa: PLR0913 # a command has as many parameters as it has options
    baseline: Annotated[
        str, typer.Option(help="The store that the earlier run was recorded in: URL or file.")
    ],
    candidate: Annotated[
        str, typer.Option(help="The store that the later run was recorded in: URL or file.")
    ],
    baseline_version: Annotated[
        str, typer.Option(help="Only this version of the baseline's store.")
    ] = "",
    candidate_version: Annotated[
        str, typer.Option(help="Only this version of the candidate's store.")
    ] = "",
    warm_up: Annotated[
        float, typer.Option(help="Seconds of each run that do not count at its start.", min=0)
    ] = 10.0,
    last: Annotated[
        float | None, typer.Option(help="Only so many seconds at each run's end.", min=60)
    ] = None,
    least_change: Annotated[
        float, typer.Option(help="A ratio: what changes by less is the same.", min=0, max=10)
    ] = 0.1,
    least_seconds: Annotated[
        float, typer.Option(help="Seconds: what changes by less is the same.", min=0)
    ] = 0.001,
    output: Annotated[
        CheckFormat, typer.Option("--format", help="Print a table, Markdown, JSON or SARIF.")
    ] = CheckFormat.TABLE,
) -> None:
    """Compare two load runs: exit code 1 if something became worse, 2 if that cannot be told."""
    from api_performance.analysis.recorded import Least
    from api_performance.changes.recordings import Choice
    from api_performance.cli.check import REFUSED_CODE, Run, compare_runs, show_check

    first = Run(baseline, Choice(baseline_version, warm_up, last))
    second = Run(candidate, Choice(candidate_version, warm_up, last))
    try:
        found = compare_runs(first, second, Least(least_change, least_seconds))
    except ApiPerformanceError as error:
        typer.echo(f"api-performance: {error}", err=True)
        raise typer.Exit(REFUSED_CODE) from None
    raise typer.Exit(show_check(found, output))


@app.command()
def token(
    url: Annotated[
        str, typer.Option(help="Where the application answers.", envvar="API_PERFORMANCE_URL")
    ] = "http://127.0.0.1:8000",
    role: Annotated[Role, typer.Option(help="What its bearer may do.")] = Role.OPERATE,
    store: Store = "",
    renew: Annotated[
        bool, typer.Option("--renew", help="Make all tokens and sessions before worthless first.")
    ] = False,
    raw: Annotated[
        bool, typer.Option("--raw", help="Print the token alone, for programs.")
    ] = False,
) -> None:
    """Print the address that signs a browser in."""
    from api_performance.cli.access import login_line

    typer.echo(login_line(_config(store), url, role, renew=renew, raw=raw))


@app.command()
def deploy(  # noqa: PLR0913 # a command has as many parameters as it has options
    version: Annotated[str, typer.Argument(help="The version that was deployed.")],
    service: Annotated[str, typer.Option(help="Its service, where several are measured.")] = "",
    environment: Annotated[
        str | None, typer.Option(help="Its environment, where several are measured.")
    ] = None,
    note: Annotated[str, typer.Option(help="What is in it.")] = "",
    author: Annotated[str, typer.Option(help="Who deployed it.")] = "command line",
    at: Annotated[float | None, typer.Option(help="Unix seconds UTC. [default: now]")] = None,
    url: Annotated[
        str,
        typer.Option(
            help="Tell a running application instead of the store.", envvar="API_PERFORMANCE_URL"
        ),
    ] = "",
    token: Annotated[
        str,
        typer.Option(
            help="A token of the role operate for --url; better in the variable.",
            envvar="API_PERFORMANCE_TOKEN",
        ),
    ] = "",
    store: Store = "",
) -> None:
    """Mark a deploy, for charts and findings: deploy 2.4.1 --note "new search"."""
    from api_performance.changes.deploys import Said
    from api_performance.cli.deploy import mark_deploy

    said = Said(version, author, note, service, environment, at)
    typer.echo(mark_deploy(_config(store), url, token, said))


@app.command()
def clear(
    store: Store = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete all measured data and events. Tokens stay valid."""
    from api_performance.cli.access import open_store

    config = _config(store)
    opened = open_store(config)
    try:
        if not yes:
            typer.confirm(f"Delete everything measured in {config.store_name}?", abort=True)
        opened.clear()
    finally:
        opened.close()
    typer.echo(f"Deleted everything measured in {config.store_name}.")


@app.command(name="notify-test")
def notify_test(
    channel: Annotated[str, typer.Argument(help="A channel's name in the settings.")],
) -> None:
    """Send a test to a channel, and tell what came back."""
    from api_performance.cli.notify import try_channel

    raise typer.Exit(try_channel(channel, Config()))


@app.command()
def doctor(
    target: Annotated[
        str, typer.Argument(help="An application to look at too, such as main:app.", metavar="APP")
    ] = "",
    factory: Annotated[bool, typer.Option("--factory", help="APP is a function to call.")] = False,
    store: Store = "",
    host: Annotated[str, typer.Option(help="Where a server is to listen.")] = "127.0.0.1",
    port: Annotated[
        int | None, typer.Option(help="Is this port free to listen on?", min=1, max=65_535)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Check settings, store, versions, rights, clocks and lease, and say what to mend."""
    from api_performance.cli.doctor import Asked, report

    raise typer.Exit(report(Asked(target, factory, store, host, port), is_json=as_json))


def _config(store: str) -> Config:
    return Config(store=store) if store else Config()
