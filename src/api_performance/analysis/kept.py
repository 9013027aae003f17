"""Minutes as they are kept: in half a precision, for there are those of a thousand endpoints."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from api_performance.analysis.minutes import Halves, Numbers, Stored

_FURTHEST: Final = 60_000.0  # that half a precision holds; no logarithm lies so far off


def windows(values: Stored, length: int, new: int) -> Stored:
    """Return for each of the last `new` values the `length` that end with it; too few: none."""
    if len(values) < length + new - 1:
        new = len(values) - length + 1
    if new <= 0:
        return np.zeros((0, length), np.float32)
    found: Stored = sliding_window_view(values[-(length + new - 1) :], length)
    return found


def joined(kept: Halves, new: Numbers | Stored) -> Halves:
    """Return what was kept, and what is new."""
    return np.concatenate([kept, halves(new)])


def halves(values: Numbers | Stored) -> Halves:
    """Return values as they are kept."""
    return np.clip(values, -_FURTHEST, _FURTHEST).astype(np.float16)
