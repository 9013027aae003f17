"""Marks a deploy from a pipeline: in the store, or by the REST API of a running application."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

from api_performance.changes.deploys import DeployBook, Said
from api_performance.cli.access import open_store
from api_performance.cli.served import Api
from api_performance.clock import SystemClock
from api_performance.config import Config
from api_performance.queries.deploys import DeployRow, deploy_row


def mark_deploy(config: Config, url: str, token: str, said: Said) -> str:
    """Mark a deploy under `url`, else in the configured store; return what to print.

    CannotRead, ConfigError, StoreUnavailable.
    """
    if url:
        row = Api(url, token).post("/deploys", DeployRow, asdict(said))
    else:
        row = _in_store(config, said)
    place = f"{row.service} ({row.environment})" if row.environment else row.service
    before = f", in place of {row.previous}" if row.previous else ""
    since = f"{datetime.fromtimestamp(row.at, UTC):%Y-%m-%d %H:%M:%S} UTC"
    return f"{place} runs {row.version} since {since}{before}."


def _in_store(config: Config, said: Said) -> DeployRow:
    store = open_store(config)
    try:
        return deploy_row(DeployBook(store, SystemClock()).mark(said))
    finally:
        store.close()
