"""How many windows become one blob: a block of all endpoints, a chunk of one endpoint.

A block (one flush, or one slice of time) is a count, then a number and a length per part, then the
parts: whoever wants one endpoint skips the others without decoding them. A chunk is a block of one
endpoint's hour, compressed. Few large rows instead of one per window also mean few statements, each
of which lets go of the interpreter and has to wait for it again under load.
"""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Container, Iterable, Iterator
from typing import Final

_COUNT: Final = array("I", [0]).itemsize
_CHUNK_LEVEL: Final = 6  # of an hour of 10 s windows, level 1 leaves 5 % more, level 9 0.5 % less

Part = tuple[int, bytes]
"""A number (a series in a block, a slice in a chunk) and a packed window."""


def pack_block(parts: Iterable[Part]) -> bytes:
    """Join numbered parts (0 to 2**32 - 1) in one blob; ValueError past these bounds."""
    numbers, lengths, bodies = array("I"), array("I"), []
    try:
        for number, body in parts:
            numbers.append(number)
            lengths.append(len(body))
            bodies.append(body)
    except OverflowError as error:
        raise ValueError(f"a part's number and length fit 32 bits: {error}") from error
    count = array("I", [len(bodies)])
    return b"".join((count.tobytes(), numbers.tobytes(), lengths.tobytes(), *bodies))


def read_block(data: bytes, wanted: Container[int] | None = None) -> Iterator[Part]:
    """Yield the wanted parts of a block, all by default; ValueError if it is cut short."""
    if not data:
        return
    count = array("I", data[:_COUNT])[0]
    lengths_at, position = _COUNT * (1 + count), _COUNT * (1 + 2 * count)
    numbers = array("I", data[_COUNT:lengths_at])
    lengths = array("I", data[lengths_at:position])
    if position + sum(lengths) != len(data):
        raise ValueError(f"a block of {len(data)} bytes says {position + sum(lengths)} of itself")
    for number, length in zip(numbers, lengths, strict=True):
        if wanted is None or number in wanted:
            yield number, data[position : position + length]
        position += length


def pack_chunk(parts: Iterable[Part]) -> bytes:
    """Compress one endpoint's windows of an hour, each numbered by its slice."""
    return zlib.compress(pack_block(parts), _CHUNK_LEVEL)


def read_chunk(data: bytes, wanted: Container[int] | None = None) -> Iterator[Part]:
    """Yield the wanted slices of what `pack_chunk` wrote; ValueError if it is not that."""
    try:
        plain = zlib.decompress(data)
    except zlib.error as error:
        raise ValueError(f"these {len(data)} bytes are no chunk: {error}") from error
    return read_block(plain, wanted)
