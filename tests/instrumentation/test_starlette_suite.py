"""Starlette's own tests end the same with every app in them wrapped, under asyncio and trio."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.instrumentation.starlette_suite.run import SuiteRun, differences, run_suite
from tests.instrumentation.starlette_suite.sdist import fetch_suite

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

TEST_CLIENT_TESTS = "tests/test_testclient.py"
LEAST_TESTS = 1_000


@pytest.fixture(scope="module")
def suite() -> Path:
    return fetch_suite()


@pytest.fixture(scope="module")
def plain(suite: Path, tmp_path_factory: pytest.TempPathFactory) -> SuiteRun:
    return run_suite(suite, "nothing", tmp_path_factory.mktemp("plain"))


def test_no_test_of_starlettes_suite_changes_its_outcome(
    suite: Path, plain: SuiteRun, tmp_path: Path
) -> None:
    wrapped = run_suite(suite, "ours", tmp_path)

    assert len(plain.outcomes) > LEAST_TESTS
    assert not differences(plain, wrapped), wrapped.output[-20_000:]


def test_a_wrap_that_changes_outcomes_is_found(
    suite: Path, plain: SuiteRun, tmp_path: Path
) -> None:
    wrapped = run_suite(suite, "BaseHTTPMiddleware", tmp_path, TEST_CLIENT_TESTS)

    found = differences(plain.only(TEST_CLIENT_TESTS), wrapped)

    assert any("test_capture_trailers" in line for line in found)
