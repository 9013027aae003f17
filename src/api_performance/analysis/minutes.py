"""What one endpoint's minutes say, in the numbers that changes are looked for in.

A `MinuteSeries` holds adjacent minutes of one metric, oldest first. Values are on the scale that
the metric is compared on: the natural logarithm of seconds for times, so that 0.05 more is 5 %.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

MINUTE_SECONDS: Final = 60

Numbers = NDArray[np.float64]
Stored = NDArray[np.float32]
Halves = NDArray[np.float16]
Flags = NDArray[np.bool_]
Wholes = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class MinuteSeries:
    """Adjacent minutes of one metric; the first begins at `start` (Unix seconds UTC).

    `metric` is a metric's name (`response_time`). `value` is the level of each minute, a logarithm;
    NaN where the minute has none. `noise` is its sampling variance, known from the number of
    requests; NaN where it is not known. `count` is the number of requests, which is the load.
    """

    metric: str
    start: float
    value: Numbers
    noise: Numbers
    count: Numbers
