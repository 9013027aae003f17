"""The channels as an answer: where notices go, and what came of the last one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from api_performance.alerts.channels.base import DeliveryState
from api_performance.alerts.delivery import Delivery
from api_performance.config.channels import ChannelSettings, with_log


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """One channel. `address` is masked: scheme and host; empty where the kind has none.

    `waiting_count` notices are tried again. `last` is the newest attempt, None before the first.
    """

    name: str
    kind: str
    address: str
    waiting_count: int
    last: Delivery | None


def channel_rows(
    settings: Mapping[str, ChannelSettings], deliveries: Iterable[Delivery]
) -> list[ChannelRow]:
    """Return a row for each channel, from all deliveries, oldest news first."""
    last: dict[str, Delivery] = {}
    waiting: dict[str, int] = {}
    for delivery in deliveries:
        last[delivery.channel] = delivery
        is_waiting = delivery.state is DeliveryState.WAITING
        waiting[delivery.channel] = waiting.get(delivery.channel, 0) + is_waiting
    return [
        ChannelRow(
            name=name,
            kind=each.kind.value,
            address=each.masked,
            waiting_count=waiting.get(name, 0),
            last=last.get(name),
        )
        for name, each in with_log(settings).items()
    ]
