"""What every store promises: batches applied once, folding that only adds, one view for readers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from api_performance.errors import LeaseLost
from api_performance.measure.calls import OperationStats
from api_performance.measure.exemplars import Contest, Exemplar
from api_performance.measure.window import Window
from api_performance.model import LatencyType, MetricPriority, Operation
from api_performance.stores.base import FINEST, Event, Query, Retention, Store, StoreStatus

from .conftest import OpenStore
from .making import (
    HOUR_START,
    NOW,
    a_batch,
    a_flush,
    a_window,
    an_endpoint,
    an_instance,
    count,
    merged,
    read,
    the_lease,
    total,
)

QUERY = Operation(LatencyType.DATABASE, "SELECT ?", "sqlite", "shop/listing.py:42 in listing")
GET = Operation(LatencyType.CACHE, "GET", "redis")


def test_a_batch_is_read_at_every_resolution_before_and_after_it_is_folded(store: Store) -> None:
    store.append(a_flush(1, NOW))
    before = {step: count(store, step) for step in (1, 10, 60, 3600)}
    assert store.fold(NOW + 10, the_lease(store)) == 1
    after = {step: count(store, step) for step in (1, 10, 60, 3600)}
    assert before == after == dict.fromkeys((1, 10, 60, 3600), 2)
    assert total(store) == 2


def test_a_batch_that_comes_twice_counts_once_whether_folded_or_not(store: Store) -> None:
    assert store.append(a_flush(1, NOW))
    assert not store.append(a_flush(1, NOW))
    store.fold(NOW + 10, the_lease(store))
    assert not store.append(a_flush(1, NOW))
    assert store.append(a_flush(2, NOW + 1))
    assert total(store) == count(store, 10) == 4


def lasting(store: Store) -> tuple[int, StoreStatus]:
    """Return revision and status, but how many connections are in use at this instant."""
    return store.revision(), replace(store.status(), connections_in_use=0)


def test_a_duplicate_changes_nothing_at_all(store: Store) -> None:
    store.append(a_flush(1, NOW))
    before = lasting(store)
    twin = a_batch(1, [(an_endpoint("/other"), a_window(NOW + 5))])
    assert not store.append(twin)
    assert lasting(store) == before
    assert [endpoint.template for endpoint in store.endpoints()] == ["/items/{item_id}"]
    assert [state.seen_at for state in store.instances(0)] == [NOW + 1]


def test_a_batch_is_not_applied_again_after_its_detail_was_deleted(store: Store) -> None:
    lease = the_lease(store)
    store.append(a_flush(1, NOW))
    store.append(a_flush(2, NOW + 1))
    store.fold(NOW + 10, lease)
    store.compact(NOW + 700, lease)
    assert count(store, FINEST) == 0
    assert not store.append(a_flush(1, NOW))
    assert total(store) == 4


def test_batches_of_several_processes_merge_and_in_flight_adds_up(store: Store) -> None:
    for pid in (1, 2, 3):
        store.append(a_flush(1, NOW, an_instance(pid)))
    store.fold(NOW + 10, the_lease(store))
    (window,) = read(store, 10, NOW, NOW + 10).values()
    assert (window.count, window.in_flight_peak, window.bytes_out) == (6, 3, 60)


def test_in_flight_over_time_is_the_highest_and_not_the_sum(store: Store) -> None:
    for second in range(5):
        store.append(a_flush(second, NOW + second))
    store.fold(NOW + 10, the_lease(store))
    assert [w.in_flight_peak for w in read(store, 60, NOW, NOW + 60).values()] == [1]


def test_batches_that_may_still_have_company_wait_for_the_grace_to_pass(store: Store) -> None:
    store.append(a_flush(1, NOW))
    lease = the_lease(store)
    assert store.fold(NOW + 2.5, lease) == 0
    assert store.fold(NOW + 3.0, lease) == 1
    assert store.status().unfolded_batches == 0


def test_a_late_batch_is_added_to_slices_that_were_folded_and_packed_before(
    store: Store,
) -> None:
    lease = the_lease(store)
    store.append(a_flush(1, NOW))
    store.fold(NOW + 10, lease)
    store.compact(NOW + 7200, lease)
    store.append(a_flush(7, NOW, an_instance(2), calls=3))
    assert count(store, 60) == 5
    store.fold(NOW + 7200, lease)
    assert count(store, 60) == 5
    store.compact(NOW + 7300, lease)
    assert {step: count(store, step) for step in (10, 60, 3600)} == {10: 5, 60: 5, 3600: 5}


def test_more_batches_than_one_transaction_takes_are_all_folded(store: Store) -> None:
    for second in range(150):
        store.append(a_flush(second, NOW + second))
    assert store.fold(NOW + 200, the_lease(store)) == 150
    assert count(store, 10) == total(store) == 300
    assert len(read(store, 10, NOW, NOW + 150)) == 15


def test_folding_with_a_stale_fencing_number_writes_nothing(store: Store) -> None:
    stale = store.acquire("judge", "first", NOW, 10)
    assert stale is not None
    assert store.acquire("judge", "second", NOW + 10, 10) is not None
    store.append(a_flush(1, NOW))
    with pytest.raises(LeaseLost, match="second holds"):
        store.fold(NOW + 10, stale)
    with pytest.raises(LeaseLost):
        store.compact(NOW + 10, stale)
    assert store.status().unfolded_batches == 1
    assert total(store) == 2


def test_packing_changes_nothing_that_is_read(store: Store) -> None:
    lease = the_lease(store)
    for second in range(0, 3600, 45):
        windows = [
            (an_endpoint("/a"), a_window(NOW + second, [0.01, 0.4], users="ann bob")),
            (an_endpoint("/b"), a_window(NOW + second, [1.5])),
        ]
        store.append(a_batch(second, windows))
    store.fold(NOW + 3700, lease)
    before = {step: read(store, step, NOW, NOW + 3600) for step in (10, 60, 3600)}
    store.compact(NOW + 7300, lease)
    assert {step: read(store, step, NOW, NOW + 3600) for step in (10, 60, 3600)} == before


def test_a_range_holds_the_slices_that_begin_in_it(store: Store) -> None:
    lease = the_lease(store)
    for second in range(120):
        store.append(a_flush(second, NOW + second, calls=1))
    for _ in range(3):  # unfolded, folded, packed
        assert sorted(start for _, start in read(store, 10, NOW + 10, NOW + 40)) == [
            NOW + 10,
            NOW + 20,
            NOW + 30,
        ]
        assert count(store, 10, NOW + 5, NOW + 20.5) == 20
        store.fold(NOW + 200, lease)
    store.compact(NOW + 7200, lease)
    assert count(store, 10, NOW + 5, NOW + 20.5) == 20


def test_only_the_asked_endpoints_are_read(store: Store) -> None:
    lease = the_lease(store)
    wanted = an_endpoint("/b")
    windows = [(an_endpoint(name), a_window(NOW)) for name in ("/a", "/b", "/c")]
    store.append(a_batch(1, windows))
    for step in (1, 10, 10, 10):
        query = Query(NOW, NOW + 60, step, endpoint_ids=frozenset({wanted.id}))
        assert [endpoint for endpoint, _ in store.windows(query)] == [wanted]
        store.fold(NOW + 10, lease)
        if step == 10:
            store.compact(NOW + 7200, lease)


def test_windows_are_told_apart_by_service_version_and_environment(store: Store) -> None:
    shop = an_endpoint(service="shop")
    first = an_instance(1, version="1", environment="staging")
    second = an_instance(2, version="2", environment="production")
    store.append(a_batch(1, [(an_endpoint(), a_window(NOW, [0.1]))], first))
    store.append(a_batch(1, [(an_endpoint(), a_window(NOW, [0.1] * 2))], second))
    store.append(a_batch(2, [(shop, a_window(NOW, [0.1] * 4))], second))
    for _ in range(2):

        def found(**fields: frozenset[str]) -> int:
            query = replace(Query(NOW, NOW + 60, 60), **fields)  # type: ignore[arg-type]  # filters
            return sum(window.count for _, window in store.windows(query))

        assert found(versions=frozenset({"1"})) == 1
        assert found(environments=frozenset({"production"})) == 6
        assert found(services=frozenset({"shop"})) == 4
        assert found(versions=frozenset({"1", "2"}), services=frozenset({"default"})) == 3
        store.fold(NOW + 10, the_lease(store))


def test_instances_are_told_apart_in_the_last_minutes(store: Store) -> None:
    store.append(a_flush(1, NOW, an_instance(1), calls=1))
    store.append(a_flush(1, NOW, an_instance(2), calls=2))
    store.fold(NOW + 10, the_lease(store))
    for step in (1, 10, 60):
        query = Query(NOW, NOW + 60, step, instances=frozenset({an_instance(2).id}))
        assert [window.count for _, window in store.windows(query)] == [2]


def test_readers_cannot_change_what_is_kept_by_merging(store: Store) -> None:
    store.append(a_flush(1, NOW))
    for _ in range(2):
        whole = Window(NOW)
        for _, window in store.windows(Query(NOW, NOW + 60, 60)):
            whole.merge(window)
            whole.merge(a_window(NOW))
        assert count(store, 60) == 2


def test_finer_slices_have_the_users_of_their_minute(store: Store) -> None:
    lease = the_lease(store)
    for second, users in ((0, "ann"), (25, "bob ann"), (60, "eve")):
        store.append(a_batch(second, [(an_endpoint(), a_window(NOW + second, users=users))]))
    store.fold(NOW + 100, lease)
    for _ in range(2):
        fine = read(store, 10, NOW + 10, NOW + 120)
        assert {start - NOW: w.users.count() for (_, start), w in fine.items()} == {20: 2, 60: 1}
        store.compact(NOW + 7200, lease)


def test_finer_slices_keep_sums_per_latency_type_and_minutes_keep_distributions(
    store: Store,
) -> None:
    store.append(a_batch(1, [(an_endpoint(), a_window(NOW, [0.2, 0.4]))]))
    for _ in range(2):
        (fine,) = read(store, 10, NOW, NOW + 60).values()
        (minute,) = read(store, 60, NOW, NOW + 60).values()
        assert sum(fine.latency_seconds) == pytest.approx(0.3)
        assert not fine.latency
        assert sum(minute.latency_seconds) == pytest.approx(0.3)
        assert [sketch.count for sketch in minute.latency.values()] == [2]
        store.fold(NOW + 10, the_lease(store))


def with_operation(start: float, seconds: float) -> Window:
    """A window with an operation and exemplars, as a second has them."""
    window = a_window(start, [seconds])
    stats = OperationStats(requests=1, calls=2, most_calls=2, wall_seconds=seconds)
    stats.seconds.add([seconds / 2] * 2)
    window.operations[QUERY.id] = stats
    contest = Contest(lambda: 0.5)
    assert contest.has_winner(start, 1, seconds)
    contest.settle(window, [seconds], lambda _: Exemplar(start, seconds, 200).pack())
    return window


def test_operations_are_kept_from_a_minute_on_and_exemplars_from_an_hour(store: Store) -> None:
    for second in (0, 1):
        window = with_operation(NOW + second, 0.1 + second)
        store.append(a_batch(second, [(an_endpoint(), window)]))
    for _ in range(2):
        for step, calls in ((10, None), (60, 4), (3600, 4)):
            start = NOW if step < 3600 else HOUR_START
            query = Query(start, NOW + 60, step, with_operations=True)
            (window,) = merged(store.windows(query)).values()
            stats = window.operations.get(QUERY.id)
            assert (stats.calls if stats else None) == calls
            slowest = [Exemplar.unpack(packed).seconds for _, packed in window.slowest.values()]
            assert slowest == ([1.1] if step == 3600 else [])
            assert len(window.typical) == len(slowest)
        store.fold(NOW + 10, the_lease(store))
        store.compact(NOW + 7200, the_lease(store))


def test_operations_and_exemplars_come_to_those_who_ask(store: Store) -> None:
    store.append(a_batch(1, [(an_endpoint(), with_operation(NOW, 0.1))]))
    for _ in range(2):
        (window,) = read(store, 3600, HOUR_START, NOW + 60).values()
        assert not window.operations
        assert not window.slowest
        assert not [total for _, total in store.totals() if total.operations or total.slowest]
        store.fold(NOW + 10, the_lease(store))


def test_what_operations_are_called_is_known_until_it_is_cleared(store: Store) -> None:
    batch = a_batch(1, [(an_endpoint(), with_operation(NOW, 0.1))])
    store.append(replace(batch, operations=[QUERY]))
    store.append(replace(batch, sequence=2, operations=[QUERY, GET]))
    assert store.operations() == {QUERY.id: QUERY, GET.id: GET}
    assert store.operations()[QUERY.id].source == QUERY.source
    store.clear()
    assert store.operations() == {}


def test_of_its_newest_requests_a_process_is_heard_the_last_time_only(store: Store) -> None:
    for sequence, recent in enumerate([(b"\x00first",), (b"\xffsecond", b"third")]):
        batch = a_batch(sequence, [(an_endpoint(), a_window(NOW, [0.1]))])
        store.append(replace(batch, state=replace(batch.state, recent=recent)))
    (state,) = store.instances(0)
    assert state.recent == (b"\xffsecond", b"third")


def test_totals_are_kept_per_host_and_outlive_the_processes(store: Store) -> None:
    lease = the_lease(store)
    store.append(a_flush(1, NOW, an_instance(1, host="a"), calls=1))
    store.append(a_flush(1, NOW, an_instance(2, host="b"), calls=2))
    seen = []
    for step in range(4):
        seen.append((total(store, "a"), total(store, "b"), total(store), total(store, "c")))
        store.fold(NOW + 10 + step, lease)
        store.compact(NOW + 1e6 * step, lease)
    assert seen == [(1, 2, 3, 0)] * 4
    assert len(list(store.totals())) == 1


def test_totals_are_the_same_to_the_last_bit_before_and_after_folding(store: Store) -> None:
    lease = the_lease(store)
    for second in range(40):
        store.append(a_batch(second, [(an_endpoint(), a_window(NOW + second, [0.1 / 3] * 7))]))
        before = [window.response_time().sum for _, window in store.totals()]
        store.fold(NOW + second + 4, lease)
        assert [window.response_time().sum for _, window in store.totals()] == before


def test_endpoints_are_known_by_declaration_and_by_calls(store: Store) -> None:
    declared, called = an_endpoint("/declared"), an_endpoint("/called")
    store.append(a_batch(1, [(called, a_window(NOW))], declared=[declared]))
    assert sorted(endpoint.template for endpoint in store.endpoints()) == ["/called", "/declared"]
    assert dict(store.last_called()) == {called.id: NOW}
    store.fold(NOW + 10, the_lease(store))
    assert dict(store.last_called()) == {called.id: NOW}


def test_a_changed_priority_replaces_the_former_and_the_windows_stay(store: Store) -> None:
    store.append(a_flush(1, NOW))
    promoted = replace(an_endpoint(), priority=MetricPriority.CRITICAL, thresholds=(0.1, 1.0))
    store.append(a_batch(2, [], declared=[promoted]))
    assert store.endpoints() == [promoted]
    store.append(a_batch(3, [(promoted, a_window(NOW + 1))]))
    store.fold(NOW + 10, the_lease(store))
    found = list(store.windows(Query(NOW, NOW + 60, 60)))
    assert {endpoint for endpoint, _ in found} == {promoted}
    assert sum(window.count for window in merged(found).values()) == 4


def test_what_a_process_says_of_itself_is_kept_as_it_said_it_last(store: Store) -> None:
    batch = a_flush(1, NOW)
    state = replace(batch.state, dropped_requests=3, last_error="disk", resident_bytes=1 << 40)
    store.append(replace(batch, state=state))
    assert store.instances(NOW + 1) == [state]
    assert store.instances(NOW + 1.5) == []
    idle = replace(a_batch(2, []), state=replace(state, seen_at=NOW + 5, sequence=2))
    assert store.append(idle)
    assert store.instances(NOW + 1.5) == [idle.state]


def test_an_empty_batch_moves_the_revision_and_needs_no_folding(store: Store) -> None:
    before = store.revision()
    assert store.append(a_batch(1, []))
    assert not store.append(a_batch(1, []))
    assert store.revision() > before
    assert store.status().unfolded_batches == 0


def test_the_revision_changes_with_every_batch_even_after_a_deletion(store: Store) -> None:
    seen = [store.revision()]
    for sequence in range(3):
        store.append(a_flush(sequence, NOW + sequence))
        seen.append(store.revision())
    store.clear()
    store.append(a_flush(9, NOW))
    seen.append(store.revision())
    assert len(set(seen)) == 5


def test_a_lease_is_renewed_by_its_holder_and_refused_to_others(store: Store) -> None:
    first = store.acquire("judge", "a", NOW, 10)
    assert first is not None
    assert store.acquire("judge", "b", NOW + 9, 10) is None
    renewed = store.acquire("judge", "a", NOW + 9, 10)
    assert renewed == replace(first, expires_at=NOW + 19)
    assert store.acquire("judge", "b", NOW + 18, 10) is None
    assert store.acquire("other", "b", NOW, 10) is not None


def test_a_lease_moves_when_it_expires_or_is_released_and_the_fencing_number_grows(
    store: Store,
) -> None:
    first = store.acquire("judge", "a", NOW, 10)
    second = store.acquire("judge", "b", NOW + 10, 10)
    assert first is not None
    assert second is not None
    store.release(first)  # no longer its holder
    assert store.acquire("judge", "a", NOW + 11, 10) is None
    store.release(second)
    third = store.acquire("judge", "a", NOW + 11, 10)
    assert third is not None
    assert first.fencing < second.fencing < third.fencing


def test_a_holder_that_lets_its_lease_lapse_comes_back_with_a_greater_number(store: Store) -> None:
    first = store.acquire("judge", "a", NOW, 10)
    again = store.acquire("judge", "a", NOW + 10, 10)
    assert first is not None
    assert again is not None
    assert again.fencing > first.fencing


def test_who_was_followed_in_a_lease_acts_no_more(store: Store) -> None:
    event = Event(NOW, "judged", "shop", "a", "saw nothing new")
    first = store.acquire("judge", "a", NOW, 10)
    assert first is not None
    store.record_event(event, first)
    second = store.acquire("judge", "b", NOW + 10, 10)
    assert second is not None
    with pytest.raises(LeaseLost, match=r"b holds the lease judge .* nothing was written"):
        store.record_event(event, first)
    store.record_event(replace(event, author="b"), second)
    assert [each.author for each in store.events(NOW, NOW + 1)] == ["a", "b"]


def test_whoever_asks_is_told_who_holds_a_lease(store: Store) -> None:
    assert store.lease("judge") is None
    taken = store.acquire("judge", "a", NOW, 10)
    assert taken is not None
    assert store.lease("judge") == taken
    store.release(taken)
    released = store.lease("judge")
    assert released is not None
    assert released.expires_at <= NOW


def test_a_key_is_made_once_and_outlives_the_data(store: Store) -> None:
    assert store.key("hash", lambda: b"first") == b"first"
    assert store.key("hash", lambda: b"second") == b"first"
    store.replace_key("hash", b"third")
    store.clear()
    assert store.key("hash", lambda: b"fourth") == b"third"


def test_events_are_kept_in_order_and_found_by_time_and_kind(store: Store) -> None:
    later = store.record_event(Event(NOW + 5, "deploy", "shop 2", "ann", "release"))
    earlier = store.record_event(Event(NOW, "acknowledged", "alert 1", "bob", "known"))
    assert later.id != earlier.id
    assert store.events(NOW, NOW + 6) == [earlier, later]
    assert store.events(NOW, NOW + 5) == [earlier]
    assert store.events(NOW, NOW + 6, ["deploy"]) == [later]


def test_the_newest_event_of_each_subject_is_found_whatever_the_clock_said(store: Store) -> None:
    store.record_event(Event(NOW, "alert", "slow", "judge", "it began", details='{"value": 1}'))
    other = store.record_event(Event(NOW, "alert", "errors", "judge", "it began"))
    store.record_event(Event(NOW, "deploy", "slow", "ann", "another kind"))
    newest = store.record_event(
        Event(NOW - 50, "alert", "slow", "bob", "it is known", details='{"value": "ü"}')
    )
    assert store.latest_events("alert") == [other, newest]
    assert store.latest_events("alert", after=other.id) == [newest]
    assert store.latest_events("alert", after=newest.id) == []
    assert store.latest_events("unheard of") == []


def test_events_out_of_date_are_forgotten_as_the_newest_of_their_subject_too(
    open_store: OpenStore,
) -> None:
    store = open_store(Retention({1: 60.0, 10: 600.0}))
    for subject, at in (("gone", NOW), ("stays", NOW), ("stays", NOW + 700)):
        store.record_event(Event(at, "alert", subject, "judge", ""))
    store.compact(NOW + 700, the_lease(store))
    assert [event.subject for event in store.events(0, 2e9)] == ["stays"]
    assert [event.subject for event in store.latest_events("alert")] == ["stays"]


def test_clearing_deletes_what_was_measured_and_measuring_goes_on(store: Store) -> None:
    store.append(a_flush(1, NOW))
    store.fold(NOW + 10, the_lease(store))
    store.append(a_flush(2, NOW + 1))
    store.record_event(Event(NOW, "deploy", "shop", "ann", ""))
    store.clear()
    assert (total(store), count(store, 1), count(store, 60)) == (0, 0, 0)
    assert store.endpoints() == []
    assert store.events(0, 2e9) == store.latest_events("deploy") == []
    assert dict(store.last_called()) == {}
    assert store.append(a_flush(3, NOW + 2))
    store.fold(NOW + 20, the_lease(store))
    assert total(store) == count(store, 60) == 2


def test_every_resolution_is_kept_for_its_own_time(store: Store) -> None:
    lease = the_lease(store)
    store.append(a_flush(1, NOW))
    store.fold(NOW + 10, lease)

    def kept_after(seconds: float) -> list[int]:
        store.compact(NOW + seconds, lease)
        return [step for step in (1, 10, 60, 3600) if count(store, step)]

    hour, day = 3600.0, 86_400.0
    assert kept_after(590) == [1, 10, 60, 3600]
    assert kept_after(700) == [10, 60, 3600]
    assert kept_after(day - hour) == [10, 60, 3600]
    assert kept_after(day + 2 * hour) == [60, 3600]
    assert kept_after(14 * day + 2 * hour) == [3600]
    assert kept_after(402 * day) == []
    assert total(store) == 2


def test_what_no_folding_took_yet_is_never_deleted(store: Store) -> None:
    lease = the_lease(store)
    store.append(a_flush(1, NOW))
    store.compact(NOW + 5000, lease)
    assert store.fold(NOW + 5000, lease) == 1
    assert count(store, 60) == 2


def test_a_process_is_forgotten_after_a_week_but_not_before_its_batches_are_folded(
    store: Store,
) -> None:
    lease = the_lease(store)
    store.append(a_flush(1, NOW))
    week = 7 * 86_400
    store.compact(NOW + week + 10, lease)
    assert len(store.instances(0)) == 1
    store.fold(NOW + week + 10, lease)
    store.compact(NOW + week + 10, lease)
    assert store.instances(0) == []


def test_the_size_bound_drops_what_lived_longest_and_says_so(open_store: object) -> None:
    assert callable(open_store)
    status = open_store().status()
    is_cluster = status.location.startswith("redis+cluster")
    # Four fifths of what would come together.
    bound = {"memory": 440_000, "sqlite": 600_000, "redis": 510_000 if is_cluster else 460_000}
    store: Store = open_store(Retention(max_store_bytes=bound[status.kind]))
    lease = the_lease(store)
    for hour in range(6):
        start = HOUR_START + 3600 * hour
        for second in range(0, 3600, 300):
            endpoints = [an_endpoint(f"/{name}") for name in range(60)]
            times = [0.001 * (1 + (second + 7 * index) % 89) for index in range(20)]
            windows = [(endpoint, a_window(start + second, times)) for endpoint in endpoints]
            store.append(a_batch(3600 * hour + second, windows))
        store.fold(start + 3600, lease)
        store.compact(start + 7300, lease)
    status = store.status()
    assert status.dropped_for_size > 0
    assert count(store, 10, HOUR_START, HOUR_START + 3600) == 0
    assert count(store, 10, HOUR_START + 5 * 3600) == 12 * 60 * 20
    assert total(store) == 6 * 12 * 60 * 20


def test_the_status_names_kind_size_and_range(store: Store) -> None:
    store.append(a_flush(1, NOW))
    status = store.status()
    assert status.kind in ("memory", "sqlite", "redis")
    assert status.size_bytes > 0
    assert (status.oldest_at, status.newest_at, status.problem) == (NOW, NOW + 1, "")
    assert status.unfolded_batches == 1


def test_closing_twice_is_fine(store: Store) -> None:
    store.close()
    store.close()


def test_folding_lets_the_interpreter_go_often(store: Store) -> None:
    endpoints = [an_endpoint(f"/{name}") for name in range(50)]
    store.append(a_batch(1, [(endpoint, a_window(NOW)) for endpoint in endpoints]))
    yields = 0

    def pace() -> None:
        nonlocal yields
        yields += 1

    store.fold(NOW + 10, the_lease(store), pace=pace)
    assert yields >= 250
