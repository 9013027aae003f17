"""Tries a channel from the command line."""

from __future__ import annotations

import sys
from typing import Final

from api_performance.alerts.channels.base import DeliveryState
from api_performance.alerts.channels.making import chosen_channel
from api_performance.alerts.channels.trial import trial_notice
from api_performance.clock import SystemClock
from api_performance.config import Config
from api_performance.config.channels import with_log

_SAID: Final = {
    DeliveryState.DELIVERED: "took it",
    DeliveryState.REFUSED: "refused it; mend this before it is needed",
    DeliveryState.WAITING: "did not take it now; a notice would be tried again",
}


def try_channel(name: str, config: Config) -> int:
    """Send a test and print what came of it; return the exit code. ChannelUnknown."""
    clock = SystemClock()
    channel = chosen_channel(name, config.channels, clock)
    settings = with_log(config.channels)[name]
    place = f" at {settings.masked}" if settings.masked else ""
    notice = trial_notice(name, config.service_name(), config.environment, clock.now())
    answer = channel.send(notice)
    reason = f": {answer.reason}" if answer.reason else ""
    sys.stdout.write(f"{name} ({settings.kind.value}{place}) {_SAID[answer.state]}{reason}\n")
    return 0 if answer.state is DeliveryState.DELIVERED else 1
