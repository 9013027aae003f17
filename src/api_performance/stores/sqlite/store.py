"""The store on SQLite: one file, written by all processes of a machine, read by any of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec

from api_performance.clock import Clock, SystemClock
from api_performance.errors import ApiPerformanceError
from api_performance.measure.window import Window
from api_performance.model import Endpoint, Operation
from api_performance.stores.base import (
    Batch,
    Event,
    InstanceState,
    Lease,
    Pace,
    Query,
    Retention,
    StoreStatus,
    no_pace,
)
from api_performance.stores.decoding import merge_totals, newest_calls, newest_starts
from api_performance.stores.keyfile import KeyFile
from api_performance.stores.leases import next_lease
from api_performance.stores.packing import pack_block
from api_performance.stores.slices import covered, users_query
from api_performance.stores.sqlite import place, reading
from api_performance.stores.sqlite.catalogue import Catalogue, bump, current, extended
from api_performance.stores.sqlite.connections import Connections
from api_performance.stores.sqlite.folding import Folder
from api_performance.stores.trouble import Trouble

_MOUNTS: Final = Path("/proc/mounts")
_MEASURED: Final = (
    *("batches", "blocks", "chunks", "totals", "events", "series", "endpoints"),
    "operations",
)


class SQLiteStore:
    """Keeps windows in one SQLite file, and the keys in a file beside it, both mode 0600."""

    def __init__(
        self,
        path: Path | str,
        retention: Retention | None = None,
        *,
        clock: Clock | None = None,
        busy_seconds: float = 2.0,
        mounts: Path = _MOUNTS,
        is_read_only: bool = False,
    ) -> None:
        """Open or make the file; raise StoreUnavailable or StoreTooNew where that cannot be.

        A corrupt file is set aside and `status` says so. `busy_seconds`: how long a call waits for
        the writer of another process before it is StoreUnavailable. `is_read_only`: for a file that
        is there, of this very schema, which is then read and left exactly as it is.
        """
        self._retention = retention or Retention()
        self._path = Path(path).absolute()
        now = (clock or SystemClock()).now
        self._connections = Connections(
            self._path, now, busy_seconds, mounts, is_read_only=is_read_only
        )
        self._keys = KeyFile(place.key_file(self._path))
        self._catalogue = Catalogue()
        self._trouble = Trouble()

    def append(self, batch: Batch, *, pace: Pace = no_pace) -> bool:
        """Keep a batch; False if this (instance, sequence) was there already."""
        packed, called = [], {}
        for endpoint, window in batch.windows:
            endpoint_id = endpoint.id
            called[endpoint_id] = endpoint
            packed.append((endpoint_id, window.pack()))
            pace()
        with self._writing() as connection:
            instance = _instance(connection, batch)
            if instance is None:
                return False
            of = batch.state.instance
            known = current(connection, self._catalogue)
            catalogue = extended(connection, known, of, called, batch.declared)
            numbers = catalogue.numbers
            block = pack_block(
                (numbers[endpoint_id, of.version, of.environment], body)
                for endpoint_id, body in packed
            )
            _insert(connection, instance, batch, block)
            connection.executemany(
                "INSERT OR IGNORE INTO operations (operation_id, operation) VALUES (?, ?)",
                [(each.id, each.as_text()) for each in batch.operations],
            )
        self._catalogue = catalogue  # only now is it sure to be what the file says
        pace()
        return True

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._trouble.watched(), self._connections.writing() as connection:
            yield connection

    def fold(self, now: float, lease: Lease, *, pace: Pace = no_pace, grace: float = 2.0) -> int:
        """Fold the batches that ended `grace` seconds before `now`; return how many. LeaseLost."""
        with self._trouble.watched():
            return Folder(self._connections, self._retention, lease, pace).fold(now - grace)

    def compact(self, now: float, lease: Lease, *, pace: Pace = no_pace) -> None:
        """Pack old windows in chunks, apply retention and the size bound. LeaseLost."""
        with self._trouble.watched():
            Folder(self._connections, self._retention, lease, pace).compact(now)

    def windows(self, query: Query, *, pace: Pace = no_pace) -> Iterator[tuple[Endpoint, Window]]:
        """Yield windows at the query's resolution, folded and not folded, in no set order."""
        with self._connections.reading() as connection:
            coarser = users_query(query, self._retention)
            fetched = reading.fetch(connection, self._current(connection), query, coarser)
        return fetched.windows(pace)

    def totals(self, host: str | None = None) -> Iterator[tuple[Endpoint, Window]]:
        """Yield one cumulative window per endpoint, of one host or of all."""
        with self._connections.reading() as connection:
            catalogue = self._current(connection)
            blocks = connection.execute(
                "SELECT block FROM totals WHERE ?1 IS NULL OR host = ?1", (host,)
            ).fetchall()
            batches = reading.unfolded(connection, host)
        yield from merge_totals([row[0] for row in blocks], batches, catalogue.series)

    def _current(self, connection: sqlite3.Connection) -> Catalogue:
        self._catalogue = catalogue = current(connection, self._catalogue)
        return catalogue

    def endpoints(self) -> list[Endpoint]:
        """Return every known endpoint, called or only declared."""
        with self._connections.reading() as connection:
            return list(self._current(connection).endpoints.values())

    def operations(self) -> Mapping[str, Operation]:
        """Return by id every operation that batches made known."""
        with self._connections.reading() as connection:
            rows = connection.execute("SELECT operation_id, operation FROM operations").fetchall()
        return {operation_id: Operation.from_text(text) for operation_id, text in rows}

    def last_called(self) -> Mapping[str, float]:
        """Return for each endpoint id that was ever called the start of its newest window."""
        with self._connections.reading() as connection:
            series = self._current(connection).series
            rows = connection.execute(
                "SELECT endpoint_id, last_called_at FROM endpoints WHERE last_called_at IS NOT NULL"
            ).fetchall()
            batches = reading.unfolded(connection)
        return newest_calls(newest_starts(None, batches), series, dict(rows))

    def instances(self, since: float) -> list[InstanceState]:
        """Return the processes that reported at `since` (Unix seconds UTC) or later."""
        with self._connections.reading() as connection:
            rows = connection.execute(
                "SELECT state FROM instances WHERE seen_at >= ? ORDER BY id", (since,)
            ).fetchall()
        return [msgspec.json.decode(row[0], type=InstanceState) for row in rows]

    def revision(self) -> int:
        """Return the highest id that a batch ever had."""
        with self._connections.plain() as connection:
            row = connection.execute(
                "SELECT seq FROM sqlite_sequence WHERE name = 'batches'"
            ).fetchone()
        return int(row[0]) if row else 0

    def acquire(self, name: str, holder: str, now: float, seconds: float) -> Lease | None:
        """Take or renew a lease for `seconds`; None while another holds it."""
        with self._writing() as connection:
            known = _lease(connection, name)
            lease = next_lease(known, name, holder, now, seconds)
            if lease is not None:
                connection.execute(
                    "INSERT OR REPLACE INTO leases (name, holder, fencing, expires_at)"
                    " VALUES (?, ?, ?, ?)",
                    (name, holder, lease.fencing, lease.expires_at),
                )
        return lease

    def lease(self, name: str) -> Lease | None:
        """Return a lease as it was last taken, also one that is over; None before the first."""
        with self._connections.plain() as connection:
            return _lease(connection, name)

    def release(self, lease: Lease) -> None:
        """Give a lease back; nothing happens if it is no longer ours."""
        with self._writing() as connection:
            connection.execute(
                "UPDATE leases SET expires_at = 0 WHERE name = ? AND holder = ? AND fencing = ?",
                (lease.name, lease.holder, lease.fencing),
            )

    def key(self, name: str, make: Callable[[], bytes]) -> bytes:
        """Return the installation's key of that name, inserting `make()` if there is none yet."""
        return self._keys.get(name, make)

    def replace_key(self, name: str, value: bytes) -> None:
        """Set a key, whatever was there."""
        self._keys.replace(name, value)

    def record_event(self, event: Event, lease: Lease | None = None) -> Event:
        """Append an event; return it with its id. LeaseLost."""
        with self._writing() as connection:
            if lease is not None:
                lease.check(_lease(connection, lease.name))
            row = connection.execute(
                "INSERT INTO events (at, kind, subject, author, reason, details)"
                " VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
                (event.at, event.kind, event.subject, event.author, event.reason, event.details),
            ).fetchone()
        return replace(event, id=row[0])

    def events(self, start: float, end: float, kinds: Iterable[str] = ()) -> list[Event]:
        """Return the events of [start, end), oldest first; of some kinds or all."""
        wanted = frozenset(kinds)
        with self._connections.reading() as connection:
            rows = connection.execute(
                "SELECT at, kind, subject, author, reason, id, details FROM events"
                " WHERE at >= ? AND at < ? ORDER BY at, id",
                (start, end),
            ).fetchall()
        return [Event(*row) for row in rows if not wanted or row[1] in wanted]

    def latest_events(self, kind: str, after: int = 0) -> list[Event]:
        """Return the newest event of each subject of a kind, in the order they were recorded."""
        with self._connections.reading() as connection:
            rows = connection.execute(
                "SELECT at, kind, subject, author, reason, max(id), details FROM events"
                " WHERE kind = ? GROUP BY subject HAVING max(id) > ? ORDER BY max(id)",
                (kind, after),
            ).fetchall()
        return [Event(*row) for row in rows]

    def status(self) -> StoreStatus:
        """Return the store's own health; never raises, a problem is named in it."""
        trouble = self._trouble.error
        try:
            found = self._state()
        except ApiPerformanceError as error:
            trouble, found = error, (0, None, None, 0)
        unfolded, oldest_at, newest_at, dropped = found
        problem, remedy = self._problem(trouble)
        return StoreStatus(
            kind="sqlite",
            location=str(self._path),
            size_bytes=place.size_bytes(self._path),
            max_bytes=self._retention.max_store_bytes,
            unfolded_batches=unfolded,
            oldest_at=oldest_at,
            newest_at=newest_at,
            dropped_for_size=dropped,
            problem=problem,
            remedy=remedy,
        )

    def _state(self) -> tuple[int, float | None, float | None, int]:
        with self._connections.reading() as connection:
            row: tuple[int, float | None, float | None, int] = connection.execute(_STATE).fetchone()
        return row

    def _problem(self, trouble: ApiPerformanceError | None) -> tuple[str, str]:
        if trouble is not None:
            problem, _, remedy = str(trouble).partition(". ")
            return f"{problem}.", remedy
        aside = place.corrupt_files(self._path)
        if not aside:
            return "", ""
        return (
            f"The database was corrupt and was set aside as {aside[-1].name}; a fresh one is used.",
            f"Restore it from a backup, or delete {aside[-1]}.",
        )

    def clear(self) -> None:
        """Delete all measured data and events; keys stay."""
        with self._writing() as connection:
            for table in _MEASURED:
                connection.execute(f"DELETE FROM {table}")  # noqa: S608  our own names
            bump(connection, "generation")
            bump(connection, "catalogue")
            connection.execute("UPDATE counters SET value = 0 WHERE name = 'dropped_for_size'")

    def close(self) -> None:
        """Let go of files and connections; closing twice is fine."""
        self._connections.close()


