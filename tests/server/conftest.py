"""A server over a service that measured a little."""

from collections.abc import Iterator

import pytest

from tests.queries.making import CHECKOUT, UNUSED, USERS
from tests.server.running import Running, running


@pytest.fixture
def server() -> Iterator[Running]:
    with running() as started:
        measured(started)
        yield started


def measured(server: Running) -> None:
    server.service.flush(declared=[UNUSED])
    server.service.measure(USERS, [0.1] * 30)
    server.service.measure(CHECKOUT, [0.4] * 10, status=500)
