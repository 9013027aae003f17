"""The channels as an answer: where notices go, and what came of the last one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from api_performance.alerts.delivery import Delivery, delivery_key
from api_performance.alerts.notice import Notice
from api_performance.config.channels import ChannelSettings, with_log


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """One channel. `address` is masked: scheme and host; empty where the kind has none.

    `waiting_count` notices are still to be told: those that are tried again, and those behind them.
    `last` is the newest attempt, None before the first.
    """

    name: str
    kind: str
    address: str
    waiting_count: int
    last: Delivery | None


def channel_rows(
    settings: Mapping[str, ChannelSettings],
    deliveries: Iterable[Delivery],
    notices: Iterable[Notice],
) -> list[ChannelRow]:
    """Return a row for each channel, from all notices and deliveries, oldest news first."""
    last: dict[str, Delivery] = {}
    over: set[str] = set()
    for delivery in deliveries:
        last[delivery.channel] = delivery
        if delivery.state.is_final:
            over.add(delivery.key)
    waiting = Counter(
        name
        for notice in notices
        for name in set(notice.channels)
        if delivery_key(notice.id, name) not in over
    )
    return [
        ChannelRow(
            name=name,
            kind=each.kind.value,
            address=each.masked,
            waiting_count=waiting[name],
            last=last.get(name),
        )
        for name, each in with_log(settings).items()
    ]
