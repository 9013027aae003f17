"""Collections of garbage are counted while somebody asks, and by one counter a process."""

from __future__ import annotations

import gc

from api_performance.measure.garbage import GarbageCounter


def callbacks_of(counter: GarbageCounter) -> int:
    return gc.callbacks.count(counter._note)


def test_a_collection_is_counted_with_its_pause() -> None:
    counter = GarbageCounter()
    counter.hold()
    gc.collect()
    gc.collect(0)
    counter.release()
    young, _, old = counter.told()
    assert old.generation == 2
    assert old.count >= 1
    assert young.count >= 1
    assert 0 < old.longest_seconds <= old.seconds <= counter.seconds


def test_nothing_is_counted_once_nobody_holds_it() -> None:
    counter = GarbageCounter()
    counter.hold()
    counter.release()
    before = counter.told()
    gc.collect()
    assert counter.told() == before
    assert callbacks_of(counter) == 0


def test_however_many_hold_it_the_interpreter_calls_it_once() -> None:
    counter = GarbageCounter()
    counter.hold()
    counter.hold()
    assert callbacks_of(counter) == 1
    counter.release()
    assert callbacks_of(counter) == 1
    counter.release()
    assert callbacks_of(counter) == 0


def test_a_child_begins_without_what_its_parent_held() -> None:
    counter = GarbageCounter()
    counter.hold()
    counter.forget_process()
    assert callbacks_of(counter) == 0
    counter.hold()
    assert callbacks_of(counter) == 1
    counter.release()
