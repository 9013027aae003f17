"""Rules of advice as the settings choose them: switched off, or with other thresholds."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Annotated, Final

from pydantic import AfterValidator

from api_performance.advice_bounds import ADVICE_BOUNDS

ALLOWED: Final = (
    "a table of rules by id, each `false` or a table of thresholds:"
    " `{slow_statement = {least_seconds = 0.2}, floor_caching = false}`; "
    + ", ".join(ADVICE_BOUNDS)
)


def _checked(
    chosen: Mapping[str, Mapping[str, float] | bool],
) -> Mapping[str, Mapping[str, float] | bool]:
    """Return what was chosen; ValueError names a rule or threshold that there is not."""
    for rule_id, value in chosen.items():
        known = ADVICE_BOUNDS.get(rule_id)
        if known is None:
            raise ValueError(f"no rule is called {rule_id!r}")
        if isinstance(value, bool):
            continue
        for name, bound in value.items():
            if name not in known:
                raise ValueError(f"{rule_id} has no {name!r}, but {', '.join(known)}")
            if not isfinite(bound) or bound < 0:
                raise ValueError(f"{rule_id}.{name} = {bound!r}: give a number of 0 or more")
    return chosen


ChosenAdvice = Annotated[Mapping[str, bool | Mapping[str, float]], AfterValidator(_checked)]
"""A rule's id -> whether it speaks, or some of its thresholds."""
