"""The REST API keeps to its own schema, whatever is asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from api_performance.server.app import make_api
from api_performance.server.auth import Role
from api_performance.stores.sqlite import SQLiteStore
from tests.queries.making import CHECKOUT
from tests.server.conftest import measured
from tests.server.running import Running, running

EXAMPLES = 5
"""Of each operation and store; a search of 150 each found nothing more."""

schema = schemathesis.openapi.from_dict(make_api().openapi()).exclude(path_regex="tokens$")


@pytest.fixture(scope="module", params=["nothing", "memory", "sqlite"])
def shared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """One server for all examples, with nothing measured yet or something in either store."""
    file = tmp_path_factory.mktemp("schema") / "metrics.sqlite3"
    store = SQLiteStore(file) if request.param == "sqlite" else None
    with running(store) as server:
        if request.param != "nothing":
            measured(server)
        yield server
    if store is not None:
        store.close()


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_an_answer_is_what_the_schema_says(case: schemathesis.Case[Any], shared: Running) -> None:
    if len(case.path_parameters.get("endpoint_id", "")) % 2:  # made-up ones alone are all unknown
        case.path_parameters["endpoint_id"] = CHECKOUT.id
    response = case.call(base_url=shared.address, headers=shared.bearer(Role.OPERATE))
    assert response.status_code < 500 or response.status_code == 501
    if response.status_code >= 400 or case.query.get("format") != "csv":
        case.operation.validate_response(response)
