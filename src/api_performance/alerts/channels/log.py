"""The log: one line of level WARNING on the logger `api_performance` for each notice."""

from __future__ import annotations

import logging
from typing import Final

from api_performance.alerts.channels.base import ChannelAnswer, delivered
from api_performance.alerts.notice import Notice

logger: Final = logging.getLogger("api_performance")


class Log:
    """Writes notices to the log of the process that judges."""

    repeat_seconds = 0.0

    def __init__(self, name: str) -> None:
        """Be the channel `name`."""
        self.name = name

    def send(self, notice: Notice) -> ChannelAnswer:
        """Write a notice."""
        text = " | ".join(line.strip() for line in notice.text.splitlines() if line.strip())
        title = " ".join(notice.title.split())
        logger.warning("%s [incident %s] %s", title, notice.incident, text)
        return delivered()
