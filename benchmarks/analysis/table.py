"""Ours and the rivals, of changes and of forecasts, in one table: a row for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.analysis.scoring import (
    CELLS,
    FALSE_AIM,
    FALSE_GATE,
    Score,
    endpoint_months,
    false_alarms_a_month,
)
from benchmarks.forecast.scoring import NAMES, Scores

_FORECASTERS = {"naive day": "seasonal naive, day", "naive week": "seasonal naive, week"}


def rivals_table(scores: Mapping[str, Sequence[Score]], forecasts: Scores) -> str:
    """Return percent of changes found in time, false alarms a month, and MASE of a day ahead.

    Who has no figure in a column does not do what it is of.
    """
    head = "".join(f"{number:>6d}" for number in range(1, len(CELLS) + 1))
    lines = [f"{'':24s}{'false':>8s}{head}{'MASE':>8s}"]
    mase = {_FORECASTERS.get(name, name): _mase(forecasts, name) for name in NAMES}
    for name, scored in scores.items():
        found = "".join(f"{100 * cell.share(scored).ratio:6.0f}" for cell in CELLS)
        told = f"{mase[name]:8.2f}" if name in mase else ""
        lines.append(f"{name:24s}{false_alarms_a_month(scored):8.2f}{found}{told}")
    blank = " " * (8 + 6 * len(CELLS))
    lines += [f"{name:24s}{blank}{mase[name]:8.2f}" for name in mase if name not in scores]
    return "\n".join([*lines, "", *_key(next(iter(scores.values()), ()))])


def _mase(forecasts: Scores, name: str) -> float:
    families = list(forecasts.families.values())
    return sum(each.mase(name) for each in families) / max(len(families), 1)


def _key(scored: Sequence[Score]) -> list[str]:
    months = f"over {endpoint_months(scored):.0f} endpoint-months"
    lines = [f"false  alarms per endpoint and month {months} (gate {FALSE_GATE}, aim {FALSE_AIM})"]
    for number, cell in enumerate(CELLS, 1):
        goal = f"gate {100 * cell.gate:.0f}, aim {100 * cell.aim:.0f}"
        held = cell.share(scored).number
        lines.append(f"{number:5d}  percent found of {held}: {cell.name} ({goal})")
    return [*lines, " MASE  of 24 hours ahead, the mean over 13 kinds of series"]
