"""The rule by which a lease is taken, renewed and passed on; the stores only keep it."""

from __future__ import annotations

from api_performance.stores.base import Lease


def next_lease(
    known: Lease | None, name: str, holder: str, now: float, seconds: float
) -> Lease | None:
    """Return the lease as taken or renewed by `holder`; None while another holds it.

    The fencing number grows with every change of the holder and never falls. It grows too when a
    holder comes back after its lease was over: what it began before must not end after.
    """
    if known is None:
        return Lease(name, holder, 1, now + seconds)
    if now < known.expires_at:
        is_holder = known.holder == holder
        return Lease(name, holder, known.fencing, now + seconds) if is_holder else None
    return Lease(name, holder, known.fencing + 1, now + seconds)
