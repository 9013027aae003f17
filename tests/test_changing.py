"""A plain series of one's own values: its changes are found, and what is none is refused."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api_performance.errors import MetricsRefused
from api_performance.optimizer import find_changes

BEGIN = 1_700_006_400.0
DAY = 1440
MINUTES = 4 * DAY
AT = 3 * DAY + 300


def series(ratio: float = 1.0, seed: int = 1) -> list[tuple[float, float]]:
    """A queue of 40 that wanders a little, and from AT on is `ratio` times as long."""
    rng = np.random.default_rng(seed)
    value = 40 * np.exp(rng.normal(0, 0.05, MINUTES))
    value[AT:] *= ratio
    return [(BEGIN + 60 * minute, float(each)) for minute, each in enumerate(value)]


def test_a_change_is_found_with_moment_size_and_levels_in_its_unit() -> None:
    (change,) = find_changes(series(1.3), metric="queue length")
    assert change.metric == "queue length"
    assert abs(change.began - (BEGIN + 60 * AT)) <= 120
    assert change.ratio == pytest.approx(1.3, rel=0.03)
    assert (change.before, change.after) == pytest.approx((40, 52), rel=0.03)


def test_a_deploy_may_be_a_datetime_and_is_named() -> None:
    deploy = datetime.fromtimestamp(BEGIN + 60 * AT, UTC)
    (change,) = find_changes(series(0.8), deploys=[deploy])
    assert change.deploy == deploy.timestamp()


def test_order_and_several_values_a_minute_make_no_difference() -> None:
    points = series(1.3)
    mixed = [points[each] for each in np.random.default_rng(2).permutation(len(points))]
    twice = [(at + 20, value) for at, value in points]
    once = find_changes(points)
    assert find_changes([*mixed, *twice]) == once
    assert len(once) == 1


def test_a_steady_series_and_none_tell_nothing() -> None:
    assert find_changes(series()) == []
    assert find_changes([]) == []


def test_zeros_are_taken_as_little_and_zeros_alone_as_steady() -> None:
    zeros = [(at, 0.0) for at, _ in series()]
    assert find_changes(zeros) == []
    gone = [(at, value if at < BEGIN + 60 * AT else 0.0) for at, value in series()]
    (change,) = find_changes(gone)
    assert change.ratio < 0.05


def test_a_gap_is_no_change() -> None:
    points = [each for each in series() if not BEGIN + 60 * AT <= each[0] < BEGIN + 60 * (AT + 200)]
    assert find_changes(points) == []


@pytest.mark.parametrize(
    ("point", "words"),
    [
        ((BEGIN, -1.0), "at least 0"),
        ((BEGIN, float("nan")), "finite number"),
        ((float("inf"), 1.0), "Unix seconds"),
        ((datetime(2026, 1, 1), 1.0), "time zone"),  # noqa: DTZ001 # the refused one
        ((BEGIN - 500 * 86_400, 1.0), "400 days"),
    ],
)
def test_what_is_no_value_or_instant_is_refused(
    point: tuple[float | datetime, float], words: str
) -> None:
    with pytest.raises(MetricsRefused, match=words):
        find_changes([(BEGIN, 1.0), point])


def test_the_unit_makes_no_difference() -> None:
    (one,) = find_changes(series(1.3))
    (other,) = find_changes([(at, 1e9 * value) for at, value in series(1.3)])
    assert (other.found, other.began) == (one.found, one.began)
    assert other.ratio == pytest.approx(one.ratio)
    assert other.before == pytest.approx(1e9 * one.before)


@settings(max_examples=10, deadline=None)
@given(
    value=st.floats(0, 1e12),
    start=st.floats(0, 4e9),
    step=st.floats(1, 300),
    number=st.integers(1, 2000),
)
def test_a_constant_has_no_change_whatever_its_instants(
    value: float, start: float, step: float, number: int
) -> None:
    assert find_changes((start + step * place, value) for place in range(number)) == []
