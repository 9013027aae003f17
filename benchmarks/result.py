"""What a benchmark hands back: gates that must hold, aims that are only told, and the numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

RESULTS_FOLDER = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class GateResult:
    """One measured number beside the most it may be; `unit` is written after both."""

    name: str
    measured: float
    limit: float
    unit: str = ""
    is_aim: bool = False
    is_owed: bool = False

    @property
    def is_met(self) -> bool:
        """Tell whether the number is within its limit."""
        return self.measured <= self.limit

    @property
    def is_missed_gate(self) -> bool:
        """Tell whether this result must fail the run: neither aims nor what is owed."""
        return not self.is_met and not self.is_aim and not self.is_owed

    def _verdict(self) -> str:
        if self.is_owed:
            return "OWED"
        if self.is_met:
            return "met"
        return "aim not reached" if self.is_aim else "MISSED"

    def sentence(self) -> str:
        """Say what was measured, what is allowed, and how that ended."""
        unit = f" {self.unit}" if self.unit else ""
        return (
            f"{self._verdict()}: {self.name} is {self.measured:.3g}{unit}, "
            f"at most {self.limit:.3g}{unit} is {'aimed at' if self.is_aim else 'allowed'}."
        )


def write_result(name: str, content: Mapping[str, object]) -> Path:
    """Write one benchmark's numbers to `benchmarks/results/<name>.json` and return the file."""
    RESULTS_FOLDER.mkdir(exist_ok=True)
    path = RESULTS_FOLDER / f"{name}.json"
    path.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return path
