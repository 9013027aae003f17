"""How busy the shop is at each hour of a day."""

import math

# Hour of the middle, width in hours and height of each swell of visitors, over the night's level.
MORNING = (9.0, 1.8, 0.45)
NOON = (12.5, 1.3, 0.70)
AFTERNOON = (16.0, 2.5, 0.35)
EVENING = (20.0, 1.6, 0.75)
SWELLS = (MORNING, NOON, AFTERNOON, EVENING)
NIGHT_LEVEL = 0.06
HOURS = 24.0


def level(hour: float) -> float:
    """How busy the shop is at `hour`, above 0 and at most 1; any number is taken modulo 24."""
    return NIGHT_LEVEL + (1.0 - NIGHT_LEVEL) * _swell(hour) / PEAK


def hour_of(elapsed_seconds: float, day_seconds: float, first_hour: float = 8.0) -> float:
    """The hour, 0 to 24, after `elapsed_seconds` of days that take `day_seconds` each."""
    return (first_hour + HOURS * elapsed_seconds / day_seconds) % HOURS


def _swell(hour: float) -> float:
    """The sum of all swells, each a bell curve around its middle."""
    return sum(
        height * math.exp(-0.5 * (_distance(hour, middle) / width) ** 2)
        for middle, width, height in SWELLS
    )


def _distance(hour: float, other: float) -> float:
    """Hours between two times of the day, the shorter way round the clock."""
    apart = abs(hour - other) % HOURS
    return min(apart, HOURS - apart)


# The highest sum of the swells, found on the clock's minutes.
PEAK = max(_swell(minute / 60) for minute in range(24 * 60))
