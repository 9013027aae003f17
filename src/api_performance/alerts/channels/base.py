"""What a channel is, and what may come of a notice that it was given."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from api_performance.alerts.notice import Notice

ATTEMPT_SECONDS: Final = 30.0
"""No attempt takes longer, whatever a receiver does."""

SILENCE_SECONDS: Final = 10.0
"""A receiver that says nothing for so long is given up, for this attempt."""

LONGEST_REASON: Final = 300


class DeliveryState(StrEnum):
    """How it stands with a notice in a channel. After `waiting` comes one of the others."""

    DELIVERED = "delivered"
    WAITING = "waiting"
    REFUSED = "refused"
    GAVE_UP = "gave_up"

    @property
    def is_final(self) -> bool:
        """It is not tried again."""
        return self is not DeliveryState.WAITING


@dataclass(frozen=True, slots=True)
class ChannelAnswer:
    """What came of one attempt: `waiting` where another may succeed, in `wait_seconds` or more.

    `reason` holds no address, password or token.
    """

    state: DeliveryState
    reason: str = ""
    wait_seconds: float = 0.0


def delivered(reason: str = "") -> ChannelAnswer:
    """Return that the receiver took it."""
    return ChannelAnswer(DeliveryState.DELIVERED, reason[:LONGEST_REASON])


def refused(reason: str) -> ChannelAnswer:
    """Return that trying again would be refused again, until somebody mends something."""
    return ChannelAnswer(DeliveryState.REFUSED, reason[:LONGEST_REASON])


def waiting(reason: str, wait_seconds: float = 0.0) -> ChannelAnswer:
    """Return that another attempt may succeed, not before `wait_seconds`."""
    return ChannelAnswer(DeliveryState.WAITING, reason[:LONGEST_REASON], wait_seconds)


class Channel(Protocol):
    """Hands notices on. One call at a time; what it remembers between two may be lost."""

    @property
    def name(self) -> str:
        """Its name in the settings."""
        ...

    @property
    def repeat_seconds(self) -> float:
        """Told of what still holds again after so long, for its receiver forgets; 0.0: never."""
        ...

    def send(self, notice: Notice) -> ChannelAnswer:
        """Hand a notice on, in ATTEMPT_SECONDS at most, and return what came of it."""
        ...
