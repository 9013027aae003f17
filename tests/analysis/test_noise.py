"""Filters are those of the noise as it is said to be, and know when little is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_performance.analysis.deploys import deploy_scores
from api_performance.analysis.noise import CORRELATIONS, SLOW, Noise, weighed


@given(st.integers(0, len(CORRELATIONS) - 1), st.integers(-10, 22), st.integers(2, 60))
def test_weights_are_the_inverse_of_the_covariances(
    correlation: int, ratio_power: int, length: int
) -> None:
    columns = np.random.default_rng(length).normal(size=(length, 3))
    steps = np.arange(length)
    covariances = CORRELATIONS[correlation] ** np.abs(steps[:, None] - steps) + SLOW
    covariances += 1.5**ratio_power * np.eye(length)
    expected = np.linalg.solve(covariances, columns)
    found = weighed(correlation, ratio_power, columns)
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-8 * np.abs(expected).max())


def test_what_few_requests_tell_of_a_deploy_is_believed_less_the_less_a_change_is_likely() -> None:
    noise = Noise(CORRELATIONS.index(0.9), 0.01**2, 0.0)
    minutes = np.zeros(240, np.float32)
    minutes[-11:] = 0.2
    told = [deploy_scores(minutes, 11, noise, 0.1**2, likely)[0] for likely in (0.01, 0.1, 1.0)]
    assert told == sorted(told)
    assert told[0] < 0.5 * told[2]
    many = [deploy_scores(minutes, 11, noise, 1e-6, likely)[0] for likely in (0.1, 1.0)]
    assert many[0] == pytest.approx(many[1], rel=0.05)
