"""Processes for series: one thread of linear algebra each, or they wait for one another."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Final

_ONE_THREAD: Final = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def pool(processes: int) -> ProcessPoolExecutor:
    """Return processes in which a series takes 1 s of CPU; with two threads each it took 11."""
    os.environ.update(_ONE_THREAD)  # read once, when a process imports numpy: so none is forked
    return ProcessPoolExecutor(processes, mp_context=get_context("spawn"))