def _instance(connection: sqlite3.Connection, batch: Batch) -> int | None:
    """Keep what the process says of itself; None and nothing for a batch that was there."""
    state = batch.state
    known = connection.execute(_KNOWN, (batch.sequence, state.instance.id)).fetchone()
    if known and (known[1] or batch.sequence <= known[0]):
        return None
    packed = msgspec.json.encode(state).decode()
    row = connection.execute(
        _REPORT, (state.instance.id, state.instance.host, state.seen_at, packed)
    ).fetchone()
    return int(row[0])


def _insert(connection: sqlite3.Connection, instance: int, batch: Batch, block: bytes) -> None:
    connection.execute(
        "INSERT INTO batches (instance, sequence, starts_at, ends_at, is_folded, block)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (instance, batch.sequence, *covered(batch), not batch.windows, block),
    )


def _lease(connection: sqlite3.Connection, name: str) -> Lease | None:
    row = connection.execute(
        "SELECT holder, fencing, expires_at FROM leases WHERE name = ?", (name,)
    ).fetchone()
    return Lease(name, *row) if row else None


_KNOWN: Final = """
SELECT forgotten_sequence, EXISTS (
    SELECT 1 FROM batches WHERE instance = instances.id AND sequence = ?
) FROM instances WHERE instance_id = ?
"""
_REPORT: Final = """
INSERT INTO instances (instance_id, host, seen_at, state) VALUES (?, ?, ?, ?)
ON CONFLICT (instance_id) DO UPDATE SET
    state = iif(excluded.seen_at >= seen_at, excluded.state, state),
    seen_at = max(seen_at, excluded.seen_at)
RETURNING id
"""
_STATE: Final = """
SELECT
    (SELECT count(*) FROM batches WHERE NOT is_folded),
    (SELECT min(starts_at) FROM (
        SELECT min(starts_at) AS starts_at FROM blocks
        UNION ALL SELECT min(starts_at) FROM chunks
        UNION ALL SELECT min(starts_at) FROM batches)),
    (SELECT max(ends_at) FROM batches),
    (SELECT value FROM counters WHERE name = 'dropped_for_size')
"""
