"""Counts the instructions of a request with `valgrind --tool=callgrind`.

The same counts come out of every run: hash seed, address layout and environment are fixed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

MARKER = "getpgid"
LAYOUT = "BENCHMARKS_LAYOUT"
"""A variable whose content moves where objects lie in the programs that are counted."""
TIME_LIMIT_SECONDS = 1_800


BLOCK_REQUESTS = 100
"""Requests that are sent alone, then watched, before the next block."""


@dataclass(frozen=True, slots=True)
class Count:
    """Instructions of one request: of the application alone, and what is added to them.

    `record` is added while the request runs; `drain` and `write` are its share of what is done
    once for all requests of a round.
    """

    alone: float
    record: float
    drain: float
    write: float


@dataclass(frozen=True, slots=True)
class Job:
    """Cases to count in one program: rounds of requests, with the upkeep after each round."""

    cases: tuple[str, ...]
    rounds: int = 2
    requests_each: int = 1_000

    @property
    def blocks(self) -> int:
        """Blocks in a round."""
        return self.requests_each // BLOCK_REQUESTS

    @property
    def marks_a_round(self) -> int:
        """Before the first block, two for each, after the drain, after the writing."""
        return 1 + 2 * self.blocks + 2


def count_cases(job: Job) -> dict[str, Count]:
    """Run the cases under callgrind and return the instructions that each spends on a request.

    Raises RuntimeError with the program's own words if a case fails.
    """
    with tempfile.TemporaryDirectory(prefix="callgrind-") as name:
        folder = Path(name)
        result = folder / "processes.json"
        arguments = [str(result), str(job.rounds), str(job.requests_each), *job.cases]
        run_program(folder, "benchmarks.overhead.counted", arguments)
        processes: dict[str, int] = json.loads(result.read_text())
        return {case: _read_count(folder, process, job) for case, process in processes.items()}


def run_program(folder: Path, module: str, arguments: list[str]) -> None:
    """Run a module under callgrind, which leaves `callgrind.<pid>.<mark>` in the folder.

    Raises RuntimeError with the program's own words if it fails.
    """
    command = [
        *_without_random_addresses(),
        "valgrind",
        "--tool=callgrind",
        f"--dump-before={MARKER}",
        f"--callgrind-out-file={folder}/callgrind.%p",
        sys.executable,
        "-m",
        module,
        *arguments,
    ]
    done = subprocess.run(
        command, env=_environment(), capture_output=True, text=True, timeout=TIME_LIMIT_SECONDS
    )
    if done.returncode:
        raise RuntimeError(f"counting failed with {done.returncode}:\n{done.stderr[-3_000:]}")


def _without_random_addresses() -> list[str]:
    """Return the prefix that switches address randomization off, or none where that is refused."""
    prefix = ["setarch", "-R"]
    try:
        subprocess.run([*prefix, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return []
    return prefix


def _environment() -> dict[str, str]:
    names = "PATH", "PYTHONPATH", LAYOUT
    kept = {name: os.environ[name] for name in names if name in os.environ}
    return kept | {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "HOME": "/"}


def _read_count(folder: Path, process: int, job: Job) -> Count:
    """Add up the measured rounds; the first, in which caches fill, is left out."""

    def mean(*marks: int) -> float:
        numbers = [
            mark + job.marks_a_round * round_
            for round_ in range(1, job.rounds + 1)
            for mark in marks
        ]
        totals = [read_total(folder / f"callgrind.{process}.{number}") for number in numbers]
        return sum(totals) / (job.rounds * job.requests_each)

    last = 1 + 2 * job.blocks
    alone, watched = mean(*range(2, last + 1, 2)), mean(*range(3, last + 1, 2))
    return Count(alone=alone, record=watched - alone, drain=mean(last + 1), write=mean(last + 2))


def read_total(path: Path) -> int:
    """Return the instructions between a mark and the one before."""
    for line in path.read_text().splitlines():
        if line.startswith("totals:"):
            return int(line.split()[1])
    raise RuntimeError(f"callgrind wrote no total into {path.name}")
