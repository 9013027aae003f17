"""The batches that wait for the store: how many there are at most, and what is counted."""

from __future__ import annotations

from dataclasses import astuple

from hypothesis import given
from hypothesis import strategies as st

from api_performance.waiting import Waiting
from tests.stores.making import NOW, a_batch, a_flush, an_endpoint


def fill(waiting: Waiting, first: int, last: int) -> None:
    for sequence in range(first, last + 1):
        waiting.make_room()
        waiting.add(a_flush(sequence, NOW + sequence, calls=sequence))


def sequences(waiting: Waiting) -> list[int]:
    return [batch.sequence for batch in waiting]


def test_the_oldest_goes_first_and_its_windows_and_requests_are_counted() -> None:
    waiting = Waiting(3)
    fill(waiting, 1, 5)
    assert sequences(waiting) == [3, 4, 5]
    assert astuple(waiting.dropped) == (2, 2, 1 + 2)


def test_a_batch_that_the_store_may_have_is_kept_and_the_next_one_goes() -> None:
    waiting = Waiting(3)
    fill(waiting, 1, 3)
    assert waiting.to_write() is next(iter(waiting))
    fill(waiting, 4, 5)
    assert sequences(waiting) == [1, 4, 5]
    assert waiting.dropped.requests == 2 + 3


def test_a_dropped_batch_is_handed_out_for_what_it_made_known() -> None:
    waiting = Waiting(1)
    waiting.add(a_batch(1, [], declared=[an_endpoint("/a")]))
    dropped = waiting.make_room()
    assert dropped is not None
    assert dropped.declared == [an_endpoint("/a")]
    assert waiting.make_room() is None


@given(st.integers(1, 5), st.lists(st.sampled_from(["add", "try", "write"])))
def test_every_batch_is_written_or_waits_or_is_counted_once(limit: int, steps: list[str]) -> None:
    waiting, added, written = Waiting(limit), 0, 0
    for step in steps:
        if step == "add":
            added += 1
            fill(waiting, added, added)
        elif step == "try":
            waiting.to_write()
        elif waiting.to_write():
            waiting.note_written()
            written += 1
        assert len(waiting) <= max(limit, 2)
        assert added == written + len(waiting) + waiting.dropped.batches
