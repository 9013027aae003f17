"""The REST API keeps to its own schema, whatever is asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from api_performance.server.app import make_api
from api_performance.server.auth import Role
from tests.server.conftest import measured
from tests.server.running import Running, running

schema = schemathesis.openapi.from_dict(make_api().openapi()).exclude(path_regex="tokens$")


@pytest.fixture(scope="module")
def shared() -> Iterator[Running]:
    """One server for all examples; renewing the tokens would end it for the others."""
    with running() as server:
        measured(server)
        yield server


@schema.parametrize()
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_an_answer_is_what_the_schema_says(case: schemathesis.Case[Any], shared: Running) -> None:
    response = case.call(base_url=shared.address, headers=shared.bearer(Role.OPERATE))
    assert response.status_code < 500 or response.status_code == 501
    if response.status_code >= 400 or case.query.get("format") != "csv":
        case.operation.validate_response(response)
