"""Quantiles are numpy's, and cost less memory than numpy's own."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_performance.analysis.quantile import median, quantile

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50)


@given(VALUES, st.floats(0, 1))
def test_a_quantile_is_numpys(values: list[float], ratio: float) -> None:
    expected = float(np.quantile(np.array(values), ratio))
    assert quantile(np.array(values), ratio) == pytest.approx(expected, abs=1e-6)


def test_the_median_of_an_even_number_lies_between_two() -> None:
    assert median(np.array([4.0, 1.0, 3.0, 10.0])) == 3.5


def test_nothing_has_no_median_and_neither_has_what_is_unknown() -> None:
    assert np.isnan(median(np.zeros(0)))
    assert np.isnan(median(np.array([1.0, np.nan])))


FOLLOW = """
import sys
import numpy as np
from api_performance.analysis.centre import Histogram
from api_performance.analysis.endpoint import EndpointWatch

counts = np.random.default_rng(1).poisson(2.0, (60, 200)).astype(np.float32)
watch = EndpointWatch(0.04)
for hour in range(80):
    watch.update(3600.0 * hour, Histogram(counts, -7.0, 0.04), [3600.0 * 70], 3600.0 * (hour + 1))
print("numpy.ma" in sys.modules)
"""


def test_looking_for_changes_does_not_bring_masked_arrays_along() -> None:
    ran = subprocess.run([sys.executable, "-c", FOLLOW], check=True, capture_output=True, text=True)
    assert ran.stdout.strip() == "False"
