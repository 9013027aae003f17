"""How ranges are cut into steps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_performance.queries import QuestionRefused, TimeRange
from api_performance.queries.steps import STEPS, asked_grid, chart_grid, table_grid
from api_performance.stores.base import Retention

NOW = 1_700_000_123.4
KEPT = Retention().by_resolution


def last(seconds: float) -> TimeRange:
    return TimeRange(NOW - seconds, NOW)


@pytest.mark.parametrize(
    ("seconds", "step", "resolution"),
    [
        (300, 1, 1),
        (3600, 10, 10),
        (6 * 3600, 60, 60),
        (86_400 - 60, 300, 60),
        (7 * 86_400, 1800, 60),
        (100 * 86_400, 10 * 3600, 3600),
    ],
)
def test_a_chart_has_200_points_or_more_of_the_longest_step_that_gives_them(
    seconds: float, step: int, resolution: int
) -> None:
    grid = chart_grid(last(seconds), NOW, KEPT, 1000)
    assert (grid.step, grid.resolution) == (step, resolution)


@given(
    seconds=st.floats(1, 400 * 86_400),
    ago=st.floats(0, 86_400),
    most=st.integers(10, 10_000),
)
def test_a_chart_never_has_more_points_than_allowed_and_covers_its_range(
    seconds: float, ago: float, most: int
) -> None:
    span = TimeRange(NOW - ago - seconds, NOW - ago)
    grid = chart_grid(span, NOW, KEPT, most)
    starts = grid.starts()
    assert len(starts) <= most or grid.step == STEPS[-1]
    assert starts[0] <= span.start < starts[0] + grid.step
    assert starts[-1] < span.end <= starts[-1] + grid.step
    assert grid.step % grid.resolution == 0
    assert grid.resolution in KEPT


def test_a_chart_of_many_endpoints_has_fewer_points_rather_than_millions_of_windows() -> None:
    assert chart_grid(last(86_400), NOW, KEPT, 1000, endpoint_count=10).step == 300
    assert chart_grid(last(86_400), NOW, KEPT, 1000, endpoint_count=200).step == 3600


def test_old_time_is_shown_in_the_steps_that_are_still_kept() -> None:
    grid = chart_grid(TimeRange(NOW - 3 * 86_400, NOW - 3 * 86_400 + 600), NOW, KEPT, 1000)
    assert (grid.step, grid.resolution) == (60, 60)


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (7, "allowed are 1, 2, 5"),
        (1, "more than 1000 points"),
        (5, "not kept back to the start"),
    ],
)
def test_a_step_that_cannot_be_had_is_refused_with_the_reason(step: int, reason: str) -> None:
    with pytest.raises(QuestionRefused, match=reason):
        asked_grid(last(3600), NOW, KEPT, 1000, step)


def test_a_table_of_an_hour_reads_sixty_windows_an_endpoint_for_thirty_points() -> None:
    grid = table_grid(last(3600), NOW, KEPT)
    assert (grid.step, grid.resolution, len(grid.starts())) == (120, 60, 31)


@given(seconds=st.floats(1, 400 * 86_400))
def test_a_table_reads_whole_windows_from_its_start_on(seconds: float) -> None:
    grid = table_grid(last(seconds), NOW, KEPT)
    assert grid.span.start % grid.resolution == 0
    assert grid.span.start <= NOW - seconds < grid.span.start + grid.resolution
    assert grid.resolution != 1


def test_single_processes_are_told_apart_for_as_long_as_seconds_are_kept() -> None:
    grid = table_grid(last(3600), NOW, KEPT, only_finest=True)
    assert grid.resolution == 1
    assert grid.span.seconds == pytest.approx(600, abs=1)
