"""What the integrations' tests share: a PostgreSQL, and libraries that are left as they were."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib import import_module

import pytest

from api_performance.instrumentation.integrations import INTEGRATIONS, integrations

from .postgresql_server import PostgreSQLServer, a_postgresql_server


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQLServer]:
    with a_postgresql_server() as server:
        yield server


@pytest.fixture(autouse=True)
def what_others_follow_is_not() -> Iterator[None]:
    """Give up meanwhile what apps of other tests, that are still there, have libraries followed.

    A test says itself what is followed, and looks at what a library was and is.
    """
    wanted = integrations._wanted.copy()
    integrations.unwant(wanted.elements())
    yield
    integrations.want(wanted.elements())


@pytest.fixture
def follow() -> Iterator[Callable[..., None]]:
    """Follow libraries by name until the test is over."""
    with ExitStack() as stack:

        def follow(*names: str) -> None:
            for name in names:
                room = import_module(f"api_performance.instrumentation.{name}")
                stack.callback(room.attach(import_module(INTEGRATIONS[name])))

        yield follow
