"""The sum of many packed windows, made in pieces between which a thread can breathe."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from api_performance.measure.columns import sum_of_packed
from api_performance.measure.window import Window
from api_performance.stores.base import Pace

_PIECE_BYTES: Final = 2_500  # a window of 5 requests has 117 and takes 6 us, one of 100 355 and 22


def sum_paced(
    packed: Sequence[bytes],
    pace: Pace,
    *,
    is_parallel: bool = False,
    with_latency: bool = True,
    with_operations: bool = True,
) -> Window:
    """Return packed windows, at least one, as one that begins where the first of them does.

    The arguments are those of `sum_of_packed`; `pace` is called after each piece.
    """
    whole: Window | None = None
    for piece in _pieces(packed):
        part = sum_of_packed(
            piece,
            is_parallel=is_parallel,
            with_latency=with_latency,
            with_operations=with_operations,
        )
        if whole is None:
            whole = part
        else:
            whole.merge(part, is_parallel=is_parallel)
        pace()
    return whole or Window(0.0)


def _pieces(packed: Iterable[bytes]) -> list[list[bytes]]:
    """Cut into pieces of about 0.15 ms of work; a window that is larger is one by itself."""
    pieces: list[list[bytes]] = []
    room = 0
    for body in packed:
        if len(body) > room:
            pieces.append([])
            room = _PIECE_BYTES
        pieces[-1].append(body)
        room -= len(body)
    return pieces
