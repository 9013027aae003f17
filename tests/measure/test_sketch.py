"""The sketch: exact where it says so, within its bound elsewhere, whatever the order of merging."""

from __future__ import annotations

from math import ceil
from random import Random
from statistics import pvariance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_performance.measure.buckets import bucket_index, upper_bound
from api_performance.measure.sketch import Sketch
from tests.measure.distributions import DISTRIBUTIONS

RELATIVE_ERROR = 0.0055
RATIOS = (0.5, 0.95, 0.99, 0.999)

durations = st.lists(st.floats(1e-6, 3600.0), min_size=1, max_size=300)


def exact(ascending: list[float], ratio: float) -> float:
    """The value of the nearest rank."""
    return ascending[max(ceil(ratio * len(ascending)), 1) - 1]


def assert_close(sketch: Sketch, ascending: list[float]) -> None:
    for ratio in RATIOS:
        found, true = sketch.quantile(ratio), exact(ascending, ratio)
        assert found == pytest.approx(true, rel=RELATIVE_ERROR)


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_quantiles_stay_within_the_bound_for(name: str) -> None:
    random = Random(name)
    values = sorted(DISTRIBUTIONS[name](random) for _ in range(20_000))
    assert_close(Sketch.of(values), values)


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_quantiles_stay_within_the_bound_after_merging_a_thousand_shuffled_parts_of(
    name: str,
) -> None:
    random = Random(name)
    parts = [[DISTRIBUTIONS[name](random) for _ in range(10)] for _ in range(1_000)]
    random.shuffle(parts)
    whole = Sketch()
    for part in parts:
        whole.merge(Sketch.of(part))
    values = sorted(value for part in parts for value in part)
    assert_close(whole, values)
    assert whole.count == 10_000
    assert (whole.min, whole.max) == (values[0], values[-1])
    assert whole.sum == pytest.approx(sum(values))


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_the_variance_is_within_two_percent_for(name: str) -> None:
    random = Random(name)
    values = [DISTRIBUTIONS[name](random) for _ in range(20_000)]
    assert Sketch.of(values).variance == pytest.approx(pvariance(values), rel=0.02, abs=1e-9)


@given(durations, durations)
def test_a_compact_sketch_tells_the_same_and_can_be_added_to(
    one: list[float], two: list[float]
) -> None:
    plain, compact = Sketch.of(one), Sketch.of(one)
    compact.compact()
    assert compact == plain
    assert compact.pack() == plain.pack()
    assert compact.quantiles(RATIOS) == plain.quantiles(RATIOS)
    for sketch in (plain, compact):
        sketch.merge(Sketch.of(two))
    assert compact == plain
    later = Sketch.of(two)
    compact.compact()
    later.merge(compact)
    assert later.count == len(one) + 2 * len(two)
    assert compact == plain  # what was added to another is not changed


def test_equal_durations_have_no_variance() -> None:
    assert Sketch.of([0.3] * 7).variance == Sketch.of([0.3]).variance == Sketch().variance == 0.0


def test_a_worked_example() -> None:
    sketch = Sketch.of([0.1, 0.2, 0.3, 0.4])
    assert (sketch.count, sketch.min, sketch.max) == (4, 0.1, 0.4)
    assert sketch.mean == pytest.approx(0.25)
    assert sketch.quantile(0.5) == pytest.approx(0.2, rel=RELATIVE_ERROR)
    assert sketch.quantile(1.0) == pytest.approx(0.4, rel=RELATIVE_ERROR)


def test_without_data_there_is_no_quantile_and_no_mean() -> None:
    assert Sketch().quantile(0.5) is None
    assert Sketch().mean is None
    assert Sketch.unpack(Sketch().pack()) == Sketch()


@pytest.mark.parametrize("index", [-1275, -64, -1, 0, 1, 64, 700])
def test_a_bucket_holds_its_upper_bound_and_not_its_lower(index: int) -> None:
    assert bucket_index(upper_bound(index) * 0.999) == index
    assert bucket_index(upper_bound(index) * 1.001) == index + 1


