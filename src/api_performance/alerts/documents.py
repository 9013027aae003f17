"""A list of definitions that people edit, kept as one JSON document under a key of the store.

Keys outlive `clear`. A change is made under a lease of the document's name, so that two people who
save at once lose nothing, and is told as an event of kind CONFIGURATION.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Final, Generic, TypeVar

import msgspec

from api_performance.clock import Clock
from api_performance.errors import StoreTooNew, StoreUnavailable
from api_performance.stores.base import Event, Store

CONFIGURATION: Final = "configuration"
"""The kind of event of every change of a definition."""

HOLD_SECONDS: Final = 5.0
"""A change takes milliseconds; a holder that died is followed after so long."""

TRIES: Final = 50
TRY_SECONDS: Final = 0.05

T = TypeVar("T")


class Documents(Generic[T]):
    """The definitions of one kind."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        name: str,
        decode: Callable[[bytes], Iterable[T]],
        encode: Callable[[Sequence[T]], bytes] = msgspec.json.encode,
    ) -> None:
        """Keep definitions under the key `name` of `store`.

        `decode` and `encode` make of them a JSON list and back; what `decode` cannot read it
        refuses by a ValueError.
        """
        self._store, self._clock, self._name = store, clock, name
        self._decode, self._encode = decode, encode
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
        last, text = self._last, self._store.key(self._name, lambda: b"[]")
        if text == last[0]:
            return last
        try:
            return text, list(self._decode(text))
        except (msgspec.MsgspecError, ValueError) as error:
            raise StoreTooNew(
                f"the {self._name} cannot be read, so none is changed: {str(error)[:200]}."
                " A later version wrote them: upgrade api-performance, or change them there."
            ) from None

    def change(self, change: Callable[[list[T]], list[T]], told: Event) -> None:
        """Replace the definitions by what `change` makes of them, and record `told`.

        What `change` raises leaves them as they are. StoreTooNew where they cannot be read, for
        then they would be lost. StoreUnavailable, also where others change them all the time.
        """
        holder = secrets.token_hex(8)
        for _ in range(TRIES):
            lease = self._store.acquire(self._name, holder, self._clock.now(), HOLD_SECONDS)
            if lease is not None:
                break
            time.sleep(TRY_SECONDS)  # in a thread of the pool: no store tells of a lease let go
        else:
            raise StoreUnavailable(f"the {self._name} are being changed by others. Try again.")
        try:
            changed = change(list(self._read()[1]))
            self._store.replace_key(self._name, self._encode(changed))
            self._store.record_event(told, lease)
        finally:
            self._store.release(lease)
