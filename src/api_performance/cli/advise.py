"""`api-performance advise`: what to change first, as a table, as Markdown, or as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from rich.table import Table
from rich.text import Text

from api_performance import units
from api_performance.advice.recommendation import Evidence, OptimizationRecommendation
from api_performance.cli.access import open_store
from api_performance.cli.cells import PRIORITY_STYLES
from api_performance.cli.formats import Format
from api_performance.cli.top import make_console
from api_performance.clock import SystemClock
from api_performance.config import Config
from api_performance.queries.recommendations import (
    AdviceQuestion,
    RecommendationPage,
    recommendation_page,
)
from api_performance.queries.switches import refuse_advice_if_off
from api_performance.stores.base import no_pace
from api_performance.wiring import make_queries

FIRST = 3
"""So many are the things to do now."""

NOTHING = (
    "Nothing to do: no rule finds anything in the last half hour, or less than a minute of traffic"
    " was measured."
)


def show_advice(config: Config, question: AdviceQuestion, how: Format) -> None:
    """Print what to do, in order. SwitchedOff, StoreUnavailable."""
    refuse_advice_if_off(config.dashboard_config)
    store, clock = open_store(config), SystemClock()
    try:
        queries = make_queries(config, store, clock, no_pace)
        page = recommendation_page(queries.advice, question, clock.now())
    finally:
        store.close()
    if how is Format.JSON:
        print(msgspec.json.format(msgspec.json.encode(page)).decode())  # noqa: T201 # a command
    elif how is Format.MARKDOWN:
        print("\n".join(markdown(page)))  # noqa: T201 # likewise
    else:
        _print_table(page)


def _print_table(page: RecommendationPage) -> None:
    console = make_console()
    if not page.recommendations:
        console.print(NOTHING)
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("", "What to do", "Where", "Saves a day", "Of its time", "Sure", "State"):
        table.add_column(title, justify="left", overflow="fold")
    for number, each in enumerate(page.recommendations, page.offset + 1):
        table.add_row(*_cells(number, each))
    console.print(table)
    hidden = page.total - page.offset - len(page.recommendations)
    if hidden > 0:
        console.print(Text(f"and {units.count(hidden)} more", "dim"))


def _cells(number: int, each: OptimizationRecommendation) -> Iterator[Text]:
    yield Text(str(number), "bold" if number <= FIRST else "dim")
    yield Text(each.title or each.description, "bold" if number <= FIRST else "")
    yield Text(_where(each), PRIORITY_STYLES[each.priority] if each.endpoint else "")
    yield Text(units.duration(each.saved_seconds_per_day))
    yield Text(_share(each))
    yield Text("rule of thumb" if each.is_thin else f"{each.confidence:.0%}", "dim")
    yield Text(each.state.value)


def _where(each: OptimizationRecommendation) -> str:
    if not each.endpoint:
        return each.service or "the service's processes"
    return f"{each.endpoint} ({each.priority.value.upper()})"


def _share(each: OptimizationRecommendation) -> str:
    low, high = each.improvement_low, each.improvement_high
    mean = f"{each.estimated_improvement * 100:.0f}"
    if low is None or high is None:
        return f"{mean} %"
    return f"{mean} % ({low * 100:.0f} to {high * 100:.0f})"


def markdown(page: RecommendationPage) -> Iterator[str]:
    """Yield the lines of a document: each recommendation with its evidence."""
    yield "# What to do first"
    yield ""
    if not page.recommendations:
        yield NOTHING
    for number, each in enumerate(page.recommendations, page.offset + 1):
        yield f"## {number}. {each.title}"
        yield ""
        yield f"{_where(each)} · {each.optimization_type.value} · {_certainty(each)}"
        yield ""
        yield each.description
        yield ""
        yield from _facts(each)
        yield ""


def _facts(each: OptimizationRecommendation) -> Iterator[str]:
    saved = units.duration(each.saved_seconds_per_day)
    yield f"- **Saves** {_share(each)} of its response time, {saved} of users' waiting a day."
    yield f"- **Because** {each.derivation}"
    yield f"- **Evidence** {evidence_text(each.evidence)}"
    yield f"- **Effort** {each.effort.value}. **Risk** {each.risk} **Undo** {each.undo}"
    yield f"- **State** {each.state.value}{f', {each.reason}' if each.reason else ''}"


def _certainty(each: OptimizationRecommendation) -> str:
    sample = f"{units.count(each.sample_count)} requests in {units.age(each.window_seconds)}"
    sure = "a rule of thumb" if each.is_thin else f"{each.confidence * 100:.0f} % sure"
    return f"{sure}, {sample}"


def evidence_text(evidence: Sequence[Evidence]) -> str:
    """Return numbers with their names, on one line."""
    return "; ".join(f"{each.name}: {number_text(each)}" for each in evidence)


def number_text(evidence: Evidence) -> str:
    """Return a number of evidence in its unit."""
    value = evidence.value
    if evidence.unit == "seconds":
        return units.duration(value)
    if evidence.unit == "ratio":
        return units.share(value)
    if evidence.unit == "per_second":
        return units.rate(value)
    if evidence.unit == "bytes":
        return units.size(value)
    return units.significant(value) if value < 10 and value % 1 else units.count(value)
