"""The notifier: takes the notices that the store holds to their channels, each by a thread.

What is told is decided before, and stored; what came of it is stored after, under the same lease.
So whoever judges next goes on here. In between lies the one gap that no sender can close: a
receiver that took a notice in the instant in which the process died is given it again, under the
same id. Within a process nothing is told twice, whatever the store does.
"""

from __future__ import annotations

import logging
import random as system_random
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Condition, Lock, Thread
from typing import Final

from api_performance.alerts.channels.base import Channel, ChannelAnswer, DeliveryState, waiting
from api_performance.alerts.delivery import Delivery, deliveries, delivery_key, notices
from api_performance.alerts.notice import NOTICE, Notice
from api_performance.alerts.outbox import GIVE_UP_SECONDS, Item, Outbox
from api_performance.clock import Clock
from api_performance.errors import LeaseLost, StoreUnavailable, told
from api_performance.stores.base import Event, Lease, Store

logger: Final = logging.getLogger("api_performance")

MOST_OUTCOMES: Final = 1000

LOGGED_FAILURES: Final = 3
"""A channel that failed so often in a row, for half a minute, has no passing trouble."""


class Notifier:
    """Delivers the notices of one store. `deliver`, `outcomes` and `close` are for one thread."""

    def __init__(
        self,
        channels: Mapping[str, Channel],
        store: Store,
        clock: Clock,
        *,
        random: Callable[[], float] = system_random.random,
    ) -> None:
        """Deliver to `channels`, by their names; `random` gives numbers of [0, 1)."""
        self._store = store
        self._clock = clock
        self._outboxes = {name: Outbox(channel, random) for name, channel in channels.items()}
        self._random = random
        self._changed = Condition()
        self._recording = Lock()  # one after another: a delivery's end is never before its wait
        self._busy: set[str] = set()
        self._lease: Lease | None = None
        self._last_event = 0  # the newest decision that was read
        self._known: dict[str, float] = {}
        self._unrecorded: dict[str, Delivery] = {}
        self._outcomes: deque[Delivery] = deque(maxlen=MOST_OUTCOMES)

    def deliver(self, lease: Lease, now: float) -> None:
        """Start what is due at `now`, Unix seconds UTC, under `lease`; wait for no channel.

        LeaseLost: nothing is sent any more, until it is called with another. StoreUnavailable.
        """
        with self._changed:
            is_ours = self._lease is not None and self._lease.fencing == lease.fencing
            self._lease = lease if is_ours else None
            if self._busy and not is_ours:
                return  # what was begun under a lease before ends first
        try:
            if is_ours:
                self._read_news()
            else:
                lease.check(self._store.lease(lease.name))
                self._read_all()
            self._give_up(now)
            self._record_left(lease)
        except BaseException:
            with self._changed:
                self._lease = None  # what is stored is not known: read it again
            raise
        self._start(lease, now)

    def outcomes(self) -> list[Delivery]:
        """Return what came of every attempt since the last call, oldest first, the last 1000."""
        with self._changed:
            found = list(self._outcomes)
            self._outcomes.clear()
        return found

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is being sent; tell whether that was so within `seconds`."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._busy, seconds)

    def close(self, seconds: float = 0.0) -> None:
        """Begin to send nothing more; wait for what is being sent at most `seconds`."""
        with self._changed:
            self._lease = None
        self.wait(seconds)

    # What the store holds

    def _read_all(self) -> None:
        """Begin with what the store says, and with what it could not be told yet."""
        stored = {delivery.key: delivery for delivery in deliveries(self._store)}
        events = self._store.latest_events(NOTICE)
        with self._changed:
            for key in [key for key in self._unrecorded if _is_final(stored.get(key))]:
                del self._unrecorded[key]
            self._known.clear()
            for name, outbox in self._outboxes.items():
                self._outboxes[name] = Outbox(outbox.channel, self._random)
            self._take(events, {**stored, **self._unrecorded})

    def _read_news(self) -> None:
        """Take in what was decided since; all, where the store was emptied."""
        last = self._last_event
        events = self._store.latest_events(NOTICE, max(0, last - 1))
        if last and not events:
            events = self._store.latest_events(NOTICE)
        with self._changed:
            self._take(events, {})

    def _take(self, events: Sequence[Event], stored: Mapping[str, Delivery]) -> None:
        self._last_event = events[-1].id if events else 0
        for notice in notices(events):
            for name in dict.fromkeys(notice.channels):
                key = delivery_key(notice.id, name)
                if key not in self._known:
                    self._known[key] = notice.at
                    self._expect(notice, name, stored.get(key))

    def _expect(self, notice: Notice, name: str, known: Delivery | None) -> None:
        """Have a notice told to a channel, unless it was."""
        outbox = self._outboxes.get(name)
        if outbox is None:
            if not _is_final(known):
                self._note(_unknown_channel(notice, name, self._outboxes))
        elif known is not None and known.state.is_final:
            outbox.hold(notice, known.state)
        else:
            outbox.add(notice, known)

    def _give_up(self, now: float) -> None:
        with self._changed:
            for outbox in self._outboxes.values():
                for delivery in outbox.expired(now):
                    self._note(delivery)
            old = now - 2 * GIVE_UP_SECONDS
            for key in [key for key, at in self._known.items() if at < old]:
                del self._known[key]

    # What is sent

    def _start(self, lease: Lease, now: float) -> None:
        """Give each channel that has something to do a thread."""
        with self._changed:
            self._lease = lease
            for name, outbox in self._outboxes.items():
                if name in self._busy:
                    continue
                item = outbox.next(now, self._clock.perf())
                if item is not None:
                    self._busy.add(name)
                    Thread(
                        target=self._send_all,
                        args=(name, outbox, item),
                        name=f"api-performance-channel-{name}",
                        daemon=True,  # a receiver that hangs keeps no process from ending
                    ).start()

    def _send_all(self, name: str, outbox: Outbox, item: Item | None) -> None:
        """Send what is due to one channel, until that is nothing or the lease is not ours."""
        try:
            while item is not None:
                self._send(outbox, item)
                with self._changed:
                    now, perf = self._clock.now(), self._clock.perf()
                    item = outbox.next(now, perf) if self._lease else None
        finally:
            with self._changed:
                self._busy.discard(name)
                self._changed.notify_all()

    def _send(self, outbox: Outbox, item: Item) -> None:
        with self._changed:
            lease = self._lease
        if lease is None or not self._may_send(lease):
            with self._changed:
                self._lease = None
            return
        answer = _attempt(outbox.channel, item.notice)
        with self._changed:
            delivery = outbox.note(item, answer, self._clock.now(), self._clock.perf())
            if delivery is not None:
                self._note(delivery)
            if outbox.failures == LOGGED_FAILURES and answer.state is DeliveryState.WAITING:
                logger.warning(
                    "the channel %s took nothing %d times in a row, it is tried again: %s",
                    *(outbox.channel.name, LOGGED_FAILURES, answer.reason),
                )
        self._record_from_thread(lease)

    def _may_send(self, lease: Lease) -> bool:
        """Tell whether the lease is still ours, as far as can be told."""
        try:
            lease.check(self._store.lease(lease.name))
        except LeaseLost:
            return False
        except StoreUnavailable:  # nobody takes a lease of a store that does not answer
            return self._clock.now() < lease.expires_at
        return True

    # What is stored

    def _note(self, delivery: Delivery) -> None:
        self._unrecorded[delivery.key] = delivery
        self._outcomes.append(delivery)
        if delivery.state in (DeliveryState.REFUSED, DeliveryState.GAVE_UP):
            logger.warning(
                "the channel %s was not told of the incident %s (%s): %s",
                *(delivery.channel, delivery.incident, delivery.state.value, delivery.reason),
            )

    def _record_from_thread(self, lease: Lease) -> None:
        try:
            self._record_left(lease)
        except LeaseLost:
            with self._changed:
                self._lease = None
        except StoreUnavailable:
            pass  # `deliver` tries again

    def _record_left(self, lease: Lease) -> None:
        """Store what came of attempts and is not stored yet. LeaseLost, StoreUnavailable."""
        with self._recording:
            while True:
                with self._changed:
                    if not self._unrecorded:
                        return
                    key, delivery = next(iter(self._unrecorded.items()))
                self._store.record_event(delivery.as_event(), lease)
                with self._changed:
                    if self._unrecorded.get(key) is delivery:
                        del self._unrecorded[key]


def _attempt(channel: Channel, notice: Notice) -> ChannelAnswer:
    try:
        return channel.send(notice)
    except Exception as error:  # noqa: BLE001 # a fault in a channel harms no other
        return waiting(f"it failed: {told(error)}")


def _is_final(delivery: Delivery | None) -> bool:
    return delivery is not None and delivery.state.is_final


def _unknown_channel(notice: Notice, name: str, known: Iterable[str]) -> Delivery:
    return Delivery(
        notice=notice.id,
        channel=name,
        incident=notice.incident,
        state=DeliveryState.REFUSED,
        at=notice.at,
        attempts=0,
        reason=f"there is no channel of this name, but {', '.join(known)}: name it in `channels`",
    )
