"""What waits to be folded is added up once, and told exactly whatever happens in between."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from api_performance.measure.window import Window
from api_performance.stores.base import no_pace
from api_performance.stores.redis import RedisStore
from api_performance.stores.rollup import pack_batch
from api_performance.stores.unfolded import Form, Remembered, Sums, Waiting, joined, summed

from .making import NOW, a_batch, a_flush, a_window, an_endpoint, count, read, the_lease
from .redis_server import RedisServer

TEN = Form(10, with_latency=True, with_operations=True)


class Kept:
    """Batches of a store: which wait, and which were fetched."""

    def __init__(self) -> None:
        self.blocks: dict[bytes, bytes] = {}
        self.fetched: list[bytes] = []
        self.epoch = "first"

    def add(self, name: bytes, *, series: int = 1, at: float = NOW) -> None:
        self.blocks[name] = pack_batch([(series, a_window(at))])

    def waiting(self) -> Waiting:
        return Waiting(self.epoch, list(self.blocks), self._fetch)

    def _fetch(self, names: list[bytes]) -> list[bytes]:
        self.fetched += names
        return [self.blocks[name] for name in names]


def add(known: Sums | None, blocks: list[bytes]) -> Sums:
    added = summed(blocks, TEN, no_pace)
    return joined(known, added, no_pace) if known else added


def counts(sums: Mapping[tuple[int, int], Window]) -> dict[tuple[int, int], int]:
    return {key: window.count for key, window in sums.items()}


@pytest.fixture
def kept() -> Kept:
    return Kept()


def test_each_batch_is_fetched_once_as_long_as_all_of_them_wait(kept: Kept) -> None:
    remembered = Remembered()
    for number in range(3):
        kept.add(b"%d" % number)
        sums = remembered.sum("ten", kept.waiting(), add)
        assert counts(sums) == {(1, NOW): 2 * (number + 1)}
    assert counts(remembered.sum("ten", kept.waiting(), add)) == {(1, NOW): 6}
    assert kept.fetched == [b"0", b"1", b"2"]


def test_what_was_folded_is_in_the_sum_no_more(kept: Kept) -> None:
    remembered = Remembered()
    kept.add(b"1")
    kept.add(b"2", at=NOW + 10)
    remembered.sum("ten", kept.waiting(), add)
    del kept.blocks[b"1"]
    assert counts(remembered.sum("ten", kept.waiting(), add)) == {(1, NOW + 10): 2}


def test_a_batch_of_the_same_name_in_an_emptied_store_is_another(kept: Kept) -> None:
    remembered = Remembered()
    kept.add(b"1")
    remembered.sum("ten", kept.waiting(), add)
    kept.epoch = "second"
    kept.add(b"1", series=7)
    assert counts(remembered.sum("ten", kept.waiting(), add)) == {(7, NOW): 2}


def test_a_sum_that_somebody_reads_does_not_change(kept: Kept) -> None:
    remembered = Remembered()
    kept.add(b"1")
    before = remembered.sum("ten", kept.waiting(), add)
    kept.add(b"2")
    remembered.sum("ten", kept.waiting(), add)
    assert counts(before) == {(1, NOW): 2}


def test_no_more_windows_are_remembered_than_was_said(kept: Kept) -> None:
    remembered = Remembered(most=5)
    for number in range(4):
        kept.add(b"%d" % number, series=number)
    remembered.sum("a", kept.waiting(), add)
    remembered.sum("b", kept.waiting(), add)
    assert remembered.size == 4
    kept.add(b"4", series=4)
    kept.add(b"5", series=5)
    assert len(remembered.sum("a", kept.waiting(), add)) == 6
    assert remembered.size <= 5


def test_no_more_sums_are_remembered_than_are_asked_for_at_once(kept: Kept) -> None:
    remembered = Remembered()
    for kind in range(100):
        remembered.sum(kind, kept.waiting(), add)
        kept.add(b"1")
    assert remembered.size <= 8


@pytest.mark.needs_system("redis-server")
class TestOnRedis:
    @pytest.fixture
    def address(self, redis_server: RedisServer) -> str:
        return redis_server.fresh()

    def test_a_reader_is_told_what_another_process_wrote_folded_and_deleted(
        self, address: str
    ) -> None:
        writer, reader = RedisStore(address, is_simulated=True), RedisStore(address)
        lease = the_lease(writer)
        for second in range(30):
            writer.append(a_flush(second, NOW + second))
            if second % 7 == 6:
                writer.fold(NOW + second, lease)
            assert count(reader, 10) == count(reader, 60) == 2 * (second + 1)
            assert list(reader.last_called().values()) == [NOW + second]
        writer.clear()
        assert count(reader, 10) == 0
        assert reader.last_called() == {}
        writer.close()
        reader.close()

    def test_a_batch_of_the_same_name_after_a_deletion_is_read_anew(self, address: str) -> None:
        """Its series has a number that another had before."""
        writer, reader = RedisStore(address), RedisStore(address)
        one, other = an_endpoint("/one"), an_endpoint("/other")
        writer.append(a_batch(1, [(one, a_window(NOW))]))
        assert read(reader, 10, NOW, NOW + 60).keys() == {(one.id, NOW)}
        writer.clear()
        writer.append(a_batch(2, [(other, a_window(NOW + 10))]))
        assert read(reader, 10, NOW, NOW + 60).keys() == {(other.id, NOW + 10)}
        assert reader.last_called() == {other.id: NOW + 10}
        writer.close()
        reader.close()
