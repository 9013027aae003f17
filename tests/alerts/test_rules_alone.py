"""Whether one process alone has the trouble."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api_performance.alert_metric import AlertMetric
from api_performance.alerts.rules.alone import bad_alone, counted
from api_performance.alerts.rules.evidence import Evidence
from api_performance.measure.window import Window
from tests.alerts.test_rules_evidence import FAILING, SLOW, a_window, of, read


def a_process(ok: int, failed: int = 0, slow: int = 0) -> Window:
    window = Window(0.0, statuses={200: ok + slow, 500: failed})
    window.under = {1.0: ok, 2.0: ok, 5.0: ok}
    return window


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"a": (100, 50), "b": (100, 0), "c": (100, 1)}, "a"),
        ({"a": (100, 50), "b": (100, 40), "c": (100, 45)}, ""),
        ({"a": (100, 5), "b": (100, 0), "c": (100, 0)}, ""),  # five may come together by chance
        ({"a": (100, 50)}, ""),  # there is no other
        ({"a": (9000, 50), "b": (100, 0)}, ""),  # it serves nearly all that is served
        ({"a": (100, 0), "b": (100, 0)}, ""),
        ({}, ""),
    ],
)
def test_a_process_is_alone_with_what_is_bad(
    counts: dict[str, tuple[int, int]], expected: str
) -> None:
    assert bad_alone(counts) == expected


@settings(max_examples=30)
@given(st.integers(1, 10**5), st.integers(2, 8), st.floats(0.01, 1.0))
def test_what_is_bad_everywhere_is_in_none_alone(count: int, processes: int, share: float) -> None:
    bad = int(count * share)
    assert bad_alone({str(number): (count, bad) for number in range(processes)}) == ""


def test_the_process_that_fails_alone_is_the_first_cause_and_named() -> None:
    processes = {"web-1": a_process(50, failed=50), "web-2": a_process(100)}
    evidence = evidence_of(processes)
    reading = of(AlertMetric.ERRORS, read(FAILING, evidence))
    assert reading.causes[0] == "instance:web-1"
    assert "Nearly all of it is web-1's alone." in reading.text


def test_the_process_that_is_slow_alone_is_the_first_cause() -> None:
    processes = {"web-1": a_process(10, slow=90), "web-2": a_process(100)}
    reading = of(AlertMetric.RESPONSE_TIME, read(SLOW, evidence_of(processes)))
    assert reading.causes[0] == "instance:web-1"


def test_what_raises_after_its_response_began_counts_too() -> None:
    window = raising(a_process(100), 40)
    counts = counted({"a": window}, AlertMetric.EXCEPTIONS, 0.0)
    assert counts == {"a": (100, 40)}


def evidence_of(processes: dict[str, Window]) -> Evidence:
    return replace(Evidence(a_window(100, 0.2, 50), a_window(1000, 0.2)), by_process=processes)


def raising(window: Window, count: int) -> Window:
    window.exceptions = count
    return window
