"""Heatmaps: how many requests took how long, over time."""

from itertools import pairwise

import pytest

from api_performance.answers import Heatmap
from api_performance.queries import EndpointUnknown, Filter, Queries, SeriesQuestion, StatusFilter
from api_performance.queries.questions import Asked
from tests.queries.making import CHECKOUT, START, USERS, Service


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def queries(service: Service) -> Queries:
    return Queries(service.store, service.clock)


def cells(heatmap: Heatmap) -> dict[tuple[float, float], int]:
    """Requests by band, all steps together."""
    found: dict[tuple[float, float], int] = {}
    for counts in heatmap.counts:
        for band, count in zip(pairwise(heatmap.bounds_seconds), counts, strict=True):
            found[band] = found.get(band, 0) + count
    return {band: count for band, count in found.items() if count}


def test_every_request_is_counted_in_its_own_band_and_step(
    service: Service, queries: Queries
) -> None:
    service.measure(USERS, [0.24, 0.25, 0.26])
    service.pass_time(120)
    service.measure(USERS, [0.9] * 5)
    heatmap = queries.heatmap(SeriesQuestion(endpoint_id=USERS.id))
    assert heatmap.rows_per_doubling == 4
    assert (heatmap.bounds_seconds[0], heatmap.bounds_seconds[-1]) == (2**-2.25, 1.0)
    assert cells(heatmap) == {
        (2**-2.25, 0.25): 2,  # a bound belongs to the band below it
        (0.25, 2**-1.75): 1,
        (2**-0.25, 1.0): 5,
    }
    first = heatmap.times.index(heatmap.step_seconds * ((START - 1) // heatmap.step_seconds))
    assert sum(heatmap.counts[first]) == 3


def test_a_heatmap_adds_up_to_the_series_of_the_same_question(
    service: Service, queries: Queries
) -> None:
    for second in range(90):
        service.measure(USERS, [0.001 * (second + 1)] * 4)
        service.measure(CHECKOUT, [0.2])
        service.pass_time(1)
    question = SeriesQuestion(endpoint_id=USERS.id, step_seconds=30)
    heatmap, series = queries.heatmap(question), queries.series(question)
    assert heatmap.times == series.times
    assert [sum(column) for column in heatmap.counts] == series.request_count
    assert sum(map(sum, heatmap.counts)) == 360


def test_durations_far_apart_get_coarser_bands_so_that_rows_stay_few(
    service: Service, queries: Queries
) -> None:
    service.measure(USERS, [0.00001, 0.001, 100.0])
    heatmap = queries.heatmap(SeriesQuestion(endpoint_id=USERS.id))
    assert heatmap.rows_per_doubling == 2
    assert len(heatmap.bounds_seconds) <= 49
    assert sum(cells(heatmap).values()) == 3


def test_columns_are_wide_enough_to_see_and_capped(service: Service, queries: Queries) -> None:
    service.measure(USERS, [0.1])
    for seconds in (300, 900, 3600, 21_600, 86_400):
        asked = SeriesQuestion(Asked(seconds), endpoint_id=USERS.id)
        assert 80 <= len(queries.heatmap(asked).times) <= 301


def test_a_status_keeps_the_times_of_its_class_alone(service: Service, queries: Queries) -> None:
    service.measure(USERS, [0.1] * 3)
    service.measure(USERS, [0.5], status=503)
    kept = Filter(status=StatusFilter.parse("5xx"))
    heatmap = queries.heatmap(SeriesQuestion(kept=kept, endpoint_id=USERS.id))
    assert list(cells(heatmap).values()) == [1]


def test_without_response_times_there_are_no_bands(service: Service, queries: Queries) -> None:
    service.flush(declared=[USERS])
    heatmap = queries.heatmap(SeriesQuestion(endpoint_id=USERS.id))
    assert heatmap.bounds_seconds == []
    assert set(map(len, heatmap.counts)) == {0}
    with pytest.raises(EndpointUnknown):
        queries.heatmap(SeriesQuestion(endpoint_id="ffffffffffff"))
