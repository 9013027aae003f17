"""Logarithms as they are kept for weeks: in steps of 4 %, a byte each.

What is rounded is off by 1.2 % (a standard deviation), where changes of a fifth are looked for. A
byte reaches five to both sides, a factor of 160; what lies further is taken for that.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from api_performance.analysis.minutes import Numbers

Bytes = NDArray[np.int8]

_STEP: Final = 0.04
_MOST: Final = 127
_UNKNOWN: Final = -128


def unknown(*shape: int) -> Bytes:
    """Return bytes of which none is known yet."""
    return np.full(shape, _UNKNOWN, np.int8)


def coarse(values: Numbers) -> Bytes:
    """Return values as they are kept; what is no number is unknown."""
    known = np.isfinite(values)
    steps = np.clip(np.where(known, values, 0.0) / _STEP, -_MOST, _MOST).round()
    return np.where(known, steps, _UNKNOWN).astype(np.int8)


def fine(kept: Bytes) -> Numbers:
    """Return what was kept; NaN where it is unknown."""
    found: Numbers = np.where(kept == _UNKNOWN, np.nan, kept * _STEP)
    return found
