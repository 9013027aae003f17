"""`api-performance doctor`: looks at everything that can be wrong, and says what to mend.

It makes and changes nothing: no file, no key, no table. What is pointless after an error is named
as not checked. Every wait has an end.
"""

from __future__ import annotations

import queue
import re
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from api_performance.cli.checks.fleet import check_fleet, read
from api_performance.cli.checks.machine import check_port, check_versions
from api_performance.cli.checks.settings import check_safety, check_settings
from api_performance.clock import SystemClock
from api_performance.config import Config
from api_performance.errors import ApiPerformanceError, StoreUnavailable
from api_performance.findings import Finding, Level, found_wrong
from api_performance.stores.base import Store
from api_performance.stores.diagnosis import Diagnosis
from api_performance.wiring import diagnose_store, make_store

if TYPE_CHECKING:
    from api_performance.cli.checks.application import Application

DEADLINE_SECONDS: Final = 15.0
"""How long the store may take in all; each call to a server ends after 2 s anyway, but looking up
a host's name or a file on a dead disk may not."""

_SYMBOLS: Final = {
    Level.OK: ("✓", "green"),
    Level.NOTE: ("·", "blue"),
    Level.WARNING: ("!", "yellow"),
    Level.ERROR: ("✗", "bold red"),
    Level.NOT_CHECKED: ("–", "dim"),
}
_CREDENTIALS: Final = re.compile(r"://(?!user:password@)[^/\s'\"@]*@")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command was asked to look at; no port: none is tried."""

    target: str = ""
    is_factory: bool = False
    store: str = ""
    host: str = "127.0.0.1"
    port: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What programs get: whether nothing must be mended, and every finding."""

    is_healthy: bool
    findings: list[Finding]


def examine(asked: Asked) -> Iterator[Finding]:
    """Yield what every check finds, in the order in which things depend on each other."""
    settings, config = check_settings(asked.store)
    yield from check_versions(config)
    yield from settings
    application: Application | None = None
    if asked.target and config is not None:
        application, found = _load(asked, config)
        yield from found
    if application is not None and not asked.store:
        config = application.config
    if config is not None:
        yield from check_safety(config, asked.host)
    if asked.port is not None:
        yield check_port(asked.host, asked.port)
    if config is None:
        yield _not_checked("Store", "the settings are wrong")
    else:
        yield from _check_store(config, application)


def _load(asked: Asked, config: Config) -> tuple[Application | None, list[Finding]]:
    from api_performance.cli.checks.application import Application, check_application, load

    loaded = load(asked.target, config, is_factory=asked.is_factory)
    if isinstance(loaded, Application):
        return loaded, list(check_application(loaded))
    return None, [loaded]


def _not_checked(check: str, why: str) -> Finding:
    return Finding(check, Level.NOT_CHECKED, f"because {why}")


def _check_store(config: Config, application: Application | None) -> Iterator[Finding]:
    if config.store == "memory://":
        told = "The memory store lives inside of the application, out of reach of a command."
        yield Finding("Store", Level.NOTE, told, "Its Health page tells how it does.")
        return
    try:
        diagnosis = _in_time(lambda: diagnose_store(config, SystemClock()), config)
    except Exception as error:  # noqa: BLE001 # a driver's own too, of whatever answers there
        yield _failed(error, config)
        return
    yield from diagnosis.findings
    if diagnosis.is_readable:
        yield from _check_content(config, diagnosis, application)
        return
    is_wrong = any(each.level is Level.ERROR for each in diagnosis.findings)
    why = "the store must be mended first" if is_wrong else "the store is empty"
    yield _not_checked("Processes", why)
    if application is not None:
        yield _not_checked("Calls", why)


def _check_content(
    config: Config, diagnosis: Diagnosis, application: Application | None
) -> Iterator[Finding]:
    try:
        findings = _in_time(lambda: _read_content(config, diagnosis, application), config)
    except Exception as error:  # noqa: BLE001 # as above
        findings = [_failed(error, config)]
    yield from findings


