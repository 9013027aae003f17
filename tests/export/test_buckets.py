"""Cumulative buckets: exact at thresholds, and never falling."""

from bisect import bisect_right

from hypothesis import given
from hypothesis import strategies as st

from api_performance.export.buckets import POWERS, latency_buckets, response_time_buckets
from api_performance.measure.sketch import Sketch
from api_performance.measure.window import Window

THRESHOLDS = (0.1, 0.5, 1.0, 2.0)

# Around thresholds, where a bucket of the sketch lies on both sides of the bound.
seconds = st.one_of(
    st.floats(0.0005, 50), st.sampled_from([0.0999, 0.1, 0.1002, 0.1004, 0.5, 0.501, 2.0, 2.003])
)
requests = st.lists(st.tuples(st.sampled_from([200, 404, 500]), seconds), max_size=30)


def a_window(made: list[tuple[int, float]]) -> Window:
    window = Window(0)
    for status, value in made:
        window.count_status(status, 1)
        window.class_stats(status).response_time.add([value])
        window.count_under([value], THRESHOLDS)
    return window


@given(st.lists(seconds, min_size=1))
def test_every_bound_of_a_single_class_is_exact(values: list[float]) -> None:
    ascending = sorted(values)
    window = a_window([(200, value) for value in values])
    for bound, count in response_time_buckets(window, 2, THRESHOLDS):
        assert count == bisect_right(ascending, bound)


@given(requests, requests)
def test_no_count_falls_as_requests_are_added(
    first: list[tuple[int, float]], then: list[tuple[int, float]]
) -> None:
    window = a_window(first)
    before = counts(window)
    window.merge(a_window(then))
    after = counts(window)
    assert all(after[key] >= count for key, count in before.items())


def counts(window: Window) -> dict[tuple[int, float], int]:
    return {
        (status_class, bound): count
        for status_class in window.classes
        for bound, count in response_time_buckets(window, status_class, THRESHOLDS)
    }


@given(requests)
def test_buckets_rise_to_the_count_and_hold_powers_of_two_and_thresholds(
    made: list[tuple[int, float]],
) -> None:
    window = a_window(made)
    for status_class, stats in window.classes.items():
        buckets = response_time_buckets(window, status_class, THRESHOLDS)
        bounds = [bound for bound, _ in buckets]
        rising = [count for _, count in buckets]
        assert bounds == [*sorted({*POWERS, *THRESHOLDS}), float("inf")]
        assert rising == sorted(rising)
        assert rising[-1] == stats.response_time.count


def test_the_class_that_alone_lies_at_a_threshold_is_exact_beside_others() -> None:
    window = a_window([(200, 0.05), (200, 0.1), (200, 0.1003), (500, 3.0)])
    by_bound = dict(response_time_buckets(window, 2, THRESHOLDS))
    assert by_bound[0.1] == 2


def test_latency_has_coarser_bounds() -> None:
    buckets = latency_buckets(Sketch.of([0.001, 0.01, 0.1]))
    assert len(buckets) == 10
    assert buckets[-1] == (float("inf"), 3)
