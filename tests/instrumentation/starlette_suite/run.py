"""Runs the suite in a child process and compares how its tests end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SUITE_SECONDS = 600
HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class SuiteRun:
    """How each test ended (`passed`, `failed`, `skipped`, `xfailed`), and what pytest printed."""

    outcomes: dict[str, str]
    output: str

    def only(self, path: str) -> SuiteRun:
        """Return the part of it that ran the tests of one file."""
        chosen = {test: end for test, end in self.outcomes.items() if test.startswith(path)}
        return SuiteRun(chosen, self.output)


def run_suite(suite: Path, wrap: str, folder: Path, path: str = "tests") -> SuiteRun:
    """Run Starlette's tests below `path` with every app in them wrapped.

    `wrap` is a name of the plugin's WRAPS, `folder` takes what the run leaves behind.
    Raises RuntimeError with pytest's own words if the suite did not run to its end.
    """
    result = folder / f"outcomes-{wrap}.json"
    environment = os.environ | {
        "STARLETTE_SUITE_WRAP": wrap,
        "STARLETTE_SUITE_RESULT": str(result),
        "PYTHONPATH": os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")]),
    }
    command = [sys.executable, "-m", "pytest", path, "-p", "plugin", "-p", "no:cacheprovider"]
    command += ["-q", "--tb=short", "--basetemp", str(folder / f"tmp-{wrap}"), "-p", "no:cov"]
    done = subprocess.run(
        command, cwd=suite, env=environment, capture_output=True, text=True, timeout=SUITE_SECONDS
    )
    output = done.stdout + done.stderr
    if done.returncode not in (0, 1) or not result.is_file():
        raise RuntimeError(f"the suite did not run to its end:\n{output[-5_000:]}")
    return SuiteRun(json.loads(result.read_text()), output)


def differences(plain: SuiteRun, wrapped: SuiteRun) -> list[str]:
    """Return one line for each test that ended differently, or was there only once."""
    tests = sorted(plain.outcomes.keys() | wrapped.outcomes.keys())
    ends = [
        (test, plain.outcomes.get(test, "absent"), wrapped.outcomes.get(test, "absent"))
        for test in tests
    ]
    return [f"{test}: {end}, wrapped {other}" for test, end, other in ends if end != other]