def _failed(error: Exception, config: Config) -> Finding:
    """Return what the store could not be looked at for."""
    if isinstance(error, ApiPerformanceError):
        return found_wrong("Store", error)
    if isinstance(error, ImportError):
        told = f"The driver of {config.store_name} cannot be imported: {error}."
        return Finding("Store", Level.ERROR, told, "pip install --force-reinstall redis")
    told = f"What answers at {config.store_name} is not understood: {type(error).__name__}: {error}"
    return Finding("Store", Level.ERROR, told, "Is it the store that you mean? If so, report this.")


def _read_content(
    config: Config, diagnosis: Diagnosis, application: Application | None
) -> list[Finding]:
    store = make_store(config, is_read_only=True)
    try:
        reading = read(store, lambda: SystemClock.now() + diagnosis.clock_ahead_seconds, _wait)
        findings = list(check_fleet(reading))
        if application is not None:
            findings.append(_check_calls(store, application))
    finally:
        store.close()
    return findings


def _check_calls(store: Store, application: Application) -> Finding:
    from api_performance.cli.checks.application import check_never_measured

    services = [endpoint.service for endpoint in store.endpoints()]
    return check_never_measured(application, store.last_called(), services)


def _wait(seconds: float) -> None:
    time.sleep(seconds)


def _in_time(ask: Callable[[], T], config: Config) -> T:
    """Return what `ask` does; StoreUnavailable if it takes longer than DEADLINE_SECONDS.

    In a thread that is left behind then: nothing else ends a look-up of a name.
    """
    answers: queue.SimpleQueue[T | Exception] = queue.SimpleQueue()

    def run() -> None:
        try:
            answers.put(ask())
        except Exception as error:  # noqa: BLE001 # raised again, where somebody waits for it
            answers.put(error)

    threading.Thread(target=run, name="api-performance-doctor", daemon=True).start()
    try:
        answer = answers.get(timeout=DEADLINE_SECONDS)
    except queue.Empty:
        raise StoreUnavailable(
            f"{config.store_name} did not answer within {DEADLINE_SECONDS:.0f} s. Start it, or mend"
            " the way to it: its host's name, its disk."
        ) from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def report(asked: Asked, *, is_json: bool) -> int:
    """Print what every check finds, each as soon as it is known; return the exit code, 0 or 1."""
    shown = (_without_credentials(finding) for finding in examine(asked))
    findings = list(shown) if is_json else list(_printed(shown))
    is_healthy = all(each.level is not Level.ERROR for each in findings)
    if is_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(Report(is_healthy, findings))))
    return 0 if is_healthy else 1


def _without_credentials(finding: Finding) -> Finding:
    """Hide what stands for user and password in addresses that others' messages may quote."""
    text, remedy = (_CREDENTIALS.sub("://", each) for each in (finding.text, finding.remedy))
    return Finding(finding.check, finding.level, text, remedy)


def _printed(findings: Iterable[Finding]) -> Iterator[Finding]:
    console = Console(highlight=False, soft_wrap=not sys.stdout.isatty())
    counts = dict.fromkeys(Level, 0)
    for finding in findings:
        console.print(_row(finding))
        counts[finding.level] += 1
        yield finding
    console.print(Text(f"\n{_summary(counts)}", "bold"))


def _row(finding: Finding) -> Table | Text:
    symbol, style = _SYMBOLS[finding.level]
    first = Text(f"{symbol} {finding.level:<12}", style)
    lines = [line for line in (finding.text, finding.remedy and f"→ {finding.remedy}") if line]
    if not sys.stdout.isatty():
        gap = "\n" + " " * 31
        return Text.assemble(first, f" {finding.check:<16} ", gap.join(lines))
    table = Table.grid(padding=(0, 1))
    table.add_column(width=14, no_wrap=True)
    table.add_column(width=16, no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row(first, finding.check, Text("\n".join(lines)))
    return table


def _summary(counts: dict[Level, int]) -> str:
    errors, warnings = counts[Level.ERROR], counts[Level.WARNING]
    if not errors and not warnings:
        return "All is well."
    said = f"{_counted(errors, 'error')}, {_counted(warnings, 'warning')}".capitalize()
    return f"{said}: mend the errors." if errors else f"{said}: nothing must be mended."


def _counted(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
