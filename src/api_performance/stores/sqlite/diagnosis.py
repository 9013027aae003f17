"""Looks at a SQLite store without changing anything: its place, rights, schema, room on the disk.

The file is opened for reading only, so none is made, migrated or set aside.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from api_performance import units
from api_performance.errors import StoreUnavailable
from api_performance.findings import Finding, Level, found_wrong
from api_performance.stores.base import Retention
from api_performance.stores.diagnosis import Diagnosis
from api_performance.stores.sqlite import place
from api_performance.stores.sqlite.connections import open_for_reading
from api_performance.stores.sqlite.schema import APPLICATION_ID, VERSION

LEAST_FREE_BYTES: Final = 16 << 20
"""Less room than this is gone within the hour: a busy service writes 290 MB a day."""

_MOUNTS: Final = Path("/proc/mounts")
_BUSY_SECONDS: Final = 2.0


def diagnose(path: Path, retention: Retention, *, mounts: Path = _MOUNTS) -> Diagnosis:
    """Look at the database at `path`, there or not; nothing is written.

    `mounts` tells the types of file systems, as `/proc/mounts` does.
    """
    path = path.absolute()
    where = list(_place(path, mounts))
    if any(each.level is Level.ERROR for each in where):
        return Diagnosis(where, is_readable=False)
    if not path.exists():
        nothing = f"There is no {path} yet: nothing was measured into it."
        hint = "Start an application with this store, in the directory that you are in."
        return Diagnosis([*where, Finding("Schema", Level.NOTE, nothing, hint)], is_readable=False)
    schema, is_readable = _schema(path)
    around = [*_privacy(path), *_set_aside(path), _room(path, retention.max_store_bytes)]
    return Diagnosis([*where, schema, *around], is_readable)


def _place(path: Path, mounts: Path) -> Iterator[Finding]:
    try:
        place.refuse_network(path, mounts)
        for needed in _needed(path):
            _refuse_unwritable(path, needed)
    except StoreUnavailable as error:
        yield found_wrong("SQLite", error)
    else:
        yield Finding("SQLite", Level.OK, f"{path} can be written by this user.")


def _needed(path: Path) -> Iterator[Path]:
    """Yield what we must be able to write: the file and its directory, or what is above them."""
    directory = path.parent
    while not directory.exists() and directory != directory.parent:
        directory = directory.parent
    yield directory
    for file in (path, place.key_file(path)):
        if file.exists():
            yield file


def _refuse_unwritable(path: Path, needed: Path) -> None:
    is_directory = needed.is_dir()
    if is_directory != (needed in path.parents):
        raise place.unwritable(path, f"{needed} is no {'file' if is_directory else 'directory'}")
    if not os.access(needed, os.R_OK | os.W_OK | (os.X_OK if is_directory else 0)):
        raise place.unwritable(path, f"{needed} is read-only for this user")


def _schema(path: Path) -> tuple[Finding, bool]:
    """Return the schema's finding, and whether the file may be opened without being changed."""
    try:
        with closing(open_for_reading(path, _BUSY_SECONDS)) as connection:
            version, application, tables = connection.execute(_HEADER).fetchone()
    except sqlite3.Error as error:
        return _unreadable(path, error), False
    if version > VERSION:
        newer = f"{path} has schema version {version}, this api-performance knows {VERSION}."
        hint = "Upgrade api-performance here, or name another file."
        return Finding("Schema", Level.ERROR, newer, hint), False
    if tables and application != APPLICATION_ID:
        other = f"{path} is another program's SQLite database."
        return Finding("Schema", Level.ERROR, other, "Name a file of its own."), False
    if version < VERSION:
        older = f"Schema version {version}; an application brings it to {VERSION} at its start."
        return Finding("Schema", Level.NOTE, older), False
    return Finding("Schema", Level.OK, f"Schema version {version}, as this release writes."), True


def _unreadable(path: Path, error: sqlite3.Error) -> Finding:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        corrupt = f"{path} is corrupt ({error}): the next application sets it aside."
        return Finding("Schema", Level.ERROR, corrupt, "Restore it from a backup, or delete it.")
    told = f"{path} cannot be read ({error})."
    hint = "End what holds it (a backup, a database browser), or mend the rights of its directory."
    return Finding("Schema", Level.ERROR, told, hint)


def _privacy(path: Path) -> Iterator[Finding]:
    """Tell who else may read the keys, by which anybody can sign in, and the numbers."""
    others = stat.S_IRWXG | stat.S_IRWXO
    found = [file for file in (place.key_file(path), path) if file.exists()]
    open_ones = [str(file) for file in found if file.stat().st_mode & others]
    if open_ones:
        names = " and ".join(open_ones)
        told = f"Other users may read or write {names}."
        yield Finding("Privacy", Level.WARNING, told, f"chmod 600 {' '.join(open_ones)}")
    else:
        yield Finding("Privacy", Level.OK, "Database and keys are their owner's alone.")


def _set_aside(path: Path) -> Iterator[Finding]:
    aside = place.corrupt_files(path)
    if aside:
        told = f"A corrupt database was set aside as {aside[-1].name}; a fresh one is used."
        hint = f"Restore it from a backup, or delete {aside[-1]}."
        yield Finding("Database", Level.WARNING, told, hint)


def _room(path: Path, max_store_bytes: int) -> Finding:
    free, size = shutil.disk_usage(path.parent).free, place.size_bytes(path)
    told = f"{units.size(free)} free on its disk"
    hint = "Free space there, or lower max_store_bytes."
    if free < LEAST_FREE_BYTES:
        return Finding("Disk", Level.ERROR, f"Only {told}.", hint)
    if free < max_store_bytes - size:
        growth = f"the store may grow to {units.size_limit(max_store_bytes)}"
        return Finding("Disk", Level.WARNING, f"Only {told}, and {growth}.", hint)
    return Finding("Disk", Level.OK, f"{told}.")


_HEADER: Final = """
SELECT user_version, application_id, (SELECT count(*) FROM sqlite_master)
FROM pragma_user_version, pragma_application_id
"""
