"""The channel in memory: a receiver that keeps what it is sent, and answers as it is told."""

from __future__ import annotations

from collections import deque
from threading import Lock
from typing import Final

from api_performance.alerts.channels.base import ChannelAnswer, DeliveryState, delivered
from api_performance.alerts.notice import Notice

_MOST_KEPT: Final = 10_000


class MemoryChannel:
    """For tests and simulations. Like a receiver that knows notices by their ids, it drops doubles.

    `attempts` are all notices that it was handed, `notices` those that it took, each once; of both
    the last 10,000. From any thread.
    """

    def __init__(self, name: str = "memory", *, repeat_seconds: float = 0.0) -> None:
        """Be the channel `name`."""
        self.name = name
        self.repeat_seconds = repeat_seconds
        self._lock = Lock()
        self._answers: deque[ChannelAnswer] = deque()
        self._attempts: deque[Notice] = deque(maxlen=_MOST_KEPT)
        self._taken: dict[str, Notice] = {}

    def answer_with(self, *answers: ChannelAnswer) -> None:
        """Answer the next attempts like this, one each; those after take what they are sent."""
        with self._lock:
            self._answers.extend(answers)

    @property
    def attempts(self) -> list[Notice]:
        """Every notice that came, in order."""
        with self._lock:
            return list(self._attempts)

    @property
    def notices(self) -> list[Notice]:
        """The notices that were taken, each once, in order."""
        with self._lock:
            return list(self._taken.values())

    def send(self, notice: Notice) -> ChannelAnswer:
        """Take a notice, unless told otherwise."""
        with self._lock:
            answer = self._answers.popleft() if self._answers else delivered()
            self._attempts.append(notice)
            if answer.state is DeliveryState.DELIVERED:
                self._taken.setdefault(notice.id, notice)
                if len(self._taken) > _MOST_KEPT:
                    del self._taken[next(iter(self._taken))]
            return answer
