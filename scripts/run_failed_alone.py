"""Run the tests that failed once more, alone, and name those that pass only so.

Most tests start servers and wait for them, three files at a time; a machine that stands still for a
minute fails one of three thousand. Such a test is named at the end. More than MOST at once, or what
fails alone too, is a fault of ours, and so is a test that is named again and again.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

MOST = 3
FAILED = Path(".pytest_cache/v/cache/lastfailed")


def main(arguments: Sequence[str]) -> int:
    """Return the exit code of `make test-python`: `code` was pytest's, `options` its selection."""
    code, *options = arguments
    if int(code) != pytest.ExitCode.TESTS_FAILED or not FAILED.exists():
        return int(code)
    failed = sorted(json.loads(FAILED.read_text()))
    if len(failed) > MOST:
        print(f"{len(failed)} tests failed: too many to be the machine's doing")
        return int(code)
    again = subprocess.run([sys.executable, "-m", "pytest", "--last-failed", *options], check=False)
    if again.returncode == 0:
        print("passed only when run alone:", *failed, sep="\n  ")
    return again.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
