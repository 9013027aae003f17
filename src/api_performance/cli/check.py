"""`api-performance check`: did a load run become worse than another? For people and pipelines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
from rich.table import Table
from rich.text import Text

from api_performance import units
from api_performance.analysis.recorded import Compared, Least, Metric, Verdict
from api_performance.changes.recordings import (
    Check,
    Choice,
    EndpointCheck,
    Mover,
    Recording,
    check,
    read_recording,
)
from api_performance.cli.access import open_store
from api_performance.cli.errors import CannotRead
from api_performance.cli.formats import CheckFormat
from api_performance.cli.sarif import sarif
from api_performance.cli.top import make_console
from api_performance.config import Config

WORSE_CODE: Final = 1
REFUSED_CODE: Final = 2

TITLES: Final = {Metric.MEAN: "mean", Metric.P95: "p95", Metric.ERRORS: "errors"}
STYLES: Final = {Verdict.WORSE: "bold red", Verdict.BETTER: "green", Verdict.UNCERTAIN: "yellow"}


@dataclass(frozen=True, slots=True)
class Run:
    """One recording as it was asked for: a store's URL or an SQLite file, and what of it."""

    store: str
    choice: Choice

    @property
    def name(self) -> str:
        """How messages call it: no password of a URL is in it."""
        return _config(self.store).store_name


def compare_runs(baseline: Run, candidate: Run, least: Least) -> Check:
    """Read both and compare them.

    CannotRead where a store is not there, holds no requests, or too few to compare any endpoint.
    """
    first, second = _read(baseline), _read(candidate)
    found = check(first, second, least)
    if not found.endpoints:
        raise CannotRead(
            f"nothing of {baseline.name} ({_told(first)}) can be compared with {candidate.name}"
            f" ({_told(second)}): an endpoint needs 50 requests in 50 seconds of each, after the"
            " warm-up. Load both for two minutes or more, or lower --warm-up."
        )
    return found


def _read(run: Run) -> Recording:
    with closing(open_store(_config(run.store))) as store:
        found = read_recording(store, run.choice)
    if not found.slices:
        what = f"of version {run.choice.version} " if run.choice.version else ""
        raise CannotRead(
            f"there are no requests {what}in {run.name} after the first"
            f" {run.choice.warm_up:g} s: is it the store that the load was recorded in?"
        )
    return found


def _config(store: str) -> Config:
    if "://" in store:
        return Config(store=store)
    return Config(store=f"sqlite:///{Path(store).absolute()}")


def _told(recording: Recording) -> str:
    return f"{units.count(len(recording.slices))} endpoints, {recording.seconds:g} s"


def show_check(found: Check, how: CheckFormat) -> int:
    """Print it, and return the exit code: 1 where something became worse."""
    if how is CheckFormat.JSON:
        print(msgspec.json.format(msgspec.json.encode(found)).decode())  # noqa: T201 # a command
    elif how is CheckFormat.SARIF:
        print(msgspec.json.format(msgspec.json.encode(sarif(found))).decode())  # noqa: T201 # same
    elif how is CheckFormat.MARKDOWN:
        print("\n".join(markdown(found)))  # noqa: T201 # likewise
    else:
        _print_table(found)
    return WORSE_CODE if found.worse else 0


def _print_table(found: Check) -> None:
    console = make_console()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("Endpoint", "", "Before", "After", "Change", ""):
        table.add_column(title, justify="left", overflow="fold")
    for endpoint in found.endpoints:
        for number, each in enumerate(endpoint.compared):
            style = STYLES.get(each.verdict, "")
            name = "" if number else endpoint.endpoint.name
            cells = (name, *row(each), "" if each.verdict is Verdict.SAME else each.verdict.value)
            table.add_row(*(Text(cell, style) for cell in cells))
    console.print(table)
    for line in (*_movers(found), *_notes(found), summary(found)):
        console.print(Text(line))


def row(each: Compared) -> tuple[str, str, str, str]:
    """Return a metric's name, its two values, and how far they are apart, as people read them."""
    if each.metric is Metric.ERRORS:
        return TITLES[each.metric], units.share(each.before), units.share(each.after), ""
    values = units.duration(each.before), units.duration(each.after)
    return TITLES[each.metric], *values, change_text(each)


def change_text(each: Compared) -> str:
    """Return a change with its interval: +25 % (+12 to +40)."""
    if each.change is None or each.low is None or each.high is None:
        return f"{units.share(each.before)} to {units.share(each.after)}"
    change, low, high = (part * 100 for part in (each.change, each.low, each.high))
    return f"{change:+.0f} % ({low:+.0f} to {high:+.0f})"


def markdown(found: Check) -> Iterator[str]:
    """Yield the lines of a document: what is worse first, then all that was compared."""
    yield f"# {summary(found)}"
    yield ""
    yield "| endpoint | | before | after | change | |"
    yield "|---|---|---|---|---|---|"
    for endpoint in sorted(found.endpoints, key=lambda each: not each.is_worse):
        for each in endpoint.compared:
            verdict = {Verdict.WORSE: "**worse**", Verdict.SAME: ""}.get(each.verdict, each.verdict)
            name = endpoint.endpoint.name.replace("|", "\\|")
            yield f"| {' | '.join((name, *row(each), verdict))} |"
    for line in (*_movers(found), *_notes(found)):
        yield ""
        yield line


def summary(found: Check) -> str:
    """Return what came of it in a sentence."""
    number = len(found.endpoints)
    if not found.worse:
        return f"Nothing became worse, of {number} endpoint{'s' * (number != 1)} compared."
    return f"{len(found.worse)} of {number} endpoint{'s' * (number != 1)} became worse."


def _movers(found: Check) -> Iterator[str]:
    for each in found.worse:
        if each.mover is not None:
            yield f"{each.endpoint.name}: {mover_text(each.mover)}"


def mover_text(mover: Mover) -> str:
    """Return what most was added to, with its line."""
    operation = mover.operation
    where = f" at {operation.source}" if operation.source else ""
    return (
        f"`{operation.text}`{where} takes {units.duration(mover.after)} of a request,"
        f" {units.duration(mover.before)} before."
    )


def _notes(found: Check) -> Iterator[str]:
    uncertain = [each.endpoint.name for each in found.endpoints if _is_uncertain(each)]
    for names, what in (
        (uncertain, "Perhaps worse, but not surely; a longer run tells"),
        (found.too_few, "Too few requests to compare"),
        (found.gone, "In the baseline only"),
        (found.added, "In the candidate only"),
    ):
        if names:
            yield f"{what}: {', '.join(names)}."


def _is_uncertain(endpoint: EndpointCheck) -> bool:
    if endpoint.is_worse:
        return False
    return any(each.verdict is Verdict.UNCERTAIN for each in endpoint.compared)
