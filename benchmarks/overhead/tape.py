"""A clock whose readings are known beforehand, so that durations spread as they do in service."""

from __future__ import annotations

from itertools import accumulate, cycle
from random import Random

START = 1_700_000_000.0
MEDIAN_STEP_SECONDS = 0.00015
SPREAD = 1.0
STEPS = 20_000


class TapeClock:
    """Moves by a lognormal step at each reading of `perf`: some 0.25 ms, at times 2 ms.

    A reading is a built-in call without a frame, as of the system's clock. A request makes about
    four readings, so a thousand of them last a second and their durations fill fifty buckets.
    """

    def __init__(self) -> None:
        """Begin at START; the steps repeat after 20,000 readings."""
        random = Random(3)
        steps = [MEDIAN_STEP_SECONDS * random.lognormvariate(0, SPREAD) for _ in range(STEPS)]
        self.perf = accumulate(cycle(steps), initial=START).__next__

    def now(self) -> float:
        """Return the instant in Unix seconds, the same reading as `perf`."""
        return self.perf()
