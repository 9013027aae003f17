"""Starts the servers, loads one at a time with wrk, and reads what a stretch of load cost."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CONNECTIONS = 4
PATH = "/shops/7/items"
START_SECONDS = 30
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3}


@dataclass(frozen=True, slots=True)
class Stretch:
    """What one stretch of load was like; times in milliseconds."""

    requests_per_second: float
    latency_p50: float
    latency_p99: float
    cpu_per_request: float
    lag_p50: float
    lag_p99: float


class Server:
    """A running server process of ours."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        """Read from `process` where it listens."""
        assert process.stdout is not None  # it was started with a pipe
        self.process = process
        self.address = f"http://127.0.0.1:{int(process.stdout.readline())}"

    def wait(self) -> None:
        """Return once it answers; TimeoutError if it does not in time."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                self._get(PATH)
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise TimeoutError(f"no answer from {self.address} within {START_SECONDS} s")

    def load(self, seconds: int) -> Stretch:
        """Load it with wrk for so many seconds and return what that cost."""
        self._get("/lag")
        before = self._cpu_seconds()
        output = run_wrk(self.address + PATH, seconds)
        cpu_seconds = self._cpu_seconds() - before
        lag = json.loads(self._get("/lag"))
        requests = float(_find(r"(\d+) requests in", output))
        return Stretch(
            requests_per_second=requests / seconds,
            latency_p50=_milliseconds("50%", output),
            latency_p99=_milliseconds("99%", output),
            cpu_per_request=cpu_seconds * 1e3 / requests,
            lag_p50=lag["p50"] * 1e3,
            lag_p99=lag["p99"] * 1e3,
        )

    def _get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.address + path, timeout=5) as response:
            body: bytes = response.read()
        return body

    def _cpu_seconds(self) -> float:
        """Return user and system time of all its threads."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND


@contextmanager
def serving(watcher: str, folder: Path) -> Iterator[Server]:
    """Run a server of its own, and end it."""
    store = f"sqlite:///{folder}/{watcher}.sqlite3"
    command = [sys.executable, "-m", "benchmarks.latency_wrk.server", watcher, store]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            server = Server(process)
            server.wait()
            yield server
        finally:
            process.terminate()


def run_wrk(address: str, seconds: int) -> str:
    """Run wrk and return what it printed; RuntimeError if any request failed."""
    command = ["wrk", "--latency", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", address]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise RuntimeError(f"requests failed under load:\n{done.stdout}")
    return done.stdout


def _find(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    if match is None:
        raise RuntimeError(f"wrk printed nothing like {pattern!r}:\n{text}")
    return match.group(1)


def _milliseconds(percentile: str, output: str) -> float:
    match = re.search(rf"{percentile}\s+([\d.]+)(us|ms|s)\b", output)
    if match is None:
        raise RuntimeError(f"wrk printed no {percentile}:\n{output}")
    return float(match.group(1)) * UNITS[match.group(2)]
