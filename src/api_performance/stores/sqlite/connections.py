"""Connections to one SQLite file: opened, configured and pooled, and their errors translated.

WAL with synchronous=NORMAL: a commit waits for no disk, survives the death of the process, and only
a power cut may undo the newest ones; the file stays sound in every case. A connection is used by
one thread at a time and never by a forked child (SQLite, "How To Corrupt An SQLite Database File",
2.6).
"""

from __future__ import annotations

import ctypes
import os
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from api_performance.errors import (
    ApiPerformanceError,
    StoreCorrupt,
    StoreTooNew,
    StoreUnavailable,
)
from api_performance.stores.sqlite import place
from api_performance.stores.sqlite.schema import APPLICATION_ID, VERSION, migrate

_MAX_IDLE: Final = 4
_FORK_WAIT_SECONDS: Final = 10.0  # longer than any write takes; past it the child is on its own
_WAL_LIMIT_BYTES: Final = 4 << 20
_BEFORE_THE_FIRST_TABLE: Final = (
    "PRAGMA page_size = 2048",  # a chunk wastes half a page: of 4096 bytes a twelfth of the file
    "PRAGMA auto_vacuum = INCREMENTAL",
    "PRAGMA journal_mode = WAL",
)
_PRAGMAS: Final = (
    "PRAGMA synchronous = NORMAL",
    f"PRAGMA journal_size_limit = {_WAL_LIMIT_BYTES}",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -2048",  # KiB per connection; the kernel caches the rest
)
_CORRUPT: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_FULL: Final = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
_BUSY: Final = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}

_Identity = tuple[int, int] | None


