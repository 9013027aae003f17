"""What `api-performance doctor` says, as its `--json` has it."""

import json
from dataclasses import dataclass
from pathlib import Path

from tests.cli.servers import command


@dataclass(frozen=True)
class Said:
    """The exit code, and what was found as (check, level, text, remedy)."""

    code: int
    findings: list[tuple[str, str, str, str]]

    def of(self, check: str) -> tuple[str, str, str]:
        """Return level, text and remedy of the last finding of a check."""
        return [found[1:] for found in self.findings if found[0] == check][-1]

    def at(self, level: str) -> list[str]:
        """Return the checks that ended at a level."""
        return [check for check, found, _, _ in self.findings if found == level]


def doctor(directory: Path, *arguments: str) -> Said:
    """Ask in a directory; what it prints must be JSON, and say no more."""
    result = command(directory, "doctor", "--json", *arguments)
    assert result.stderr == ""
    report = json.loads(result.stdout)
    keys = "check", "level", "text", "remedy"
    findings: list[tuple[str, ...]] = [
        tuple(each[key] for key in keys) for each in report["findings"]
    ]
    assert report["is_healthy"] == (result.returncode == 0)
    return Said(result.returncode, findings)  # type: ignore[arg-type] # of four, as keys says
