"""The database's schema: numbered .sql files, each applied once, all of them in one transaction."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from importlib.resources import files
from typing import Final

APPLICATION_ID: Final = 0x41504D31
"""`APM1` in the file's header: tells our file from any other SQLite database."""

_FOLDER: Final = files("api_performance.stores") / "sql" / "sqlite"


def _migrations() -> dict[int, str]:
    """Return the migrations' texts by the number that begins their file's name."""
    found = {}
    for file in _FOLDER.iterdir():
        match = re.fullmatch(r"(\d{4})_\w+\.sql", file.name)
        if match:
            found[int(match[1])] = file.read_text(encoding="utf-8")
    return found


MIGRATIONS: Final = _migrations()

VERSION: Final = max(MIGRATIONS)
"""The schema version that this release writes, kept in the file as user_version."""


def migrate(connection: sqlite3.Connection, *, to: int = VERSION) -> None:
    """Bring the file to version `to`, all at once or not at all; another process may be first."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        for number in range(version + 1, to + 1):
            for statement in statements(MIGRATIONS[number]):
                connection.execute(statement)
        if version < to:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {to}")
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def statements(script: str) -> Iterator[str]:
    """Split a script in statements; `executescript` would commit before it begins."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
