"""A list of definitions that people edit, kept as one JSON document under a key of the store.

Keys outlive `clear`. A change is made under a lease of the document's name, so that two people who
save at once lose nothing, and is told as an event of kind CONFIGURATION.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

import msgspec

from api_performance.clock import Clock
from api_performance.errors import ConfigError, StoreTooNew, StoreUnavailable
from api_performance.stores.base import Event, Store

CONFIGURATION: Final = "configuration"
"""The kind of event of every change of a definition."""

HOLD_SECONDS: Final = 5.0
"""A change takes milliseconds; a holder that died is followed after so long."""

TRIES: Final = 50
TRY_SECONDS: Final = 0.05


class Definition(Protocol):
    """What is told from others by its id."""

    @property
    def id(self) -> str:
        """Unique among those of its kind."""
        ...


T = TypeVar("T", bound=Definition)


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """What is kept of a kind: at most `most`, under the key `name`; a `noun` is one of them.

    `decode` and `encode` make of them a JSON list and back; what `decode` cannot read it refuses by
    a ValueError.
    """

    name: str
    noun: str
    most: int
    decode: Callable[[bytes], Iterable[T]]
    encode: Callable[[Sequence[T]], bytes] = msgspec.json.encode


class Documents(Generic[T]):
    """The definitions of one kind."""

    def __init__(self, store: Store, clock: Clock, kind: Kind[T]) -> None:
        """Keep them in `store`."""
        self._store, self._clock, self._kind = store, clock, kind
        self._last: tuple[bytes, list[T]] = b"[]", []

    def all(self) -> list[T]:
        """Return the definitions. StoreUnavailable.

        Where they cannot be read those of before hold, none if there are none.
        """
        with suppress(StoreTooNew):
            self._last = self._read()
        return list(self._last[1])

    def _read(self) -> tuple[bytes, list[T]]:
        """Return the document and what it says. StoreTooNew where this version cannot read it."""
        last, text = self._last, self._store.key(self._kind.name, lambda: b"[]")
        if text == last[0]:
            return last
        try:
            return text, list(self._kind.decode(text))
        except (msgspec.MsgspecError, ValueError) as error:
            raise StoreTooNew(
                f"the {self._kind.name} cannot be read, so none is changed: {str(error)[:200]}."
                " A later version wrote them: upgrade api-performance, or change them there."
            ) from None

    def save(self, definition: T, *, author: str, reason: str) -> None:
        """Keep a definition for every process, in place of one with its id.

        ConfigError where there are too many. StoreTooNew, StoreUnavailable.
        """

        def saved(known: list[T]) -> list[T]:
            others = [each for each in known if each.id != definition.id]
            if len(others) >= self._kind.most:
                raise ConfigError(
                    f"{self._kind.most} {self._kind.noun}s are kept, and no more: delete one first."
                )
            return [*others, definition]

        self.change(saved, self._told(definition.id, author, reason or "saved"))

    def delete(
        self, of: str, *, author: str, reason: str, unless: Callable[[str], Exception]
    ) -> None:
        """Delete the definition whose id is `of`; if there is none raise what `unless` makes of it.

        StoreTooNew, StoreUnavailable.
        """

        def left(known: list[T]) -> list[T]:
            others = [each for each in known if each.id != of]
            if len(others) == len(known):
                raise unless(of)
            return others

        self.change(left, self._told(of, author, reason or "deleted"))

    def _told(self, of: str, author: str, reason: str) -> Event:
        return Event(self._clock.now(), CONFIGURATION, f"{self._kind.noun} {of}", author, reason)

    def change(self, change: Callable[[list[T]], list[T]], told: Event) -> None:
        """Replace the definitions by what `change` makes of them, and record `told`.

        What `change` raises leaves them as they are. StoreTooNew where they cannot be read, for
        then they would be lost. StoreUnavailable, also where others change them all the time.
        """
        holder = secrets.token_hex(8)
        for _ in range(TRIES):
            lease = self._store.acquire(self._kind.name, holder, self._clock.now(), HOLD_SECONDS)
            if lease is not None:
                break
            time.sleep(TRY_SECONDS)  # in a thread of the pool: no store tells of a lease let go
        else:
            raise StoreUnavailable(f"the {self._kind.name} are being changed by others. Try again.")
        try:
            changed = change(list(self._read()[1]))
            self._store.replace_key(self._kind.name, self._kind.encode(changed))
            self._store.record_event(told, lease)
        finally:
            self._store.release(lease)


def not_of_the_page(noun: str, of: str) -> ConfigError:
    """Return the error of a definition that another place has, and the page cannot delete."""
    return ConfigError(
        f"the {noun} {of!r} is not the page's and cannot be deleted here:"
        " save it with enabled = false to switch it off"
    )
