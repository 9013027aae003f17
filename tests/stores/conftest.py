"""Every store passes the same tests: `open_store` makes one of each kind in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from api_performance.stores.base import Retention, Store
from api_performance.stores.memory import MemoryStore
from api_performance.stores.sqlite import SQLiteStore

OpenStore = Callable[..., Store]


@pytest.fixture(params=["memory", "sqlite"])
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenStore]:
    """Open a fresh store, with a retention if given; all are closed in the end."""
    with ExitStack() as stack:
        made = 0

        def fresh(retention: Retention | None = None) -> Store:
            nonlocal made
            made += 1
            if request.param == "memory":
                return MemoryStore(retention or Retention())
            store = SQLiteStore(tmp_path / f"store-{made}.sqlite3", retention)
            stack.callback(store.close)
            return store

        yield fresh


@pytest.fixture
def store(open_store: OpenStore) -> Store:
    return open_store()