class Connections:
    """A small pool of connections to one file, which it makes, migrates and sets aside."""

    def __init__(
        self,
        path: Path,
        now: Callable[[], float],
        busy_seconds: float,
        mounts: Path,
        *,
        is_read_only: bool = False,
    ) -> None:
        """Open the file; StoreUnavailable or StoreTooNew if that cannot be.

        A corrupt file is set aside at once and a fresh one made. `busy_seconds`: how long a writer
        waits for another. `now` names the file that is set aside. With `is_read_only` the file, of
        this release's schema, is left exactly as it is, a corrupt one too.
        """
        self.path = path
        self._now = now
        self._busy_seconds = busy_seconds
        self._mounts = mounts
        self._is_read_only = is_read_only
        self._begin()
        try:
            self._give_back(*self._take())
        except StoreCorrupt:
            self._give_back(*self._take())
        _alive.add(self)

    def _begin(self) -> None:
        self._changed = threading.Condition(threading.Lock())
        self._in_use = 0
        self._idle: list[tuple[sqlite3.Connection, _Identity]] = []
        self._used: set[sqlite3.Connection] = set()
        self._is_closed = False

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Hand out a connection inside a read transaction: one consistent view."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Hand out a connection that holds the write lock; what raises inside undoes all."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def plain(self) -> Iterator[sqlite3.Connection]:
        """Hand out a connection outside of any transaction."""
        connection, identity = self._take()
        try:
            yield connection
        except sqlite3.Error as error:
            raise self._translated(error, identity) from error
        finally:
            self._give_back(connection, identity)

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self.plain() as connection:
            connection.execute(begin)
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # a full disk has rolled back already
                    connection.execute("ROLLBACK")
                raise

    def _take(self) -> tuple[sqlite3.Connection, _Identity]:
        identity = place.identity(self.path)
        with self._changed:
            if self._is_closed:
                raise StoreUnavailable(f"The store {self.path} was closed. Open it anew.")
            while self._idle:
                connection, opened = self._idle.pop()
                if opened == identity:
                    self._note_use(connection)
                    return connection, opened
                connection.close()  # deleted, or set aside by another process
            self._in_use += 1  # also while it is being opened
        return self._opened()

    def _opened(self) -> tuple[sqlite3.Connection, _Identity]:
        try:
            connection, identity = self._open()
        except BaseException:
            with self._changed:
                self._in_use -= 1
                self._changed.notify_all()
            raise
        self._used.add(connection)
        return connection, identity

    def _note_use(self, connection: sqlite3.Connection) -> None:
        self._in_use += 1
        self._used.add(connection)

    def _give_back(self, connection: sqlite3.Connection, identity: _Identity) -> None:
        with self._changed:
            self._used.discard(connection)
            if not self._is_closed and len(self._idle) < _MAX_IDLE:
                self._idle.append((connection, identity))
            else:
                connection.close()
            self._in_use -= 1
            self._changed.notify_all()

    def _open(self) -> tuple[sqlite3.Connection, _Identity]:
        if self._is_read_only:
            return self._open_for_reading()
        place.make_place(self.path, self._mounts)
        identity = place.identity(self.path)
        connection: sqlite3.Connection | None = None
        try:
            connection = sqlite3.connect(
                self.path,
                timeout=self._busy_seconds,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=64,
            )
            self._prepare(connection)
        except sqlite3.Error as error:
            if connection is not None:
                connection.close()
            raise self._translated(error, identity) from error
        except ApiPerformanceError:
            if connection is not None:
                connection.close()
            raise
        return connection, identity

    def _open_for_reading(self) -> tuple[sqlite3.Connection, _Identity]:
        identity = place.identity(self.path)
        try:
            return open_for_reading(self.path, self._busy_seconds), identity
        except sqlite3.Error as error:
            raise self._translated(error, identity) from error

    def _prepare(self, connection: sqlite3.Connection) -> None:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            raise StoreTooNew(
                f"{self.path} has schema version {version}, this api-performance knows {VERSION}."
                " Upgrade api-performance, or name another file; nothing was changed."
            )
        self._refuse_strangers(connection)
        if version < VERSION:
            with place.alone(self.path):  # turning to WAL does not wait for others who do it too
                for pragma in _BEFORE_THE_FIRST_TABLE:
                    connection.execute(pragma)
                migrate(connection)
        for pragma in _PRAGMAS:
            connection.execute(pragma)

    def _refuse_strangers(self, connection: sqlite3.Connection) -> None:
        # In one statement: another process may be making the tables at this moment.
        application, tables = connection.execute(
            "SELECT application_id, (SELECT count(*) FROM sqlite_master) FROM pragma_application_id"
        ).fetchone()
        if tables and application != APPLICATION_ID:
            raise StoreUnavailable(
                f"{self.path} is another program's SQLite database. Name a file of its own for"
                " api-performance; nothing was changed."
            )

    def _translated(self, error: sqlite3.Error, identity: _Identity) -> ApiPerformanceError:
        """Return our error for the driver's, and set a corrupt file aside."""
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if self._is_read_only and code not in _BUSY:
            return StoreUnavailable(
                f"{self.path} cannot be read ({error}). Ask again; if it stays so, mend the rights"
                " of its directory, or restore it from a backup."
            )
        if code in _CORRUPT:
            return self._set_aside(error, identity)
        if code in _BUSY:
            return StoreUnavailable(
                f"{self.path} was locked for {self._busy_seconds:g} s by another program. End what"
                " holds it (a backup, a database browser); we try again by ourselves."
            )
        if code in _FULL:
            return StoreUnavailable(
                f"{self.path} cannot grow ({error}). Free space on its disk, or lower"
                " max_store_bytes; we try again by ourselves."
            )
        return place.unwritable(self.path, str(error))

    def _set_aside(self, error: sqlite3.Error, identity: _Identity) -> ApiPerformanceError:
        try:
            target = place.set_aside(self.path, identity, self._now())
        except OSError as failure:
            return place.unwritable(self.path, f"corrupt, and it cannot be renamed: {failure}")
        name = target.name if target else "a file that another process named"
        return StoreCorrupt(
            f"{self.path} is corrupt ({error}). It was set aside as {name} and a fresh one is"
            " made; restore it from a backup, or delete it."
        )

    def close(self) -> None:
        """Close all connections, those in use as soon as they are given back."""
        with self._changed:
            self._is_closed = True
            self._close_idle()

    def _close_idle(self) -> None:
        idle, self._idle = self._idle, []
        for connection, _ in idle:
            connection.close()

    def hold_for_fork(self) -> None:
        """Wait until no connection is in use, close all, and keep new ones from being opened.

        SQLite remembers per process which locks it holds: a child that inherits a connection in
        the middle of a write would wait for that write for ever.
        """
        self._changed.acquire()
        self._changed.wait_for(lambda: not self._in_use, timeout=_FORK_WAIT_SECONDS)
        self._close_idle()

    def go_on(self) -> None:
        """In the parent, after the fork."""
        self._changed.release()

    def forget(self) -> None:
        """In the child: begin anew, and never touch what is left of the parent's connections."""
        for connection in self._used:
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))
        is_closed = self._is_closed
        self._begin()
        self._is_closed = is_closed


def open_for_reading(path: Path, busy_seconds: float) -> sqlite3.Connection:
    """Open a file that is there, without making, changing or tidying anything. sqlite3.Error.

    Without a log of writes beside it nobody has it open, and it may be taken for immutable: else
    SQLite would make the files beside it that a reader needs. A log that a killed process left is
    read, and stays.
    """
    has_log = path.with_name(f"{path.name}-wal").exists()
    return sqlite3.connect(
        f"{path.as_uri()}?mode=ro{'' if has_log else '&immutable=1'}",
        uri=True,
        timeout=busy_seconds,
        isolation_level=None,
        check_same_thread=False,
    )


_alive: weakref.WeakSet[Connections] = weakref.WeakSet()
_fork_lock = threading.Lock()
_held: list[Connections] = []


def _before_fork() -> None:
    _fork_lock.acquire()
    _held.extend(_alive)
    for connections in _held:
        connections.hold_for_fork()


def _after_fork_in_parent() -> None:
    for connections in _held:
        connections.go_on()
    _held.clear()
    _fork_lock.release()


def _after_fork_in_child() -> None:
    for connections in _held:
        connections.forget()
    _held.clear()
    _fork_lock.release()  # the forking thread, which took it, is the one that lives on


os.register_at_fork(
    before=_before_fork,
    after_in_parent=_after_fork_in_parent,
    after_in_child=_after_fork_in_child,
)
