"""Users are counted within the stated error, merged without counting twice, and never named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_performance.measure.users import UserHasher, UserSketch

KEY = b"a key of an installation"


def sketch_of(users: range, key: bytes = KEY) -> UserSketch:
    sketch = UserSketch()
    sketch.add(UserHasher(key).marks(str(user) for user in users))
    return sketch


@pytest.mark.parametrize("count", [0, 1, 10, 100, 1_000, 5_000, 20_000, 100_000])
def test_the_estimate_is_within_three_standard_errors(count: int) -> None:
    assert sketch_of(range(count)).count() == pytest.approx(count, rel=3 * 0.023, abs=1)


@given(st.integers(0, 400), st.integers(0, 400))
def test_a_user_seen_in_both_counts_once(first: int, second: int) -> None:
    merged = sketch_of(range(first))
    merged.merge(sketch_of(range(second)))
    assert merged == sketch_of(range(max(first, second)))


@given(st.integers(0, 300))
def test_what_is_packed_comes_back(count: int) -> None:
    sketch = sketch_of(range(count))
    assert UserSketch.unpack(sketch.pack()) == sketch


def test_another_key_gives_other_marks() -> None:
    assert sketch_of(range(50)) != sketch_of(range(50), b"another key")


def test_users_beyond_the_hasher_s_memory_keep_their_marks() -> None:
    small, large = UserHasher(KEY, cache_size=100), UserHasher(KEY)
    for _ in range(2):
        for batch in range(50):
            users = [f"{batch} {user}" for user in range(100)]
            assert set(small.marks(users)) == set(large.marks(users))