@pytest.mark.parametrize("power", range(-19, 12))
def test_a_power_of_two_belongs_to_the_bucket_it_bounds(power: int) -> None:
    assert bucket_index(2.0**power) == power * 64
    assert Sketch.of([2.0**power]).count_up_to(2.0**power) == 1


def test_what_is_out_of_range_clamps() -> None:
    sketch = Sketch.of([0.0, 1e-9, 1e9])
    assert (sketch.count, sketch.min, sketch.max) == (3, 1e-6, 3600.0)


@given(durations, durations, durations)
def test_merging_is_free_of_order(one: list[float], two: list[float], three: list[float]) -> None:
    forward, backward = Sketch(), Sketch()
    for part in (one, two, three):
        forward.merge(Sketch.of(part))
    for part in (three, two, one):
        backward.merge(Sketch.of(part))
    assert forward.buckets == backward.buckets == Sketch.of(one + two + three).buckets
    assert (forward.min, forward.max) == (backward.min, backward.max)
    assert forward.sum == pytest.approx(backward.sum)


@given(st.lists(st.lists(st.floats(1e-6, 3600.0), max_size=29), min_size=1, max_size=9))
def test_many_small_sketches_pack_as_one_of_all_their_durations(parts: list[list[float]]) -> None:
    whole = Sketch()
    for part in parts:
        whole.merge(Sketch.of(part))
        assert whole.count == sum(whole.copy().buckets.values())
    together = Sketch.of([value for part in parts for value in part])
    whole.sum = together.sum  # whose last bit depends on the order
    assert whole.pack() == together.pack()


@given(durations)
def test_quantiles_never_fall_and_stay_within_the_extremes(values: list[float]) -> None:
    sketch = Sketch.of(values)
    found = [value for value in sketch.quantiles([step / 50 for step in range(51)]) if value]
    assert found == sorted(found)
    assert sketch.min <= found[0] <= found[-1] <= sketch.max


@given(values=durations, compact=st.booleans())
def test_what_is_packed_comes_back_to_the_nanosecond(values: list[float], *, compact: bool) -> None:
    sketch = Sketch.of(values)
    assert Sketch.unpack(sketch.pack(compact=compact)) == sketch


@given(st.lists(st.integers(1, 10_000_000), min_size=2, max_size=40))
def test_large_counts_survive_packing(counts: list[int]) -> None:
    buckets = {index * 3: count for index, count in enumerate(counts)}
    sketch = Sketch(sum(counts), 5.0, 1.0, 3.0, (), buckets)
    for compact in (False, True):
        assert Sketch.unpack(sketch.pack(compact=compact)).buckets == sketch.buckets


@pytest.mark.parametrize(("samples", "most_bytes"), [(20, 45), (1_000, 200)])
def test_a_packed_lognormal_sketch_is_small(samples: int, most_bytes: int) -> None:
    for seed in range(200):
        random = Random(seed)
        middle, spread = random.uniform(-7, 1), random.uniform(0.1, 0.8)
        sketch = Sketch.of([random.lognormvariate(middle, spread) for _ in range(samples)])
        assert len(sketch.pack()) <= most_bytes


@pytest.mark.parametrize("data", [b"", b"\x09\x01\x01\x00\x00\x00\x00"])
def test_what_is_no_sketch_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="packed sketch"):
        Sketch.unpack(data)


@given(st.floats(0.0, 4_000.0), st.integers(1, 50))
def test_equal_durations_are_summarized_at_once_as_one_by_one(seconds: float, count: int) -> None:
    at_once, one_by_one = Sketch.of_equal(seconds, count), Sketch.of([seconds] * count)
    assert at_once.buckets == one_by_one.buckets
    assert (at_once.count, at_once.min, at_once.max) == (count, one_by_one.min, one_by_one.max)
    assert at_once.sum == pytest.approx(one_by_one.sum, rel=1e-12)  # sums round on the way
