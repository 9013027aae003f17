"""What a look at a store from outside finds, before anything opens, makes or migrates it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api_performance.findings import Finding


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The findings, and whether the store may now be opened and read without changing it.

    `clock_ahead_seconds`: the clock that the store goes by, minus ours; 0 where it has none.
    """

    findings: Sequence[Finding]
    is_readable: bool
    clock_ahead_seconds: float = 0.0
