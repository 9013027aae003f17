"""What one channel is still to be told, and what it is told next. Numbers in, decisions out.

The notices of an incident are told in the order in which they were decided: `resolved` never
overtakes `firing`. A channel that fails rests, longer each time, whatever it is to be told; of what
waits, that which was tried least is next, so that one notice that a receiver cannot digest keeps
back none of another incident.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from api_performance.alerts.channels.base import Channel, ChannelAnswer, DeliveryState
from api_performance.alerts.delivery import Delivery
from api_performance.alerts.notice import Notice, NoticeKind

GIVE_UP_SECONDS: Final = 86_400.0
"""What could not be told for a day is no news any more."""

FIRST_PAUSE_SECONDS: Final = 10.0
LONGEST_PAUSE_SECONDS: Final = 900.0
"""Pauses double from the first to this one; each is cut by up to a half, at random."""

LONGEST_WAIT_SECONDS: Final = 3600.0
"""A receiver that asks for more patience (Retry-After) is asked again after an hour."""


@dataclass(frozen=True, slots=True)
class Item:
    """A notice on its way, how it stands with it, and whether it was told already."""

    notice: Notice
    delivery: Delivery
    is_repeat: bool = False


class Outbox:
    """What waits for one channel. Not for several threads at once."""

    def __init__(self, channel: Channel, random: Callable[[], float]) -> None:
        """Wait for `channel`; `random` gives numbers of [0, 1)."""
        self.channel = channel
        self._random = random
        self._waiting: dict[str, deque[Item]] = {}
        self._held: dict[str, Notice] = {}
        self._to_repeat: list[str] = []
        self._repeat_at = 0.0
        self.failures = 0
        self._rests_until = 0.0
        self._is_sending = False

    def add(self, notice: Notice, delivery: Delivery | None = None) -> None:
        """Add a notice behind those of its incident, with what was tried before."""
        queue = self._waiting.setdefault(notice.incident, deque())
        queue.append(Item(notice, delivery or self._untried(notice)))

    def hold(self, notice: Notice, state: DeliveryState) -> None:
        """Note what the receiver knows of an incident, where it forgets what is not told again."""
        if notice.kind is NoticeKind.RESOLVED:
            self._held.pop(notice.incident, None)
        elif state is DeliveryState.DELIVERED and self.channel.repeat_seconds:
            self._held[notice.incident] = notice

    def expired(self, now: float) -> list[Delivery]:
        """Take out what waited too long, and return that it was given up."""
        given_up: list[Delivery] = []
        if self._is_sending:
            return given_up
        for incident, queue in list(self._waiting.items()):
            while queue and now - queue[0].notice.at >= GIVE_UP_SECONDS:
                item = queue.popleft()
                self.hold(item.notice, DeliveryState.GAVE_UP)
                given_up.append(_given_up(item, now))
            if not queue:
                del self._waiting[incident]
        return given_up

    def next(self, now: float, perf: float) -> Item | None:
        """Return what to tell now: a notice, or again what holds; None: nothing, at this time.

        `now` is Unix seconds UTC, `perf` of a clock that nobody sets. There is none while `note`
        has not said what came of the one before.
        """
        if self._is_sending or perf < self._rests_until:
            return None
        due = [queue[0] for queue in self._waiting.values() if _is_due(queue[0], now)]
        item = min(due, key=_attempts_and_age) if due else next(self._repeats(perf), None)
        self._is_sending = item is not None
        return item

    def note(self, item: Item, answer: ChannelAnswer, now: float, perf: float) -> Delivery | None:
        """Take in what came of an attempt; return how it stands, None for one told again."""
        self._is_sending = False
        if answer.state is DeliveryState.WAITING:
            self.failures += 1
            self._rests_until = perf + self._pause(self.failures, answer.wait_seconds)
        else:
            self.failures, self._rests_until = 0, 0.0
        if item.is_repeat:
            return None
        after = self._after(item.delivery, answer, now)
        queue = self._waiting[item.notice.incident]
        if after.state.is_final:
            queue.popleft()
            self.hold(item.notice, after.state)
            if not queue:
                del self._waiting[item.notice.incident]
        else:
            queue[0] = replace(item, delivery=after)
        return after

    def _after(self, delivery: Delivery, answer: ChannelAnswer, now: float) -> Delivery:
        attempts = delivery.attempts + 1
        is_over = answer.state.is_final
        next_at = 0.0 if is_over else now + self._pause(attempts, answer.wait_seconds)
        return replace(
            delivery,
            state=answer.state,
            at=now,
            attempts=attempts,
            reason=answer.reason,
            next_at=next_at,
        )

    def _pause(self, failures: int, asked_seconds: float) -> float:
        doubled = FIRST_PAUSE_SECONDS * 2.0 ** min(failures - 1, 16)
        pause = min(doubled, LONGEST_PAUSE_SECONDS) * (1 - self._random() / 2)
        return max(pause, min(asked_seconds, LONGEST_WAIT_SECONDS))

    def _repeats(self, perf: float) -> Iterator[Item]:
        """Yield, once in `repeat_seconds`, what the receiver would forget."""
        if self._held and perf >= self._repeat_at:
            self._repeat_at = perf + self.channel.repeat_seconds
            self._to_repeat = list(self._held)
        while self._to_repeat:
            incident = self._to_repeat.pop()
            if incident in self._held and incident not in self._waiting:
                notice = self._held[incident]
                yield Item(notice, self._untried(notice), is_repeat=True)

    def _untried(self, notice: Notice) -> Delivery:
        return Delivery(
            notice=notice.id,
            channel=self.channel.name,
            incident=notice.incident,
            state=DeliveryState.WAITING,
            at=notice.at,
            attempts=0,
        )


def _is_due(item: Item, now: float) -> bool:
    """Tell whether it is time; a clock that was set back keeps nothing waiting for ever."""
    return not 0 < item.delivery.next_at - now <= LONGEST_WAIT_SECONDS


def _attempts_and_age(item: Item) -> tuple[int, float]:
    return item.delivery.attempts, item.notice.at


def _given_up(item: Item, now: float) -> Delivery:
    reason = f"not in a day: {item.delivery.reason or 'nobody judged meanwhile'}"
    return replace(item.delivery, state=DeliveryState.GAVE_UP, at=now, reason=reason, next_at=0.0)
