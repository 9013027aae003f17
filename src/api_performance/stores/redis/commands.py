"""Commands to the keys of one shard that a script does together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Final

from api_performance.stores.redis.server import Argument

_MOST_WORDS: Final = 1000
"""In one command: Lua's `unpack` takes a little less than 8,000 (LUAI_MAXCSTACK)."""


class Commands:
    """A list of commands, as `write.lua` takes it; a long command becomes several."""

    def __init__(self) -> None:
        """Begin with none."""
        self.words: list[Argument] = []

    def set(self, key: str, value: bytes, seconds: int) -> None:
        """Set a string that lives for so many seconds."""
        self._add(["SET", key], [value, "EX", seconds])

    def expire(self, key: str, seconds: int) -> None:
        """Let a key live for so many seconds, if it is there."""
        self._add(["EXPIRE", key], [seconds])

    def delete(self, keys: Iterable[str]) -> None:
        """Delete keys."""
        self._add(["DEL"], keys)

    def put(self, key: str, fields: Mapping[str, Argument] | Mapping[int, bytes]) -> None:
        """Set fields of a hash."""
        self._add(["HSET", key], chain.from_iterable(fields.items()))

    def drop(self, key: str, fields: Iterable[Argument]) -> None:
        """Delete fields of a hash."""
        self._add(["HDEL", key], fields)

    def count(self, key: str, field: str) -> None:
        """Add one to a field of a hash."""
        self._add(["HINCRBY", key, field], [1])

    def list_start(self, key: str, start: int) -> None:
        """Put a start into a sorted set, at its own place."""
        self._add(["ZADD", key], [start, start])

    def unlist(self, key: str, members: Iterable[Argument]) -> None:
        """Remove members of a sorted set."""
        self._add(["ZREM", key], members)

    def _add(self, begin: list[Argument], rest: Iterable[Argument]) -> None:
        """Add a command for every thousand of the rest; none if there is no rest."""
        words = list(rest)
        for at in range(0, len(words), _MOST_WORDS):
            part = words[at : at + _MOST_WORDS]
            self.words += [len(begin) + len(part), *begin, *part]
