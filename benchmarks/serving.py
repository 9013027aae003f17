"""Runs a benchmark's own server, which prints its port when it listens."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def serving(module: str, store: str) -> Iterator[int]:
    """Run `python -m module store`, yield its port, and end it."""
    command = [sys.executable, "-m", module, store]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.terminate()
