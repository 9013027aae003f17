"""One run: a folder of modules under load, what is recommended then, and what requests took."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks.advice.listening import listening
from benchmarks.advice.load import asked

API = "/performance/api/v1"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with an endpoint: the rule that should speak, a part of the place it names.

    `repaired` is an endpoint that does the same without the fault; empty where there is none.
    """

    rule: str
    place: str = ""
    repaired: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a folder's `expected.json` says: faults by endpoint, and requests a second."""

    faults: Mapping[str, Fault] = field(default_factory=dict)
    rates: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path) -> Expected:
        """Read it; nothing is expected of a folder without."""
        path = folder / "expected.json"
        if not path.exists():
            return cls()
        content = json.loads(path.read_text())
        faults = {name: Fault(**fault) for name, fault in content.get("faults", {}).items()}
        return cls(faults, content.get("rates", {}))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was recommended, as REST has it, and each endpoint's mean seconds and requests.

    Any: JSON's types.
    """

    requests: int
    recommendations: list[dict[str, Any]]
    mean_seconds: Mapping[str, float]
    counts: Mapping[str, int]


def run_case(folder: Path, seconds: float, expected: Expected) -> Outcome:
    """Serve a folder's modules, ask them for `seconds`, and read what is advised."""
    with ExitStack() as stack:
        environment = dict(os.environ)
        partner = stack.enter_context(_started("benchmarks.advice.partner", (), environment))
        environment["PARTNER"] = f"http://127.0.0.1:{partner}"
        if shutil.which("redis-server"):
            environment["CACHE"] = stack.enter_context(_cache())
        store = stack.enter_context(tempfile.TemporaryDirectory(prefix="advice-"))
        address = f"sqlite:///{store}/metrics.sqlite3"
        port = stack.enter_context(
            _started("benchmarks.advice.server", (str(folder), address), environment)
        )
        base = f"http://127.0.0.1:{port}"
        count = asyncio.run(asked(base, seconds, expected.rates))
        return _read(base, count)


def _read(base: str, count: int) -> Outcome:
    """Read once the last minute of the load has been judged."""
    until = time.monotonic() + 100
    found: list[dict[str, Any]] = []
    with httpx.Client(base_url=base, timeout=60) as client:
        time.sleep(75)  # the last minute ends, is read ten seconds later, and judged
        while not found and time.monotonic() < until:
            page = client.get(f"{API}/recommendations", params={"limit": 500}).json()
            found = page["recommendations"]
            time.sleep(1)
        rows = client.get(f"{API}/endpoints", params={"limit": 1000}).json()["endpoints"]
    means = {
        f"{row['method']} {row['template']}": row["response_time"]["mean_seconds"]
        for row in rows
        if row["response_time"].get("mean_seconds") is not None
    }
    counts = {f"{row['method']} {row['template']}": row["request_count"] for row in rows}
    return Outcome(count, found, means, counts)


@contextmanager
def _started(module: str, arguments: tuple[str, ...], environment: dict[str, str]) -> Iterator[int]:
    """Run a module that prints its port, yield that, and end it."""
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.terminate()


@contextmanager
def _cache() -> Iterator[str]:
    """Run a Redis that keeps nothing on disk."""
    with listening() as socket:
        port = socket.getsockname()[1]
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            yield f"redis://127.0.0.1:{port}"
        finally:
            process.terminate()
