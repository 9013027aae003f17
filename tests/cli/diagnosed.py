"""What `api-performance doctor` says, as its `--json` has it."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.cli.servers import carried_out, command


@dataclass(frozen=True)
class Said:
    """The exit code, and what was found as (check, level, text, remedy)."""

    code: int
    findings: list[tuple[str, str, str, str]]

    def of(self, check: str) -> tuple[str, str, str]:
        """Return level, text and remedy of the last finding of a check."""
        return [found[1:] for found in self.findings if found[0] == check][-1]

    def of_level(self, level: str, check: str) -> tuple[str, str, str]:
        """Return level, text and remedy of the one finding of a check that ended so."""
        (found,) = [each for each in self.findings if each[:2] == (check, level)]
        return found[1:]

    def at_node(self, check: str, node: str) -> tuple[str, str, str]:
        """Return level, text and remedy of the one finding of a check at this node alone."""
        (found,) = [
            each for each in self.findings if each[2].startswith(f"{node}: ") and each[0] == check
        ]
        return found[1:]

    def at(self, level: str) -> list[str]:
        """Return the checks that ended at a level."""
        return [check for check, found, _, _ in self.findings if found == level]


def doctor(directory: Path, *arguments: str) -> Said:
    """Ask in a directory; what it prints must be JSON, and say no more."""
    return _said(carried_out(directory, "doctor", "--json", *arguments))


def doctor_of_its_own(directory: Path, *arguments: str) -> Said:
    """Ask a process of its own, which may import an application."""
    return _said(command(directory, "doctor", "--json", *arguments))


def _said(result: subprocess.CompletedProcess[str]) -> Said:
    assert result.stderr == ""
    report = json.loads(result.stdout)
    keys = "check", "level", "text", "remedy"
    findings: list[tuple[str, ...]] = [
        tuple(each[key] for key in keys) for each in report["findings"]
    ]
    assert report["is_healthy"] == (result.returncode == 0)
    return Said(result.returncode, findings)  # type: ignore[arg-type] # of four, as keys says
